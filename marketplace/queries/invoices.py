"""Reads of the storefront; frozen rows out, tables stay inside."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from marketplace import errors
from marketplace.models import Invoice, InvoiceLine
from marketplace.states import InvoiceStatus


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an invoice."""

    event_id: str
    run_id: str
    licence_id: str
    receipt_id: str
    quantity: int
    price_cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice with its lines; amounts in 1/100 CNY."""

    invoice_id: str
    number: str
    status: InvoiceStatus
    payer_id: str
    payer_name: str
    payee_id: str
    payee_name: str
    total_cents: int
    issued_at: datetime
    paid_at: datetime | None
    payment_reference: str
    lines: tuple[LineRow, ...]


def invoice_row(session: Session, found: Invoice) -> InvoiceRow:
    """The table row and its lines as a frozen one."""
    lines = session.exec(
        select(InvoiceLine).where(InvoiceLine.invoice_id == found.id).order_by(col(InvoiceLine.at))
    ).all()
    return InvoiceRow(
        invoice_id=found.id,
        number=found.number,
        status=InvoiceStatus(found.status),
        payer_id=found.payer_id,
        payer_name=found.payer_name,
        payee_id=found.payee_id,
        payee_name=found.payee_name,
        total_cents=found.total_cents,
        issued_at=found.issued_at,
        paid_at=found.paid_at,
        payment_reference=found.payment_reference,
        lines=tuple(
            LineRow(
                one.event_id,
                one.run_id,
                one.licence_id,
                one.receipt_id,
                one.quantity,
                one.price_cents,
                one.at,
            )
            for one in lines
        ),
    )


def find_invoice(session: Session, invoice_id: str) -> InvoiceRow:
    """One invoice.

    Raises:
        InvoiceUnknown: there is none.
    """
    found = session.get(Invoice, invoice_id)
    if found is None:
        raise errors.InvoiceUnknown
    return invoice_row(session, found)


def list_invoices(session: Session, *, organisation_id: str = "") -> list[InvoiceRow]:
    """Invoices of one party, or all, the newest first."""
    statement = select(Invoice).order_by(col(Invoice.id).desc())
    if organisation_id:
        statement = statement.where(
            or_(col(Invoice.payer_id) == organisation_id, col(Invoice.payee_id) == organisation_id)
        )
    return [invoice_row(session, found) for found in session.exec(statement).all()]


def paid_cents(session: Session, payee_id: str, *, since: datetime, until: datetime) -> int:
    """What one party was paid by invoice between two moments, in 1/100 CNY; ``until`` is exclusive."""
    statement = select(Invoice.total_cents).where(
        Invoice.payee_id == payee_id,
        Invoice.status == InvoiceStatus.PAID,
        col(Invoice.paid_at) >= since,
        col(Invoice.paid_at) < until,
    )
    return sum(session.exec(statement).all())


def billed_events(session: Session, event_ids: list[str]) -> set[str]:
    """Those of the meter events that are on an invoice."""
    statement = select(InvoiceLine.event_id).where(col(InvoiceLine.event_id).in_(event_ids))
    return set(session.exec(statement).all())


def lines_of_runs(session: Session, run_ids: list[str]) -> dict[str, tuple[str, int]]:
    """For billed runs: the invoice's identifier and the amount in 1/100 CNY."""
    statement = select(InvoiceLine).where(col(InvoiceLine.run_id).in_(run_ids))
    return {
        one.run_id: (one.invoice_id, one.price_cents * one.quantity)
        for one in session.exec(statement).all()
    }
