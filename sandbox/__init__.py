"""Governed SQL on de-identified data: datasets, guard, engines, quotas, metering, query receipts.

Words: a *dataset* is what an operator offers under one registered product; a *snapshot* is one
immutable, content-addressed version of it; a *run* is one query under one licence; an *extract* is
what of a snapshot one licence lets a run see. The signed licence is the policy: nothing here
holds a second one.
"""
