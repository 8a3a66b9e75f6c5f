"""Licences: the licensee signs, another person of the provider countersigns; suspend, resume, end."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.identity import SYSTEM, Actor
from kernel.ids import new_id
from kernel.trust import audit, receipts
from kernel.trust.receipts import Seal
from licensing import errors, queries, rules
from licensing.contract.odrl import digest_of, read_terms
from licensing.models import Licence, Signature
from licensing.service import talks
from licensing.service.prices import check_price
from licensing.states import (
    LICENCE_TRANSITIONS,
    SIGNING_SIDES,
    LicenceEnd,
    LicenceStatus,
    Side,
)

#: Verbs that put a signature under the text; each is a move of the negotiation too.
_SIGNING = {"sign": "verify", "countersign": "finalize"}
#: How each verb that ends a licence ends it; before the signatures it also ends the negotiation.
_ENDINGS = {
    "terminate": LicenceEnd.TERMINATED,
    "give-up": LicenceEnd.TERMINATED,
    "decline-to-sign": LicenceEnd.TERMINATED,
    "take-back": LicenceEnd.TERMINATED,
}
_UNSIGNED = {"decline-to-sign": "withdraw", "take-back": "terminate"}


@dataclass(frozen=True, slots=True)
class Sign:
    """A signature: ``policy_digest`` is that of the text which the signer read."""

    licence_id: str
    verb: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class LicenceMove:
    """A verb on one revision of a licence; ``representative`` is the licensee's new contact."""

    licence_id: str
    verb: str
    revision: int
    reason: str = ""
    representative: str = ""


def sign_licence(
    db: Database, *, actor: Actor, now: datetime, wanted: Sign, seal: Seal
) -> LicenceStatus:
    """Sign for one side; the second signature puts the licence into force, with a receipt.

    It is in force from the later of that signature and its start. A licence that it replaces ends
    in the same moment, so that the right which stands is never lost and never doubled.

    Raises:
        ThingUnknown, SignedAlready, and what ``rules.check_may`` raises.
        NotYourTurn: the provider countersigns what the licensee has signed.
        DocumentChanged: the digest is not that of the present text.
        PolicyBroken: the stored text does not have its own digest.
        PriceAboveCeiling, FreeOfCharge: the filing has changed since the licence was drawn up.
    """
    with db.transaction() as session:
        row = lock_licence(session, wanted.licence_id, None)
        return sign_in(session, actor, now, row, wanted, seal)


def sign_in(
    session: Session, actor: Actor, now: datetime, row: Licence, wanted: Sign, seal: Seal
) -> LicenceStatus:
    """As :func:`sign_licence`, on a locked row in the caller's transaction."""
    known = queries.licence_row(session, row)
    if wanted.verb not in _SIGNING:
        raise errors.VerbUnlawful(status=row.status, verb=wanted.verb)
    move = rules.check_may(actor, LICENCE_TRANSITIONS, wanted.verb, known.standing, reason="")
    if digest_of(row.policy) != row.policy_digest:
        raise errors.PolicyBroken
    if wanted.policy_digest != row.policy_digest:
        raise errors.DocumentChanged(digest=row.policy_digest)
    check_price(session, row.product_code, read_terms(row.policy).price_cents)
    signed = {one.side for one in known.signatures}
    if move.side in signed:
        raise errors.SignedAlready
    _negotiate(session, now, row, _SIGNING[wanted.verb])
    _add_signature(session, actor, now, row, move.side)
    row.revision += 1
    if len(signed) + 1 == len(SIGNING_SIDES):
        _put_into_force(session, actor, now, row, seal)
    else:
        row.turn, row.due_on = Side.PROVIDER, talks.due_day(session, now, "l_sign")
    session.add(row)
    record(session, actor, now, wanted.verb, row, "")
    return LicenceStatus(row.status)


