"""Operation agreements."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from kernel.workdays import local_day
from licensing import queries, schemas, service
from licensing.queries import AgreementRow
from licensing.rest.door import blueprint, signed_in
from licensing.rest.operation.seeing import check_sees, own_of


@blueprint.get("/agreements")
def list_agreements() -> Response:
    """The agreements of the person's organisation, the newest first; authorities see all."""
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
    return link(jsonify(items=schemas.AgreementReply(many=True).dump(page.rows)), page)


@blueprint.post("/agreements")
@blueprint.arguments(schemas.AgreementBody)
def create_agreement(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Draft an operation agreement with whom a selection chose."""
    here = entrance()
    wanted = service.NewAgreement(
        values["number"],
        values["selection_id"],
        schemas.agreement_text_of(values),
        values["supersedes_id"],
        idempotency_key(),
    )
    made = service.draft_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_agreement", agreement_id=made)}
    return _agreement_reply(here, made), 201, headers


@blueprint.get("/agreements/<agreement_id>")
def show_agreement(agreement_id: str) -> Response:
    """One agreement with its evaluations and exit, for its parties and for authorities."""
    return _agreement_reply(signed_in(), agreement_id)


@blueprint.patch("/agreements/<agreement_id>")
@blueprint.arguments(schemas.AgreementEditBody)
def edit_agreement(values: dict[str, Any], agreement_id: str) -> Response:
    """Save new text of a draft; needs If-Match. Topics that are left out stay as they are."""
    here = signed_in()
    row = _matched(here, agreement_id)
    known = {name: getattr(row, name) for name in ("scope", "affiliates", "starts_on", "ends_on")}
    topics = {**row.topics, **values.pop("topics", {})}
    text = schemas.agreement_text_of({**known, **values, "topics": topics})
    wanted = service.AgreementEdit(agreement_id, row.revision, text)
    service.edit_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/decide")
@blueprint.arguments(schemas.CollectiveDecisionBody)
def decide_agreement(values: dict[str, Any], agreement_id: str) -> Response:
    """Record the collective decision; needs If-Match and another person than the writer."""
    here = signed_in()
    row = _matched(here, agreement_id)
    decision = schemas.decision_of(values)
    wanted = service.AgreementDecision(agreement_id, row.revision, decision)
    service.decide_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/<any(return,withdraw,terminate):verb>")
@blueprint.arguments(schemas.MoveBody)
def move_agreement(values: dict[str, Any], agreement_id: str, verb: str) -> Response:
    """Return a decided text, withdraw a draft, or terminate; needs If-Match."""
    here = signed_in()
    row = _matched(here, agreement_id)
    wanted = service.AgreementMove(agreement_id, verb, row.revision, values["reason"])
    service.move_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/<any(sign,countersign):verb>")
def sign_agreement(agreement_id: str, verb: str) -> Response:
    """Sign for the operating institution, or countersign for the body; needs If-Match."""
    here = signed_in()
    row = _matched(here, agreement_id)
    wanted = service.AgreementSignature(agreement_id, verb, row.revision)
    service.sign_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/file")
@blueprint.arguments(schemas.FilingBody)
def file_agreement(values: dict[str, Any], agreement_id: str) -> Response:
    """File the agreement for the provincial data authority; needs If-Match."""
    here = signed_in()
    row = _matched(here, agreement_id)
    wanted = service.AgreementFiling(agreement_id, row.revision, values["filing_number"])
    service.file_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/evaluate")
@blueprint.arguments(schemas.EvaluationBody)
def evaluate_agreement(values: dict[str, Any], agreement_id: str) -> Response:
    """Record an evaluation of effect; needs If-Match."""
    here = signed_in()
    row = _matched(here, agreement_id)
    wanted = service.EffectEvaluation(agreement_id, row.revision, **values)
    service.evaluate_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


@blueprint.post("/agreements/<agreement_id>/exit")
@blueprint.arguments(schemas.ExitBody)
def exit_agreement(values: dict[str, Any], agreement_id: str) -> Response:
    """Record a step of the exit; the first ends an agreement in force. Needs If-Match."""
    here = signed_in()
    row = _matched(here, agreement_id)
    wanted = service.Exit(agreement_id, row.revision, **values)
    service.exit_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _agreement_reply(here, agreement_id)


def _matched(here: Entrance, agreement_id: str) -> AgreementRow:
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id, local_day(here.now))
    check_sees(here, row.body_id, row.operator_id)
    check_if_match(row.agreement_id, row.revision)
    return row


def _agreement_reply(here: Entrance, agreement_id: str) -> Response:
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id, local_day(here.now))
        check_sees(here, row.body_id, row.operator_id)
        evaluations = queries.list_evaluations(session, agreement_id)
        steps = queries.list_exit_steps(session, agreement_id)
    body = schemas.AgreementReply().dump(row)
    body["evaluations"] = schemas.EvaluationReply(many=True).dump(evaluations)
    body["exit_steps"] = schemas.ExitReply(many=True).dump(steps)
    return set_etag(jsonify(body), row.agreement_id, row.revision)
