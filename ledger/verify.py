"""The offline verifier: from the bytes of a hand-out file and a trust folder to believed facts.

The steps are numbered as an auditor ticks them off; each refuses with one of ``ledger.errors``
and nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from ledger import receipt
from ledger.checkpoint import LogKey, parse_vkey, verify_checkpoint
from ledger.encoding import canonical_bytes, to_base64
from ledger.errors import BadFormat, BadProof, NotTrusted
from ledger.merkle import leaf_hash, verify_inclusion

SIGNER_FILE = "receipt-signer.pem"
LOG_KEY_FILE = "log.vkey"
ROOT_FILE = "trusted_root.json"
POLICY_FILE = "policy.txt"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: receipt signers by SPKI in DER, and one log."""

    signers: frozenset[bytes]
    log: LogKey


@dataclass(frozen=True, slots=True)
class Verified:
    """What may be believed after every check: the statement and its place in the log."""

    statement: dict[str, Any]
    index: int
    size: int
    origin: str


def read_trust(folder: Path) -> Trust:
    """Read the trust folder: ``receipt-signer.pem`` (one or more keys) and ``log.vkey``.

    Raises:
        BadFormat: a file is missing or cannot be read.
    """
    try:
        pem = (folder / SIGNER_FILE).read_text(encoding="ascii")
        vkey = (folder / LOG_KEY_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        message = f"the trust folder lacks {SIGNER_FILE} or {LOG_KEY_FILE}"
        raise BadFormat(message) from error
    return Trust(frozenset(_read_signers(pem)), parse_vkey(vkey))


def _read_signers(pem: str) -> list[bytes]:
    end = "-----END PUBLIC KEY-----"
    blocks = [block + end for block in pem.split(end) if block.strip()]
    try:
        return [
            serialization.load_pem_public_key(block.encode()).public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            for block in blocks
        ]
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"{SIGNER_FILE} holds something else than public keys"
        raise BadFormat(message) from error


def verify_bundle(data: bytes, trust: Trust) -> Verified:
    """Believe a ``receipt.sigstore.json``, or refuse it.

    Raises:
        BadFormat, BadProof, BadSignature, NotTrusted: the check that failed.
    """
    # (1) one spelling: canonical JSON, canonical base64, plain decimals
    envelope, inclusion = receipt.read_bundle(data)
    # (2) the signer is one that the trust folder names
    _check_signer(envelope.public_key, trust)
    # (3) nothing beside the known members, and the entry is the one that this envelope makes
    if canonical_bytes(receipt.bundle_json(envelope, inclusion, trust.log)) != data:
        message = "the bundle holds something else than its receipt and its proof"
        raise BadFormat(message)
    # (4) signature, (5) statement, (6) checkpoint, (7) proof
    return _verify(envelope, inclusion, trust)


def verify_proof(proof: str, envelope: bytes, trust: Trust) -> Verified:
    """Believe a ``receipt.tlog-proof`` together with its ``receipt.dsse.json``.

    Raises:
        BadFormat, BadProof, BadSignature, NotTrusted: the check that failed.
    """
    index, hashes, note = receipt.read_proof(proof)
    checkpoint = verify_checkpoint(note, trust.log)
    inclusion = receipt.Inclusion(index, checkpoint.size, checkpoint.root, hashes, note)
    if receipt.proof_text(inclusion) != proof:
        message = "the tlog-proof is not in its canonical form"
        raise BadFormat(message)
    return _verify(verify_dsse(envelope, trust), inclusion, trust)


def verify_dsse(data: bytes, trust: Trust) -> receipt.Envelope:
    """Believe the signature of a ``receipt.dsse.json`` by itself; says nothing about the log.

    Raises:
        BadFormat, BadSignature, NotTrusted: the check that failed.
    """
    refusal: Exception = NotTrusted("the trust folder names no signer")
    for public_key in sorted(trust.signers):
        try:
            envelope = receipt.read_dsse(data, public_key)
        except BadFormat as error:
            refusal = error
            continue
        receipt.verify_envelope(envelope)
        receipt.read_statement(envelope.payload)
        return envelope
    raise refusal


def _check_signer(public_key: bytes, trust: Trust) -> None:
    if public_key not in trust.signers:
        message = "the signer is not one that the trust folder names"
        raise NotTrusted(message)


def _verify(envelope: receipt.Envelope, inclusion: receipt.Inclusion, trust: Trust) -> Verified:
    receipt.verify_envelope(envelope)
    statement = receipt.read_statement(envelope.payload)
    checkpoint = verify_checkpoint(inclusion.checkpoint, trust.log)
    if (checkpoint.size, checkpoint.root) != (inclusion.size, inclusion.root):
        message = "proof and checkpoint speak of different trees"
        raise BadProof(message)
    verify_inclusion(
        leaf=leaf_hash(receipt.entry_body(envelope)),
        index=inclusion.index,
        size=inclusion.size,
        proof=inclusion.proof,
        root=inclusion.root,
    )
    return Verified(statement, inclusion.index, inclusion.size, checkpoint.origin)


def trusted_root(log: LogKey, *, base_url: str, since: str) -> dict[str, Any]:
    """The Sigstore trusted root of one log, for verifiers that are not ours.

    Receipt signers are not in it: a Sigstore client asks its caller for the key behind a hint. The
    log's Ed25519 key stands as SPKI in DER; ``since`` is RFC 3339.
    """
    # RFC 8410: an Ed25519 SPKI is this fixed prefix and the 32 bytes of the key.
    spki = bytes.fromhex("302a300506032b6570032100") + log.public
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "certificateAuthorities": [],
        "ctlogs": [],
        "timestampAuthorities": [],
        "tlogs": [
            {
                "baseUrl": base_url,
                "hashAlgorithm": "SHA2_256",
                "logId": {"keyId": to_base64(log.full_id)},
                "publicKey": {
                    "keyDetails": "PKIX_ED25519",
                    "rawBytes": to_base64(spki),
                    "validFor": {"start": since},
                },
            }
        ],
    }
