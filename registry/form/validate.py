"""All problems of a form at once: what is missing, what has a wrong shape, what contradicts.

The law wants everything told in one notice (S1 Art. 10); so does a person who fills in a form.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from registry.form.checks.crossing import crossing_problems
from registry.form.checks.filing import Filing
from registry.form.checks.names import normalised_name
from registry.form.checks.problems import MESSAGES, Problem, found
from registry.form.checks.rights import RIGHTS_BY_ORIGIN, may_claim
from registry.form.checks.shapes import shape_problems
from registry.form.fields import Field, is_filled, is_needed

__all__ = [
    "MESSAGES",
    "RIGHTS_BY_ORIGIN",
    "Problem",
    "blocking",
    "may_claim",
    "normalised_name",
    "problems_between",
    "problems_of",
]


def problems_of(
    register: str, registration: str, kind: str, form: Mapping[str, Any], today: date
) -> tuple[Problem, ...]:
    """Every problem of a form in the order of its pages, then those between fields, then advice.

    Values that the registration does not ask for are not looked at: an entry that is renewed keeps
    its old form.
    """
    filing = Filing(register, registration, kind, form, today)
    shapes = {name: tuple(shape_problems(field, form[name])) for name, field in _filled(filing)}
    return _in_order(filing, shapes)


def problems_between(
    register: str, registration: str, kind: str, form: Mapping[str, Any], today: date
) -> tuple[Problem, ...]:
    """What is missing or contradicts in a form whose values were looked at one by one before.

    Ten thousand rows of a batch are judged with this, so that no value is looked at twice.
    """
    return _in_order(Filing(register, registration, kind, form, today), {})


def _filled(filing: Filing) -> Iterator[tuple[str, Field]]:
    fields = filing.fields
    for name, value in filing.values.items():
        if name in fields and is_filled(value):
            yield name, fields[name]


def _in_order(filing: Filing, shapes: Mapping[str, tuple[Problem, ...]]) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for name, field in filing.fields.items():
        problems += shapes.get(name, ())
        if field.required.is_owed and _is_missing(filing, field):
            problems.append(found(name, "registry-form-missing", label=field.label))
    problems += crossing_problems(filing)
    return tuple(problems)


def _is_missing(filing: Filing, field: Field) -> bool:
    if is_filled(filing.values.get(field.name)):
        return False
    return is_needed(field.required, filing.registration, filing.kind, filing.values)


def blocking(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems that keep a form from being filed."""
    return tuple(problem for problem in problems if not problem.is_advice)
