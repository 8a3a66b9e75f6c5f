"""All problems of a form at once: what is missing, what has a wrong shape, what contradicts.

The law wants everything told in one notice (S1 Art. 10); so does a person who fills in a form.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.form.checks.crossing import crossing_problems
from registry.form.checks.filing import Filing
from registry.form.checks.names import normalised_name
from registry.form.checks.problems import MESSAGES, Problem, found
from registry.form.checks.rights import RIGHTS_BY_ORIGIN, may_claim
from registry.form.checks.shapes import shape_problems
from registry.form.fields import is_filled, is_needed

__all__ = [
    "MESSAGES",
    "RIGHTS_BY_ORIGIN",
    "Problem",
    "blocking",
    "may_claim",
    "normalised_name",
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
    problems: list[Problem] = []
    for name, field in filing.fields.items():
        value = form.get(name)
        if is_filled(value):
            problems += shape_problems(field, value)
        elif is_needed(field.required, registration, kind, form):
            problems.append(found(name, "registry-form-missing", label=field.label))
    problems += crossing_problems(filing)
    return tuple(problems)


def blocking(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems that keep a form from being filed."""
    return tuple(problem for problem in problems if not problem.is_advice)
