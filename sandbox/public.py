"""The door of the sandbox: what the marketplace may read, in its own transaction."""

from sandbox import queries
from sandbox.queries import MeterRow, RunRow, SnapshotRow, VersionRow

__all__ = [
    "MeterRow",
    "RunRow",
    "SnapshotRow",
    "VersionRow",
    "count_finished",
    "dataset_title",
    "datasets_of_product",
    "erased_files",
    "find_run",
    "list_datasets",
    "list_reviews",
    "list_runs",
    "memory_files",
    "newest_snapshot",
    "settled_events",
    "snapshot_files",
    "worse_versions",
]

count_finished = queries.count_finished
dataset_title = queries.dataset_title
datasets_of_product = queries.datasets_of_product
erased_files = queries.erased_files
find_run = queries.find_run
list_datasets = queries.list_datasets
list_reviews = queries.list_reviews
list_runs = queries.list_runs
memory_files = queries.memory_files
newest_snapshot = queries.newest_snapshot
settled_events = queries.settled_events
snapshot_files = queries.snapshot_files
worse_versions = queries.worse_versions
