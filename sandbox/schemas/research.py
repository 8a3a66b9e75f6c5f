"""Outside shapes of saved queries, templates and synthetic samples."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from kernel.web.problems import shape_error
from licensing.public import PURPOSES
from sandbox.engine.guard.description import MODES
from sandbox.engine.parameters import KINDS, Parameter
from sandbox.queries import SampleRow, SavedRow, TemplateRow
from sandbox.schemas.runs import FileWish

_LONGEST_SQL = 20_000
#: What no database stores in a text: NUL, and halves of characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MOST_RHO = 10**15


def check_storable(text: str) -> None:
    """Let a text pass that every database stores.

    Raises:
        ValidationError: it holds NUL or half a character.
    """
    if _UNSTORABLE.search(text):
        # marshmallow's own sentence: it is known in both languages.
        raise ValidationError("String does not match expected pattern.")


def _title(**more: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own arguments
    return fields.String(validate=[validate.Length(1, 80), check_storable], **more)


def _sql(**more: Any) -> fields.String:  # noqa: ANN401 - as above
    return fields.String(validate=[validate.Length(1, _LONGEST_SQL), check_storable], **more)


class SavedBody(Schema):
    """A query to keep under a licence."""

    licence_id = fields.String(required=True, validate=check_storable)
    title = _title(required=True)
    sql = _sql(required=True)
    private = fields.Boolean(load_default=False)


class SavedChangeBody(Schema):
    """What a saved query becomes; what is left out stays."""

    title = _title(load_default=None)
    sql = _sql(load_default=None)
    private = fields.Boolean(load_default=None)


class SavedArguments(Schema):
    """Under which licence saved queries are listed."""

    licence_id = fields.String(required=True, validate=check_storable)


def saved_reply(row: SavedRow) -> dict[str, Any]:
    """A saved query as REST shows it."""
    return {
        "query_id": row.query_id,
        "licence_id": row.licence_id,
        "account_id": row.account_id,
        "title": row.title,
        "sql": row.sql,
        "private": row.is_private,
        "revision": row.revision,
        "changed_at": row.changed_at.isoformat(),
    }


class ParameterBody(Schema):
    """One typed parameter of a template; what its type does not need is left out."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    example = fields.String(required=True, validate=validate.Length(1, 200))
    least = fields.String(load_default="", validate=validate.Length(0, 40))
    most = fields.String(load_default="", validate=validate.Length(0, 40))
    choices = fields.List(fields.String(), load_default=list)
    length = fields.Integer(load_default=0)
    pattern = fields.String(load_default="", validate=validate.Length(0, 200))
    column = fields.String(load_default="", validate=validate.Length(0, 130))


class WordsBody(Schema):
    """Words in both languages."""

    zh = fields.String(required=True, validate=[validate.Length(1, 400), check_storable])
    en = fields.String(required=True, validate=[validate.Length(1, 400), check_storable])


class TemplateDraftBody(Schema):
    """What a version of a template says."""

    title = fields.Nested(WordsBody, required=True)
    description = fields.Nested(WordsBody, required=True)
    sql = _sql(required=True)
    parameters = fields.List(
        fields.Nested(ParameterBody), load_default=list, validate=validate.Length(0, 30)
    )


class TemplateBody(TemplateDraftBody):
    """A template of a dataset for licences of one mode."""

    dataset = fields.String(required=True, validate=check_storable)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))


class TemplateFormBody(Schema):
    """The words and the text of a template as the form sends them."""

    title = _title(required=True)
    title_en = _title(required=True)
    text = fields.String(required=True, validate=[validate.Length(1, 400), check_storable])
    text_en = fields.String(required=True, validate=[validate.Length(1, 400), check_storable])
    sql = _sql(required=True)


class TemplateArguments(Schema):
    """Templates are listed under a licence, or of a dataset for its provider."""

    licence_id = fields.String(load_default="", validate=check_storable)
    dataset = fields.String(load_default="", validate=check_storable)


class TemplateUseBody(FileWish):
    """A template with values, by the names of its parameters."""

    licence_id = fields.String(required=True, validate=check_storable)
    purpose = fields.String(load_default="", validate=validate.OneOf(("", *PURPOSES)))
    values = fields.Dict(keys=fields.String(), load_default=dict)
    version = fields.Integer(load_default=0)
    accuracy = fields.Float(load_default=0)
    rho = fields.Integer(load_default=None, allow_none=True)


def read_values(
    parameters: tuple[Parameter, ...], given: Mapping[str, object], *, before: str
) -> dict[str, str]:
    """Values of parameters as texts; ``before`` stands before each name where the form has it.

    Raises:
        ShapeWrong: with one message for each value that is missing, unknown or does not fit.
    """
    texts = {
        name: "" if isinstance(one, bool) or one is None else str(one).strip()
        for name, one in given.items()
    }
    faults = dict.fromkeys(texts.keys() - {one.name for one in parameters}, "Unknown field.")
    for one in parameters:
        text = texts.get(one.name, "")
        fault = one.fault_of(text) if text else "Missing data for required field."
        faults |= {one.name: fault} if fault else {}
    if faults:
        raise shape_error({f"{before}{name}": [fault] for name, fault in faults.items()})
    return texts


def template_reply(row: TemplateRow) -> dict[str, Any]:
    """A version of a template as REST shows it."""
    return {
        "template_id": row.template_id,
        "dataset": row.dataset,
        "mode": row.mode,
        "version": row.version,
        "newest": row.newest,
        "offered": row.is_offered,
        "revision": row.revision,
        "title": row.titles,
        "description": row.descriptions,
        "sql": row.sql,
        "parameters": list(row.parameters),
        "sha256": row.digest,
        "created_at": row.created_at.isoformat(),
    }


class SampleBody(Schema):
    """A synthetic sample of a dataset's newest version, made once at that cost in nano-rho."""

    dataset = fields.String(required=True, validate=check_storable)
    rho = fields.Integer(required=True, validate=validate.Range(1, MOST_RHO))
    table = fields.String(load_default="")
    pairs = fields.List(
        fields.List(fields.String(), validate=validate.Length(2, 2)),
        load_default=None,
        allow_none=True,
        metadata={"description": "Columns that are kept together; neighbours where none are named"},
    )


class SampleFormBody(Schema):
    """The same as the form sends it: two columns a line."""

    rho = fields.Integer(required=True, validate=validate.Range(1, MOST_RHO))
    pairs = fields.String(load_default="", validate=validate.Length(0, 4_000))


def sample_reply(row: SampleRow) -> dict[str, Any]:
    """A sample as REST and its files show it; each row says that it is synthetic, wherever it goes."""
    names = [one["name"] for one in row.columns]
    label = row.facts["label"]
    return {
        "synthetic": True,
        "label": label,
        "rho_spent": str(row.rho),
        "facts": row.facts,
        "columns": list(row.columns),
        "items": [
            {**dict(zip(names, values, strict=True)), "synthetic": label} for values in row.rows
        ],
    }
