"""Operation agreements: the ground on which products are offered."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from licensing import errors, rules
from licensing.models import OperationAgreement
from licensing.states import AgreementStatus
from registry import public as registry


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """An operation agreement: scope in codes of register A, and the 13 topics of S2 Art. 14."""

    number: str
    operator_id: str
    operator_name: str
    scope: tuple[str, ...]
    topics: dict[str, str]
    starts_on: date
    ends_on: date
    idempotency_key: str = ""


def conclude_agreement(db: Database, *, actor: Actor, now: datetime, wanted: NewAgreement) -> str:
    """The implementing body decides and signs its side; returns the agreement's identifier.

    Raises:
        NotPermitted, AgreementTooLong, TopicsMissing: as they say.
        NotRegistered: a code of the scope is not in force.
    """
    check_permission(actor, Permission.LICENSING_AGREEMENT_CONCLUDE)
    rules.check_agreement(wanted.starts_on, wanted.ends_on, wanted.topics)
    with db.transaction() as session:
        if missing := registry.missing_codes(session, wanted.scope, local_day(now)):
            raise errors.NotRegistered(codes=", ".join(missing))

        def make() -> str:
            row = OperationAgreement(
                id=new_id(now),
                number=wanted.number,
                status=AgreementStatus.AWAITING_SIGNATURE,
                body_id=actor.organisation_id,
                body_name=actor.organisation_name,
                operator_id=wanted.operator_id,
                operator_name=wanted.operator_name,
                scope=list(wanted.scope),
                topics=wanted.topics,
                starts_on=wanted.starts_on,
                ends_on=wanted.ends_on,
                concluded_by=actor.account_id,
                concluded_at=now,
            )
            session.add(row)
            _record(session, actor, now, "conclude", row)
            return row.id

        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={"verb": "licensing.agreement", "number": wanted.number},
            make=make,
        )


def sign_agreement(
    db: Database, *, actor: Actor, now: datetime, agreement_id: str, revision: int
) -> int:
    """The operating institution signs; the agreement is in force. Returns the new revision.

    Raises:
        NotPermitted, NotYourSide, VerbUnlawful, ContractChanged, ThingUnknown: as they say.
    """
    check_permission(actor, Permission.LICENSING_AGREEMENT_SIGN)
    with db.transaction() as session:
        row = session.exec(
            select(OperationAgreement)
            .where(OperationAgreement.id == agreement_id)
            .with_for_update()
        ).first()
        if row is None:
            raise errors.ThingUnknown
        if row.operator_id != actor.organisation_id:
            raise errors.NotYourSide
        if row.status != AgreementStatus.AWAITING_SIGNATURE:
            raise errors.VerbUnlawful(status=row.status, verb="sign")
        if row.revision != revision:
            raise errors.ContractChanged
        row.status, row.revision = AgreementStatus.IN_FORCE, row.revision + 1
        row.signed_by, row.signed_at = actor.account_id, now
        session.add(row)
        _record(session, actor, now, "sign", row)
        return row.revision


def _record(
    session: Session, actor: Actor, now: datetime, verb: str, row: OperationAgreement
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.agreement.{verb}",
        subject=("licensing_agreement", row.id),
        facts={"number": row.number, "status": row.status, "scope": list(row.scope)},
    )
