"""What the handbook tells is what the guard does, and an example is answered as DuckDB itself answers it."""

from collections.abc import Iterator

import duckdb
import pytest

from sandbox.engine.guard import analyse, read_description
from sandbox.engine.guard.functions import AGGREGATES, SCALARS, WINDOWS
from sandbox.engine.handbook import HANDBOOK, Entry, chapters
from sandbox.errors.guard import SqlRefused
from tests.sandbox.engine.guard.corpus import MODES, assert_is_told, run
from tests.sandbox.engine.guard.test_honest import bag

ENTRIES = [one for chapter in chapters() for one in chapter.entries]
EACH = pytest.mark.parametrize("entry", ENTRIES, ids=[one.names[0] for one in ENTRIES])


@pytest.fixture(scope="module")
def visits() -> Iterator[duckdb.DuckDBPyConnection]:
    """Ten thousand people with four visits each, in the tables of the handbook."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("select setseed(0.2)")
    connection.execute("""
        create table visits as select
          'p' || (i % 10000) as person_id, ['620102', '620103'][1 + (i % 2)] as county,
          ['F', 'M'][1 + (i // 2 % 2)] as sex, ['ICU', 'icu', 'ICU-1', 'UCI', null][1 + (i % 5)] as ward,
          (random() * 100)::integer as age, (random() * 5000)::decimal(10, 2) as cost,
          random() * 200 as weight, date '2025-01-01' + (i % 365)::integer as admitted,
          timestamp '2025-01-01' + interval (i) minute as arrived
        from range(40000) as r(i)""")
    connection.execute("""
        create table counties as select * from (values
          ('620102', '城关区', 1500000), ('620103', '七里河区', 200000)) as c(code, name, residents)""")
    yield connection
    connection.close()


def test_every_function_and_no_other_has_an_example() -> None:
    told = {name for one in ENTRIES if not one.title for name in one.names}

    assert told == {*SCALARS, *AGGREGATES, *WINDOWS}


@EACH
@pytest.mark.parametrize("mode", MODES)
def test_the_guard_takes_an_example_in_the_modes_that_are_told(entry: Entry, mode: str) -> None:
    under = read_description({**HANDBOOK, "mode": mode})

    if mode in entry.modes:
        assert analyse(entry.sql, under).mode == mode
    else:
        with pytest.raises(SqlRefused) as refusal:
            analyse(entry.sql, under)
        assert_is_told(refusal.value)


@EACH
def test_an_example_is_answered_as_by_duckdb(
    entry: Entry, visits: duckdb.DuckDBPyConnection
) -> None:
    plan = analyse(entry.sql, read_description({**HANDBOOK, "mode": "open"}))

    assert bag(run(visits, plan)) == bag(visits.execute(entry.sql).fetchall())


@EACH
def test_an_example_for_protected_rows_has_an_answer(
    entry: Entry, visits: duckdb.DuckDBPyConnection
) -> None:
    if "aggregate" not in entry.modes:
        return
    plan = analyse(entry.sql, read_description({**HANDBOOK, "mode": "aggregate"}))

    assert len(run(visits, plan)) <= len(visits.execute(entry.sql).fetchall()) + 2
