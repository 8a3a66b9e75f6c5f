# ruff: noqa: S608 - this workshop prints SQL of its own; names are quoted, the rest are numbers
"""What a node of the lattice does to the people of the view ``raw``, counted over its distinct tuples.

The rows are aggregated once to the distinct tuples of the quasi-identifiers; each tuple has, for every column and
level, the number of the value that it becomes there. A node is then one GROUP BY over that small table. Where one
person has rows in several tuples, people are counted over the pairs of tuple and person.
"""

from dataclasses import dataclass, replace

import duckdb

from sandbox.deidentify.declaration import ColumnRule, TableRule
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.lattice.ladders import Node
from sandbox.deidentify.risk.classes import closeness
from sandbox.deidentify.risk.loss import certainty_penalty
from sandbox.deidentify.treatments import Secret, expression, joins, prepare

_NOBODY = Secret(b"", b"")


@dataclass(frozen=True, slots=True)
class Counted:
    """Classes of a node: rows of those under k, the classes that stay, and discernibility (Bayardo and Agrawal 2005).

    A suppressed row counts as one that cannot be told from any other.
    """

    rows: int
    suppressed: int
    classes: int
    smallest: int
    discernibility: int

    @property
    def suppressed_share(self) -> float:
        """Rows left out, of all."""
        return self.suppressed / self.rows if self.rows else 0.0


