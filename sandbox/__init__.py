"""Governed SQL on de-identified data: datasets, guard, engines, quotas, metering, query receipts."""
