"""The privacy ledger: whole nano-rho, reserved before data is read, never refunded afterwards.

Three caps hold at once: of the dataset's lineage (all parties and versions and derived datasets share
it), of each organisation, and of the licence. The database decides between many at once: one guarded
UPDATE a cap, always in the same order, in the caller's transaction. Nothing fills a cap again by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, Executable, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from sandbox import errors, rules
from sandbox.models import PrivacyCap, PrivacyEntry
from sandbox.states import SpendState


@dataclass(frozen=True, slots=True)
class Spend:
    """What one run would spend: ``lineage_cap`` and ``licence_cap`` are what was granted, in nano-rho.

    What a provider spends itself is under no licence and of no organisation: both are empty.
    """

    run_id: str
    lineage_id: str
    licence_id: str
    organisations: tuple[str, ...]
    rho: int
    lineage_cap: int
    licence_cap: int = 0

    def caps(self) -> list[tuple[str, str, int]]:
        """Scope, its identifier and what it grants; always in one order, so that nobody waits in a ring."""
        share = self.lineage_cap // rules.ORGANISATION_SHARE
        return [
            ("lineage", self.lineage_id, self.lineage_cap),
            *(("organisation", one, share) for one in sorted(set(self.organisations))),
            *([("licence", self.licence_id, self.licence_cap)] if self.licence_id else ()),
        ]


def reserve(session: Session, spend: Spend, now: datetime) -> None:
    """Reserve a run's cost under every cap, or nothing.

    Raises:
        BudgetSpent: one cap has not so much left; the caller's transaction has to end.
    """
    for scope, identifier, granted in spend.caps():
        _begin(session, spend.lineage_id, scope, identifier, granted)
        if not _add(session, spend.lineage_id, scope, identifier, spend.rho):
            raise errors.BudgetSpent(scope=f"budget-{scope}", wanted=str(spend.rho))
    session.add(
        PrivacyEntry(
            run_id=spend.run_id,
            lineage_id=spend.lineage_id,
            licence_id=spend.licence_id,
            organisations=list(spend.organisations),
            rho=spend.rho,
            state=SpendState.RESERVED,
            at=now,
        )
    )
    session.flush()


def _begin(session: Session, lineage_id: str, scope: str, identifier: str, granted: int) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "lineage_id": lineage_id,
        "scope": scope,
        "scope_id": identifier,
        "granted": granted,
        "reserved": 0,
        "spent": 0,
    }
    session.execute(insert(PrivacyCap).values(row).on_conflict_do_nothing())


def _add(session: Session, lineage_id: str, scope: str, identifier: str, rho: int) -> bool:
    left = col(PrivacyCap.reserved) + col(PrivacyCap.spent) + rho <= col(PrivacyCap.granted)
    statement = update(PrivacyCap).where(
        col(PrivacyCap.lineage_id) == lineage_id,
        col(PrivacyCap.scope) == scope,
        col(PrivacyCap.scope_id) == identifier,
        left,
    )
    return _change(session, statement.values(reserved=PrivacyCap.reserved + rho)) == 1


def _change(session: Session, statement: Executable) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(done, CursorResult)
    return done.rowcount


def commit(session: Session, run_id: str) -> None:
    """Spend what a run has reserved: data was read, or nobody knows. Once, whoever asks."""
    _close(session, run_id, SpendState.SPENT)


def release(session: Session, run_id: str) -> None:
    """Give back what a run has reserved: no data was read. Once, whoever asks."""
    _close(session, run_id, SpendState.RELEASED)


# Every run asks for it: built once, it costs half.
_RESERVED = (
    select(PrivacyEntry)
    .where(PrivacyEntry.run_id == bindparam("run"), PrivacyEntry.state == SpendState.RESERVED)
    .with_for_update()
)


def _close(session: Session, run_id: str, state: SpendState) -> None:
    entry = session.exec(_RESERVED, params={"run": run_id}).first()
    if entry is None:
        return
    entry.state = state
    session.add(entry)
    spent = entry.rho if state is SpendState.SPENT else 0
    for scope, identifier in _scopes(entry):
        _change(
            session,
            update(PrivacyCap)
            .where(
                col(PrivacyCap.lineage_id) == entry.lineage_id,
                col(PrivacyCap.scope) == scope,
                col(PrivacyCap.scope_id) == identifier,
            )
            .values(reserved=PrivacyCap.reserved - entry.rho, spent=PrivacyCap.spent + spent),
        )


def _scopes(entry: PrivacyEntry) -> Sequence[tuple[str, str]]:
    return [
        ("lineage", entry.lineage_id),
        *(("organisation", one) for one in sorted(set(entry.organisations))),
        *([("licence", entry.licence_id)] if entry.licence_id else ()),
    ]
