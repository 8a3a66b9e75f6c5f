"""Epochs of a series: datasets that share nobody, so that each lineage of them has a budget of its own.

An epoch is a lineage: what was made from a dataset has its people, and so it is of its epoch and of its
series. A series is one provider's; two providers, or two series, are not compared (decision 40).
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from sandbox import errors
from sandbox.models import Dataset, Snapshot


@dataclass(frozen=True, slots=True)
class Epoch:
    """The people of a dataset: their lineage and series (empty: none), and what its other epochs remember.

    ``others`` are files of the store by SHA-256, sorted; ``checked`` counts the epochs that they are of.
    """

    lineage_id: str
    series: str = ""
    others: tuple[str, ...] = ()
    checked: int = 0


def find_epoch(
    session: Session, *, provider_id: str, origin: Dataset | None, series: str, lineage_id: str
) -> Epoch:
    """Where a dataset belongs that is its own origin, is made from it, or (None) begins a lineage of this name.

    Raises:
        SeriesFixed: the origin is in another series, or in none.
        EpochMemoryLost: a version of another epoch does not name the memory of its people.
    """
    if origin is not None:
        if series not in ("", origin.series):
            raise errors.SeriesFixed(name=origin.name)
        series, lineage_id = origin.series, origin.lineage_id
    if not series:
        return Epoch(lineage_id)
    # Deleted versions too: what was answered from them stays known.
    found = session.exec(
        select(Dataset.lineage_id, Snapshot).where(
            Dataset.id == Snapshot.dataset_id,
            Dataset.provider_id == provider_id,
            Dataset.series == series,
            col(Dataset.lineage_id) != lineage_id,
        )
    ).all()
    files: set[str] = set()
    for _, snapshot in found:
        tables = snapshot.manifest["tables"].items()
        if {name for name, table in tables if table["person_column"]} != snapshot.people.keys():
            raise errors.EpochMemoryLost
        files.update(snapshot.people.values())
    return Epoch(lineage_id, series, tuple(sorted(files)), len({one for one, _ in found}))
