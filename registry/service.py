"""Use cases of the register: one verb, one transaction, one audit entry.

Simple moves come from the state table; what else a verb does stands in its effect below. The
row is locked and its revision compared first, so of two officers at once one is told to look again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency, receipts
from kernel.trust.receipts import Seal
from kernel.workdays import local_day, read_calendar
from registry import errors, public, rules
from registry.certificate.manifest import manifest_digest, manifest_of
from registry.certificate.number import provisional_code
from registry.models import Application, CodeNumber, Objection, Step
from registry.queries import row_of
from registry.states import Status, Transition, Verb


@dataclass(frozen=True, slots=True)
class Draft:
    """A new application of a kind (resource or product) with its form so far."""

    kind: str
    form: dict[str, Any]
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of an application's form; ``revision`` is the one that the person saw."""

    application_id: str
    revision: int
    form: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """A verb of the state table on one revision of an application."""

    application_id: str
    verb: Verb
    revision: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewObjection:
    """An objection: real name, contact, statement and evidence are all owed (S1 Art. 12)."""

    application_id: str
    name: str
    contact: str
    statement: str
    evidence: str


@dataclass(slots=True)
class _Act:
    """One verb at work: the open transaction, the locked row, who, when and why."""

    session: Session
    row: Application
    actor: Actor
    now: datetime
    seal: Seal | None
    reason: str = ""


def draft(db: Database, *, actor: Actor, now: datetime, wanted: Draft) -> str:
    """Open an application; returns its identifier, the same one for a repeated key.

    Raises:
        NotPermitted: the person may not draft.
        KeyReused: the key came before with another form.
    """
    check_permission(actor, Permission.REGISTRY_APPLICATION_DRAFT)
    with db.transaction() as session:

        def make() -> str:
            row = Application(
                id=new_id(now),
                kind=wanted.kind,
                status=Status.DRAFT,
                organisation_id=actor.organisation_id,
                organisation_name=actor.organisation_name,
                form=wanted.form,
                drafted_by=actor.account_id,
                created_at=now,
            )
            session.add(row)
            # The step names the application by column only; it must be in the table first.
            session.flush()
            _write_step(_Act(session, row, actor, now, None), "draft", "", Status.DRAFT)
            return row.id

        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={"verb": "registry.draft", "kind": wanted.kind, "form": wanted.form},
            make=make,
        )


def edit(db: Database, *, actor: Actor, now: datetime, wanted: Edit) -> int:
    """Save the form; returns the new revision.

    Raises:
        ApplicationUnknown, ApplicationChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.application_id, wanted.revision)
        act = _Act(session, row, actor, now, None)
        move = rules.check_may(actor, Verb.EDIT, row_of(row).facts, reason="")
        row.form = {**row.form, **wanted.form}
        _finish(act, move)
        return row.revision


def decide(db: Database, *, actor: Actor, now: datetime, wanted: Decision, seal: Seal) -> int:
    """Do a verb of the state table; returns the new revision.

    Raises:
        ApplicationUnknown, ApplicationChanged, what ``rules.check_may`` raises, and what the
        verb's own effect raises (FormIncomplete, InputNotInForce, NoticeRunning).
    """
    with db.transaction() as session:
        row = _lock(session, wanted.application_id, wanted.revision)
        act = _Act(session, row, actor, now, seal, wanted.reason.strip())
        move = rules.check_may(actor, wanted.verb, row_of(row).facts, reason=wanted.reason)
        if effect := _EFFECTS.get(wanted.verb):
            effect(act)
        _finish(act, move)
        return row.revision


def object_to(db: Database, *, actor: Actor, now: datetime, wanted: NewObjection) -> str:
    """Take an objection from anybody who gives a real name and evidence; returns its identifier.

    Raises:
        ApplicationUnknown: no such notice.
        NoticeOver: after the last day of the notice.
        VerbUnlawful: the application is in no notice.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.application_id, None)
        act = _Act(session, row, actor, now, None, wanted.statement)
        facts = row_of(row).facts
        if facts.status is Status.OBJECTION:
            # A second objector in the same notice is heard with the first.
            _add_objection(act, wanted)
            return _newest_objection(session, row.id)
        move = rules.check_may(actor, Verb.OBJECT, facts, reason=wanted.statement)
        rules.check_notice_running(local_day(now), row.notice_ends_on)
        _add_objection(act, wanted)
        _finish(act, move)
        return _newest_objection(session, row.id)


def _add_objection(act: _Act, wanted: NewObjection) -> None:
    act.session.add(
        Objection(
            id=new_id(act.now),
            application_id=act.row.id,
            name=wanted.name,
            contact=wanted.contact,
            statement=wanted.statement,
            evidence=wanted.evidence,
            made_at=act.now,
        )
    )
    act.session.flush()


