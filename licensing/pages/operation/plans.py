"""Pages of implementation plans: the list, one plan, and the form that drafts it."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import entrance
from kernel.web.paging import cut, read_window
from licensing import queries, rules, schemas, service
from licensing.pages.door import blueprint, revision, signed_in
from licensing.pages.operation.seeing import check_sees, do, more_href, own_of
from licensing.queries import PlanRow
from licensing.states import PLAN_TRANSITIONS, PlanStatus, SelectionStatus
from registry import public as registry

_EMPTY_ROWS = 3


@blueprint.get("/plans")
def list_plans() -> str:
    """The plans of the person's organisation, or all for an authority."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_plans(
            session, organisation_id=own_of(here), after=window.after, limit=window.limit
        )
    page = cut(rows, [row.plan_id for row in rows], window)
    return render_template(
        "licensing/operation/plans.html",
        plans=page.rows,
        next_href=more_href(page.next_key, "licensing.list_plans"),
        may_draft=is_permitted(here.actor, Permission.LICENSING_PLAN_DRAFT),
    )


@blueprint.get("/plans/new")
def new_plan() -> str:
    """The form of a new plan; with ``supersedes`` it begins with the text of the plan to change."""
    return _form_page(None, supersedes_id=request.args.get("supersedes", ""))


@blueprint.post("/plans/new")
def create_plan() -> ResponseReturnValue:
    """Draft a plan."""
    supersedes_id = request.form.get("supersedes_id", "")

    def act() -> ResponseReturnValue:
        here = entrance()
        wanted = service.NewPlan(forms.read_form(schemas.PlanForm()), supersedes_id)
        made = service.draft_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved as a draft. Submit it for decision when it is complete."))
        return redirect(url_for("licensing.show_plan", plan_id=made))

    return forms.attempt(
        act, lambda **shown: _form_page(None, supersedes_id=supersedes_id, **shown)
    )


@blueprint.get("/plans/<plan_id>/edit")
def edit_plan_form(plan_id: str) -> str:
    """The form of a draft."""
    return _form_page(plan_id)


@blueprint.post("/plans/<plan_id>/edit")
def edit_plan(plan_id: str) -> ResponseReturnValue:
    """Save new text of a draft."""

    def act() -> ResponseReturnValue:
        here = entrance()
        text = forms.read_form(schemas.PlanForm())
        wanted = service.PlanEdit(plan_id, revision(), text)
        service.edit_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved."))
        return redirect(url_for("licensing.show_plan", plan_id=plan_id))

    return forms.attempt(act, lambda **shown: _form_page(plan_id, **shown))


def _form_page(plan_id: str | None, *, supersedes_id: str = "", **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    check_permission(here.actor, Permission.LICENSING_PLAN_DRAFT)
    row: PlanRow | None = None
    if source := plan_id or supersedes_id:
        with here.db.read() as session:
            row = queries.find_plan(session, source)
        check_sees(here, row.body_id)
    return render_template(
        "licensing/operation/plan_form.html",
        plan=row if plan_id else None,
        supersedes_id=supersedes_id,
        values=shown.get("form") or _values(row),
        products=_product_rows(row, shown.get("form")),
        items=rules.PLAN_ITEMS,
        modes=rules.PLAN_MODES,
        product_classes=rules.PRODUCT_CLASSES,
        action=url_for("licensing.edit_plan", plan_id=plan_id)
        if plan_id
        else url_for("licensing.create_plan"),
        problem=shown.get("problem"),
    )


def _values(row: PlanRow | None) -> dict[str, object]:
    if row is None:
        return {}
    return {
        **row.items,
        "mode": row.mode,
        "codes": "\n".join(row.scope),
        "term_months": row.term_months,
    }


def _product_rows(row: PlanRow | None, form: Any) -> list[dict[str, str]]:  # noqa: ANN401 - werkzeug's MultiDict
    names = ("product_name", "product_class", "product_form")
    if form is not None:
        filled = list(zip(*(form.getlist(name) for name in names), strict=False))
    elif row is not None:
        filled = [(one.name, one.product_class, one.form) for one in row.products]
    else:
        filled = []
    rows = [dict(zip(names, one, strict=True)) for one in filled if one[0] or one[2]]
    return [*rows, *(dict.fromkeys(names, "") for _ in range(_EMPTY_ROWS))]


@blueprint.get("/plans/<plan_id>")
def show_plan(plan_id: str) -> str:
    """One plan: 12 items, decision, filing, and who moves next."""
    return _plan_page(plan_id)


@blueprint.post("/plans/<plan_id>/<any(submit,return,withdraw):verb>")
def move_plan(plan_id: str, verb: str) -> ResponseReturnValue:
    """Submit, return or withdraw."""
    wanted = service.PlanMove(plan_id, verb, revision(), request.form.get("reason", ""))
    return _do(plan_id, service.move_plan, lambda: wanted)


@blueprint.post("/plans/<plan_id>/approve")
def approve_plan(plan_id: str) -> ResponseReturnValue:
    """Record the collective decision."""
    return _do(
        plan_id,
        service.approve_plan,
        lambda: service.PlanApproval(
            plan_id,
            revision(),
            schemas.decision_of(forms.read_form(schemas.CollectiveDecisionBody())),
        ),
    )


@blueprint.post("/plans/<plan_id>/file")
def file_plan(plan_id: str) -> ResponseReturnValue:
    """File the plan for the provincial data authority."""
    return _do(
        plan_id,
        service.file_plan,
        lambda: service.PlanFiling(plan_id, revision(), **forms.read_form(schemas.FilingBody())),
    )


def _do(
    plan_id: str, verb: Callable[..., object], wanted: Callable[[], object]
) -> ResponseReturnValue:
    return do(verb, wanted, _plan_page, "licensing.show_plan", plan_id=plan_id)


def _plan_page(plan_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_plan(session, plan_id)
        check_sees(here, row.body_id)
        resources = registry.entries(session, row.scope)
        selections = queries.list_selections(session, plan_id=plan_id)
        steps = audit.history(session, plan_id)
    is_own = row.body_id == here.actor.organisation_id
    is_decided = row.status in {PlanStatus.APPROVED, PlanStatus.FILED}
    has_selection = any(one.status is not SelectionStatus.FAILED for one in selections)
    may_select = is_permitted(here.actor, Permission.LICENSING_SELECTION_CONDUCT)
    may_draft = is_permitted(here.actor, Permission.LICENSING_PLAN_DRAFT)
    return render_template(
        "licensing/operation/plan.html",
        plan=row,
        items=rules.PLAN_ITEMS,
        resources=resources,
        selections=selections,
        steps=steps,
        verbs=rules.possible_verbs(here.actor, PLAN_TRANSITIONS, row.standing),
        may_select=is_own and is_decided and may_select and not has_selection,
        may_change=is_own and is_decided and may_draft,
        **shown,
    )
