"""Counter-offers: either side puts other terms on the table, and the other one answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from kernel.database import Database
from kernel.identity import Actor
from kernel.trust import audit
from licensing import errors, queries, rules
from licensing.contract.odrl import offer_document, read_terms, target_of
from licensing.contract.terms import Terms
from licensing.models import LicenceApplication
from licensing.service import talks
from licensing.service.applications import lock_application
from licensing.service.drawing import organisation_urn
from licensing.service.prices import check_price
from licensing.states import APPLICATION_TRANSITIONS, NEGOTIATED_AS, Side


@dataclass(frozen=True, slots=True)
class CounterOffer:
    """Other terms for one revision of an application, with a word that explains them."""

    application_id: str
    revision: int
    terms: Terms
    text: str = ""


def counter_offer(db: Database, *, actor: Actor, now: datetime, wanted: CounterOffer) -> int:
    """Put other terms on the table; the other side moves next. Returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, NotYourTurn, and what ``rules.check_may`` raises.
        CounterOfferOutside: another dataset or mode, or columns that were not offered.
        CeilingMissing, PriceAboveCeiling, FreeOfCharge: the price is not lawful, whoever names it.
        PurposeOutsideOffer: the purpose that was applied for is not among the terms.
    """
    with db.transaction() as session:
        row = lock_application(session, wanted.application_id, wanted.revision)
        counter_in(session, actor, now, row, wanted)
        return row.revision


def counter_in(
    session: Session, actor: Actor, now: datetime, row: LicenceApplication, wanted: CounterOffer
) -> None:
    """As :func:`counter_offer`, on a locked row in the caller's transaction."""
    standing = queries.application_row(row).standing
    side = Side.PROVIDER if actor.organisation_id == row.provider_id else Side.APPLICANT
    verb = "counter-offer" if side is Side.PROVIDER else "counter"
    rules.check_may(actor, APPLICATION_TRANSITIONS, verb, standing, reason=wanted.text)
    talk = talks.talk_of(session, row.id)
    talks.check_turn(talk, NEGOTIATED_AS[verb])
    check_counter(session, row, wanted.terms)
    document = offer_document(
        talk.id,
        wanted.terms,
        assigner=organisation_urn(row.provider_id),
        target=target_of(wanted.terms),
    )
    # What is on the table must be what the sandbox would read later.
    read_terms(document)
    talks.advance(session, now, talk, NEGOTIATED_AS[verb], document=document)
    talks.put_on_the_table(session, talk, document)
    talks.say(
        session, actor, now, row.id, side=side, kind=verb, text=wanted.text, document=document
    )
    talks.wait_in(session, now, row, talk)
    row.revision += 1
    session.add(row)
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.application.{verb}",
        subject=("licensing_application", row.id),
        reason=wanted.text,
        facts={"status": row.status, "offer_digest": talk.offer_digest},
    )


def check_counter(session: Session, row: LicenceApplication, terms: Terms) -> None:
    """Let only terms be talked about that the offer leaves open.

    Raises:
        CounterOfferOutside, PurposeOutsideOffer, ClauseNotEnforced, CeilingMissing, PriceAboveCeiling: as they say.
    """
    rules.check_enforceable(
        mode=terms.mode,
        privacy_rho=terms.privacy_rho,
        min_cell_size=terms.min_cell_size,
    )
    offer = queries.find_offer(session, row.offer_id)
    for name in ("dataset", "mode"):
        if getattr(terms, name) != getattr(offer.terms, name):
            raise errors.CounterOfferOutside(clause=name)
    if not set(terms.columns) <= set(offer.terms.columns):
        raise errors.CounterOfferOutside(clause="columns")
    if terms.mode != "open" and terms.min_cell_size < offer.terms.min_cell_size:
        raise errors.CounterOfferOutside(clause="min_cell_size")
    if row.purpose not in terms.purposes:
        raise errors.PurposeOutsideOffer(purposes=", ".join(terms.purposes))
    check_price(session, offer.product_code, terms.price_cents)