def _newest_objection(session: Session, application_id: str) -> str:
    found = session.exec(select(Objection.id).where(Objection.application_id == application_id))
    return max(found.all())


def _lock(session: Session, application_id: str, revision: int | None) -> Application:
    row = session.exec(
        select(Application).where(Application.id == application_id).with_for_update()
    ).first()
    if row is None:
        raise errors.ApplicationUnknown
    if revision is not None and row.revision != revision:
        raise errors.ApplicationChanged
    return row


def _finish(act: _Act, move: Transition) -> None:
    row = act.row
    row.status = move.target.value
    row.revision += 1
    if move.needs_reason:
        row.reason = act.reason
    _set_clock(act, move)
    act.session.add(row)
    _write_step(act, move.verb.value, move.source, move.target)


def _set_clock(act: _Act, move: Transition) -> None:
    if move.verb is Verb.EDIT or move.target in rules.CLOCK_GOES_ON:
        return
    act.row.due_on, act.row.due_is_provisional = None, False
    if move.verb is Verb.DISMISS_OBJECTION:
        # The notice goes on to its own last day; the objection does not lengthen it.
        act.row.due_on = act.row.notice_ends_on
        return
    if (limit := rules.CLOCKS.get(move.target)) is None:
        return
    deadline = read_calendar(act.session).add(local_day(act.now), limit)
    act.row.due_on = deadline.day
    act.row.due_is_provisional = bool(deadline.provisional_years)
    if move.target is Status.PUBLIC_NOTICE:
        act.row.notice_starts_on, act.row.notice_ends_on = local_day(act.now), deadline.day


def _write_step(act: _Act, verb: str, source: str, target: Status) -> None:
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


def _file(act: _Act) -> None:
    rules.check_complete(act.row.kind, act.row.form)
    inputs = act.row.form.get("inputs", [])
    if missing := public.missing_codes(act.session, inputs, local_day(act.now)):
        raise errors.InputNotInForce(codes=", ".join(missing))
    act.row.submitted_at = act.now


def _approve_inside(act: _Act) -> None:
    _file(act)
    act.row.reviewed_inside_by = act.actor.account_id


def _count_supplement(act: _Act) -> None:
    act.row.supplements += 1


def _note_acceptor(act: _Act) -> None:
    act.row.accepted_by = act.actor.account_id


def _note_reviewer(act: _Act) -> None:
    act.row.reviewed_by = act.actor.account_id


def _close_objections(decision: str) -> Callable[[_Act], None]:
    def close(act: _Act) -> None:
        waiting = act.session.exec(
            select(Objection).where(
                Objection.application_id == act.row.id, Objection.decision == ""
            )
        ).all()
        for one in waiting:
            one.decision, one.reason = decision, act.reason
            one.decided_by, one.decided_at = act.actor.account_id, act.now
            act.session.add(one)

    return close


def _give_code(act: _Act) -> None:
    today, row = local_day(act.now), act.row
    rules.check_notice_over(today, row.notice_ends_on)
    number = act.session.exec(
        select(CodeNumber).where(CodeNumber.year == today.year).with_for_update()
    ).first() or CodeNumber(year=today.year, last=0)
    number.last += 1
    act.session.add(number)
    row.code = provisional_code(year=today.year, kind=row.kind, serial=number.last)
    row.coded_at, row.coded_by = act.now, act.actor.account_id
    row.valid_until = rules.valid_until(today)
    _seal_code(act)


def _seal_code(act: _Act) -> None:
    row = act.row
    if act.seal is None or row.code is None:
        return
    manifest = manifest_of(
        code=row.code, kind=row.kind, entity=row.organisation_name, form=row.form
    )
    digest = manifest_digest(manifest)
    receipts.issue(
        act.session,
        seal=act.seal,
        now=act.now,
        wanted=receipts.Wanted(
            kind="registration",
            idempotency=f"registry.code:{row.id}",
            subject_id=row.id,
            organisation_id=row.organisation_id,
            subject_name=row.code,
            subject_sha256=digest,
            predicate={
                "actor": {"tenantId": row.organisation_id, "principalRef": act.actor.account_id},
                "registrationCode": row.code,
                "registration": {"kind": row.kind, "validUntil": str(row.valid_until)},
            },
        ),
    )


_EFFECTS: dict[Verb, Callable[[_Act], None]] = {
    Verb.SUBMIT: _approve_inside,
    Verb.REFILE: _file,
    Verb.REQUEST_SUPPLEMENT: _count_supplement,
    Verb.ACCEPT: _note_acceptor,
    Verb.BEGIN_REVIEW: _note_reviewer,
    Verb.PUBLISH_NOTICE: _note_reviewer,
    Verb.REJECT: _note_reviewer,
    Verb.UPHOLD_OBJECTION: _close_objections("upheld"),
    Verb.DISMISS_OBJECTION: _close_objections("dismissed"),
    Verb.ISSUE_CODE: _give_code,
}
