"""Use cases of the storefront: issue an invoice with one line per metered run, pay it, check a year."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from kernel import jobs
from kernel.clock import CHINA
from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency, log, receipts
from kernel.trust.receipts import Seal
from licensing import public as licensing
from marketplace import errors, queries, rules
from marketplace.billing.gateway import Gateway
from marketplace.models import Invoice, InvoiceLine
from marketplace.states import InvoiceStatus
from sandbox import public as sandbox
from sandbox.public import MeterRow

#: The outbox kind of an invoice that is made later.
INVOICE_JOB = "marketplace.invoice.issue"


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """Everything of one licence that is settled and on no invoice yet."""

    licence_id: str
    idempotency_key: str = ""


def issue_invoice(db: Database, *, actor: Actor, now: datetime, wanted: NewInvoice) -> str:
    """Bill a licence's finished runs, one line each; returns the invoice's identifier.

    Raises:
        NotPermitted, ThingUnknown: as they say.
        InvoiceUnknown: the licence is of another operating institution.
        NothingToBill: every settled run is on an invoice.
        BillAboveCeiling: a metered price is above the ceiling under which the licence was signed.
    """
    check_permission(actor, Permission.MARKETPLACE_INVOICE_ISSUE)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={"verb": "marketplace.invoice", "licence": wanted.licence_id},
            make=lambda: _make(session, actor, now, wanted.licence_id),
        )


def _make(session: Session, actor: Actor, now: datetime, licence_id: str) -> str:
    licence = licensing.find_licence(session, licence_id)
    if licence.provider_id != actor.organisation_id:
        raise errors.InvoiceUnknown
    events = _unbilled(session, licence_id)
    if not events:
        raise errors.NothingToBill
    licensing.check_billable(session, licence_id, [event.price_cents for event in events])
    invoice_id = new_id(now)
    invoice = Invoice(
        id=invoice_id,
        number=f"INV-{now:%Y%m%d}-{invoice_id[-8:].upper()}",
        status=InvoiceStatus.ISSUED,
        payer_id=licence.licensee_id,
        payer_name=licence.licensee_name,
        payee_id=licence.provider_id,
        payee_name=licence.provider_name,
        total_cents=sum(event.price_cents * event.quantity for event in events),
        issued_by=actor.account_id,
        issued_at=now,
    )
    session.add(invoice)
    # The lines name the invoice by column only; it must be in the table first.
    session.flush()
    session.add_all(_line(session, invoice_id, now, event) for event in events)
    _record(session, actor, now, "issue", invoice)
    return invoice_id


def _unbilled(session: Session, licence_id: str) -> list[MeterRow]:
    events = sandbox.settled_events(session, licence_id=licence_id)
    billed = queries.billed_events(session, [event.event_id for event in events])
    return [event for event in events if event.event_id not in billed]


def _line(session: Session, invoice_id: str, now: datetime, event: MeterRow) -> InvoiceLine:
    return InvoiceLine(
        id=new_id(now),
        invoice_id=invoice_id,
        event_id=event.event_id,
        run_id=event.run_id,
        licence_id=event.licence_id,
        receipt_id=sandbox.find_run(session, event.run_id).receipt_id,
        quantity=event.quantity,
        price_cents=event.price_cents,
        at=event.at,
    )


def request_invoice(db: Database, *, actor: Actor, now: datetime, wanted: NewInvoice) -> str:
    """Ask for an invoice later: a licence may have many runs. Returns the job's identifier.

    Raises:
        NotPermitted, ThingUnknown, InvoiceUnknown: as for :func:`issue_invoice`, at once.
    """
    check_permission(actor, Permission.MARKETPLACE_INVOICE_ISSUE)
    with db.transaction() as session:
        if licensing.find_licence(session, wanted.licence_id).provider_id != actor.organisation_id:
            raise errors.InvoiceUnknown
        payload = {
            "account_id": actor.account_id,
            "licence_id": wanted.licence_id,
            "key": wanted.idempotency_key or f"job:{new_id(now)}",
        }
        return jobs.enqueue(session, now=now, kind=INVOICE_JOB, payload=payload)


@dataclass(frozen=True, slots=True)
class YearToCheck:
    """One calendar year of one operating institution."""

    operator_id: str
    year: int


def compare_year(
    session: Session, *, actor: Actor, now: datetime, wanted: YearToCheck
) -> licensing.YearFound:
    """What :func:`check_year` would record; nothing is stored.

    Raises:
        NotPermitted, YearNotOver, YearChecked, RevenueMissing: as they say.
    """
    year = _year_of(session, wanted)
    return licensing.compare_year(session, actor=actor, now=now, wanted=year)


def check_year(db: Database, *, actor: Actor, now: datetime, wanted: YearToCheck) -> str:
    """Compare what an operating institution was paid in a year with its maximum (S3).

    Counts every invoice that was paid in that year, China Standard Time. Returns the record's
    identifier.

    Raises:
        NotPermitted, YearNotOver, YearChecked, RevenueMissing: as they say.
    """
    with db.transaction() as session:
        year = _year_of(session, wanted)
        return licensing.check_year(session, actor=actor, now=now, wanted=year)


def _year_of(session: Session, wanted: YearToCheck) -> licensing.YearOfOperator:
    since = datetime(wanted.year, 1, 1, tzinfo=CHINA)
    paid = queries.paid_cents(
        session, wanted.operator_id, since=since, until=since.replace(year=wanted.year + 1)
    )
    return licensing.YearOfOperator(wanted.operator_id, wanted.year, paid)


def pay_invoice(
    db: Database, *, actor: Actor, now: datetime, invoice_id: str, gateway: Gateway
) -> str:
    """Pay through the gateway; returns its reference. A second try charges nothing more.

    Raises:
        NotPermitted, InvoiceUnknown, InvoicePaid, PaymentRefused, GatewayUnavailable: as they say.
    """
    check_permission(actor, Permission.MARKETPLACE_INVOICE_PAY)
    with db.read() as session:
        row = queries.find_invoice(session, invoice_id)
    _check_payable(row.status, row.payer_id, actor, row.payment_reference)
    # No transaction is open while the gateway answers; its idempotency key is the invoice.
    reference = gateway.charge(
        invoice_id=invoice_id, amount_cents=row.total_cents, payer=row.payer_name
    )
    with db.transaction() as session:
        found = session.exec(
            select(Invoice).where(Invoice.id == invoice_id).with_for_update()
        ).one()
        if found.status == InvoiceStatus.ISSUED:
            found.status, found.paid_at = InvoiceStatus.PAID, now
            found.payment_reference = reference
            session.add(found)
            _record(session, actor, now, "pay", found)
    return reference


def _check_payable(status: str, payer_id: str, actor: Actor, reference: str) -> None:
    if payer_id != actor.organisation_id:
        raise errors.InvoiceUnknown
    if status != InvoiceStatus.ISSUED:
        raise errors.InvoicePaid(reference=reference)


def _record(session: Session, actor: Actor, now: datetime, verb: str, row: Invoice) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"marketplace.invoice.{verb}",
        subject=("marketplace_invoice", row.id),
        facts={"number": row.number, "total_cents": row.total_cents, "status": row.status},
    )


@dataclass(frozen=True, slots=True)
class ReceiptWanted:
    """A receipt to hand out; ``lock_folder`` is where the sequencer is elected."""

    receipt_id: str
    lock_folder: Path


def hand_out_receipt(
    db: Database, *, actor: Actor, now: datetime, wanted: ReceiptWanted, seal: Seal
) -> dict[str, bytes]:
    """The files of a receipt by name; brings waiting ones into the log where nobody else does.

    Raises:
        NoSuchReceipt, ReceiptUnknown: there is none for this person.
        ReceiptNotLogged: a sequencer is at work and has not come to it yet.
    """
    with db.read() as session:
        row = receipts.find(session, wanted.receipt_id)
        rules.check_may_see_receipt(actor, *receipts.holders_of(row))
        is_waiting = row.leaf_index is None
    if is_waiting:
        log.integrate_now(db, seal.keys, lock_folder=wanted.lock_folder, now=now)
    with db.read() as session:
        return receipts.hand_out(session, wanted.receipt_id, seal.keys.log_key).files
