"""The registration seal: other people's programs find it valid, over the whole file."""

import io
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from kernel.trust.seals import RegistrationSeal, SealUnavailable, make_seal, open_seal
from registry.certificate.paper import render_pdf
from registry.certificate.seal import PaperNotSealable, SealMismatch, seal_pdf
from tests.registry.certificate.sheets import CERTIFICATE, NOON, page_of

INSTITUTION = "甘肃省公共数据资源登记中心"
ISSUED = NOON - timedelta(days=30)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_seal(folder, INSTITUTION, ISSUED)
    return folder


@pytest.fixture(scope="module")
def seal(keys: Path) -> RegistrationSeal:
    return open_seal(keys)


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return render_pdf(CERTIFICATE.code, page_of(CERTIFICATE))


@pytest.fixture(scope="module")
def sealed(drawn: bytes, seal: RegistrationSeal) -> bytes:
    return seal_pdf(drawn, certificate_pem=seal.certificate_pem, sign=seal.sign, sealed_at=NOON)


def validated(pdf: bytes, seal: RegistrationSeal) -> PdfSignatureStatus:
    roots = list(load_certs_from_pemder_data(seal.certificate_pem))
    trusted = ValidationContext(trust_roots=roots, moment=NOON)
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(signature, signer_validation_context=trusted)


def test_the_library_for_signatures_finds_it_valid_over_the_whole_file(
    sealed: bytes, seal: RegistrationSeal
) -> None:
    status = validated(sealed, seal)

    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.bottom_line
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level == ModificationLevel.NONE
    assert status.docmdp_ok
    assert status.signer_reported_dt == NOON
    assert status.signing_cert.sha256_fingerprint.replace(" ", "").lower() == seal.fingerprint


def test_an_outsiders_program_finds_it_valid_too(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed)

    told = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, check=False, text=True, timeout=60
    ).stdout

    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    assert f"{INSTITUTION} 登记专用章" in told


def test_the_drawn_bytes_stay_in_front_of_the_seal(sealed: bytes, drawn: bytes) -> None:
    assert sealed.startswith(drawn)


def test_one_changed_byte_breaks_the_seal(sealed: bytes, seal: RegistrationSeal) -> None:
    at = sealed.index(b"/RegistrationSeal") if b"/RegistrationSeal" in sealed else 200
    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]

    try:
        assert not validated(changed, seal).bottom_line
    except Exception as error:  # noqa: BLE001 - a reader may also refuse the broken file outright
        assert type(error).__module__.startswith("pyhanko")  # noqa: PT017 - either end is right


def test_what_is_added_after_the_seal_is_noticed(sealed: bytes, seal: RegistrationSeal) -> None:
    status = validated(sealed + b"\n% one more word\n", seal)

    assert status.coverage != SignatureCoverageLevel.ENTIRE_FILE


def test_a_paper_is_sealed_once(sealed: bytes, seal: RegistrationSeal) -> None:
    with pytest.raises(PaperNotSealable):
        seal_pdf(sealed, certificate_pem=seal.certificate_pem, sign=seal.sign, sealed_at=NOON)


def test_only_a_pdf_is_sealed(seal: RegistrationSeal) -> None:
    with pytest.raises(PaperNotSealable):
        seal_pdf(b"hello", certificate_pem=seal.certificate_pem, sign=seal.sign, sealed_at=NOON)


def test_a_seal_with_somebody_elses_certificate_is_no_seal(
    drawn: bytes, seal: RegistrationSeal, tmp_path: Path
) -> None:
    make_seal(tmp_path, "别的机构", ISSUED)
    other = open_seal(tmp_path)

    with pytest.raises(SealMismatch):
        seal_pdf(drawn, certificate_pem=other.certificate_pem, sign=seal.sign, sealed_at=NOON)


def test_a_seal_is_made_once_and_its_key_is_for_its_owner_only(
    keys: Path, seal: RegistrationSeal
) -> None:
    make_seal(keys, "另一个名字", NOON)

    assert open_seal(keys).certificate_pem == seal.certificate_pem
    assert (keys / "registration-seal.key").stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}", seal.fingerprint)
    assert "PRIVATE" not in repr(seal)


def test_a_key_whose_certificate_was_lost_in_a_crash_gets_one(tmp_path: Path) -> None:
    make_seal(tmp_path, INSTITUTION, ISSUED)
    (tmp_path / "registration-seal.pem").unlink()
    with pytest.raises(SealUnavailable):
        open_seal(tmp_path)

    make_seal(tmp_path, INSTITUTION, ISSUED)

    assert open_seal(tmp_path).sign(b"")


@pytest.mark.parametrize("broken", ["registration-seal.key", "registration-seal.pem"])
def test_a_seal_that_cannot_be_read_says_so(tmp_path: Path, broken: str) -> None:
    make_seal(tmp_path, INSTITUTION, ISSUED)
    (tmp_path / broken).write_bytes(b"nothing")

    with pytest.raises(SealUnavailable):
        open_seal(tmp_path)


def test_key_and_certificate_must_belong_together(tmp_path: Path, keys: Path) -> None:
    make_seal(tmp_path, INSTITUTION, ISSUED)
    (tmp_path / "registration-seal.pem").write_bytes((keys / "registration-seal.pem").read_bytes())

    with pytest.raises(SealUnavailable):
        open_seal(tmp_path)
