"""How far the published attacks get under a draft: what a provider sees beside a simulated workload.

Differencing and tracker are put to the provider's own data, at its smallest cell; the answers of each are compared
with one another as those of a licensee would be. Reconstruction is measured on 200 modelled people: it needs
questions about arbitrary subsets, so it is the worst case. Everything is shown to who holds the data anyway.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kernel.errors import HexiError, Unavailable
from sandbox import rules
from sandbox.engine import attacks
from sandbox.engine.attacks import Questions
from sandbox.engine.noise import NANO, WIDTHS, add_noise, cost_of
from sandbox.service.research.simulating import Outcome, Stand, digest_of

#: Columns that are looked through for a small cell, and draws of the noise in a reconstruction.
_MOST_COLUMNS: Final = 4
_DRAWS: Final = 10


@dataclass(frozen=True, slots=True)
class Small:
    """The smallest cell of a table: its condition, its exact rows, and a set that a tracker pads with."""

    table: str
    where: str
    rows: int
    pads: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """An attack on one cell: whether it works where each answer stands alone, and with comparison.

    A guess is the attacker's number of rows; None where an answer stayed back. ``rho`` is what the answers would cost in
    mode ``dp``.
    """

    alone: float | None
    compared: float | None
    rho: int = 0


@dataclass(frozen=True, slots=True)
class Attacks:
    """What the attacks would get; shares and rates from 0 to 1, where 0.5 is a coin.

    ``spellings`` of one question have ``answers`` that differ. ``presence`` is the best rate of telling whether one
    person is in the data, by the budget that is spent on it.
    """

    small: Small | None
    difference: Tried | None
    tracker: Tried | None
    spellings: int
    answers: int
    reconstruction: float | None
    presence: dict[str, float]


def attack(stand: Stand, outcomes: Sequence[Outcome]) -> Attacks:
    """Attack a draft.

    Raises:
        EngineUnavailable: nothing can be said now.
    """
    draft = stand.draft
    small = _smallest(stand) if draft.mode != "open" else None
    asked = next((one.sql for one in outcomes if one.refusal is None), "")
    texts = attacks.spellings(asked) if asked else []
    digests = {digest_of(stand, one) for one in texts}
    return Attacks(
        small,
        _try(stand, attacks.difference("COUNT(*)", small.table, "TRUE", small.where))
        if small
        else None,
        _try(stand, attacks.tracker("COUNT(*)", small.table, small.where, small.pads))
        if small
        else None,
        len(texts),
        len(digests),
        _reconstruction(draft.mode, draft.min_cell_size, stand),
        _presence(stand) if draft.mode == "dp" else {},
    )


def _presence(stand: Stand) -> dict[str, float]:
    share = stand.snapshot.privacy_rho // rules.ORGANISATION_SHARE
    budgets = {
        "budget-licence": min(stand.draft.privacy_rho, share),
        "budget-organisation": share,
        "budget-lineage": stand.snapshot.privacy_rho,
    }
    return {name: attacks.best_rate(rho / NANO) for name, rho in budgets.items()}


def _smallest(stand: Stand) -> Small | None:
    """The smallest cell of fewer people than the draft asks for, by one or two dimensions; None where there is none."""
    manifest = stand.snapshot.manifest["tables"]
    for table, columns in stand.sight.tables.items():
        if not manifest[table]["person_column"]:
            continue
        dimensions = [
            one["name"]
            for one in manifest[table]["columns"]
            if one["class"] == "dimension" and one["name"] in columns
        ][:_MOST_COLUMNS]
        found = _smallest_of(stand, table, dimensions)
        if found is not None:
            return found
    return None


def _smallest_of(stand: Stand, table: str, dimensions: Sequence[str]) -> Small | None:
    single = [_cells(stand, table, (one,)) for one in dimensions]
    pairs = [
        _cells(stand, table, (dimensions[left], dimensions[right]))
        for left in range(len(dimensions))
        for right in range(left)
    ]
    limit = max(stand.draft.min_cell_size, rules.DEFAULT_CELL if stand.draft.mode == "dp" else 0)
    cells = [one for found in (*single, *pairs) for one in found if one[2] < limit]
    if not cells:
        return None
    where, rows, _ = min(cells, key=lambda one: one[2])
    # The most common value of any column splits everybody best.
    pad, _, _ = max(
        (one for found in single for one in found), key=lambda one: one[2], default=("TRUE", 0, 0)
    )
    return Small(table, where, rows, (pad, f"NOT ({pad})"))


def _cells(stand: Stand, table: str, keys: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """Condition, rows and people of each cell, exactly: the guard's own SQL with a threshold of one person."""
    person = stand.snapshot.manifest["tables"][table]["person_column"]
    named = ", ".join(f'"{one}"' for one in keys)
    sql = f'SELECT {named}, COUNT(*), COUNT(DISTINCT "{person}") FROM "{table}" GROUP BY {named}'  # noqa: S608 - for the guard; names come from the checked declaration
    exact = rules.describe(
        stand.snapshot.manifest, rules.sight_of_all(stand.snapshot.manifest, "aggregate", 1)
    )
    exact |= {"count_base": 1}
    plan = stand.machine.engine.analyse(sql, exact)
    answer = stand.run(plan, exact, rows=rules.MOST_ROWS + rules.MOST_CELLS)
    width = len(keys)
    return [
        (_where(keys, row[:width]), int(row[width]), int(row[width + 1]))
        for row in answer.rows
        if all(one is not None for one in row[: width + 2]) and int(row[width + 1]) > 0
    ]


