"""Checkpoints: the log's signed word for one tree (C2SP tlog-checkpoint 1.0, signed-note 1.0).

Three lines (origin, size, root), an empty line, then signature lines. Ours has no extension
lines and is signed with Ed25519 (signature type 0x01); lines of other keys are ignored, as the
format wants it.
"""

import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.encoding import from_base64, from_decimal, to_base64
from ledger.errors import BadFormat, BadSignature
from ledger.merkle import HASH_BYTES

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_ED25519_SIGNATURE_BYTES = 64
_DASH = "\N{EM DASH} "
#: signed-note: a key name is not empty and holds no space, no plus and no control character.
_NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,255}\Z")
_LARGEST_NOTE = 1_000_000
_MOST_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree of ``size`` entries with that root, as the log ``origin`` says."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log's name and its Ed25519 public key (32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return self.full_id[:_KEY_ID_BYTES]

    @property
    def full_id(self) -> bytes:
        """SHA-256 over name, line feed, type and key; the note uses its first four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()

    def vkey(self) -> str:
        """The key in the note format's own spelling: ``name+id+base64(type and key)``."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public)}"


def parse_vkey(text: str) -> LogKey:
    """Read a verifier key.

    Raises:
        BadFormat: not an Ed25519 key in the note format, or the identifier does not fit.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not _NAME.match(parts[0]):  # noqa: PLR2004 - name, id, key
        message = "this is not a log key"
        raise BadFormat(message)
    data = from_base64(parts[2])
    if data[:1] != _ED25519 or len(data) != 1 + HASH_BYTES:
        message = "this is not an Ed25519 log key"
        raise BadFormat(message)
    key = LogKey(parts[0], data[1:])
    if key.key_id.hex() != parts[1]:
        message = "the identifier of the log key does not fit"
        raise BadFormat(message)
    return key


def sign_checkpoint(checkpoint: Checkpoint, private: Ed25519PrivateKey) -> str:
    """The note with one Ed25519 line; the same head always gives the same bytes (RFC 8032)."""
    body = checkpoint.body()
    key = LogKey(checkpoint.origin, private.public_key().public_bytes_raw())
    line = to_base64(key.key_id + private.sign(body.encode()))
    return f"{body}\n{_DASH}{checkpoint.origin} {line}\n"


def parse_checkpoint(note: str) -> tuple[Checkpoint, list[tuple[str, bytes, bytes]]]:
    """Take a note apart: the checkpoint, and for each line its key name, key id and signature.

    Raises:
        BadFormat: not a note, or its text is not exactly origin, size and root.
    """
    body, lines = _split_note(note)
    rows = body.split("\n")
    if len(rows) != 4 or not _NAME.match(rows[0]):  # noqa: PLR2004 - three lines and their end
        message = "a checkpoint has exactly three lines"
        raise BadFormat(message)
    root = from_base64(rows[2])
    if len(root) != HASH_BYTES:
        message = "the checkpoint's root is not 32 bytes"
        raise BadFormat(message)
    checkpoint = Checkpoint(rows[0], from_decimal(rows[1]), root)
    return checkpoint, [_parse_line(line) for line in lines]


def verify_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """Believe a checkpoint: the log's own line must be there exactly once and fit.

    Raises:
        BadFormat: not a checkpoint, of another log, or with the log's line twice.
        BadSignature: no line of the key, or one that does not fit.
    """
    checkpoint, lines = parse_checkpoint(note)
    if checkpoint.origin != key.name:
        message = "the checkpoint is of another log"
        raise BadFormat(message)
    ours = [
        signature for name, key_id, signature in lines if (name, key_id) == (key.name, key.key_id)
    ]
    if len(ours) != 1:
        message = "the log's signature is not there exactly once"
        raise BadSignature(message)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(ours[0], checkpoint.body().encode())
    except (InvalidSignature, ValueError) as error:
        message = "the log's signature does not fit"
        raise BadSignature(message) from error
    return checkpoint


def _split_note(note: str) -> tuple[str, list[str]]:
    if len(note) > _LARGEST_NOTE or not note.endswith("\n"):
        message = "this is not a signed note"
        raise BadFormat(message)
    body, gap, tail = note.rpartition("\n\n")
    lines = tail.removesuffix("\n").split("\n")
    if not gap or not tail or len(lines) > _MOST_SIGNATURES:
        message = "the note has no signature"
        raise BadFormat(message)
    return body + "\n", lines


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _NAME.match(name):
        message = "a signature line is not in the note format"
        raise BadFormat(message)
    data = from_base64(encoded)
    if len(data) <= _KEY_ID_BYTES:
        message = "a signature line is too short"
        raise BadFormat(message)
    return name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:]
