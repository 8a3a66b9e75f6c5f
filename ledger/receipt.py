"""What a receipt is made of: statement, envelope, log entry, and the two hand-out files.

Statement: in-toto Statement v1 in JCS. Envelope: DSSE 1.0.2 with exactly one ECDSA P-256
signature (a Sigstore bundle with two is invalid). Entry: the JSON body of a Rekor v2
``hashedrekord`` 0.0.2 whose digest is SHA-256 of the DSSE pre-authentication encoding. Hand-out:
Sigstore bundle v0.3 and C2SP ``.tlog-proof``; both carry the same leaf and the same root.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ledger.checkpoint import LogKey
from ledger.encoding import (
    canonical_bytes,
    from_base64,
    from_canonical,
    from_decimal,
    member,
    to_base64,
)
from ledger.errors import BadFormat, BadSignature

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_ENTRY_KIND = ("hashedrekord", "0.0.2")
#: A path in a tree of 2^63 leaves.
_LONGEST_PROOF = 63


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed payload: the statement's bytes, the DER signature, the signer's SPKI in DER."""

    payload: bytes
    signature: bytes
    public_key: bytes

    @property
    def key_id(self) -> str:
        """Hex SHA-256 of the signer's SPKI."""
        return hashlib.sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an entry stands, and the signed head that it is proved against."""

    index: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]
    checkpoint: str


def pre_authentication(payload: bytes) -> bytes:
    """The bytes that are signed (DSSE protocol, PAE)."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign_statement(statement: dict[str, Any], private: ec.EllipticCurvePrivateKey) -> Envelope:
    """Sign a statement's JCS bytes with P-256 and SHA-256, deterministic (RFC 6979).

    Raises:
        BadFormat: the statement has no canonical form.
    """
    payload = canonical_bytes(statement)
    scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    signature = private.sign(pre_authentication(payload), scheme)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Envelope(payload, signature, public)


