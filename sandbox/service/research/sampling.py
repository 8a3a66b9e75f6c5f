"""A synthetic sample of a snapshot: made once, paid by the people's own budget, the same for everybody.

The charge is reserved before data is read and stays spent once it was read, as that of a run; a second call without
a new snapshot gives what is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.errors import HexiError
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, queries, rules
from sandbox.engine import synthesis
from sandbox.engine.noise import Cost, epsilon_at
from sandbox.engine.process import Extract, ExtractTable, Limits
from sandbox.engine.synthesis import MOST_CELLS, Margins
from sandbox.errors.engine import RunFailed
from sandbox.models import Dataset, SyntheticSample
from sandbox.queries import SampleRow, SnapshotRow
from sandbox.service import ledger
from sandbox.service.ledger import Spend
from sandbox.service.preparing import Machine
from sandbox.states import SpendState


@dataclass(frozen=True, slots=True)
class NewSample:
    """What a sample may cost, in nano-rho, and which pairs of columns it keeps together.

    ``table`` is a table of people, the first one where none is said; without ``pairs`` neighbours are paired.
    """

    dataset: str
    rho: int
    table: str = ""
    pairs: tuple[tuple[str, str], ...] | None = None


def publish_sample(
    db: Database, *, actor: Actor, now: datetime, wanted: NewSample, machine: Machine
) -> SampleRow:
    """Make and publish the sample of the newest snapshot, or give the one that is stored, at no charge.

    Raises:
        NotPermitted, DatasetUnknown: the dataset is not this person's to offer.
        SampleImpossible, SampleCostUnusable: as they say; nothing was charged.
        SampleAtWork: somebody is making it.
        BudgetSpent: the people's budget does not reach; nothing was read.
        RunFailed and its kinds, EngineUnavailable: the charge stays spent where data was read.
    """
    with db.read() as session:
        snapshot = queries.ready_snapshot(session, wanted.dataset)
        rules.check_may_offer(actor, snapshot.provider_id, wanted.dataset)
        if (known := queries.find_sample(session, snapshot.snapshot_id)) is not None:
            return known
    margins = _margins(snapshot, wanted)
    costs = _costs(margins, wanted.rho)
    facts = _told_of(margins, costs)
    with db.transaction() as session:
        sample_id = _begin(session, actor, now, snapshot, facts)
    try:
        answer = machine.engine.run(
            run_id=sample_id,
            sql=synthesis.counting_sql(margins),
            extract=_extract(snapshot, margins, machine),
            limits=Limits(seconds=rules.RUN_SECONDS, rows=synthesis.most_rows(margins)),
        )
    except HexiError as failure:
        with db.transaction() as session:
            was_read = isinstance(failure, RunFailed) and failure.data_read
            _give_up(session, sample_id, was_read=was_read)
        raise
    rows = synthesis.draw_rows(margins, synthesis.noised_margins(margins, answer.rows, costs))
    with db.transaction() as session:
        return _store(session, actor, now, sample_id, rows)


def _margins(snapshot: SnapshotRow, wanted: NewSample) -> Margins:
    tables = snapshot.manifest["tables"]
    people = [name for name, table in tables.items() if table["person_column"]]
    name = wanted.table or next(iter(people), "")
    if name not in people:
        raise errors.SampleImpossible(most=MOST_CELLS)
    try:
        return synthesis.margins_of(name, tables[name], wanted.pairs)
    except ValueError as error:
        raise errors.SampleImpossible(most=MOST_CELLS) from error


def _costs(margins: Margins, rho: int) -> list[Cost]:
    try:
        return synthesis.costs_of(margins, rho)
    except ValueError as error:
        raise errors.SampleCostUnusable(least=str(len(margins.sets))) from error


def _told_of(margins: Margins, costs: Sequence[Cost]) -> dict[str, Any]:
    """What is told of the sample: public facts of the declaration and of the wish."""
    rho = sum(one.rho for one in costs)
    epsilon = f"{epsilon_at(rho, rules.DELTA):.4f}"
    return {
        "mechanism": "discrete-gaussian",
        "table": margins.table,
        "margins": margins.names(),
        "left_out": list(margins.left_out),
        "bands": synthesis.BANDS,
        "rows_per_person": margins.moved,
        "sigmas": [f"{one.sigmas[0]:.6f}" for one in costs],
        "rho": str(rho),
        "epsilon": epsilon,
        "delta": f"{rules.DELTA:.0e}",
        "label": f"synthetic; not real people; from noisy margins, eps {epsilon} at delta {rules.DELTA:.0e}",
        "columns": [{"name": one.name, "type": one.type} for one in margins.columns],
    }


def _begin(
    session: Session, actor: Actor, now: datetime, snapshot: SnapshotRow, facts: dict[str, Any]
) -> str:
    """Reserve the charge and the snapshot's only place for a sample."""
    # Two who begin at one moment: the second one sees the first one's place.
    session.exec(select(Dataset.id).where(Dataset.name == snapshot.dataset).with_for_update()).one()
    known = session.exec(
        select(SyntheticSample).where(SyntheticSample.snapshot_id == snapshot.snapshot_id)
    ).first()
    if known is not None:
        is_lost = known.created_at + timedelta(seconds=rules.ABANDON_SECONDS) < now
        if known.state == SpendState.SPENT or not is_lost:
            raise errors.SampleAtWork
        # Whether a lost one had read data is not known, so it counts as having read (decision 9).
        _give_up(session, known.id, was_read=True)
    rho = int(facts["rho"])
    sample = SyntheticSample(
        id=new_id(now),
        snapshot_id=snapshot.snapshot_id,
        lineage_id=snapshot.lineage_id,
        state=SpendState.RESERVED,
        rho=rho,
        facts={name: value for name, value in facts.items() if name != "columns"},
        columns=facts["columns"],
        rows=[],
        created_by=actor.account_id,
        created_at=now,
    )
    spend = Spend(
        run_id=sample.id,
        lineage_id=snapshot.lineage_id,
        licence_id="",
        organisations=(),
        rho=rho,
        lineage_cap=snapshot.privacy_rho,
    )
    ledger.reserve(session, spend, now)
    session.add(sample)
    _record(session, actor, now, "begin", sample)
    return sample.id


