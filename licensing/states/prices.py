"""Classes of products by what they may cost, and what a yearly deviation asks for (S3)."""

from enum import StrEnum


class ProductClass(StrEnum):
    """What a product serves; only industry and sector development is charged for (S3)."""

    PUBLIC_GOVERNANCE = "public_governance"
    PUBLIC_WELFARE = "public_welfare"
    INDUSTRY = "industry"

    @property
    def is_free(self) -> bool:
        """Public governance and public welfare are free of charge."""
        return self is not ProductClass.INDUSTRY


class CostKind(StrEnum):
    """What counts as operating cost (经营成本, S3)."""

    PLATFORM = "platform_cost"
    PROCESSING = "processing_cost"
    STAFF = "staff_cost"
    ACQUISITION = "acquisition_cost"
    PERIOD = "period_cost"


class DeviationTask(StrEnum):
    """Whose turn a yearly deviation makes it."""

    NONE = "none"
    ADJUST_PRICES = "adjust_prices"
    ADJUST_CEILINGS = "adjust_ceilings"
