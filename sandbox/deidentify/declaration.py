"""What is declared of each column: its class and its treatment; nothing undeclared gets in.

Classes: *identifier* (a person; becomes a pseudonym or is dropped), *dimension* (may be grouped
by), *measure* (may be summed), *free_text* (is dropped). Treatments: pseudonym, drop, band, round,
keep. Source of the vocabulary: GB/T 37964-2019 (de-identification guide).
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sandbox import errors

CLASSES = ("identifier", "dimension", "measure", "free_text")
TREATMENTS = ("pseudonym", "drop", "band", "round", "keep")
_LAWFUL = {
    "identifier": {"pseudonym", "drop"},
    "dimension": {"band", "round", "keep", "drop"},
    "measure": {"round", "keep", "drop"},
    "free_text": {"drop"},
}


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column: ``edges`` are the lower ends of bands, ``base`` the step of rounding.

    ``values`` is the public list of a dimension's values, declared and never read from the data;
    ``bounds`` the public range of a measure; ``sum_base`` the step to which its sums are rounded.
    """

    name: str
    kind: str
    treatment: str
    edges: tuple[int, ...] = ()
    base: int = 0
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    sum_base: int = 0


@dataclass(frozen=True, slots=True)
class Bounding:
    """What ``dp`` mode may bound one person by.

    ``rows_per_person_kept`` rows of a person stay at ingest (0: all). For group keys that are one of
    ``key_sets`` a person with many rows counts with at most ``rows_per_group`` rows in each of at most
    ``groups_per_person`` groups (defaults: privacy.md 5).
    """

    rows_per_person_kept: int = 0
    key_sets: tuple[tuple[str, ...], ...] = ()
    groups_per_person: int = 3
    rows_per_group: int = 1


@dataclass(frozen=True, slots=True)
class TableRule:
    """One table: its columns, and which of them names the person (empty: no persons)."""

    name: str
    person_column: str
    columns: tuple[ColumnRule, ...]
    bounding: Bounding = Bounding()


@dataclass(frozen=True, slots=True)
class Declaration:
    """All tables of a dataset, and the joins between them that are allowed."""

    tables: tuple[TableRule, ...]
    joins: tuple[tuple[str, str], ...] = field(default=())
    count_base: int = 5


@dataclass(frozen=True, slots=True)
class TreatedTable:
    """The stored file of one table and what the guard may know of it.

    ``marks`` are the columns of the file that mark each row (``sandbox.deidentify.marks``).
    """

    name: str
    sha256: str
    rows: int
    person_column: str
    rows_per_person: int
    columns: tuple[dict[str, Any], ...]
    marks: tuple[str, ...] = ()
    hidden: dict[str, Any] = field(default_factory=dict)
    rows_cut: int = 0


def read_table(document: dict[str, Any]) -> TableRule:
    """The rule of one table in the JSON form of ``dataclasses.asdict``; it was checked before."""
    columns = tuple(_plain_column(one) for one in document["columns"])
    bounding = {**document["bounding"]}
    bounding["key_sets"] = tuple(map(tuple, bounding["key_sets"]))
    return TableRule(document["name"], document["person_column"], columns, Bounding(**bounding))


def _plain_column(document: dict[str, Any]) -> ColumnRule:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return ColumnRule(**values)


def read_declaration(document: dict[str, Any]) -> Declaration:
    """The declaration in a JSON document.

    Raises:
        DeclarationMalformed: an unknown class or treatment, or one that does not fit the class.
        IdentifierKept: an identifier that is neither replaced nor dropped.
    """
    tables = tuple(_table(name, body) for name, body in document.get("tables", {}).items())
    if not tables:
        raise errors.DeclarationMalformed(place="tables", need="at least one table")
    joins = tuple((left, right) for left, right in document.get("joins", []))
    return Declaration(tables, joins, int(document.get("count_base", 5)))


def _table(name: str, body: dict[str, Any]) -> TableRule:
    columns = tuple(_column(f"{name}.{key}", key, rule) for key, rule in body["columns"].items())
    person = str(body.get("person_column", ""))
    if person and person not in {rule.name for rule in columns if rule.treatment == "pseudonym"}:
        raise errors.DeclarationMalformed(
            place=f"{name}.person_column", need="a column with the treatment pseudonym"
        )
    return TableRule(name, person, columns, _bounding(name, person, columns, body))


def _bounding(
    name: str, person: str, columns: tuple[ColumnRule, ...], body: dict[str, Any]
) -> Bounding:
    numbers = {
        key: body.get(key, default)
        for key, default in (
            ("rows_per_person_kept", 0), ("groups_per_person", 3), ("rows_per_group", 1),
        )
    }  # fmt: skip
    for key, value in numbers.items():
        least = 1 if key in body else 0
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise errors.DeclarationMalformed(place=f"{name}.{key}", need="a whole number from 1")
    dimensions = {
        one.name for one in columns if one.kind == "dimension" and one.treatment != "drop"
    }
    sets = tuple(tuple(map(str, one)) for one in body.get("key_sets", ()))
    if not all(one and len(set(one)) == len(one) and dimensions >= set(one) for one in sets):
        raise errors.DeclarationMalformed(
            place=f"{name}.key_sets", need="lists of dimensions that are kept"
        )
    if not person and (sets or numbers["rows_per_person_kept"]):
        raise errors.DeclarationMalformed(
            place=f"{name}.person_column", need="a column with the treatment pseudonym"
        )
    return Bounding(key_sets=sets, **numbers)


def _column(place: str, name: str, rule: dict[str, Any]) -> ColumnRule:
    kind, treatment = str(rule.get("class", "")), str(rule.get("treatment", "keep"))
    if kind not in CLASSES:
        raise errors.DeclarationMalformed(place=f"{place}.class", need=", ".join(CLASSES))
    if treatment not in TREATMENTS:
        raise errors.DeclarationMalformed(place=f"{place}.treatment", need=", ".join(TREATMENTS))
    if treatment not in _LAWFUL[kind]:
        if kind == "identifier":
            raise errors.IdentifierKept(columns=place)
        need = ", ".join(sorted(_LAWFUL[kind]))
        raise errors.DeclarationMalformed(place=f"{place}.treatment", need=need)
    return ColumnRule(
        name=name,
        kind=kind,
        treatment=treatment,
        edges=tuple(int(edge) for edge in rule.get("edges", ())),
        base=int(rule.get("base", 0)),
        values=tuple(str(value) for value in rule.get("values", ())),
        bounds=tuple(float(bound) for bound in rule.get("bounds", ())),
        sum_base=int(rule.get("sum_base", 0)),
    )


def band_labels(edges: tuple[int, ...]) -> tuple[str, ...]:
    """The labels of bands with these lower ends: ``0-17``, ``18-29``, …, ``65+``."""
    closed = [f"{low}-{high - 1}" for low, high in pairwise(edges)]
    return (*closed, f"{edges[-1]}+") if edges else ()


def check_columns(table: TableRule, found: list[str]) -> None:
    """Let only a file in whose columns are exactly the declared ones.

    Raises:
        ColumnUnclassified: with all columns that nobody classified.
        ColumnMissing: with all declared ones that the file lacks.
    """
    declared = {rule.name for rule in table.columns}
    if unclassified := sorted(set(found) - declared):
        raise errors.ColumnUnclassified(table=table.name, columns=", ".join(unclassified))
    if missing := sorted(declared - set(found)):
        raise errors.ColumnMissing(table=table.name, columns=", ".join(missing))
