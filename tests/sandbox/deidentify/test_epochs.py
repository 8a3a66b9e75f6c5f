"""Epochs of a series: whoever is in two of them is found, and no budget counts twice for anybody."""

import hashlib
import hmac
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from sandbox import errors
from sandbox.deidentify.declaration import TreatedTable
from sandbox.deidentify.people import Series
from sandbox.deidentify.sources.source import Source
from sandbox.models import PrivacyEntry
from sandbox.service import ledger
from sandbox.service.ledger import Spend
from tests.make import Maker
from tests.sandbox.deidentify.tables import OPEN, PERSON, stored, treat, write

KEY = bytes(range(32, 64)).hex()
COLUMNS = {"person": PERSON, "n": OPEN}
CAP = 100


def epoch(
    folder: Path, people: Sequence[Any], *others: TreatedTable, drop_known: bool = False
) -> TreatedTable:
    source = write(folder / "source.parquet", person=people, n=range(len(people)))
    series = Series(KEY, tuple(one.memory for one in others), drop_known)
    return treat(source, folder, COLUMNS, series=series, person_column="person")


def remembered(made: TreatedTable, folder: Path) -> list[int]:
    digests: list[int] = pq.read_table(folder / f"{made.memory}.people")["digest"].to_pylist()
    return digests


def test_what_is_remembered_is_sorted_truncated_keyed_hashes_for_the_owner_alone(
    tmp_path: Path,
) -> None:
    made = epoch(tmp_path, ["b", "a", "b", "c"])
    expected = {
        int(hmac.new(bytes.fromhex(KEY), text.encode(), hashlib.sha256).hexdigest()[:16], 16)
        for text in "ABC"
    }
    assert remembered(made, tmp_path) == sorted(expected)
    path = tmp_path / f"{made.memory}.people"
    assert path.stat().st_mode & 0o777 == 0o600
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.memory
    # The order of the rows and how many there are of a person tell nothing.
    assert epoch(tmp_path, ["c", "a", "b"]).memory == made.memory


def test_without_a_series_nobody_is_remembered(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", person=["a"], n=[1])
    made = treat(source, tmp_path, COLUMNS, person_column="person")
    assert made.memory == ""
    assert list(tmp_path.glob("*.people")) == []


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ([12, 7], ["12", "9"]),
        (["62010219900101123x", "q"], ["62010219900101123X", "r"]),
        (["0012", "a"], [12, 9]),
        ([" 12\t", "a"], ["12", "b"]),
        ([12, 7], ["12.0", "9.0"]),
    ],
)
def test_a_person_in_two_epochs_is_found_whatever_the_spelling(
    tmp_path: Path, first: list[Any], again: list[Any]
) -> None:
    made = epoch(tmp_path, first)
    with pytest.raises(errors.PeopleKnown) as refused:
        epoch(tmp_path, again, made)
    assert refused.value.facts == {"table": "t", "people": 1}
    with pytest.raises(errors.PeopleKnown):
        epoch(tmp_path, first, epoch(tmp_path, again))


def test_texts_of_a_table_and_numbers_of_a_file_are_the_same_person(tmp_path: Path) -> None:
    made = epoch(tmp_path, [1, 2, 3])
    path = tmp_path / "later.csv"
    path.write_text("person,n\n3,1\n4,1\n", encoding="utf-8")
    with pytest.raises(errors.PeopleKnown):
        treat(
            Source(str(path)), tmp_path, COLUMNS, series=Series(KEY, (made.memory,)),
            person_column="person",
        )  # fmt: skip


def test_known_people_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    made = epoch(tmp_path, ["a", "b", "c"])
    later = epoch(tmp_path, ["b", "d", "c", "b", "e"], made, drop_known=True)
    assert later.report["known"] == {"people": 2, "rows": 3}
    assert sorted(row[1] for row in stored(later, tmp_path)) == [1, 4]
    assert later.rows_per_person == 1
    assert len(remembered(later, tmp_path)) == 2
    # Who was left out of the second epoch is still in the first, and so not in a third.
    with pytest.raises(errors.PeopleKnown):
        epoch(tmp_path, ["b"], made, later)
    assert epoch(tmp_path, ["d"], made).report["known"] == {"people": 0, "rows": 0}


