"""How a measured column might be declared, with the reason; nothing of it counts until a person declares it.

Numbers in a suggestion are rounded outwards or stand at steps of 1, 2 or 5 times a power of ten: none is taken from a
row as it is.
"""

import math
from collections.abc import Iterable
from typing import Any

from kernel.errors import msgid
from sandbox.deidentify.profile.measuring import Facts

#: Whole numbers with so few different values are grouped by as they are.
_FEW_NUMBERS = 12
#: Bands between the fifth and the ninety-fifth part of a hundred.
_BANDS = 6
#: Amounts are rounded to about this part of their median.
_ROUNDING = 20
_DAYS = [-30, 30]
_STEPS = (1, 2, 5, 10)
#: Kinds that name a person where the title says so.
_NAMING = {"code", "number", "free_text"}
#: What does not matter for a pseudonym: it is dropped, since nothing is computed with it.
_DROPPED = {
    "mobile": msgid("A mobile number names one person, and nothing is computed with it."),
    "name": msgid("The title says that this column names persons."),
}
_REPLACED = {
    "id_number": msgid(
        "An identity number names one person; a pseudonym keeps the rows of one person together."
    ),
    "credit_code": msgid("A credit code names one organisation; a sole trader is a person."),
}


def likely_person(kinds: Iterable[tuple[Facts, str]]) -> str:
    """The column that seems to name the person of each row; empty where none does."""
    found = [(facts, kind) for facts, kind in kinds if facts.distinct > 1]
    named = [
        *(facts.name for facts, kind in found if kind == "id_number"),
        *(facts.name for facts, kind in found if kind in _NAMING and facts.is_titled("person")),
        *(facts.name for facts, kind in found if kind == "mobile"),
    ]
    return named[0] if named else ""


def suggest(
    facts: Facts, kind: str, *, person: str, has_people: bool
) -> tuple[dict[str, Any], str]:
    """The declaration of one column, and why, as a message id."""
    if facts.name == person:
        return _replace(), _REPLACED.get(
            kind, msgid("This column seems to name the person of each row.")
        )
    if kind in _DROPPED:
        return {"class": "identifier", "treatment": "drop"}, _DROPPED[kind]
    if kind in _REPLACED:
        return _replace(), _REPLACED[kind]
    if kind == "free_text":
        return _drop("free_text"), msgid("Free text can hold anything, names too.")
    if kind == "empty":
        return _drop("dimension"), msgid("No row has a value.")
    rule, why = _open(facts, kind, has_people=has_people, has_person=bool(person))
    if has_people and rule["treatment"] != "drop" and facts.is_titled("sensitive"):
        rule["sensitive"] = True
    return rule, why


def _open(
    facts: Facts, kind: str, *, has_people: bool, has_person: bool
) -> tuple[dict[str, Any], str]:
    """What is neither an identifier nor prose."""
    if kind == "amount":
        return _amount(facts, has_people=has_people)
    if kind == "number":
        return _number(facts, has_people=has_people)
    if kind == "date" and has_people:
        return _date(facts, has_person=has_person)
    if kind == "code" and has_people and facts.distinct > _FEW_NUMBERS:
        return _drop("dimension"), msgid(
            "A code with many values singles people out: declare a hierarchy for it, or drop it."
        )
    if has_people:
        return _keep("dimension"), msgid("Few different values: rows can be grouped by it.")
    return _keep("dimension"), msgid("No row seems to be about a person: it can stay.")


def _date(facts: Facts, *, has_person: bool) -> tuple[dict[str, Any], str]:
    if not facts.is_moment or not has_person:
        return _drop("dimension"), msgid(
            "A date singles people out; it can only be shifted where it has a date's type and a column names the person."
        )
    rule = {"class": "dimension", "treatment": "date_shift", "days": list(_DAYS)}
    return rule, msgid("Dates of one person move together, so that spans of time stay right.")


def _number(facts: Facts, *, has_people: bool) -> tuple[dict[str, Any], str]:
    if facts.distinct <= _FEW_NUMBERS:
        return _keep("dimension"), msgid("Few different values: rows can be grouped by it.")
    if not has_people:
        return _keep("measure"), msgid("A number to be summed or averaged.")
    edges = band_edges(facts.ends)
    # For the search of levels: bands of twice and of four times the width.
    coarser = [edges[::step] for step in (2, 4) if len(edges) > step]
    rule = {"class": "dimension", "treatment": "band", "edges": edges, "coarser": coarser}
    return rule, msgid("Many different values single people out: bands do so less.")


def _amount(facts: Facts, *, has_people: bool) -> tuple[dict[str, Any], str]:
    if not has_people:
        return _keep("measure"), msgid("A number to be summed or averaged.")
    least, _, median, high, most = facts.ends
    bounds = [_outward(least, math.floor), _outward(most, math.ceil)]
    if bounds[0] == bounds[1]:
        bounds[1] += 1
    base = round(nice(abs(median or high) / _ROUNDING))
    if base < 1:
        return {**_keep("measure"), "bounds": bounds}, msgid(
            "A small number to be summed or averaged, between public bounds."
        )
    rule = {"class": "measure", "treatment": "round", "base": base, "bounds": bounds}
    return {**rule, "sum_base": 10 * base}, msgid("Rounding hides the exact amount of one person.")


def band_edges(ends: tuple[float, ...]) -> list[int]:
    """Lower ends of bands of one width from the fifth to the ninety-fifth part, with an open band at each end."""
    least, low, _, high, _ = ends
    step = max(round(nice((high - low) / _BANDS)), 1)
    edges = list(range(math.floor(low / step) * step, math.floor(high) + 1, step))
    return edges if edges[0] <= least else [_outward(least, math.floor), *edges]


def nice(value: float) -> float:
    """The next of 1, 2 and 5 times a power of ten, upwards; 0 stays."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return power * next(step for step in _STEPS if step * power >= value * (1 - 1e-9))


def _outward(value: float, end: Any) -> int:  # noqa: ANN401 - floor or ceil
    """A whole number beyond the value, with one digit that counts."""
    size = abs(value)
    if size <= 1:
        return int(end(value))
    power = 10 ** math.floor(math.log10(size))
    return int(end(value / power) * power)


def _replace() -> dict[str, Any]:
    return {"class": "identifier", "treatment": "pseudonym"}


def _drop(kind: str) -> dict[str, Any]:
    return {"class": kind, "treatment": "drop"}


def _keep(kind: str) -> dict[str, Any]:
    return {"class": kind, "treatment": "keep"}
