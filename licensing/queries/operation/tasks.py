"""What of authorised operation waits for one person, and by when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from kernel.identity import Actor, Permission, is_permitted
from licensing.queries.operation.agreements import AgreementRow, list_agreements
from licensing.queries.operation.consents import consents_of, shared_resources_of
from licensing.queries.operation.plans import list_plans
from licensing.queries.operation.selections import list_selections
from licensing.rules import possible_verbs
from licensing.states import AGREEMENT_TRANSITIONS, PLAN_TRANSITIONS, SELECTION_TRANSITIONS

#: An evaluation becomes a task this long before it is due.
_EVALUATION_AHEAD = timedelta(days=60)
#: Always possible, and therefore no task.
_NO_TASK = frozenset({"withdraw", "terminate", "exit", "fail"})


@dataclass(frozen=True, slots=True)
class OperationTask:
    """A plan, a selection or an agreement on which somebody may act; ``due_on`` where a duty has a day."""

    kind: str
    target: str
    title: str
    party: str
    status: str
    verbs: tuple[str, ...]
    due_on: date | None


def open_verbs(actor: Actor, row: AgreementRow) -> tuple[str, ...]:
    """What this person may do with an agreement: a side signs once, and filing is done once.

    One that ended before both had signed has nothing to evaluate and nobody to leave.
    """
    was_bound = row.signed_at is not None and row.countersigned_at is not None
    done = {
        "evaluate": not was_bound,
        "exit": not was_bound,
        "sign": row.signed_at is not None,
        "countersign": row.countersigned_at is not None,
        "file": row.filed_on is not None,
    }
    verbs = possible_verbs(actor, AGREEMENT_TRANSITIONS, row.standing)
    return tuple(verb for verb in verbs if not done.get(verb, False))


def operation_tasks(session: Session, actor: Actor, today: date) -> list[OperationTask]:
    """Plans, selections and agreements that wait for this person."""
    own = "" if is_permitted(actor, Permission.LICENSING_PLAN_FILE) else actor.organisation_id
    return [
        *_plan_tasks(session, actor, own),
        *_selection_tasks(session, actor, own),
        *_agreement_tasks(session, actor, own, today),
        *_consent_tasks(session, actor),
    ]


def _plan_tasks(session: Session, actor: Actor, own: str) -> Iterator[OperationTask]:
    for row in list_plans(session, organisation_id=own):
        verbs = _owed(possible_verbs(actor, PLAN_TRANSITIONS, row.standing))
        if verbs:
            due_on = row.file_by if "file" in verbs else None
            yield OperationTask(
                "plan", row.plan_id, row.name, row.body_name, row.status.value, verbs, due_on
            )


def _selection_tasks(session: Session, actor: Actor, own: str) -> Iterator[OperationTask]:
    for row in list_selections(session, organisation_id=own):
        if verbs := _owed(possible_verbs(actor, SELECTION_TRANSITIONS, row.standing)):
            yield OperationTask(
                "selection",
                row.selection_id,
                row.published_where,
                row.body_name,
                # The word "open" is a mode's on every page.
                "going_on",
                verbs,
                None,
            )


def _agreement_tasks(
    session: Session, actor: Actor, own: str, today: date
) -> Iterator[OperationTask]:
    for row in list_agreements(session, today, organisation_id=own):
        verbs = list(_owed(open_verbs(actor, row)))
        if "evaluate" in verbs and not _is_near(row.evaluate_by, today):
            verbs.remove("evaluate")
        if not verbs:
            continue
        due_on = {"file": row.file_by, "evaluate": row.evaluate_by}.get(verbs[0])
        party = row.operator_name if actor.organisation_id == row.body_id else row.body_name
        yield OperationTask(
            "agreement", row.agreement_id, row.number, party, row.status.value, tuple(verbs), due_on
        )


def _consent_tasks(session: Session, actor: Actor) -> Iterator[OperationTask]:
    if not is_permitted(actor, Permission.LICENSING_SHARING_CONSENT):
        return
    asked = shared_resources_of(session, actor.organisation_name)
    known = consents_of(session, [entry.code for entry in asked])
    for entry in asked:
        # A consent that was taken back is an answer too, and no task.
        if entry.code not in known:
            yield OperationTask(
                "consent",
                entry.code,
                entry.name,
                entry.organisation_name,
                "awaited",
                ("give",),
                None,
            )


def _is_near(day: date | None, today: date) -> bool:
    return day is not None and day <= today + _EVALUATION_AHEAD


def _owed(verbs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(verb for verb in verbs if verb not in _NO_TASK)
