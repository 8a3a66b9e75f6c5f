"""Decisions of the sandbox, from plain values: what one licence lets a run see of a snapshot."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kernel.identity import Actor, Permission, check_permission, is_permitted
from ledger.encoding import canonical_bytes
from sandbox import errors
from sandbox.states import ReviewState

#: A run may work this long, and is given up for lost this long after its start.
RUN_SECONDS = 20
ABANDON_SECONDS = 60
#: Rows of one answer at most.
MOST_ROWS = 10_000
#: Cells under one answer at most, those with too few people included.
MOST_CELLS = 20_000
#: Bytes (as JSON) that these cells may take beside the answer.
CELL_BYTES = 8_000_000
#: How the columns of marks begin whose layout is that of today (``deidentify.people.marks``).
MARKS = "_mark2_"
#: Rows and bytes (as JSON) of an answer that leaves as a file. The bytes are half of what one message between
#: trusted processes may have: a process that reads them holds up to twenty times as much for a moment.
FILE_ROWS, FILE_BYTES = 1_000_000, 32_000_000
#: Rows of a file that its review shows; checkers read the others in the file.
FIRST_ROWS = 100
METER = "run"
#: People who look at an answer, each blind to the other.
REVIEWERS = 2
#: People who sign a risk report.
SIGNERS = 2
#: Larger whole numbers have no exact form in JCS (RFC 8785 section 3.2.2.3).
_EXACT_DIGITS = 15
#: Nano-rho for the life of a lineage: epsilon 4 at a delta of 10^-6.
DEFAULT_BUDGET = 311_100_000
#: Wanted half-width of a count at 95 %: what is asked for where nobody says, and what may be asked.
DEFAULT_ACCURACY, LEAST_ACCURACY, MOST_ACCURACY = 50.0, 1.0, 1_000_000.0
DELTA = 1e-6
#: What one organisation may spend of a lineage's cap: one part in so many.
ORGANISATION_SHARE = 4
#: In mode ``dp`` an answer comes after a time that only public facts decide: one of these, in seconds.
_SLOTS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
#: Rows of the dataset times parts of the plan that one second surely does.
_WORK = 10_000_000
#: Numbers that one second surely gives noise to and computes with.
_NUMBERS = 10_000
#: Smallest cell where no licence says another, in distinct people.
DEFAULT_CELL = 10


@dataclass(frozen=True, slots=True)
class Sight:
    """What a licence names: mode, columns by table, and the smallest cell in distinct people."""

    mode: str
    tables: dict[str, tuple[str, ...]]
    min_cell_size: int


def check_may_run(actor: Actor) -> None:
    """Let only people with the permission query.

    Raises:
        SignInNeeded, NotPermitted: they have none.
    """
    check_permission(actor, Permission.SANDBOX_QUERY_RUN)


def check_may_see(actor: Actor, *organisations: str) -> None:
    """Let a run be seen by who asked, by its licensee, and by those who may see all.

    Raises:
        RunUnknown: to everybody else, as if it did not exist.
    """
    is_own = bool(actor.organisation_id) and actor.organisation_id in organisations
    if not is_own and not may_see_all(actor):
        raise errors.RunUnknown


def check_may_cancel(actor: Actor, account_id: str, licensee_id: str) -> None:
    """Let a run be stopped by who asked and by its licensee; to look at runs is not enough.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        RunNotYours: the person neither asked nor belongs to the licensee.
    """
    check_permission(actor, Permission.SANDBOX_RUN_CANCEL)
    if not may_cancel(actor, account_id, licensee_id):
        raise errors.RunNotYours


def may_cancel(actor: Actor, account_id: str, licensee_id: str) -> bool:
    """Whether ``check_may_cancel`` would let a person stop the run."""
    is_own = actor.account_id == account_id or actor.organisation_id == licensee_id
    return is_own and is_permitted(actor, Permission.SANDBOX_RUN_CANCEL)


def may_see_all(actor: Actor) -> bool:
    """Whether a person may see every run, as regulators may."""
    return is_permitted(actor, Permission.SANDBOX_RUN_READ_ALL)


def whose_reviews(actor: Actor) -> str:
    """The organisation whose reviews a person lists: the own one for checkers, empty (all) for who may see all runs.

    Raises:
        SignInNeeded, NotPermitted: the roles grant neither.
    """
    if may_see_all(actor):
        return ""
    check_permission(actor, Permission.SANDBOX_OUTPUT_REVIEW)
    return actor.organisation_id


def check_may_see_budget(actor: Actor, provider_id: str, name: str) -> None:
    """Let the provider of a dataset and those who may see all runs see who spent its budget.

    Raises:
        SignInNeeded, NotPermitted: the roles grant neither.
        DatasetUnknown: to everybody else, as if it did not exist.
    """
    if may_see_all(actor):
        return
    check_may_offer(actor, provider_id, name)


def check_may_offer(actor: Actor, provider_id: str, name: str) -> None:
    """Let only the provider of a dataset act on what is offered of it.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        DatasetUnknown: it is another organisation's, as if it did not exist.
    """
    check_permission(actor, Permission.SANDBOX_DATASET_INGEST)
    if actor.organisation_id != provider_id:
        raise errors.DatasetUnknown(name=name)


def may_sign_report(actor: Actor, provider_id: str) -> bool:
    """Whether a person signs risk reports of a provider."""
    is_signer = is_permitted(actor, Permission.SANDBOX_REPORT_SIGN)
    return is_signer and actor.organisation_id == provider_id


def check_may_sign_report(actor: Actor, provider_id: str, name: str) -> None:
    """Let only people of the provider with the permission sign.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        DatasetUnknown: another organisation's dataset.
    """
    check_permission(actor, Permission.SANDBOX_REPORT_SIGN)
    if not may_sign_report(actor, provider_id):
        raise errors.DatasetUnknown(name=name)


def may_review(actor: Actor, provider_id: str) -> bool:
    """Whether a person looks at answers from the data of a provider."""
    is_checker = is_permitted(actor, Permission.SANDBOX_OUTPUT_REVIEW)
    return is_checker and actor.organisation_id == provider_id


def check_may_vote(actor: Actor, provider_id: str, account_id: str, *askers: str) -> None:
    """Let a checker of the provider vote who neither asked nor belongs to who did.

    Raises:
        ReviewUnknown: to everybody who is no checker of the provider.
        OwnAnswer: the person asked, or an own organisation that is not the provider.
    """
    if not may_review(actor, provider_id):
        raise errors.ReviewUnknown
    if actor.account_id == account_id or actor.organisation_id in askers:
        raise errors.OwnAnswer


def outcome_of(votes: list[bool]) -> ReviewState:
    """Where a review stands with these votes of different people, each for or against release."""
    if len(votes) < REVIEWERS:
        return ReviewState.PARTIALLY_REVIEWED if votes else ReviewState.SUBMITTED
    if all(votes):
        return ReviewState.RELEASED
    return ReviewState.CONFLICTED if any(votes) else ReviewState.NOT_RELEASED


def check_file(mode: str, output_review: str) -> None:
    """Let an answer be asked for as a file only where people look at answers.

    Raises:
        FileOfNoise: mode ``dp``.
        FileNotReviewed: nobody looks at answers under the licence.
    """
    if mode == "dp":
        raise errors.FileOfNoise
    if output_review == "none":
        raise errors.FileNotReviewed


def most_rows(mode: str, *, is_file: bool) -> int:
    """Rows that an answer may have; in ``aggregate`` each is made of cells, whose comparison bounds them."""
    if not is_file:
        return MOST_ROWS
    return MOST_CELLS if mode == "aggregate" else FILE_ROWS


def check_accuracy(wanted: float) -> float:
    """The precision that is meant: half the width of a count's 95 % interval.

    Raises:
        AccuracyUnusable: no number, or beyond what may be asked.
    """
    if not wanted:
        return DEFAULT_ACCURACY
    if not LEAST_ACCURACY <= wanted <= MOST_ACCURACY:
        raise errors.AccuracyUnusable(least=int(LEAST_ACCURACY), most=int(MOST_ACCURACY))
    return wanted


def check_cost(wanted: int, accuracy: float) -> None:
    """Let a cost in nano-rho stand in for a precision that is not given.

    Raises:
        PrecisionTwice: both are given.
        CostUnusable: it is zero or negative.
    """
    if accuracy:
        raise errors.PrecisionTwice
    if wanted < 1:
        raise errors.CostUnusable(least="1")


def slot_seconds(rows: int, size: int, numbers: int) -> float:
    """How long an answer in mode ``dp`` takes, from the sizes of dataset, plan and noise alone."""
    wanted = rows * size / _WORK + numbers / _NUMBERS
    return next((one for one in _SLOTS if one >= wanted), _SLOTS[-1])


def sight_of_all(manifest: dict[str, Any], mode: str, cell: int = DEFAULT_CELL) -> Sight:
    """The sight of a licence that names every column; ``cell`` is the smallest one in distinct people."""
    tables = {
        name: tuple(column["name"] for column in table["columns"])
        for name, table in manifest["tables"].items()
    }
    return Sight(mode, tables, cell)


def describe(manifest: dict[str, Any], sight: Sight) -> dict[str, Any]:
    """The dataset as the guard may know it under one licence (``read_description``'s document).

    Only licensed columns are in it, and in protected modes the person column as an identifier.

    Raises:
        ColumnsNotInSnapshot: a licensed table or column is not in the snapshot.
        SnapshotUnmarked: in mode ``aggregate``, a snapshot from before rows had the marks of today.
    """
    tables: dict[str, Any] = {}
    for name, wanted in sight.tables.items():
        stored = manifest["tables"].get(name)
        columns = {one["name"]: one for one in stored["columns"]} if stored else {}
        if stored is None or set(wanted) - set(columns):
            raise errors.ColumnsNotInSnapshot
        tables[name] = _table(stored, columns, wanted, sight.mode)
    return {
        "mode": sight.mode,
        # In open mode no cell is counted; the guard still wants a number of people.
        "k": max(sight.min_cell_size, 1),
        "count_base": manifest["count_base"],
        "tables": tables,
        "joins": manifest["joins"],
    }


def _table(
    stored: dict[str, Any], columns: dict[str, Any], wanted: tuple[str, ...], mode: str
) -> dict[str, Any]:
    person = stored["person_column"]
    names = [name for name in columns if name in wanted or (name == person and mode != "open")]
    table: dict[str, Any] = {
        "columns": {
            name: {key: value for key, value in columns[name].items() if key != "name"}
            for name in names
        }
    }
    if person and mode != "open":
        table["person_column"] = person
        # Nobody has no row; a bound of one is the least that noise is made for.
        table["rows_per_person"] = max(stored["rows_per_person"], 1)
    if mode == "aggregate":
        table["marks"] = _marks(stored)
    if mode == "dp" and "hidden" in stored:
        hidden = stored["hidden"]
        known = [one for one in hidden["key_sets"] if set(one["columns"]) <= set(names)]
        table["bounding"] = {**hidden, "key_sets": known}
    return table


def _marks(stored: dict[str, Any]) -> list[str]:
    marks = tuple(stored.get("marks", ()))
    if stored["person_column"] and not (marks and all(one.startswith(MARKS) for one in marks)):
        raise errors.SnapshotUnmarked
    return list(marks)


def extract_columns(description: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The columns that a run's extract holds: those that the guard was told of, and hidden ones of ingest."""
    return {
        name: (*table["columns"], *table.get("marks", ()), *_hidden(table))
        for name, table in description["tables"].items()
    }


def _hidden(table: dict[str, Any]) -> list[str]:
    sets = table.get("bounding", {}).get("key_sets", ())
    return [one[kind] for one in sets for kind in ("rc", "ck")]


def extract_key(policy_digest: str, snapshot_digest: str) -> str:
    """The name of an extract: one licence's policy on one snapshot."""
    return hashlib.sha256(f"{policy_digest}\n{snapshot_digest}".encode()).hexdigest()


def check_last_day(day: date | None, today: date) -> None:
    """Let only a last day pass that is not over.

    Raises:
        ExpiryPast: it is.
    """
    if day is not None and day < today:
        raise errors.ExpiryPast(today=today.isoformat())


def check_usable(expires_on: date | None, today: date) -> None:
    """Let only a version be queried that has not had its last day.

    Raises:
        SnapshotExpired: it has.
    """
    if expires_on is not None and expires_on < today:
        raise errors.SnapshotExpired(day=expires_on.isoformat())


def stale_since(tables: dict[str, Any], fresh_days: dict[str, int]) -> dict[str, date]:
    """By table, the first day on which its newest date is older than what was declared."""
    found = {}
    for name, days in fresh_days.items():
        dates = [
            date.fromisoformat(one["newest"])
            for one in tables.get(name, {"columns": {}})["columns"].values()
            if "newest" in one
        ]
        if dates:
            found[name] = max(dates) + timedelta(days=days + 1)
    return found


def stale_tables(quality: dict[str, Any], today: date) -> dict[str, date]:
    """Tables whose newest date is older than was declared, and the first day on which it was."""
    since = stale_since(quality.get("tables", {}), quality.get("fresh_days", {}))
    return {name: day for name, day in since.items() if day <= today}


def result_digest(columns: list[Any], rows: list[Any]) -> str:
    """Hex SHA-256 of the answer's JCS bytes: what the receipt's subject is."""
    return hashlib.sha256(canonical_bytes({"columns": columns, "rows": rows})).hexdigest()


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Hex SHA-256 of a snapshot's manifest in JCS; the manifest names each file's digest."""
    return document_digest(manifest)


def document_digest(document: dict[str, Any]) -> str:
    """Hex SHA-256 of a JSON document in JCS (RFC 8785)."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def report_digest(manifest_digest: str, risk: dict[str, Any]) -> str:
    """Hex SHA-256 of a risk report and the manifest that it is about, in JCS; too large numbers are texts there."""

    def exact(digits: str) -> int | str:
        return int(digits) if len(digits) <= _EXACT_DIGITS else digits

    document = json.dumps({"manifest": manifest_digest, "tables": risk})
    return hashlib.sha256(canonical_bytes(json.loads(document, parse_int=exact))).hexdigest()


def pseudonym_purpose(dataset: str, rotation: int) -> str:
    """What the key of a dataset's pseudonyms is derived for; the first rotation has no number."""
    return f"pseudonym:{dataset}:{rotation}" if rotation else f"pseudonym:{dataset}"


def text_digest(text: str) -> str:
    """Hex SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
