"""Licences: both sides sign the same digest; suspend, resume, terminate."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit, receipts
from kernel.trust.receipts import Seal
from licensing import errors, queries, rules
from licensing.contract.odrl import digest_of
from licensing.models import Licence, Signature
from licensing.states import LICENCE_TRANSITIONS, SIGNING_SIDES, LicenceStatus, Side, of_verb


@dataclass(frozen=True, slots=True)
class Sign:
    """A signature: ``policy_digest`` is that of the text which the signer read."""

    licence_id: str
    verb: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class LicenceMove:
    """Suspend, resume or terminate one revision of a licence."""

    licence_id: str
    verb: str
    revision: int
    reason: str = ""


def sign_licence(
    db: Database, *, actor: Actor, now: datetime, wanted: Sign, seal: Seal
) -> LicenceStatus:
    """Sign for one side; the second signature puts the licence into force, with a receipt.

    Raises:
        ThingUnknown, SignedAlready, and what ``rules.check_may`` raises.
        DocumentChanged: the digest is not that of the present text.
        PolicyBroken: the stored text does not have its own digest.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.licence_id, None)
        standing = queries.licence_row(session, row).standing
        move = rules.check_may(actor, LICENCE_TRANSITIONS, wanted.verb, standing, reason="")
        if digest_of(row.policy) != row.policy_digest:
            raise errors.PolicyBroken
        if wanted.policy_digest != row.policy_digest:
            raise errors.DocumentChanged(digest=row.policy_digest)
        _add_signature(session, actor, now, row, move.side)
        signed = session.exec(
            select(func.count()).select_from(Signature).where(col(Signature.licence_id) == row.id)
        ).one()
        row.revision += 1
        if signed == len(SIGNING_SIDES):
            row.status = LicenceStatus.IN_FORCE
            row.starts_at = max(row.starts_at, now.replace(microsecond=0))
            _seal_licence(session, seal, now, row, actor)
        session.add(row)
        _record(session, actor, now, wanted.verb, row, "")
        return LicenceStatus(row.status)


def move_licence(db: Database, *, actor: Actor, now: datetime, wanted: LicenceMove) -> int:
    """Suspend, resume or terminate; the next run already sees it. Returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.licence_id, wanted.revision)
        standing = queries.licence_row(session, row).standing
        known = of_verb(LICENCE_TRANSITIONS, wanted.verb)
        if known is not None and known.verb in {"sign", "countersign"}:
            raise errors.VerbUnlawful(status=row.status, verb=wanted.verb)
        move = rules.check_may(
            actor, LICENCE_TRANSITIONS, wanted.verb, standing, reason=wanted.reason
        )
        row.status, row.revision = str(move.target.value), row.revision + 1
        row.reason = wanted.reason.strip()
        session.add(row)
        _record(session, actor, now, wanted.verb, row, wanted.reason)
        return row.revision


def _add_signature(session: Session, actor: Actor, now: datetime, row: Licence, side: Side) -> None:
    known = session.exec(
        select(Signature).where(Signature.licence_id == row.id, Signature.side == side)
    ).first()
    if known is not None:
        raise errors.SignedAlready
    session.add(
        Signature(
            id=new_id(now),
            licence_id=row.id,
            side=side,
            account_id=actor.account_id,
            signer_name=actor.display_name,
            policy_digest=row.policy_digest,
            signed_at=now,
        )
    )
    session.flush()


def _seal_licence(session: Session, seal: Seal, now: datetime, row: Licence, actor: Actor) -> None:
    signatures = session.exec(select(Signature).where(Signature.licence_id == row.id)).all()
    receipts.issue(
        session,
        seal=seal,
        now=now,
        wanted=receipts.Wanted(
            kind="licence",
            idempotency=f"licensing.licence:{row.id}",
            subject_id=row.id,
            organisation_id=row.licensee_id,
            subject_name=row.number,
            subject_sha256=row.policy_digest,
            predicate={
                "actor": {"tenantId": row.licensee_id, "principalRef": actor.account_id},
                "registrationCode": row.product_code,
                "licenceId": row.id,
                "licenceVersionDigest": row.policy_digest,
                "signatures": [
                    {"side": one.side, "principalRef": one.account_id} for one in signatures
                ],
            },
        ),
    )


def _lock(session: Session, licence_id: str, revision: int | None) -> Licence:
    row = session.exec(select(Licence).where(Licence.id == licence_id).with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    if revision is not None and row.revision != revision:
        raise errors.ContractChanged
    return row


def _record(
    session: Session, actor: Actor, now: datetime, verb: str, row: Licence, reason: str
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.licence.{verb}",
        subject=("licensing_licence", row.id),
        reason=reason,
        facts={"status": row.status, "policy_digest": row.policy_digest},
    )
