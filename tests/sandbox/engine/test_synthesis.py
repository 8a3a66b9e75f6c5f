"""Synthetic rows: from declared domains alone, through noise of the claimed size, along a forest of pairs."""

import math
from collections import Counter
from typing import Any

import pytest

from sandbox.engine.noise import NANO
from sandbox.engine.synthesis import (
    ROWS,
    Domain,
    Margins,
    costs_of,
    counting_sql,
    draw_rows,
    margins_of,
    most_rows,
    noised_margins,
)

TABLE: dict[str, Any] = {
    "person_column": "id",
    "rows_per_person": 3,
    "columns": [
        {"name": "id", "type": "VARCHAR", "class": "identifier"},
        {"name": "sex", "type": "VARCHAR", "class": "dimension", "values": ["f", "m"]},
        {"name": "year", "type": "BIGINT", "class": "dimension", "values": ["1", "2", "3"]},
        {"name": "town", "type": "VARCHAR", "class": "dimension"},
        {"name": "paid", "type": "DECIMAL(9,2)", "class": "measure", "bounds": [0.0, 50.0]},
        {"name": "visits", "type": "BIGINT", "class": "measure", "bounds": [0.0, 8.0]},
        {"name": "open", "type": "DOUBLE", "class": "measure"},
    ],
}
#: sex, year and the first pair of both: 100 rows, women in year 1 and men in year 3.
COUNTED = [
    (0, 0, 0, 60), (0, 1, 0, 40), (1, 0, 0, 60), (1, 2, 0, 40),
    (2, 4, 0, 100), (3, 2, 0, 100), (4, 0, 0, 60), (4, 1, 2, 40),
]  # fmt: skip


def margins(**changes: Any) -> Margins:
    return margins_of("people", {**TABLE, **changes}, None)


def test_only_columns_with_declared_domains_are_counted() -> None:
    found = margins()
    assert [one.name for one in found.columns] == ["sex", "year", "paid", "visits"]
    assert found.left_out == ("town", "open")
    assert found.names() == [
        ["sex"], ["year"], ["paid"], ["visits"],
        ["sex", "year"], ["year", "paid"], ["paid", "visits"],
    ]  # fmt: skip
    assert found.moved == 3


@pytest.mark.parametrize(
    "pairs",
    [
        [("sex", "town")],
        [("sex", "id")],
        [("sex", "sex")],
        [("sex", "year"), ("year", "paid"), ("paid", "sex")],
        [("sex", "year"), ("year", "sex")],
        [("sex",)],
    ],
)
def test_pairs_that_make_no_forest_of_counted_columns_are_refused(pairs: Any) -> None:
    with pytest.raises(ValueError, match=r"people|town|id|sex"):
        margins_of("people", TABLE, pairs)


def test_a_table_without_public_domains_has_no_sample() -> None:
    columns = [TABLE["columns"][0], TABLE["columns"][3]]
    with pytest.raises(ValueError, match="people"):
        margins(columns=columns)


def test_a_wide_pair_is_not_taken_by_itself_and_refused_where_it_is_wanted() -> None:
    wide = [
        {"name": name, "type": "VARCHAR", "class": "dimension", "values": [str(one) for one in range(80)]}
        for name in ("a", "b")
    ]  # fmt: skip
    table = {**TABLE, "columns": wide}
    assert margins_of("people", table, None).pairs == ()
    with pytest.raises(ValueError, match="people"):
        margins_of("people", table, [("a", "b")])


def test_the_noise_is_what_the_cost_claims_and_all_costs_stay_within_what_was_given() -> None:
    wanted = 20_000_000
    costs = costs_of(margins(), wanted)
    spent = sum(one.rho for one in costs)
    assert wanted * 0.99 < spent <= wanted
    for one in costs:
        # zCDP of the Gaussian mechanism: rho is (sensitivity / sigma)^2 / 2; a person has three rows.
        assert one.rho / NANO == pytest.approx(3**2 / (2 * one.sigmas[0] ** 2), rel=1e-4)
    with pytest.raises(ValueError, match="0"):
        costs_of(margins(), len(margins().sets) - 1)


def test_noise_of_that_deviation_is_on_every_cell_of_the_domain_counted_or_not() -> None:
    found = margins()
    costs = costs_of(found, 2_000_000_000)
    drawn = [noised_margins(found, COUNTED, costs) for _ in range(60)]
    for number, places in enumerate(found.sets):
        cells = math.prod(found.columns[place].size for place in places)
        assert all(len(one[number]) == cells for one in drawn)
    # The pair of paid and visits was never counted: its 121 cells hold nothing but noise.
    empty = [value for one in drawn for value in one[6].values()]
    sigma = costs[6].sigmas[0]
    deviation = math.sqrt(sum(value**2 for value in empty) / len(empty))
    assert len(empty) == 60 * 11 * 11
    # Of 7,260 draws the deviation itself is off by 0.8 % (one standard error); six of these are allowed.
    assert deviation == pytest.approx(sigma, rel=0.05)


