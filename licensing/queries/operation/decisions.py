"""Collective decisions, as rows of plans and agreements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A collective decision on major matters: which meeting, which document, and its minutes."""

    meeting: str
    document_number: str
    decided_on: date
    minutes_sha256: str
    recorded_by_name: str


def decision_row(found: Mapping[str, str]) -> DecisionRow | None:
    """The decision as a frozen row; None before one is recorded."""
    if not found:
        return None
    return DecisionRow(
        meeting=found["meeting"],
        document_number=found["document_number"],
        decided_on=date.fromisoformat(found["decided_on"]),
        minutes_sha256=found["minutes_sha256"],
        recorded_by_name=found["recorded_by_name"],
    )


def hands_of(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Accounts by verb, for the four eyes."""
    return {verb: tuple(accounts) for verb, accounts in found.items()}
