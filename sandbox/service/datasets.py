"""Ingest: raw files become one immutable snapshot, or nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit
from kernel.trust.receipts import Seal
from kernel.workdays import local_day
from registry import public as registry
from sandbox import errors, rules
from sandbox.deidentify.declaration import Declaration, TreatedTable, read_declaration
from sandbox.deidentify.people import Series
from sandbox.deidentify.quality.alarms import find_alarms
from sandbox.deidentify.sources.source import Source, source_of
from sandbox.deidentify.sources.workroom import forget, locked_store
from sandbox.deidentify.treat import TreatmentFailed, treat_table
from sandbox.models import Dataset, Snapshot
from sandbox.service.versions.epochs import Epoch, find_epoch
from sandbox.service.versions.keeping import sound_alarms
from sandbox.states import SnapshotState


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A version of a dataset: its declaration, and one source a table.

    ``outside`` holds the tables of the test of re-identification, by the names of ours. ``folder`` is the content-addressed store of snapshots. ``made_from`` names the dataset whose people
    these are: both share one privacy budget. ``privacy_rho`` is that of a new lineage, in nano-rho; a
    dataset that exists keeps its own. ``expires_on`` is the last day on which the version answers.

    ``series`` makes a new lineage an epoch of it: nobody may be in two of its epochs, and each has a budget of its
    own. What exists, or is made from what exists, stays in its series. ``drop_known`` leaves the rows of people
    out who are in another epoch.
    """

    dataset: str
    title: str
    product_code: str
    declaration: dict[str, Any]
    sources: Mapping[str, Path | Source]
    folder: Path
    made_from: str = ""
    privacy_rho: int = rules.DEFAULT_BUDGET
    outside: Mapping[str, Path | Source] = field(default_factory=dict)
    expires_on: date | None = None
    series: str = ""
    drop_known: bool = False


def ingest(db: Database, *, actor: Actor, now: datetime, wanted: NewSnapshot, seal: Seal) -> str:
    """De-identify and store a snapshot; returns its digest.

    The files are written before the transaction: a file that no row names is harmless.

    Raises:
        NotPermitted, ProductNotYours: as they say.
        DatasetUnknown: the dataset that it was made from is not this organisation's.
        ExpiryPast: its last day is over.
        SeriesFixed, SeriesMissing, SeriesChanged, EpochMemoryLost, PeopleKnown: its epoch cannot be proved apart.
        DeclarationMalformed, IdentifierKept, and what ``treat_table`` refuses.
    """
    check_permission(actor, Permission.SANDBOX_DATASET_INGEST)
    rules.check_last_day(wanted.expires_on, local_day(now))
    declaration = read_declaration(wanted.declaration)
    with db.read() as session:
        _check_product(session, actor, wanted.product_code, now)
        epoch = _epoch(session, actor, wanted, new_id(now))
    if wanted.drop_known and not epoch.series:
        raise errors.SeriesMissing
    treated = _treat(declaration, actor, wanted, seal, epoch)
    manifest = _manifest(declaration, treated)
    digest = rules.manifest_digest(manifest)
    # Of two epochs at once the second one sees the first: the files that both compare are in this store.
    with locked_store(wanted.folder, is_shared=not epoch.series), db.transaction() as session:
        _check_stored(wanted.folder, treated)
        _check_product(session, actor, wanted.product_code, now)
        dataset = _dataset(session, actor, now, wanted, epoch)
        if epoch.series and _epoch(session, actor, wanted, epoch.lineage_id) != epoch:
            raise errors.SeriesChanged
        newest = session.exec(
            select(Snapshot)
            .where(Snapshot.dataset_id == dataset.id)
            .order_by(col(Snapshot.version).desc())
            .limit(1)
        ).first()
        quality = _quality(declaration, treated, manifest, newest)
        snapshot_id = new_id(now)
        risk = {one.name: one.report for one in treated}
        report = rules.report_digest(digest, risk)
        session.add(
            Snapshot(
                id=snapshot_id,
                dataset_id=dataset.id,
                version=newest.version + 1 if newest else 1,
                digest=digest,
                manifest=manifest,
                risk=risk,
                quality=quality,
                report_digest=report,
                # What was demanded once stays demanded: whoever ingests alone cannot drop it.
                signatures_needed=max(
                    declaration.protection.signatures, newest.signatures_needed if newest else 0
                ),
                created_by=actor.account_id,
                created_at=now,
                state=SnapshotState.READY,
                expires_on=wanted.expires_on,
                people={one.name: one.memory for one in treated if one.memory},
            )
        )
        audit.record(
            session,
            actor=actor,
            now=now,
            action="sandbox.dataset.ingest",
            subject=("sandbox_snapshot", snapshot_id),
            facts={
                "dataset": wanted.dataset,
                "digest": digest,
                "report": report,
                "rows_cut": {one.name: one.rows_cut for one in treated if one.rows_cut},
                "level": min(table.report["level"] for table in treated),
                "suppressed_rows": sum(_suppressed(table) for table in treated),
                "alarms": len(quality["alarms"]),
                **_proved(epoch, wanted, treated),
            },
        )
        sound_alarms(quality["alarms"], wanted.dataset)
    return digest