def test_neighbours_go_the_same_way_and_differ_by_what_the_sensitivity_says() -> None:
    """All three rows of a person more: the same cells, in the same order, with noise of the same size."""
    found = margins()
    own = {(0, 0, 0), (1, 0, 0), (4, 0, 0)}
    neighbour = [(*cell, n + 3 * (tuple(cell) in own)) for *cell, n in COUNTED]
    sql, costs = counting_sql(found), costs_of(found, 10_000_000)
    assert (counting_sql(margins()), costs_of(margins(), 10_000_000)) == (sql, costs)
    both = [noised_margins(found, rows, costs) for rows in (COUNTED, neighbour)]
    assert [list(one) for one in both[0]] == [list(one) for one in both[1]]
    exact = [
        noised_margins(found, rows, costs_of(found, 4 * 10**18)) for rows in (COUNTED, neighbour)
    ]
    for one, other, cost in zip(*exact, costs, strict=True):
        change = math.sqrt(sum((other[cell] - one[cell]) ** 2 for cell in one))
        assert change <= found.moved
        assert cost.sigmas[0] > 0


def test_drawn_values_lie_in_their_declared_domains() -> None:
    found = margins()
    rows = draw_rows(found, noised_margins(found, COUNTED, costs_of(found, 1_000_000)))
    assert len(rows) == ROWS
    sexes, years, paid, visits = zip(*rows, strict=True)
    assert set(sexes) <= {"f", "m", None}
    assert set(years) <= {"1", "2", "3", None}
    assert all(one is None or 0 <= float(one) <= 50 for one in paid)
    assert all(one is None or len(one.partition(".")[2]) == 2 for one in paid)
    assert all(one is None or (type(one) is int and 0 <= one <= 8) for one in visits)


@pytest.mark.parametrize("pair", [("sex", "year"), ("year", "sex")])
def test_columns_of_a_pair_stay_together_and_others_do_not(pair: tuple[str, str]) -> None:
    """With next to no noise: women are in year 1, men in year 3, whichever hangs from the other."""
    found = margins_of("people", TABLE, [pair])
    counted = [(m, b, a, n) if m == 4 and pair[0] == "year" else (m, a, b, n)
               for m, a, b, n in COUNTED]  # fmt: skip
    rows = draw_rows(found, noised_margins(found, counted, costs_of(found, 4 * 10**18)))
    assert {(row[0], row[1]) for row in rows} == {("f", "1"), ("m", "3")}
    women = Counter(row[0] for row in rows)["f"] / ROWS
    # 60 of 100; six standard errors of 1,000 draws are 0.093.
    assert women == pytest.approx(0.6, abs=0.093)


def test_a_category_of_which_noise_left_nothing_takes_the_columns_own_margin() -> None:
    found = margins_of("people", TABLE, [("sex", "year")])
    exact = noised_margins(found, COUNTED, costs_of(found, 4 * 10**18))
    exact[4] = dict.fromkeys(exact[4], -5)
    assert {row[1] for row in draw_rows(found, exact)} == {"1", "3"}
    nothing = [dict.fromkeys(one, -5) for one in exact]
    assert {row[0] for row in draw_rows(found, nothing)} == {"f", "m", None}


def test_a_value_of_a_band_has_the_type_of_its_column() -> None:
    for kind, shown in (("DOUBLE", float), ("BIGINT", int), ("DECIMAL(9,1)", str)):
        drawn = [Domain("x", kind, (), (0.0, 20.0)).value_of(3) for _ in range(50)]
        assert {type(one) for one in drawn} == {shown}, kind
        # The fourth of ten bands: from 6 to 8.
        assert all(6 <= float(one) <= 8 for one in drawn), kind


def test_a_quote_in_a_value_or_bound_stays_inside_its_literal() -> None:
    columns = [{"name": "sex", "type": "VARCHAR", "class": "dimension", "values": ["o'x", "m"]}]
    found = margins_of("people", {**TABLE, "columns": columns}, None)
    assert "WHEN 'o''x' THEN 0" in counting_sql(found)
    assert most_rows(found) == 4
    assert Domain("a", "VARCHAR", ("x",)).value_of(1) is None