def verify_envelope(envelope: Envelope) -> None:
    """Believe that the envelope's key signed its payload.

    Raises:
        BadFormat: the key is no P-256 key.
        BadSignature: the signature does not fit.
    """
    try:
        key = serialization.load_der_public_key(envelope.public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        message = "the signer's key cannot be read"
        raise BadFormat(message) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        message = "the signer's key is no P-256 key"
        raise BadFormat(message)
    try:
        signed = pre_authentication(envelope.payload)
        key.verify(envelope.signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        message = "the receipt's signature does not fit"
        raise BadSignature(message) from error


def read_statement(payload: bytes) -> dict[str, Any]:
    """The statement in a payload.

    Raises:
        BadFormat: not canonical, no in-toto Statement v1, or without a SHA-256 subject.
    """
    statement = from_canonical(payload)
    if member(statement, "_type") != STATEMENT_TYPE or set(statement) != {
        "_type",
        "subject",
        "predicateType",
        "predicate",
    }:
        message = "the payload is no in-toto Statement v1"
        raise BadFormat(message)
    digest = member(statement, "subject", 0, "digest", "sha256")
    if not isinstance(digest, str) or len(digest) != hashlib.sha256().digest_size * 2:
        message = "the subject's digest is no SHA-256"
        raise BadFormat(message)
    member(statement, "predicate", "receiptId")
    return dict(statement)


def entry_body(envelope: Envelope) -> bytes:
    """The public log entry: a hash, a signature and a key, and no business data."""
    digest = hashlib.sha256(pre_authentication(envelope.payload)).digest()
    return canonical_bytes(
        {
            "apiVersion": _ENTRY_KIND[1],
            "kind": _ENTRY_KIND[0],
            "spec": {
                "hashedRekordV002": {
                    "data": {"algorithm": "SHA2_256", "digest": to_base64(digest)},
                    "signature": {
                        "content": to_base64(envelope.signature),
                        "verifier": {
                            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                            "publicKey": {"rawBytes": to_base64(envelope.public_key)},
                        },
                    },
                }
            },
        }
    )


def dsse_json(envelope: Envelope) -> dict[str, Any]:
    """The envelope as DSSE's own JSON."""
    return {
        "payload": to_base64(envelope.payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": envelope.key_id, "sig": to_base64(envelope.signature)}],
    }


def bundle_json(envelope: Envelope, inclusion: Inclusion, log: LogKey) -> dict[str, Any]:
    """The Sigstore bundle v0.3: key hint, envelope, entry, proof and checkpoint in one file."""
    index = str(inclusion.index)
    return {
        "mediaType": BUNDLE_TYPE,
        "dsseEnvelope": dsse_json(envelope),
        "verificationMaterial": {
            "publicKey": {"hint": to_base64(hashlib.sha256(envelope.public_key).digest())},
            "tlogEntries": [
                {
                    "canonicalizedBody": to_base64(entry_body(envelope)),
                    "inclusionProof": {
                        "checkpoint": {"envelope": inclusion.checkpoint},
                        "hashes": [to_base64(value) for value in inclusion.proof],
                        "logIndex": index,
                        "rootHash": to_base64(inclusion.root),
                        "treeSize": str(inclusion.size),
                    },
                    "kindVersion": {"kind": _ENTRY_KIND[0], "version": _ENTRY_KIND[1]},
                    "logId": {"keyId": to_base64(log.full_id)},
                    "logIndex": index,
                }
            ],
        },
    }


def read_bundle(data: bytes) -> tuple[Envelope, Inclusion]:
    """Take a bundle apart; its signer's key is the one that its own entry names.

    Raises:
        BadFormat: not canonical, or something is missing. That nothing is there beside the
            known members is shown later, by building the bundle again.
    """
    bundle = from_canonical(data)
    entry = member(bundle, "verificationMaterial", "tlogEntries", 0)
    body = from_canonical(from_base64(member(entry, "canonicalizedBody")))
    public = member(
        body, "spec", "hashedRekordV002", "signature", "verifier", "publicKey", "rawBytes"
    )
    envelope = Envelope(
        payload=from_base64(member(bundle, "dsseEnvelope", "payload")),
        signature=from_base64(member(bundle, "dsseEnvelope", "signatures", 0, "sig")),
        public_key=from_base64(public),
    )
    proof = member(entry, "inclusionProof")
    hashes_found = member(proof, "hashes")
    if not isinstance(hashes_found, list) or len(hashes_found) > _LONGEST_PROOF:
        message = "the inclusion proof is no list of at most 63 hashes"
        raise BadFormat(message)
    note = member(proof, "checkpoint", "envelope")
    if not isinstance(note, str):
        message = "the checkpoint is no text"
        raise BadFormat(message)
    inclusion = Inclusion(
        index=from_decimal(member(proof, "logIndex")),
        size=from_decimal(member(proof, "treeSize")),
        root=from_base64(member(proof, "rootHash")),
        proof=tuple(from_base64(value) for value in hashes_found),
        checkpoint=note,
    )
    return envelope, inclusion


def read_dsse(data: bytes, public_key: bytes) -> Envelope:
    """Read an envelope of its own file, for a signer's key that is known already.

    Raises:
        BadFormat: not canonical, or not exactly one signature of that key.
    """
    document = from_canonical(data)
    envelope = Envelope(
        payload=from_base64(member(document, "payload")),
        signature=from_base64(member(document, "signatures", 0, "sig")),
        public_key=public_key,
    )
    if canonical_bytes(dsse_json(envelope)) != data:
        message = "the envelope is not exactly one signature of the trusted key"
        raise BadFormat(message)
    return envelope


def proof_text(inclusion: Inclusion) -> str:
    """The same proof as C2SP ``.tlog-proof``."""
    rows = [PROOF_HEADER, f"index {inclusion.index}"]
    rows += [to_base64(value) for value in inclusion.proof]
    return "\n".join(rows) + "\n\n" + inclusion.checkpoint


def read_proof(text: str) -> tuple[int, tuple[bytes, ...], str]:
    """Index, hashes and checkpoint of a ``.tlog-proof``.

    Raises:
        BadFormat: another header or layout.
    """
    head, gap, note = text.partition("\n\n")
    rows = head.split("\n")
    if not gap or rows[0] != PROOF_HEADER or len(rows) < 2:  # noqa: PLR2004 - header and index
        message = "this is no tlog-proof"
        raise BadFormat(message)
    word, _, number = rows[1].partition(" ")
    if word != "index" or len(rows) - 2 > _LONGEST_PROOF:
        message = "the tlog-proof has no index or too many hashes"
        raise BadFormat(message)
    return from_decimal(number), tuple(from_base64(row) for row in rows[2:]), note
