"""Reads of datasets: their versions, who has signed each version's risk report, and which one runs read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from sandbox import errors, rules
from sandbox.models import Dataset, ReportSignature, Snapshot
from sandbox.queries.snapshots import (
    SnapshotRow,
    last_version,
    list_versions,
    newest_snapshot,
    snapshot_row,
)
from sandbox.states import SnapshotState


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One person's signature under a risk report."""

    account_id: str
    report_digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a dataset, and who has signed its risk report, the first one first."""

    snapshot: SnapshotRow
    signatures: tuple[SignatureRow, ...]

    @property
    def is_signed(self) -> bool:
        """Whether everybody has signed who may."""
        return len(self.signatures) >= rules.SIGNERS

    @property
    def is_ready(self) -> bool:
        """Whether runs may read it."""
        return len(self.signatures) >= self.snapshot.signatures_needed

    @property
    def level(self) -> int | None:
        """The lowest level of its tables (GB/T 42460); None where no report was made."""
        return min((table["level"] for table in self.snapshot.risk.values()), default=None)

    def awaits(self, account_id: str) -> bool:
        """Whether the report can take the signature of an account."""
        has_signed = any(one.account_id == account_id for one in self.signatures)
        return bool(self.snapshot.report_digest) and not self.is_signed and not has_signed


_SIGNED = (
    select(func.count())
    .select_from(ReportSignature)
    .where(ReportSignature.snapshot_id == Snapshot.id)
    .scalar_subquery()
)
# Every run asks for it: built once, it costs half.
_READY = (
    select(Dataset, Snapshot)
    .where(Dataset.id == Snapshot.dataset_id, Dataset.name == bindparam("of_name"))
    .where(Snapshot.state == SnapshotState.READY)
    .where(col(Snapshot.signatures_needed) <= _SIGNED)
    .order_by(col(Snapshot.version).desc())
    .limit(1)
)


def ready_snapshot(session: Session, dataset: str) -> SnapshotRow:
    """The newest version of a dataset that is kept and has the signatures which it needs.

    Raises:
        DatasetUnknown: there is no such dataset, or it has no version yet.
        DatasetEnded: all of its versions have been deleted.
        SignaturesMissing: every version waits for signatures.
    """
    found = session.exec(_READY, params={"of_name": dataset}).first()
    if found is None:
        raise errors.SignaturesMissing(name=newest_snapshot(session, dataset).dataset)
    return snapshot_row(*found)


def version_of(session: Session, snapshot: SnapshotRow) -> VersionRow:
    """A snapshot with its signatures."""
    found = session.exec(
        select(ReportSignature)
        .where(ReportSignature.snapshot_id == snapshot.snapshot_id)
        .order_by(col(ReportSignature.at))
    ).all()
    signatures = tuple(SignatureRow(one.account_id, one.report_digest, one.at) for one in found)
    return VersionRow(snapshot, signatures)


def versions_of(session: Session, dataset: str) -> list[VersionRow]:
    """Every version of a dataset, the newest first.

    Raises:
        DatasetUnknown: there is no such dataset, or it has no version yet.
    """
    found = list_versions(session, dataset)
    if not found:
        raise errors.DatasetUnknown(name=dataset)
    return [version_of(session, one) for one in found]


def list_datasets(session: Session, provider_id: str) -> list[VersionRow]:
    """The last version of each dataset of a provider, deleted or not, by name; of all providers where none is named."""
    statement = select(Dataset.name).order_by(Dataset.name)
    if provider_id:
        statement = statement.where(Dataset.provider_id == provider_id)
    names = session.exec(statement).all()
    return [version_of(session, last_version(session, name)) for name in names]
