"""Reads of implementation plans."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from licensing.models import ImplementationPlan
from licensing.queries.found import found_row
from licensing.queries.operation.decisions import DecisionRow, decision_row, hands_of
from licensing.rules import Standing
from licensing.states import PlanStatus, Side


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """One product or service of a plan's list, in one of the two classes of S2 Art. 9(7)."""

    name: str
    product_class: str
    form: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An implementation plan; ``term_months`` counts months, ``file_by`` is the day of the duty."""

    plan_id: str
    status: PlanStatus
    revision: int
    body_id: str
    body_name: str
    supersedes_id: str
    mode: str
    scope: tuple[str, ...]
    items: dict[str, str]
    products: tuple[PlannedProduct, ...]
    term_months: int
    hands: dict[str, tuple[str, ...]]
    reply: str
    created_at: datetime
    submitted_at: datetime | None
    decision: DecisionRow | None
    file_by: date | None
    filing_number: str
    filed_on: date | None

    @property
    def name(self) -> str:
        """Item 1."""
        return self.items.get("name", "")

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.status, {Side.BODY: self.body_id}, self.hands)


def plan_row(found: ImplementationPlan) -> PlanRow:
    """The table row as a frozen one."""
    return PlanRow(
        plan_id=found.id,
        status=PlanStatus(found.status),
        revision=found.revision,
        body_id=found.body_id,
        body_name=found.body_name,
        supersedes_id=found.supersedes_id or "",
        mode=found.mode,
        scope=tuple(found.scope),
        items=dict(found.items),
        products=tuple(PlannedProduct(**one) for one in found.products),
        term_months=found.term_months,
        hands=hands_of(found.hands),
        reply=found.reply,
        created_at=found.created_at,
        submitted_at=found.submitted_at,
        decision=decision_row(found.decision),
        file_by=found.file_by,
        filing_number=found.filing_number,
        filed_on=found.filed_on,
    )


def find_plan(session: Session, plan_id: str) -> PlanRow:
    """One plan; ThingUnknown when there is none."""
    return plan_row(found_row(session, ImplementationPlan, plan_id))


def list_plans(
    session: Session, *, organisation_id: str = "", after: str = "", limit: int | None = None
) -> list[PlanRow]:
    """Plans of one body, or all, the newest first; one more than the limit when there are more."""
    statement = select(ImplementationPlan).order_by(col(ImplementationPlan.id).desc())
    if organisation_id:
        statement = statement.where(ImplementationPlan.body_id == organisation_id)
    if after:
        statement = statement.where(col(ImplementationPlan.id) < after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return [plan_row(found) for found in session.exec(statement).all()]
