"""The search index of the entries on both engines: FTS5 on SQLite, a tsvector on PostgreSQL.

Both hold the same tokens (``registry.search.tokens``) with their positions, so that both give the
same answers in the same order: an exact code first, then entries whose title answers every word,
then the others, each from the newest. That order needs no statistics of words, which the two
engines keep differently, and it stops after the first 2,000 however many there are; more than that
nobody reads, and whoever counts them says "2,000+". Filters are tokens of the same index, so that a
rare value is found behind any number of other hits.

The statements are written out, because neither engine's text search is in SQLAlchemy's language.
All tokens are ours (letters, digits, underscore), so that none can end a literal early.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from registry.search.tokens import (
    Filters,
    Phrase,
    Term,
    code_token,
    index_tokens,
    initial_tokens,
    initials,
)

#: How many candidates are ranked, counted and paged through at most.
MOST_CANDIDATES: Final = 2000
#: The values that are counted beside the answers, columns of ``registry_entry``.
FACETS: Final = ("region", "industry", "kind", "status")

_SQLITE: Final = "sqlite"
_POSTGRESQL: Final = "postgresql"
_BATCH: Final = 5000
# PostgreSQL has four weights and no columns: code, title, body; filters need no position at all.
_CODE, _TITLE, _BODY = "B", "A", "C"
_FTS_TITLE: Final = "{title initials}"
# Between title, initials and body, so that no phrase reaches from one into the next.
_GAP: Final = 2

_CREATE: Final = {
    _SQLITE: (
        # The tokens are stored beside the index: without them SQLite before 3.43 cannot take an
        # entry out again. `ascii` leaves every other letter as it is, our tokens are lower case.
        (
            "CREATE VIRTUAL TABLE registry_entry_text USING fts5("
            "code, title, body, initials, filters, tokenize=\"ascii tokenchars '_'\", prefix='1')"
        ),
    ),
    _POSTGRESQL: (
        "CREATE TABLE registry_entry_text (serial bigint PRIMARY KEY, tokens tsvector NOT NULL)",
        # No list of pending entries: a search would have to read it through.
        (
            "CREATE INDEX ix_registry_entry_text_tokens ON registry_entry_text "
            "USING gin (tokens) WITH (fastupdate = off)"
        ),
        # The planner chooses between the index and the newest rows by how frequent a token is.
        "ALTER TABLE registry_entry_text ALTER COLUMN tokens SET STATISTICS 1000",
    ),
}
_INSERT: Final = {
    _SQLITE: (
        "INSERT OR REPLACE INTO registry_entry_text (rowid, code, title, body, initials, filters) "
        "VALUES (:serial, :code, :title, :body, :initials, :filters)"
    ),
    _POSTGRESQL: (
        "INSERT INTO registry_entry_text (serial, tokens) "
        "VALUES (:serial, CAST(:tokens AS tsvector)) "
        "ON CONFLICT (serial) DO UPDATE SET tokens = excluded.tokens"
    ),
}
_AMONG: Final = {
    _SQLITE: "serial IN (SELECT value FROM json_each(:serials))",
    _POSTGRESQL: "serial = ANY(CAST(:serials AS bigint[]))",
}
_SERIAL: Final = {_SQLITE: "rowid", _POSTGRESQL: "serial"}


@dataclass(frozen=True, slots=True)
class EntryText:
    """What the index knows of an entry. The title is its name, the body what else may be found."""

    serial: int
    code: str
    title: str
    body: str
    filters: Filters


@dataclass(frozen=True, slots=True)
class Candidates:
    """Serials of entries in their order; ``is_capped`` when there are more of them."""

    serials: tuple[int, ...]
    is_capped: bool


def create_statements(dialect: str) -> list[str]:
    """What makes the empty index, for ``sqlite`` or ``postgresql``; no extension is needed."""
    return list(_CREATE[dialect])


def upsert(session: Session, entry: EntryText) -> None:
    """Put an entry in, or replace what the index knows of it; after every change of a status too."""
    dialect = _dialect_of(session)
    session.connection().execute(text(_INSERT[dialect]), _row_of(dialect, entry))


def delete(session: Session, serial: int) -> None:
    """Take an entry out; one that is not there is no error."""
    column = _SERIAL[_dialect_of(session)]
    session.connection().execute(
        text(f"DELETE FROM registry_entry_text WHERE {column} = :serial"),  # noqa: S608 - one of two names of ours
        {"serial": serial},
    )


def bulk_load(session: Session, entries: Iterable[EntryText]) -> int:
    """Fill an empty index, and give back how many entries it took.

    On PostgreSQL make the table first and its GIN index afterwards where there are very many.
    """
    dialect = _dialect_of(session)
    statement, connection, count = text(_INSERT[dialect]), session.connection(), 0
    rows = (_row_of(dialect, entry) for entry in entries)
    while batch := list(islice(rows, _BATCH)):
        connection.execute(statement, batch)
        count += len(batch)
    return count


def settle(session: Session) -> None:
    """Bring the index into its best form after a bulk load; answers are the same without it."""
    if _dialect_of(session) == _SQLITE:
        statement = "INSERT INTO registry_entry_text (registry_entry_text) VALUES ('optimize')"
    else:
        statement = "ANALYZE registry_entry_text"
    session.connection().execute(text(statement))


def match_clause(
    dialect: str, phrases: Sequence[Phrase], filters: Filters, *, in_title: bool = False
) -> tuple[str, dict[str, str]]:
    """The condition of an entry that answers every phrase and has every filter value.

    ``in_title`` asks that the title, or its initials, answer every phrase. Empty when nothing is
    asked for at all.
    """
    if not phrases and not filters.tokens():
        return "", {}
    if dialect == _SQLITE:
        asked = " AND ".join(_fts_phrase(phrase) for phrase in phrases)
        if in_title and asked:
            asked = f"{_FTS_TITLE} : ({asked})"
        tokens = [f'filters : "{token}"' for token in filters.tokens()]
        question = " AND ".join(([f"({asked})"] if asked else []) + tokens)
        return "registry_entry_text MATCH :question", {"question": question}
    weight = _TITLE if in_title else ""
    words = [_ts_phrase(phrase, weight) for phrase in phrases]
    question = " & ".join([*words, *(f"'{token}'" for token in filters.tokens())])
    return "tokens @@ CAST(:question AS tsquery)", {"question": question}


def candidates(
    session: Session,
    phrases: Sequence[Phrase],
    filters: Filters,
    *,
    most: int = MOST_CANDIDATES,
) -> Candidates:
    """The entries that answer, in their order, at most ``most`` of them."""
    dialect = _dialect_of(session)
    if dialect == _POSTGRESQL:
        # A plan made for any question would not know whether this one's tokens are frequent.
        session.connection().execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    found: dict[int, None] = {}
    for clause, facts in _tiers(dialect, phrases, filters):
        found.update(dict.fromkeys(_newest(session, clause, facts, most + 1)))
        if len(found) > most:
            break
    return Candidates(tuple(islice(found, most)), len(found) > most)


def count_facets(session: Session, serials: Sequence[int]) -> dict[str, dict[str, int]]:
    """How many of the entries have each region, industry, kind and status; frequent values first."""
    columns = ", ".join(FACETS)
    dialect = _dialect_of(session)
    statement = text(
        f"SELECT {columns}, count(*) FROM registry_entry WHERE {_AMONG[dialect]} "  # noqa: S608 - names of ours
        f"GROUP BY {columns}"
    )
    # One parameter for all of them: two thousand would take longer than the counting.
    facts = {"serials": json.dumps(serials) if dialect == _SQLITE else list(serials)}
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for *values, count in session.connection().execute(statement, facts):
        for facet, value in zip(FACETS, values, strict=True):
            counts[facet][value] += count
    return {
        facet: dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
        for facet, counted in counts.items()
    }


def _dialect_of(session: Session) -> str:
    return session.connection().dialect.name


def _tiers(
    dialect: str, phrases: Sequence[Phrase], filters: Filters
) -> Iterator[tuple[str, dict[str, str]]]:
    if len(phrases) == 1 and phrases[0].code:
        term = Term((phrases[0].code,), in_code=True)
        yield match_clause(dialect, [Phrase((term,))], filters)
    if phrases:
        yield match_clause(dialect, phrases, filters, in_title=True)
    yield match_clause(dialect, phrases, filters)


def _newest(session: Session, clause: str, facts: dict[str, str], most: int) -> list[int]:
    column = _SERIAL[_dialect_of(session)]
    where = f"WHERE {clause} " if clause else ""
    statement = text(
        f"SELECT {column} FROM registry_entry_text {where}ORDER BY {column} DESC LIMIT :most"  # noqa: S608 - our own words; the question is a parameter
    )
    answered = session.connection().execute(statement, {**facts, "most": most})
    return [serial for (serial,) in answered]


def _row_of(dialect: str, entry: EntryText) -> dict[str, Any]:
    title, body = index_tokens(entry.title), index_tokens(f"{entry.code}\n{entry.body}")
    letters, code = initial_tokens(initials(entry.title)), code_token(entry.code)
    filters = entry.filters.index_tokens()
    if dialect == _SQLITE:
        return {
            "serial": entry.serial,
            "code": code,
            "title": " ".join(title),
            "body": " ".join(body),
            "initials": " ".join(letters),
            "filters": " ".join(filters),
        }
    placed, position = [f"'{token}'" for token in filters], 1
    for tokens, weight in (((code,), _CODE), (title, _TITLE), (letters, _TITLE), (body, _BODY)):
        for token in filter(None, tokens):
            placed.append(f"'{token}':{position}{weight}")
            position += 1
        position += _GAP
    return {"serial": entry.serial, "tokens": " ".join(placed)}


def _fts_phrase(phrase: Phrase) -> str:
    terms = []
    for term in phrase.alternatives:
        column = "title : " if term.in_title else "code : " if term.in_code else ""
        terms.append(f'{column}"{" ".join(term.tokens)}"{" *" if term.is_prefix else ""}')
    return f"({' OR '.join(terms)})"


def _ts_phrase(phrase: Phrase, weight: str) -> str:
    return f"({' | '.join(_ts_term(term, weight) for term in phrase.alternatives)})"


def _ts_term(term: Term, weight: str) -> str:
    weight = _TITLE if term.in_title else _CODE if term.in_code else weight
    marks = [weight] * (len(term.tokens) - 1) + [f"*{weight}" if term.is_prefix else weight]
    return " <-> ".join(
        f"'{token}':{mark}" if mark else f"'{token}'"
        for token, mark in zip(term.tokens, marks, strict=True)
    )
