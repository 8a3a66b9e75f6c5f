"""The plan of one judged query, as a value; apart from the guard, which needs a parser to make it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the answer; a suppressible one may hold NULL where a cell was suppressed."""

    name: str
    type: str
    is_suppressible: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs: DuckDB SQL of our own making, and the facts about it that receipts name.

    ``sql`` is run as it is. Where ``flag`` is set, the answer has one more column of that name at
    its end, not counted in ``columns``: true on rows whose cells are suppressed. ``size`` is the
    number of nodes in the canonical plan and depends on nothing but the query. ``noise`` says in mode
    ``dp`` what the trusted side makes of the exact rows, which nobody else may see. ``cells`` says in mode
    ``aggregate`` what cells stand under the answer's rows, for the trusted side alone. ``bound`` is the text with its parameters as literals; empty where it has none. ``first`` is SQL that gives these cells
    alone, where more than a plain query stands over them: what it makes of a cell must not be seen before the cell
    is judged, not even by how long it takes. Empty where nothing does.
    """

    mode: str
    tables: dict[str, tuple[str, ...]]
    columns: tuple[OutputColumn, ...]
    sql: str
    canonical: dict[str, Any]
    digest: str
    size: int
    flag: str | None = None
    noise: dict[str, Any] | None = None
    cells: list[dict[str, Any]] | None = None
    bound: str = ""
    first: str = ""

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        plain = asdict(self)
        plain["tables"] = {table: list(columns) for table, columns in self.tables.items()}
        plain["columns"] = [asdict(one) for one in self.columns]
        return plain

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Plan":
        """The plan that ``to_json`` wrote."""
        return cls(
            mode=document["mode"],
            tables={table: tuple(columns) for table, columns in document["tables"].items()},
            columns=tuple(OutputColumn(**one) for one in document["columns"]),
            sql=document["sql"],
            canonical=dict(document["canonical"]),
            digest=document["digest"],
            size=document["size"],
            flag=document["flag"],
            noise=document.get("noise"),
            cells=document.get("cells"),
            bound=document.get("bound", ""),
            first=document.get("first", ""),
        )
