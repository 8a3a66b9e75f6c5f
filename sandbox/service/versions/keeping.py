"""How long a version of a dataset is kept, its deletion with a receipt, and who takes note of worse data.

A version that is to go answers nothing new at once. Its files are erased when no run reads it any more, by
whoever comes first: who asked, or the jobs (decision 38).
"""

from collections import Counter as Tally
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.identity import SYSTEM, Actor, Permission, check_permission
from kernel.trust import audit, receipts
from kernel.trust.receipts import Seal
from kernel.workdays import local_day
from sandbox import errors, rules
from sandbox.deidentify.sources.workroom import erase, locked_store
from sandbox.models import Dataset, Run, Snapshot
from sandbox.service.preparing import Machine
from sandbox.states import RunState, SnapshotState

_log = structlog.get_logger("sandbox.quality")
_alarms = Counter("hexi_quality_alarms", "What of a new version of data is worse.", ["indicator"])
#: No version has a larger number: neither database holds one.
_MOST_VERSION = 2**31 - 1
#: What is done to a file, as the receipt says it.
_METHOD = "overwritten with random bytes, written through, removed (NIST SP 800-88 Rev. 1, Clear)"


@dataclass(frozen=True, slots=True)
class VersionOf:
    """One version of a dataset, by its number."""

    dataset: str
    version: int


def sound_alarms(alarms: list[dict[str, str]], dataset: str) -> None:
    """Count and log what is worse; figures stay in the record, since a log is read by others."""
    for indicator, count in Tally(one["indicator"] for one in alarms).items():
        _alarms.labels(indicator).inc(count)
        _log.warning("quality_alarm", dataset=dataset, indicator=indicator, count=count)


def note_alarms(db: Database, *, actor: Actor, now: datetime, which: VersionOf, note: str) -> None:
    """Take note of a version's alarms, in words that are kept.

    Raises:
        NotPermitted, VersionUnknown, VersionEnded: as they say.
        NoteMissing: there is no word.
    """
    if not note.strip():
        raise errors.NoteMissing
    with db.transaction() as session:
        found = _own(session, actor, which)
        noted = {"by": actor.account_id, "at": now.isoformat(), "note": note.strip()}
        found.quality = {**found.quality, "noted": noted}
        session.add(found)
        _record(session, actor, now, "note-alarms", found, {"alarms": len(found.quality["alarms"])})


def keep_until(
    db: Database, *, actor: Actor, now: datetime, which: VersionOf, last_day: date | None
) -> None:
    """Set the last day on which a version answers; None keeps it until it is deleted.

    Raises:
        NotPermitted, VersionUnknown, VersionEnded: as they say.
        ExpiryPast: the day is over.
    """
    rules.check_last_day(last_day, local_day(now))
    with db.transaction() as session:
        found = _own(session, actor, which)
        before, found.expires_on = found.expires_on, last_day
        session.add(found)
        facts = {"before": str(before or ""), "after": str(last_day or "")}
        _record(session, actor, now, "keep-until", found, facts)


def delete_version(  # noqa: PLR0913 - who, when, which, why, and with what
    db: Database,
    *,
    actor: Actor,
    now: datetime,
    which: VersionOf,
    reason: str,
    seal: Seal,
    machine: Machine,
) -> bool:
    """Delete a version for good; whether its files are gone already, or a run has to end first.

    Raises:
        NotPermitted, VersionUnknown, VersionEnded: as they say.
        DeletionUnexplained: there is no reason.
    """
    if not reason.strip():
        raise errors.DeletionUnexplained
    with db.transaction() as session:
        found = _own(session, actor, which)
        _begin(session, found, actor, now, reason.strip())
        snapshot_id = found.id
    return _finish(db, now, seal, machine, snapshot_id)


def end_versions(db: Database, *, now: datetime, seal: Seal, machine: Machine) -> int:
    """Begin to delete what has had its last day, and finish what can be finished; returns how many are gone.

    Raises:
        EngineUnavailable: the engine does not answer, and may hold a version in its memory.
    """
    over = (
        Snapshot.state == SnapshotState.READY,
        col(Snapshot.expires_on) < local_day(now),
    )
    with db.read() as session:
        expired = session.exec(select(Snapshot.id).where(*over)).all()
        begun = session.exec(
            select(Snapshot.id).where(Snapshot.state == SnapshotState.DELETING)
        ).all()
    for snapshot_id in expired:
        with db.transaction() as session:
            again = select(Snapshot).where(Snapshot.id == snapshot_id, *over).with_for_update()
            if (found := session.exec(again).first()) is not None:
                _begin(session, found, SYSTEM, now, "")
    return sum(_finish(db, now, seal, machine, one) for one in (*begun, *expired))


