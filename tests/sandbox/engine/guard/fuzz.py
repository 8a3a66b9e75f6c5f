"""Random statements, by two grammars and by mutating the corpus, and whether guard and engine agree on each.

``python -m tests.sandbox.engine.guard.fuzz 100000`` tries so many and prints what came of them.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from sandbox.engine.guard import Description, Plan, analyse
from sandbox.engine.guard.description import fold
from sandbox.engine.guard.reading.kinds import family_of
from sandbox.engine.process.inside.checker import Doubtful, check_sql
from sandbox.engine.process.inside.database import use_catalog
from sandbox.errors.guard import SqlRefused
from tests.sandbox.engine.guard.corpus import MODES, description, lines
from tests.sandbox.engine.guard.expressions import Expressions

TABLES = {
    "persons": ("person_id", "age", "sex", "county", "income", "diagnosis", "visit_date"),
    "enterprises": ("ent_id", "industry", "county", "employees", "revenue", "founded"),
}
#: Names that no licence knows, and what an attacker would want of the engine.
FOREIGN = ("secret_link", "duckdb_settings()", "read_csv('/etc/passwd')", "pg_catalog.pg_class",
           "information_schema.tables", "glob('*')", "'x.parquet'", "range(10)")  # fmt: skip


class Disagreement(AssertionError):
    """Guard and engine understand a statement differently."""


class Grammar:
    """Statements over the corpus's tables; most of them nearly lawful."""

    def __init__(self, chance: random.Random) -> None:
        self.pick: Callable[[Sequence[str]], str] = chance.choice
        self.chance = chance

    def statement(self) -> str:
        text = self.query(2)
        if self.chance.random() < 0.15:
            text = f"WITH w AS ({self.query(1)}) SELECT * FROM w"
        if self.chance.random() < 0.05:
            text = self.pick((f"{text};", f"EXPLAIN {text}", f"COPY ({text}) TO 'x'", f"({text})",
                              f"{text} UNION ALL {self.query(1)}", f"CREATE TABLE y AS {text}"))  # fmt: skip
        return text

    def query(self, depth: int) -> str:
        table = self.pick(tuple(TABLES))
        source, columns = self.source(table, depth)
        keys = self.chance.sample(columns, self.chance.randrange(0, 3))
        outputs = [
            *keys,
            *(self.aggregate(columns, depth) for _ in range(self.chance.randrange(1, 3))),
        ]
        if self.chance.random() < 0.2:
            outputs = [self.scalar(columns, depth) for _ in range(self.chance.randrange(1, 3))]
        text = (
            f"SELECT {', '.join(f'{one} AS o{i}' for i, one in enumerate(outputs))} FROM {source}"
        )
        if self.chance.random() < 0.5:
            text += f" WHERE {self.condition(columns, depth)}"
        if keys and self.chance.random() < 0.9:
            form = self.pick(("{}", "{}", "{}", "ROLLUP ({})", "CUBE ({})", "ALL"))
            text += f" GROUP BY {form.format(', '.join(keys))}"
        if self.chance.random() < 0.2:
            text += f" HAVING {self.aggregate(columns, 0)} > {self.number()}"
        if self.chance.random() < 0.3:
            text += f" ORDER BY {self.pick(('1', 'o0 DESC', 'o0 NULLS FIRST', '2'))}"
        return text + self.pick(("", "", "", " LIMIT 5", " LIMIT 2 OFFSET 1"))

    def source(self, table: str, depth: int) -> tuple[str, list[str]]:
        columns = list(TABLES[table])
        roll = self.chance.random()
        if roll < 0.08:
            return self.pick(FOREIGN), columns
        if roll < 0.2 and depth:
            return f"(SELECT * FROM {table} WHERE {self.condition(columns, 0)}) AS q", columns
        if roll < 0.3:
            return f"{table} {self.pick(('AS t', 'TABLESAMPLE 10%', 'AS t(a, b)', ''))}", columns
        if roll < 0.4:
            join = self.pick(("JOIN", "LEFT JOIN", "CROSS JOIN", "NATURAL JOIN", "SEMI JOIN", ","))
            on = (
                ""
                if join in ("CROSS JOIN", "NATURAL JOIN", ",")
                else " ON persons.county = enterprises.county"
            )
            return f"persons {join} enterprises{on}", ["persons.age", "persons.county", "industry"]
        return table, columns

    def number(self) -> str:
        return self.pick(("0", "1", "5", "10", "42", "-1", "1.5", "1e3", "99999999999"))

    def scalar(self, columns: list[str], depth: int) -> str:
        column = self.pick(columns)
        if depth <= 0 or self.chance.random() < 0.4:
            return self.pick((column, self.number(), "'F'", "NULL", "TRUE", "DATE '2020-01-01'"))
        inner = self.scalar(columns, depth - 1)
        return self.pick((
            f"{inner} + {self.number()}", f"{inner} / {self.scalar(columns, 0)}", f"-{inner}",
            f"CASE WHEN {self.condition(columns, depth - 1)} THEN {inner} ELSE {self.number()} END",
            f"CAST({inner} AS {self.pick(('INTEGER', 'VARCHAR', 'DOUBLE', 'DATE', 'DECIMAL(10,2)', 'JSON'))})",
            f"{self.pick(('abs', 'lower', 'length', 'year', 'sqrt', 'ln', 'md5', 'getenv', 'error', 'hash', 'random', 'round'))}({inner})",
            f"coalesce({inner}, {self.number()})", f"{column} || 'x'", f"{column}::VARCHAR", f"({inner})",
            f"substr({column}, 1, 2)", f"date_trunc('month', {column})", f"{column}[1]", f"[{column}]",
        ))  # fmt: skip

    def condition(self, columns: list[str], depth: int) -> str:
        left, right = self.scalar(columns, depth), self.scalar(columns, 0)
        one = self.pick((
            f"{left} {self.pick(('=', '<>', '<', '>=', 'IS DISTINCT FROM'))} {right}",
            f"{left} IN ({right}, {self.number()})", f"{left} BETWEEN {self.number()} AND {right}",
            f"{left} IS NOT NULL", f"{left} LIKE 'F%'", f"NOT ({left} = {right})", f"{left} ~ '^a'",
            f"EXISTS (SELECT 1 FROM persons p WHERE p.county = {self.pick(columns)})",
            f"{left} IN (SELECT county FROM enterprises GROUP BY county)",
            f"{left} > (SELECT AVG(age) FROM persons)",
        ))  # fmt: skip
        return (
            f"{one} {self.pick(('AND', 'OR'))} {right} = {right}"
            if self.chance.random() < 0.2
            else one
        )

    def aggregate(self, columns: list[str], depth: int) -> str:
        inner = self.scalar(columns, depth)
        text = self.pick((
            "COUNT(*)", "COUNT(*)", f"SUM({inner})", f"AVG({inner})", f"COUNT(DISTINCT {self.pick(columns)})",
            f"MIN({inner})", f"MEDIAN({inner})", f"STDDEV_SAMP({inner})", f"quantile_cont({inner}, 0.9)",
            f"COUNT_IF({self.condition(columns, 0)})", f"list({inner})", "SUM(COUNT(*)) OVER ()",
            f"string_agg({inner}, ',')", f"corr({inner}, {self.pick(columns)})", f"mode({inner})",
        ))  # fmt: skip
        if self.chance.random() < 0.15:
            text += f" FILTER (WHERE {self.condition(columns, 0)})"
        return f"{text} * 2" if self.chance.random() < 0.1 else text


