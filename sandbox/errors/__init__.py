"""Failures of the sandbox, one module per room that raises them."""

from sandbox.errors.ingest import (
    ColumnMissing,
    ColumnUnclassified,
    DeclarationMalformed,
    DeidentificationTooWeak,
    HeaderUnusable,
    IdentifierFound,
    IdentifierKept,
    RowsBroken,
    SourceUnreadable,
    StoreFull,
    ValuesOutsideHierarchy,
)
from sandbox.errors.runs import (
    AccuracyUnusable,
    BudgetSpent,
    ColumnsNotInSnapshot,
    DatasetTaken,
    DatasetUnknown,
    LineUnreadable,
    ProductNotYours,
    RunUnknown,
    RunWithoutResult,
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
    "DeidentificationTooWeak",
    "HeaderUnusable",
    "IdentifierFound",
    "IdentifierKept",
    "LineUnreadable",
    "ProductNotYours",
    "RowsBroken",
    "RunUnknown",
    "RunWithoutResult",
    "SourceUnreadable",
    "StoreFull",
    "ValuesOutsideHierarchy",
]
