"""Tables of the result: entries of register A, certificates of register B, and their versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Entry(SQLModel, table=True):
    """An entry of register A as it stands now; ``serial`` is its row in the search index.

    ``code`` is opaque text: the national coding rule is not public.
    """

    __tablename__ = "registry_entry"
    __table_args__ = (
        Index("ix_registry_entry_term", "status", "valid_until"),
        # Facets are counted from the index alone: a row is as long as its form.
        Index("ix_registry_entry_facets", "serial", "region", "industry", "kind", "status"),
    )

    serial: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    application_id: str = Field(foreign_key="registry_application.id", unique=True)
    kind: str
    status: str
    version: int = 1
    organisation_id: str = Field(index=True)
    organisation_name: str
    name: str
    name_key: str = Field(index=True)
    fingerprint: str = Field(index=True)
    region: str = ""
    industry: str = ""
    form: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    coded_at: datetime = Field(sa_type=UtcDateTime)
    valid_until: date
    reason: str = ""


class Certificate(SQLModel, table=True):
    """A registration of register B; complete once its evidence is stored (S4 Art. 26)."""

    __tablename__ = "registry_certificate"
    __table_args__ = (Index("ix_registry_certificate_term", "status", "valid_until"),)

    id: str = Field(primary_key=True)
    code: str | None = Field(default=None, unique=True)
    resource_code: str = Field(default="", index=True)
    status: str
    version: int = 1
    organisation_id: str = Field(index=True)
    organisation_name: str
    name: str
    name_key: str = Field(index=True)
    fingerprint: str = Field(index=True)
    form: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    evidence_at: datetime = Field(sa_type=UtcDateTime)
    certified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    valid_until: date
    reason: str = ""


class Right(SQLModel, table=True):
    """One of the three rights of one holder in one datum; several may hold the same (S4 Art. 21)."""

    __tablename__ = "registry_right"
    __table_args__ = (Index("ix_registry_right_holder", "holder_code", "right"),)

    id: str = Field(primary_key=True)
    certificate_id: str = Field(foreign_key="registry_certificate.id", index=True)
    holder_name: str
    holder_code: str
    right: str
    valid_until: date | None = None
    limits: str = ""
    given_at: datetime = Field(sa_type=UtcDateTime)
    given_by_application: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by_application: str = ""


class Remark(SQLModel, table=True):
    """A note on a certificate; a seizure blocks its transfer while it lasts (S4 Art. 23)."""

    __tablename__ = "registry_remark"

    id: str = Field(primary_key=True)
    certificate_id: str = Field(foreign_key="registry_certificate.id", index=True)
    kind: str
    issuer: str
    document_number: str
    starts_on: date
    ends_on: date | None = None
    note: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str = ""
    lift_reason: str = ""


class Version(SQLModel, table=True):
    """What an entry or a certificate was from a moment on; rows are only ever added."""

    __tablename__ = "registry_version"
    __table_args__ = (UniqueConstraint("register_name", "subject", "number"),)

    id: str = Field(primary_key=True)
    register_name: str
    subject: str
    number: int
    at: datetime = Field(sa_type=UtcDateTime)
    type: str
    status: str
    application_id: str
    actor_name: str
    snapshot: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Item(SQLModel, table=True):
    """One data item of an entry: one item, one source, one standard (一数一源一标准)."""

    __tablename__ = "registry_item"

    id: str = Field(primary_key=True)
    entry_code: str = Field(foreign_key="registry_entry.code", index=True)
    name: str
    name_key: str = Field(index=True)
    type: str = ""
    length: str = ""
    meaning: str = ""
    standard: str = ""
    source_department: str = ""
    sensitivity: str = ""


class Input(SQLModel, table=True):
    """That a product or service was made from an entry: the lineage, readable from both ends."""

    __tablename__ = "registry_input"

    entry_code: str = Field(primary_key=True, foreign_key="registry_entry.code")
    input_code: str = Field(primary_key=True, index=True)


class CodeNumber(SQLModel, table=True):
    """The last local number of register A that was given in a year."""

    __tablename__ = "registry_code_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class PropertyCodeNumber(SQLModel, table=True):
    """The last serial of register B that an agency gave in a month (S4 annex 6)."""

    __tablename__ = "registry_property_code_number"

    agency: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    last: int
