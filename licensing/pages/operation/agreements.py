"""Pages of operation agreements: the list, one agreement, and the form that drafts it."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import entrance
from kernel.web.paging import cut, read_window
from kernel.workdays import local_day
from licensing import errors, queries, rules, schemas, service
from licensing.pages.door import blueprint, revision, signed_in
from licensing.pages.operation.seeing import check_sees, more_href, own_of
from licensing.queries import AgreementRow
from licensing.states import AgreementStatus
from registry import public as registry


@blueprint.get("/agreements")
def list_agreements() -> str:
    """The agreements of the person's organisation, or all for an authority."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_agreements(
            session,
            local_day(here.now),
            organisation_id=own_of(here),
            after=window.after,
            limit=window.limit,
        )
    page = cut(rows, [row.agreement_id for row in rows], window)
    return render_template(
        "licensing/operation/agreements.html",
        agreements=page.rows,
        next_href=more_href(page.next_key, "licensing.list_agreements"),
    )


@blueprint.get("/agreements/new")
def new_agreement() -> str:
    """The form of a new agreement with whom a selection chose."""
    return _form_page(None)


@blueprint.post("/agreements/new")
def create_agreement() -> ResponseReturnValue:
    """Draft an agreement."""

    def act() -> ResponseReturnValue:
        here = entrance()
        head = forms.read_form(schemas.AgreementHead())
        text = forms.read_form(schemas.AgreementForm())
        wanted = service.NewAgreement(
            head["agreement_number"], head["selection_id"], text, head["supersedes_id"]
        )
        made = service.draft_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved as a draft. Another person records the decision on it."))
        return redirect(url_for("licensing.show_agreement", agreement_id=made))

    return forms.attempt(act, lambda **shown: _form_page(None, **shown))


@blueprint.get("/agreements/<agreement_id>/edit")
def edit_agreement_form(agreement_id: str) -> str:
    """The form of a draft."""
    return _form_page(agreement_id)


@blueprint.post("/agreements/<agreement_id>/edit")
def edit_agreement(agreement_id: str) -> ResponseReturnValue:
    """Save new text of a draft."""

    def act() -> ResponseReturnValue:
        here = entrance()
        text = forms.read_form(schemas.AgreementForm())
        wanted = service.AgreementEdit(agreement_id, revision(), text)
        service.edit_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved."))
        return redirect(url_for("licensing.show_agreement", agreement_id=agreement_id))

    return forms.attempt(act, lambda **shown: _form_page(agreement_id, **shown))


def _form_page(agreement_id: str | None, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    check_permission(here.actor, Permission.LICENSING_AGREEMENT_DRAFT)
    supersedes_id = request.values.get("supersedes", "") or request.form.get("supersedes_id", "")
    selection_id = request.values.get("selection", "") or request.form.get("selection_id", "")
    with here.db.read() as session:
        source, row = agreement_id or supersedes_id, None
        if source:
            row = queries.find_agreement(session, source, local_day(here.now))
            check_sees(here, row.body_id)
            selection_id = selection_id or row.selection_id
        if not selection_id:
            raise errors.ThingUnknown
        selection = queries.find_selection(session, selection_id)
        check_sees(here, selection.body_id)
        plan = queries.find_plan(session, selection.plan_id)
    return render_template(
        "licensing/operation/agreement_form.html",
        agreement=row if agreement_id else None,
        supersedes_id=supersedes_id,
        selection=selection,
        plan=plan,
        values=shown.get("form") or _values(row, plan.scope),
        topics=rules.AGREEMENT_TOPICS,
        action=url_for("licensing.edit_agreement", agreement_id=agreement_id)
        if agreement_id
        else url_for("licensing.create_agreement"),
        problem=shown.get("problem"),
    )


def _values(row: AgreementRow | None, scope: tuple[str, ...]) -> dict[str, object]:
    if row is None:
        return {"codes": "\n".join(scope)}
    return {
        **row.topics,
        "codes": "\n".join(row.scope),
        "affiliates": "\n".join(row.affiliates),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }


@blueprint.get("/agreements/<agreement_id>")
def show_agreement(agreement_id: str) -> str:
    """One operation agreement: 13 topics, scope, signatures, filing, evaluations, exit."""
    return agreement_page(agreement_id)


def agreement_page(agreement_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    """The page of one agreement, after a refusal with the problem and what was sent."""
    here = signed_in()
    today = local_day(here.now)
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id, today)
        check_sees(here, row.body_id, row.operator_id)
        resources = registry.entries(session, row.scope)
        consents = queries.consents_of(session, row.scope)
        evaluations = queries.list_evaluations(session, agreement_id)
        exit_steps = queries.list_exit_steps(session, agreement_id)
        steps = audit.history(session, agreement_id)
    is_alive = row.status in {AgreementStatus.SIGNED, AgreementStatus.IN_FORCE}
    may_draft = is_permitted(here.actor, Permission.LICENSING_AGREEMENT_DRAFT)
    is_own = row.body_id == here.actor.organisation_id
    return render_template(
        "licensing/operation/agreement.html",
        agreement=row,
        resources=resources,
        consents=consents,
        evaluations=evaluations,
        exit_steps=exit_steps,
        topics=rules.AGREEMENT_TOPICS,
        results=rules.EVALUATION_RESULTS,
        steps=steps,
        today=today,
        verbs=queries.open_verbs(here.actor, row),
        may_renew=may_draft and is_own and is_alive and bool(row.selection_id),
        sees_plan=is_own or not own_of(here),
        **{"form": None, "problem": None, **shown},
    )
