"""Replies: what rows look like outside."""

from typing import Any

from marshmallow import Schema, fields

from registry.certificate.manifest import public_fields
from registry.queries import ApplicationRow


class ApplicationReply(Schema):
    """An application as REST shows it to its entity and to the institution."""

    application_id = fields.String()
    register = fields.String()
    type = fields.String()
    kind = fields.String()
    status = fields.String()
    revision = fields.Integer()
    organisation_name = fields.String()
    entry_code = fields.String()
    form = fields.Dict()
    party = fields.Dict()
    checklist = fields.Dict()
    reason = fields.String()
    submitted_at = fields.AwareDateTime(allow_none=True)
    filed_late_workdays = fields.Integer()
    due_on = fields.Date(allow_none=True)
    due_is_provisional = fields.Boolean()
    notice_ends_on = fields.Date(allow_none=True)
    code = fields.String(allow_none=True)
    coded_at = fields.AwareDateTime(allow_none=True)


class EntryReply(Schema):
    """An entry as the public sees it."""

    code = fields.String()
    kind = fields.String()
    status = fields.String()
    version = fields.Integer()
    name = fields.String()
    summary = fields.Function(lambda row: row.form.get("summary", ""))
    industry = fields.Function(lambda row: row.form.get("industry", ""))
    region = fields.Function(lambda row: row.form.get("region", ""))
    inputs = fields.Function(lambda row: row.form.get("inputs", []))
    organisation_name = fields.String()
    coded_at = fields.AwareDateTime()
    valid_until = fields.Date()


class VersionReply(Schema):
    """One change of an entry or certificate: its type and its date."""

    number = fields.Integer()
    at = fields.AwareDateTime()
    type = fields.String()
    status = fields.String()


class RightReply(Schema):
    """A right of a holder."""

    holder_name = fields.String()
    right = fields.String()
    valid_until = fields.Date(allow_none=True)
    limits = fields.String()


class RemarkReply(Schema):
    """A note on a certificate."""

    remark_id = fields.String()
    kind = fields.String()
    issuer = fields.String()
    document_number = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    note = fields.String()
    is_lifted = fields.Boolean()


class CertificateReply(Schema):
    """A certificate of register B as the public sees it."""

    code = fields.String(allow_none=True)
    registration = fields.String(attribute="certificate_id")
    status = fields.String()
    version = fields.Integer()
    name = fields.String()
    summary = fields.Function(lambda row: row.form.get("summary", ""))
    restrictions = fields.Function(lambda row: row.form.get("restrictions", ""))
    applicant = fields.String(attribute="organisation_name")
    rights = fields.List(fields.Nested(RightReply))
    remarks = fields.List(fields.Nested(RemarkReply))
    evidence_at = fields.AwareDateTime()
    certified_at = fields.AwareDateTime(allow_none=True)
    valid_until = fields.Date()


class ChangeReply(Schema):
    """How a clock moved."""

    clock_id = fields.String()
    at = fields.AwareDateTime()
    cause = fields.String()
    state = fields.String()
    old_due_on = fields.Date(allow_none=True)
    new_due_on = fields.Date(allow_none=True)


class ClockReply(Schema):
    """A clock: what it limits, since when, until when, and who holds the ball."""

    clock_id = fields.String()
    application_id = fields.String()
    kind = fields.String()
    limit_key = fields.String()
    holder = fields.String()
    state = fields.String()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    due_on = fields.Date(allow_none=True)
    is_provisional = fields.Boolean()


class DueReply(ClockReply):
    """A running clock with what it runs on."""

    register = fields.String()
    type = fields.String()
    name = fields.String()
    organisation_name = fields.String()
    status = fields.String()
    light = fields.String()
    workdays_left = fields.Integer()


class LimitReply(Schema):
    """A limit on a day: its values, its unit and where it comes from."""

    key = fields.String(attribute="declaration.key")
    unit = fields.String(attribute="declaration.unit")
    national = fields.Integer(allow_none=True)
    provincial = fields.Integer(allow_none=True)
    in_force = fields.Integer(allow_none=True)
    source = fields.String()
    effective_from = fields.Date(allow_none=True)


class DuplicateReply(Schema):
    """Another application or entry that may be the same data."""

    application_id = fields.String()
    name = fields.String()
    organisation_name = fields.String()
    code = fields.String()
    same_name = fields.Boolean()
    same_fingerprint = fields.Boolean()


class FileReply(Schema):
    """A preserved file or fingerprint."""

    sha256 = fields.String()
    sm3 = fields.String()
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()
    is_stored = fields.Boolean()
    preserved_at = fields.AwareDateTime()


class StepReply(Schema):
    """One move of an application, with what it decided on beside the form."""

    at = fields.AwareDateTime()
    verb = fields.String()
    source = fields.String()
    target = fields.String()
    actor_name = fields.String()
    reason = fields.String()
    due_on = fields.Date(allow_none=True)
    facts = fields.Function(lambda row: {k: v for k, v in row.facts.items() if k != "form"})


class ItemReply(Schema):
    """One data item of an effective entry, with its one source and its one standard."""

    name = fields.String()
    type = fields.String()
    length = fields.String()
    meaning = fields.String()
    standard = fields.String()
    source_department = fields.String()
    entry_code = fields.String()
    entry_name = fields.String()
    organisation_name = fields.String()


class ConflictReply(Schema):
    """Items of one name that name several sources or several standards."""

    name = fields.String()
    source_departments = fields.List(fields.String())
    standards = fields.List(fields.String())
    items = fields.List(fields.Nested(ItemReply))


def public_fields_of(row: ApplicationRow) -> dict[str, str]:
    """Exactly what the public notice of an application shows."""
    return public_fields(
        register=row.register,
        type_=row.type,
        kind=row.kind,
        entity=row.organisation_name,
        form=row.form,
    )


def notice_reply(row: ApplicationRow) -> dict[str, Any]:
    """A running notice: its public fields, and until when an objection is heard."""
    return {
        "notice_id": row.application_id,
        **public_fields_of(row),
        "notice_ends_on": row.notice_ends_on and row.notice_ends_on.isoformat(),
    }
