"""The catalogue: registered products with their open offers and newest snapshots."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from kernel.workdays import local_day
from licensing import public as licensing
from licensing.public import OfferRow
from marketplace import errors
from registry import public as registry
from registry.public import Entry, EntrySearch
from sandbox import public as sandbox
from sandbox.public import SnapshotRow

_MOST_PRODUCTS = 200


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as the catalogue shows it; prices in 1/100 CNY a run."""

    code: str
    entry: Entry
    is_in_force: bool
    offers: tuple[OfferRow, ...]
    snapshots: tuple[SnapshotRow, ...]

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes of its offers."""
        return tuple(dict.fromkeys(offer.mode for offer in self.offers))

    @property
    def price_from_cents(self) -> int | None:
        """The lowest price of a run, or None without an offer."""
        return min((offer.price_cents for offer in self.offers), default=None)

    @property
    def row_count(self) -> int:
        """Rows of all tables of its newest snapshots; a public fact of the product.

        Datasets of one lineage hold the same people: the largest of them counts, not their sum.
        """
        largest: dict[str, int] = {}
        for row in self.snapshots:
            largest[row.lineage_id] = max(row.rows, largest.get(row.lineage_id, 0))
        return sum(largest.values())


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """What somebody looks for; empty means anything."""

    text: str = ""
    industries: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()


def search_products(session: Session, wanted: ProductSearch, now: datetime) -> list[ProductRow]:
    """Products that fit, in the order of their codes."""
    found = registry.search(
        session, EntrySearch(text=wanted.text, kind="product", limit=_MOST_PRODUCTS)
    )
    rows = [_product(session, str(entry.code), now) for entry in found]
    return [row for row in rows if _fits(row, wanted)]


def _fits(row: ProductRow, wanted: ProductSearch) -> bool:
    if wanted.industries and row.entry.industry not in wanted.industries:
        return False
    return not wanted.modes or bool(set(wanted.modes) & set(row.modes))


def find_product(session: Session, code: str, now: datetime) -> ProductRow:
    """One product.

    Raises:
        ProductUnknown: no entry of that code, or one that is no product.
    """
    known = registry.entries(session, [code])
    if code not in known or known[code].kind != "product":
        raise errors.ProductUnknown
    return _product(session, code, now)


def _product(session: Session, code: str, now: datetime) -> ProductRow:
    return ProductRow(
        code=code,
        entry=registry.entry(session, code),
        is_in_force=registry.in_force(session, code, local_day(now)),
        offers=tuple(licensing.open_offers(session, product_code=code)),
        snapshots=tuple(sandbox.datasets_of_product(session, code)),
    )


def figures(session: Session, now: datetime) -> dict[str, int]:
    """The four live counts of the home page."""
    month = local_day(now).replace(day=1)
    since = datetime(month.year, month.month, 1, tzinfo=now.tzinfo)
    return {
        "resources": registry.count_entries(session, "resource"),
        "products": registry.count_entries(session, "product"),
        "operators": licensing.count_operators(session, local_day(now)),
        "runs_this_month": sandbox.count_finished(session, since),
    }
