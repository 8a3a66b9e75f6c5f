"""Receipts: signed in the transaction of the act that they prove, handed out once they are logged.

A row without ``leaf_index`` waits for the sequencer (``kernel.trust.log``); the row itself is the
queue, so an act and its log entry commit together or not at all.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, bindparam, insert, text
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime, table_of
from kernel.errors import NotFound, Unavailable, msgid
from kernel.ids import new_id
from kernel.trust.keys import Keys
from kernel.trust.log import LogCheckpoint, newest_checkpoint, subtree_reader
from ledger import receipt as formats
from ledger.checkpoint import LogKey, parse_checkpoint
from ledger.encoding import canonical_bytes, to_base64
from ledger.merkle import inclusion_proof

SOFTWARE_VERSION = "hexi/0.1.0"
_NONCE_BYTES = 16


class NoSuchReceipt(NotFound):
    """There is no receipt of that identifier, or it is not yours."""

    code = "kernel-receipt-unknown"
    title = msgid("There is no such receipt")
    detail = msgid(
        "Check the receipt's identifier; receipts are shown to their holder and to regulators."
    )


class ReceiptNotLogged(Unavailable):
    """The receipt is signed but not yet part of a published checkpoint."""

    code = "kernel-receipt-not-logged"
    title = msgid("The receipt is not in the log yet")
    detail = msgid("Ask again in a second; a receipt is handed out once its proof exists.")


class Receipt(SQLModel, table=True):
    """One signed statement and its place in the log."""

    __tablename__ = "kernel_receipt"
    __table_args__ = (
        Index(
            "ix_kernel_receipt_waiting",
            "id",
            sqlite_where=text("leaf_index IS NULL"),
            postgresql_where=text("leaf_index IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    kind: str
    idempotency: str = Field(unique=True)
    subject_id: str = Field(index=True)
    organisation_id: str = Field(index=True)
    payload: bytes
    signature: bytes
    public_key: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    leaf_index: int | None = Field(default=None, unique=True, sa_type=BigInteger)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a receipt is to say.

    ``kind`` is the last part of the predicate type (registration, licence, query, metering);
    ``idempotency`` is one text for one act, so that a retry cannot make a second receipt.
    """

    kind: str
    idempotency: str
    subject_id: str
    organisation_id: str
    subject_name: str
    subject_sha256: str
    predicate: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """Who issues: the keys, and the host that names the issuer and the predicate types."""

    keys: Keys
    host: str


@dataclass(frozen=True, slots=True)
class HandOut:
    """The files of one receipt, by file name."""

    receipt_id: str
    files: dict[str, bytes]


# Every receipt needs both: built once, and without an object, they cost a third.
_OF_ACT = select(Receipt.id).where(Receipt.idempotency == bindparam("act"))
_INSERT = insert(table_of(Receipt))


def issue(session: Session, *, seal: Seal, now: datetime, wanted: Wanted) -> str:
    """Sign and queue a receipt in the caller's transaction; returns its identifier.

    A second call for the same act returns the first receipt: a retry must not mint a new nonce.
    """
    if known := session.exec(_OF_ACT, params={"act": wanted.idempotency}).first():
        return known
    receipt_id = new_id(now)
    head = newest_checkpoint(session)
    predicate = {
        "receiptId": receipt_id,
        "nonce": to_base64(secrets.token_bytes(_NONCE_BYTES)),
        "issuedAt": _rfc3339(now),
        "issuer": {
            "id": seal.host,
            "keyId": seal.keys.receipt_key_id,
            "softwareVersion": SOFTWARE_VERSION,
        },
        **wanted.predicate,
    }
    if head is not None:
        predicate["previousCheckpoint"] = _head_json(head, seal.keys.log_key)
    statement = {
        "_type": formats.STATEMENT_TYPE,
        "subject": [{"name": wanted.subject_name, "digest": {"sha256": wanted.subject_sha256}}],
        "predicateType": f"https://{seal.host}/receipt/{wanted.kind}/v1",
        "predicate": predicate,
    }
    envelope = seal.keys.sign_statement(statement)
    row = {
        "id": receipt_id,
        "kind": wanted.kind,
        "idempotency": wanted.idempotency,
        "subject_id": wanted.subject_id,
        "organisation_id": wanted.organisation_id,
        "payload": envelope.payload,
        "signature": envelope.signature,
        "public_key": envelope.public_key,
        "created_at": now,
    }
    session.execute(_INSERT, row)
    return receipt_id


def find(session: Session, receipt_id: str) -> Receipt:
    """The stored receipt.

    Raises:
        NoSuchReceipt: there is none.
    """
    row = session.get(Receipt, receipt_id)
    if row is None:
        raise NoSuchReceipt
    return row


def envelope_of(row: Receipt) -> formats.Envelope:
    """The stored receipt as an envelope."""
    return formats.Envelope(row.payload, row.signature, row.public_key)


def inclusion_of(session: Session, row: Receipt) -> formats.Inclusion:
    """The receipt's proof against the newest checkpoint.

    Raises:
        ReceiptNotLogged: it is in no checkpoint yet.
    """
    head = newest_checkpoint(session)
    if row.leaf_index is None or head is None or head.size <= row.leaf_index:
        raise ReceiptNotLogged
    proof = inclusion_proof(row.leaf_index, head.size, subtree_reader(session))
    checkpoint, _ = parse_checkpoint(head.note)
    return formats.Inclusion(row.leaf_index, head.size, checkpoint.root, tuple(proof), head.note)


def hand_out(session: Session, receipt_id: str, log: LogKey) -> HandOut:
    """All files of one receipt: bundle, envelope, proof, and the signed bytes for plain tools.

    ``receipt.pae`` and ``receipt.sig`` hold what ``openssl dgst -sha256 -verify`` reads.

    Raises:
        NoSuchReceipt: there is none.
        ReceiptNotLogged: it is in no checkpoint yet.
    """
    row = find(session, receipt_id)
    envelope, inclusion = envelope_of(row), inclusion_of(session, row)
    return HandOut(
        receipt_id,
        {
            "receipt.sigstore.json": canonical_bytes(formats.bundle_json(envelope, inclusion, log)),
            "receipt.dsse.json": canonical_bytes(formats.dsse_json(envelope)),
            "receipt.tlog-proof": formats.proof_text(inclusion).encode(),
            "receipt.pae": formats.pre_authentication(envelope.payload),
            "receipt.sig": envelope.signature,
        },
    )


def holders_of(row: Receipt) -> tuple[str, ...]:
    """The organisations that hold a receipt: for whom it was issued, and whose person acted."""
    actor = statement_of(row.payload)["predicate"].get("actor", {})
    return row.organisation_id, str(actor.get("tenantId", ""))


def statement_of(payload: bytes) -> dict[str, Any]:
    """The statement in a stored payload."""
    return formats.read_statement(payload)


def list_for(session: Session, subject_id: str) -> list[Receipt]:
    """The receipts about one thing, oldest first."""
    statement = select(Receipt).where(Receipt.subject_id == subject_id).order_by(col(Receipt.id))
    return list(session.exec(statement).all())


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _head_json(head: LogCheckpoint, log: LogKey) -> dict[str, str]:
    return {"origin": log.name, "size": str(head.size), "rootHash": to_base64(head.root)}
