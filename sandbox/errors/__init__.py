"""Failures of the sandbox, one module per room that raises them."""

from sandbox.errors.runs import (
    AccuracyUnusable,
    BudgetSpent,
    ColumnMissing,
    ColumnsNotInSnapshot,
    ColumnUnclassified,
    CostUnusable,
    DatasetTaken,
    DatasetUnknown,
    DeclarationMalformed,
    IdentifierKept,
    LineUnreadable,
    PrecisionTwice,
    ProductNotYours,
    RunUnknown,
    RunWithoutResult,
    SourceUnreadable,
)

__all__ = [
    "AccuracyUnusable",
    "BudgetSpent",
    "ColumnMissing",
    "ColumnUnclassified",
    "ColumnsNotInSnapshot",
    "CostUnusable",
    "DatasetTaken",
    "DatasetUnknown",
    "DeclarationMalformed",
    "IdentifierKept",
    "LineUnreadable",
    "PrecisionTwice",
    "ProductNotYours",
    "RunUnknown",
    "RunWithoutResult",
    "SourceUnreadable",
]
