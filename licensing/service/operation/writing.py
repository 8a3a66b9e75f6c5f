"""What the use cases of authorised operation share: decisions, hands, days of duties, the audit entry."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from kernel.identity import Actor
from kernel.limits import read_limits
from kernel.trust import audit
from kernel.workdays import local_day, read_calendar
from licensing import errors, rules
from licensing.models import ImplementationPlan, OperationAgreement, OperatorSelection
from registry import public as registry

Thing = ImplementationPlan | OperatorSelection | OperationAgreement
_NOUNS = {
    "licensing_plan": "plan",
    "licensing_selection": "selection",
    "licensing_agreement": "agreement",
}


@dataclass(frozen=True, slots=True)
class CollectiveDecision:
    """A collective decision on major matters; the minutes are preserved under their SHA-256."""

    meeting: str
    document_number: str
    decided_on: date
    minutes_sha256: str


def write_decision(
    session: Session, actor: Actor, now: datetime, wanted: CollectiveDecision
) -> dict[str, str]:
    """The decision as it is stored.

    Raises:
        DayAhead: it lies in the future.
        MinutesNotPreserved: nobody of the body preserved its minutes.
    """
    rules.check_happened(wanted.decided_on, local_day(now))
    if not registry.is_preserved(
        session, wanted.minutes_sha256, organisation_id=actor.organisation_id
    ):
        raise errors.MinutesNotPreserved
    return {
        "meeting": wanted.meeting,
        "document_number": wanted.document_number,
        "decided_on": wanted.decided_on.isoformat(),
        "minutes_sha256": wanted.minutes_sha256,
        "recorded_by": actor.account_id,
        "recorded_by_name": actor.display_name,
    }


def with_hand(hands: dict[str, list[str]], verb: str, actor: Actor) -> dict[str, list[str]]:
    """The accounts by verb with one more: whoever had a hand in it does not decide on it."""
    known = hands.get(verb, [])
    return {**hands, verb: known if actor.account_id in known else [*known, actor.account_id]}


def due_in_workdays(session: Session, limit: str, day: date) -> date:
    """The last day of a duty that counts working days from a day."""
    count = read_limits(session, rules.LIMITS).on(limit, day) or 0
    return read_calendar(session).add(day, count).day


def due_in_months(session: Session, limit: str, day: date) -> date:
    """The last day of a duty that counts months from a day."""
    return rules.months_later(day, read_limits(session, rules.LIMITS).on(limit, day) or 0)


def check_revision(row: Thing, revision: int) -> None:
    """Let a change pass that was made for the present revision.

    Raises:
        ContractChanged: somebody else was faster.
    """
    if row.revision != revision:
        raise errors.ContractChanged


def record(
    session: Session, actor: Actor, now: datetime, verb: str, row: Thing, reason: str = ""
) -> None:
    """One audit entry for one verb on a plan, a selection or an agreement."""
    kind = str(row.__tablename__)
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.{_NOUNS[kind]}.{verb}",
        subject=(kind, row.id),
        reason=reason,
        facts={"status": row.status, "revision": row.revision},
    )
