"""How far a form is: one task a group, with what is missing and what is wrong in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.form.fields import Group, is_filled
from registry.form.groups import groups_of
from registry.form.validate import Problem, problems_of
from registry.queries import ApplicationRow

_MISSING = "registry-form-missing"


@dataclass(frozen=True, slots=True)
class Task:
    """One group of the form: how many values are owed and empty, and how many are wrong."""

    group: Group
    missing: int
    mistakes: int
    is_begun: bool

    @property
    def state(self) -> str:
        """``mistakes``, ``to_do``, ``done``, or ``optional`` where nothing is owed or filled."""
        if self.mistakes:
            return "mistakes"
        if self.missing:
            return "to_do"
        return "done" if self.is_begun else "optional"


def groups_of_row(row: ApplicationRow) -> tuple[Group, ...]:
    """The groups that an application asks for, in the order of the pages."""
    return groups_of(row.register.value, row.type.value, row.kind)


def problems_of_row(row: ApplicationRow, today: date) -> tuple[Problem, ...]:
    """Every problem of an application's saved form on a day, with advice."""
    return problems_of(row.register.value, row.type.value, row.kind, row.form, today)


def tasks_of(row: ApplicationRow, today: date) -> list[Task]:
    """The groups of an application as tasks."""
    by_field = problems_by_field(problems_of_row(row, today))
    return [task_of(group, row.form, by_field) for group in groups_of_row(row)]


def task_of(group: Group, form: Mapping[str, Any], by_field: Mapping[str, list[Problem]]) -> Task:
    """One group as a task."""
    found = [
        problem
        for field in group.fields
        for problem in by_field.get(field.name, ())
        if not problem.is_advice
    ]
    missing = sum(problem.code == _MISSING for problem in found)
    is_begun = any(is_filled(form.get(field.name)) for field in group.fields)
    return Task(group, missing, len(found) - missing, is_begun)


def problems_by_field(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """The problems by the name of their field; those of a table's cells stand at the table."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field.partition("/")[0], []).append(problem)
    return found


def neighbour(groups: tuple[Group, ...], name: str) -> Group | None:
    """The group after the one of that name; None after the last."""
    names = [group.name for group in groups]
    following = names.index(name) + 1
    return groups[following] if following < len(groups) else None
