"""Certificates of register B as everybody may see them; the QR code of each paper leads here."""

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.web import forms
from kernel.web.context import entrance
from kernel.web.language import language_tag
from kernel.web.paging import CursorUnreadable, cut, read_window
from kernel.workdays import local_day
from registry import errors, queries, schemas, service
from registry.certificate.manifest import manifest_digest
from registry.form import dictionaries
from registry.form.checks.names import normalised_name
from registry.pages.door import blueprint, more_href, read_arguments, read_as_of, sent_once
from registry.pages.public.entries import verify_url
from registry.queries import CertificateRow
from registry.queries.certificates import snapshot_of
from registry.queries.receipts import receipts_of
from registry.states import EntryStatus, Register

_LONGEST_CODE = 64


@blueprint.get("/certificates")
def list_certificates() -> str:
    """Certificates by code, those whose name holds a text."""
    here, window = entrance(), read_window()
    name = read_arguments(schemas.ItemArguments())["name"]
    if "\x00" in window.after:
        raise CursorUnreadable
    with here.db.read() as session:
        rows = queries.search_certificates(
            session, name_key=normalised_name(name), after=window.after, limit=window.limit
        )
    today = local_day(here.now)
    page = cut(
        [replace(row, status=row.status_on(today)) for row in rows],
        [str(row.code) for row in rows],
        window,
    )
    return render_template(
        "registry/certificates.html",
        page=page,
        name=name,
        next_href=more_href(page.next_key, "registry.list_certificates"),
    )


@blueprint.get("/certificates/<code>")
def show_certificate(code: str) -> ResponseReturnValue:
    """What the QR code of a paper opens: the certificate, or for register A the query page."""
    try:
        return _certificate_page(code)
    except errors.CertificateUnknown:
        with entrance().db.read() as session:
            is_entry = bool(queries.find_entries(session, [code]))
        if not is_entry:
            raise
    moment = request.args.get("as_of") or None
    return redirect(url_for("registry.show_entry", code=code, as_of=moment))


@blueprint.get("/certificates/<code>/objections")
def objection_form(code: str) -> str:
    """The form with which anybody objects to a certificate by real name."""
    return _objection_page(code)


@blueprint.post("/certificates/<code>/objections")
def object_later(code: str) -> ResponseReturnValue:
    """Object to a certificate; this is possible at any time (S4 Art. 29)."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.ObjectionBody())
        wanted = schemas.objection_of(values, "", sent_once())
        service.object_later(here.db, actor=here.actor, now=here.now, code=code, wanted=wanted)
        forms.notice(
            _("Your objection was received; the institution tells the registrant in writing.")
        )
        return redirect(url_for("registry.show_certificate", code=code))

    return forms.attempt(act, lambda **shown: _objection_page(code, **shown))


def _objection_page(code: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    with here.db.read() as session:
        row = queries.find_certificate(session, code)
    status = row.status_on(local_day(here.now))
    return render_template(
        "registry/objection.html",
        certificate=replace(row, status=status),
        may_object=status is EntryStatus.EFFECTIVE,
        **shown,
    )


@blueprint.get("/verify")
def look_up_code() -> ResponseReturnValue:
    """Look a code of either register up, and how to check a paper without us."""
    code = request.args.get("code", "").strip()[:_LONGEST_CODE]
    with entrance().db.read() as session:
        found = _find_address(session, code)
    if found:
        return redirect(found)
    page = render_template("registry/verify.html", code=code, is_unknown=bool(code))
    return (page, 404) if code else page


def _find_address(session: Any, code: str) -> str:  # noqa: ANN401 - whatever session the queries take
    if not code or "\x00" in code:
        return ""
    if queries.find_entries(session, [code]):
        return url_for("registry.show_entry", code=code)
    try:
        queries.find_certificate(session, code)
    except errors.CertificateUnknown:
        return ""
    return url_for("registry.show_certificate", code=code)


def _certificate_page(code: str) -> str:
    here, as_of = entrance(), read_as_of()
    moment = as_of or here.now
    with here.db.read() as session:
        row = queries.find_certificate(session, code, as_of=as_of)
        versions = queries.versions(session, Register.PROPERTY, row.certificate_id)
        receipts = receipts_of(session, [row.certificate_id])
    day = local_day(moment)
    status = row.status_on(day)
    return render_template(
        "registry/certificate.html",
        certificate=replace(row, status=status),
        holders=_holders_of(row),
        remarks=[one for one in row.remarks if one.is_in_force(day)],
        remark_words=lambda kind: dictionaries.words_of("remark_kinds", kind, language_tag()),
        as_of=as_of,
        versions=[one for one in versions if one.at <= moment],
        receipt_id=receipts.get(row.certificate_id, ""),
        manifest_sha256=manifest_digest(snapshot_of(row)),
        institution=here.settings.institution,
        verify_url=verify_url(here, row.code or row.certificate_id),
        may_object=as_of is None and status is EntryStatus.EFFECTIVE,
    )


def _holders_of(row: CertificateRow) -> dict[str, list[dict[str, Any]]]:
    """The rights of each holder, in words, in the order in which the law names them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for right in row.rights:
        words = dictionaries.words_of("rights", right.right, language_tag())
        shown = {"words": words, "valid_until": right.valid_until, "limits": right.limits}
        found.setdefault(right.holder_name, []).append(shown)
    return found
