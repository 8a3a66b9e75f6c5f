"""Checks every invariant that can be read from the stored state; any doubt is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from kernel.errors import HexiError
from kernel.files import FileStore, FileUnknown
from kernel.trust.examine import examine_log
from licensing import public as licensing
from marketplace.errors import InvariantBroken
from marketplace.operations.home import Home
from registry import public as registry
from sandbox import public as sandbox
from sandbox.deidentify.sources.workroom import locked_store


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold, and the statement that finds what contradicts it."""

    sentence: str
    statement: str


#: What may never happen, as far as tables can tell; each statement returns the identifiers of offenders.
INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "no quota is overspent",
        "SELECT licence_id FROM licensing_quota WHERE reserved < 0 OR taken < 0 "
        "OR reserved + taken > granted",
    ),
    Invariant(
        "no privacy budget is overspent",
        "SELECT lineage_id FROM sandbox_privacy_cap WHERE reserved < 0 OR spent < 0 "
        "OR reserved + spent > granted",
    ),
    Invariant(
        "what a lineage has spent is what its runs have spent",
        "SELECT c.lineage_id FROM sandbox_privacy_cap c WHERE c.scope = 'lineage' AND c.spent <> "
        "(SELECT COALESCE(SUM(e.rho), 0) FROM sandbox_privacy_entry e "
        "WHERE e.lineage_id = c.lineage_id AND e.state = 'spent')",
    ),
    Invariant(
        "a synthetic sample leaves only after its charge",
        "SELECT s.id FROM sandbox_synthetic_sample s LEFT JOIN sandbox_privacy_entry e ON e.run_id = s.id "
        "AND e.state = 'spent' AND e.rho = s.rho WHERE s.state = 'spent' AND e.run_id IS NULL",
    ),
    Invariant(
        "an answer leaves review after two votes for it",
        "SELECT r.run_id FROM sandbox_review r WHERE r.state = 'released' AND 2 > (SELECT COUNT(*) "
        "FROM sandbox_review_vote v WHERE v.run_id = r.run_id AND v.releases)",
    ),
    Invariant(
        "a held answer is nowhere else",
        "SELECT id FROM sandbox_run WHERE state IN ('in_review', 'not_released', 'withdrawn') "
        "AND row_count > 0",
    ),
    Invariant(
        "no query reads data whose risk report waits for signatures",
        "SELECT r.id FROM sandbox_run r JOIN sandbox_snapshot s ON s.id = r.snapshot_id "
        "WHERE s.signatures_needed > (SELECT COUNT(*) FROM sandbox_report_signature g "
        "WHERE g.snapshot_id = s.id)",
    ),
    Invariant(
        "every ended run has a receipt",
        "SELECT r.id FROM sandbox_run r LEFT JOIN kernel_receipt k ON k.id = r.receipt_id "
        "WHERE r.state NOT IN ('started', 'in_review') AND k.id IS NULL",
    ),
    Invariant(
        "every deleted version has a receipt",
        "SELECT s.id FROM sandbox_snapshot s LEFT JOIN kernel_receipt k ON k.id = s.receipt_id "
        "WHERE s.state = 'deleted' AND (s.deleted_at IS NULL OR k.id IS NULL)",
    ),
    Invariant(
        "what is reserved is what is running, and rows of what is in review",
        "SELECT q.licence_id FROM licensing_quota q WHERE q.reserved <> (SELECT "
        "COALESCE(SUM(h.amount), 0) FROM licensing_reservation h JOIN sandbox_run r "
        "ON r.id = h.holder WHERE h.licence_id = q.licence_id AND h.unit = q.unit "
        "AND h.period_start = q.period_start AND h.state = 'reserved' AND (r.state = 'started' "
        # How many rows a held answer takes is not told before it leaves.
        "OR (r.state = 'in_review' AND h.unit = 'rows')))",
    ),
    Invariant(
        "only finished runs are billed, and each once",
        "SELECT m.id FROM sandbox_meter_event m JOIN sandbox_run r ON r.id = m.run_id "
        "WHERE m.state = 'settled' AND r.state <> 'finished'",
    ),
    Invariant(
        "no price is above its ceiling",
        "SELECT id FROM licensing_offer WHERE price_cents > ceiling_cents",
    ),
    Invariant(
        "an agreement binds only after a decision and both signatures",
        "SELECT id FROM licensing_agreement WHERE status = 'in_force' AND (decided_at IS NULL "
        "OR signed_at IS NULL OR countersigned_at IS NULL)",
    ),
    Invariant(
        "an acceptor never reviews what he accepted",
        "SELECT id FROM registry_application WHERE accepted_by <> '' AND accepted_by = reviewed_by",
    ),
    Invariant(
        "no code without its public notice",
        "SELECT a.id FROM registry_application a WHERE a.code IS NOT NULL "
        "AND a.notice_ends_on IS NULL AND NOT EXISTS (SELECT 1 FROM registry_step s "
        "WHERE s.application_id = a.id AND s.verb = 'waive-notice')",
    ),
    Invariant(
        "every entry is what its newest version says",
        "SELECT e.code FROM registry_entry e LEFT JOIN registry_version v ON v.subject = e.code "
        "AND v.register_name = 'resources' AND v.number = e.version "
        "WHERE v.id IS NULL OR v.status <> e.status",
    ),
    Invariant(
        "every certificate is what its newest version says",
        "SELECT c.id FROM registry_certificate c LEFT JOIN registry_version v ON v.subject = c.id "
        "AND v.register_name = 'property' AND v.number = c.version "
        "WHERE v.id IS NULL OR v.status <> c.status",
    ),
    Invariant(
        "no clock runs on without an end, and none on what is decided",
        "SELECT c.id FROM registry_clock c JOIN registry_application a ON a.id = c.application_id "
        "WHERE (c.state = 'running' AND c.due_on IS NULL) OR (c.state <> 'ended' "
        "AND c.kind <> 'later_objection' AND a.status IN ('not_accepted', 'rejected', "
        "'terminated', 'effective', 'completed', 'withdrawn', 'refused', 'lapsed', "
        "'handed_over', 'certified'))",
    ),
    Invariant(
        "no decision without its person",
        "SELECT id FROM kernel_audit_entry WHERE actor_id = '' "
        # By real name and without an account: whoever objects or asks for a correction.
        "AND action NOT IN ('registry.application.object', "
        "'registry.application.ask-for-correction', 'registry.certificate.object-later')",
    ),
)


