"""Form data through the same schemas as REST, and a refusal that keeps what the person typed."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from kernel.errors import Broken, Forbidden, HexiError, NotFound, Unauthenticated
from kernel.web.language import detail_of, title_of
from kernel.web.problems import shape_error, status_of

#: These are no mistake in a form: they get their own page.
_NOT_A_FORM_MISTAKE = (Unauthenticated, Forbidden, NotFound, Broken)


def read_form(schema: Schema, **fixed: Any) -> Any:  # noqa: ANN401 - whatever command the schema makes
    """The submitted form as the schema's command; repeated fields arrive as lists.

    ``fixed`` are values that the page decides and no form may change.

    Raises:
        ShapeWrong: with one message per field.
    """
    lists = {name for name, field in schema.fields.items() if type(field).__name__ == "List"}
    values: dict[str, Any] = {
        name: request.form.getlist(name) if name in lists else request.form[name].strip()
        for name in request.form
        if name in schema.fields
    }
    try:
        filled = {name: value for name, value in values.items() if value != ""}
        return schema.load({**filled, **fixed})
    except ValidationError as error:
        raise shape_error(error.messages_dict) from error


def read_arguments(schema: Schema, **fixed: Any) -> Any:  # noqa: ANN401 - whatever command the schema makes
    """The arguments of the address as the schema's command; an empty one is none, others' are let be.

    ``fixed`` are values that the page has read differently.

    Raises:
        ShapeWrong: with one message per argument.
    """
    given = {name: value for name, value in request.args.items() if value and name in schema.fields}
    try:
        return schema.load({**given, **fixed})
    except ValidationError as error:
        raise shape_error(error.messages_dict) from error


def attempt(
    act: Callable[[], ResponseReturnValue],
    redisplay: Callable[..., str],
    fields: tuple[str, ...] = (),
) -> ResponseReturnValue:
    """Do what the form asks, or show the form again with the mistake named and nothing lost.

    ``redisplay`` gets ``problem`` (code, title, detail, errors by field) and ``form`` (what was sent).
    ``fields`` are those of the form to which a refusal is linked that is about one of them.
    """
    try:
        return act()
    except HexiError as error:
        if isinstance(error, _NOT_A_FORM_MISTAKE):
            raise
        page: Response = make_response(
            redisplay(problem=describe(error, fields), form=request.form)
        )
        page.status_code = status_of(error)
        return page


def describe(error: HexiError, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """An error as templates show it, at those of these fields that it is about."""
    by_field = {
        item["pointer"].strip("/").split("/")[0]: item["detail"]
        for item in error.facts.get("errors", [])
    } or {name: detail_of(error) for name in error.about if name in fields}
    return {
        "code": error.code,
        "title": title_of(error),
        "detail": detail_of(error),
        "errors": by_field,
    }


def notice(text: str, kind: str = "success") -> None:
    """Say something at the top of the next page."""
    flash(text, kind)
