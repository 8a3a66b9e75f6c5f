"""The sealed PDF of a certificate or a query sheet; drawn once for each state, then kept."""

import hashlib
import os
from datetime import datetime, time
from pathlib import Path

from flask import Response, render_template, url_for
from flask_babel import force_locale
from sqlmodel import Session

from kernel.clock import CHINA
from kernel.trust import receipts
from kernel.trust.seals import open_seal
from kernel.web.context import Entrance, entrance
from kernel.web.language import LANGUAGES, word_of
from kernel.workdays import local_day
from registry import queries, schemas
from registry.certificate.manifest import manifest_digest, manifest_of
from registry.certificate.paper import HeldRight, Paper, PastChange, render_pdf
from registry.certificate.qr import draw_qr
from registry.certificate.seal import seal_pdf
from registry.form.dictionaries import words_of
from registry.queries import CertificateRow, EntryRow
from registry.queries.certificates import snapshot_of
from registry.rest.door import blueprint
from registry.states import Register


@blueprint.get("/certificates/<code>.pdf")
@blueprint.arguments(schemas.PaperArguments, location="query")
def print_certificate(values: dict[str, str], code: str) -> Response:
    """The query sheet (A) or certificate (B) of a code as a sealed PDF, as the register stands today."""
    here, language = entrance(), values["lang"]
    with force_locale(LANGUAGES[language]):
        with here.db.read() as session:
            paper = _paper_of(session, here, code, language)
        page = render_template(
            "print/certificate.html", paper=paper, qr_svg=draw_qr(paper.verify_url)
        )
    path = here.settings.home / "papers" / f"{hashlib.sha256(page.encode()).hexdigest()}.pdf"
    if not path.exists():
        _draw(here, paper, page, path)
    answer = Response(path.read_bytes(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.code}.pdf"'
    # Tomorrow, or after a change, it is another paper.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _draw(here: Entrance, paper: Paper, page: str, path: Path) -> None:
    """Draw and seal a page into a file; two who ask at once each write the same one whole."""
    seal = open_seal(here.settings.home / "keys")
    sealed = seal_pdf(
        render_pdf(paper.code, page),
        certificate_pem=seal.certificate_pem,
        sign=seal.sign,
        sealed_at=here.now,
    )
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(sealed)
    part.replace(path)


def _paper_of(session: Session, here: Entrance, code: str, language: str) -> Paper:
    entries = queries.find_entries(session, [code])
    if entries:
        return _sheet(session, here, entries[0], language)
    return _certificate(session, here, queries.find_certificate(session, code), language)


def _as_of(here: Entrance, changed_at: datetime) -> datetime:
    """Today's beginning, or the last change: one paper a day, and a new one after each change."""
    morning = datetime.combine(local_day(here.now), time(0), CHINA)
    return max(morning, changed_at)


def _verify_url(here: Entrance, code: str) -> str:
    return f"{here.settings.public_url}{url_for('registry.show_certificate', code=code)}"


def _receipt_of(session: Session, application_id: str) -> str:
    found = receipts.list_for(session, application_id)
    return found[-1].id if found else ""


def _history(session: Session, register: Register, subject: str) -> tuple[PastChange, ...]:
    versions = queries.versions(session, register, subject)
    return tuple(PastChange(word_of(one.type), local_day(one.at)) for one in versions)


def _sheet(session: Session, here: Entrance, row: EntryRow, language: str) -> Paper:
    versions = queries.versions(session, Register.RESOURCES, row.code)
    status = row.status_on(local_day(here.now))
    manifest = manifest_of(
        code=row.code, kind=row.kind, entity=row.organisation_name, form=row.form
    )
    return Paper(
        register=Register.RESOURCES.value,
        code=row.code,
        name=row.name,
        summary=str(row.form.get("summary", "")),
        holders=(row.organisation_name,),
        kind=word_of(row.kind),
        registration_type=word_of(versions[0].type),
        status=status.value,
        status_word=word_of(status),
        evidence_on=local_day(row.coded_at),
        valid_until=row.valid_until,
        institution=here.settings.institution,
        as_of=_as_of(here, versions[-1].at),
        verify_url=_verify_url(here, row.code),
        manifest_sha256=manifest_digest(manifest),
        receipt_id=_receipt_of(session, row.application_id),
        history=_history(session, Register.RESOURCES, row.code),
        language=language,
    )


def _certificate(session: Session, here: Entrance, row: CertificateRow, language: str) -> Paper:
    today = local_day(here.now)
    versions = queries.versions(session, Register.PROPERTY, row.certificate_id)
    status = row.status_on(today)
    remarks = tuple(
        f"{words_of('remark_kinds', one.kind, language)} {one.issuer} {one.document_number}"
        for one in row.remarks
        if one.is_in_force(today)
    )
    return Paper(
        register=Register.PROPERTY.value,
        code=row.code or "",
        name=row.name,
        summary=str(row.form.get("summary", "")),
        holders=tuple(dict.fromkeys(right.holder_name for right in row.rights))
        or (row.organisation_name,),
        kind=word_of("data"),
        registration_type=word_of(versions[0].type),
        status=status.value,
        status_word=word_of(status),
        evidence_on=local_day(row.evidence_at),
        valid_until=row.valid_until,
        institution=here.settings.institution,
        as_of=_as_of(here, versions[-1].at),
        verify_url=_verify_url(here, row.code or row.certificate_id),
        manifest_sha256=manifest_digest(snapshot_of(row)),
        receipt_id=_receipt_of(session, row.certificate_id),
        restrictions=str(row.form.get("restrictions", "")),
        rights=tuple(
            HeldRight(
                right.holder_name,
                words_of("rights", right.right, language),
                right.valid_until,
                right.limits,
            )
            for right in row.rights
        ),
        remarks=remarks,
        history=_history(session, Register.PROPERTY, row.certificate_id),
        language=language,
    )
