"""What every move of an application writes.

A move sets the status, moves the clocks, and writes a step and an audit entry; nothing else in the
registry writes these, so no move can forget one of them.
"""

from sqlmodel import Session, select

from kernel.ids import new_id
from kernel.trust import audit
from registry import errors
from registry.models import Application, Step
from registry.service import clocks
from registry.service.act import Act
from registry.states import Status, Transition, Verb


def lock(session: Session, application_id: str, revision: int | None) -> Application:
    """The row, locked, if it is still at the revision that the person saw.

    Raises:
        ApplicationUnknown: there is none.
        ApplicationChanged: somebody was faster.
    """
    row = session.exec(
        select(Application).where(Application.id == application_id).with_for_update()
    ).first()
    if row is None:
        raise errors.ApplicationUnknown
    if revision is not None and row.revision != revision:
        raise errors.ApplicationChanged
    return row


def finish(act: Act, move: Transition) -> None:
    """Make the move: status, revision, clocks, step, audit entry."""
    row = act.row
    row.status = move.target.value
    row.revision += 1
    if move.needs_reason:
        row.reason = act.reason
    if move.source is not move.target:
        clocks.enter(act, move.target)
    elif move.verb is Verb.EXTEND_REVIEW:
        clocks.extend(act)
    act.session.add(row)
    write_step(act, move.verb.value, move.source, move.target)


def write_step(act: Act, verb: str, source: str, target: Status) -> None:
    """Write the step of a move and its audit entry."""
    row = act.row
    act.session.add(
        Step(
            id=new_id(act.now),
            application_id=row.id,
            at=act.now,
            verb=verb,
            source=source,
            target=target,
            actor_id=act.actor.account_id,
            actor_name=act.actor.display_name,
            reason=act.reason,
            due_on=row.due_on,
            facts=act.facts or None,
        )
    )
    audit.record(
        act.session,
        actor=act.actor,
        now=act.now,
        action=f"registry.application.{verb}",
        subject=("registry_application", row.id),
        reason=act.reason,
        facts={"status": row.status, "revision": row.revision, "code": row.code or ""},
    )
