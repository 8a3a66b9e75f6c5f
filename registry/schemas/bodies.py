"""Outside shapes of both registers: request bodies to commands, rows to replies.

The form's shape is derived from its declaration (``registry.form``), so that REST, pages and batches
cannot differ. Here only what a value *is* counts; whether it is right is told when it is filed.
"""

from typing import Any

from marshmallow import Schema, fields, validate
from marshmallow.fields import Field as ShapeField

from kernel.errors import msgid
from registry.form import dictionaries
from registry.form.fields import Field, FieldKind
from registry.form.groups import all_fields
from registry.service import Decision, Draft, NewObjection
from registry.states import Register, Type, Verb

KINDS = ("resource", "product", "service", "data")
_NEEDS_TEXT = msgid("Write something here.")
_LONGEST_TEXT = 4000
_MOST_ROWS = 500
_MOST_NUMBER = 10**15
_DIGEST = validate.Regexp(r"([0-9a-f]{64})?\Z")
_DAY = validate.Regexp(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")


def shape_of(field: Field) -> ShapeField[Any]:
    """The marshmallow field of a form field; empty text takes a value back."""
    more = {"description": field.label}
    if field.kind is FieldKind.INTEGER:
        most = field.most or _MOST_NUMBER
        return fields.Integer(validate=validate.Range(0, most), metadata=more, allow_none=True)
    if field.kind is FieldKind.FLAG:
        return fields.Boolean(metadata=more)
    if field.kind is FieldKind.TABLE:
        size = validate.Length(0, field.most or _MOST_ROWS)
        return fields.List(fields.Nested(_row_schema(field)), validate=size, metadata=more)
    if field.kind in {FieldKind.CODES, FieldKind.CHOICES}:
        entry = fields.String(validate=validate.Length(1, 64))
        size = validate.Length(0, field.most or _MOST_ROWS)
        return fields.List(entry, validate=size, metadata=more)
    return fields.String(validate=_text_check(field), metadata=more)


#: The rows of tables by their field: one class for each, because the OpenAPI document knows a
#: schema by the name of its class.
_ROW_SCHEMAS: dict[Field, type[Schema]] = {}


def _row_schema(field: Field) -> type[Schema]:
    if field not in _ROW_SCHEMAS:
        same = sum(one.name == field.name for one in _ROW_SCHEMAS)
        name = "".join(part.capitalize() for part in field.name.split("_"))
        columns = {one.name: shape_of(one) for one in field.columns}
        _ROW_SCHEMAS[field] = Schema.from_dict(columns, name=f"{name}Row{same or ''}")
    return _ROW_SCHEMAS[field]


def _text_check(field: Field) -> validate.Validator:
    if field.kind in {FieldKind.DIGEST, FieldKind.FILE}:
        return _DIGEST
    if field.kind is FieldKind.DATE:
        return _DAY
    if field.kind is FieldKind.REGION:
        return validate.Regexp(r"([0-9]{6})?\Z")
    if field.kind is FieldKind.CHOICE:
        codes = [choice.code for choice in dictionaries.DICTIONARIES[field.choices]]
        return validate.OneOf(("", *codes))
    return validate.Length(0, field.most or _LONGEST_TEXT)


def form_schema(*registers: Register) -> type[Schema]:
    """The form of one or both registers; everything may be missing in a draft."""
    # The first register's shape goes before where both have a field of that name.
    found = {one.name: one for register in reversed(registers) for one in all_fields(register)}
    name = "".join(register.value.capitalize() for register in registers) + "Form"
    return Schema.from_dict({one.name: shape_of(one) for one in found.values()}, name=name)


ResourceForm = form_schema(Register.RESOURCES)
PropertyForm = form_schema(Register.PROPERTY)
AnyForm = form_schema(Register.RESOURCES, Register.PROPERTY)
FORMS: dict[Register, type[Schema]] = {
    Register.RESOURCES: ResourceForm,
    Register.PROPERTY: PropertyForm,
}


class DraftBody(Schema):
    """A new application; a later type names the entry that it acts on."""

    register = fields.Enum(Register, by_value=True, load_default=Register.RESOURCES)
    type = fields.Enum(Type, by_value=True, load_default=Type.INITIAL)
    kind = fields.String(load_default="resource", validate=validate.OneOf(KINDS))
    entry_code = fields.String(load_default="", validate=validate.Length(0, 64))
    on_behalf_of = fields.String(load_default="", validate=validate.Length(0, 18))
    form = fields.Nested(AnyForm, load_default=dict)


class EditBody(Schema):
    """Changed fields of the form."""

    form = fields.Nested(AnyForm, required=True)


class DecisionBody(Schema):
    """Reasons for a decision, owed where it is against somebody, and the review's checklist."""

    reason = fields.String(load_default="", validate=validate.Length(0, 2000))
    checklist = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Boolean(),
        load_default=dict,
        validate=validate.Length(0, 40),
    )


