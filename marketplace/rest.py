"""REST entrance of the storefront: catalogue, usage, invoices, receipts."""

from typing import Any

from flask import Response, jsonify, make_response, url_for

from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.trust import receipts
from kernel.web.context import Entrance, attached, entrance
from kernel.web.openapi import Blueprint
from kernel.web.preconditions import idempotency_key
from licensing import public as licensing
from marketplace import errors, queries, rules, schemas, service
from marketplace.billing.gateway import Gateway
from marketplace.queries.catalogue import ProductSearch
from sandbox import public as sandbox

blueprint = Blueprint(
    "market_rest", __name__, url_prefix="/api/v1", description="Catalogue, bills and receipts"
)
_MEDIA_TYPES = {
    "sigstore.json": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "dsse.json": "application/vnd.dsse.envelope.v1+json",
    "tlog-proof": "text/plain",
}


@blueprint.get("/market/products")
@blueprint.arguments(schemas.ProductArguments, location="query")
def list_products(wanted: dict[str, Any]) -> Response:
    """Search the catalogue; public."""
    here = entrance()
    search = ProductSearch(wanted["q"], tuple(wanted["industry"]), tuple(wanted["mode"]))
    with here.db.read() as session:
        rows = queries.search_products(session, search, here.now)
    return jsonify(items=[schemas.product_reply(row) for row in rows])


@blueprint.get("/market/products/<code>")
def show_product(code: str) -> Response:
    """One product with its offers; public."""
    here = entrance()
    with here.db.read() as session:
        row = queries.find_product(session, code, here.now)
    return jsonify(schemas.product_reply(row))


@blueprint.get("/usage")
@blueprint.arguments(schemas.UsageArguments, location="query")
def list_usage(wanted: dict[str, Any]) -> Response:
    """The settled meter events of a licence as CloudEvents, for its parties and regulators."""
    here = _signed_in()
    with here.db.read() as session:
        licence = licensing.find_licence(session, wanted["licence_id"])
        if here.actor.organisation_id not in {licence.licensee_id, licence.provider_id}:
            _check_sees_all(here)
        rows = sandbox.settled_events(
            session,
            licence_id=wanted["licence_id"],
            since=wanted["since"],
            until=wanted["until"],
        )
    source = f"urn:hexi:{here.seal.host}:sandbox"
    return jsonify(items=[schemas.usage_event(row, source=source) for row in rows])


def _check_sees_all(here: Entrance) -> None:
    if not is_permitted(here.actor, Permission.MARKETPLACE_INVOICE_READ_ALL):
        raise errors.InvoiceUnknown


@blueprint.post("/market/invoices")
@blueprint.arguments(schemas.InvoiceBody)
def create_invoice(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Bill a licence's finished runs, one line each."""
    here = _signed_in()
    wanted = service.NewInvoice(values["licence_id"], idempotency_key())
    made = service.issue_invoice(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("market_rest.show_invoice", invoice_id=made)}
    return _invoice(here, made), 201, headers


@blueprint.post("/market/invoice-requests")
@blueprint.arguments(schemas.InvoiceBody)
def request_invoice(values: dict[str, Any]) -> tuple[Response, int]:
    """Have a licence billed in the background; 202 with the job's identifier."""
    here = _signed_in()
    wanted = service.NewInvoice(values["licence_id"], idempotency_key())
    job = service.request_invoice(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return jsonify(job_id=job), 202


@blueprint.get("/market/invoices/<invoice_id>")
def show_invoice(invoice_id: str) -> Response:
    """One invoice, for its parties and for regulators."""
    return _invoice(_signed_in(), invoice_id)


@blueprint.post("/market/invoices/<invoice_id>/payments")
def create_payment(invoice_id: str) -> tuple[Response, int]:
    """Pay an invoice through the gateway; the key is checked, the invoice itself is the key."""
    here = _signed_in()
    idempotency_key()
    reference = service.pay_invoice(
        here.db,
        actor=here.actor,
        now=here.now,
        invoice_id=invoice_id,
        gateway=attached("gateway", Gateway),
    )
    return jsonify(reference=reference), 201


@blueprint.post("/licensing/deviations")
@blueprint.arguments(schemas.YearBody)
def check_year(values: dict[str, Any]) -> tuple[Response, int]:
    """Compare what an operating institution was paid in a year with its maximum allowed revenue."""
    here = _signed_in()
    wanted = service.YearToCheck(values["operator_id"], values["year"])
    made = service.check_year(here.db, actor=here.actor, now=here.now, wanted=wanted)
    with here.db.read() as session:
        row = licensing.find_deviation(session, made)
    return jsonify(schemas.deviation_reply(row)), 201


@blueprint.get("/receipts/<receipt_id>")
def show_receipt(receipt_id: str) -> Response:
    """The statement of a receipt and where it stands in the log."""
    here = _signed_in()
    with here.db.read() as session:
        row = receipts.find(session, receipt_id)
        rules.check_may_see_receipt(here.actor, *receipts.holders_of(row))
        payload, index = row.payload, row.leaf_index
    return jsonify(receipt_id=receipt_id, log_index=index, statement=receipts.statement_of(payload))


@blueprint.get("/receipts/<receipt_id>.<any('sigstore.json','dsse.json','tlog-proof'):kind>")
def download_receipt(receipt_id: str, kind: str) -> Response:
    """A hand-out file; 503 with Retry-After until the receipt is in a checkpoint."""
    here = _signed_in()
    files = service.hand_out_receipt(
        here.db,
        actor=here.actor,
        now=here.now,
        wanted=service.ReceiptWanted(receipt_id, here.settings.run_folder),
        seal=here.seal,
    )
    reply = make_response(files[f"receipt.{kind}"])
    reply.mimetype = _MEDIA_TYPES[kind]
    reply.headers["Content-Disposition"] = f'attachment; filename="receipt.{kind}"'
    return reply


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def _invoice(here: Entrance, invoice_id: str) -> Response:
    with here.db.read() as session:
        row = queries.find_invoice(session, invoice_id)
    rules.check_may_see_invoice(here.actor, payer_id=row.payer_id, payee_id=row.payee_id)
    return jsonify(schemas.invoice_reply(row))
