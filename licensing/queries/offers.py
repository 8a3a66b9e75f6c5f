"""Reads of offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from licensing.contract.odrl import read_terms
from licensing.contract.terms import Terms
from licensing.models import Offer
from licensing.queries.found import found_row
from licensing.states import Approval


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A version of an offer with its terms; prices in 1/100 CNY a run."""

    offer_id: str
    series_id: str
    version: int
    approval: Approval
    product_code: str
    mode: str
    operator_id: str
    operator_name: str
    agreement_id: str
    terms: Terms
    policy: dict[str, Any]
    policy_digest: str
    price_cents: int
    ceiling_cents: int
    published_by: str
    is_open: bool


def offer_row(found: Offer) -> OfferRow:
    """The table row as a frozen one."""
    return OfferRow(
        offer_id=found.id,
        series_id=found.series_id,
        version=found.version,
        approval=Approval(found.approval),
        product_code=found.product_code,
        mode=found.mode,
        operator_id=found.operator_id,
        operator_name=found.operator_name,
        agreement_id=found.agreement_id,
        terms=read_terms(found.policy),
        policy=dict(found.policy),
        policy_digest=found.policy_digest,
        price_cents=found.price_cents,
        ceiling_cents=found.ceiling_cents,
        published_by=found.published_by,
        is_open=found.withdrawn_at is None,
    )


def find_offer(session: Session, offer_id: str) -> OfferRow:
    """One offer; ThingUnknown when there is none."""
    return offer_row(found_row(session, Offer, offer_id))


def open_offers(session: Session, *, product_code: str = "") -> list[OfferRow]:
    """Offers that can be applied for, the oldest first."""
    statement = select(Offer).where(col(Offer.withdrawn_at).is_(None)).order_by(col(Offer.id))
    if product_code:
        statement = statement.where(Offer.product_code == product_code)
    return [offer_row(found) for found in session.exec(statement).all()]


def versions_of(session: Session, series_id: str) -> list[OfferRow]:
    """Every version of an offer, the newest first."""
    statement = select(Offer).where(Offer.series_id == series_id)
    return [
        offer_row(found) for found in session.exec(statement.order_by(col(Offer.version).desc()))
    ]


@dataclass(frozen=True, slots=True)
class OpenPolicy:
    """The policy of an open offer and the dataset that it is about; all that a catalogue shows."""

    dataset: str
    policy: dict[str, Any]


def every_open_offer(session: Session, *, batch: int) -> Iterator[OpenPolicy]:
    """Every open offer by dataset, read in batches; memory stays flat."""
    statement = (
        columns(col(Offer.dataset), col(Offer.policy))
        .where(col(Offer.withdrawn_at).is_(None))
        .order_by(col(Offer.dataset), col(Offer.id))
        .execution_options(yield_per=batch)
    )
    for dataset, policy in session.execute(statement):
        yield OpenPolicy(dataset, policy)
