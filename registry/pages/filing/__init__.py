"""Filing: beginning a registration, its form as a task list, check and send, evidence and batches."""

from registry.pages.filing import batches, files, form, review, start

__all__ = ["batches", "files", "form", "review", "start"]