def _treat(
    declaration: Declaration, actor: Actor, wanted: NewSnapshot, seal: Seal, epoch: Epoch
) -> list[TreatedTable]:
    protection = declaration.protection
    key = seal.keys.derive(rules.pseudonym_purpose(wanted.dataset, protection.rotation))
    mark_key = seal.keys.derive(f"mark:{epoch.lineage_id}")
    series = None
    if epoch.series:
        # The provider too: what two of them remember under one name cannot be compared by anybody.
        common = seal.keys.derive(f"series:{actor.organisation_id}:{epoch.series}")
        series = Series(common.hex(), epoch.others, wanted.drop_known)
    treated: list[TreatedTable] = []
    try:
        for table in declaration.tables:
            if table.name not in wanted.sources:
                raise errors.SourceUnreadable(table=table.name)
            outside = wanted.outside.get(table.name)
            treated.append(
                treat_table(
                    table,
                    source_of(wanted.sources[table.name]),
                    key=key,
                    mark_key=mark_key,
                    folder=wanted.folder,
                    protection=protection,
                    outside=source_of(outside) if outside else None,
                    series=series,
                )
            )
    finally:
        for one in treated:
            forget(wanted.folder, one.kept)
    return treated


def _quality(
    declaration: Declaration,
    treated: list[TreatedTable],
    manifest: dict[str, Any],
    newest: Snapshot | None,
) -> dict[str, Any]:
    measures = {one.name: one.quality for one in treated}
    before = newest.quality.get("tables") if newest else None
    return {
        "tables": measures,
        "alarms": find_alarms(measures, before, manifest),
        "fresh_days": {one.name: one.fresh_days for one in declaration.tables if one.fresh_days},
    }


def _check_stored(folder: Path, treated: list[TreatedTable]) -> None:
    """Make sure that nobody has erased an equal file of another version since it was written.

    Raises:
        TreatmentFailed: somebody has.
    """
    if not all((folder / f"{one.sha256}.parquet").is_file() for one in treated):
        raise TreatmentFailed


def _suppressed(table: TreatedTable) -> int:
    return int(table.report.get("suppressed", {}).get("rows", 0))


def _proved(epoch: Epoch, wanted: NewSnapshot, treated: list[TreatedTable]) -> dict[str, Any]:
    """Which epoch its people were held against how many others for, and whose rows were left out."""
    if not epoch.series:
        return {}
    known = [one.report.get("known", {}) for one in treated]
    return {
        "series": epoch.series,
        "epoch": wanted.dataset,
        "epochs_checked": epoch.checked,
        "known_rows": sum(one.get("rows", 0) for one in known),
    }


def _check_product(session: Session, actor: Actor, code: str, now: datetime) -> None:
    if not registry.in_force(session, code, local_day(now)):
        raise errors.ProductNotYours(code=code)
    if registry.entry(session, code).organisation_id != actor.organisation_id:
        raise errors.ProductNotYours(code=code)


def _epoch(session: Session, actor: Actor, wanted: NewSnapshot, lineage_id: str) -> Epoch:
    """The people that the dataset, or the one that it is made from, is about; new ones of this lineage."""
    names = (wanted.dataset, wanted.made_from)
    found = {
        one.name: one for one in session.exec(select(Dataset).where(col(Dataset.name).in_(names)))
    }
    origin = found.get(wanted.dataset) or found.get(wanted.made_from)
    return find_epoch(
        session,
        provider_id=actor.organisation_id,
        origin=origin,
        series=wanted.series.strip(),
        lineage_id=lineage_id,
    )


def _dataset(
    session: Session, actor: Actor, now: datetime, wanted: NewSnapshot, epoch: Epoch
) -> Dataset:
    found = session.exec(select(Dataset).where(Dataset.name == wanted.dataset)).first()
    if found is not None:
        owner = (found.provider_id, found.product_code)
        # Marks of another lineage: somebody else made the dataset while its file was treated.
        is_owner = owner == (actor.organisation_id, wanted.product_code)
        if not is_owner or found.lineage_id != epoch.lineage_id:
            raise errors.DatasetTaken(name=wanted.dataset)
        return found
    budget = wanted.privacy_rho
    if wanted.made_from:
        origin = session.exec(select(Dataset).where(Dataset.name == wanted.made_from)).first()
        if origin is None or origin.provider_id != actor.organisation_id:
            raise errors.DatasetUnknown(name=wanted.made_from)
        budget = origin.privacy_rho
    made = Dataset(
        id=new_id(now),
        name=wanted.dataset,
        title=wanted.title,
        product_code=wanted.product_code,
        provider_id=actor.organisation_id,
        created_at=now,
        lineage_id=epoch.lineage_id,
        privacy_rho=budget,
        series=epoch.series,
    )
    session.add(made)
    # The snapshot names the dataset by column only; it must be in the table first.
    session.flush()
    return made


def _manifest(declaration: Declaration, treated: list[TreatedTable]) -> dict[str, Any]:
    return {
        "count_base": declaration.count_base,
        "joins": [list(pair) for pair in declaration.joins],
        "tables": {
            table.name: {
                "sha256": table.sha256,
                "rows": table.rows,
                "person_column": table.person_column,
                "rows_per_person": table.rows_per_person,
                "marks": list(table.marks),
                "columns": list(table.columns),
                # Left out where there is none: a manifest's digest names what is in it.
                **({"hidden": table.hidden} if table.hidden else {}),
                **({"rows_cut": table.rows_cut} if table.rows_cut else {}),
            }
            for table in treated
        },
    }
