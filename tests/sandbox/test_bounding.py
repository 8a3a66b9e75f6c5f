"""Ranks of ingest: few rows of each person stay, in an order that a key decides and nobody else's rows do."""

import hashlib
import hmac
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketplace.operations.demo.material import DATA, HEALTH
from sandbox import errors, queries, rules, service
from sandbox.deidentify.declaration import TreatedTable, read_declaration
from sandbox.deidentify.inside import treat_table
from sandbox.deidentify.people.bounding import keyed_hash
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.sources.source import source_of
from sandbox.deidentify.treatments import Secret
from sandbox.engine.guard import analyse, read_description
from sandbox.engine.process import Engine, Extract, ExtractTable, Limits
from sandbox.rules import Sight
from tests.make import Maker

KEY = b"k" * 32
# What is tried here is the bounding; how well these columns hide people is no part of it.
COLUMNS: dict[str, Any] = {
    "id": {"class": "identifier", "treatment": "pseudonym"},
    "region": {"class": "dimension", "quasi": False, "values": ["A", "B", "C", "D"]},
    "sex": {"class": "dimension", "quasi": False, "values": ["f", "m"]},
}
BOUNDED: dict[str, Any] = {
    "person_column": "id",
    "columns": COLUMNS,
    "rows_per_person_kept": 20,
    "key_sets": [["region"], ["sex", "region"]],
}
SOME = "SELECT i // 9 AS id, substr('ABCD', 1 + (i * 7 % 4)::INT, 1) AS region, substr('fm', 1 + (i % 2)::INT, 1) AS sex"


def treated(
    folder: Path, rows: str, table: dict[str, Any] = BOUNDED, key: bytes = KEY
) -> tuple[TreatedTable, str]:
    """One table as ingest stores it, and what reads it."""
    source = folder / "raw.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{source}' (FORMAT parquet)")
    (rule,) = read_declaration({"tables": {"t": table}}).tables
    found = treat_table(
        rule,
        source_of(source),
        secret=Secret(key, b"marks"),
        folder=folder,
        protection=Protection(),
    )
    return found, f"read_parquet('{folder / found.sha256}.parquet')"


