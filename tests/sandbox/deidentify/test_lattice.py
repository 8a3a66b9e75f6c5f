"""The search of levels: as good as trying every node, and what is found passes the ingest."""

import tempfile
from collections import Counter, defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.operations.demo.material import DATA, HEALTH_DECLARATION
from sandbox import errors
from sandbox.deidentify import inside
from sandbox.deidentify.declaration import TableRule, read_declaration
from sandbox.deidentify.lattice import Wanted, searching
from sandbox.deidentify.lattice.counting import Tuples
from sandbox.deidentify.lattice.ladders import declared_with, ladders_of, rules_at
from sandbox.deidentify.lattice.searching import search
from sandbox.deidentify.sources.convert import converted
from sandbox.deidentify.sources.opened import open_view
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.sources.workroom import workroom
from sandbox.deidentify.treat import search_levels
from sandbox.deidentify.treatments import Secret
from tests.sandbox.deidentify.tables import PERSON, write

TOWNS = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
REGIONS = {"a": "x", "b": "x"}
COLUMNS: dict[str, Any] = {
    "id": PERSON,
    "age": {"class": "dimension", "treatment": "band", "edges": [0, 2, 4, 6], "coarser": [[0, 4]]},
    "town": {"class": "dimension", "treatment": "generalise", "hierarchy": [TOWNS, REGIONS]},
    "sex": {"class": "dimension"},
    "ill": {"class": "dimension", "quasi": False, "sensitive": True},
}
#: What each level makes of a value; None is dropped. The oracle knows nothing of the SQL.
LEVELS: dict[str, list[Any]] = {
    "age": [
        lambda v: v,
        lambda v: None if v is None else v // 2,
        lambda v: None if v is None else v // 4,
        lambda _: 0,
    ],
    "town": [lambda v: v, TOWNS.get, lambda v: v and REGIONS[TOWNS[v]], lambda _: 0],
    "sex": [lambda v: v, lambda _: 0],
}

#: A missing value is a value like others.
Row = tuple[str, int | None, str | None, str, str | None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from("pqrstuvw"),
        st.one_of(st.none(), st.integers(0, 7)),
        st.one_of(st.none(), st.sampled_from(sorted(TOWNS))),
        st.sampled_from("fm"),
        st.sampled_from(["flu", "none", None]),
    ),
    min_size=1,
    max_size=16,
)


def table_of(columns: dict[str, Any], **more: Any) -> TableRule:
    return read_declaration({"tables": {"t": {"columns": columns, **more}}}).tables[0]