def _put_into_force(
    session: Session, actor: Actor, now: datetime, row: Licence, seal: Seal
) -> None:
    row.status, row.turn, row.due_on = LicenceStatus.IN_FORCE, "", None
    starts_at = read_terms(row.policy).starts_at
    row.starts_at = max(starts_at or row.starts_at, now.replace(microsecond=0))
    _seal_licence(session, seal, now, row, actor)
    if row.replaces_id:
        old = lock_licence(session, row.replaces_id, None)
        if old.status in {LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED}:
            end_licence(session, SYSTEM, now, old, LicenceEnd.REPLACED, row.number)


def _negotiate(session: Session, now: datetime, row: Licence, verb: str, reason: str = "") -> None:
    talk = talks.talk_of(session, row.application_id)
    talks.advance(session, now, talk, verb, reason=reason)


def move_licence(db: Database, *, actor: Actor, now: datetime, wanted: LicenceMove) -> int:
    """Suspend, resume, end or change the contact; the next run already sees it.

    Returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, ReasonMissing, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = lock_licence(session, wanted.licence_id, wanted.revision)
        return move_in(session, actor, now, row, wanted)


def move_in(
    session: Session, actor: Actor, now: datetime, row: Licence, wanted: LicenceMove
) -> int:
    """As :func:`move_licence`, on a locked row in the caller's transaction."""
    standing = queries.licence_row(session, row).standing
    if wanted.verb in _SIGNING:
        raise errors.VerbUnlawful(status=row.status, verb=wanted.verb)
    move = rules.check_may(actor, LICENCE_TRANSITIONS, wanted.verb, standing, reason=wanted.reason)
    if wanted.verb == "change-representative":
        if not wanted.representative.strip():
            raise errors.ReasonMissing
        row.representative = wanted.representative.strip()
    if wanted.verb in _UNSIGNED:
        _negotiate(session, now, row, _UNSIGNED[wanted.verb], wanted.reason)
    if ending := _ENDINGS.get(wanted.verb):
        end_licence(session, actor, now, row, ending, wanted.reason, verb=wanted.verb)
        return row.revision
    row.status, row.revision = str(move.target.value), row.revision + 1
    row.reason = wanted.reason.strip()
    session.add(row)
    record(session, actor, now, wanted.verb, row, wanted.reason)
    return row.revision


def end_licence(  # noqa: PLR0913 - what ended, how, by whom, when and why
    session: Session,
    actor: Actor,
    now: datetime,
    row: Licence,
    ending: LicenceEnd,
    reason: str,
    *,
    verb: str = "",
) -> None:
    """End a licence in the caller's transaction: how, why, and by whom it is written down."""
    row.status, row.ended_as, row.revision = LicenceStatus.ENDED, ending, row.revision + 1
    row.reason, row.turn, row.due_on = reason.strip(), "", None
    session.add(row)
    record(session, actor, now, verb or ending.value, row, reason)


def expire_licences(db: Database, *, now: datetime) -> int:
    """Note every licence whose term is over; returns how many. A run has refused them before."""
    with db.transaction() as session:
        over = session.exec(
            select(Licence)
            .where(col(Licence.status).in_((LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED)))
            .where(col(Licence.expires_at) <= now)
            .limit(_BATCH)
            .with_for_update()
        ).all()
        for row in over:
            end_licence(session, SYSTEM, now, row, LicenceEnd.EXPIRED, "")
        return len(over)


_BATCH = 500


def _add_signature(session: Session, actor: Actor, now: datetime, row: Licence, side: Side) -> None:
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


def lock_licence(session: Session, licence_id: str, revision: int | None) -> Licence:
    """The row, locked, at the revision that the person saw.

    Raises:
        ThingUnknown: there is none.
        ContractChanged: somebody was faster.
    """
    row = session.exec(select(Licence).where(Licence.id == licence_id).with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    if revision is not None and row.revision != revision:
        raise errors.ContractChanged
    return row


def record(
    session: Session, actor: Actor, now: datetime, verb: str, row: Licence, reason: str
) -> None:
    """One audit entry about a licence."""
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.licence.{verb}",
        subject=("licensing_licence", row.id),
        reason=reason,
        facts={"status": row.status, "policy_digest": row.policy_digest, "ended_as": row.ended_as},
    )
