"""Checks, runs, budgets and reviews."""

from typing import Any

from flask import Response, jsonify, make_response, request, send_file, url_for

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance
from kernel.web.language import detail_of, title_of
from kernel.web.preconditions import idempotency_key
from licensing import public as licensing
from sandbox import errors, queries, rules, schemas, service
from sandbox.queries import RunRow
from sandbox.rest.door import blueprint, machine, signed_in
from sandbox.service import reviewing
from sandbox.states import RunState


@blueprint.post("/checks")
@blueprint.arguments(schemas.CheckBody)
def check_query(values: dict[str, Any]) -> Response:
    """Verdict and price before running; nothing is run, nothing is charged."""
    here = signed_in()
    wanted = service.RunQuery(
        values["licence_id"],
        values["purpose"],
        values["sql"],
        accuracy=values["accuracy"],
        rho=values["rho"],
        media_type=schemas.media_type_of(values),
    )
    return judge(here, wanted)


def judge(here: Entrance, wanted: service.RunQuery) -> Response:
    """The verdict on a query, by whatever address it came."""
    verdict = service.check_query(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )
    if verdict.refusal is not None:
        refusal = verdict.refusal
        return jsonify(
            verdict="refuse",
            code=refusal.code,
            title=title_of(refusal),
            detail=detail_of(refusal),
            facts=refusal.facts,
        )
    return jsonify(
        verdict="accept",
        code=None,
        columns=list(verdict.columns),
        price_cents=verdict.price_cents,
        replay=verdict.is_replay,
        runs_left=verdict.runs_left,
        privacy={
            "rho": str(verdict.rho),
            "epsilon_at_delta": verdict.epsilon,
            "confidence_95": list(verdict.half_widths),
        },
    )


