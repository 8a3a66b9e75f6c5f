"""A form as it is about to be filed: what the checks across fields look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.form.checks.shapes import day_of
from registry.form.fields import Field
from registry.form.groups import fields_by_name


@dataclass(frozen=True, slots=True)
class Filing:
    """The values that a registration asks for; others in ``values`` are not looked at.

    The reading functions give an empty value where the filed one has another shape, which the
    shape's own problem tells already.
    """

    register: str
    registration: str
    kind: str
    values: Mapping[str, Any]
    today: date

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields that are asked for, by name."""
        return fields_by_name(self.register, self.registration, self.kind)

    def text(self, name: str) -> str:
        """The text of a field, empty where there is none or only blanks."""
        value = self._asked(name)
        return value if isinstance(value, str) and value.strip() else ""

    def day(self, name: str) -> date | None:
        """The day of a field."""
        return day_of(self._asked(name))

    def has_ticked(self, name: str) -> bool:
        """The box of a flag is ticked."""
        return self._asked(name) is True

    def rows(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        """The rows of a table with their numbers, counted from 0."""
        value = self._asked(name)
        rows = enumerate(value) if isinstance(value, list) else ()
        return [(number, row) for number, row in rows if isinstance(row, dict)]

    def label(self, name: str) -> str:
        """The message id that names a field."""
        return self.fields[name].label

    def _asked(self, name: str) -> object:
        return self.values.get(name) if name in self.fields else None
