"""A second opinion on the SQL that we generated, from the engine's own parser and binder.

Asked of a database that has the extract's tables and no row of them, in a process that may be
killed: binding evaluates constants, which can take for ever (decision 20).
"""

import json
import re
import socket
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from sandbox.engine.process import wire
from sandbox.engine.process.inside.database import CATALOG

#: Of a query's nodes; others write, and may stand in a CTE of a SELECT.
_READING = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_FOREIGN_SOURCES = frozenset({"TABLE_FUNCTION", "SHOW_REF"})
#: More digits than HUGEINT has, and no part of a name or text.
_WIDE_NUMBER = re.compile(r"""(?<![\w"'.])[0-9]{39,}(?![\w"'.])""")


class Doubtful(Exception):
    """The engine reads the text as something else than one SELECT over the extract."""


def answer_checks(
    talk: socket.socket, connection: duckdb.DuckDBPyConnection, tables: Collection[str]
) -> None:
    """Answer whether each text that comes may run, until nobody asks any more.

    Raises:
        WireBroken: the other side is gone.
    """
    while True:
        sql = wire.receive(talk)["sql"]
        try:
            check_sql(connection, sql, tables)
        except (Doubtful, duckdb.Error, ValueError, RecursionError):
            wire.send(talk, {"is_sound": False})
        else:
            wire.send(talk, {"is_sound": True})


def check_sql(connection: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> None:
    """Make sure that the text is one SELECT that scans tables of the extract and nothing else.

    Raises:
        Doubtful: it is not.
        duckdb.Error: the engine cannot read or bind it.
    """
    # Of statements the engine writes only SELECT as JSON; the text is not taken apart once more to count them.
    tree = _ask(connection, f"json_serialize_sql({_text(sql)})")
    if len(tree["statements"]) != 1:
        raise Doubtful
    for node in _nodes(tree):
        _check_source(node)
    # A plan with a whole number wider than HUGEINT cannot be written as JSON (the engine gives an
    # empty text); which number it is says nothing about what is scanned.
    narrow = _WIDE_NUMBER.sub("1e38", sql)
    plan = _ask(connection, f"json_serialize_plan({_text(narrow)}, optimize := false)")
    for node in _nodes(plan):
        if node.get("type") == "LOGICAL_GET":
            _check_scan(node, tables)


def _text(sql: str) -> str:
    return "'" + sql.replace("'", "''") + "'"


def _ask(connection: duckdb.DuckDBPyConnection, call: str) -> Any:  # noqa: ANN401 - the engine's own JSON
    row = connection.execute(f"SELECT {call}").fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree.get("error"):
        raise Doubtful
    return tree


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - as above
    # By a list of our own, not by recursion: depth is the analyst's to choose.
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _check_source(node: dict[str, Any]) -> None:
    kind = str(node.get("type", ""))
    if kind in _FOREIGN_SOURCES or (kind.endswith("_NODE") and kind not in _READING):
        raise Doubtful
    if kind == "BASE_TABLE":
        is_plain = node.get("schema_name", "") in ("", "main") and not node.get("catalog_name")
        if not is_plain:
            raise Doubtful


def _check_scan(node: dict[str, Any], tables: Collection[str]) -> None:
    scanned = node.get("function_data") or {}
    is_ours = scanned.get("catalog") == CATALOG and scanned.get("schema") == "main"
    if not is_ours or scanned.get("table") not in tables:
        raise Doubtful