class Tuples:
    """The distinct tuples of a view, and how they fall together at each node."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        table: TableRule,
        ladders: list[list[ColumnRule]],
        types: dict[str, str],
    ) -> None:
        """Make the tables and measure each level's penalty (``risk.loss``).

        Raises:
            ValuesOutsideHierarchy: a value that the declared hierarchy does not name.
        """
        self._db, self._table, self._ladders = db, table, ladders
        self.penalties = [
            [self._make_level(place, level, rule, types) for level, rule in enumerate(ladder)]
            for place, ladder in enumerate(ladders)
        ]
        self._has_shared = self._make_tuples(types)

    def count(self, node: Node, wanted: Wanted) -> Counted:
        """The classes of a node; people of several tuples are counted once where a sum would do."""
        found = self._count("tuples", "sum(people)", node, wanted.k)
        is_exact = not self._has_shared
        if is_exact or found.suppressed_share > wanted.suppressed_share:
            # A sum over tuples counts nobody too little: what fails by it fails.
            return found
        return self._count("coded", "count(DISTINCT person)", node, wanted.k)

    def _count(self, relation: str, size: str, node: Node, k: int) -> Counted:
        rows, suppressed, classes, smallest, squares = self._db.execute(
            f"""SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (size < {k}), 0),
                count(*) FILTER (size >= {k}), coalesce(min(size) FILTER (size >= {k}), 0),
                coalesce(sum(n * n) FILTER (size >= {k}), 0)
            FROM (SELECT sum(n)::BIGINT AS n, {size}::BIGINT AS size FROM {relation} GROUP BY {self._keys(node)})"""
        ).fetchall()[0]
        every = int(squares) + int(suppressed) * int(rows)
        return Counted(int(rows), int(suppressed), classes, int(smallest), every)

    def is_diverse(self, node: Node, wanted: Wanted) -> bool:
        """Whether the classes that stay have enough values of each sensitive column, and near enough ones."""
        names = self._table.sensitive
        if wanted.l > 1 and any(self._has_poor_class(node, wanted, one) for one in names):
            return False
        return wanted.t >= 1 or all(
            one["t"] <= wanted.t for one in self.diversity(node, wanted.k).values()
        )

    def diversity(self, node: Node, k: int) -> dict[str, dict[str, float]]:
        """L and t of each sensitive column in the classes that stay."""
        return {
            name: {"l": self._fewest(node, k, name), "t": self._farthest()}
            for name in self._table.sensitive
        }

    def _has_poor_class(self, node: Node, wanted: Wanted, name: str) -> bool:
        """Whether a class that stays has too few values; only classes with too few are counted by people."""
        keys, columns, same = self._words(node, "poor")
        relation, size = self._people
        found = self._db.execute(
            f"""WITH poor AS (SELECT {columns} FROM sensitives GROUP BY {keys}
                HAVING count(DISTINCT "sensitive {name}") + max(("sensitive {name}" IS NULL)::INTEGER) < {wanted.l})
            SELECT 1 FROM {relation} AS s SEMI JOIN poor ON {same} GROUP BY {keys} HAVING {size} >= {wanted.k} LIMIT 1"""
        ).fetchall()
        return bool(found)

    def _fewest(self, node: Node, k: int, name: str) -> int:
        """Lay out the table ``pairs`` of one sensitive column; returns l."""
        keys, columns, same = self._words(node, "kept")
        relation, size = self._people
        ranked = "0" if keys == "()" else f"dense_rank() OVER (ORDER BY {keys})"
        self._db.execute(
            f"""CREATE OR REPLACE TEMP TABLE pairs AS
            WITH kept AS (SELECT {columns} FROM {relation} GROUP BY {keys} HAVING {size} >= {k})
            SELECT {ranked} AS class, s, n FROM (SELECT {columns}, "sensitive {name}" AS s, sum(n)::BIGINT AS n
                FROM sensitives AS s SEMI JOIN kept ON {same} GROUP BY ALL)"""
        )
        (fewest,) = self._db.execute(
            "SELECT coalesce(min(n), 0) FROM (SELECT count(*) AS n FROM pairs GROUP BY class)"
        ).fetchall()[0]
        return int(fewest)

    @property
    def _people(self) -> tuple[str, str]:
        """The relation in which a class's people are counted, and how."""
        if self._has_shared:
            return "coded", "count(DISTINCT person)"
        return "tuples", "sum(people)"

    def _words(self, node: Node, other: str) -> tuple[str, str, str]:
        """A node's columns to group by, to select, and to compare with another relation's; of one class all the same."""
        keys = self._keys(node)
        if keys == "()":
            return keys, "0 AS whole", "true"
        return keys, keys, " AND ".join(f"{other}.{one} = s.{one}" for one in keys.split(", "))

    def _farthest(self) -> float:
        """T of the table ``pairs``; what cannot be measured is as far as can be."""
        found = closeness(self._db)
        return 1.0 if found is None else found

    def _keys(self, node: Node) -> str:
        """The columns of a node that stay; the grouping of everything where none does."""
        kept = [
            f"c{place}_{level}"
            for place, level in enumerate(node)
            if self._ladders[place][level].treatment != "drop"
        ]
        return ", ".join(kept) or "()"

    def _make_level(self, place: int, level: int, rule: ColumnRule, types: dict[str, str]) -> float:
        """Number the values of a column at one level; returns the level's penalty."""
        if rule.treatment == "drop":
            return 1.0
        alone = replace(self._table, columns=(rule,))
        name, ladder = f'"{rule.name}"', f"ladder{place}"
        if level == 0:
            self._db.execute(f"CREATE TABLE {ladder} AS SELECT DISTINCT {name} FROM raw")
        prepare(self._db, alone, _NOBODY)
        value = expression(rule, types[rule.name])
        self._db.execute(
            f"CREATE OR REPLACE TABLE {ladder} AS SELECT raw.*, dense_rank() OVER (ORDER BY {value})::INTEGER "
            f"AS c{place}_{level} FROM {ladder} AS raw{joins(alone, [rule])}"
        )
        penalty = certainty_penalty(self._db, alone, types, 0.0)[rule.name]
        self._db.execute(f'DROP TABLE IF EXISTS "generalise {rule.name}"')
        return penalty

    def _make_tuples(self, types: dict[str, str]) -> bool:
        """Aggregate once; returns whether one person has rows in several tuples."""
        person = self._table.person_column
        codes = self._group(types)
        listed = ", ".join(codes)
        keys, grouping = (f"{listed}, ", listed) if codes else ("", "()")
        if self._table.sensitive:
            self._db.execute(
                "CREATE TABLE sensitives AS SELECT * EXCLUDE (person, n), sum(n)::BIGINT AS n FROM coded GROUP BY ALL"
            )
            self._db.execute(
                f"CREATE OR REPLACE TABLE coded AS SELECT {keys}person, sum(n)::BIGINT AS n FROM coded GROUP BY ALL"
            )
        people = "count(DISTINCT person)" if person else "sum(n)::BIGINT"
        self._db.execute(
            f"CREATE TABLE tuples AS SELECT {keys}{people} AS people, sum(n)::BIGINT AS n FROM coded GROUP BY {grouping}"
        )
        if not person:
            return False
        together, alone = self._db.execute(
            "SELECT (SELECT sum(people) FROM tuples), (SELECT count(DISTINCT person) FROM coded)"
        ).fetchall()[0]
        return bool(together != alone)

    def _group(self, types: dict[str, str]) -> list[str]:
        """The table ``coded``: rows by tuple, person and sensitive values as they are stored; returns its numbered columns."""
        numbered = [
            place for place, ladder in enumerate(self._ladders) if ladder[0].treatment != "drop"
        ]
        names = [f'"{self._ladders[place][0].name}"' for place in numbered]
        codes = [
            f"c{place}_{level}"
            for place in numbered
            for level, rule in enumerate(self._ladders[place])
            if rule.treatment != "drop"
        ]
        rules = [
            _as_stored(one) for one in self._table.columns if one.name in self._table.sensitive
        ]
        prepare(self._db, replace(self._table, columns=tuple(rules)), _NOBODY)
        told = [f'{expression(one, types[one.name])} AS "sensitive {one.name}"' for one in rules]
        person = self._table.person_column
        who = f'raw."{person}" AS person' if person else "NULL AS person"
        raw = [f"raw.{name}" for name in names]
        self._db.execute(
            f"CREATE TABLE grouped AS SELECT {', '.join([*raw, who, *told, 'count(*) AS n'])} "
            f"FROM raw{joins(self._table, rules)} GROUP BY ALL"
        )
        joined = "".join(
            f" JOIN ladder{place} ON ladder{place}.{name} IS NOT DISTINCT FROM t.{name}"
            for place, name in zip(numbered, names, strict=True)
        )
        kept = [*codes, *(f'"sensitive {one.name}"' for one in rules), "person", "n"]
        self._db.execute(
            f"CREATE TABLE coded AS SELECT {', '.join(kept)} FROM grouped AS t{joined}"
        )
        self._db.execute("DROP TABLE grouped")
        return codes


def _as_stored(rule: ColumnRule) -> ColumnRule:
    """A sensitive column's rule; what depends on keys or on other rows is taken as it came."""
    is_plain = rule.treatment in {"band", "round", "generalise", "top_bottom_code"}
    return rule if is_plain else replace(rule, treatment="keep")
