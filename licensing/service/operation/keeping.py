"""Operation agreements from the signatures on: in force, filed, evaluated, left (S2 Art. 13 and 14)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import Evaluation, ExitStep, OperationAgreement
from licensing.public.gates import check_resources
from licensing.service.operation.agreements import begin, end_agreement, finish
from licensing.service.operation.writing import due_in_months, due_in_workdays
from licensing.states import AgreementStatus, EndReason


@dataclass(frozen=True, slots=True)
class AgreementSignature:
    """Sign for the operator, or countersign for the implementing body, one revision."""

    agreement_id: str
    verb: str
    revision: int


@dataclass(frozen=True, slots=True)
class AgreementFiling:
    """The number under which the provincial data authority filed an agreement."""

    agreement_id: str
    revision: int
    filing_number: str


@dataclass(frozen=True, slots=True)
class EffectEvaluation:
    """An evaluation of effect; without ``next_on`` the next is due after the limit's months."""

    agreement_id: str
    revision: int
    evaluated_on: date
    result: str
    findings: str
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Exit:
    """One step by which the operator leaves; the first one ends an agreement in force."""

    agreement_id: str
    revision: int
    done_on: date
    step: str


def sign_agreement(
    db: Database, *, actor: Actor, now: datetime, wanted: AgreementSignature
) -> AgreementStatus:
    """Sign for one side; with the second signature the agreement binds. Returns its status.

    It is in force from the later of the second signature and its first day; filing is due from the
    signature on, and an agreement that this one changes gives way.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        VerbUnlawful: also when the term is over before anybody signed.
        SignedAlready: this side has signed.
        NotRegistered, NotClassified, CoreData, ConsentMissing: a gate is closed.
    """
    if wanted.verb not in {"sign", "countersign"}:
        raise errors.VerbUnlawful(status="", verb=wanted.verb)
    today = local_day(now)
    with db.transaction() as session:
        row, move = begin(session, actor, now, (wanted.agreement_id, wanted.revision), wanted.verb)
        if row.ends_on < today:
            raise errors.VerbUnlawful(status=AgreementStatus.ENDED.value, verb=wanted.verb)
        if row.signed_at if wanted.verb == "sign" else row.countersigned_at:
            raise errors.SignedAlready
        check_resources(session, row.scope, today)
        if wanted.verb == "sign":
            row.signed_by, row.signed_at = actor.account_id, now
        else:
            row.countersigned_by, row.countersigned_at = actor.account_id, now
        row.status = move.target
        if move.target is AgreementStatus.IN_FORCE:
            _begin_duties(session, actor, now, row)
        finish(session, actor, now, row, wanted.verb)
        return queries.agreement_row(row, today).status


def _begin_duties(session: Session, actor: Actor, now: datetime, row: OperationAgreement) -> None:
    today = local_day(now)
    row.file_by = due_in_workdays(session, "agreement_filing", today)
    begins = max(today, row.starts_on)
    row.evaluate_by = min(row.ends_on, due_in_months(session, "agreement_evaluation", begins))
    if not row.supersedes_id:
        return
    statement = select(OperationAgreement).where(OperationAgreement.id == row.supersedes_id)
    old = session.exec(statement.with_for_update()).one()
    if old.status != AgreementStatus.IN_FORCE or old.ends_on < today:
        return
    last_day = row.starts_on - timedelta(days=1)
    if last_day < today or last_day <= old.starts_on:
        end_agreement(old, EndReason.SUPERSEDED, today)
    else:
        # The new term begins later: until then the old one goes on, and reads as ended from then.
        old.ends_on, old.end_reason = min(old.ends_on, last_day), EndReason.SUPERSEDED
    finish(session, actor, now, old, "supersede")


def file_agreement(db: Database, *, actor: Actor, now: datetime, wanted: AgreementFiling) -> int:
    """File an agreement with the provincial data authority; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        FiledAlready: with the number that it has.
    """
    with db.transaction() as session:
        row, _ = begin(session, actor, now, (wanted.agreement_id, wanted.revision), "file")
        if row.filed_on:
            raise errors.FiledAlready(number=row.filing_number)
        row.filing_number, row.filed_on = wanted.filing_number, local_day(now)
        return finish(session, actor, now, row, "file-for-record")


def evaluate_agreement(
    db: Database, *, actor: Actor, now: datetime, wanted: EffectEvaluation
) -> int:
    """Record an evaluation and when the next one is due; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        VerbUnlawful: also for an agreement that ended before both sides had signed.
        DayAhead: it lies in the future.
    """
    rules.check_happened(wanted.evaluated_on, local_day(now))
    with db.transaction() as session:
        row, move = begin(session, actor, now, (wanted.agreement_id, wanted.revision), "evaluate")
        _check_was_bound(row, "evaluate")
        next_on = None
        if move.target is AgreementStatus.IN_FORCE:
            cycle = due_in_months(session, "agreement_evaluation", wanted.evaluated_on)
            next_on = min(row.ends_on, wanted.next_on or cycle)
        session.add(
            Evaluation(
                id=new_id(now),
                agreement_id=row.id,
                evaluated_on=wanted.evaluated_on,
                result=wanted.result,
                findings=wanted.findings,
                next_on=next_on,
                recorded_by=actor.account_id,
                recorded_by_name=actor.display_name,
                recorded_at=now,
            )
        )
        row.evaluate_by = next_on
        return finish(session, actor, now, row, "evaluate", wanted.findings)


def exit_agreement(db: Database, *, actor: Actor, now: datetime, wanted: Exit) -> int:
    """Record a step of the exit; the first ends an agreement in force. Returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        VerbUnlawful: also for an agreement that ended before both sides had signed.
        DayAhead: it lies in the future.
    """
    today = local_day(now)
    rules.check_happened(wanted.done_on, today)
    with db.transaction() as session:
        row, _ = begin(session, actor, now, (wanted.agreement_id, wanted.revision), "exit")
        _check_was_bound(row, "exit")
        session.add(
            ExitStep(
                id=new_id(now),
                agreement_id=row.id,
                done_on=wanted.done_on,
                step=wanted.step,
                recorded_by=actor.account_id,
                recorded_by_name=actor.display_name,
                recorded_at=now,
            )
        )
        if queries.agreement_row(row, today).status is AgreementStatus.IN_FORCE:
            end_agreement(row, EndReason.EXITED, today)
        return finish(session, actor, now, row, "exit", wanted.step)


def _check_was_bound(row: OperationAgreement, verb: str) -> None:
    if not (row.signed_at and row.countersigned_at):
        raise errors.VerbUnlawful(status=row.status, verb=verb)
