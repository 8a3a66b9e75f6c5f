"""The dataset description: what a licence lets a query see, as `hexi sandbox check --schema` reads it.

Beyond that form, and all optional: ``k`` (people a cell needs, default 10) and ``count_base``
(counts are rounded to a multiple of it, default 5) at the top; ``rows_per_person`` of a table, the
most rows one person has, *proved* when the snapshot was made (absent: not proved, the exact count
of people is used); ``marks`` of a table, its hidden columns from which cells are compared (absent:
they are not), and ``bounding``, those that ingest has ranked its rows by; ``unique`` of a column, that no two
rows have one value of it, and ``complete``, that no row lacks its value; ``sum_base`` of a column (sums are
rounded to a multiple of it; 0 leaves them; absent: the count base, or 0 where that is 1); ``blocked`` at the
top, the first words of marks of cells that an earlier answer makes unsafe, as texts, and ``leaves_dominance``,
that people look at sums which few people make up, so that the plan does not suppress them; ``parameters`` at the top, what stands for each ``:name`` of the text (absent: a text
has none).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors.guard import DescriptionMalformed

MODES = ("open", "aggregate", "dp")
CLASSES = ("dimension", "measure", "identifier", "free_text")
_NAME = re.compile(r"[^\W\d]\w{0,62}\Z")
#: Values of parameters as they are written; a text is a literal of the tree, so that anything may stand in it.
_VALUES = {
    "integer": re.compile(r"-?\d{1,18}\Z", re.ASCII),
    "decimal": re.compile(r"-?\d{1,18}(\.\d{1,9})?\Z", re.ASCII),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII),
    "listed": re.compile(r".{0,200}\Z"),
    "text": re.compile(r".{0,200}\Z"),
}
_TYPE = re.compile(
    r"(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|HUGEINT|FLOAT|DOUBLE|VARCHAR|DATE|TIME|"
    r"TIMESTAMP|DECIMAL\(\d{1,2}, ?\d{1,2}\))\Z"
)


@dataclass(frozen=True, slots=True)
class Description:
    """All that the guard knows of a dataset; join keys are pairs of (table, column)."""

    mode: str
    tables: tuple["Table", ...]
    joins: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    k: int = 10
    count_base: int = 5
    blocked: tuple[int, ...] = ()
    leaves_dominance: bool = False
    parameters: tuple["Bound", ...] | None = None

    @property
    def named_joins(self) -> str:
        """The licensed joins as they are written; ``-`` where there is none."""
        return ", ".join(f"{a[0]}.{a[1]} = {b[0]}.{b[1]}" for a, b in self.joins) or "-"

    def table(self, name: str) -> "Table | None":
        """The table of that name in any ASCII case."""
        return next((one for one in self.tables if fold(one.name) == fold(name)), None)


@dataclass(frozen=True, slots=True)
class Bound:
    """The value of one parameter: of kind integer, decimal, date, listed or text (beside ``column`` alone)."""

    name: str
    kind: str
    value: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table; without ``person_column`` its rows are about nobody and count as public."""

    name: str
    columns: tuple["Column", ...]
    person_column: str | None = None
    rows_per_person: int | None = None
    marks: tuple[str, ...] = ()
    key_sets: tuple["KeySet", ...] = ()

    def column(self, name: str) -> "Column | None":
        """The column of that name in any ASCII case."""
        return next((one for one in self.columns if fold(one.name) == fold(name)), None)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Group keys for which ingest has ranked the rows of each person, and how far the ranks are used.

    ``rc`` and ``ck`` name hidden columns: a row's place among the rows of its person in its group, and the
    place of that group among those of the person. No text of an analyst reaches them.
    """

    columns: frozenset[str]
    rc: str
    ck: str
    groups: int
    rows: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``values`` is its public list, ``bounds`` its public range.

    ``is_unique``: ingest has proved that no two rows have the same value.
    """

    name: str
    type: str
    kind: str
    values: tuple[Any, ...] | None = None
    bounds: tuple[Any, Any] | None = None
    sum_base: float | None = None
    is_complete: bool = False
    is_unique: bool = False

    @property
    def is_withheld(self) -> bool:
        """No mode shows it or filters by it."""
        return self.kind in ("identifier", "free_text")


