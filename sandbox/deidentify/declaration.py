"""What is declared of each column: its class and its treatment; nothing undeclared gets in.

Classes: *identifier* (a person; becomes a pseudonym or is dropped), *dimension* (may be grouped
by), *measure* (may be summed), *free_text* (is dropped). Beside its class a column is a
*quasi-identifier* (with others it may single a person out; dimensions are, unless declared
otherwise) and may be *sensitive*. Source of the vocabulary: GB/T 37964-2019 (de-identification guide).

Treatments: *pseudonym*, *drop*, *keep*; *band* (ranges from ``edges``); *round* (to a multiple of
``base``); *generalise* (``level`` steps up a declared ``hierarchy`` of value to parent);
*top_bottom_code* (values beyond ``bounds`` become the bound); *date_shift* (all dates of one person
by the same number of days within ``days``); *microaggregate* (the mean of at least ``group`` people
that lie next to one another).
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sandbox import errors
from sandbox.deidentify.protection import Protection, one_of, read_protection, whole

CLASSES = ("identifier", "dimension", "measure", "free_text")
_LAWFUL = {
    "identifier": {"pseudonym", "drop"},
    "dimension": {"band", "round", "generalise", "top_bottom_code", "date_shift", "keep", "drop"},
    "measure": {"round", "top_bottom_code", "microaggregate", "keep", "drop"},
    "free_text": {"drop"},
}
TREATMENTS = tuple(sorted(set().union(*_LAWFUL.values())))
#: What a treatment cannot do without.
_NEEDED = {
    "band": "edges",
    "round": "base",
    "generalise": "hierarchy",
    "top_bottom_code": "bounds",
    "date_shift": "days",
    "microaggregate": "group",
}
#: Names are quoted by us in SQL; these would end the quotation.
_BANNED = frozenset('"\0\r\n')


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column: ``edges`` are the lower ends of bands, ``base`` the step of rounding.

    ``values`` is the public list of a dimension's values, declared and never read from the data;
    ``bounds`` the public range of a measure; ``sum_base`` the step to which its sums are rounded.
    ``hierarchy`` holds one mapping of value to parent for each step of generalisation. ``coarser`` are bands with
    fewer of the ``edges`` each, which the search of levels (``lattice``) may choose.
    """

    name: str
    kind: str
    treatment: str
    edges: tuple[int, ...] = ()
    base: int = 0
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    sum_base: int = 0
    is_quasi: bool = False
    is_sensitive: bool = False
    hierarchy: tuple[dict[str, str], ...] = ()
    level: int = 1
    coarser: tuple[tuple[int, ...], ...] = ()
    days: tuple[int, ...] = ()
    group: int = 0


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
    """One table: its columns, and which of them names the person (empty: no persons).

    ``outside`` maps columns of an outside table to columns of this one, for the test of re-identification;
    ``truth`` is that table's column with the person's true identifier, where it is known. ``fresh_days`` is the
    age in days that the newest date may reach before the data counts as stale (0: it never does).
    """

    name: str
    person_column: str
    columns: tuple[ColumnRule, ...]
    bounding: Bounding = Bounding()
    suppress_small_classes: bool = False
    outside: dict[str, str] = field(default_factory=dict)
    truth: str = ""
    fresh_days: int = 0

    @property
    def quasi(self) -> tuple[str, ...]:
        """The quasi-identifiers that stay after treatment."""
        return tuple(one.name for one in self.columns if one.is_quasi and one.treatment != "drop")

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The sensitive columns that stay."""
        return tuple(
            one.name for one in self.columns if one.is_sensitive and one.treatment != "drop"
        )

    @property
    def holds_people(self) -> bool:
        """Whether rows tell of persons: an identifier was declared, be it dropped."""
        return any(one.kind == "identifier" for one in self.columns)


@dataclass(frozen=True, slots=True)
class Declaration:
    """All tables of a dataset, the joins between them that are allowed, and how people are protected."""

    tables: tuple[TableRule, ...]
    joins: tuple[tuple[str, str], ...] = field(default=())
    count_base: int = 5
    protection: Protection = field(default_factory=Protection)


@dataclass(frozen=True, slots=True)
class TreatedTable:
    """The stored file of one table, what the guard may know of it, and the report on its risk.

    ``marks`` are the columns of the file that mark each row (``sandbox.deidentify.people.marks``). ``kept`` is the
    converted source that may be forgotten once the ingest is over; ``quality`` what ``measure_quality`` found.
    ``memory`` is the file that remembers its people for the series (``sandbox.deidentify.people.epochs``).
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
    report: dict[str, Any] = field(default_factory=dict)
    kept: str = ""
    quality: dict[str, Any] = field(default_factory=dict)
    memory: str = ""


def read_table(document: dict[str, Any]) -> TableRule:
    """The rule of one table in the JSON form of ``dataclasses.asdict``; it was checked before."""
    columns = tuple(_plain_column(one) for one in document["columns"])
    bounding = {**document["bounding"]}
    bounding["key_sets"] = tuple(map(tuple, bounding["key_sets"]))
    return TableRule(**{**document, "columns": columns, "bounding": Bounding(**bounding)})


def _plain_column(document: dict[str, Any]) -> ColumnRule:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return ColumnRule(**{**values, "coarser": tuple(map(tuple, values["coarser"]))})


