"""The forms and their dictionaries as data, with words in the reader's language."""

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext

from kernel.web.language import language_tag
from kernel.web.problems import PageUnknown
from registry import schemas
from registry.form.dictionaries import DICTIONARIES
from registry.form.fields import Field, Need, is_needed
from registry.form.groups import groups_of
from registry.rest.door import blueprint


@blueprint.get("/forms")
@blueprint.arguments(schemas.FormArguments, location="query")
def show_form(values: dict[str, Any]) -> Response:
    """The declaration of one form: its pages, and for each field what it is and when it is owed."""
    register, type_, kind = values["register"], values["type"], values["kind"]
    return jsonify(
        register=register.value,
        type=type_.value,
        kind=kind,
        groups=[
            {
                "name": group.name,
                "label": gettext(group.label),
                "help": gettext(group.help),
                "fields": [_field(one, type_.value, kind) for one in group.fields],
            }
            for group in groups_of(register, type_, kind)
        ],
    )


def _field(field: Field, registration: str, kind: str) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind.value,
        "label": gettext(field.label),
        "help": gettext(field.help),
        "dictionary": field.choices or None,
        "is_required": is_needed(field.required, registration, kind, {}),
        "required_when": _condition(field.required, registration, kind),
        "most": field.most or None,
        "pattern": field.pattern or None,
        "is_public": field.is_public,
        "columns": [_field(one, registration, kind) for one in field.columns],
    }


def _condition(need: Need, registration: str, kind: str) -> dict[str, Any] | None:
    """The other field that makes this one owed, and the values that do; no values: any does."""
    if not need.is_owed or need.when is None:
        return None
    is_elsewhere = (need.kinds and kind not in need.kinds) or (
        need.types and registration not in need.types
    )
    if is_elsewhere:
        return None
    other, values = need.when
    return {"field": other, "values": list(values)}


@blueprint.get("/dictionaries")
def list_dictionaries() -> Response:
    """The names of all lists of codes, with how many choices each has."""
    items = [{"name": name, "count": len(choices)} for name, choices in DICTIONARIES.items()]
    return jsonify(items=items)


@blueprint.get("/dictionaries/<name>")
def show_dictionary(name: str) -> Response:
    """One list: codes, words in the reader's language, and in both."""
    if name not in DICTIONARIES:
        raise PageUnknown
    tag = language_tag()
    return jsonify(
        name=name,
        items=[
            {
                "code": one.code,
                "words": one.words(tag),
                "chinese": one.chinese,
                "english": one.english,
            }
            for one in DICTIONARIES[name]
        ],
    )
