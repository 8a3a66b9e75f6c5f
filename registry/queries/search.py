"""The search in the register: words, filters, facets, and the register as it stood at a past moment.

Now: the text index (``registry.search``) gives the serials in their order. Then: the newest version
of each entry up to the moment, read with plain conditions, because the index knows only the present.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from kernel.workdays import local_day
from registry.models import Entry, Version
from registry.queries.entries import EntryRow, entry_row, row_from_snapshot
from registry.search import index
from registry.search.index import EntryText
from registry.search.tokens import Filters, query_phrases
from registry.states import EntryStatus, Register

#: Cursors: a place in the ranked answers, or the last serial of a list without words.
_PLACE, _SERIAL = "n", "s"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """What somebody looks for in the register; empty text means anything."""

    text: str = ""
    region: str = ""
    industry: str = ""
    kind: str = ""
    status: str = ""
    as_of: datetime | None = None
    after: str = ""
    limit: int = 20

    @property
    def filters(self) -> Filters:
        """The filters as the index knows them."""
        return Filters(self.region, self.industry, self.kind, self.status)


@dataclass(frozen=True, slots=True)
class Found:
    """Entries that fit, and ``next_key``, with which to ask for more; empty at the end.

    ``count`` and ``facets`` look at the first 1,000 that fit; ``is_capped`` says there are more.
    """

    rows: list[EntryRow]
    next_key: str = ""
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    count: int = 0
    is_capped: bool = False


def search_entries(session: Session, wanted: EntrySearch) -> Found:
    """Entries that fit: an exact code first, then by the name, then by other words, newest first."""
    if wanted.as_of is not None:
        return _search_past(session, wanted)
    found = index.candidates(session, query_phrases(wanted.text), wanted.filters)
    counted = Found(
        [],
        facets=index.count_facets(session, found.serials),
        count=len(found.serials),
        is_capped=found.is_capped,
    )
    if not wanted.text:
        return _page_by_serial(session, wanted, counted)
    start = int(wanted.after[1:]) if wanted.after.startswith(_PLACE) else 0
    end = start + wanted.limit
    rows = _rows(session, found.serials[start:end])
    return replace(
        counted, rows=rows, next_key=f"{_PLACE}{end}" if end < len(found.serials) else ""
    )


def _page_by_serial(session: Session, wanted: EntrySearch, counted: Found) -> Found:
    before = int(wanted.after[1:]) if wanted.after.startswith(_SERIAL) else None
    serials = index.newest(session, (), wanted.filters, before=before, most=wanted.limit + 1)
    shown = serials[: wanted.limit]
    more = f"{_SERIAL}{shown[-1]}" if len(serials) > wanted.limit else ""
    return replace(counted, rows=_rows(session, shown), next_key=more)


def every_entry(session: Session, wanted: EntrySearch) -> Iterator[EntryRow]:
    """All entries that fit, the newest first, for an export; memory stays flat."""
    before: int | None = None
    phrases = query_phrases(wanted.text)
    while serials := index.newest(session, phrases, wanted.filters, before=before, most=_BATCH):
        yield from _rows(session, serials)
        before = serials[-1]
        session.expunge_all()


def _rows(session: Session, serials: tuple[int, ...] | list[int]) -> list[EntryRow]:
    found = session.exec(select(Entry).where(col(Entry.serial).in_(serials))).all()
    by_serial = {one.serial: one for one in found}
    return [entry_row(by_serial[serial]) for serial in serials]


def text_of(entry: Entry) -> EntryText:
    """What the index is to know of an entry."""
    form = entry.form
    words = ("summary", "keywords", "scenario", "catalogue_name", "catalogue_code")
    body = "\n".join((entry.organisation_name, *(str(form.get(name, "")) for name in words)))
    industry = f"{entry.industry}{form.get('industry_division', '')}"
    filters = Filters(entry.region, industry, entry.kind, entry.status)
    return EntryText(entry.serial or 0, entry.code, entry.name, body, filters)


def _search_past(session: Session, wanted: EntrySearch) -> Found:
    statement = _then(wanted)
    if wanted.after:
        statement = statement.where(col(Version.subject) > wanted.after)
    statement = statement.order_by(col(Version.subject)).limit(wanted.limit + 1)
    found = [row_from_snapshot(dict(one)) for one in session.exec(statement).all()]
    rows = found[: wanted.limit]
    return Found(rows, next_key=rows[-1].code if len(found) > wanted.limit else "")


def _then(wanted: EntrySearch) -> SelectOfScalar[Mapping[Any, Any]]:
    """The newest version of each entry up to the moment, as far as it fits."""
    newest = (
        select(Version.subject, func.max(Version.number).label("number"))
        .where(Version.register_name == Register.RESOURCES, col(Version.at) <= wanted.as_of)
        .group_by(col(Version.subject))
        .subquery()
    )
    is_newest = (col(Version.subject) == newest.c.subject) & (
        col(Version.number) == newest.c.number
    )
    snapshot = col(Version.snapshot)
    statement = (
        select(Version.snapshot)
        .join(newest, is_newest)
        .where(Version.register_name == Register.RESOURCES)
    )
    places = (
        snapshot["name"].as_string(),
        snapshot["form"]["summary"].as_string(),
        snapshot["organisation_name"].as_string(),
        col(Version.subject),
    )
    for word in wanted.text.split():
        fits = or_(*(place.contains(word, autoescape=True) for place in places))
        statement = statement.where(fits)
    if wanted.region:
        region = wanted.region.rstrip("0") if wanted.region.endswith("00") else wanted.region
        within = snapshot["form"]["region"].as_string().startswith(region, autoescape=True)
        statement = statement.where(within)
    if wanted.industry:
        same = snapshot["form"]["industry"].as_string() == wanted.industry[:1]
        statement = statement.where(same)
    if wanted.kind:
        statement = statement.where(snapshot["kind"].as_string() == wanted.kind)
    return statement.where(*_had_status(wanted))


def _had_status(wanted: EntrySearch) -> list[ColumnElement[bool]]:
    """The status of that day: a term that was over then counts, whether or not it was noted."""
    if wanted.as_of is None or not wanted.status:
        return []
    status = col(Version.snapshot)["status"].as_string()
    last_day = col(Version.snapshot)["valid_until"].as_string()
    is_over = (status == EntryStatus.EFFECTIVE) & (last_day < str(local_day(wanted.as_of)))
    if wanted.status == EntryStatus.EXPIRED:
        return [(status == EntryStatus.EXPIRED) | is_over]
    return [status == wanted.status, ~is_over]
