"""Applications for a licence: draft, submit, ask for changes, approve, refuse, withdraw."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from licensing import errors, queries, rules
from licensing.contract.odrl import agreement_document, digest_of
from licensing.contract.terms import Parties, Terms
from licensing.models import Licence, LicenceApplication
from licensing.service import gates
from licensing.states import APPLICATION_TRANSITIONS, ApplicationStatus, LicenceStatus


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application under one offer: a purpose of the taxonomy and the reason in words."""

    offer_id: str
    purpose: str
    justification: str
    submit: bool = True
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationEdit:
    """New words for an application that is a draft or was sent back."""

    application_id: str
    revision: int
    purpose: str
    justification: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A verb of the state table on one revision of an application."""

    application_id: str
    verb: str
    revision: int
    reason: str = ""


def apply_for_licence(db: Database, *, actor: Actor, now: datetime, wanted: NewApplication) -> str:
    """Apply; returns the application's identifier.

    Raises:
        NotPermitted, ThingUnknown, OfferWithdrawn, PurposeOutsideOffer: as they say.
        OwnRedevelopment: the applicant is the operator or its affiliate (S2 Art. 6).
    """
    check_permission(actor, Permission.LICENSING_APPLICATION_SUBMIT)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.application",
                "offer": wanted.offer_id,
                "purpose": wanted.purpose,
                "justification": wanted.justification,
            },
            make=lambda: _make(session, actor, now, wanted),
        )


def _make(session: Session, actor: Actor, now: datetime, wanted: NewApplication) -> str:
    offer = queries.find_offer(session, wanted.offer_id)
    if not offer.is_open:
        raise errors.OfferWithdrawn
    _check_purpose(wanted.purpose, offer.terms)
    gates.check_applicant(
        session,
        applicant_id=actor.organisation_id,
        operator_id=offer.operator_id,
        purpose=wanted.purpose,
    )
    status = ApplicationStatus.SUBMITTED if wanted.submit else ApplicationStatus.DRAFT
    row = LicenceApplication(
        id=new_id(now),
        offer_id=offer.offer_id,
        status=status,
        applicant_id=actor.organisation_id,
        applicant_name=actor.organisation_name,
        provider_id=offer.operator_id,
        purpose=wanted.purpose,
        justification=wanted.justification,
        created_by=actor.account_id,
        created_at=now,
        submitted_at=now if wanted.submit else None,
    )
    session.add(row)
    _record(session, actor, now, "submit" if wanted.submit else "draft", row, "")
    return row.id


def edit_application(db: Database, *, actor: Actor, now: datetime, wanted: ApplicationEdit) -> int:
    """Save new words; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, PurposeOutsideOffer, OwnRedevelopment, and what
        ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.application_id, wanted.revision)
        standing = queries.application_row(row).standing
        rules.check_may(actor, APPLICATION_TRANSITIONS, "edit", standing, reason="")
        _check_purpose(wanted.purpose, queries.find_offer(session, row.offer_id).terms)
        gates.check_applicant(
            session,
            applicant_id=row.applicant_id,
            operator_id=row.provider_id,
            purpose=wanted.purpose,
        )
        row.purpose, row.justification = wanted.purpose, wanted.justification
        row.revision += 1
        session.add(row)
        _record(session, actor, now, "edit", row, "")
        return row.revision


def decide_application(db: Database, *, actor: Actor, now: datetime, wanted: Decision) -> str:
    """Do a verb; returns the licence's identifier after an approval, else an empty text.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = _lock(session, wanted.application_id, wanted.revision)
        standing = queries.application_row(row).standing
        move = rules.check_may(
            actor, APPLICATION_TRANSITIONS, wanted.verb, standing, reason=wanted.reason
        )
        row.status, row.revision = str(move.target.value), row.revision + 1
        if move.needs_reason:
            row.reply = wanted.reason.strip()
        if wanted.verb == "submit":
            row.submitted_at = now
        licence_id = ""
        if wanted.verb == "approve":
            row.decided_by, row.decided_at = actor.account_id, now
            licence_id = _draw_up_licence(session, row, now)
        session.add(row)
        _record(session, actor, now, wanted.verb, row, wanted.reason)
        return licence_id


def _draw_up_licence(session: Session, row: LicenceApplication, now: datetime) -> str:
    offer = queries.find_offer(session, row.offer_id)
    licence_id, offered = new_id(now), offer.terms
    expires_at = (now + timedelta(days=offered.term_days)).replace(microsecond=0)
    terms = Terms(
        mode=offered.mode,
        dataset=offered.dataset,
        columns=offered.columns,
        # The licence is for the purpose that was applied for, not for all that is offered.
        purposes=(row.purpose,),
        run_quota=offered.run_quota,
        price_cents=offered.price_cents,
        min_cell_size=offered.min_cell_size,
        term_days=offered.term_days,
        expires_at=expires_at,
    )
    rules.check_price(terms.price_cents, offer.ceiling_cents)
    parties = Parties(
        assigner=f"urn:hexi:organisation:{row.provider_id}",
        assignee=f"urn:hexi:organisation:{row.applicant_id}",
    )
    policy = agreement_document(f"urn:uuid:{licence_id}", terms, parties, agreed_at=now)
    session.add(
        Licence(
            id=licence_id,
            number=f"LIC-{now:%Y%m%d}-{licence_id[-6:].upper()}",
            application_id=row.id,
            offer_id=offer.offer_id,
            product_code=offer.product_code,
            status=LicenceStatus.AWAITING_SIGNATURES,
            licensee_id=row.applicant_id,
            licensee_name=row.applicant_name,
            provider_id=row.provider_id,
            provider_name=offer.operator_name,
            policy=policy,
            policy_digest=digest_of(policy),
            starts_at=now.replace(microsecond=0),
            expires_at=expires_at,
            runs_granted=terms.run_quota,
            created_at=now,
        )
    )
    return licence_id


def _check_purpose(purpose: str, terms: Terms) -> None:
    if purpose not in terms.purposes:
        raise errors.PurposeOutsideOffer(purposes=", ".join(terms.purposes))


def _lock(session: Session, application_id: str, revision: int) -> LicenceApplication:
    row = session.exec(
        select(LicenceApplication).where(LicenceApplication.id == application_id).with_for_update()
    ).first()
    if row is None:
        raise errors.ThingUnknown
    if row.revision != revision:
        raise errors.ContractChanged
    return row


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    row: LicenceApplication,
    reason: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.application.{verb}",
        subject=("licensing_application", row.id),
        reason=reason,
        facts={"status": row.status, "revision": row.revision, "purpose": row.purpose},
    )