def readable_trees() -> Iterator[exp.Expr]:
    """The statements of the corpus that sqlglot can read and that are not endless."""
    for name in ("honest.jsonl", "attacks.jsonl", "own_attacks.jsonl"):
        for line in lines(name):
            if len(line["sql"]) > 2_000:
                continue
            try:
                yield sqlglot.parse_one(line["sql"], read="duckdb")
            except Exception:  # noqa: BLE001 - what sqlglot cannot read is of no use here
                continue


def mutations(chance: random.Random) -> Iterator[str]:
    """The corpus's own statements with parts of one put in the place of parts of others; without end."""
    trees = list(readable_trees())
    parts = [node for tree in trees for node in tree.find_all(exp.Expression)]
    while True:
        tree = chance.choice(trees).copy()
        nodes = list(tree.find_all(exp.Expression))
        for _ in range(chance.randrange(1, 3)):
            target, part = chance.choice(nodes), chance.choice(parts)
            if target is not tree and target.parent is not None:
                target.replace(part.copy())
        try:
            text = tree.sql("duckdb")
        except Exception:  # noqa: BLE001 - a tree that cannot be printed is no statement
            continue
        yield text if len(text) < 4_000 else text[:4_000]


class Judge:
    """Puts each statement to the guard and, where it is accepted, to the engine's parser and binder."""

    def __init__(self) -> None:
        self.connection, self.empty = small_tables(), small_tables()
        for table in TABLES:
            self.empty.execute(f"DELETE FROM {table}")
        self.counts: Counter[str] = Counter()

    def try_one(self, sql: str, mode: str) -> None:
        """
        Raises:
            Disagreement: they understand it differently, or it fails on data.
        """
        under = description(mode, rows_per_person=1)
        try:
            plan = analyse(sql, under)
        except SqlRefused:
            self.counts[f"{mode}: refused"] += 1
            return
        self.counts[f"{mode}: accepted"] += 1
        self.check_text(sql, under)
        self.check_plan(plan, sql)

    def check_text(self, sql: str, under: Description) -> None:
        """The engine's own tree of the analyst's text: one SELECT over the licence's tables."""
        try:
            statements = duckdb.extract_statements(sql)
            tree = self.ask(f"json_serialize_sql({quoted(sql)})")
        except (duckdb.Error, Disagreement):
            # The parser of the guard is more lenient in places; the text itself never reaches the engine.
            self.counts[f"{under.mode}: accepted, and not read by the engine"] += 1
            return
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Disagreement(f"no single SELECT: {sql}")
        names = {fold(one.name) for one in under.tables}
        named = {fold(key) for node in nodes(tree) for key in named_queries(node)}
        for node in nodes(tree):
            if node.get("type") in ("TABLE_FUNCTION", "SHOW_REF"):
                raise Disagreement(f"a table function: {sql}")
            if node.get("type") == "BASE_TABLE" and fold(node["table_name"]) not in names | named:
                raise Disagreement(f"table {node['table_name']}: {sql}")

    def check_plan(self, plan: Plan, sql: str) -> None:
        """The bound plan of what runs: it scans what the plan names, and fails on nothing."""
        try:
            bound = self.ask(f"json_serialize_plan({quoted(plan.sql)}, optimize := false)")
        except Disagreement:
            # Types that do not fit are the engine's to find: the run fails before anything is read.
            self.counts[f"{plan.mode}: accepted, and not bound by the engine"] += 1
            return
        try:
            check_sql(self.connection, plan.sql, set(TABLES))
        except (Doubtful, duckdb.Error) as doubt:
            raise Disagreement(f"{doubt!r}: {sql} -> {plan.sql}") from doubt
        for node in nodes(bound):
            if node.get("type") == "LOGICAL_GET":
                self.check_scan(node, plan, sql)
        self.check_run(plan, sql)

    def check_run(self, plan: Plan, sql: str) -> None:
        """What runs fails on nobody's value, and gives the types that the plan names."""
        failure = fails(self.connection, plan.sql)
        if failure is None:
            # Under noise the engine gives what the answer is made of, not the answer.
            if plan.noise is None:
                self.check_types(plan, sql)
            return
        if "memory" in failure.lower():
            return
        if fails(self.empty, plan.sql) is None:
            raise Disagreement(f"it fails on data: {failure}: {sql} -> {plan.sql}")
        # Literals that cannot be computed: it fails whatever the data is, and tells nothing of it.
        self.counts[f"{plan.mode}: accepted, and fails without data too"] += 1

    def check_types(self, plan: Plan, sql: str) -> None:
        """Each column is for the engine what it is for the guard: else the engine would convert values by itself."""
        columns = self.empty.execute(plan.sql).description or ()
        for one, (_, kind, *_) in zip(plan.columns, columns, strict=False):
            theirs = family_of(str(kind).strip('"'))
            if theirs not in ("", family_of(one.type)):
                raise Disagreement(f"{one.name} is {one.type} and {kind}: {sql} -> {plan.sql}")

    def check_scan(self, node: dict[str, Any], plan: Plan, sql: str) -> None:
        table = node["function_data"]["table"]
        read = {node["names"][one["index"]] for one in node["column_indexes"]
                if one["index"] < len(node["names"])}  # fmt: skip
        if not read <= set(plan.tables.get(table, ())):
            raise Disagreement(f"{table} {read} is more than {plan.tables}: {sql}")

    def ask(self, call: str) -> Any:
        row = self.connection.execute(f"SELECT {call}").fetchone()
        assert row is not None
        tree = json.loads(row[0])
        if tree.get("error"):
            raise Disagreement(f"the engine cannot read {call}")
        return tree


