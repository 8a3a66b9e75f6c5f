"""The search index of the entries on both engines: FTS5 on SQLite, a tsvector on PostgreSQL.

Both hold the same tokens (``registry.search.tokens``) with their positions, so that both give the
same answers in the same order: an exact code first, then entries whose title answers every word,
then the others, each from the newest. That order needs no statistics of words, which the two
engines keep differently. Of more than 1,000 answers the newest 1,000 are taken as they come; nobody
reads more, and whoever counts them says "1,000+". Filters are tokens of the same index, so that a
rare value is found behind any number of other hits.

The statements are written out, because neither engine's text search is in SQLAlchemy's language.
All tokens are ours (letters, digits, underscore), so that none can end a literal early.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
MOST_CANDIDATES: Final = 1000
#: The values that are counted beside the answers, columns of ``registry_entry``.
FACETS: Final = ("region", "industry", "kind", "status")

_SQLITE: Final = "sqlite"
_POSTGRESQL: Final = "postgresql"
_BATCH: Final = 5000
_BEYOND_ALL: Final = 2**62
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
    ),
}
#: The statement of each engine that puts an entry in, or replaces it.
INSERT: Final = {
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
_LISTED: Final = {
    _SQLITE: "json_each(:serials) AS listed",
    _POSTGRESQL: "unnest(CAST(:serials AS bigint[])) AS listed (value)",
}
# From the index alone: a row of the table is as long as its form. SQLite would take the row.
_FACETED: Final = {
    _SQLITE: "registry_entry INDEXED BY ix_registry_entry_facets",
    _POSTGRESQL: "registry_entry",
}
_SERIAL: Final = {_SQLITE: "rowid", _POSTGRESQL: "serial"}
# Walking costs about 0.7 µs an entry, the index about 10 µs an answer, because a phrase is looked up
# in the entry itself: measured with a million entries. They meet where one entry of 80 answers.
_PROBE: Final = 4000
_FREQUENT: Final = 0.0125
# OFFSET 0 and MATERIALIZED keep the planner from choosing the other way.
_WALK: Final = (
    "SELECT serial FROM (SELECT serial, tokens FROM registry_entry_text WHERE serial < :before "
    "AND serial > :to ORDER BY serial DESC OFFSET 0) AS walked WHERE {} LIMIT :most"
)
_ASK: Final = (
    "WITH answers AS MATERIALIZED (SELECT serial FROM registry_entry_text WHERE {} "
    "AND serial < :before AND serial > :to) SELECT serial FROM answers ORDER BY serial DESC LIMIT :most"
)


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
    session.connection().execute(text(INSERT[dialect]), row_of(dialect, entry))


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
    statement, connection, count = text(INSERT[dialect]), session.connection(), 0
    rows = (row_of(dialect, entry) for entry in entries)
    while batch := list(islice(rows, _BATCH)):
        connection.execute(statement, batch)
        count += len(batch)
    return count


def is_filled(session: Session) -> bool:
    """Whether the index holds any entry."""
    statement = text("SELECT 1 FROM registry_entry_text LIMIT 1")
    return session.connection().execute(statement).first() is not None


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
    wanted, left_out = _filter_tokens(phrases, filters)
    if dialect == _SQLITE:
        asked = " AND ".join(_fts_phrase(phrase) for phrase in phrases)
        if in_title and asked:
            asked = f"{_FTS_TITLE} : ({asked})"
        # Not `filters : …`: no other column holds such a token, and to look is half of the time.
        tokens = [f'"{token}"' for token in wanted]
        question = " AND ".join(([f"({asked})"] if asked else []) + tokens)
        if left_out:
            others = " OR ".join(f'"{token}"' for token in left_out)
            question = f"({question}) NOT ({others})"
        return "registry_entry_text MATCH :question", {"question": question}
    weight = _TITLE if in_title else ""
    words = [_ts_phrase(phrase, weight) for phrase in phrases]
    tokens = [*(f"'{token}'" for token in wanted), *(f"!'{token}'" for token in left_out)]
    return "tokens @@ CAST(:question AS tsquery)", {"question": " & ".join([*words, *tokens])}


def _filter_tokens(
    phrases: Sequence[Phrase], filters: Filters
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tokens to ask for and to leave out; leaving out needs something to leave it out of."""
    rest = replace(filters, status="").tokens()
    left_out = filters.without()
    if left_out and (phrases or rest):
        return rest, left_out
    return filters.tokens(), ()


