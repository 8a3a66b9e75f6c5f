"""The registration seal (登记专用章): one key and its certificate, for the PDFs that we hand out.

It is a key of its own, apart from the receipts' signer: a reader of PDFs trusts a certificate and
not a bare key. The certificate is self-signed (X.509 v3, RFC 5280, P-256): whoever wants to rely on
it compares its SHA-256 with the one that we publish, or puts a certificate of a licensed provider
(Electronic Signature Law Art. 16) in its place for the same key. Private bytes never leave here.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.errors import Unavailable, msgid

_KEY_FILE = "registration-seal.key"
_CERTIFICATE_FILE = "registration-seal.pem"
# As long as an entry of register B may be in force twice over; files are kept twenty years, and
# what was sealed in time stays provable by the moment inside the signature.
VALIDITY = timedelta(days=3653)


class SealUnavailable(Unavailable):
    """The registration seal is missing or cannot be read."""

    code = "kernel-seal-unavailable"
    title = msgid("The registration seal cannot be read")
    detail = msgid(
        "Restore the folder `keys` of the home from its backup. No certificate can be sealed "
        "without it; entries and receipts are not touched."
    )


@dataclass(frozen=True, slots=True, repr=False)
class RegistrationSeal:
    """An opened seal: its certificate, and the one thing that its key may be asked for."""

    certificate_pem: bytes
    sign: Callable[[bytes], bytes]

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the certificate's DER bytes, as PDF readers show it."""
        certificate = x509.load_pem_x509_certificate(self.certificate_pem)
        return certificate.fingerprint(hashes.SHA256()).hex()


def make_seal(folder: Path, name: str, now: datetime) -> None:
    """Make the seal of a new home in the name of its institution; what is there stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _KEY_FILE).exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write(folder / _KEY_FILE, pem, mode=0o600)
    if not (folder / _CERTIFICATE_FILE).exists():
        # Also after a crash between the two files: the key that is there gets its certificate.
        certificate = _certify(_read_key(folder), name, now)
        _write(
            folder / _CERTIFICATE_FILE,
            certificate.public_bytes(serialization.Encoding.PEM),
            mode=0o644,
        )


def open_seal(folder: Path) -> RegistrationSeal:
    """Read the seal of a home.

    Raises:
        SealUnavailable: a file is missing or of another kind, or the two do not belong together.
    """
    key = _read_key(folder)
    try:
        pem = (folder / _CERTIFICATE_FILE).read_bytes()
        certified = x509.load_pem_x509_certificate(pem).public_key()
    except (OSError, ValueError) as error:
        raise SealUnavailable from error
    if certified != key.public_key():
        raise SealUnavailable
    return RegistrationSeal(pem, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))


def _read_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key((folder / _KEY_FILE).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise SealUnavailable from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SealUnavailable
    return key


def _certify(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name} 登记专用章"),
        ]
    )
    # Signing documents and nothing else: no certificates, no TLS (RFC 5280 section 4.2.1.3).
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _write(path: Path, data: bytes, *, mode: int) -> None:
    # Made with its final mode: there is no moment in which another user could read the key.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
