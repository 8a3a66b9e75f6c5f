"""The registration seal inside a PDF: one PAdES signature over the whole file.

ETSI EN 319 142-1 baseline B-B: a detached CMS signature (RFC 5652) by an ECDSA P-256 key over
SHA-256, as a certifying signature that allows no later change (ISO 32000-1 section 12.8.2.2). The
key stays outside: this module hands over the bytes to sign and gets a signature back.

There is no timestamp of a third party and no Chinese e-seal structure (GB/T 38540 with SM2): the
moment in the signature is ours, and the receipt in the public log is the proof of the time.
"""

from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.errors import Broken, Refused, msgid


class PaperNotSealable(Refused):
    """The bytes are no PDF that can take a first signature."""

    code = "registry-paper-not-sealable"
    title = msgid("The document cannot be sealed")
    detail = msgid("Only a PDF that carries no seal yet can be sealed; draw the paper again.")


class SealMismatch(Broken):
    """The signature was made with another key than the certificate names."""

    code = "registry-seal-mismatch"
    title = msgid("Seal and certificate do not belong together")
    detail = msgid("Restore the folder `keys` of the home from its backup.")


def seal_pdf(
    pdf: bytes, *, certificate_pem: bytes, sign: Callable[[bytes], bytes], sealed_at: datetime
) -> bytes:
    """Seal a PDF as one more revision at its end; the drawn bytes stay in front as they are.

    ``sign`` gives the DER ECDSA signature, with SHA-256, of the bytes that it gets. The file's
    second identifier and the signature are fresh each time: keep what was sealed.

    Raises:
        PaperNotSealable: it is no PDF, or it is signed already.
        SealMismatch: the key behind ``sign`` is not the certificate's.
    """
    # A third of a second of imports that only sealing needs.
    from registry.certificate import pades  # noqa: PLC0415 - keeps every other start short

    public_key = x509.load_pem_x509_certificate(certificate_pem).public_key()

    def sign_and_check(data: bytes) -> bytes:
        signature = sign(data)
        try:
            if not isinstance(public_key, ec.EllipticCurvePublicKey):
                raise SealMismatch
            public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise SealMismatch from error
        return signature

    try:
        return pades.sign_document(pdf, certificate_pem, sign_and_check, sealed_at)
    except pades.UnusableDocument as error:
        raise PaperNotSealable from error