class ObjectionBody(Schema):
    """An objection with a real name and evidence."""

    name = fields.String(required=True, validate=validate.Length(2, 60, error=_NEEDS_TEXT))
    contact = fields.String(required=True, validate=validate.Length(3, 120, error=_NEEDS_TEXT))
    statement = fields.String(required=True, validate=validate.Length(5, 2000, error=_NEEDS_TEXT))
    evidence = fields.String(required=True, validate=validate.Length(5, 4000, error=_NEEDS_TEXT))


class CorrectionBody(ObjectionBody):
    """What an interested party holds to be wrong, and how it should read."""

    corrected = fields.Nested(ResourceForm, load_default=dict)


class EndingBody(Schema):
    """Reasons for a revocation or a cancellation ex officio."""

    reason = fields.String(required=True, validate=validate.Length(1, 2000, error=_NEEDS_TEXT))


class RemarkBody(Schema):
    """A note on a certificate (S4 Art. 23)."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([one.code for one in dictionaries.DICTIONARIES["remark_kinds"]]),
    )
    issuer = fields.String(required=True, validate=validate.Length(2, 120, error=_NEEDS_TEXT))
    document_number = fields.String(
        required=True, validate=validate.Length(1, 120, error=_NEEDS_TEXT)
    )
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(0, 2000))


class AnswerBody(Schema):
    """A word on a later objection."""

    text = fields.String(load_default="", validate=validate.Length(0, 4000))
    decision = fields.String(load_default="", validate=validate.OneOf(("", "upheld", "dismissed")))


class FingerprintBody(Schema):
    """The digests of data that stays where it is."""

    sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    sm3 = fields.String(load_default="", validate=_DIGEST)
    name = fields.String(required=True, validate=validate.Length(1, 200, error=_NEEDS_TEXT))
    size_bytes = fields.Integer(load_default=0, validate=validate.Range(0, 2**62))


class LimitBody(Schema):
    """A value of a limit; no value takes a provincial one back."""

    scope = fields.String(
        load_default="provincial", validate=validate.OneOf(("national", "provincial"))
    )
    value = fields.Integer(load_default=None, allow_none=True)
    source = fields.String(required=True, validate=validate.Length(1, 200, error=_NEEDS_TEXT))
    effective_from = fields.Date(required=True)


class CalendarDay(Schema):
    """One day that differs from the plain week."""

    day = fields.Date(required=True)
    is_working = fields.Boolean(required=True)
    name = fields.String(load_default="", validate=validate.Length(0, 40))


class CalendarBody(Schema):
    """A year's holiday notice."""

    source = fields.String(required=True, validate=validate.Length(1, 200, error=_NEEDS_TEXT))
    days = fields.List(fields.Nested(CalendarDay), required=True, validate=validate.Length(1, 366))


def draft_of(values: dict[str, Any], idempotency_key: str) -> Draft:
    """The draft command of a body."""
    return Draft(
        values["kind"],
        values["form"],
        idempotency_key,
        register=values["register"],
        type=values["type"],
        entry_code=values["entry_code"],
        on_behalf_of=values["on_behalf_of"],
    )


def decision_of(values: dict[str, Any], application_id: str, verb: str, revision: int) -> Decision:
    """The decision command of a body."""
    return Decision(application_id, Verb(verb), revision, values["reason"], values["checklist"])


def objection_of(values: dict[str, Any], application_id: str, key: str = "") -> NewObjection:
    """The objection command of a body; ``key`` makes a repeated one the same."""
    return NewObjection(application_id, **values, idempotency_key=key)
