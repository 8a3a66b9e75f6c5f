"""The door of licensing: what the sandbox and the marketplace may ask and do, in their transaction.

Nothing here commits. A run asks for its grant and reserves in one transaction, so that suspension
or the last run of another process cannot slip in between.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from kernel.identity import Actor
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.contract.odrl import digest_of, read_terms
from licensing.contract.terms import PURPOSE_TAXONOMY, PURPOSES, Terms
from licensing.models import Licence
from licensing.queries import (
    AgreementRow,
    ApplicationRow,
    CandidateRow,
    LicenceRow,
    OfferRow,
    OperationTask,
    PlannedProduct,
)
from licensing.rules import possible_verbs
from licensing.states import APPLICATION_TRANSITIONS, LICENCE_TRANSITIONS, LicenceStatus
from registry import public as registry

__all__ = [
    "PURPOSES",
    "PURPOSE_TAXONOMY",
    "AgreementRow",
    "ApplicationRow",
    "CandidateRow",
    "Grant",
    "LicenceRow",
    "OfferRow",
    "OperationTask",
    "PlannedProduct",
    "Terms",
    "count_operators",
    "find_agreement",
    "find_licence",
    "find_offer",
    "grant_for_run",
    "is_changed",
    "list_agreements",
    "list_licences",
    "open_offers",
    "operation_tasks",
    "release_run",
    "reserve_run",
    "take_run",
    "tasks_of",
]

count_operators = queries.count_operators
find_agreement = queries.find_agreement
find_licence = queries.find_licence
find_offer = queries.find_offer
list_agreements = queries.list_agreements
list_licences = queries.list_licences
open_offers = queries.open_offers
operation_tasks = queries.operation_tasks


@dataclass(frozen=True, slots=True)
class Grant:
    """What one licence lets one organisation do at this moment."""

    licence_id: str
    licensee_id: str
    product_code: str
    policy_digest: str
    terms: Terms
    runs_left: int


def is_changed(row: LicenceRow) -> bool:
    """Whether the stored policy is another than the one that was digested and signed."""
    return digest_of(row.policy) != row.policy_digest or any(
        one.policy_digest != row.policy_digest for one in row.signatures
    )


def grant_for_run(
    session: Session, *, actor: Actor, licence_id: str, purpose: str, now: datetime
) -> Grant:
    """The grant under which this person may run now, for this purpose.

    Raises:
        ThingUnknown: there is no such licence.
        NotYourLicence: it is another organisation's.
        PolicyBroken: the stored policy is not the signed one.
        LicenceExpired, LicenceNotInForce, RegistrationEnded, PurposeNotLicensed: as they say.
    """
    row = queries.find_licence(session, licence_id)
    if row.licensee_id != actor.organisation_id:
        raise errors.NotYourLicence
    if is_changed(row):
        raise errors.PolicyBroken
    terms = read_terms(row.policy)
    rules.check_usable(
        row.status,
        starts_at=row.starts_at,
        expires_at=terms.expires_at or row.expires_at,
        now=now,
    )
    if not registry.in_force(session, row.product_code, local_day(now)):
        raise errors.RegistrationEnded(code=row.product_code)
    rules.check_purpose(purpose, terms.purposes)
    return Grant(
        licence_id=row.licence_id,
        licensee_id=row.licensee_id,
        product_code=row.product_code,
        policy_digest=row.policy_digest,
        terms=terms,
        runs_left=row.runs_granted - row.runs_reserved - row.runs_taken,
    )


def reserve_run(session: Session, licence_id: str) -> None:
    """Reserve one run; the database decides between many at once.

    Raises:
        QuotaSpent: none is left.
        LicenceNotInForce: it was suspended or ended in the meantime.
    """
    changed = session.execute(
        update(Licence)
        .where(
            col(Licence.id) == licence_id,
            col(Licence.status) == LicenceStatus.IN_FORCE,
            col(Licence.runs_reserved) + col(Licence.runs_taken) < col(Licence.runs_granted),
        )
        .values(runs_reserved=Licence.runs_reserved + 1)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount == 1:  # type: ignore[attr-defined] # an UPDATE's result has a row count
        return
    row = queries.find_licence(session, licence_id)
    if row.status is not LicenceStatus.IN_FORCE:
        raise errors.LicenceNotInForce(status=row.status.value)
    raise errors.QuotaSpent(granted=row.runs_granted)


def take_run(session: Session, licence_id: str) -> None:
    """Turn a reserved run into a taken one: data was read."""
    session.execute(
        update(Licence)
        .where(col(Licence.id) == licence_id)
        .values(runs_reserved=Licence.runs_reserved - 1, runs_taken=Licence.runs_taken + 1)
        .execution_options(synchronize_session=False)
    )


def release_run(session: Session, licence_id: str) -> None:
    """Give a reserved run back: no data was read."""
    session.execute(
        update(Licence)
        .where(col(Licence.id) == licence_id)
        .values(runs_reserved=Licence.runs_reserved - 1)
        .execution_options(synchronize_session=False)
    )


def tasks_of(
    session: Session, actor: Actor
) -> list[tuple[ApplicationRow | LicenceRow, tuple[str, ...]]]:
    """Applications and licences on which this person may act now, with the verbs.

    Suspension and termination are always possible to a provider and therefore no task.
    """
    found: list[tuple[ApplicationRow | LicenceRow, tuple[str, ...]]] = [
        (application, verbs)
        for application in queries.list_applications(session, organisation_id=actor.organisation_id)
        if (verbs := possible_verbs(actor, APPLICATION_TRANSITIONS, application.standing))
    ]
    for licence in queries.list_licences(session, organisation_id=actor.organisation_id):
        verbs = possible_verbs(actor, LICENCE_TRANSITIONS, licence.standing)
        waiting = tuple(verb for verb in verbs if verb in {"sign", "countersign"})
        has_signed = {"sign": "applicant", "countersign": "provider"}
        signed = {one.side for one in licence.signatures}
        if open_verbs := tuple(verb for verb in waiting if has_signed[verb] not in signed):
            found.append((licence, open_verbs))
    return found
