"""Reads of selections of an operating institution."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from licensing.models import OperatorSelection
from licensing.queries.found import found_row
from licensing.rules import Standing
from licensing.states import SelectionStatus, Side


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """Who applied to operate, and whether the conditions of the plan are met."""

    name: str
    credit_code: str
    remarks: str
    is_qualified: bool


@dataclass(frozen=True, slots=True)
class SelectionRow:
    """A selection; ``chosen_code`` is the credit code of the chosen candidate."""

    selection_id: str
    plan_id: str
    status: SelectionStatus
    revision: int
    body_id: str
    body_name: str
    way: str
    way_reasons: str
    published_on: date
    published_where: str
    candidates: tuple[CandidateRow, ...]
    chosen_code: str
    reasons: str
    created_at: datetime
    decided_at: datetime | None

    @property
    def chosen(self) -> CandidateRow | None:
        """The chosen candidate; None before the decision and after a failure."""
        return next((one for one in self.candidates if one.credit_code == self.chosen_code), None)

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.status, {Side.BODY: self.body_id})


def selection_row(found: OperatorSelection) -> SelectionRow:
    """The table row as a frozen one."""
    return SelectionRow(
        selection_id=found.id,
        plan_id=found.plan_id,
        status=SelectionStatus(found.status),
        revision=found.revision,
        body_id=found.body_id,
        body_name=found.body_name,
        way=found.way,
        way_reasons=found.way_reasons,
        published_on=found.published_on,
        published_where=found.published_where,
        candidates=tuple(CandidateRow(**one) for one in found.candidates),
        chosen_code=found.chosen_code,
        reasons=found.reasons,
        created_at=found.created_at,
        decided_at=found.decided_at,
    )


def find_selection(session: Session, selection_id: str) -> SelectionRow:
    """One selection; ThingUnknown when there is none."""
    return selection_row(found_row(session, OperatorSelection, selection_id))


def list_selections(
    session: Session,
    *,
    plan_id: str = "",
    organisation_id: str = "",
    after: str = "",
    limit: int | None = None,
) -> list[SelectionRow]:
    """Selections of a plan or of a body, or all, the newest first; one more than the limit."""
    statement = select(OperatorSelection).order_by(col(OperatorSelection.id).desc())
    if plan_id:
        statement = statement.where(OperatorSelection.plan_id == plan_id)
    if organisation_id:
        statement = statement.where(OperatorSelection.body_id == organisation_id)
    if after:
        statement = statement.where(col(OperatorSelection.id) < after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return [selection_row(found) for found in session.exec(statement).all()]
