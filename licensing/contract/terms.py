"""What a licence permits, as one frozen value that the sandbox enforces."""

from dataclasses import dataclass
from datetime import datetime

MODES = ("open", "aggregate", "dp")
#: Purposes of use; the taxonomy's version stands in each receipt.
PURPOSE_TAXONOMY = "hexi-purposes/1"
PURPOSES = (
    "statistical-analysis",
    "academic-research",
    "public-governance",
    "product-improvement",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one offer or licence.

    ``columns`` lists ``table.column``; ``price_cents`` is the price of one run in 1/100 CNY;
    ``min_cell_size`` counts distinct people and is 0 in ``open`` mode; ``expires_at`` is None in
    an offer, which says ``term_days`` instead.
    """

    mode: str
    dataset: str
    columns: tuple[str, ...]
    purposes: tuple[str, ...]
    run_quota: int
    price_cents: int
    min_cell_size: int
    term_days: int
    expires_at: datetime | None = None

    def tables(self) -> dict[str, tuple[str, ...]]:
        """Licensed columns by table, in the order of the contract."""
        found: dict[str, list[str]] = {}
        for name in self.columns:
            table, _, column = name.partition(".")
            found.setdefault(table, []).append(column)
        return {table: tuple(columns) for table, columns in found.items()}


@dataclass(frozen=True, slots=True)
class Parties:
    """Who gives and who gets, as URNs."""

    assigner: str
    assignee: str
