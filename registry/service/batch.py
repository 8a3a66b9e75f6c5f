"""Batches: many initial registrations from one table, drafted whole or not at all.

The table is read and judged before the transaction begins, and the good forms wait in a temporary
file: SQLite has one writer, which must not wait for a spreadsheet, and ten thousand forms must not
lie in memory.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, BinaryIO

from sqlmodel import Session

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from registry import errors
from registry.form import dictionaries
from registry.form.batch import Row, cell_of, judge_row, read_rows
from registry.form.validate import Problem, blocking
from registry.service.applications import Draft, draft_in
from registry.states import Register

#: What one batch may hold; a row more and nothing is read on.
MOST_ROWS = 10_000
#: So many drafts are written out and forgotten at once.
_FLUSH_ROWS = 500
_SPOOL_BYTES = 1 << 20
_DIGEST_BLOCK_BYTES = 1 << 20
#: Facts of a problem that are message ids themselves.
_LABELS = ("label", "other_label", "expected")
#: Facts of a problem that are codes, with the dictionary that has their words.
_CODES = {"origin": "origins", "right": "rights"}

Say = Callable[[str], str]


class Mode(StrEnum):
    """What becomes of a table with mistakes: nothing of it is taken, or its good rows are."""

    ALL = "all"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Batch:
    """A table of initial registrations; ``is_trial`` only judges it.

    ``stream`` can be rewound; the ending of ``file_name`` says whether it is a workbook or CSV.
    """

    stream: BinaryIO
    file_name: str
    register: Register = Register.RESOURCES
    kind: str = "resource"
    mode: Mode = Mode.ALL
    is_trial: bool = False
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table: rows read, rows with mistakes, every mistake, and the drafts made.

    ``application_ids`` are sorted; each of ``mistakes`` names its row, cell, field, code and says
    in a sentence what to do.
    """

    rows: int
    bad_rows: int
    mistakes: list[dict[str, Any]]
    application_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom mistakes are told to: how a message id is put into the language, and its tag."""

    say: Say = str
    language: str = "en"


def import_batch(
    db: Database, *, actor: Actor, now: datetime, wanted: Batch, reader: Reader
) -> Imported:
    """Draft every row of a table in one transaction, with one audit entry each.

    A repeated key makes nothing new and finds the drafts that it made. Evidence need not be
    preserved yet: filing asks for it.

    Raises:
        NotPermitted: the person may not draft.
        BatchHasErrors: a row has a mistake and the table was to be taken whole; nothing was drafted.
        KeyReused: the key came before with another table.
        BatchUnreadable and its kind (``registry.form.refusals``): the table itself is refused.
    """
    check_permission(actor, Permission.REGISTRY_APPLICATION_DRAFT)
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8") as good:
        judged = _judge(wanted, now, good, reader)
        if wanted.is_trial:
            return judged
        if wanted.mode is Mode.ALL and judged.bad_rows:
            raise errors.BatchHasErrors(rows=judged.bad_rows, errors=judged.mistakes)
        good.seek(0)
        made = _draft(db, actor, now, wanted, map(json.loads, good))
    return Imported(judged.rows, judged.bad_rows, judged.mistakes, made)


def sentence_of(problem: Problem, reader: Reader) -> str:
    """What a problem says, in the reader's language."""
    facts = dict(problem.facts)
    for name in facts.keys() & set(_LABELS):
        facts[name] = reader.say(str(facts[name]))
    for name in facts.keys() & _CODES.keys():
        facts[name] = dictionaries.words_of(_CODES[name], str(facts[name]), reader.language)
    return reader.say(problem.message) % facts


def _judge(wanted: Batch, now: datetime, good: IO[str], reader: Reader) -> Imported:
    today, rows, bad_rows = local_day(now), 0, 0
    mistakes: list[dict[str, Any]] = []
    for row in read_rows(wanted.stream, wanted.file_name, MOST_ROWS):
        rows += 1
        form, problems = judge_row(row, wanted.register, "initial", wanted.kind, today)
        if found := blocking(problems):
            bad_rows += 1
            mistakes += (_mistake(one, row, reader) for one in found)
        else:
            good.write(json.dumps(form) + "\n")
    return Imported(rows, bad_rows, mistakes)


def _mistake(problem: Problem, row: Row, reader: Reader) -> dict[str, Any]:
    return {
        "row": row.number,
        "cell": cell_of(problem, row),
        "field": problem.field,
        "code": problem.code,
        "detail": sentence_of(problem, reader),
    }


def _draft(
    db: Database, actor: Actor, now: datetime, wanted: Batch, forms: Iterator[dict[str, Any]]
) -> list[str]:
    with db.transaction() as session:
        batch_id = idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "registry.batch",
                "register": wanted.register.value,
                "kind": wanted.kind,
                "mode": wanted.mode.value,
                "sha256": _digest_of(wanted.stream),
            },
            make=lambda: _draft_each(session, actor, now, wanted, forms),
        )
        return _drafts_of(session, batch_id)


def _digest_of(stream: BinaryIO) -> str:
    stream.seek(0)
    found = hashlib.sha256()
    while block := stream.read(_DIGEST_BLOCK_BYTES):
        found.update(block)
    return found.hexdigest()


def _draft_each(
    session: Session, actor: Actor, now: datetime, wanted: Batch, forms: Iterator[dict[str, Any]]
) -> str:
    made: list[str] = []
    for form in forms:
        draft = Draft(wanted.kind, form, register=wanted.register)
        made.append(draft_in(session, actor=actor, now=now, wanted=draft))
        if len(made) % _FLUSH_ROWS == 0:
            session.flush()
            session.expunge_all()
    batch_id = new_id(now)
    audit.record(
        session,
        actor=actor,
        now=now,
        action="registry.batch.import",
        subject=("registry_batch", batch_id),
        facts={
            "register": wanted.register.value,
            "kind": wanted.kind,
            # From here a repeated key finds them again.
            "application_ids": sorted(made),
        },
    )
    session.flush()
    return batch_id


def _drafts_of(session: Session, batch_id: str) -> list[str]:
    (entry,) = audit.history(session, batch_id)
    found: list[str] = entry.facts["application_ids"]
    return found
