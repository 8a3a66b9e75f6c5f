"""Applications: one's own list, the form, one application with what is to be decided."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day, read_calendar
from registry import errors, queries, schemas, service
from registry.pages.door import blueprint, check_permission_to_read, read_revision, visible
from registry.pages.strip import clock_of, strip_of
from registry.queries import ApplicationRow, StepRow
from registry.rules.decide import possible_verbs
from registry.states import TRANSITIONS, Register, Verb

_INDUSTRIES = tuple("ABCDEFGHIJKLMNOPQRST")


@blueprint.get("/applications")
def list_applications() -> str:
    """The applications of the person's own organisation."""
    here = entrance()
    check_permission_to_read(here)
    with here.db.read() as session:
        rows = queries.applications_of(session, here.actor.organisation_id)
    may_draft = is_permitted(here.actor, Permission.REGISTRY_APPLICATION_DRAFT)
    return render_template("registry/applications.html", applications=rows, may_draft=may_draft)


@blueprint.get("/applications/new")
def new_application() -> str:
    """An empty form."""
    check_permission(entrance().actor, Permission.REGISTRY_APPLICATION_DRAFT)
    kind = request.args.get("kind", "resource")
    return render_template(
        "registry/application_form.html", kind=kind, values={}, industries=_INDUSTRIES
    )


@blueprint.post("/applications/new")
def create_application() -> ResponseReturnValue:
    """Save a new draft."""
    kind = "product" if request.form.get("kind") == "product" else "resource"

    def act() -> ResponseReturnValue:
        here = entrance()
        wanted = service.Draft(kind, forms.read_form(schemas.FORMS[Register.RESOURCES]()))
        made = service.draft(here.db, actor=here.actor, now=here.now, wanted=wanted)
        return redirect(url_for("registry.show_application", application_id=made))

    def redisplay(**shown: Any) -> str:  # noqa: ANN401 - what the form had
        return render_template(
            "registry/application_form.html",
            kind=kind,
            values=request.form,
            industries=_INDUSTRIES,
            **shown,
        )

    return forms.attempt(act, redisplay)


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> str:
    """One application: what is to be decided until when, by whom, and what happened so far."""
    return _application_page(application_id)


@blueprint.get("/applications/<application_id>/edit")
def edit_form(application_id: str) -> str:
    """The form of a draft or of a supplement."""
    row = visible(entrance(), application_id)
    return _edit_page(row, values=row.form)


@blueprint.post("/applications/<application_id>/edit")
def edit_application(application_id: str) -> ResponseReturnValue:
    """Save the form."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.FORMS[Register.RESOURCES]())
        revision = read_revision()
        wanted = service.Edit(application_id, revision, values)
        service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    row = visible(entrance(), application_id)
    return forms.attempt(act, lambda **shown: _edit_page(row, values=request.form, **shown))


@blueprint.post("/applications/<application_id>/<verb>")
def decide(application_id: str, verb: str) -> ResponseReturnValue:
    """Do one verb of the state table."""
    if verb not in {one.value for one in Verb}:
        raise errors.ApplicationUnknown

    def act() -> ResponseReturnValue:
        here = entrance()
        wanted = service.Decision(
            application_id,
            Verb(verb),
            read_revision(),
            request.form.get("reason", ""),
        )
        service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


def _application_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    row = visible(here, application_id)
    with here.db.read() as session:
        steps = queries.history(session, application_id)
        objections = queries.objections(session, application_id)
        calendar = read_calendar(session)
    verbs = possible_verbs(here.actor, row.facts)
    with_reason = {move.verb for move in TRANSITIONS[row.register] if move.needs_reason}
    return render_template(
        "registry/application.html",
        application=row,
        steps=steps,
        objections=objections,
        verbs=[verb for verb in verbs if verb not in {Verb.OBJECT, Verb.EDIT}],
        may_edit=Verb.EDIT in verbs,
        verbs_with_reason={verb.value for verb in with_reason},
        clock=clock_of(calendar, row.due_on, local_day(here.now)),
        strip=strip_of(calendar, _clock_start(steps, row), row.due_on, local_day(here.now)),
        filed=filed_fields(row.form),
        public_fields=schemas.public_fields_of(row),
        **shown,
    )


def _clock_start(steps: list[StepRow], row: ApplicationRow) -> date | None:
    """The day on which the running clock started: the first move that named its deadline."""
    return next((local_day(step.at) for step in steps if step.due_on == row.due_on), None)


def filed_fields(form: dict[str, Any]) -> list[tuple[str, str]]:
    """The filled fields of a form in the order of the schema."""
    values = ((name, form.get(name)) for name in schemas.FORMS[Register.RESOURCES]().fields)
    return [
        (name, ", ".join(value) if isinstance(value, list) else str(value))
        for name, value in values
        if value
    ]


def _edit_page(row: ApplicationRow, *, values: Any, **shown: Any) -> str:  # noqa: ANN401 - form values
    return render_template(
        "registry/application_form.html",
        kind=row.kind,
        application=row,
        values=values,
        industries=_INDUSTRIES,
        **shown,
    )
