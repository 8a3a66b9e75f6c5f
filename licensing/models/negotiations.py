"""Tables of negotiations: where the protocol stands, and every word that was said."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Negotiation(SQLModel, table=True):
    """The contract negotiation of one application, in the states of the Dataspace Protocol 2025-1.

    ``id`` is the provider's pid. ``offer`` is the policy on the table: the published one until
    somebody counters. ``channel`` says whether it was opened by hand or by a connector;
    ``consumer_pid`` and ``callback_address`` are the connector's.
    """

    __tablename__ = "licensing_negotiation"

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="licensing_application.id", unique=True)
    state: str
    channel: str
    consumer_pid: str = Field(default="", index=True)
    callback_address: str = ""
    offer: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    offer_digest: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Message(SQLModel, table=True):
    """One thing that a side said about an application: a note, a request, an offer, a decision.

    Rows are only ever added. ``document`` is the offer or the message of the protocol, ``digest``
    its SHA-256, by which a repeated message of a connector is known.
    """

    __tablename__ = "licensing_message"
    __table_args__ = (UniqueConstraint("application_id", "number"),)

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="licensing_application.id", index=True)
    number: int
    at: datetime = Field(sa_type=UtcDateTime)
    side: str
    kind: str
    text: str = ""
    document: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    digest: str = ""
    actor_id: str
    actor_name: str