@blueprint.post("/runs")
@blueprint.arguments(schemas.RunBody)
def create_run(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Run one governed query under a signed licence; 201 with the run and its receipt's id."""
    here = signed_in()
    wanted = service.RunQuery(
        values["licence_id"],
        values["purpose"],
        values["sql"],
        idempotency_key(),
        values["accuracy"],
        values["rho"],
        media_type=schemas.media_type_of(values),
    )
    return start(here, wanted)


def start(here: Entrance, wanted: service.RunQuery) -> tuple[Response, int, dict[str, str]]:
    """Run a query and show its run, by whatever address it came."""
    run_id = service.run_query(
        here.db,
        actor=here.actor,
        now=here.now,
        wanted=wanted,
        seal=here.seal,
        machine=machine(),
    )
    row = _visible(here, run_id)
    status = 202 if row.state is RunState.STARTED else 201
    headers = {"Location": url_for("sandbox_rest.show_run", run_id=run_id)}
    return _reply(row), status, headers


@blueprint.get("/runs/<run_id>")
def show_run(run_id: str) -> Response:
    """State, columns, meter and receipt of a run."""
    return _reply(_visible(signed_in(), run_id))


@blueprint.get("/runs/<run_id>/result")
def show_result(run_id: str) -> Response:
    """The rows, as JSON, CSV, Parquet or an Arrow stream by ``Accept``; a file in the form that is stored, or 406."""
    row = _visible(signed_in(), run_id)
    if row.state is not RunState.FINISHED:
        raise errors.RunWithoutResult(state=row.state.value)
    if row.media_type:
        return _stored(row)
    wanted = request.accept_mimetypes.best_match(["application/json", *schemas.FILES])
    if (file := schemas.FILES.get(wanted or "")) is not None:
        reply = make_response(file.write(row))
        reply.mimetype = file.media_type
        return reply
    return jsonify(columns=list(row.columns), rows=list(row.rows), sha256=row.result_digest)


def _stored(row: RunRow) -> Response:
    accepted = request.accept_mimetypes
    if accepted and not accepted.best_match([row.media_type]):
        raise errors.FileOtherForm(media_type=row.media_type)
    path = reviewing.path_of(machine().answers, row.result_digest)
    return send_file(path, mimetype=row.media_type, as_attachment=True, etag=row.result_digest)


@blueprint.delete("/runs/<run_id>")
def cancel_run(run_id: str) -> Response:
    """Stop an own run, or one under an own licence, that is still working; a run that has ended stays as it is.

    It ends as cancelled, with a receipt, and keeps what it took of quotas and budgets; where the time of an answer is
    fixed, it is at work until then.
    """
    here = signed_in()
    service.cancel_run(here.db, actor=here.actor, now=here.now, run_id=run_id, machine=machine())
    return _reply(_visible(here, run_id))


@blueprint.get("/budgets")
def show_budgets() -> Response:
    """Quotas of a licence, for its parties: granted, reserved, spent."""
    here = signed_in()
    with here.db.read() as session:
        row = licensing.find_licence(session, request.args.get("licence_id", ""))
        reserved, spent = queries.spent_under(session, row.licence_id)
        series = queries.series_of(session, row.terms.dataset)
        used = {one.unit: one for one in licensing.usage(session, row.licence_id, here.now)}
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    if here.actor.organisation_id not in row.parties and not sees_all:
        raise errors.RunUnknown
    return jsonify(
        licence_id=row.licence_id,
        period=row.terms.quota_period,
        # Nobody is in two epochs of a series, so each epoch has a budget of its own.
        epoch={"series": series, "dataset": row.terms.dataset, "own_budget": True}
        if series
        else None,
        **{
            unit: {"granted": one.granted, "reserved": one.reserved, "spent": one.taken}
            for unit, one in used.items()
        },
        privacy={
            "unit": "nano-rho",
            "granted": str(row.terms.privacy_rho),
            "reserved": str(reserved),
            "spent": str(spent),
        },
    )


@blueprint.get("/reviews")
def list_reviews() -> Response:
    """The held answers of the own organisation's data, for its checkers, or of all for regulators; the open ones first."""
    here = signed_in()
    with here.db.read() as session:
        rows = queries.list_reviews(session, rules.whose_reviews(here.actor))
    account, sees_all = here.actor.account_id, rules.may_see_all(here.actor)
    seen = [
        row.seen_by(
            account, is_checker=rules.may_review(here.actor, row.provider_id), sees_all=sees_all
        )
        for row in rows
    ]
    return jsonify(items=[schemas.review_reply(row, with_rows=False) for row in seen])


@blueprint.get("/reviews/<run_id>")
def show_review(run_id: str) -> Response:
    """One review, as the person may see it; looks of checkers and regulators are recorded."""
    here = signed_in()
    row = reviewing.open_review(here.db, actor=here.actor, now=here.now, run_id=run_id)
    return jsonify(schemas.review_reply(row, with_rows=True))


@blueprint.get("/reviews/<run_id>/file")
def show_review_file(run_id: str) -> Response:
    """The held file, for checkers; the look is recorded."""
    here = signed_in()
    media_type, path = reviewing.open_file(
        here.db, actor=here.actor, now=here.now, run_id=run_id, answers=machine().answers
    )
    return send_file(path, mimetype=media_type, as_attachment=True, etag=path.name)


@blueprint.post("/reviews/<run_id>/votes")
@blueprint.arguments(schemas.VoteBody)
def create_vote(values: dict[str, Any], run_id: str) -> tuple[Response, int]:
    """Vote on a held answer; the second vote decides where both agree."""
    here = signed_in()
    wanted = reviewing.Vote(run_id, values["releases"], values["reason"])
    state = reviewing.vote(
        here.db,
        actor=here.actor,
        now=here.now,
        wanted=wanted,
        seal=here.seal,
        answers=machine().answers,
    )
    return jsonify(run_id=run_id, state=state.value), 201


@blueprint.post("/reviews/<run_id>/comments")
@blueprint.arguments(schemas.CommentBody)
def create_comment(values: dict[str, Any], run_id: str) -> tuple[Response, int]:
    """Write under a review; a private comment is read by checkers alone."""
    here = signed_in()
    wanted = reviewing.Comment(run_id, values["text"], values["private"])
    reviewing.comment(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return jsonify(run_id=run_id), 201


@blueprint.post("/reviews/<run_id>/withdraw")
def withdraw_answer(run_id: str) -> Response:
    """Take an own answer back from review."""
    here = signed_in()
    reviewing.withdraw(
        here.db,
        actor=here.actor,
        now=here.now,
        run_id=run_id,
        seal=here.seal,
        answers=machine().answers,
    )
    return _reply(_visible(here, run_id))


def _visible(here: Entrance, run_id: str) -> RunRow:
    with here.db.read() as session:
        row = queries.find_run(session, run_id)
    rules.check_may_see(here.actor, row.licensee_id, row.organisation_id)
    return row


def _reply(row: RunRow) -> Response:
    reply = jsonify(schemas.run_reply(row))
    # A run changes only by its state.
    reply.set_etag(f"{row.run_id}.{row.state.value}")
    return reply
