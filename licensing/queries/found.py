"""One row by its identifier."""

from typing import Any

from sqlmodel import Session, SQLModel

from licensing import errors


def found_row(session: Session, table: type[SQLModel], identifier: str) -> Any:  # noqa: ANN401 - a row of that table
    """The table's row of that identifier; ThingUnknown when there is none."""
    row = session.get(table, identifier)
    if row is None:
        raise errors.ThingUnknown
    return row