def candidates(
    session: Session,
    phrases: Sequence[Phrase],
    filters: Filters,
    *,
    most: int = MOST_CANDIDATES,
) -> Candidates:
    """The entries that answer, in their order, at most ``most`` of them.

    Where there are more, titles are not put before the rest: the newest come first.
    """
    dialect = _dialect_of(session)
    every = _newest(session, *match_clause(dialect, phrases, filters), most + 1)
    ranked: dict[int, None] = {}
    if len(phrases) == 1 and phrases[0].code:
        code = Phrase((Term((phrases[0].code,), in_code=True),))
        ranked.update(
            dict.fromkeys(_newest(session, *match_clause(dialect, [code], filters), most))
        )
    if phrases and 1 < len(every) <= most:
        titles = match_clause(dialect, phrases, filters, in_title=True)
        ranked.update(dict.fromkeys(_newest(session, *titles, most)))
    ranked.update(dict.fromkeys(every))
    return Candidates(tuple(islice(ranked, most)), len(ranked) > most)


def newest(
    session: Session,
    phrases: Sequence[Phrase],
    filters: Filters,
    *,
    before: int | None,
    most: int,
) -> list[int]:
    """Serials of the entries that answer, the newest first, from below ``before`` on."""
    clause, facts = match_clause(_dialect_of(session), phrases, filters)
    return _newest(session, clause, facts, most, before=before)


def count_facets(session: Session, serials: Sequence[int]) -> dict[str, dict[str, int]]:
    """How many of the entries have each region, industry, kind and status; frequent values first."""
    dialect = _dialect_of(session)
    statement = text(
        f"SELECT {', '.join(FACETS)} FROM {_LISTED[dialect]} JOIN {_FACETED[dialect]} "  # noqa: S608 - names of ours
        "ON registry_entry.serial = listed.value"
    )
    # One parameter for all of them: a thousand would take longer than the counting.
    facts = {"serials": json.dumps(serials) if dialect == _SQLITE else list(serials)}
    rows = session.connection().execute(statement, facts).all()
    columns = zip(*rows, strict=True) if rows else ((),) * len(FACETS)
    counts = dict(zip(FACETS, map(Counter, columns), strict=True))
    return {
        facet: dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
        for facet, counted in counts.items()
    }


def _dialect_of(session: Session) -> str:
    return session.connection().dialect.name


def _newest(
    session: Session, clause: str, facts: dict[str, str], most: int, *, before: int | None = None
) -> list[int]:
    dialect = _dialect_of(session)
    asked = {**facts, "most": most, "before": _BEYOND_ALL if before is None else before}
    if clause and dialect == _POSTGRESQL:
        return _newest_on_postgresql(session, clause, asked)
    column = _SERIAL[dialect]
    where = f"{clause} AND " if clause else ""
    statement = (
        f"SELECT {column} FROM registry_entry_text WHERE {where}{column} < :before "  # noqa: S608 - our own words; the question is a parameter
        f"ORDER BY {column} DESC LIMIT :most"
    )
    return _serials(session, statement, asked)


def _newest_on_postgresql(session: Session, clause: str, asked: dict[str, Any]) -> list[int]:
    """Walk from the newest entry while answers are frequent, else ask the index.

    The planner cannot choose: it takes the tokens of a phrase for independent, so it thinks a
    frequent phrase rare, and then looks at a quarter of a million entries to give back one thousand.
    """
    most, last = asked["most"], "SELECT max(serial) FROM registry_entry_text WHERE serial < :before"
    (newest,) = session.connection().execute(text(last), {"before": asked["before"]}).one()
    if newest is None:
        return []
    floor = newest - _PROBE
    found = _serials(session, _WALK.format(clause), {**asked, "to": floor})
    if len(found) >= most or floor <= 0:
        return found
    below = {**asked, "most": most - len(found), "before": floor + 1, "to": 0}
    is_frequent = len(found) >= _PROBE * _FREQUENT
    return found + _serials(session, (_WALK if is_frequent else _ASK).format(clause), below)


def _serials(session: Session, statement: str, facts: dict[str, Any]) -> list[int]:
    return [serial for (serial,) in session.connection().execute(text(statement), facts)]


def row_of(dialect: str, entry: EntryText) -> dict[str, Any]:
    """The parameters of ``INSERT`` for an entry."""
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