def fails(connection: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """What the engine says against a statement; None where it answers."""
    try:
        connection.execute(sql).fetchall()
    except duckdb.Error as failure:
        return str(failure)
    return None


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def named_queries(node: dict[str, Any]) -> list[str]:
    """The names of WITH in a node of the engine's tree."""
    found = node.get("cte_map")
    return [one["key"] for one in found["map"]] if isinstance(found, dict) else []


def quoted(sql: str) -> str:
    return "'" + sql.replace("'", "''") + "'"


def small_tables() -> duckdb.DuckDBPyConnection:
    """The corpus's tables with some rows of nobody real, NULLs and extremes among them."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET memory_limit = '500MB'")
    use_catalog(connection)
    connection.execute("""
        CREATE TABLE persons AS SELECT i AS person_id, (18 + i % 70)::INTEGER AS age,
        CASE i % 3 WHEN 0 THEN 'F' WHEN 1 THEN 'M' END AS sex, 'C' || lpad((1 + i % 21)::VARCHAR, 2, '0') AS county,
        (i * 977 % 100000)::INTEGER AS income, CASE WHEN i % 5 > 0 THEN 'E11' END AS diagnosis,
        DATE '2015-01-01' + (i % 3000)::INTEGER AS visit_date FROM range(400) r(i)""")
    connection.execute("""
        CREATE TABLE enterprises AS SELECT i AS ent_id, 'A' AS industry,
        'C' || lpad((1 + i % 21)::VARCHAR, 2, '0') AS county, (i % 2000)::INTEGER AS employees,
        (i * 1000.25)::DECIMAL(18,2) AS revenue, DATE '1980-01-01' + i::INTEGER AS founded FROM range(100) r(i)""")
    return connection


def fuzz(count: int, seed: int) -> Counter[str]:
    """Try so many statements, a third by each grammar; how many were accepted by mode.

    Raises:
        Disagreement: at the first one.
    """
    chance = random.Random(seed)
    mutated = mutations(chance)
    ways = (Grammar(chance).statement, Expressions(chance).statement, lambda: next(mutated))
    judge = Judge()
    for place in range(count):
        judge.try_one(ways[place % 3](), MODES[place // 3 % len(MODES)])
    return judge.counts


if __name__ == "__main__":
    print(fuzz(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))  # noqa: T201 - by hand
