"""Tables of the sandbox. No behaviour."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Dataset(SQLModel, table=True):
    """What an operating institution offers under one registered product.

    ``lineage_id`` names the people in it: datasets that were made from one another share it, and with it
    the privacy budget ``privacy_rho`` (nano-rho, for its whole life). Datasets of one ``series`` (empty: none) that
    are of different lineages share nobody: that was proved when their versions came in.
    """

    __tablename__ = "sandbox_dataset"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    title: str
    product_code: str = Field(index=True)
    provider_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    lineage_id: str
    privacy_rho: int = Field(sa_type=BigInteger)
    series: str = ""


class PrivacyCap(SQLModel, table=True):
    """What one scope may spend on one lineage, in nano-rho; the database itself refuses more.

    ``scope`` is lineage, organisation or licence.
    """

    __tablename__ = "sandbox_privacy_cap"
    __table_args__ = (
        CheckConstraint("reserved >= 0 AND spent >= 0 AND reserved + spent <= granted", name="cap"),
    )

    lineage_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    scope_id: str = Field(primary_key=True)
    granted: int = Field(sa_type=BigInteger)
    reserved: int = Field(default=0, sa_type=BigInteger)
    spent: int = Field(default=0, sa_type=BigInteger)


class PrivacyEntry(SQLModel, table=True):
    """What one run reserved and spent, in nano-rho; it counts under its lineage, parties and licence."""

    __tablename__ = "sandbox_privacy_entry"
    __table_args__ = (CheckConstraint("rho > 0", name="cost"),)

    run_id: str = Field(primary_key=True)
    lineage_id: str = Field(index=True)
    licence_id: str = Field(index=True)
    organisations: list[str] = Field(sa_column=Column(JSON, nullable=False))
    rho: int = Field(sa_type=BigInteger)
    state: str
    at: datetime = Field(sa_type=UtcDateTime)


class Snapshot(SQLModel, table=True):
    """One version of a dataset; ``digest`` is SHA-256 of the manifest, which names each file's.

    ``risk`` is the report on each table's people (``sandbox.deidentify.risk``), for its provider and regulators,
    and so is ``quality``: measures by table, alarms, the age that is still fresh, and who has taken note.
    ``expires_on`` is the last day on which it answers. ``deletion`` says who wanted it deleted, when and why;
    ``receipt_id`` is the receipt of the deletion.
    ``report_digest`` binds the report to the manifest. Queries read the version once ``signatures_needed`` people have
    signed that report. ``people`` names by table the file that remembers its people for the series, by SHA-256;
    it outlives the version.
    """

    __tablename__ = "sandbox_snapshot"
    __table_args__ = (UniqueConstraint("dataset_id", "version"),)

    id: str = Field(primary_key=True)
    dataset_id: str = Field(foreign_key="sandbox_dataset.id", index=True)
    version: int
    digest: str
    manifest: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    risk: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    quality: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    report_digest: str = ""
    signatures_needed: int = 0
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    state: str
    expires_on: date | None = Field(default=None, index=True)
    deletion: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    receipt_id: str = ""
    people: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ReportSignature(SQLModel, table=True):
    """One person's signature under the risk report of a snapshot."""

    __tablename__ = "sandbox_report_signature"

    snapshot_id: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True)
    report_digest: str
    at: datetime = Field(sa_type=UtcDateTime)


