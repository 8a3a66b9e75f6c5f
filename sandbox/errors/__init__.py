"""Failures of the sandbox, one module per room that raises them."""

from sandbox.errors.runs import (
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
    SourceUnreadable,
)

__all__ = [
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
    "SourceUnreadable",
]
