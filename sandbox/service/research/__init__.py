"""Use cases beside a run: saved queries, approved templates, synthetic samples, simulations."""

from sandbox.service.research import attacking, sampling, saving, simulating, templating

__all__ = ["attacking", "sampling", "saving", "simulating", "templating"]
