"""What a contract permits, as one frozen value that the sandbox enforces."""

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
#: A quota counts over the whole term, or anew each calendar month or day of China Standard Time.
PERIODS = ("term", "month", "day")
#: Two people look at an answer: never, where a check fails, or always.
OUTPUT_REVIEWS = ("none", "on_failure", "always")
#: When an answer comes: as soon as it is there, or after a time that public sizes alone decide.
RESPONSE_TIMES = ("when_done", "fixed")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one offer or licence.

    ``columns`` lists ``table.column``; ``price_cents`` is the price of one run in 1/100 CNY;
    ``min_cell_size`` counts distinct people and is 0 in ``open`` mode; ``expires_at`` is None in
    an offer, which says ``term_days`` instead. Quotas count per ``quota_period``: runs, rows of
    answers, compute units (public size of a plan), calls of the interface; ``privacy_rho`` is the
    privacy budget in nano-rho (zCDP). 0 and the empty tuple mean that there is no such clause;
    ``run_quota`` and ``term_days`` are always there.

    ``regions`` (GB/T 2260) and ``industries`` (GB/T 4754) say within which the licensee must lie,
    ``credentials`` what it has to show, ``recipients`` the accounts that may run, ``most_users``
    how many they may be, ``delegation_depth`` over how many steps the licensee may let other
    organisations run in its stead. ``report_months`` is the cycle in which use is to be reported.
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
    starts_at: datetime | None = None
    quota_period: str = "term"
    row_quota: int = 0
    compute_quota: int = 0
    call_quota: int = 0
    privacy_rho: int = 0
    output_review: str = "none"
    response_time: str = "when_done"
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    most_users: int = 0
    delegation_depth: int = 0
    report_months: int = 0
    must_attribute: bool = False
    must_delete: bool = False

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