def searched(rows: list[Row], table: TableRule, wanted: Wanted) -> tuple[Any, list[list[float]]]:
    """What the search tells (None: nothing passes), and the penalties of each level."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
        source = write(folder / "t.parquet", **columns)
        with workroom(folder) as room, converted(source, "t", folder=folder, room=room) as raw:
            with inside.connected(room) as db:
                open_view(db, raw, "t")
                types = inside._types(db, "raw")
                penalties = Tuples(db, table, ladders_of(table), types).penalties
            with inside.connected(room) as db:
                open_view(db, raw, "t")
                try:
                    return search(db, table, types, wanted), penalties
                except errors.LevelsMissing:
                    return None, penalties


def loss_of(
    rows: list[Row], node: tuple[int, ...], wanted: Wanted, penalties: list[list[float]]
) -> float | None:
    """The loss of one node, from the definitions alone; None where it does not protect enough."""
    classes: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(
            LEVELS[name][level](value)
            for name, level, value in zip(LEVELS, node, row[1:4], strict=True)
        )
        classes[key].append(row)
    kept = [one for one in classes.values() if len({row[0] for row in one}) >= wanted.k]
    stay = [row for one in kept for row in one]
    share = 1 - len(stay) / len(rows)
    if not kept or share > wanted.suppressed_share + 1e-12:
        return None
    whole = Counter(row[4] for row in stay)
    for one in kept:
        ills = Counter(row[4] for row in one)
        distance = sum(abs(ills[v] / len(one) - whole[v] / len(stay)) for v in whole) / 2
        if len(ills) < wanted.l or (wanted.t < 1 and distance > wanted.t + 1e-9):
            return None
    levels = [column[level] for column, level in zip(penalties, node, strict=True)]
    return (1 - share) * sum(levels) / len(levels) + share


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    k=st.integers(1, 4),
    fewest=st.integers(1, 3),
    t=st.sampled_from([1.0, 0.3, 0.6]),
    share=st.sampled_from([0.0, 0.2, 0.5]),
)
def test_the_search_finds_what_trying_every_node_finds(
    rows: list[Row], k: int, fewest: int, t: float, share: float
) -> None:
    wanted = Wanted(k, fewest, t, share)
    table = table_of(COLUMNS, person_column="id")
    found, penalties = searched(rows, table, wanted)
    every = product(*(range(len(one)) for one in penalties))
    losses = [loss_of(rows, node, wanted, penalties) for node in every]
    possible = [one for one in losses if one is not None]
    assert (found is None) == (not possible)
    if found is not None:
        assert found["certainty_penalty"] == pytest.approx(min(possible), abs=1e-5)
        assert found["nodes"] == len(losses) == 4 * 4 * 2
        assert found["looked_at"] <= found["nodes"]


def test_what_is_found_passes_the_ingest_with_the_same_numbers(tmp_path: Path) -> None:
    visits = HEALTH_DECLARATION["tables"]["visits"]
    ages = {"treatment": "band", "edges": list(range(0, 70, 10)), "coarser": [[0, 20, 40, 60]]}
    columns = {**visits["columns"], "age_years": {"class": "dimension", **ages}}
    document = {**HEALTH_DECLARATION, "tables": {"visits": {**visits, "columns": columns}}}
    source = Source(str(DATA / "health_insurance_visits.parquet"))
    table = read_declaration(document).tables[0]
    found = search_levels(table, source, folder=tmp_path, wanted=Wanted(4, suppressed_share=0.02))
    rules = rules_at(table, found["levels"])
    made = declared_with(document, "visits", rules, wanted=Wanted(4), has_suppressed=True)
    done = inside.treat_table(
        read_declaration(made).tables[0],
        source,
        secret=Secret(b"k", b"m"),
        folder=tmp_path,
        protection=read_declaration(made).protection,
    )
    after = done.report["after"]
    assert (after["k"], after["classes"]) == (found["k"], found["classes"])
    assert done.report["suppressed"]["rows"] == found["suppressed_rows"]
    assert done.report["certainty_penalty"]["all"] == pytest.approx(
        found["certainty_penalty"], abs=1e-5
    )
    # Whoever suppresses loses each such row to all the others.
    assert found["discernibility"] == after["discernibility"] + found["suppressed_rows"] * 20_190


def test_values_outside_the_hierarchy_are_told_by_number(tmp_path: Path) -> None:
    source = write(tmp_path / "t.parquet", town=["a1", "elsewhere"])
    table = table_of({"town": COLUMNS["town"]})
    with pytest.raises(errors.ValuesOutsideHierarchy) as refused:
        search_levels(table, source, folder=tmp_path, wanted=Wanted(1))
    assert refused.value.facts["rows"] == 1


def test_nothing_protects_fewer_people_than_are_wanted(tmp_path: Path) -> None:
    source = write(tmp_path / "t.parquet", id=["p", "p", "q"], sex=["f", "f", "m"])
    table = table_of({"id": PERSON, "sex": {"class": "dimension"}}, person_column="id")
    with pytest.raises(errors.LevelsMissing):
        search_levels(table, source, folder=tmp_path, wanted=Wanted(3))
    assert search_levels(table, source, folder=tmp_path, wanted=Wanted(2))["levels"] == [1]


def test_too_many_levels_and_none_at_all_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "t.parquet", age=[1], sex=["f"])
    dates = {"class": "dimension", "treatment": "date_shift", "days": [0, 9]}
    shifted = table_of({"id": PERSON, "day": dates}, person_column="id")
    with pytest.raises(errors.DeclarationMalformed):
        ladders_of(shifted)
    with pytest.raises(errors.DeclarationMalformed):
        search_levels(
            table_of({"age": {"class": "measure"}, "sex": {"class": "measure"}}),
            source,
            folder=tmp_path,
            wanted=Wanted(1),
        )
    monkeypatch.setattr(searching, "MOST_NODES", 7)
    table = table_of({"age": COLUMNS["age"], "sex": COLUMNS["sex"]})
    with inside.connected(tmp_path) as db, pytest.raises(errors.LatticeTooLarge) as refused:
        search(db, table, {}, Wanted(1))
    assert refused.value.facts == {"nodes": 8, "most": 7}


def test_found_levels_are_written_into_the_declaration() -> None:
    document: dict[str, Any] = {
        "tables": {"t": {"columns": COLUMNS, "person_column": "id"}},
        "joins": [],
    }
    table = read_declaration(document).tables[0]
    made = declared_with(
        document, "t", rules_at(table, [2, 2, 1]), wanted=Wanted(7), has_suppressed=True
    )
    body = made["tables"]["t"]
    assert body["columns"]["age"] == {**COLUMNS["age"], "edges": [0, 4], "coarser": []}
    assert body["columns"]["town"]["level"] == 2
    assert body["columns"]["sex"]["treatment"] == "drop"
    assert body["columns"]["ill"] == COLUMNS["ill"]
    assert body["suppress_small_classes"] is True
    assert read_declaration(made).protection.least == 7
    assert document["tables"]["t"]["columns"]["sex"] == {"class": "dimension"}


@pytest.mark.parametrize("coarser", [[[2, 4]], [[0, 3]], [[0, 2, 4, 6]], [[4, 0]], [[]]])
def test_coarser_bands_keep_some_of_the_edges(coarser: list[list[int]]) -> None:
    with pytest.raises(errors.DeclarationMalformed):
        table_of({"age": {**COLUMNS["age"], "coarser": coarser}})
