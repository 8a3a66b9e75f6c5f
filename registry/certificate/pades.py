"""The mechanics of one PAdES signature with pyHanko; ``registry.certificate.seal`` is the way in.

A module of its own because importing pyHanko takes a third of a second.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Final

from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

FIELD: Final = "RegistrationSeal"
# Certificate, attributes and signature take about 1.5 KiB; hexadecimal doubles it, and a long
# institution's name needs room.
_CMS_HEX_BYTES: Final = 16_384
# DER of two 33-byte integers and their headers (RFC 3279 section 2.2.3).
_SIGNATURE_BYTES: Final = 72


class UnusableDocument(Exception):
    """The bytes are no PDF, or carry a signature already."""


def sign_document(
    pdf: bytes, certificate_pem: bytes, sign: Callable[[bytes], bytes], signed_at: datetime
) -> bytes:
    """Add the certifying signature as a new revision.

    Raises:
        UnusableDocument: as it says.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        is_signed = bool(writer.prev.embedded_signatures)
    except (PdfError, ValueError) as error:
        raise UnusableDocument from error
    if is_signed:
        raise UnusableDocument
    return asyncio.run(_sign(writer, _OutsideSigner(certificate_pem, sign), signed_at))


class _OutsideSigner(Signer):
    """Asks for each signature; the key itself never comes here."""

    def __init__(self, certificate_pem: bytes, sign: Callable[[bytes], bytes]) -> None:
        (certificate,) = load_certs_from_pemder_data(certificate_pem)
        # The mechanism, ECDSA with the digest of the metadata, follows from the certificate's key.
        super().__init__(signing_cert=certificate)
        self._sign = sign

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,  # noqa: ARG002 - the parameters are pyHanko's; the digest is fixed
        dry_run: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> bytes:
        return bytes(_SIGNATURE_BYTES) if dry_run else self._sign(data)


async def _sign(
    writer: IncrementalPdfFileWriter, signer: _OutsideSigner, signed_at: datetime
) -> bytes:
    wanted = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    session = PdfSigner(wanted, signer).init_signing_session(writer)
    # Step by step, because the one call for all of it would ask the system for the time.
    session.system_time = signed_at
    document = session.prepare_tbs_document(validation_info=None, bytes_reserved=_CMS_HEX_BYTES)
    digest, _ = document.digest_tbs_document(output=(output := BytesIO()))
    await document.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=signed_at),
    )
    return output.getvalue()
