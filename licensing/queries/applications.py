"""Reads of applications for a licence and of what was said about them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from licensing.contract.odrl import read_terms
from licensing.contract.terms import Terms
from licensing.models import LicenceApplication, Message, Negotiation
from licensing.queries.found import found_row
from licensing.rules import Standing
from licensing.states import ApplicationStatus, NegotiationState, Side


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application for a licence; ``researchers`` are accounts with names, ``papers`` digests."""

    application_id: str
    offer_id: str
    status: ApplicationStatus
    revision: int
    applicant_id: str
    applicant_name: str
    provider_id: str
    purpose: str
    justification: str
    researchers: tuple[dict[str, str], ...]
    papers: tuple[str, ...]
    region: str
    industry: str
    credentials: tuple[str, ...]
    trace: tuple[dict[str, Any], ...]
    reopens_licence_id: str
    reply: str
    turn: str
    due_on: date | None
    created_by: str
    created_at: datetime
    submitted_at: datetime | None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(
            self.status, {Side.APPLICANT: self.applicant_id, Side.PROVIDER: self.provider_id}
        )

    @property
    def organisation_on_turn(self) -> str:
        """The organisation that moves next; empty where nobody has to."""
        return {Side.APPLICANT.value: self.applicant_id, Side.PROVIDER.value: self.provider_id}.get(
            self.turn, ""
        )


@dataclass(frozen=True, slots=True)
class NegotiationRow:
    """Where a negotiation stands, and the offer on the table."""

    negotiation_id: str
    application_id: str
    state: NegotiationState
    channel: str
    consumer_pid: str
    callback_address: str
    offer: dict[str, Any]
    offer_digest: str

    @property
    def terms(self) -> Terms:
        """The terms on the table."""
        return read_terms(self.offer)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One thing that a side said; ``document`` is an offer or a message of the protocol."""

    number: int
    at: datetime
    side: str
    kind: str
    text: str
    document: dict[str, Any] | None
    digest: str
    actor_name: str


def application_row(found: LicenceApplication) -> ApplicationRow:
    """The table row as a frozen one."""
    return ApplicationRow(
        application_id=found.id,
        offer_id=found.offer_id,
        status=ApplicationStatus(found.status),
        revision=found.revision,
        applicant_id=found.applicant_id,
        applicant_name=found.applicant_name,
        provider_id=found.provider_id,
        purpose=found.purpose,
        justification=found.justification,
        researchers=tuple(dict(one) for one in found.researchers),
        papers=tuple(found.papers),
        region=found.region,
        industry=found.industry,
        credentials=tuple(found.credentials),
        trace=tuple(dict(one) for one in found.trace),
        reopens_licence_id=found.reopens_licence_id,
        reply=found.reply,
        turn=found.turn,
        due_on=found.due_on,
        created_by=found.created_by,
        created_at=found.created_at,
        submitted_at=found.submitted_at,
    )


def negotiation_row(found: Negotiation) -> NegotiationRow:
    """The table row as a frozen one."""
    return NegotiationRow(
        negotiation_id=found.id,
        application_id=found.application_id,
        state=NegotiationState(found.state),
        channel=found.channel,
        consumer_pid=found.consumer_pid,
        callback_address=found.callback_address,
        offer=dict(found.offer),
        offer_digest=found.offer_digest,
    )


def find_application(session: Session, application_id: str) -> ApplicationRow:
    """One application; ThingUnknown when there is none."""
    return application_row(found_row(session, LicenceApplication, application_id))


def find_negotiation(session: Session, negotiation_id: str) -> NegotiationRow:
    """One negotiation by the provider's pid; ThingUnknown when there is none."""
    return negotiation_row(found_row(session, Negotiation, negotiation_id))


def negotiation_of(session: Session, application_id: str) -> NegotiationRow | None:
    """The negotiation of an application; None before it was submitted."""
    statement = select(Negotiation).where(Negotiation.application_id == application_id)
    found = session.exec(statement).first()
    return None if found is None else negotiation_row(found)


def negotiation_by_consumer(
    session: Session, consumer_pid: str, applicant_id: str
) -> NegotiationRow | None:
    """The negotiation that a consumer opened under its own pid."""
    statement = (
        select(Negotiation)
        .join(LicenceApplication, col(LicenceApplication.id) == col(Negotiation.application_id))
        .where(Negotiation.consumer_pid == consumer_pid)
        .where(LicenceApplication.applicant_id == applicant_id)
    )
    found = session.exec(statement).first()
    return None if found is None else negotiation_row(found)


def messages(session: Session, application_id: str) -> list[MessageRow]:
    """What both sides said, oldest first."""
    statement = select(Message).where(Message.application_id == application_id)
    return [
        MessageRow(
            one.number,
            one.at,
            one.side,
            one.kind,
            one.text,
            dict(one.document) if one.document else None,
            one.digest,
            one.actor_name,
        )
        for one in session.exec(statement.order_by(col(Message.number))).all()
    ]


def list_applications(
    session: Session, *, organisation_id: str, after: str = "", limit: int = 200
) -> list[ApplicationRow]:
    """Applications that an organisation made or has to decide, the newest first.

    One more than the limit when there are more; ``after`` is the last identifier that was seen.
    """
    statement = select(LicenceApplication).where(
        or_(
            col(LicenceApplication.applicant_id) == organisation_id,
            col(LicenceApplication.provider_id) == organisation_id,
        )
    )
    if after:
        statement = statement.where(col(LicenceApplication.id) < after)
    statement = statement.order_by(col(LicenceApplication.id).desc()).limit(limit + 1)
    return [application_row(found) for found in session.exec(statement).all()]


_OPEN = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.CHANGES_REQUESTED,
)


def waiting_applications(session: Session, organisation_id: str) -> list[ApplicationRow]:
    """Applications that wait for an organisation, the nearest due day first."""
    statement = (
        select(LicenceApplication)
        .where(col(LicenceApplication.status).in_(_OPEN))
        .where(
            or_(
                (col(LicenceApplication.applicant_id) == organisation_id)
                & (col(LicenceApplication.turn) == Side.APPLICANT),
                (col(LicenceApplication.provider_id) == organisation_id)
                & (col(LicenceApplication.turn) == Side.PROVIDER),
            )
        )
        .order_by(
            col(LicenceApplication.due_on).is_(None),
            col(LicenceApplication.due_on),
            col(LicenceApplication.id),
        )
    )
    return [application_row(found) for found in session.exec(statement).all()]