def examine(home: Home, say: Callable[[str], None]) -> None:
    """Check everything; says each sentence that holds.

    Raises:
        InvariantBroken, LogDoubt: at the first doubt.
    """
    with home.db.read() as session:
        for invariant in INVARIANTS:
            found = [str(row[0]) for row in session.execute(text(invariant.statement)).all()]
            _check(invariant.sentence, found)
            say(f"ok: {invariant.sentence}")
        _check("every stored contract is the signed one", list(_changed_contracts(session)))
        say("ok: every stored contract is the signed one")
        log = examine_log(session, home.seal.keys, home.log_folder)
    say(f"ok: every preserved file is whole ({_check_files(home)})")
    say(f"ok: every snapshot is whole ({_check_snapshots(home)})")
    say(f"ok: every answer that is a file is whole ({_check_answers(home)})")
    say(f"ok: what epochs remember of their people is whole ({_check_memories(home)})")
    _warn_of_fonts(say)
    say(f"ok: the log verifies ({log.entries} entries, {log.checkpoints} checkpoints)")


def _check_files(home: Home) -> int:
    """Read every stored file again; returns how many.

    Raises:
        InvariantBroken: a file is missing or its bytes have changed.
    """
    store = FileStore(home.settings.home / "evidence")
    with home.db.read() as session:
        stored = registry.stored_files(session)
    damaged = []
    for sha256 in stored:
        try:
            is_whole = store.verify(sha256)
        except FileUnknown:
            is_whole = False
        if not is_whole:
            damaged.append(sha256)
    _check("every preserved file is whole", damaged)
    return len(stored)


def _check_snapshots(home: Home) -> int:
    """Read every snapshot's files again; returns how many.

    Raises:
        InvariantBroken: a manifest or a file is not what the snapshot's digest says.
    """
    with home.db.read() as session:
        stored, erased = sandbox.snapshot_files(session), sandbox.erased_files(session)
    changed = [one.sha256 for one in stored if not one.is_whole(home.snapshots)]
    _check("every snapshot is whole", changed)
    left = [one for one in sorted(erased) if (home.snapshots / f"{one}.parquet").exists()]
    _check("nothing of a deleted version is left", left)
    return len(stored)


def _check_answers(home: Home) -> int:
    """Read every file that is in review or was released again; returns how many.

    Raises:
        InvariantBroken: one is missing or has changed, or something else lies there.
    """
    folder = home.answers
    # A run writes its file before a record names it: none is in between while the store is held.
    with locked_store(folder), home.db.read() as session:
        named = sandbox.answer_files(session)
        left = [one.name for one in sandbox.unnamed_files(folder, named)]
    changed = [one for one in sorted(named) if not sandbox.is_whole(folder / one, one)]
    _check("every answer that is a file is whole", changed)
    _check("nothing of an answer that did not leave is left", left)
    return len(named)


def _check_memories(home: Home) -> int:
    """Read again what the epochs of series remember of their people; returns how many files.

    Raises:
        InvariantBroken: a file is missing, changed or not named: no further epoch can be proved apart.
    """
    with home.db.read() as session:
        stored = sandbox.memory_files(session)
    changed = [one.sha256 for one in stored if not one.is_whole(home.snapshots)]
    _check("what epochs remember of their people is whole", changed)
    return len(stored)


def _warn_of_fonts(say: Callable[[str], None]) -> None:
    try:
        registry.check_fonts()
    except HexiError:
        say("warning: no Chinese font is installed; certificates cannot be printed here")


def _changed_contracts(session: Session) -> Iterator[str]:
    for row in licensing.list_licences(session):
        if row.is_changed:
            yield row.licence_id


def _check(sentence: str, offenders: list[str]) -> None:
    if offenders:
        raise InvariantBroken(invariant=sentence, count=len(offenders), first=offenders[0])