def _give_up(session: Session, sample_id: str, *, was_read: bool) -> None:
    """Close the charge of a sample that came to nothing, and make its place free."""
    (ledger.commit if was_read else ledger.release)(session, sample_id)
    if (sample := session.get(SyntheticSample, sample_id)) is not None:
        session.delete(sample)
    session.flush()


def _store(
    session: Session, actor: Actor, now: datetime, sample_id: str, rows: list[list[Any]]
) -> SampleRow:
    sample = session.exec(
        select(SyntheticSample).where(SyntheticSample.id == sample_id).with_for_update()
    ).first()
    if sample is None:
        # Given up for lost in the meantime, and charged as such.
        raise errors.SampleAtWork
    sample.state, sample.rows = SpendState.SPENT, rows
    session.add(sample)
    ledger.commit(session, sample_id)
    _record(session, actor, now, "publish", sample)
    session.flush()
    found = queries.find_sample(session, sample.snapshot_id)
    assert found is not None  # it was just stored
    return found


def _extract(snapshot: SnapshotRow, margins: Margins, machine: Machine) -> Extract:
    sha256 = snapshot.manifest["tables"][margins.table]["sha256"]
    columns = tuple(one.name for one in margins.columns)
    path = str(machine.snapshots / f"{sha256}.parquet")
    key = rules.extract_key(f"sample:{margins.table}", snapshot.digest)
    return Extract(key, (ExtractTable(margins.table, path, columns, sha256),))


def _record(
    session: Session, actor: Actor, now: datetime, verb: str, sample: SyntheticSample
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.sample.{verb}",
        subject=("sandbox_snapshot", sample.snapshot_id),
        facts={"rho": str(sample.rho), "table": sample.facts["table"]},
    )


def see_sample(db: Database, *, actor: Actor, now: datetime, licence_id: str) -> SampleRow:
    """The sample of a licence's data, with the columns that the licence names.

    Raises:
        RunUnknown: the licence is not the organisation's to use.
        SampleUnknown: none was published of the newest version.
    """
    with db.read() as session:
        licence = licensing.find_licence(session, licence_id)
        if not licence.is_used_by(actor.organisation_id, local_day(now)):
            raise errors.RunUnknown
        terms = licence.terms
        snapshot = queries.ready_snapshot(session, terms.dataset)
        found = queries.find_sample(session, snapshot.snapshot_id)
    if found is None:
        raise errors.SampleUnknown
    return found.seen_with(terms.tables().get(found.facts["table"], ()))
