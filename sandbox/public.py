"""The door of the sandbox: what the marketplace may read, in its own transaction."""

from sandbox import queries
from sandbox.queries import MeterRow, RunRow, SnapshotRow, VersionRow

__all__ = [
    "MeterRow",
    "RunRow",
    "SnapshotRow",
    "VersionRow",
    "answer_files",
    "count_finished",
    "dataset_title",
    "datasets_of_product",
    "erased_files",
    "find_run",
    "is_whole",
    "list_datasets",
    "list_reviews",
    "list_runs",
    "memory_files",
    "newest_snapshot",
    "settled_events",
    "snapshot_files",
    "unnamed_files",
    "worse_versions",
]

answer_files = queries.answer_files
count_finished = queries.count_finished
dataset_title = queries.dataset_title
datasets_of_product = queries.datasets_of_product
erased_files = queries.erased_files
find_run = queries.find_run
is_whole = queries.is_whole
list_datasets = queries.list_datasets
list_reviews = queries.list_reviews
list_runs = queries.list_runs
memory_files = queries.memory_files
newest_snapshot = queries.newest_snapshot
settled_events = queries.settled_events
snapshot_files = queries.snapshot_files
unnamed_files = queries.unnamed_files
worse_versions = queries.worse_versions
