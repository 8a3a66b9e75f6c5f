"""Signing keys: made once, kept in the home with mode 0600, used through two small verbs.

One role, one key: receipts are signed with P-256, checkpoints with Ed25519; a third secret keys
pseudonyms. Private bytes never leave this module.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.errors import Unavailable, msgid
from ledger import checkpoint, receipt

_RECEIPT_FILE = "receipt-signer.key"
_LOG_FILE = "log-signer.key"
_SECRET_FILE = "home.secret"  # noqa: S105 - a file name, no secret
_SECRET_BYTES = 32


class KeysUnavailable(Unavailable):
    """A signing key is missing or cannot be read."""

    code = "kernel-keys-unavailable"
    title = msgid("The signing keys cannot be read")
    detail = msgid(
        "Restore the folder `keys` of the home from its backup; never make new keys for an old log."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The opened keys of one installation."""

    _receipt: ec.EllipticCurvePrivateKey
    _log: Ed25519PrivateKey
    _secret: bytes
    log_key: checkpoint.LogKey

    @property
    def receipt_public_der(self) -> bytes:
        """SPKI of the receipt signer, DER."""
        return self._receipt.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def receipt_public_pem(self) -> bytes:
        """SPKI of the receipt signer, PEM."""
        return self._receipt.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def receipt_key_id(self) -> str:
        """Hex SHA-256 of the receipt signer's SPKI."""
        return hashlib.sha256(self.receipt_public_der).hexdigest()

    def sign_statement(self, statement: dict[str, Any]) -> receipt.Envelope:
        """Sign a statement as a receipt."""
        return receipt.sign_statement(statement, self._receipt)

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        """Sign the log's head."""
        head = checkpoint.Checkpoint(self.log_key.name, size, root)
        return checkpoint.sign_checkpoint(head, self._log)

    def derive(self, purpose: str) -> bytes:
        """A 32-byte secret for one purpose, different for each (HMAC-SHA-256 of the home's secret)."""
        return hmac.digest(self._secret, purpose.encode(), "sha256")


def make_keys(folder: Path) -> None:
    """Make the keys of a new home; keys that are there stay as they are."""
    if not (folder / _RECEIPT_FILE).exists():
        _write(folder / _RECEIPT_FILE, _pem(ec.generate_private_key(ec.SECP256R1())))
    if not (folder / _LOG_FILE).exists():
        _write(folder / _LOG_FILE, _pem(Ed25519PrivateKey.generate()))
    if not (folder / _SECRET_FILE).exists():
        _write(folder / _SECRET_FILE, secrets.token_bytes(_SECRET_BYTES))


def open_keys(folder: Path, *, log_origin: str) -> Keys:
    """Read the keys of a home.

    Raises:
        KeysUnavailable: one is missing or is of another kind.
    """
    try:
        signer = serialization.load_pem_private_key((folder / _RECEIPT_FILE).read_bytes(), None)
        log = serialization.load_pem_private_key((folder / _LOG_FILE).read_bytes(), None)
        secret = (folder / _SECRET_FILE).read_bytes()
    except (OSError, ValueError, TypeError) as error:
        raise KeysUnavailable from error
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or not isinstance(log, Ed25519PrivateKey):
        raise KeysUnavailable
    log_key = checkpoint.LogKey(log_origin, log.public_key().public_bytes_raw())
    return Keys(signer, log, secret, log_key)


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, data: bytes) -> None:
    # Made with its final mode: there is no moment in which another user could read it.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
