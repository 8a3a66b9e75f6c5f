"""Pages of the airlock: what waits for the checkers, and one held answer with its evidence."""

from dataclasses import replace
from typing import Any

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel import accounts
from kernel.web import forms
from kernel.web.context import Entrance
from sandbox import queries, rules, schemas
from sandbox.pages.door import blueprint, machine, signed_in
from sandbox.pages.workbench import result_of
from sandbox.queries import ReviewRow, RunRow
from sandbox.service import reviewing
from sandbox.states import ReviewState


@blueprint.get("/reviews")
def list_reviews() -> str:
    """The answers of the own organisation's data that were held, or all for regulators; the open ones first."""
    here = signed_in()
    with here.db.read() as session:
        rows = queries.list_reviews(session, rules.whose_reviews(here.actor))
        names = accounts.organisation_names(session)
    return render_template(
        "sandbox/reviews.html", reviews=rows, names=names, sees_all=rules.may_see_all(here.actor)
    )


@blueprint.get("/reviews/<run_id>")
def show_review(run_id: str) -> str:
    """One review, as the person may see it; looks of checkers and regulators are recorded."""
    return _page(signed_in(), run_id)


@blueprint.get("/reviews/<run_id>/file")
def download_held(run_id: str) -> Response:
    """The held file, for checkers; the look is recorded."""
    here = signed_in()
    media_type, path = reviewing.open_file(
        here.db, actor=here.actor, now=here.now, run_id=run_id, answers=machine().answers
    )
    name = f"held-{run_id}.{schemas.FILES[media_type].ending}"
    return send_file(path, mimetype=media_type, as_attachment=True, download_name=name)


@blueprint.post("/reviews/<run_id>/<verb>")
def decide_review(run_id: str, verb: str) -> ResponseReturnValue:
    """Vote, comment or withdraw, by the button that was pressed."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        _act(here, run_id, verb)
        return redirect(url_for("sandbox.show_review", run_id=run_id))

    return forms.attempt(act, lambda **shown: _page(here, run_id, verb=verb, **shown))


def _act(here: Entrance, run_id: str, verb: str) -> None:
    text = request.form.get("reason", "")
    if verb in ("release", "hold-back"):
        wanted = reviewing.Vote(run_id, verb == "release", text)
        state = reviewing.vote(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=wanted,
            seal=here.seal,
            answers=machine().answers,
        )
        forms.notice(_told(state))
    elif verb == "withdraw-answer":
        reviewing.withdraw(
            here.db,
            actor=here.actor,
            now=here.now,
            run_id=run_id,
            seal=here.seal,
            answers=machine().answers,
        )
        forms.notice(gettext("The answer was taken back."))
    else:
        comment = reviewing.Comment(
            run_id, request.form.get("text", ""), request.form.get("private") == "yes"
        )
        reviewing.comment(here.db, actor=here.actor, now=here.now, wanted=comment)


def _told(state: ReviewState) -> str:
    if state is ReviewState.RELEASED:
        return str(gettext("Both checkers agree: the answer was released, with a receipt."))
    if state is ReviewState.NOT_RELEASED:
        return str(gettext("Both checkers agree: the answer was not released, and is deleted."))
    if state is ReviewState.CONFLICTED:
        return str(gettext("The two votes differ. Both checkers now see them and may vote again."))
    return str(gettext("Your vote is stored. The other checker does not see it yet."))


def _page(here: Entrance, run_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    row = reviewing.open_review(here.db, actor=here.actor, now=here.now, run_id=run_id)
    is_checker = rules.may_review(here.actor, row.provider_id)
    parties = (row.run.organisation_id, row.run.licensee_id)
    own = next((one for one in row.votes if one.account_id == here.actor.account_id), None)
    with here.db.read() as session:
        names = accounts.person_names(session, _people(row))
        organisations = accounts.organisation_names(session)
    return render_template(
        "sandbox/review.html",
        review=row,
        run=row.run,
        is_checker=is_checker,
        is_reader=is_checker or rules.may_see_all(here.actor),
        may_comment=is_checker or here.actor.organisation_id in parties,
        may_vote=is_checker and row.awaits(here.actor.account_id),
        is_asker=here.actor.account_id == row.run.account_id,
        own_vote=own,
        result=result_of(_held(row), 0) if row.rows else None,
        names=names,
        organisations=organisations,
        **shown,
    )


def _held(row: ReviewRow) -> RunRow:
    # The grid shows what the review holds, also of a file.
    return replace(row.run, columns=row.columns, rows=row.rows, row_count=len(row.rows))


def _people(row: ReviewRow) -> set[str]:
    return {one.account_id for one in row.votes} | {one.account_id for one in row.comments}