def read_declaration(document: dict[str, Any]) -> Declaration:
    """The declaration in a JSON document.

    Raises:
        DeclarationMalformed: an unknown class or treatment, one that does not fit the class, or one
            without what it needs.
        IdentifierKept: an identifier that is neither replaced nor dropped.
    """
    tables = tuple(_table(name, body) for name, body in document.get("tables", {}).items())
    if not tables:
        raise errors.DeclarationMalformed(place="tables", need="at least one table")
    joins = tuple((left, right) for left, right in document.get("joins", []))
    base = int(document.get("count_base", 5))
    return Declaration(tables, joins, base, read_protection(document))


def _table(name: str, body: dict[str, Any]) -> TableRule:
    columns = tuple(_column(f"{name}.{key}", key, rule) for key, rule in body["columns"].items())
    person = str(body.get("person_column", ""))
    if person and person not in {rule.name for rule in columns if rule.treatment == "pseudonym"}:
        raise errors.DeclarationMalformed(
            place=f"{name}.person_column", need="a column with the treatment pseudonym"
        )
    shifts = {rule.days for rule in columns if rule.treatment == "date_shift"}
    if len(shifts) > 1 or (shifts and not person):
        # All dates of one person move together, or their order would be lost.
        need = "a person_column, and the same days for all dates"
        raise errors.DeclarationMalformed(place=f"{name}.date_shift", need=need)
    outside = {str(key): str(value) for key, value in body.get("outside", {}).items()}
    if set(outside.values()) - {rule.name for rule in columns if rule.treatment != "drop"}:
        raise errors.DeclarationMalformed(place=f"{name}.outside", need="columns that are kept")
    return TableRule(
        name,
        person,
        columns,
        _bounding(name, person, columns, body),
        suppress_small_classes=bool(body.get("suppress_small_classes", False)),
        outside=outside,
        truth=str(body.get("truth", "")),
        fresh_days=whole(f"{name}.fresh_days", body.get("fresh_days", 0)),
    )


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
    _check_treatment(place, name, kind, treatment)
    needed = _NEEDED.get(treatment)
    if needed and not rule.get(needed):
        raise errors.DeclarationMalformed(place=f"{place}.{needed}", need=treatment)
    made = ColumnRule(
        name=name,
        kind=kind,
        treatment=treatment,
        edges=tuple(int(edge) for edge in rule.get("edges", ())),
        base=int(rule.get("base", 0)),
        values=tuple(str(value) for value in rule.get("values", ())),
        bounds=tuple(float(bound) for bound in rule.get("bounds", ())),
        sum_base=int(rule.get("sum_base", 0)),
        is_quasi=bool(rule.get("quasi", kind == "dimension")),
        is_sensitive=bool(rule.get("sensitive", False)),
        hierarchy=tuple(
            {str(value): str(parent) for value, parent in step.items()}
            for step in rule.get("hierarchy", ())
        ),
        level=int(rule.get("level", 1)),
        coarser=tuple(tuple(int(edge) for edge in one) for one in rule.get("coarser", ())),
        days=tuple(int(day) for day in rule.get("days", ())),
        group=int(rule.get("group", 0)),
    )
    _check_numbers(place, made)
    return made


def _check_treatment(place: str, name: str, kind: str, treatment: str) -> None:
    if not name.strip() or _BANNED & set(name):
        raise errors.DeclarationMalformed(place=place, need="a name without quotes")
    one_of(f"{place}.class", kind, CLASSES)
    one_of(f"{place}.treatment", treatment, TREATMENTS)
    if treatment not in _LAWFUL[kind]:
        if kind == "identifier":
            raise errors.IdentifierKept(columns=place)
        need = ", ".join(sorted(_LAWFUL[kind]))
        raise errors.DeclarationMalformed(place=f"{place}.treatment", need=need)


def _check_numbers(place: str, rule: ColumnRule) -> None:
    is_sound = {
        "generalise": 1 <= rule.level <= len(rule.hierarchy) and _is_whole(rule.hierarchy),
        "top_bottom_code": _is_range(rule.bounds),
        "date_shift": _is_range(rule.days),
        "microaggregate": rule.group > 1,
        "round": rule.base > 0,
    }
    if not is_sound.get(rule.treatment, True):
        place = f"{place}.{_NEEDED[rule.treatment]}"
        raise errors.DeclarationMalformed(place=place, need=rule.treatment)
    if not all(_is_coarser(high, low) for low, high in pairwise((rule.edges, *rule.coarser))):
        need = "fewer of the edges each time, with the first one"
        raise errors.DeclarationMalformed(place=f"{place}.coarser", need=need)


def _is_coarser(high: tuple[int, ...], low: tuple[int, ...]) -> bool:
    return bool(high) and high[0] == low[0] and set(high) < set(low) and list(high) == sorted(high)


def _is_range(ends: tuple[float, ...]) -> bool:
    return len(ends) == len(("low", "high")) and ends[0] < ends[1]


def _is_whole(hierarchy: tuple[dict[str, str], ...]) -> bool:
    """Whether every parent has its own parent at the next step."""
    return all(set(low.values()) <= set(high) for low, high in pairwise(hierarchy))


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
