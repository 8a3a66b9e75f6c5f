"""What a limit is, and its value on a day, from plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kernel.errors import NotFound, msgid


class LimitUnknown(NotFound):
    """No limit has this key."""

    code = "kernel-limit-unknown"
    title = msgid("There is no such limit")
    detail = msgid("Look at the list of limits for the key; %(key)s is none of them.")


class Scope(StrEnum):
    """Whose rule it is."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"


class Unit(StrEnum):
    """What a limit counts."""

    WORKDAYS = "workdays"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A limit that a package counts with: its national value (None: the law sets none) and source.

    ``fallback`` is what we count with where the law sets no number.
    """

    key: str
    label: str
    unit: Unit
    national: int | None
    source: str
    fallback: int | None = None


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit as a page shows it on one day."""

    declaration: Declaration
    national: int | None
    provincial: int | None
    in_force: int | None
    source: str
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One set value, for the history of a limit."""

    key: str
    scope: Scope
    value: int | None
    source: str
    effective_from: date
    set_at: datetime
    set_by_name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits, as they were known at one moment."""

    declarations: Mapping[str, Declaration]
    values: tuple[ValueRow, ...]

    def on(self, key: str, day: date) -> int | None:
        """The value in force on a day; None where there is no limit."""
        return self.row(key, day).in_force

    def row(self, key: str, day: date) -> LimitRow:
        """Everything about one limit on a day.

        Raises:
            LimitUnknown: nobody declared it.
        """
        declared = self.declarations.get(key)
        if declared is None:
            raise LimitUnknown(key=key)
        national = self._newest(key, Scope.NATIONAL, day)
        provincial = self._newest(key, Scope.PROVINCIAL, day)
        of_nation = national.value if national else declared.national
        binding = provincial if provincial and provincial.value is not None else national
        plain = declared.fallback if of_nation is None else of_nation
        in_force = binding.value if binding is provincial and binding else plain
        source = binding.source if binding else declared.source
        since = binding.effective_from if binding else None
        return LimitRow(
            declared, of_nation, provincial.value if provincial else None, in_force, source, since
        )

    def _newest(self, key: str, scope: Scope, day: date) -> ValueRow | None:
        fitting = [
            row
            for row in self.values
            if row.key == key and row.scope is scope and row.effective_from <= day
        ]
        # The order of the table is the order of setting: of two equal ones the later stands.
        ordered = sorted(fitting, key=lambda row: row.effective_from)
        return ordered[-1] if ordered else None
