"""A small signed log of receipts, made with keys of its own; no database is involved."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import merkle, receipt
from ledger.checkpoint import Checkpoint, LogKey, sign_checkpoint
from ledger.encoding import canonical_bytes
from ledger.verify import LOG_KEY_FILE, SIGNER_FILE, Trust

ORIGIN = "log.example/hexi"


@dataclass(frozen=True)
class SmallLog:
    """Receipts under one checkpoint."""

    envelopes: tuple[receipt.Envelope, ...]
    trust: Trust
    signer: ec.EllipticCurvePrivateKey
    log_private: Ed25519PrivateKey

    def inclusion(self, index: int) -> receipt.Inclusion:
        leaves = [merkle.leaf_hash(receipt.entry_body(one)) for one in self.envelopes]
        root = merkle.root_of(leaves)
        proof = merkle.inclusion_proof(
            index, len(leaves), lambda start, width: merkle.root_of(leaves[start : start + width])
        )
        note = sign_checkpoint(Checkpoint(ORIGIN, len(leaves), root), self.log_private)
        return receipt.Inclusion(index, len(leaves), root, tuple(proof), note)

    def bundle(self, index: int) -> bytes:
        return canonical_bytes(
            receipt.bundle_json(self.envelopes[index], self.inclusion(index), self.trust.log)
        )

    def write_trust(self, folder: Path) -> None:
        pem = self.signer.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / SIGNER_FILE).write_bytes(pem)
        (folder / LOG_KEY_FILE).write_text(self.trust.log.vkey() + "\n")


def statement(number: int) -> dict[str, object]:
    return {
        "_type": receipt.STATEMENT_TYPE,
        "subject": [{"name": f"run/{number}", "digest": {"sha256": f"{number:064x}"}}],
        "predicateType": "https://log.example/receipt/query/v1",
        "predicate": {"receiptId": f"receipt-{number}", "purpose": "统计分析"},
    }


@pytest.fixture(scope="session")
def small_log() -> SmallLog:
    signer = ec.generate_private_key(ec.SECP256R1())
    log_private = Ed25519PrivateKey.generate()
    envelopes = tuple(receipt.sign_statement(statement(number), signer) for number in range(7))
    log = LogKey(ORIGIN, log_private.public_key().public_bytes_raw())
    trust = Trust(frozenset({envelopes[0].public_key}), log)
    return SmallLog(envelopes, trust, signer, log_private)
