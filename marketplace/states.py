"""Statuses of an invoice and the lawful moves, as data."""

from enum import StrEnum


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    ISSUED = "issued"
    PAID = "paid"


#: An invoice is paid once and never changed after it was issued.
TRANSITIONS: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
    InvoiceStatus.ISSUED: frozenset({InvoiceStatus.PAID}),
    InvoiceStatus.PAID: frozenset(),
}
