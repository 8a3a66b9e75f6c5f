"""Use cases beside a run: saved queries, approved templates, synthetic samples, simulations."""

from sandbox.service.research import saving, templating

__all__ = ["saving", "templating"]
