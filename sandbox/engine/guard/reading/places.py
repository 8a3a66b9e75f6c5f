"""Where in the analyst's text a refusal points: line and column of a word, from 1, and its length.

While the tree is read, the parser's nodes know their words. What is refused later names a column, a function or
a table: its first word of that name is shown, or else the first word of the query.
"""

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token

from sandbox.engine.guard.description import fold
from sandbox.engine.guard.functions import AGGREGATES, SCALARS, WINDOWS
from sandbox.errors.guard import SqlRefused, SqlTooLarge

_NAMING = ("column_name", "function", "table", "of", "statement", "parameter", "undeclared")
#: Where the word begins and ends in the text, until its place is said.
_SPAN = "span"


def point_at(refusal: SqlRefused, node: exp.Expr) -> None:
    """Point at the first word of a node, unless the refusal points somewhere already."""
    if "line" in refusal.facts or _SPAN in refusal.facts:
        return
    word = next((one.meta for one in node.walk() if one.meta.get("line")), None)
    if word is not None:
        refusal.facts[_SPAN] = (word["start"], word["end"])


def point_nowhere(refusal: SqlRefused) -> None:
    """Take back where it points: that was another text than the analyst's."""
    for part in (_SPAN, "line", "column"):
        refusal.facts.pop(part, None)


def say_place(refusal: SqlRefused, sql: str) -> None:
    """Say ``line``, ``column`` and ``length`` of the word that the refusal points at or names, unless it says them.

    A text over a limit is as a whole too large, and is not looked at again.
    """
    span = refusal.facts.pop(_SPAN, None)
    if "line" in refusal.facts or isinstance(refusal, SqlTooLarge):
        return
    start, end = span or _named(refusal, sql) or (-1, -1)
    if start >= 0:
        refusal.facts |= {
            "line": sql.count("\n", 0, start) + 1,
            "column": start - sql.rfind("\n", 0, start),
            "length": end - start + 1,
        }


def _named(refusal: SqlRefused, sql: str) -> tuple[int, int] | None:
    """The first word that the refusal names, or else the first of the text."""
    try:
        tokens = DuckDB().tokenize(sql)
    except Exception:  # noqa: BLE001 - a text that has no words has no place
        return None
    said = (str(refusal.facts.get(one, "")).split(", ")[0] for one in _NAMING)
    names = {fold(one) for one in said} - {""}
    word = next((one for one in tokens if _names_of(one) & names), tokens[0] if tokens else None)
    return None if word is None else (word.start, word.end)


def _names_of(token: Token) -> set[str]:
    """What a word may be called: itself, and the function of which it is a synonym."""
    name = fold(token.text)
    tables = (SCALARS, AGGREGATES, WINDOWS)
    return {name, *(table[name].name for table in tables if name in table)}
