"""A table of people that questions are put to as the sandbox puts them, without its processes and records."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from sandbox.deidentify.people.marks import WORDS, marked_rows, person_digest
from sandbox.engine.differencing import Memory, judge, read_families
from sandbox.engine.guard import analyse, read_description


class Lab:
    """People with ``columns`` (the guard's description of each), and rows that begin with the person.

    Without ``compares`` answers are not held against earlier ones: what an attack gets then. A lab ``after`` another
    one holds a later version of the same data: its answers are held against those of both. It may call its ``table``
    otherwise, and have others of people ``beside`` it.
    """

    def __init__(
        self,
        columns: dict[str, dict[str, Any]],
        rows: Iterable[Sequence[Any]],
        *,
        k: int = 10,
        count_base: int = 5,
        compares: bool = True,
        after: "Lab | None" = None,
        table: str = "people",
        beside: Sequence[str] = (),
    ) -> None:
        self.compares = compares
        self.tables = (table, *beside)
        self.version: int = after.version + 1 if after else 1
        self.known: Memory = after.known if after else Memory()
        self.withheld = Counter[str]()
        self.db = duckdb.connect(config={"threads": 1})
        names = {"person": "VARCHAR", **{name: one["type"] for name, one in columns.items()}}
        self.db.execute(f"CREATE TABLE raw ({', '.join(f'{n} {t}' for n, t in names.items())})")
        given = ", ".join(f"({', '.join(repr(value) for value in row)})" for row in rows)
        self.db.execute(f"INSERT INTO raw VALUES {given}")
        ((most,),) = self.db.execute(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM raw GROUP BY person)"
        ).fetchall()
        digest = person_digest("person", b"a key of the lineage")
        self.db.execute(f"CREATE TABLE treated AS SELECT *, {digest} FROM raw ORDER BY ALL")
        self.db.execute(f"CREATE TABLE {table} AS {marked_rows(most, list(columns))}")
        person = {"type": "VARCHAR", "class": "identifier"}
        self.description = {
            "mode": "aggregate",
            "k": k,
            "count_base": count_base,
            "tables": {
                table: {
                    "person_column": "person",
                    "rows_per_person": most,
                    "marks": list(WORDS),
                    "columns": {"person": person, **columns},
                }
            },
            "joins": [],
        }

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """The rows of an answer, its suppressed cells NULL; what leaves is remembered."""
        blocked = set[int]()
        for _ in range(3):
            unsafe = {"blocked": [str(one) for one in blocked]}
            plan = analyse(sql, read_description(self.description | unsafe))
            rows = self.db.execute(plan.sql).fetchall()
            width = len(plan.columns) + (plan.flag is not None)
            families = read_families(
                plan.cells or [],
                [row[width:] for row in rows if row[width] is not None],
                f"version {self.version}",
                self.tables,
            )
            verdict = judge(families, self.known if self.compares else Memory())
            self.withheld.update(verdict.reasons)
            if not verdict.blocked:
                for one in verdict.families:
                    self.known.keep(one)
                names = [one.name for one in plan.columns] + ["suppressed"]
                return [dict(zip(names, row[:width], strict=False))
                        for row in rows if row[width] is None]  # fmt: skip
            blocked |= verdict.blocked
        raise AssertionError("the answer does not settle")

    def value(self, sql: str) -> Any:
        """The one value of an answer; None where it was suppressed."""
        (row,) = self.ask(sql)
        return next(iter(row.values()))
