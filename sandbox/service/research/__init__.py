"""Use cases beside a run: saved queries, approved templates, synthetic samples, simulations."""

from sandbox.service.research import sampling, saving, templating

__all__ = ["sampling", "saving", "templating"]
