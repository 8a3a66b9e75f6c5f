"""One key, one act: a repeated ``Idempotency-Key`` finds what the first request made.

The key is stored in the transaction of the act itself, so that there is no moment in which the
act is done and the key is not known (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime, table_of
from kernel.errors import Conflict, Malformed, msgid
from kernel.identity import Actor
from ledger.encoding import canonical_bytes

_LONGEST_KEY = 200


class KeyReused(Conflict):
    """The same key came with another request."""

    code = "kernel-idempotency-key-reused"
    title = msgid("This Idempotency-Key was used for another request")
    detail = msgid("Send a new Idempotency-Key for a new request; nothing was changed.")


class KeyUnusable(Malformed):
    """The key is missing or too long."""

    code = "kernel-idempotency-key-missing"
    title = msgid("An Idempotency-Key is needed")
    detail = msgid(
        "Send a header Idempotency-Key with a text of your own of at most 200 characters."
    )


class KnownKey(SQLModel, table=True):
    """A key of one account, what it was for, and what it made."""

    __tablename__ = "kernel_known_key"

    account_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    made_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)


# Every act that changes something asks both: built once, they cost half.
_KNOWN = select(KnownKey.fingerprint, KnownKey.made_id).where(
    KnownKey.account_id == bindparam("account"), KnownKey.key == bindparam("known")
)
_CLAIMS = {
    dialect: insert(table_of(KnownKey)).on_conflict_do_nothing().returning(col(KnownKey.key))
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def fingerprint_of(verb: str, request: dict[str, Any]) -> str:
    """SHA-256 over the verb and the request's JCS form."""
    return hashlib.sha256(verb.encode() + b"\n" + canonical_bytes(request)).hexdigest()


def check_key(key: str) -> None:
    """Let only a usable key pass.

    Raises:
        KeyUnusable: empty or longer than 200 characters.
    """
    if not key or len(key) > _LONGEST_KEY:
        raise KeyUnusable


def recall(session: Session, *, account_id: str, key: str, fingerprint: str) -> str | None:
    """What the key made before, or None when it is new.

    Raises:
        KeyReused: the key was used for another request.
    """
    known = session.exec(_KNOWN, params={"account": account_id, "known": key}).first()
    if known is None:
        return None
    of_request, made_id = known
    if of_request != fingerprint:
        raise KeyReused
    return made_id


def claim(
    session: Session, *, actor: Actor, now: datetime, key: str, fingerprint: str, made_id: str
) -> str | None:
    """Take a key in the caller's transaction; None when it is ours, else what it made before.

    Of two requests at once the second waits here for the first one's transaction.

    Raises:
        KeyReused: the key came before with another request.
    """
    row = {
        "account_id": actor.account_id,
        "key": key,
        "fingerprint": fingerprint,
        "made_id": made_id,
        "created_at": now,
    }
    if session.execute(_CLAIMS[session.get_bind().dialect.name], row).first() is not None:
        return None
    return recall(session, account_id=actor.account_id, key=key, fingerprint=fingerprint)


def make_once(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    key: str,
    request: dict[str, Any],
    make: Callable[[], str],
) -> str:
    """What the key made before, or what ``make`` makes now; without a key simply the latter.

    ``request`` holds the verb and whatever makes two requests different. The key is claimed first:
    of two equal requests at once the second waits for the first and gets its answer. Visitors share
    no account, so a visitor's key counts together with its request and meets nobody else's.

    Raises:
        KeyReused: the key came before with another request.
    """
    if not key:
        return make()
    fingerprint = fingerprint_of(str(request["verb"]), request)
    if actor.is_visitor:
        key = hashlib.sha256(f"{key}\n{fingerprint}".encode()).hexdigest()
    known = claim(session, actor=actor, now=now, key=key, fingerprint=fingerprint, made_id="")
    if known is not None:
        return known
    made = make()
    session.execute(
        update(KnownKey)
        .where(col(KnownKey.account_id) == actor.account_id, col(KnownKey.key) == key)
        .values(made_id=made)
        .execution_options(synchronize_session=False)
    )
    return made
