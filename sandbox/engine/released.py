"""From noised cells to the analyst's answer: post-processing, which reads nothing else and costs nothing.

Where the answer is the cells themselves they are written out here. Everything else is SQL that the guard
printed over them: it runs in a child like every query, over an extract without a single table, with the
cells as literals in its text (decision 34).
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.engine.noise import WIDTHS, Cost

#: RFC 8259 section 6: whole numbers beyond this are not exact in every reader.
_MOST_EXACT = 2**53 - 1


def plain_rows(
    blocks: Sequence[Sequence[Sequence[Any]]], noise: Mapping[str, Any]
) -> list[list[Any]]:
    """The columns of the answer in the analyst's order, where each is one of the only block's cells.

    Sums of fixed point are text, as every decimal of an answer, and so are whole numbers beyond 2^53.
    """
    (cells,), (rows,) = noise["cells"], blocks
    width = len(cells["keys"])
    scales = [one["scale"] for one in cells["measured"]]
    return [
        [row[place] if place < width else _value(row[place], scales[place - width])
         for place in noise["plain"]]
        for row in rows
    ]  # fmt: skip


def _value(units: int, scale: int) -> int | str:
    if scale:
        return _fixed(units, scale)
    return units if abs(units) <= _MOST_EXACT else str(units)


def _fixed(units: int, scale: int) -> str:
    return f"{Decimal(units).scaleb(-scale):f}"


def released_sql(blocks: Sequence[Sequence[Sequence[Any]]], noise: Mapping[str, Any]) -> str:
    """The guard's program over noised cells, with the cells in it."""
    cells = [
        f"n{number} AS MATERIALIZED ({_table(one, rows)})"
        for number, (one, rows) in enumerate(zip(noise["cells"], blocks, strict=True), start=1)
    ]
    return f"WITH {', '.join([*cells, *noise['named']])} {noise['body']}"


def _table(cells: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> str:
    scales = [one["scale"] for one in cells["measured"]]
    numbers = [f"DECIMAL(38,{scale})" if scale else "BIGINT" for scale in scales]
    kinds = [*cells["keys"], *numbers]
    names = [f"c{place + 1}" for place in range(len(kinds))]
    shown = ", ".join(f"TRY_CAST({name} AS {kind}) AS {name}"
                      for name, kind in zip(names, kinds, strict=True))  # fmt: skip
    width = len(cells["keys"])
    columns = [
        *([row[place] for row in rows] for place in range(width)),
        *([_fixed(row[width + place], scale) for row in rows] for place, scale in enumerate(scales)),
    ]  # fmt: skip
    lists = ", ".join(f"unnest(CAST({_literal(one)} AS JSON)::VARCHAR[]) AS {name}"
                      for name, one in zip(names, columns, strict=True))  # fmt: skip
    return f"SELECT {shown} FROM (SELECT {lists}) AS v"  # noqa: S608 - names and types are ours, values are one literal a column


def _literal(values: Sequence[Any]) -> str:
    # One constant a column: of thousands of constants the engine's parser takes seconds.
    texts = [None if one is None else str(one) for one in values]
    return "'" + json.dumps(texts, ensure_ascii=False).replace("'", "''") + "'"


def half_widths(noise: Mapping[str, Any], cost: Cost, kind: str = "value") -> list[float | None]:
    """Half the width of a 95 % interval for each column of the answer; None where ``kind`` is another.

    Of kind *value* it is that of the column itself, of *mean* that of a mean's sum (the mean is off by
    about this divided by the number of rows in its cell), of *rank* that of a quantile's rank in rows.
    Each is that of one cell before anything is chosen among the cells.
    """
    begins = [0]
    for cells in noise["cells"]:
        begins.append(begins[-1] + len(cells["measured"]))
    found: list[float | None] = []
    for one in noise["errors"]:
        if one is None or one["kind"] != kind:
            found.append(None)
            continue
        measured = noise["cells"][one["cells"]]["measured"][one["measured"]]
        sigma = cost.sigmas[begins[one["cells"]] + one["measured"]]
        found.append(WIDTHS * sigma * one["factor"] / 10 ** measured["scale"])
    return found
