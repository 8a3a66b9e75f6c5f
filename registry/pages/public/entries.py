"""The query page of a code of register A: what registration shows, and what it does not."""

from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import gettext
from sqlmodel import Session

from kernel.errors import msgid
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from registry import queries
from registry.certificate.manifest import manifest_digest, manifest_of
from registry.form.fields import is_filled
from registry.form.groups import fields_by_name
from registry.pages.door import blueprint, read_as_of
from registry.pages.filing.answers import words_of_value
from registry.pages.public.search import row_on
from registry.queries import EntryRow
from registry.queries.receipts import receipts_of
from registry.states import Register, Type

#: What the page tells of the filed form (domain 2.9); all else stays with the institution.
_SHOWN = (
    *("name", "summary", "industry", "region", "scenario", "spatial_coverage", "time_coverage"),
    *("update_cycle", "data_form", "product_form", "catalogue_code", "catalogue_name", "provider"),
)
_MOST_MADE = 50


@blueprint.get("/entries/<code>")
def show_entry(code: str) -> str:
    """One code: its status today, what is registered, since when, and what is made from it."""
    here, as_of = entrance(), read_as_of()
    with here.db.read() as session:
        row = queries.find_entry(session, code, as_of=as_of)
        beside = _beside(session, row, as_of or here.now)
    day = local_day(as_of or here.now)
    return render_template(
        "registry/entry.html",
        entry=row_on(row, day),
        as_of=as_of,
        institution=here.settings.institution,
        content=content_of(row),
        access=access_of(row),
        manifest_sha256=_digest_of(row),
        verify_url=verify_url(here, row.code),
        **beside,
    )


def _beside(session: Session, row: EntryRow, moment: datetime) -> dict[str, Any]:
    """What else is known of a code up to a moment: its versions, neighbours, papers."""
    inputs = [str(code) for code in row.form.get("inputs") or ()]
    versions = queries.versions(session, Register.RESOURCES, row.code)
    return {
        "versions": [one for one in versions if one.at <= moment],
        "inputs": queries.find_entries(session, inputs) if inputs else [],
        "made": queries.made_from(session, row.code)[:_MOST_MADE],
        "certificate_code": queries.certificate_code_of(session, row.code),
        "receipt_id": receipts_of(session, [row.application_id]).get(row.application_id, ""),
    }


def content_of(row: EntryRow) -> list[dict[str, str]]:
    """The registered content that is public, in words, in the order of the page."""
    fields = fields_by_name(Register.RESOURCES.value, Type.INITIAL.value, row.kind)
    return [
        {
            "name": str(gettext(fields[name].label)),
            "value": words_of_value(fields[name], row.form[name], {}),
        }
        for name in _SHOWN
        if name in fields and is_filled(row.form.get(name))
    ]


def access_of(row: EntryRow) -> str:
    """How one comes to use the data, in the reader's language."""
    if row.kind != "resource":
        text = msgid("By a licence of the operating institution")
    elif row.form.get("open_attribute") == "unconditional":
        text = msgid("Open to everybody at the provider's")
    elif row.form.get("open_attribute") == "conditional":
        text = msgid("Open on application to the provider")
    else:
        text = msgid("Only through authorised operation: by the products made from it")
    return str(gettext(text))


def verify_url(here: Entrance, code: str) -> str:
    """The address that the QR code of a paper leads to."""
    return f"{here.settings.public_url}/registry/certificates/{code}"


def _digest_of(row: EntryRow) -> str:
    manifest = manifest_of(
        code=row.code, kind=row.kind, entity=row.organisation_name, form=row.form
    )
    return manifest_digest(manifest)
