"""The catalogue's data items: one item, one source, one standard (一数一源一标准, domain 6).

Items are those of entries that are in force; their names are compared in their normalised form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from registry.form.checks.names import normalised_name
from registry.models import Entry, Item
from registry.states import EntryStatus


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One data item with the entry that it belongs to."""

    item_id: str
    name: str
    name_key: str
    type: str
    length: str
    meaning: str
    standard: str
    source_department: str
    entry_code: str
    entry_name: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Items of one name for which more than one source department or standard is named."""

    name_key: str
    items: tuple[ItemRow, ...]

    @property
    def name(self) -> str:
        """The name as the oldest of the items writes it."""
        return self.items[0].name

    @property
    def source_departments(self) -> list[str]:
        """The departments that are named, each once."""
        return sorted({one.source_department for one in self.items} - {""})

    @property
    def standards(self) -> list[str]:
        """The standards that are named, each once."""
        return sorted({one.standard for one in self.items} - {""})


def search_items(
    session: Session, today: date, *, name: str = "", after: str = "", limit: int = 20
) -> list[ItemRow]:
    """Items whose name holds the text, by name; one more than the limit when there are more."""
    statement = select(Item, Entry).join(Entry, col(Entry.code) == col(Item.entry_code))
    statement = statement.where(_is_in_force(today))
    if key := normalised_name(name):
        statement = statement.where(col(Item.name_key).contains(key, autoescape=True))
    if after:
        last_key, _, last_id = after.rpartition("|")
        same_name = (col(Item.name_key) == last_key) & (col(Item.id) > last_id)
        statement = statement.where((col(Item.name_key) > last_key) | same_name)
    statement = statement.order_by(col(Item.name_key), col(Item.id)).limit(limit + 1)
    return [_row_of(item, entry) for item, entry in session.exec(statement).all()]


def key_of_item(row: ItemRow) -> str:
    """The key of a row of :func:`search_items`, from which the next page goes on."""
    return f"{row.name_key}|{row.item_id}"


def conflicting_items(
    session: Session, today: date, *, after: str = "", limit: int = 20
) -> list[Conflict]:
    """Names with several sources or standards, by name; one more than the limit if there are more.

    What an item leaves empty contradicts nothing.
    """
    sources = func.count(func.distinct(func.nullif(Item.source_department, "")))
    standards = func.count(func.distinct(func.nullif(Item.standard, "")))
    statement = (
        select(Item.name_key)
        .join(Entry, col(Entry.code) == col(Item.entry_code))
        .where(_is_in_force(today), col(Item.name_key) > after)
        .group_by(col(Item.name_key))
        .having(or_(sources > 1, standards > 1))
        .order_by(col(Item.name_key))
        .limit(limit + 1)
    )
    keys = session.exec(statement).all()
    return _with_items(session, today, keys)


def _with_items(session: Session, today: date, keys: Sequence[str]) -> list[Conflict]:
    statement = (
        select(Item, Entry)
        .join(Entry, col(Entry.code) == col(Item.entry_code))
        .where(_is_in_force(today), col(Item.name_key).in_(keys))
        .order_by(col(Item.id))
    )
    found: dict[str, list[ItemRow]] = {key: [] for key in keys}
    for item, entry in session.exec(statement).all():
        found[item.name_key].append(_row_of(item, entry))
    return [Conflict(key, tuple(rows)) for key, rows in found.items()]


def _is_in_force(today: date) -> ColumnElement[bool]:
    return (col(Entry.status) == EntryStatus.EFFECTIVE) & (col(Entry.valid_until) >= today)


def _row_of(item: Item, entry: Entry) -> ItemRow:
    return ItemRow(
        item.id,
        item.name,
        item.name_key,
        item.type,
        item.length,
        item.meaning,
        item.standard,
        item.source_department,
        entry.code,
        entry.name,
        entry.organisation_name,
    )
