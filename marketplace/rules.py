"""Decisions of the storefront, from plain values."""

from kernel.identity import Actor, Permission, is_permitted
from marketplace import errors

_CENTS = 100


def check_may_see_invoice(actor: Actor, *, payer_id: str, payee_id: str) -> None:
    """Let an invoice be seen by its two parties and by those who may see all.

    Raises:
        InvoiceUnknown: to everybody else, as if it did not exist.
    """
    is_party = bool(actor.organisation_id) and actor.organisation_id in {payer_id, payee_id}
    if not is_party and not is_permitted(actor, Permission.MARKETPLACE_INVOICE_READ_ALL):
        raise errors.InvoiceUnknown


def check_may_see_receipt(actor: Actor, *holders: str) -> None:
    """Let a receipt be seen by the organisations that hold it and by regulators.

    Raises:
        NoSuchReceipt: to everybody else, as if it did not exist.
    """
    is_own = bool(actor.organisation_id) and actor.organisation_id in holders
    if not is_own and not is_permitted(actor, Permission.MARKETPLACE_EVIDENCE_INSPECT):
        raise errors.ReceiptUnknown


def format_cents(cents: int) -> str:
    """An amount in 1/100 CNY as people write it: ``12.80``, ``-0.05``."""
    whole, rest = divmod(abs(cents), _CENTS)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}"
