"""Objections of anybody by real name, and corrections that an interested party asks for."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from registry import errors, queries
from registry.form.checks.names import normalised_name
from registry.models import Application, Certificate, Objection
from registry.rules import decide as rules
from registry.rules.clocks import Holder, Kind, Start
from registry.service import clocks
from registry.service.act import Act
from registry.service.moves import finish, lock, write_step
from registry.service.resources import lock_entry
from registry.states import EntryStatus, Register, Status, Type, Verb

_LATER_START = Start(Kind.LATER_OBJECTION, "b_late_objection", Holder.INSTITUTION)


@dataclass(frozen=True, slots=True)
class NewObjection:
    """An objection: real name, contact, statement and evidence are all owed (S1 Art. 12)."""

    application_id: str
    name: str
    contact: str
    statement: str
    evidence: str
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """What an interested party holds to be wrong in an entry, and how it should read."""

    code: str
    name: str
    contact: str
    statement: str
    evidence: str
    corrected: dict[str, Any]
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A word on a later objection: that it was told, the registrant's view, or the conclusion."""

    objection_id: str
    text: str
    decision: str = ""


def object_to(db: Database, *, actor: Actor, now: datetime, wanted: NewObjection) -> str:
    """Take an objection during a public notice; returns its identifier.

    Raises:
        ApplicationUnknown: no such notice.
        ObjectionAnonymous: a name, contact, reasons or evidence is missing.
        NoticeOver: after the last day of the notice.
        VerbUnlawful: the application is in no notice.
    """
    _check_real((wanted.name, wanted.contact, wanted.statement, wanted.evidence))
    with db.transaction() as session:
        return _once(
            session, actor, now, "object", wanted, lambda: _object(session, actor, now, wanted)
        )


def _once(  # noqa: PLR0913, PLR0917 - who asks for what, when, and how it is made
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    wanted: NewObjection | CorrectionRequest,
    make: Callable[[], str],
    subject: str = "",
) -> str:
    """A double click, or a program that tries again, makes one objection."""
    words = {key: value for key, value in asdict(wanted).items() if key != "idempotency_key"}
    return idempotency.make_once(
        session,
        actor=actor,
        now=now,
        key=wanted.idempotency_key,
        request={"verb": f"registry.{verb}", "subject": subject, **words},
        make=make,
    )


def _object(session: Session, actor: Actor, now: datetime, wanted: NewObjection) -> str:
    row = lock(session, wanted.application_id, None)
    facts = queries.row_of(row).facts
    move = rules.check_may(actor, Verb.OBJECT, facts, reason=wanted.statement)
    act = Act(session, row, actor, now, None, wanted.statement)
    rules.check_notice_running(act.day, row.notice_ends_on)
    made = _add(act, wanted, is_later=False)
    finish(act, move)
    return made


def _check_real(owed: tuple[str, ...]) -> None:
    if not all(text.strip() for text in owed):
        raise errors.ObjectionAnonymous


def _add(act: Act, wanted: NewObjection, *, is_later: bool) -> str:
    one = Objection(
        id=new_id(act.now),
        application_id=act.row.id,
        is_later=is_later,
        name=wanted.name,
        contact=wanted.contact,
        statement=wanted.statement,
        evidence=wanted.evidence,
        made_at=act.now,
    )
    act.session.add(one)
    return one.id


def ask_for_correction(
    db: Database, *, actor: Actor, now: datetime, wanted: CorrectionRequest
) -> str:
    """Let an interested party ask for a correction by real name (S1 Art. 9(3)).

    Opens a submitted application that the institution accepts or declines; returns its identifier.

    Raises:
        EntryUnknown, EntryNotInForce, ObjectionAnonymous, AlreadyOpen: as they say.
    """
    _check_real((wanted.name, wanted.contact, wanted.statement, wanted.evidence))
    with db.transaction() as session:
        return _once(
            session, actor, now, "correct", wanted, lambda: _ask(session, actor, now, wanted)
        )


def _ask(session: Session, actor: Actor, now: datetime, wanted: CorrectionRequest) -> str:
    entry = lock_entry(session, wanted.code)
    if entry.status_on(local_day(now)) is not EntryStatus.EFFECTIVE:
        raise errors.EntryNotInForce(code=wanted.code)
    if other := queries.open_on_entry(session, wanted.code):
        raise errors.AlreadyOpen(application_id=other.application_id)
    row = _correction(entry, actor, now, wanted)
    session.add(row)
    # Its step and clock name it by column only; it must be in the table first.
    session.flush()
    act = Act(session, row, actor, now, None, wanted.statement, facts={"form": row.form})
    clocks.enter(act, Status.SUBMITTED)
    write_step(act, "ask-for-correction", "", Status.SUBMITTED)
    return row.id


