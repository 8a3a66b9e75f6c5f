"""Outside shapes of the register: request bodies to commands, rows to replies."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from kernel.errors import msgid
from registry.queries import EntrySearch
from registry.service import Draft, NewObjection

#: GB/T 4754-2017 sections.
INDUSTRIES = tuple("ABCDEFGHIJKLMNOPQRST")
KINDS = ("resource", "product")
_NEEDS_TEXT = msgid("Write something here.")
#: S4 annex 1 counsels names of at most 40 characters and summaries of at most 400.
_NAME = validate.Length(1, 40)
_SUMMARY = validate.Length(1, 400)


class FormFields(Schema):
    """The filed fields of an application (S1 Art. 9); all may be missing in a draft."""

    name = fields.String(
        validate=_NAME, metadata={"description": "Name of the data, at most 40 characters"}
    )
    summary = fields.String(validate=_SUMMARY)
    industry = fields.String(validate=validate.OneOf(INDUSTRIES))
    region = fields.String(validate=validate.Regexp(r"[0-9]{6}\Z"))
    scenario = fields.String(validate=validate.Length(1, 200))
    update_cycle = fields.String(validate=validate.Length(1, 40))
    time_coverage = fields.String(validate=validate.Length(0, 80))
    data_form = fields.String(validate=validate.Length(0, 80))
    volume_records = fields.Integer(validate=validate.Range(0, 10**15))
    source_basis = fields.String(validate=validate.Length(1, 400))
    collection_mode = fields.String(validate=validate.Length(0, 80))
    evidence_sha256 = fields.String(validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    risk_conclusion = fields.String(validate=validate.Length(1, 400))
    product_form = fields.String(validate=validate.Length(0, 80))
    inputs = fields.List(
        fields.String(validate=validate.Length(1, 64)), validate=validate.Length(0, 50)
    )


class DraftBody(Schema):
    """A new application."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    form = fields.Nested(FormFields, load_default=dict)


class EditBody(Schema):
    """Changed fields of the form."""

    form = fields.Nested(FormFields, required=True)


class DecisionBody(Schema):
    """Reasons for a decision; owed where the decision is against somebody."""

    reason = fields.String(load_default="", validate=validate.Length(0, 2000))


class ObjectionBody(Schema):
    """An objection with a real name and evidence."""

    name = fields.String(required=True, validate=validate.Length(2, 60, error=_NEEDS_TEXT))
    contact = fields.String(required=True, validate=validate.Length(3, 120, error=_NEEDS_TEXT))
    statement = fields.String(required=True, validate=validate.Length(5, 2000, error=_NEEDS_TEXT))
    evidence = fields.String(required=True, validate=validate.Length(5, 4000, error=_NEEDS_TEXT))


class SearchArguments(Schema):
    """What to look for in the register."""

    class Meta:
        """``limit`` and ``cursor`` are read by ``kernel.web.paging``."""

        unknown = EXCLUDE

    q = fields.String(load_default="")
    region = fields.String(load_default="")
    industry = fields.String(load_default="")
    kind = fields.String(load_default="", validate=validate.OneOf(("", *KINDS)))
    status = fields.String(load_default="")
    as_of = fields.AwareDateTime(
        load_default=None, format="iso", metadata={"description": "RFC 3339"}
    )

    @post_load
    def to_search(self, values: dict[str, Any], **_: Any) -> EntrySearch:  # noqa: ANN401 - marshmallow's hook
        """The search as the register's own value."""
        return EntrySearch(
            text=values["q"],
            region=values["region"],
            industry=values["industry"],
            kind=values["kind"],
            status=values["status"],
            as_of=values["as_of"],
        )


class ApplicationReply(Schema):
    """An application as REST shows it."""

    application_id = fields.String()
    kind = fields.String()
    status = fields.String()
    revision = fields.Integer()
    organisation_name = fields.String()
    form = fields.Dict()
    reason = fields.String()
    due_on = fields.Date(allow_none=True)
    due_is_provisional = fields.Boolean()
    notice_ends_on = fields.Date(allow_none=True)
    code = fields.String(allow_none=True)
    coded_at = fields.AwareDateTime(allow_none=True)
    valid_until = fields.Date(allow_none=True)


class EntryReply(Schema):
    """An entry as the public sees it."""

    code = fields.String()
    kind = fields.String()
    status = fields.String()
    name = fields.String()
    summary = fields.Function(lambda row: row.form.get("summary", ""))
    industry = fields.Function(lambda row: row.form.get("industry", ""))
    region = fields.Function(lambda row: row.form.get("region", ""))
    inputs = fields.Function(lambda row: row.form.get("inputs", []))
    organisation_name = fields.String()
    coded_at = fields.AwareDateTime()
    valid_until = fields.Date()


class NoticeReply(Schema):
    """Exactly the four public fields, and until when an objection is heard."""

    notice_id = fields.String(attribute="application_id")
    entity = fields.String(attribute="organisation_name")
    registration_type = fields.Function(lambda row: f"initial:{row.kind}")
    name = fields.String()
    summary = fields.Function(lambda row: row.form.get("summary", ""))
    notice_ends_on = fields.Date()


def draft_of(values: dict[str, Any], idempotency_key: str) -> Draft:
    """The draft command of a body."""
    return Draft(values["kind"], values["form"], idempotency_key)


def objection_of(values: dict[str, Any], application_id: str) -> NewObjection:
    """The objection command of a body."""
    return NewObjection(application_id, **values)
