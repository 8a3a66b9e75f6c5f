"""Pages of the sandbox: the workbench, the airlock, and what a provider learns of a dataset."""

from sandbox.pages import datasets, reviews, samples, saved, simulator, templates, workbench
from sandbox.pages.door import blueprint

__all__ = [
    "blueprint",
    "datasets",
    "reviews",
    "samples",
    "saved",
    "simulator",
    "templates",
    "workbench",
]
