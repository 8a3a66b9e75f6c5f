"""Reads of datasets, their versions and the files of those."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from sandbox import errors, rules
from sandbox.deidentify.people import MEMORY
from sandbox.models import Dataset, Snapshot
from sandbox.states import SnapshotState


@dataclass(frozen=True, slots=True)
class VersionName:
    """What a receipt says of the version that was read."""

    dataset: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """The version of a dataset that runs read."""

    snapshot_id: str
    dataset: str
    title: str
    product_code: str
    provider_id: str
    version: int
    digest: str
    manifest: dict[str, Any]
    risk: dict[str, Any]
    report_digest: str
    signatures_needed: int
    created_at: datetime
    lineage_id: str
    privacy_rho: int
    quality: dict[str, Any]
    state: SnapshotState
    expires_on: date | None
    deletion: dict[str, Any]
    deleted_at: datetime | None
    receipt_id: str
    series: str

    @property
    def name(self) -> VersionName:
        """What a receipt says of it."""
        return VersionName(self.dataset, self.version, self.digest)

    @property
    def has_open_alarms(self) -> bool:
        """Whether something is worse than in the version before, and nobody has taken note."""
        return bool(self.quality.get("alarms")) and not self.quality.get("noted")

    @property
    def has_whole_report(self) -> bool:
        """Whether report and manifest are those that were stored together."""
        is_manifest = rules.manifest_digest(self.manifest) == self.digest
        return is_manifest and rules.report_digest(self.digest, self.risk) == self.report_digest

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(int(table["rows"]) for table in self.manifest["tables"].values())


def newest_snapshot(session: Session, dataset: str) -> SnapshotRow:
    """The newest version of a dataset that has not been deleted.

    Raises:
        DatasetUnknown: there is no such dataset, or it has no version yet.
        DatasetEnded: all of its versions have been deleted.
    """
    versions = _versions(dataset)
    ready = versions.where(Snapshot.state == SnapshotState.READY)
    if (found := session.exec(ready.limit(1)).first()) is not None:
        return snapshot_row(*found)
    has_any = session.exec(versions.limit(1)).first() is not None
    raise (errors.DatasetEnded if has_any else errors.DatasetUnknown)(name=dataset)


def last_version(session: Session, dataset: str) -> SnapshotRow:
    """The newest version of a dataset, whatever became of it.

    Raises:
        DatasetUnknown: there is no such dataset, or it has no version yet.
    """
    found = session.exec(_versions(dataset).limit(1)).first()
    if found is None:
        raise errors.DatasetUnknown(name=dataset)
    return snapshot_row(*found)


def list_versions(session: Session, dataset: str) -> list[SnapshotRow]:
    """Every version of a dataset, deleted ones too, the newest first."""
    return [snapshot_row(*one) for one in session.exec(_versions(dataset)).all()]


def _versions(dataset: str) -> Select[Dataset, Snapshot]:
    return (
        select(Dataset, Snapshot)
        .where(Dataset.id == Snapshot.dataset_id, Dataset.name == dataset)
        .order_by(col(Snapshot.version).desc())
    )


def dataset_title(session: Session, name: str) -> str:
    """The title of a dataset, whatever became of its versions.

    Raises:
        DatasetUnknown: there is no such dataset.
    """
    title = session.exec(select(Dataset.title).where(Dataset.name == name)).first()
    if title is None:
        raise errors.DatasetUnknown(name=name)
    return title


# Every receipt of a run asks for it: built once, it costs half.
_NAMED = select(Dataset.name, Snapshot.version, Snapshot.digest).where(
    Dataset.id == Snapshot.dataset_id, Snapshot.id == bindparam("snapshot")
)


def version_name(session: Session, snapshot_id: str) -> VersionName:
    """What a receipt says of one version of a dataset, whatever came after it."""
    return VersionName(*session.exec(_NAMED, params={"snapshot": snapshot_id}).one())


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a snapshot: its name in the store is the SHA-256 of its bytes."""

    sha256: str
    is_named: bool
    ending: str = "parquet"

    def is_whole(self, folder: Path) -> bool:
        """Whether the file is there, unchanged, and named by a manifest that is unchanged."""
        return self.is_named and is_whole(folder / f"{self.sha256}.{self.ending}", self.sha256)


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there and its bytes still have the digest that names it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def snapshot_files(session: Session) -> list[StoredFile]:
    """Every file of every snapshot that is kept; ``is_named`` is false where its manifest was changed."""
    kept = select(Snapshot).where(Snapshot.state == SnapshotState.READY)
    return [
        StoredFile(table["sha256"], rules.manifest_digest(one.manifest) == one.digest)
        for one in session.exec(kept).all()
        for table in one.manifest["tables"].values()
    ]


