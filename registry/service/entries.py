"""What the institution and the clock do to entries and certificates themselves."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from kernel.database import Database
from kernel.identity import SYSTEM, Actor
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.trust.receipts import Seal
from kernel.workdays import local_day
from registry import errors
from registry.form import dictionaries
from registry.models import Application, Certificate, Entry, Remark
from registry.queries.entries import entry_row
from registry.queries.search import text_of
from registry.rules.decide import check_may_end
from registry.search import index
from registry.service.act import Act
from registry.service.data_property import store_certificate
from registry.service.resources import store_entry
from registry.states import FINAL, EntryMove, EntryStatus, EntryVerb, Register, Type

#: So many terms end in one transaction; the rest in the next.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Ending:
    """A revocation or a cancellation ex officio of an entry (A) or certificate (B), with reasons."""

    register: Register
    code: str
    verb: EntryVerb
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class NewRemark:
    """A note for a certificate: kind, who ordered it by which document, from when to when."""

    code: str
    kind: str
    issuer: str
    document_number: str
    starts_on: date
    ends_on: date | None = None
    note: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Lifting:
    """A note that no longer binds, with the reasons."""

    code: str
    remark_id: str
    reason: str


def end_entry(db: Database, *, actor: Actor, now: datetime, wanted: Ending, seal: Seal) -> int:
    """Revoke (A) or cancel ex officio (A and B); visible at once; returns the new version.

    Raises:
        EntryUnknown, CertificateUnknown, what ``rules.check_may_end`` raises, and
        ApplicationChanged when somebody was faster.
    """
    with db.transaction() as session:
        record = _lock(session, wanted.register, wanted.code)
        move = check_may_end(
            actor,
            wanted.register,
            wanted.verb,
            record_status(record, local_day(now)),
            reason=wanted.reason,
        )
        if record.version != wanted.version:
            raise errors.ApplicationChanged
        _end(session, record, move, (actor, now, seal), wanted.reason.strip())
        return record.version


def record_status(record: Entry | Certificate, day: date) -> EntryStatus:
    """The status of a stored entry or certificate on a day."""
    if isinstance(record, Entry):
        return entry_row(record).status_on(day)
    status = EntryStatus(record.status)
    is_over = status is EntryStatus.EFFECTIVE and day > record.valid_until
    return EntryStatus.EXPIRED if is_over else status


def _lock(session: Session, register: Register, code: str) -> Entry | Certificate:
    if register is Register.RESOURCES:
        entry = session.exec(select(Entry).where(Entry.code == code).with_for_update()).first()
        if entry is None:
            raise errors.EntryUnknown(code=code)
        return entry
    statement = select(Certificate).where(
        (col(Certificate.code) == code) | (col(Certificate.id) == code)
    )
    certificate = session.exec(statement.with_for_update()).first()
    if certificate is None:
        raise errors.CertificateUnknown(code=code)
    return certificate


def _end(
    session: Session,
    record: Entry | Certificate,
    move: EntryMove,
    by: tuple[Actor, datetime, Seal | None],
    reason: str,
) -> None:
    actor, now, seal = by
    record.status, record.reason = move.target, reason
    record.version += 1
    application_id = record.application_id if isinstance(record, Entry) else record.id
    row = session.get_one(Application, application_id)
    act = Act(session, row, actor, now, seal, reason)
    if isinstance(record, Entry):
        store_entry(act, record, type_=move.verb)
    else:
        store_certificate(act, record, type_=move.verb)
    _audit(act, move.verb, record)


def _audit(act: Act, verb: EntryVerb, record: Entry | Certificate) -> None:
    audit.record(
        act.session,
        actor=act.actor,
        now=act.now,
        action=f"registry.entry.{verb}",
        subject=("registry_application", act.row.id),
        reason=act.reason,
        facts={"status": record.status, "version": record.version, "code": record.code or ""},
    )


def expire_entries(db: Database, *, now: datetime, seal: Seal | None) -> int:
    """End every entry and certificate whose term is over; returns how many (S1 Art. 15, S4 Art. 35).

    One whose renewal was filed in time and is still open waits for the decision.
    """
    ended = 0
    for register in Register:
        while done := _expire_some(db, register, now, seal):
            ended += done
    return ended


def _expire_some(db: Database, register: Register, now: datetime, seal: Seal | None) -> int:
    move = EntryMove(EntryVerb.EXPIRE, EntryStatus.EFFECTIVE, EntryStatus.EXPIRED, None)
    with db.transaction() as session:
        found = _over(session, register, local_day(now))
        for record in found:
            _end(session, record, move, (SYSTEM, now, seal), "")
        return len(found)


def _over(session: Session, register: Register, today: date) -> list[Entry] | list[Certificate]:
    renewing = (
        select(Application.entry_code)
        .where(Application.type == Type.RENEWAL)
        .where(col(Application.status).not_in(FINAL), col(Application.submitted_at).is_not(None))
    )
    if register is Register.RESOURCES:
        entries = (
            select(Entry)
            .where(Entry.status == EntryStatus.EFFECTIVE, col(Entry.valid_until) < today)
            .where(col(Entry.code).not_in(renewing))
        )
        return list(session.exec(entries.limit(_BATCH)).all())
    certificates = (
        select(Certificate)
        .where(Certificate.status == EntryStatus.EFFECTIVE, col(Certificate.valid_until) < today)
        # A renewal names it by its code, or by its registration before it had one.
        .where(col(Certificate.id).not_in(renewing))
        .where(func.coalesce(Certificate.code, "").not_in(renewing))
    )
    return list(session.exec(certificates.limit(_BATCH)).all())


def record_remark(
    db: Database, *, actor: Actor, now: datetime, wanted: NewRemark, seal: Seal
) -> str:
    """Record a note on a certificate (S4 Art. 23); returns its identifier.

    Raises:
        CertificateUnknown, what ``rules.check_may_end`` raises, and
        RemarkUnusable: kind unknown, issuer or document missing, or days in the wrong order.
    """
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "registry.remark",
                "code": wanted.code,
                "kind": wanted.kind,
                "document": wanted.document_number,
            },
            make=lambda: _remark(session, actor, now, wanted, seal),
        )


def _remark(session: Session, actor: Actor, now: datetime, wanted: NewRemark, seal: Seal) -> str:
    record = _lock(session, Register.PROPERTY, wanted.code)
    assert isinstance(record, Certificate)
    status = record_status(record, local_day(now))
    check_may_end(actor, Register.PROPERTY, EntryVerb.REMARK, status, reason="")
    is_ordered = wanted.ends_on is None or wanted.starts_on <= wanted.ends_on
    is_known = dictionaries.has("remark_kinds", wanted.kind)
    if not (is_known and is_ordered and wanted.issuer.strip() and wanted.document_number):
        raise errors.RemarkUnusable
    remark = Remark(
        id=new_id(now),
        certificate_id=record.id,
        kind=wanted.kind,
        issuer=wanted.issuer.strip(),
        document_number=wanted.document_number,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        note=wanted.note,
        recorded_at=now,
        recorded_by=actor.account_id,
    )
    session.add(remark)
    _store_remarked(session, record, EntryVerb.REMARK, (actor, now, seal), wanted.note)
    return remark.id


def lift_remark(db: Database, *, actor: Actor, now: datetime, wanted: Lifting, seal: Seal) -> None:
    """Let a note bind no longer; it stays readable.

    Raises:
        CertificateUnknown, RemarkUnknown, and what ``rules.check_may_end`` raises.
    """
    with db.transaction() as session:
        record = _lock(session, Register.PROPERTY, wanted.code)
        assert isinstance(record, Certificate)
        status = record_status(record, local_day(now))
        verb = EntryVerb.LIFT_REMARK
        check_may_end(actor, Register.PROPERTY, verb, status, reason=wanted.reason)
        remark = session.get(Remark, wanted.remark_id)
        if remark is None or remark.certificate_id != record.id or remark.lifted_at is not None:
            raise errors.RemarkUnknown
        remark.lifted_at, remark.lifted_by = now, actor.account_id
        remark.lift_reason = wanted.reason.strip()
        session.add(remark)
        _store_remarked(session, record, verb, (actor, now, seal), remark.lift_reason)


def _store_remarked(
    session: Session,
    record: Certificate,
    verb: EntryVerb,
    by: tuple[Actor, datetime, Seal],
    reason: str,
) -> None:
    actor, now, seal = by
    record.version += 1
    act = Act(session, session.get_one(Application, record.id), actor, now, seal, reason)
    store_certificate(act, record, type_=verb)
    _audit(act, verb, record)


def fill_search(db: Database) -> int:
    """Fill the search index where it is empty, as after a migration; returns how many entries."""
    with db.transaction() as session:
        if index.is_filled(session):
            return 0
        rows = session.exec(select(Entry).execution_options(yield_per=_BATCH))
        return index.bulk_load(session, (text_of(entry) for entry in rows))
