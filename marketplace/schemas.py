"""Outside shapes of the storefront: request bodies to commands, rows to replies."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from licensing.public import DeviationRow, OfferRow
from marketplace.queries import InvoiceRow, ProductRow
from marketplace.rules import format_cents
from sandbox.public import MeterRow

MODES = ("open", "aggregate", "dp")


class ProductArguments(Schema):
    """What to look for in the catalogue."""

    class Meta:
        """Paging words and the language switch may stand beside."""

        unknown = EXCLUDE

    q = fields.String(load_default="")
    industry = fields.List(fields.String(), load_default=list)
    mode = fields.List(fields.String(validate=validate.OneOf(MODES)), load_default=list)


class UsageArguments(Schema):
    """Whose meter events, and of which time."""

    class Meta:
        """Paging words may stand beside."""

        unknown = EXCLUDE

    licence_id = fields.String(required=True)
    since = fields.AwareDateTime(data_key="from", load_default=None, format="iso")
    until = fields.AwareDateTime(data_key="to", load_default=None, format="iso")


class InvoiceBody(Schema):
    """Whose runs to bill."""

    licence_id = fields.String(required=True)


class YearBody(Schema):
    """Whose year to compare with the maximum allowed revenue."""

    operator_id = fields.String(required=True)
    year = fields.Integer(required=True, validate=validate.Range(2000, 2999))


def product_reply(row: ProductRow) -> dict[str, Any]:
    """A product as REST shows it."""
    return {
        "product_id": row.code,
        "registration_code": row.code,
        "name": row.entry.name,
        "summary": row.entry.summary,
        "provider": row.entry.organisation_name,
        "industry": row.entry.industry,
        "update_cycle": row.entry.update_cycle,
        "inputs": list(row.entry.inputs),
        "is_in_force": row.is_in_force,
        "valid_until": str(row.entry.valid_until),
        "offers": [_offer(offer) for offer in row.offers],
    }


def _offer(offer: OfferRow) -> dict[str, Any]:
    return {
        "offer_id": offer.offer_id,
        "mode": offer.mode,
        "dataset": offer.terms.dataset,
        "price": format_cents(offer.price_cents),
        "currency": "CNY",
        "unit": "run",
        "purposes": list(offer.terms.purposes),
        "policy_digest": offer.policy_digest,
    }


def usage_event(row: MeterRow, *, source: str) -> dict[str, Any]:
    """A meter event as CloudEvents 1.0."""
    return {
        "specversion": "1.0",
        "id": row.event_id,
        "source": source,
        "type": "hexi.sandbox.run.settled.v1",
        "time": row.at.isoformat(),
        "subject": row.licence_id,
        "datacontenttype": "application/json",
        "data": {
            "run_id": row.run_id,
            "meter": row.meter,
            "quantity": row.quantity,
            "amount": format_cents(row.price_cents * row.quantity),
            "currency": "CNY",
        },
    }


def invoice_reply(row: InvoiceRow) -> dict[str, Any]:
    """An invoice as REST shows it."""
    return {
        "invoice_id": row.invoice_id,
        "number": row.number,
        "status": row.status.value,
        "payer": row.payer_name,
        "payee": row.payee_name,
        "currency": "CNY",
        "total": format_cents(row.total_cents),
        "issued_at": row.issued_at.isoformat(),
        "lines": [
            {
                "event_id": line.event_id,
                "run_id": line.run_id,
                "licence_id": line.licence_id,
                "receipt_id": line.receipt_id,
                "quantity": line.quantity,
                "unit_price": format_cents(line.price_cents),
                "amount": format_cents(line.price_cents * line.quantity),
            }
            for line in row.lines
        ],
    }


def deviation_reply(row: DeviationRow) -> dict[str, Any]:
    """A checked year as REST shows it; amounts in 1/100 CNY, the deviation signed and in percent."""
    return {
        "deviation_id": row.deviation_id,
        "operator_id": row.operator_id,
        "year": row.year,
        "actual_cents": row.actual_cents,
        "allowed_cents": row.allowed_cents,
        "percent": str(row.percent),
        "task": row.task.value,
        "excess_cents": row.excess_cents,
        "report_due_on": str(row.report_due_on),
    }
