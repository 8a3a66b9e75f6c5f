"""Whatever an honest query asks and whoever the person is: no number leaves bare, no bound is passed."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.guard import analyse
from sandbox.engine.noise import cost_of, measured_of
from tests.sandbox.engine.guard.test_noised import (
    PLACES,
    ROWS,
    cells,
    connect,
    describe,
    exact,
    moved,
)

CONDITIONS = ("age > 30", "sex = 'f'", "pay IS NULL", "place <> 'A'", "pay / 7 > 3 OR rate < 1")
_MEASURES = ("SUM", "AVG", "STDDEV", "VAR_POP", "MEDIAN")
AGGREGATES = (
    "COUNT(*)", "COUNT(pay)", "COUNT_IF(pay > 500)", "COUNT(DISTINCT id)", "quantile_cont(rate, 0.9)",
    *(f"{name}({column})" for name in _MEASURES for column in ("pay", "rate")),
)  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.sampled_from(("place", "sex")), unique=True, max_size=2))
    asked = draw(st.lists(st.sampled_from(AGGREGATES), min_size=1, max_size=3))
    filters = draw(st.lists(st.sampled_from((None, *CONDITIONS)), min_size=3, max_size=3))
    said = [
        f"{one} FILTER (WHERE {condition})" if condition else one
        for one, condition in zip(asked, filters, strict=False)
    ]
    wheres = draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))
    sql: str = f"SELECT {', '.join([*keys, *said])} FROM people"
    sql += f" WHERE {' AND '.join(f'({one})' for one in wheres)}" if wheres else ""
    sql += f" GROUP BY {', '.join(keys)}" if keys else ""
    over = draw(st.sampled_from(("", f" HAVING {said[0]} > 3", " ORDER BY 1 LIMIT 2")))
    return f"{sql}{over}"


@st.composite
def persons(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """All rows of one person, with values beyond every bound."""
    places = st.sampled_from((*PLACES, "elsewhere", None))
    amounts = st.sampled_from((None, 0, -(2**31), 999, -5, 2**31 - 1))
    rates = st.sampled_from((None, "0.00", "2.50", "99999.99", "-3.00"))
    ages = st.integers(0, 99)
    rows = st.tuples(
        st.just(99), places, st.sampled_from("fm"), ages, amounts, rates, st.just(0.0)
    )  # fmt: skip
    return draw(st.lists(rows, min_size=1, max_size=ROWS))


CROWD = [(one, PLACES[one % 4], "fm"[one % 2], 3 * one, 40 * one, "1.25", 0.0) for one in range(24)]


@given(queries(), persons())
@settings(max_examples=60, deadline=None)
def test_no_number_leaves_bare_and_no_bound_is_passed(
    sql: str, person: list[tuple[Any, ...]]
) -> None:
    plan = analyse(sql, describe())
    assert plan.noise is not None
    measured = measured_of(plan.noise)
    cost = cost_of(plan.noise, 50.0)
    assert len(cost.sigmas) == len(measured) > 0
    assert all(sigma > 0 for sigma in cost.sigmas)
    with connect(CROWD) as connection:
        keys, before = cells(plan, exact(plan, connection))
    with connect(CROWD + person) as connection:
        same, after = cells(plan, exact(plan, connection))
    assert same == keys
    for old, new, one in zip(before, after, measured, strict=True):
        assert moved(old, new) <= one["sensitivity"]
