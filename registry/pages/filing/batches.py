"""Many initial registrations from one table: the template, the judgement by row and cell, the drafts."""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.files import XLSX
from kernel.identity import Permission, check_permission
from kernel.ids import new_id
from kernel.web import forms
from kernel.web.context import entrance
from registry import errors, schemas, service
from registry.form.batch import template
from registry.pages.door import blueprint, read_arguments, sent_once, signed_in, wrong_fields
from registry.pages.filing.widgets import reader
from registry.service import Batch, Imported, Mode
from registry.states import Register

#: So many mistakes are listed; who has more of them has one mistake often.
_MOST_SHOWN = 200
_UNPROCESSABLE = 422
_KINDS = (
    (Register.RESOURCES, "resource"),
    (Register.RESOURCES, "product"),
    (Register.RESOURCES, "service"),
    (Register.PROPERTY, "data"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a table, with as many of its mistakes as a page shows."""

    done: Imported
    is_trial: bool
    is_refused: bool = False

    @property
    def mistakes(self) -> list[dict[str, Any]]:
        """The first mistakes, by row."""
        return self.done.mistakes[:_MOST_SHOWN]


@blueprint.get("/batch")
def show_batch() -> str:
    """The way of a batch: take the template, fill it in, send it."""
    check_permission(entrance().actor, Permission.REGISTRY_APPLICATION_DRAFT)
    return _batch_page()


@blueprint.post("/batch")
def import_batch() -> ResponseReturnValue:
    """Judge a table, and draft its rows unless only a trial was asked for."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.REGISTRY_APPLICATION_DRAFT)
        wanted = _sent_batch()
        try:
            done = service.import_batch(
                here.db, actor=here.actor, now=here.now, wanted=wanted, reader=reader()
            )
        except errors.BatchHasErrors as refusal:
            # No mistake in the form: the page tells the mistakes of the table by row and cell.
            bad_rows, mistakes = refusal.facts["rows"], refusal.facts["errors"]
            done = Imported(bad_rows, bad_rows, mistakes)
            report = Report(done, is_trial=False, is_refused=True)
            return _batch_page(report=report, form=request.form), _UNPROCESSABLE
        return _batch_page(report=Report(done, wanted.is_trial), form=request.form)

    return forms.attempt(act, _batch_page)


def _sent_batch() -> Batch:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise wrong_fields(file=str(_("Choose a file.")))
    register, _colon, kind = request.form.get("what", "").partition(":")
    is_known = (register, kind) in {(one.value, name) for one, name in _KINDS}
    if not is_known:
        raise wrong_fields(what=str(_("Choose what the table registers.")))
    is_good = request.form.get("mode") == Mode.GOOD.value
    return Batch(
        sent.stream,  # type: ignore[arg-type] # werkzeug's stream is a binary file
        sent.filename,
        Register(register),
        kind,
        Mode.GOOD if is_good else Mode.ALL,
        is_trial=request.form.get("then") == "try",
        idempotency_key=sent_once(),
    )


@blueprint.get("/batch/template.xlsx")
def show_template() -> Response:
    """An empty workbook with the columns of a form, their help and their lists."""
    signed_in()
    values = read_arguments(schemas.TemplateArguments())
    language = reader()
    content = template(values["register"], values["kind"], language.language, language.say)
    reply = make_response(content)
    reply.headers["Content-Type"] = XLSX
    name = f"{values['register'].value}-{values['kind']}.xlsx"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _batch_page(**shown: Any) -> str:  # noqa: ANN401 - what the form had
    return render_template(
        "registry/batch.html",
        kinds=[f"{one.value}:{kind}" for one, kind in _KINDS],
        # A second press of the button, or a reload, drafts nothing twice.
        once=new_id(entrance().now),
        **shown,
    )