def test_people_of_a_memory_are_found_among_a_hundred_thousand(tmp_path: Path) -> None:
    made = epoch(tmp_path, range(100_000))
    with pytest.raises(errors.PeopleKnown) as refused:
        epoch(tmp_path, [*range(100_000, 200_000), 31, 99_999], made)
    assert refused.value.facts["people"] == 2
    epoch(tmp_path, range(100_000, 200_000), made)


@pytest.mark.parametrize("people", [["a", None], [1.0, 2.0], [1.5, None]])
def test_rows_that_name_no_exact_person_prove_nothing(tmp_path: Path, people: list[Any]) -> None:
    with pytest.raises(errors.PeopleNotComparable):
        epoch(tmp_path, people)


def test_people_whose_identifier_is_dropped_prove_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", person=["a"], n=[1])
    dropped = {"person": {"class": "identifier", "treatment": "drop"}, "n": OPEN}
    with pytest.raises(errors.PeopleNotComparable):
        treat(source, tmp_path, dropped, series=Series(KEY))


def test_a_table_about_nobody_has_nobody_to_compare(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", n=[1, 2])
    assert treat(source, tmp_path, {"n": OPEN}, series=Series(KEY)).memory == ""


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_memory_that_is_not_whole_lets_nobody_in(tmp_path: Path, harm: str) -> None:
    made = epoch(tmp_path, ["a"])
    path = tmp_path / f"{made.memory}.people"
    if harm == "lost":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    with pytest.raises(errors.EpochMemoryLost):
        epoch(tmp_path, ["b"], made)


#: An ingest: which epoch, who is in it, whether known people are left out; then what is asked of the epoch.
_STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sets(st.integers(0, 9), min_size=1, max_size=5),
        st.booleans(),
        st.lists(st.integers(1, 60), max_size=3),
    ),
    min_size=2,
    max_size=7,
)


class Populations:
    """Epochs of one series with the people that got into each, and a ledger of their lineages."""

    def __init__(self, make: Maker, folder: Path) -> None:
        self.make, self.folder, self.name = make, folder, folder.name
        self.memories: defaultdict[int, list[TreatedTable]] = defaultdict(list)
        self.members: defaultdict[int, set[int]] = defaultdict(set)
        self.runs = 0

    def bring(self, number: int, people: set[int], *, drop_known: bool) -> None:
        others = {one: made for one, made in self.memories.items() if one != number}
        theirs: set[int] = set().union(*(self.members[one] for one in others))
        memories = [one for made in others.values() for one in made]
        if people & theirs and not drop_known:
            with pytest.raises(errors.PeopleKnown):
                epoch(self.folder, sorted(people), *memories)
            return
        made = epoch(self.folder, sorted(people), *memories, drop_known=drop_known)
        assert made.report["known"]["people"] == len(people & theirs)
        self.memories[number].append(made)
        self.members[number] |= people - theirs

    def ask(self, number: int, rho: int) -> None:
        self.runs += 1
        run_id = f"{self.name}-{self.runs}"
        spend = Spend(run_id, self.lineage(number), "", (), rho, CAP)
        try:
            with self.make.home.db.transaction() as session:
                ledger.reserve(session, spend, self.make.clock())
                ledger.commit(session, run_id)
        except errors.BudgetSpent:
            return

    def lineage(self, number: int) -> str:
        return f"{self.name}-{number}"

    def spent_on(self, person: int) -> int:
        lineages = [self.lineage(one) for one, people in self.members.items() if person in people]
        with self.make.home.db.read() as session:
            entries = session.exec(select(PrivacyEntry)).all()
        return sum(one.rho for one in entries if one.lineage_id in lineages)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(steps=_STEPS)
def test_over_all_epochs_nobody_spends_more_than_one_budget(
    make: Maker, steps: list[tuple[int, set[int], bool, list[int]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = Populations(make, Path(folder))
        for number, people, drop_known, costs in steps:
            world.bring(number, people, drop_known=drop_known)
            # Nobody asks an epoch of which no version came in.
            for rho in costs if world.members[number] else ():
                world.ask(number, rho)
        assert all(world.spent_on(person) <= CAP for person in range(10))
