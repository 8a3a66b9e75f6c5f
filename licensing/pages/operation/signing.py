"""What is done on the page of an agreement: decide, sign, file, evaluate, terminate, leave."""

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue

from kernel.web import forms
from kernel.web.context import Entrance
from licensing import schemas, service
from licensing.pages.door import blueprint, revision
from licensing.pages.operation.agreements import agreement_page
from licensing.pages.operation.seeing import do


@blueprint.post("/agreements/<agreement_id>/decide")
def decide_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record the collective decision."""
    return _do(
        agreement_id,
        lambda here: service.decide_agreement(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=service.AgreementDecision(
                agreement_id,
                revision(),
                schemas.decision_of(forms.read_form(schemas.CollectiveDecisionBody())),
            ),
        ),
    )


@blueprint.post("/agreements/<agreement_id>/<any(return,withdraw,terminate):verb>")
def move_agreement(agreement_id: str, verb: str) -> ResponseReturnValue:
    """Return, withdraw or terminate."""
    reason = request.form.get("reason", "")
    wanted = service.AgreementMove(agreement_id, verb, revision(), reason)
    return _do(
        agreement_id,
        lambda here: service.move_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted),
    )


@blueprint.post("/agreements/<agreement_id>/<any(sign,countersign):verb>")
def sign_agreement(agreement_id: str, verb: str) -> ResponseReturnValue:
    """Sign for one side."""
    wanted = service.AgreementSignature(agreement_id, verb, revision())
    return _do(
        agreement_id,
        lambda here: service.sign_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted),
    )


@blueprint.post("/agreements/<agreement_id>/file")
def file_agreement(agreement_id: str) -> ResponseReturnValue:
    """File the agreement for the provincial data authority."""
    return _do(
        agreement_id,
        lambda here: service.file_agreement(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=service.AgreementFiling(
                agreement_id, revision(), forms.read_form(schemas.FilingBody())["filing_number"]
            ),
        ),
    )


@blueprint.post("/agreements/<agreement_id>/evaluate")
def evaluate_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record an evaluation."""
    return _do(
        agreement_id,
        lambda here: service.evaluate_agreement(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=service.EffectEvaluation(
                agreement_id, revision(), **forms.read_form(schemas.EvaluationBody())
            ),
        ),
    )


@blueprint.post("/agreements/<agreement_id>/exit")
def exit_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record a step of the exit."""
    return _do(
        agreement_id,
        lambda here: service.exit_agreement(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=service.Exit(agreement_id, revision(), **forms.read_form(schemas.ExitBody())),
        ),
    )


def _do(agreement_id: str, act: Callable[[Entrance], object]) -> ResponseReturnValue:
    return do(act, agreement_page, "licensing.show_agreement", agreement_id=agreement_id)