def ask(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def test_of_a_person_with_a_hundred_thousand_rows_the_declared_number_stays(tmp_path: Path) -> None:
    many = f"{SOME} FROM range(900) t(i) UNION ALL {SOME.replace('i // 9', '-1')} FROM range(100000) t(i)"
    table, file = treated(tmp_path, many)
    assert table.rows_per_person == 20
    assert table.rows_cut == 100_000 - 20
    assert table.rows == 900 + 20
    assert ask(f"SELECT max(n) FROM (SELECT count(*) AS n FROM {file} GROUP BY id)") == [(20,)]
    # What stays is spread over its groups as its rows are: nothing chose one of them.
    assert (
        len(ask(f"SELECT DISTINCT region FROM {file} WHERE id = (SELECT mode(id) FROM {file})")) > 2
    )


def test_what_is_kept_of_such_a_person_is_what_an_answer_counts(
    tmp_path: Path, engine: Engine, snapshots: Path
) -> None:
    """The whole way: ingest, the guard, the engine over a stored file with its hidden columns."""
    many = "SELECT -1 AS id, substr('ABCD', 1 + (i % 4)::INT, 1) AS region, 'f' AS sex FROM range(100000) t(i)"
    table, _ = treated(tmp_path, f"{many} UNION ALL {SOME} FROM range(90) t(i)")
    file = snapshots / f"{table.sha256}.parquet"
    (tmp_path / f"{table.sha256}.parquet").rename(file)
    stored = {**asdict(table), "columns": list(table.columns)}
    manifest = {"count_base": 5, "joins": [], "tables": {"t": stored}}
    seen = rules.describe(manifest, Sight("dp", {"t": ("region",)}, 0))
    plan = analyse("SELECT region, COUNT(*) FROM t GROUP BY region", read_description(seen))
    assert plan.noise is not None
    assert plan.noise["kept"] == [{"groups": 3, "rows": 1}]
    columns = rules.extract_columns(seen)["t"]
    extract = Extract("bounded", (ExtractTable("t", str(file), columns),))
    answer = engine.run(run_id="bounded", sql=plan.sql, extract=extract, limits=Limits())
    # Eleven people, each with one row in at most three of its groups.
    assert sum(row[1] for row in answer.rows) == 33


def test_ranks_are_places_among_the_rows_of_one_person(tmp_path: Path) -> None:
    table, file = treated(tmp_path, f"{SOME} FROM range(900) t(i)")
    assert table.hidden["key_sets"][1] == {"columns": ["sex", "region"], "rc": "rc 2", "ck": "ck 2"}
    for rc, ck, keys in (("rc 1", "ck 1", "region"), ("rc 2", "ck 2", "sex, region")):
        groups = ask(f'SELECT list_sort(list("{rc}")) FROM {file} GROUP BY id, {keys}')
        assert all(found == list(range(1, len(found) + 1)) for (found,) in groups)
        persons = ask(f'SELECT list_sort(list(DISTINCT "{ck}")) FROM {file} GROUP BY id')
        assert all(found == list(range(1, len(found) + 1)) for (found,) in persons)
        # One group has one place.
        assert ask(f'SELECT max(n) FROM (SELECT count(DISTINCT "{ck}") AS n FROM {file} GROUP BY id, {keys})') == [(1,)]  # fmt: skip
    assert "rc 1" not in {one["name"] for one in table.columns}


def test_a_person_more_changes_nobody_elses_ranks(tmp_path: Path) -> None:
    _, before = treated(tmp_path, f"{SOME} FROM range(900) t(i)")
    _, after = treated(tmp_path, f"{SOME} FROM range(940) t(i)")
    assert ask(f"SELECT * FROM {before} EXCEPT ALL SELECT * FROM {after}") == []
    assert len(ask(f"SELECT * FROM {after} EXCEPT ALL SELECT * FROM {before}")) == 40


def test_the_order_is_of_the_key_and_the_same_each_time(tmp_path: Path) -> None:
    rows = f"{SOME} FROM range(900) t(i)"
    first, _ = treated(tmp_path, rows)
    again, _ = treated(tmp_path, rows)
    assert again.sha256 == first.sha256
    other, _ = treated(tmp_path, rows, key=b"j" * 32)
    assert other.sha256 != first.sha256


@pytest.mark.parametrize("text", ["", "x\n1", "人 1"])
def test_the_keyed_hash_is_that_of_rfc_2104(text: str) -> None:
    wanted = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    quoted = f"'{text}'"
    assert ask(f"SELECT {keyed_hash(KEY, quoted)}") == [(wanted,)]


@pytest.mark.parametrize(
    "change",
    [
        {"key_sets": [["region", "nothing"]]},
        {"key_sets": [["id"]]},
        {"key_sets": [[]]},
        {"key_sets": [["region", "region"]]},
        {"rows_per_person_kept": 0},
        {"rows_per_person_kept": "many"},
        {"groups_per_person": -1},
        {"rows_per_group": True},
        {"person_column": ""},
    ],
)
def test_a_bounding_that_cannot_be_meant_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(errors.DeclarationMalformed):
        read_declaration({"tables": {"t": {**BOUNDED, **change}}})


def test_of_a_public_table_ingest_proves_what_is_unique_and_lists_the_values(
    tmp_path: Path,
) -> None:
    columns = {
        "town": {"class": "dimension"},
        "region": {"class": "dimension", "values": ["north", "south"]},
        "code": {"class": "dimension"},
        "people": {"class": "measure"},
    }
    towns = "SELECT * FROM (VALUES ('b', 'north', 1, 5), ('a', 'north', 2, 6), ('c', 'west', NULL, 6)) t(town, region, code, people)"
    table, _ = treated(tmp_path, towns, {"columns": columns})
    facts = {one["name"]: one for one in table.columns}
    assert facts["town"] == {
        "name": "town", "type": "VARCHAR", "class": "dimension", "unique": True,
        "complete": True, "values": ["a", "b", "c"],
    }  # fmt: skip
    assert "unique" not in facts["region"]
    assert facts["region"]["values"] == ["north", "south"]
    assert "unique" not in facts["code"]
    assert facts["code"]["values"] == [1, 2]
    assert "values" not in facts["people"]
    # Of people nothing is read out of the data.
    rows = f"{SOME} FROM range(4) t(i)"
    plain = {**COLUMNS, "region": {"class": "dimension", "quasi": False}}
    people, _ = treated(tmp_path, rows, {"person_column": "id", "columns": plain})
    assert [set(one) & {"unique", "values"} for one in people.columns] == [set(), set(), {"values"}]


def test_an_empty_table_of_people_is_answered_as_one_with_a_row_each(tmp_path: Path) -> None:
    table, _ = treated(tmp_path, f"{SOME} FROM range(0) t(i)")
    assert (table.rows, table.rows_per_person) == (0, 0)
    stored = {"columns": list(table.columns), "person_column": "id", "rows_per_person": 0}
    manifest = {"count_base": 5, "joins": [], "tables": {"t": stored}}
    seen = rules.describe(manifest, Sight("dp", {"t": ("region",)}, 0))
    plan = analyse("SELECT region, COUNT(*) FROM t GROUP BY region", read_description(seen))
    assert plan.noise is not None
    assert plan.noise["moved"] == 1


def test_a_manifest_lists_hidden_columns_apart_and_a_run_in_dp_has_them_in_its_extract(
    make: Maker,
) -> None:
    declaration = {
        **HEALTH.declaration,
        "tables": {
            "visits": {**HEALTH.declaration["tables"]["visits"], "key_sets": [["sex"], ["site_no"]],
                       "rows_per_person_kept": 4}
        },
    }  # fmt: skip
    _, product = make.registered()
    service.ingest(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.NewSnapshot(
            dataset="ranked", title="ranked", product_code=product, declaration=declaration,
            sources={"visits": DATA / "health_insurance_visits.parquet"}, folder=make.snapshots,
        ),
        seal=make.home.seal,
    )  # fmt: skip
    with make.home.db.read() as session:
        manifest = queries.newest_snapshot(session, "ranked").manifest
    table = manifest["tables"]["visits"]
    assert table["rows_per_person"] == 4
    assert table["rows_cut"] > 0
    assert [one["rc"] for one in table["hidden"]["key_sets"]] == ["rc 1", "rc 2"]
    for mode, hidden in (("dp", ("rc 1", "ck 1")), ("aggregate", ()), ("open", ())):
        seen = rules.describe(manifest, Sight(mode, {"visits": ("sex",)}, 0))
        columns = rules.extract_columns(seen)["visits"]
        # The other key set is of a column that is not licensed.
        assert tuple(one for one in columns if " " in one) == hidden
