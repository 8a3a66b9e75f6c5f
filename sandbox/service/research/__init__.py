"""Use cases beside a run: saved queries, approved templates, synthetic samples, simulations."""

from sandbox.service.research import saving

__all__ = ["saving"]