# Every run asks for it: built once, it costs half.
_STATE = (
    select(Snapshot.state).where(Snapshot.id == bindparam("snapshot")).with_for_update(read=True)
)


def check_kept(session: Session, snapshot_id: str) -> None:
    """Let a run begin on a version, or an answer from it leave, only while it is kept; in the caller's transaction.

    Raises:
        VersionEnded: somebody deletes it.
    """
    state = session.exec(_STATE, params={"snapshot": snapshot_id}).one()
    if state != SnapshotState.READY:
        raise errors.VersionEnded(state=state)


def _own(session: Session, actor: Actor, which: VersionOf) -> Snapshot:
    check_permission(actor, Permission.SANDBOX_DATASET_INGEST)
    if which.version > _MOST_VERSION:
        raise errors.VersionUnknown
    statement = select(Snapshot).where(
        Snapshot.dataset_id == Dataset.id,
        Dataset.name == which.dataset,
        Dataset.provider_id == actor.organisation_id,
        Snapshot.version == which.version,
    )
    found = session.exec(statement.with_for_update(of=Snapshot)).first()
    if found is None:
        raise errors.VersionUnknown
    if found.state != SnapshotState.READY:
        raise errors.VersionEnded(state=found.state)
    return found


def _begin(session: Session, found: Snapshot, actor: Actor, now: datetime, reason: str) -> None:
    found.state = SnapshotState.DELETING
    found.deletion = {"by": actor.account_id, "at": now.isoformat(), "reason": reason}
    session.add(found)
    _record(session, actor, now, "delete", found, {"reason": reason})


def _finish(db: Database, now: datetime, seal: Seal, machine: Machine, snapshot_id: str) -> bool:
    with locked_store(machine.snapshots):
        with db.read() as session:
            found = session.get_one(Snapshot, snapshot_id)
            is_due = found.state == SnapshotState.DELETING
            if not is_due or snapshot_id in _read_now(session):
                return False
            files, others = _files(found), _files_of_others(session, snapshot_id)
        for sha256 in sorted(files - others):
            machine.engine.forget(sha256)
            erase(machine.snapshots / f"{sha256}.parquet")
    with db.transaction() as session:
        found = session.exec(
            select(Snapshot).where(Snapshot.id == snapshot_id).with_for_update()
        ).one()
        if found.state != SnapshotState.DELETING:
            return True
        found.state, found.deleted_at = SnapshotState.DELETED, now
        found.receipt_id = _seal(session, seal, now, found, files, others)
        session.add(found)
        _record(session, SYSTEM, now, "deleted", found, {"receipt_id": found.receipt_id})
    return True


def _read_now(session: Session) -> set[str]:
    return set(session.exec(select(Run.snapshot_id).where(Run.state == RunState.STARTED)).all())


def _files(found: Snapshot) -> set[str]:
    return {table["sha256"] for table in found.manifest["tables"].values()}


def _files_of_others(session: Session, snapshot_id: str) -> set[str]:
    """Files that another version needs: one that is kept, or that a run still reads."""
    read_now = _read_now(session)
    others = session.exec(
        select(Snapshot).where(Snapshot.id != snapshot_id, Snapshot.state != SnapshotState.DELETED)
    ).all()
    kept = (one for one in others if one.state == SnapshotState.READY or one.id in read_now)
    return set().union(*(_files(one) for one in kept))


def _seal(
    session: Session,
    seal: Seal,
    now: datetime,
    found: Snapshot,
    files: set[str],
    others: set[str],
) -> str:
    dataset = session.get_one(Dataset, found.dataset_id)
    wanted_by = found.deletion["by"]
    predicate: dict[str, Any] = {
        "registrationCode": dataset.product_code,
        "datasetSnapshot": [
            {
                "datasetId": dataset.name,
                "version": str(found.version),
                "digest": {"sha256": found.digest},
            }
        ],
        "deletion": {
            "ground": "expired" if wanted_by == SYSTEM.account_id else "requested",
            "requestedBy": {"tenantId": dataset.provider_id, "principalRef": wanted_by},
            "requestedAt": found.deletion["at"],
            "method": _METHOD,
            "erasedFiles": sorted(files - others),
            # The same bytes under another version stay where they are.
            "sharedFiles": sorted(files & others),
        },
    }
    return receipts.issue(
        session,
        seal=seal,
        now=now,
        wanted=receipts.Wanted(
            kind="deletion",
            idempotency=f"sandbox.deletion:{found.id}",
            subject_id=found.id,
            organisation_id=dataset.provider_id,
            subject_name=f"dataset/{dataset.name}/version/{found.version}",
            subject_sha256=found.digest,
            predicate=predicate,
        ),
    )


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    found: Snapshot,
    facts: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.snapshot.{verb}",
        subject=("sandbox_snapshot", found.id),
        facts={"digest": found.digest, **facts},
    )
