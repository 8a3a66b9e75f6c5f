"""Years of operating institutions that wait for somebody: unchecked ones, and deviations (S3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from kernel.identity import Actor, Permission, is_permitted
from licensing.models import Offer, PriceHistory
from licensing.queries.operation import AgreementRow, OperationTask, list_agreements
from licensing.queries.prices import DeviationRow, list_deviations, revenue_on
from licensing.rules import is_adjusted, last_day, report_due_on, years_over
from licensing.states import DeviationTask, ProductClass
from registry import public as registry


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A calendar year that nobody compared with its maximum yet; ``due_on`` is 31 March after it."""

    operator_id: str
    operator_name: str
    year: int
    due_on: date


def open_years(session: Session, today: date) -> list[OpenYear]:
    """Every year to check, the oldest first; one becomes due on the first of January after it.

    It is a year in which an operation agreement was in force, and on whose last day a maximum
    allowed revenue was in force or a ceiling was filed; a trial standard has no maximum to be
    compared with. A year that was forgotten stays.
    """
    rows = _signed(session, today)
    names = {row.operator_id: row.operator_name for row in rows}
    over = {
        (year, row.operator_id)
        for row in rows
        for year in years_over(row.starts_on, row.ended_on or row.ends_on, today)
    }
    known = {(one.year, one.operator_id) for one in list_deviations(session)}
    charged = _charged_since(session)
    return [
        OpenYear(operator_id, names[operator_id], year, report_due_on(year))
        for year, operator_id in sorted(over - known)
        if charged.get(operator_id, date.max) <= last_day(year)
        or revenue_on(session, operator_id, last_day(year))
    ]


def _signed(session: Session, today: date) -> list[AgreementRow]:
    return [
        row for row in list_agreements(session, today) if row.signed_at and row.countersigned_at
    ]


def _charged_since(session: Session) -> dict[str, date]:
    """The first day of an operating institution's first ceiling that is no trial standard."""
    statement = (
        select(PriceHistory.product_code, func.min(PriceHistory.effective_from))
        .where(
            PriceHistory.product_class == ProductClass.INDUSTRY,
            col(PriceHistory.is_trial).is_(False),
        )
        .group_by(PriceHistory.product_code)
    )
    found = dict(session.exec(statement).all())
    since: dict[str, date] = {}
    for code, entry in registry.entries(session, sorted(found)).items():
        since[entry.organisation_id] = min(
            found[code], since.get(entry.organisation_id, found[code])
        )
    return since


def open_deviations(session: Session) -> list[DeviationRow]:
    """Recorded deviations after which nothing was adjusted, as :func:`rules.is_adjusted` says."""
    rows = [row for row in list_deviations(session) if row.task is not DeviationTask.NONE]
    if not rows:
        return []
    filed, offered = _last_filed(session), _last_offered(session)
    return [
        row
        for row in rows
        if not is_adjusted(
            row.task,
            row.recorded_at,
            filed_at=filed.get(row.operator_id),
            offered_at=offered.get(row.operator_id),
        )
    ]


def _last_filed(session: Session) -> dict[str, datetime]:
    statement = select(PriceHistory.product_code, func.max(PriceHistory.filed_at)).group_by(
        PriceHistory.product_code
    )
    found = dict(session.exec(statement).all())
    newest: dict[str, datetime] = {}
    for code, entry in registry.entries(session, sorted(found)).items():
        newest[entry.organisation_id] = max(
            found[code], newest.get(entry.organisation_id, found[code])
        )
    return newest


def _last_offered(session: Session) -> dict[str, datetime]:
    statement = select(Offer.operator_id, func.max(Offer.published_at)).group_by(Offer.operator_id)
    return dict(session.exec(statement).all())


def year_tasks(session: Session, actor: Actor, today: date) -> list[OperationTask]:
    """What of years and their deviations waits for this person; due on the day of the yearly report.

    The price authority checks the year. Above 10 % each body that has an agreement with the
    operating institution adjusts the ceilings and the price authority files them; up to 10 % the
    operating institution adjusts its prices (S3).
    """
    return [*_checks(session, actor, today), *_adjustments(session, actor, today)]


def _checks(session: Session, actor: Actor, today: date) -> Iterator[OperationTask]:
    if not is_permitted(actor, Permission.LICENSING_PRICE_FILE):
        return
    for row in open_years(session, today):
        yield OperationTask(
            "yearly-report",
            f"{row.operator_id}/{row.year}",
            f"{row.operator_name} · {row.year}",
            "",
            "unchecked",
            ("check-year",),
            row.due_on,
        )


def _adjustments(session: Session, actor: Actor, today: date) -> Iterator[OperationTask]:
    wanted = (
        Permission.LICENSING_PRICE_FILE,
        Permission.LICENSING_AGREEMENT_CONCLUDE,
        Permission.LICENSING_OFFER_PUBLISH,
    )
    if not any(is_permitted(actor, permission) for permission in wanted):
        return
    rows = open_deviations(session)
    agreements = _signed(session, today) if rows else []
    names = {one.operator_id: one.operator_name for one in agreements}
    authorised = {one.operator_id for one in agreements if one.body_id == actor.organisation_id}
    for row in rows:
        verbs = _owed(actor, row, authorised)
        if verbs:
            name = names.get(row.operator_id, row.operator_id)
            yield OperationTask(
                f"deviation-{row.task.value}",
                row.deviation_id,
                f"{name} · {row.year}",
                f"{row.percent:+} %",
                "to-adjust",
                verbs,
                row.report_due_on,
            )


def _owed(actor: Actor, row: DeviationRow, authorised: set[str]) -> tuple[str, ...]:
    if row.task is DeviationTask.ADJUST_PRICES:
        is_own = row.operator_id == actor.organisation_id
        may = is_own and is_permitted(actor, Permission.LICENSING_OFFER_PUBLISH)
        return ("adjust-prices",) if may else ()
    is_body = row.operator_id in authorised
    if is_body and is_permitted(actor, Permission.LICENSING_AGREEMENT_CONCLUDE):
        return ("adjust-ceilings",)
    return ("file-ceiling",) if is_permitted(actor, Permission.LICENSING_PRICE_FILE) else ()
