"""What is done on the page of an agreement: decide, sign, file, evaluate, terminate, leave."""

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue

from kernel.web import forms
from licensing import schemas, service
from licensing.pages.door import blueprint, revision
from licensing.pages.operation.agreements import agreement_page
from licensing.pages.operation.seeing import do


@blueprint.post("/agreements/<agreement_id>/decide")
def decide_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record the collective decision."""
    return _do(
        agreement_id,
        service.decide_agreement,
        lambda: service.AgreementDecision(
            agreement_id,
            revision(),
            schemas.decision_of(forms.read_form(schemas.CollectiveDecisionBody())),
        ),
    )


@blueprint.post("/agreements/<agreement_id>/<any(return,withdraw,terminate):verb>")
def move_agreement(agreement_id: str, verb: str) -> ResponseReturnValue:
    """Return, withdraw or terminate."""
    wanted = service.AgreementMove(agreement_id, verb, revision(), request.form.get("reason", ""))
    return _do(agreement_id, service.move_agreement, lambda: wanted)


@blueprint.post("/agreements/<agreement_id>/<any(sign,countersign):verb>")
def sign_agreement(agreement_id: str, verb: str) -> ResponseReturnValue:
    """Sign for one side."""
    wanted = service.AgreementSignature(agreement_id, verb, revision())
    return _do(agreement_id, service.sign_agreement, lambda: wanted)


@blueprint.post("/agreements/<agreement_id>/file")
def file_agreement(agreement_id: str) -> ResponseReturnValue:
    """File the agreement for the provincial data authority."""
    return _do(
        agreement_id,
        service.file_agreement,
        lambda: service.AgreementFiling(
            agreement_id, revision(), **forms.read_form(schemas.FilingBody())
        ),
    )


@blueprint.post("/agreements/<agreement_id>/evaluate")
def evaluate_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record an evaluation."""
    return _do(
        agreement_id,
        service.evaluate_agreement,
        lambda: service.EffectEvaluation(
            agreement_id, revision(), **forms.read_form(schemas.EvaluationBody())
        ),
    )


@blueprint.post("/agreements/<agreement_id>/exit")
def exit_agreement(agreement_id: str) -> ResponseReturnValue:
    """Record a step of the exit."""
    return _do(
        agreement_id,
        service.exit_agreement,
        lambda: service.Exit(agreement_id, revision(), **forms.read_form(schemas.ExitBody())),
    )


def _do(
    agreement_id: str, verb: Callable[..., object], wanted: Callable[[], object]
) -> ResponseReturnValue:
    return do(verb, wanted, agreement_page, "licensing.show_agreement", agreement_id=agreement_id)