def _where(keys: Sequence[str], values: Sequence[Any]) -> str:
    texts = [
        "'" + one.replace("'", "''") + "'" if isinstance(one, str) else str(one) for one in values
    ]
    return " AND ".join(f'"{key}" = {text}' for key, text in zip(keys, texts, strict=True))


def _try(stand: Stand, asked: Questions) -> Tried:
    if stand.draft.mode == "dp":
        found = [stand.outcome(one) for one in asked.texts]
        is_refused = any(one.refusal is not None for one in found)
        return Tried(None, None, 0 if is_refused else sum(one.rho for one in found))
    together = stand.afresh()
    alone = [_value(stand.afresh(), one) for one in asked.texts]
    return Tried(asked.guess(alone), asked.guess([_value(together, one) for one in asked.texts]))


def _value(stand: Stand, sql: str) -> float | None:
    try:
        _, answer, _ = stand.compared(sql)
    except Unavailable:
        raise
    except HexiError:
        return None
    value = answer.rows[0][0] if answer.rows else None
    return None if value is None else float(value)


def _reconstruction(mode: str, least: int, stand: Stand) -> float | None:
    """The share of 200 modelled secrets that 800 counts give away; at the whole budget of the people in mode dp."""
    secrets = attacks.modelled_secrets()
    exact = attacks.exact_counts(secrets)
    if mode == "open":
        return None
    if mode == "aggregate":
        base = stand.snapshot.manifest["count_base"]
        told = [base * round(one / base) if one >= least else 0 for one in exact]
        return attacks.solver().share(told, secrets)
    noise = {
        "moved": 1.0,
        "cells": [
            {
                "keys": [],
                "measured": [{"kind": "count", "sensitivity": 1.0, "scale": 0}],
                "count": 1,
            }
        ],
    }
    each = stand.snapshot.privacy_rho / attacks.SUBSETS / NANO
    cost = cost_of(noise, WIDTHS / math.sqrt(2 * each))
    cells = [[one] for one in exact]
    shares = []
    for _ in range(_DRAWS):
        (rows,) = add_noise(cells, noise, cost)
        shares.append(attacks.solver().share([row[0] for row in rows], secrets))
    return sum(shares) / _DRAWS