def memory_files(session: Session) -> list[StoredFile]:
    """What every version in a series remembers of its people, deleted ones too, by table.

    ``is_named`` is false where the version does not say which file it is; then its digest is the table's name.
    """
    found = session.exec(
        select(Snapshot).where(Dataset.id == Snapshot.dataset_id, Dataset.series != "")
    ).all()
    return [
        StoredFile(one.people.get(name, name), name in one.people, MEMORY)
        for one in found
        for name, table in one.manifest["tables"].items()
        if table["person_column"]
    ]


def series_of(session: Session, dataset: str) -> str:
    """The series whose epoch a dataset is; empty where it is in none."""
    return session.exec(select(Dataset.series).where(Dataset.name == dataset)).first() or ""


def snapshot_row(owner: Dataset, snapshot: Snapshot) -> SnapshotRow:
    """The table rows as a frozen one."""
    return SnapshotRow(
        snapshot_id=snapshot.id,
        dataset=owner.name,
        title=owner.title,
        product_code=owner.product_code,
        provider_id=owner.provider_id,
        version=snapshot.version,
        digest=snapshot.digest,
        manifest=dict(snapshot.manifest),
        risk=dict(snapshot.risk),
        report_digest=snapshot.report_digest,
        signatures_needed=snapshot.signatures_needed,
        created_at=snapshot.created_at,
        lineage_id=owner.lineage_id,
        privacy_rho=owner.privacy_rho,
        quality=dict(snapshot.quality),
        state=SnapshotState(snapshot.state),
        expires_on=snapshot.expires_on,
        deletion=dict(snapshot.deletion),
        deleted_at=snapshot.deleted_at,
        receipt_id=snapshot.receipt_id,
        series=owner.series,
    )


def datasets_of_product(session: Session, product_code: str) -> list[SnapshotRow]:
    """The newest version of each dataset under a product; of one whose versions were deleted there is none."""
    names = session.exec(
        select(Dataset.name)
        .join(Snapshot, col(Snapshot.dataset_id) == Dataset.id)
        .where(Dataset.product_code == product_code, Snapshot.state == SnapshotState.READY)
        .distinct()
        .order_by(Dataset.name)
    ).all()
    return [newest_snapshot(session, name) for name in names]


def worse_versions(session: Session, provider_id: str, today: date) -> list[SnapshotRow]:
    """The newest version of each of a provider's datasets that has alarms nobody noted, or is stale."""
    names = session.exec(
        select(Dataset.name)
        .join(Snapshot, col(Snapshot.dataset_id) == Dataset.id)
        .where(Dataset.provider_id == provider_id, Snapshot.state == SnapshotState.READY)
        .distinct()
        .order_by(Dataset.name)
    ).all()
    newest = [newest_snapshot(session, name) for name in names]
    return [row for row in newest if row.has_open_alarms or rules.stale_tables(row.quality, today)]


def erased_files(session: Session) -> set[str]:
    """SHA-256 of the files of deleted versions that no kept version has."""
    files: dict[bool, set[str]] = {True: set(), False: set()}
    for one in session.exec(select(Snapshot)).all():
        files[one.state == SnapshotState.DELETED].update(
            table["sha256"] for table in one.manifest["tables"].values()
        )
    return files[True] - files[False]
