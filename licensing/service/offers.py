"""Offers: one product, one mode, one policy, priced at or below the filed ceiling; versioned."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from kernel.database import Database
from kernel.errors import Forbidden, Refused
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.contract.odrl import digest_of, offer_document, read_terms
from licensing.contract.terms import Terms
from licensing.models import Offer
from licensing.public import gates
from licensing.queries import CeilingRow
from licensing.service.prices import check_price
from licensing.states import OFFER_TRANSITIONS, AgreementStatus, Approval, OfferStatus, Side
from registry import public as registry
from registry.public import Entry


@dataclass(frozen=True, slots=True)
class NewOffer:
    """Terms for one registered product; ``replaces`` names the open version that it takes over."""

    product_code: str
    terms: Terms
    idempotency_key: str = ""
    approval: Approval = Approval.REVIEWED
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class OfferableProduct:
    """A registered product with the agreement that covers it; ``filed`` is None without a ceiling."""

    product: Entry
    agreement_id: str
    agreement_number: str
    filed: CeilingRow | None


def find_offerable(
    session: Session, *, actor: Actor, today: date, product_code: str
) -> OfferableProduct:
    """A product that this person's organisation may offer today, whatever the terms.

    Raises:
        NotRegistered: the product is not in force.
        NotYourSide: the product is of another operating institution.
        OutsideAgreement: no agreement in force covers its inputs.
        NotClassified, CoreData, ConsentMissing: a gate before its inputs is closed.
    """
    if not registry.in_force(session, product_code, today):
        raise errors.NotRegistered(codes=product_code)
    product = registry.entry(session, product_code)
    if product.organisation_id != actor.organisation_id:
        raise errors.NotYourSide
    agreed = gates.check_operation(session, product_code, actor.organisation_id, today)
    filed = queries.find_filing(session, product_code)
    return OfferableProduct(product, agreed.agreement_id, agreed.number, filed)


def list_offerable(session: Session, *, actor: Actor, today: date) -> list[OfferableProduct]:
    """The products that this person's organisation may offer today, by code."""
    own = actor.organisation_id
    agreements = queries.list_agreements(session, today, organisation_id=own)
    scopes = (
        row.scope
        for row in agreements
        if row.operator_id == own and row.status is AgreementStatus.IN_FORCE
    )
    resources = sorted({code for scope in scopes for code in scope})
    made = {one.code for code in resources for one in registry.made_from(session, code)}
    found = []
    for code in sorted(made):
        # Each gate refuses in its own words; here it is enough that one does.
        with suppress(Refused, Forbidden):
            found.append(find_offerable(session, actor=actor, today=today, product_code=code))
    return found


def publish_offer(db: Database, *, actor: Actor, now: datetime, wanted: NewOffer) -> str:
    """Publish an offer, or its next version; returns its identifier.

    Licences and applications under the version before keep the terms that they saw.

    Raises:
        NotPermitted: the person may not.
        NotRegistered, NotYourSide, OutsideAgreement, NotClassified, CoreData, ConsentMissing: as
            :func:`find_offerable` says.
        CeilingMissing, PriceAboveCeiling, FreeOfCharge: the price is not lawful; nothing is saved.
        PolicyMalformed: the terms are not of the profile.
        ClauseNotEnforced: a clause that nothing here enforces.
        AutomaticTooRisky: no rule may decide on these terms.
        OfferSuperseded: the version to replace is not the open one.
    """
    check_permission(actor, Permission.LICENSING_OFFER_PUBLISH)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.offer",
                "code": wanted.product_code,
                "terms": _plain(wanted.terms),
                "approval": wanted.approval.value,
                "replaces": wanted.replaces,
            },
            make=lambda: _make(session, actor, now, wanted),
        )


def _plain(terms: Terms) -> dict[str, object]:
    return {
        name: list(value) if isinstance(value, tuple) else str(value)
        for name, value in asdict(terms).items()
    }


def _make(session: Session, actor: Actor, now: datetime, wanted: NewOffer) -> str:
    today, terms = local_day(now), wanted.terms
    agreement_id = find_offerable(
        session, actor=actor, today=today, product_code=wanted.product_code
    ).agreement_id
    rules.check_enforceable(
        mode=terms.mode,
        privacy_rho=terms.privacy_rho,
        min_cell_size=terms.min_cell_size,
    )
    ceiling = check_price(session, wanted.product_code, terms.price_cents)
    rules.check_approval(
        wanted.approval,
        mode=terms.mode,
        needs_person=terms.output_review != "none" or bool(terms.credentials),
    )
    offer_id = new_id(now)
    series_id, version = _next_version(session, actor, now, wanted, offer_id)
    policy = offer_document(
        f"urn:uuid:{offer_id}", terms, assigner=f"urn:hexi:organisation:{actor.organisation_id}"
    )
    # What is published must be what the sandbox will read later.
    read_terms(policy)
    session.add(
        Offer(
            id=offer_id,
            series_id=series_id,
            version=version,
            approval=wanted.approval,
            product_code=wanted.product_code,
            dataset=terms.dataset,
            mode=terms.mode,
            operator_id=actor.organisation_id,
            operator_name=actor.organisation_name,
            agreement_id=agreement_id,
            policy=policy,
            policy_digest=digest_of(policy),
            price_cents=terms.price_cents,
            ceiling_cents=ceiling or 0,
            published_by=actor.account_id,
            published_at=now,
        )
    )
    audit.record(
        session,
        actor=actor,
        now=now,
        action="licensing.offer.publish",
        subject=("licensing_offer", offer_id),
        facts={
            "product_code": wanted.product_code,
            "price_cents": terms.price_cents,
            "version": version,
        },
    )
    return offer_id


def _next_version(
    session: Session, actor: Actor, now: datetime, wanted: NewOffer, offer_id: str
) -> tuple[str, int]:
    if not wanted.replaces:
        return offer_id, 1
    before = _lock(session, wanted.replaces)
    if before.withdrawn_at is not None or before.product_code != wanted.product_code:
        raise errors.OfferSuperseded
    _check_move(actor, before, "replace")
    before.withdrawn_at = now
    session.add(before)
    return before.series_id, before.version + 1


def _check_move(actor: Actor, row: Offer, verb: str) -> None:
    status = OfferStatus.OPEN if row.withdrawn_at is None else OfferStatus.WITHDRAWN
    standing = rules.Standing(status, {Side.PROVIDER: row.operator_id})
    rules.check_may(actor, OFFER_TRANSITIONS, verb, standing, reason="")


def _lock(session: Session, offer_id: str) -> Offer:
    row = session.exec(select(Offer).where(Offer.id == offer_id).with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    return row


def withdraw_offer(db: Database, *, actor: Actor, now: datetime, offer_id: str) -> None:
    """Close an offer to new applications; running ones and licences go on.

    Raises:
        NotPermitted, NotYourSide, ThingUnknown: as they say.
        VerbUnlawful: it was withdrawn, or replaced, before.
    """
    with db.transaction() as session:
        row = _lock(session, offer_id)
        _check_move(actor, row, "withdraw")
        row.withdrawn_at = now
        session.add(row)
        audit.record(
            session,
            actor=actor,
            now=now,
            action="licensing.offer.withdraw",
            subject=("licensing_offer", offer_id),
        )