class Run(SQLModel, table=True):
    """One query under one licence, from its reservation to its end.

    ``accuracy`` is the wanted half-width of a count at 95 % and ``privacy`` what the noise was and cost;
    both are of mode ``dp`` only. ``withheld`` says how many cells stayed back because of earlier answers, by rule. ``organisation_id`` asked; ``licensee_id`` pays: another one where the licence was delegated.
    ``template`` names the approved template and version that made the query; empty where a person wrote it.
    ``media_type`` is that of the file that was asked for; empty where the answer is a table in ``rows``. Of a released
    file ``result_digest`` is its SHA-256 and ``size_bytes`` its length. A run that somebody asked to cancel while it was
    at work (``cancel_asked_at``) ends as cancelled, however far it came.
    """

    __tablename__ = "sandbox_run"
    __table_args__ = (
        Index("ix_sandbox_run_replay", "licence_id", "snapshot_id", "plan_digest"),
        Index("ix_sandbox_run_open", "state", "deadline_at"),
    )

    id: str = Field(primary_key=True)
    licence_id: str = Field(index=True)
    licensee_id: str = Field(index=True)
    organisation_id: str = Field(index=True)
    account_id: str
    product_code: str
    dataset: str
    snapshot_id: str
    mode: str
    purpose: str
    sql: str
    state: str
    is_replay: bool = False
    plan_digest: str = ""
    refusal_code: str = ""
    refusal_facts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    columns: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rows: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    row_count: int = 0
    result_digest: str = ""
    started_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    receipt_id: str = ""
    accuracy: float = 0
    privacy: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    withheld: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    template: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    media_type: str = ""
    size_bytes: int = Field(default=0, sa_type=BigInteger)
    cancel_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Review(SQLModel, table=True):
    """An answer that two people look at before it leaves; it is nowhere else until then.

    ``evidence`` is what the automatic checks found: ``reasons`` counts cells by rule, ``cells`` names them.
    ``file`` is the held file, where the answer is one: sha256, size_bytes and rows; ``rows`` are then its first ones.
    """

    __tablename__ = "sandbox_review"
    __table_args__ = (Index("ix_sandbox_review_queue", "provider_id", "state"),)

    run_id: str = Field(primary_key=True)
    provider_id: str
    state: str
    evidence: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    columns: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    rows: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    file: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReviewVote(SQLModel, table=True):
    """One checker's vote; a second one of the same person takes the first one's place while they differ."""

    __tablename__ = "sandbox_review_vote"

    run_id: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True)
    releases: bool
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)


class ReviewComment(SQLModel, table=True):
    """What somebody wrote under a review; a private one is among checkers."""

    __tablename__ = "sandbox_review_comment"

    id: str = Field(primary_key=True)
    run_id: str = Field(index=True)
    account_id: str
    is_private: bool
    text: str
    at: datetime = Field(sa_type=UtcDateTime)


class ReleasedCells(SQLModel, table=True):
    """The cells under the answer of one run in mode ``aggregate``, for comparison with later ones.

    ``families`` is their JSON (``sandbox.engine.differencing.Family``): keyed sketches and counts of rows. Only
    the comparison reads it.
    """

    __tablename__ = "sandbox_released_cells"

    run_id: str = Field(primary_key=True)
    lineage_id: str = Field(index=True)
    snapshot_id: str
    families: str


class MeterEvent(SQLModel, table=True):
    """What one run is charged with; prices in 1/100 CNY."""

    __tablename__ = "sandbox_meter_event"

    id: str = Field(primary_key=True)
    run_id: str = Field(foreign_key="sandbox_run.id", unique=True)
    licence_id: str = Field(index=True)
    licensee_id: str = Field(index=True)
    state: str
    meter: str
    quantity: int
    price_cents: int
    at: datetime = Field(sa_type=UtcDateTime)


class SavedQuery(SQLModel, table=True):
    """A query that a person keeps under a licence; a private one is for nobody else of the organisation."""

    __tablename__ = "sandbox_saved_query"
    __table_args__ = (Index("ix_sandbox_saved_query_list", "licence_id", "organisation_id"),)

    id: str = Field(primary_key=True)
    licence_id: str
    organisation_id: str
    account_id: str
    title: str
    sql: str
    is_private: bool
    revision: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class QueryTemplate(SQLModel, table=True):
    """A query with parameters that the provider of a dataset approved beforehand, for licences of one mode.

    ``version`` is the newest; one that is no longer offered stays readable.
    """

    __tablename__ = "sandbox_template"
    __table_args__ = (Index("ix_sandbox_template_list", "dataset", "mode"),)

    id: str = Field(primary_key=True)
    dataset: str
    provider_id: str
    mode: str
    version: int
    is_offered: bool
    revision: int


class TemplateVersion(SQLModel, table=True):
    """One version of a template; ``titles`` and ``descriptions`` are by language, ``digest`` is SHA-256 in hex.

    ``parameters`` is their JSON (``sandbox.engine.parameters.Parameter``).
    """

    __tablename__ = "sandbox_template_version"

    template_id: str = Field(primary_key=True, foreign_key="sandbox_template.id")
    version: int = Field(primary_key=True)
    titles: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    descriptions: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    sql: str
    parameters: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class SyntheticSample(SQLModel, table=True):
    """Rows drawn from noisy margins of one snapshot, and what those cost, in nano-rho; one a snapshot.

    ``facts`` is what was measured and how: public, as are the rows.
    """

    __tablename__ = "sandbox_synthetic_sample"

    id: str = Field(primary_key=True)
    snapshot_id: str = Field(unique=True)
    lineage_id: str = Field(index=True)
    state: str
    rho: int = Field(sa_type=BigInteger)
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    columns: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    rows: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