def _correction(
    entry: queries.EntryRow, actor: Actor, now: datetime, wanted: CorrectionRequest
) -> Application:
    name = str(wanted.corrected.get("name") or entry.name)
    return Application(
        id=new_id(now),
        register_name=Register.RESOURCES,
        type=Type.PARTY_CORRECTION,
        kind=entry.kind,
        status=Status.SUBMITTED,
        organisation_id=entry.organisation_id,
        organisation_name=entry.organisation_name,
        entry_code=entry.code,
        form=wanted.corrected,
        name=name,
        name_key=normalised_name(name),
        party={
            "name": wanted.name,
            "contact": wanted.contact,
            "statement": wanted.statement,
            "evidence": wanted.evidence,
        },
        drafted_by=actor.account_id,
        created_at=now,
        submitted_at=now,
    )


def object_later(
    db: Database, *, actor: Actor, now: datetime, code: str, wanted: NewObjection
) -> str:
    """Take an objection against a certificate at any time (S4 Art. 29); returns its identifier.

    Raises:
        CertificateUnknown, ObjectionAnonymous: as they say.
        EntryNotInForce: it has ended, so nothing is left to object to.
    """
    _check_real((wanted.name, wanted.contact, wanted.statement, wanted.evidence))
    with db.transaction() as session:
        return _once(
            session,
            actor,
            now,
            "object-later",
            wanted,
            lambda: _object_later(session, actor, now, code, wanted),
            code,
        )


def _object_later(
    session: Session, actor: Actor, now: datetime, code: str, wanted: NewObjection
) -> str:
    found = queries.find_certificate(session, code)
    if found.status_on(local_day(now)) is not EntryStatus.EFFECTIVE:
        raise errors.EntryNotInForce(code=code)
    row = lock(session, found.certificate_id, None)
    act = Act(session, row, actor, now, None, wanted.statement)
    made = _add(act, wanted, is_later=True)
    clocks.begin(act, _LATER_START, act.day)
    _audit(act, "object-later", made)
    return made


def tell_registrant(db: Database, *, actor: Actor, now: datetime, wanted: Answer) -> None:
    """Note that the registrant was told of a later objection in writing; its clock ends.

    Raises:
        NotPermitted, ObjectionUnknown: as they say.
    """
    check_permission(actor, Permission.REGISTRY_OBJECTION_DECIDE)
    with db.transaction() as session:
        one = _open_objection(session, wanted.objection_id)
        one.told_at = now
        act = Act(session, lock(session, one.application_id, None), actor, now, None, wanted.text)
        clocks.end_later_objection(act)
        session.add(one)
        _audit(act, "tell-registrant", one.id)


def answer_objection(db: Database, *, actor: Actor, now: datetime, wanted: Answer) -> None:
    """Give the registrant's view of a later objection.

    Raises:
        NotPermitted, NotYourEntity, ObjectionUnknown, ReasonMissing: as they say.
    """
    check_permission(actor, Permission.REGISTRY_APPLICATION_REVIEW_INSIDE)
    _check_text(wanted)
    with db.transaction() as session:
        one = _open_objection(session, wanted.objection_id)
        certificate = session.get_one(Certificate, one.application_id)
        if certificate.organisation_id != actor.organisation_id:
            raise errors.NotYourEntity
        one.answer = wanted.text.strip()
        act = Act(session, lock(session, one.application_id, None), actor, now, None, one.answer)
        session.add(one)
        _audit(act, "answer-objection", one.id)


def conclude_objection(db: Database, *, actor: Actor, now: datetime, wanted: Answer) -> None:
    """Conclude a later objection; an upheld one is followed by a change or a cancellation.

    Raises:
        NotPermitted, ObjectionUnknown, ReasonMissing: as they say.
    """
    check_permission(actor, Permission.REGISTRY_OBJECTION_DECIDE)
    _check_text(wanted)
    with db.transaction() as session:
        one = _open_objection(session, wanted.objection_id)
        one.decision = "upheld" if wanted.decision == "upheld" else "dismissed"
        one.reason, one.decided_by, one.decided_at = wanted.text.strip(), actor.account_id, now
        act = Act(session, lock(session, one.application_id, None), actor, now, None, one.reason)
        session.add(one)
        _audit(act, "conclude-objection", one.id)


def _check_text(wanted: Answer) -> None:
    if not wanted.text.strip():
        raise errors.ReasonMissing


def _open_objection(session: Session, objection_id: str) -> Objection:
    statement = select(Objection).where(Objection.id == objection_id, Objection.decision == "")
    found = session.exec(statement.with_for_update()).first()
    if found is None or not found.is_later:
        raise errors.ObjectionUnknown
    return found


def _audit(act: Act, verb: str, objection_id: str) -> None:
    audit.record(
        act.session,
        actor=act.actor,
        now=act.now,
        action=f"registry.certificate.{verb}",
        subject=("registry_application", act.row.id),
        reason=act.reason,
        facts={"objection": objection_id},
    )
