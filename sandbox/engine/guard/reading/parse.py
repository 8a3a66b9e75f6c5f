"""The one place that calls sqlglot's parser: exactly one query, or a refusal.

Functions are left under the analyst's own names (a parser of ours maps none), so a synonym that
sqlglot knows better than DuckDB cannot change a meaning on the way (decision 20).
"""

import re
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.tokenizer_core import Token, TokenType

from kernel.errors import msgid
from sandbox.errors.guard import OneQueryOnly, SqlUnreadable, StatementNotAllowed

STATEMENTS = frozenset({
    "ALTER", "ANALYZE", "ATTACH", "BEGIN", "CALL", "CHECKPOINT", "COMMENT", "COMMIT", "COPY",
    "CREATE", "DEALLOCATE", "DELETE", "DESC", "DESCRIBE", "DETACH", "DROP", "EXECUTE",
    "EXPLAIN", "EXPORT", "FORCE", "GRANT", "IMPORT", "INSERT", "INSTALL", "LOAD", "MERGE",
    "PIVOT", "PIVOT_WIDER", "PIVOT_LONGER", "PRAGMA", "PREPARE", "REPLACE", "RESET", "REVOKE",
    "ROLLBACK", "SET", "SHOW", "START", "SUMMARIZE", "TRUNCATE", "UNPIVOT", "UPDATE", "USE",
    "VACUUM", "TABLE", "VALUES", "ABORT", "END", "KILL",
})  # fmt: skip

_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
_SPACED = re.compile(r" ?([(),]) ?")
_SPELLINGS = {"INTEGER": "INT", "VARCHAR": "TEXT", "HUGEINT": "INT128", " NULLS LAST": ""}
_RESPELT = re.compile(r"\b(?:INTEGER|VARCHAR|HUGEINT)\b| NULLS LAST\b")


class Analyst(DuckDB):
    """DuckDB's syntax as analysts may write it."""

    class Parser(DuckDBParser):
        """No function is known by name; only the syntax of three is special."""

        FUNCTIONS: ClassVar[dict] = {}  # type: ignore[type-arg]  # sqlglot leaves it unparametrised
        FUNCTION_PARSERS: ClassVar[dict] = {  # type: ignore[type-arg]  # as above
            name: DuckDBParser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST", "EXTRACT")
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict] = {  # type: ignore[type-arg]  # as above
            name: DuckDBParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")
        }


def parse_query(sql: str, tokens: list[Token]) -> exp.Query:
    """Parse the text into sqlglot's tree of exactly one query.

    Raises:
        OneQueryOnly: nothing, or several statements.
        StatementNotAllowed: a statement other than SELECT, FROM or WITH.
        SqlUnreadable: the parser fails in any way, deep recursion included.
    """
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens = tokens[:-1]
    if not tokens:
        raise OneQueryOnly(statements=0)
    _check_first(tokens)
    if any(one.token_type == TokenType.SEMICOLON for one in tokens):
        count = 1 + sum(one.token_type == TokenType.SEMICOLON for one in tokens)
        raise OneQueryOnly(statements=count)
    try:
        trees = Analyst().parser().parse(tokens, sql)
    except Exception as failure:  # noqa: BLE001 - RecursionError, ValueError and IndexError were seen
        raise _unreadable(failure) from None
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1:
        raise OneQueryOnly(statements=len(found))
    tree = found[0]
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        raise StatementNotAllowed(statement=tokens[0].text.upper()[:20])
    return tree


def parse_printed(sql: str) -> exp.Expr:
    """The parser's tree of a text that we printed ourselves.

    Raises:
        OneQueryOnly: what we printed is not one statement.
    """
    trees = Analyst().parse(sql)
    if len(trees) != 1 or trees[0] is None:
        raise OneQueryOnly(statements=len(trees))
    return trees[0]


def spelling_of(sql: str) -> str:
    """The text in one spelling: two texts that we printed and that have the same one have the same tokens.

    Outside quotes all is in upper case with no space beside brackets and commas, a type has the name that the
    printer gives it, and NULLS LAST is left out: it is DuckDB's own order, so the parser reads both as one and
    the printer leaves it out.
    """
    pieces = _QUOTED.split(sql)
    # Every second piece is quoted, and stays.
    pieces[::2] = [_spell(one) for one in pieces[::2]]
    return "".join(pieces)


def _spell(words: str) -> str:
    tight = _SPACED.sub(r"\1", words.upper())
    return _RESPELT.sub(lambda found: _SPELLINGS[found.group()], tight)


def _check_first(tokens: list[Token]) -> None:
    first = next((one for one in tokens if one.token_type != TokenType.L_PAREN), tokens[0])
    word = first.text.upper()
    if word in STATEMENTS:
        raise StatementNotAllowed(statement=word)


def _unreadable(failure: Exception) -> SqlUnreadable:
    # Only the place is taken over: the parser's message quotes the text.
    places = getattr(failure, "errors", None) or [{}]
    line, column = places[0].get("line") or 1, places[0].get("col") or 1
    return SqlUnreadable(line=line, column=column, rewrite=msgid("the syntax is not understood"))
