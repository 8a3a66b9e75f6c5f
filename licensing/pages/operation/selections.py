"""Pages of selections: open one for a plan, record candidates, decide."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day
from licensing import queries, rules, schemas, service
from licensing.pages.door import blueprint, revision, signed_in
from licensing.pages.operation.seeing import check_sees, do
from licensing.queries import CandidateRow
from licensing.states import SELECTION_TRANSITIONS, SelectionStatus


@blueprint.get("/plans/<plan_id>/select")
def new_selection(plan_id: str) -> str:
    """The form that opens a selection for a plan."""
    return _open_page(plan_id)


@blueprint.post("/plans/<plan_id>/select")
def open_selection(plan_id: str) -> ResponseReturnValue:
    """Open the selection."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.SelectionBody(exclude=("plan_id",)))
        wanted = service.NewSelection(plan_id=plan_id, **values)
        made = service.open_selection(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("The selection is open; record the candidates."))
        return redirect(url_for("licensing.show_selection", selection_id=made))

    return forms.attempt(act, lambda **shown: _open_page(plan_id, **shown))


def _open_page(plan_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    check_permission(here.actor, Permission.LICENSING_SELECTION_CONDUCT)
    with here.db.read() as session:
        plan = queries.find_plan(session, plan_id)
    check_sees(here, plan.body_id)
    return render_template(
        "licensing/operation/selection_form.html",
        plan=plan,
        ways=rules.SELECTION_WAYS,
        today=local_day(here.now),
        **{"form": None, "problem": None, **shown},
    )


@blueprint.get("/selections/<selection_id>")
def show_selection(selection_id: str) -> str:
    """One selection: way, candidates, result."""
    return _selection_page(selection_id)


@blueprint.post("/selections/<selection_id>/add-candidate")
def add_candidate(selection_id: str) -> ResponseReturnValue:
    """Record a candidate."""
    return _do(
        selection_id,
        service.add_candidate,
        lambda: service.Candidacy(
            selection_id, revision(), CandidateRow(**forms.read_form(schemas.CandidateBody()))
        ),
    )


@blueprint.post("/selections/<selection_id>/<any(decide,fail):verb>")
def decide_selection(selection_id: str, verb: str) -> ResponseReturnValue:
    """Decide for a candidate, or let the selection fail."""
    form = request.form
    wanted = service.SelectionResult(
        selection_id, revision(), verb, form.get("reason", ""), form.get("chosen_code", "")
    )
    return _do(selection_id, service.decide_selection, lambda: wanted)


def _do(
    selection_id: str, verb: Callable[..., object], wanted: Callable[[], object]
) -> ResponseReturnValue:
    return do(verb, wanted, _selection_page, "licensing.show_selection", selection_id=selection_id)


def _selection_page(selection_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_selection(session, selection_id)
        check_sees(here, row.body_id)
        plan = queries.find_plan(session, row.plan_id)
        steps = audit.history(session, selection_id)
    may_draft = is_permitted(here.actor, Permission.LICENSING_AGREEMENT_DRAFT)
    is_own = row.body_id == here.actor.organisation_id
    return render_template(
        "licensing/operation/selection.html",
        selection=row,
        plan=plan,
        steps=steps,
        verbs=rules.possible_verbs(here.actor, SELECTION_TRANSITIONS, row.standing),
        may_draft=may_draft and is_own and row.status is SelectionStatus.DECIDED,
        **{"form": None, "problem": None, **shown},
    )
