"""Reads of the storefront, over its own invoices and through the doors of the packages below."""

from marketplace.queries.catalogue import ProductRow, figures, find_product, search_products
from marketplace.queries.chain import Chain, inspect
from marketplace.queries.invoices import (
    InvoiceRow,
    billed_events,
    find_invoice,
    lines_of_runs,
    list_invoices,
    paid_cents,
)
from marketplace.queries.tasks import Task, tasks_of

__all__ = [
    "Chain",
    "InvoiceRow",
    "ProductRow",
    "Task",
    "billed_events",
    "figures",
    "find_invoice",
    "find_product",
    "inspect",
    "lines_of_runs",
    "list_invoices",
    "paid_cents",
    "search_products",
    "tasks_of",
]
