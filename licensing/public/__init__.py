"""The door of licensing: what the sandbox and the marketplace may ask and do, in their transaction.

Nothing here commits. A run asks for its grant and reserves in one transaction, so that suspension
or the last run of another process cannot slip in between.
"""

from licensing.contract.clauses import Clause, Shown, clauses_of
from licensing.contract.terms import PURPOSE_TAXONOMY, PURPOSES, Terms
from licensing.public.alarms import sound_alarm
from licensing.public.grants import Grant, check_in_force, grant_for_run
from licensing.public.prices import (
    YearFound,
    YearOfOperator,
    check_billable,
    check_year,
    compare_year,
)
from licensing.public.quotas import Limit, Usage, release, reserve, settle, take_call
from licensing.public.tasks import tasks_of, usage
from licensing.queries import (
    AgreementRow,
    ApplicationRow,
    CandidateRow,
    DeviationRow,
    LicenceRow,
    OfferRow,
    OpenYear,
    OperationTask,
    PlannedProduct,
    count_operators,
    find_agreement,
    find_deviation,
    find_licence,
    find_offer,
    list_agreements,
    list_deviations,
    list_licences,
    open_offers,
    open_years,
    operation_tasks,
    policy_digest_of,
    year_tasks,
)

__all__ = [
    "PURPOSES",
    "PURPOSE_TAXONOMY",
    "AgreementRow",
    "ApplicationRow",
    "CandidateRow",
    "Clause",
    "DeviationRow",
    "Grant",
    "LicenceRow",
    "Limit",
    "OfferRow",
    "OpenYear",
    "OperationTask",
    "PlannedProduct",
    "Shown",
    "Terms",
    "Usage",
    "YearFound",
    "YearOfOperator",
    "check_billable",
    "check_in_force",
    "check_year",
    "clauses_of",
    "compare_year",
    "count_operators",
    "find_agreement",
    "find_deviation",
    "find_licence",
    "find_offer",
    "grant_for_run",
    "list_agreements",
    "list_deviations",
    "list_licences",
    "open_offers",
    "open_years",
    "operation_tasks",
    "policy_digest_of",
    "release",
    "reserve",
    "settle",
    "sound_alarm",
    "take_call",
    "tasks_of",
    "usage",
    "year_tasks",
]
