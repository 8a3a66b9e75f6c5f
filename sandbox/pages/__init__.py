"""Pages of the sandbox: the workbench, the airlock, what a provider learns of a dataset, and the sandbox itself."""

from sandbox.pages import (
    datasets,
    house,
    reviews,
    samples,
    saved,
    simulator,
    templates,
    versions,
    workbench,
)
from sandbox.pages.door import blueprint

__all__ = [
    "blueprint",
    "datasets",
    "house",
    "reviews",
    "samples",
    "saved",
    "simulator",
    "templates",
    "versions",
    "workbench",
]
