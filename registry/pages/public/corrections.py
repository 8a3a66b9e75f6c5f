"""A correction that an interested party asks for by real name (S1 Art. 9(3))."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from kernel.web import forms
from kernel.web.context import entrance
from kernel.web.problems import shape_error
from kernel.workdays import local_day
from registry import queries, schemas, service
from registry.form.fields import Field
from registry.form.groups import fields_by_name
from registry.pages.door import blueprint, sent_once
from registry.pages.filing.answers import words_of_value
from registry.pages.filing.inputs import changed_values, read_values
from registry.pages.filing.widgets import Told, widget_of
from registry.pages.public.search import row_on
from registry.queries import EntryRow
from registry.schemas import FORMS
from registry.service import CorrectionRequest
from registry.states import EntryStatus, Register, Type

#: What is public of an entry, and may so be known to be wrong.
_CORRECTABLE = (
    *("name", "summary", "industry", "industry_division", "region", "spatial_coverage"),
    *("time_coverage", "update_cycle", "data_form", "product_form"),
)
#: The person's own name and the name of the data are two fields of one form.
_PREFIX = "corrected-"


@blueprint.get("/entries/<code>/correction")
def correction_form(code: str) -> str:
    """The registered public fields beside inputs for what they should say."""
    return _correction_page(code)


@blueprint.post("/entries/<code>/correction")
def ask_for_correction(code: str) -> ResponseReturnValue:
    """Ask for a correction; the institution accepts the request or says why not."""

    def act() -> ResponseReturnValue:
        here = entrance()
        with here.db.read() as session:
            row = queries.find_entry(session, code)
        corrected = _corrected(row)
        values = forms.read_form(schemas.ObjectionBody())
        wanted = CorrectionRequest(code, **values, corrected=corrected, idempotency_key=sent_once())
        made = service.ask_for_correction(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Your request was received under the number %(number)s.", number=made))
        return redirect(url_for("registry.show_entry", code=code))

    return forms.attempt(act, lambda **shown: _correction_page(code, **shown))


def _corrected(row: EntryRow) -> dict[str, Any]:
    """What the person wants to read differently.

    Raises:
        ShapeWrong: a value has not the shape of its field.
    """
    values = changed_values(row.form, _sent_values(_fields_of(row)))
    try:
        return dict(FORMS[Register.RESOURCES](only=tuple(values)).load(values)) if values else {}
    except ValidationError as error:
        wrong = {_PREFIX + name: found for name, found in error.messages_dict.items()}
        raise shape_error(wrong) from error


def _sent_values(fields: tuple[Field, ...]) -> dict[str, Any]:
    """The values that came with the form; what was not on the page is left as it is."""
    found = MultiDict(
        (name.removeprefix(_PREFIX), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(_PREFIX)
    )
    return read_values(tuple(field for field in fields if field.name in found), found)


def _fields_of(row: EntryRow) -> tuple[Field, ...]:
    known = fields_by_name(Register.RESOURCES.value, Type.INITIAL.value, row.kind)
    return tuple(known[name] for name in _CORRECTABLE if name in known)


def _correction_page(
    code: str,
    problem: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> str:
    here = entrance()
    with here.db.read() as session:
        row = row_on(queries.find_entry(session, code), local_day(here.now))
        other = queries.open_on_entry(session, code)
    fields, errors = _fields_of(row), problem["errors"] if problem else {}
    shown = {**row.form, **_sent_values(fields)} if form is not None else row.form
    lines = [
        {
            "registered": _words_of(field, row.form.get(field.name)),
            "widget": _widget(
                field, shown.get(field.name), str(errors.get(_PREFIX + field.name, ""))
            ),
        }
        for field in fields
    ]
    return render_template(
        "registry/correction.html",
        entry=row,
        lines=lines,
        is_possible=row.status is EntryStatus.EFFECTIVE and other is None,
        is_open=other is not None,
        problem=problem,
        form=form,
    )


def _words_of(field: Field, value: Any) -> str:  # noqa: ANN401 - form values
    return words_of_value(field, value, {}) if value else "—"


def _widget(field: Field, value: Any, mistake: str) -> Any:  # noqa: ANN401 - form values and their widget
    widget = widget_of(field, value, Told({}, {}, ()))
    told = (mistake,) if mistake else ()
    return replace(widget, name=_PREFIX + field.name, help="", is_needed=True, errors=told)
