"""Reads of authorised operation: plans, selections, agreements, consents."""

from licensing.queries.operation.agreements import (
    AgreementRow,
    EvaluationRow,
    ExitStepRow,
    affiliates_of,
    agreement_row,
    count_operators,
    covering_agreement,
    find_agreement,
    list_agreements,
    list_evaluations,
    list_exit_steps,
)
from licensing.queries.operation.consents import (
    ConsentRow,
    consents_of,
    list_consents,
    shared_resources_of,
)
from licensing.queries.operation.decisions import DecisionRow
from licensing.queries.operation.plans import (
    PlannedProduct,
    PlanRow,
    find_plan,
    list_plans,
    plan_row,
)
from licensing.queries.operation.selections import (
    CandidateRow,
    SelectionRow,
    find_selection,
    list_selections,
    selection_row,
)
from licensing.queries.operation.tasks import OperationTask, open_verbs, operation_tasks

__all__ = [
    "AgreementRow",
    "CandidateRow",
    "ConsentRow",
    "DecisionRow",
    "EvaluationRow",
    "ExitStepRow",
    "OperationTask",
    "PlanRow",
    "PlannedProduct",
    "SelectionRow",
    "affiliates_of",
    "agreement_row",
    "consents_of",
    "count_operators",
    "covering_agreement",
    "find_agreement",
    "find_plan",
    "find_selection",
    "list_agreements",
    "list_consents",
    "list_evaluations",
    "list_exit_steps",
    "list_plans",
    "list_selections",
    "open_verbs",
    "operation_tasks",
    "plan_row",
    "selection_row",
    "shared_resources_of",
]