def fold(name: str) -> str:
    """A name in lower case, ASCII only: DuckDB does not fold the long s or the Kelvin sign."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


def read_description(document: Mapping[str, Any]) -> Description:
    """Read a description from its JSON form.

    Raises:
        DescriptionMalformed: with every place that is wrong, as JSON pointers.
    """
    reader = _Reader()
    description = reader.read(document)
    if reader.errors or description is None:
        raise DescriptionMalformed(errors=reader.errors)
    return description


class _Reader:
    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def wrong(self, pointer: str, detail: str) -> None:
        self.errors.append({"pointer": pointer, "detail": detail})

    def mapping(self, value: object, pointer: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.wrong(pointer, "must be an object")
        return {}

    def whole(self, value: object, pointer: str, *, least: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.wrong(pointer, f"must be a whole number of at least {least}")
        return least

    def name(self, value: object, pointer: str) -> str:
        if isinstance(value, str) and _NAME.match(value):
            return value
        self.wrong(pointer, "must be a plain name of letters, digits and underscores")
        return "x"

    def choice(self, value: object, pointer: str, allowed: tuple[str, ...]) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        self.wrong(pointer, "must be one of " + ", ".join(allowed))
        return allowed[0]

    def read(self, document: object) -> Description | None:
        top = self.mapping(document, "")
        tables = tuple(
            self.table(name, value, f"/tables/{name}")
            for name, value in self.mapping(top.get("tables", None), "/tables").items()
        )
        self.check_names([one.name for one in tables], "/tables")
        description = Description(
            mode=self.choice(top.get("mode"), "/mode", MODES),
            tables=tables,
            joins=(),
            k=self.whole(top.get("k", 10), "/k", least=1),
            count_base=self.whole(top.get("count_base", 5), "/count_base", least=1),
        )
        return replace(
            description,
            joins=self.joins(top.get("joins", []), description),
            blocked=self.blocked(top.get("blocked", []), "/blocked"),
            leaves_dominance=top.get("leaves_dominance") is True,
            parameters=self.parameters(top.get("parameters"), "/parameters"),
        )

    def blocked(self, value: object, pointer: str) -> tuple[int, ...]:
        if isinstance(value, list) and all(isinstance(one, str) and one.isdigit() for one in value):
            return tuple(int(one) for one in value)
        self.wrong(pointer, "must be a list of whole numbers as texts")
        return ()

    def parameters(self, value: object, pointer: str) -> tuple[Bound, ...] | None:
        if value is None:
            return None
        found = []
        for name, one in self.mapping(value, pointer).items():
            given, place = self.mapping(one, f"{pointer}/{name}"), f"{pointer}/{name}"
            kind = self.choice(given.get("kind"), f"{place}/kind", tuple(_VALUES))
            text = given.get("value")
            if not isinstance(text, str) or not _VALUES[kind].match(text):
                self.wrong(f"{place}/value", "must be a text of its kind")
                continue
            found.append(Bound(self.name(name, place), kind, text, str(given.get("column", ""))))
        return tuple(found)

    def check_names(self, names: list[str], pointer: str) -> None:
        if len({fold(name) for name in names}) != len(names):
            self.wrong(pointer, "names must differ in more than letter case")

    def table(self, name: object, value: object, pointer: str) -> Table:
        given = self.mapping(value, pointer)
        columns = tuple(
            self.column(key, one, f"{pointer}/columns/{key}")
            for key, one in self.mapping(given.get("columns"), f"{pointer}/columns").items()
        )
        self.check_names([one.name for one in columns], f"{pointer}/columns")
        person = given.get("person_column")
        if person is not None and not any(one.name == person for one in columns):
            self.wrong(f"{pointer}/person_column", "must name a column of the table")
            person = None
        rows = given.get("rows_per_person")
        if rows is not None:
            rows = self.whole(rows, f"{pointer}/rows_per_person", least=1)
        marks = self.marks(given.get("marks", []), f"{pointer}/marks")
        sets = self.key_sets(given.get("bounding"), f"{pointer}/bounding")
        return Table(self.name(name, pointer), columns, person, rows, marks, sets)

    def marks(self, value: object, pointer: str) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self.name(one, pointer) for one in value)
        self.wrong(pointer, "must be a list of columns")
        return ()

    def key_sets(self, value: object, pointer: str) -> tuple[KeySet, ...]:
        if value is None:
            return ()
        given = self.mapping(value, pointer)
        groups = self.whole(given.get("groups_per_person"), f"{pointer}/groups_per_person", least=1)
        rows = self.whole(given.get("rows_per_group"), f"{pointer}/rows_per_group", least=1)
        found = [self.mapping(one, f"{pointer}/key_sets") for one in given.get("key_sets", ())]
        return tuple(
            KeySet(frozenset(one["columns"]), str(one["rc"]), str(one["ck"]), groups, rows)
            for one in found
        )

    def column(self, name: object, value: object, pointer: str) -> Column:
        given = self.mapping(value, pointer)
        kind = given.get("type")
        if not isinstance(kind, str) or not _TYPE.match(kind.upper()):
            self.wrong(f"{pointer}/type", "must be a scalar DuckDB type")
            kind = "VARCHAR"
        return Column(
            name=self.name(name, pointer),
            type=kind.upper().replace(" ", ""),
            kind=self.choice(given.get("class"), f"{pointer}/class", CLASSES),
            values=self.items(given.get("values"), f"{pointer}/values"),
            bounds=self.pair(given.get("bounds"), f"{pointer}/bounds"),
            sum_base=self.base(given.get("sum_base"), f"{pointer}/sum_base"),
            is_complete=given.get("complete") is True,
            is_unique=given.get("unique") is True,
        )

    def items(self, value: object, pointer: str) -> tuple[Any, ...] | None:
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
            return tuple(value)
        self.wrong(pointer, "must be a list of texts or numbers")
        return None

    def pair(self, value: object, pointer: str) -> tuple[Any, Any] | None:
        items = self.items(value, pointer)
        if items is None or len(items) == 2:  # noqa: PLR2004 - a lower and an upper bound
            return None if items is None else (items[0], items[1])
        self.wrong(pointer, "must hold a lower and an upper bound")
        return None

    def base(self, value: object, pointer: str) -> float | None:
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(pointer, "must be a number of at least 0")
        return None

    def joins(
        self, value: object, description: Description
    ) -> tuple[tuple[tuple[str, str], tuple[str, str]], ...]:
        if not isinstance(value, list):
            self.wrong("/joins", "must be a list")
            return ()
        pairs = []
        for index, one in enumerate(value):
            ends = one if isinstance(one, list) and len(one) == 2 else ()  # noqa: PLR2004 - two ends
            found = [end for end in (self.end(e, description) for e in ends) if end is not None]
            if len(found) != 2:  # noqa: PLR2004 - two ends
                self.wrong(f"/joins/{index}", "must be two known columns, as table.column")
                continue
            pairs.append((found[0], found[1]))
        return tuple(pairs)

    def end(self, value: object, description: Description) -> tuple[str, str] | None:
        table_name, _, column_name = str(value).partition(".")
        table = description.table(table_name)
        column = table.column(column_name) if table else None
        return (table.name, column.name) if table and column else None
