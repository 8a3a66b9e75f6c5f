"""The page of a licence's delegations: which stand, a new one, and taking one back."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, is_permitted
from kernel.web import forms
from kernel.workdays import local_day
from licensing import queries, rules, schemas, service
from licensing.pages.door import blueprint, check_party, signed_in
from licensing.queries import LicenceRow
from licensing.rules import Delegated


@blueprint.get("/licences/<licence_id>/delegations")
def list_delegations(licence_id: str) -> str:
    """Every delegation under a licence, for its parties, its delegates and regulators."""
    return _page(licence_id)


@blueprint.post("/licences/<licence_id>/delegations")
def create_delegation(licence_id: str) -> ResponseReturnValue:
    """Let another organisation run queries under the licence."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        wanted = service.NewDelegation(licence_id, **forms.read_form(schemas.DelegationBody()))
        service.delegate(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Given. Its people can run queries under this licence from now on."))
        return redirect(url_for("licensing.list_delegations", licence_id=licence_id))

    return forms.attempt(act, lambda **shown: _page(licence_id, **shown))


@blueprint.post("/licences/<licence_id>/delegations/<delegation_id>/revoke")
def revoke_delegation(licence_id: str, delegation_id: str) -> ResponseReturnValue:
    """Take a delegation back, and with it all that rest on it."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        service.revoke_delegation(
            here.db,
            actor=here.actor,
            now=here.now,
            delegation_id=delegation_id,
            reason=request.form.get("reason", ""),
        )
        forms.notice(_("Taken back. The next query of that organisation is refused."))
        return redirect(url_for("licensing.list_delegations", licence_id=licence_id))

    return forms.attempt(act, lambda **shown: _page(licence_id, revoking=delegation_id, **shown))


def _page(licence_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    today, own = local_day(here.now), here.actor.organisation_id
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
    check_party(here, *row.parties)
    may_sign = is_permitted(here.actor, Permission.LICENSING_LICENCE_SIGN)
    standing = rules.standing(row.delegations, today)
    return render_template(
        "licensing/delegations.html",
        licence=row,
        terms=row.terms,
        delegations=row.delegations,
        standing=standing,
        revocable=[
            one for one in standing if may_sign and own in {one.delegator_id, row.licensee_id}
        ],
        steps_left=_steps_left(row, rules.delegation_to(row.delegations, own, today), own)
        if may_sign
        else -1,
        **{"form": None, "problem": None, "revoking": "", **shown},
    )


def _steps_left(row: LicenceRow, given: Delegated | None, own: str) -> int:
    """How many steps may still follow after the person's own delegate; -1 where there can be none."""
    most = row.terms.delegation_depth
    if row.licensee_id == own:
        return most - 1
    return -1 if given is None else min(given.further_steps, most - given.depth) - 1
