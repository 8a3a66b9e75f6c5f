"""From noised sums to the analyst's answer: values in their unit, ratios, order, limit.

All of it is post-processing: it reads noised numbers and public keys only, and costs nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from sandbox.engine.noise import WIDTHS, Cost


def shape_rows(rows: Sequence[Sequence[Any]], noise: Mapping[str, Any]) -> list[list[Any]]:
    """The columns of the answer in the analyst's order, cut to the analyst's limit.

    A mean over a count that noise made smaller than one is NULL. Sums of fixed point are text, as
    every decimal of an answer.
    """
    shaped = [[_value(row, noise, one) for one in noise["outputs"]] for row in rows]
    for place, is_descending, nulls_first in reversed(noise["order"]):
        shaped.sort(key=cmp_to_key(_comparison(place, is_descending, nulls_first)))
    begin = noise["offset"] or 0
    end = None if noise["limit"] is None else begin + noise["limit"]
    return shaped[begin:end]


def _value(row: Sequence[Any], noise: Mapping[str, Any], output: Sequence[Any]) -> Any:  # noqa: ANN401 - a JSON value
    kind, first, second = output
    keys, measured = noise["keys"], noise["measured"]
    if kind == "key":
        return row[first]
    value, scale = row[keys + first], measured[first]["scale"]
    if kind == "ratio":
        count = row[keys + second]
        return None if count < 1 else value / 10**scale / count
    return str(Decimal(value).scaleb(-scale)) if scale else value


def _comparison(place: int, is_descending: bool, nulls_first: bool) -> Any:  # noqa: ANN401, FBT001 - a key of sort(); SQL's own two words
    def compare(left: Sequence[Any], right: Sequence[Any]) -> int:
        a, b = left[place], right[place]
        if a is None or b is None:
            found = (a is not None) - (b is not None)
            return found if nulls_first else -found
        a, b = (_number(one) for one in (a, b))
        found = int(a > b) - int(a < b)
        return -found if is_descending else found

    return compare


def _number(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """A sum of fixed point as a number; every other text stays one."""
    try:
        return Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:
        return value


def half_widths(noise: Mapping[str, Any], cost: Cost) -> list[float | None]:
    """Half the width of a 95 % interval for each column of the answer, in its unit.

    None for keys and for ratios, whose interval depends on both of their parts.
    """
    found: list[float | None] = []
    for kind, place, _ in noise["outputs"]:
        if kind != "value":
            found.append(None)
            continue
        unit = 10 ** noise["measured"][place]["scale"]
        found.append(WIDTHS * cost.sigmas[place] / unit)
    return found
