"""Failures of the sandbox, one module per room that raises them."""

from sandbox.errors.runs import (
    AccuracyUnusable,
    BudgetSpent,
    ColumnMissing,
    ColumnsNotInSnapshot,
    ColumnUnclassified,
    DatasetTaken,
    DatasetUnknown,
    DeclarationMalformed,
    IdentifierKept,
    LineUnreadable,
    ProductNotYours,
    RunUnknown,
    RunWithoutResult,
    SnapshotUnmarked,
    SourceUnreadable,
)

__all__ = [
    "AccuracyUnusable",
    "BudgetSpent",
    "ColumnMissing",
    "ColumnUnclassified",
    "ColumnsNotInSnapshot",
    "DatasetTaken",
    "DatasetUnknown",
    "DeclarationMalformed",
    "IdentifierKept",
    "LineUnreadable",
    "ProductNotYours",
    "RunUnknown",
    "RunWithoutResult",
    "SnapshotUnmarked",
    "SourceUnreadable",
]
