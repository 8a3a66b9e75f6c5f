"""The offline verifier: it believes what was issued and nothing that differs by one bit."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import receipt
from ledger.__main__ import main
from ledger.checkpoint import (
    Checkpoint,
    LogKey,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
)
from ledger.encoding import canonical_bytes, from_base64, from_canonical
from ledger.errors import BadFormat, BadProof, BadSignature, LedgerError, NotTrusted
from ledger.verify import Trust, read_trust, verify_bundle, verify_dsse, verify_proof
from tests.ledger.conftest import ORIGIN, SmallLog, statement


def test_every_receipt_of_the_log_is_believed(small_log: SmallLog) -> None:
    for index in range(len(small_log.envelopes)):
        verified = verify_bundle(small_log.bundle(index), small_log.trust)
        assert verified.index == index
        assert verified.statement["predicate"]["receiptId"] == f"receipt-{index}"


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_bit_anywhere_is_refused(small_log: SmallLog, data: st.DataObject) -> None:
    bundle = bytearray(small_log.bundle(data.draw(st.integers(0, 6))))
    position = data.draw(st.integers(0, len(bundle) - 1))
    bundle[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LedgerError):
        verify_bundle(bytes(bundle), small_log.trust)


#: Each part that the acceptance names, as a place in the bundle.
_PARTS: dict[str, tuple[str | int, ...]] = {
    "payload": ("dsseEnvelope", "payload"),
    "signature": ("dsseEnvelope", "signatures", 0, "sig"),
    "key id": ("dsseEnvelope", "signatures", 0, "keyid"),
    "entry body": ("verificationMaterial", "tlogEntries", 0, "canonicalizedBody"),
    "root": ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "rootHash"),
    "proof": ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "hashes", 0),
    "hint": ("verificationMaterial", "publicKey", "hint"),
    "log id": ("verificationMaterial", "tlogEntries", 0, "logId", "keyId"),
}


@pytest.mark.parametrize("part", sorted(_PARTS))
def test_one_changed_bit_inside_a_part_is_refused_in_canonical_json(
    small_log: SmallLog, part: str
) -> None:
    bundle = json.loads(small_log.bundle(3))
    place: Any = bundle
    *path, last = _PARTS[part]
    for step in path:
        place = place[step]
    if part == "key id":
        place[last] = ("0" if place[last][0] != "0" else "1") + place[last][1:]
        with pytest.raises(LedgerError):
            verify_bundle(canonical_bytes(bundle), small_log.trust)
        return
    data = base64.b64decode(place[last])
    for bit in range(0, len(data) * 8, 7):
        changed = (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")
        place[last] = base64.b64encode(changed).decode()
        with pytest.raises(LedgerError):
            verify_bundle(canonical_bytes(bundle), small_log.trust)


@pytest.mark.parametrize("name", ["logIndex", "treeSize"])
@pytest.mark.parametrize("step", [-1, 1, 4])
def test_another_index_or_tree_size_is_refused(small_log: SmallLog, name: str, step: int) -> None:
    bundle = json.loads(small_log.bundle(3))
    entry = bundle["verificationMaterial"]["tlogEntries"][0]
    entry["inclusionProof"][name] = str(int(entry["inclusionProof"][name]) + step)
    entry["logIndex"] = entry["inclusionProof"]["logIndex"]
    with pytest.raises(LedgerError):
        verify_bundle(canonical_bytes(bundle), small_log.trust)


def test_a_checkpoint_of_another_tree_is_refused(small_log: SmallLog) -> None:
    bundle = json.loads(small_log.bundle(3))
    note = sign_checkpoint(Checkpoint(ORIGIN, 7, b"\1" * 32), small_log.log_private)
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    proof["checkpoint"]["envelope"] = note
    with pytest.raises(BadProof):
        verify_bundle(canonical_bytes(bundle), small_log.trust)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b":", b": ", 1),
        lambda text: text + b"\n",
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"tlogEntries", b"\\u0074logEntries", 1),
        lambda text: text[:-1] + b',"more":1}',
        lambda text: text.replace(b'"mediaType"', b'"a":0,"mediaType"', 1),
    ],
)
def test_another_spelling_of_the_same_bundle_is_refused(small_log: SmallLog, spoil: Any) -> None:
    with pytest.raises(BadFormat):
        verify_bundle(spoil(small_log.bundle(1)), small_log.trust)


def test_a_second_signature_is_refused(small_log: SmallLog) -> None:
    bundle = json.loads(small_log.bundle(1))
    bundle["dsseEnvelope"]["signatures"] *= 2
    with pytest.raises(BadFormat):
        verify_bundle(canonical_bytes(bundle), small_log.trust)


def test_a_receipt_of_another_signer_or_log_is_refused(small_log: SmallLog) -> None:
    stranger = receipt.sign_statement(statement(1), ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(NotTrusted):
        verify_bundle(
            small_log.bundle(1), Trust(frozenset({stranger.public_key}), small_log.trust.log)
        )
    other = LogKey(ORIGIN, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(LedgerError):
        verify_bundle(small_log.bundle(1), Trust(small_log.trust.signers, other))


@given(st.binary(max_size=300))
def test_hostile_bytes_never_raise_anything_of_somebody_else(data: bytes) -> None:
    log = LogKey(ORIGIN, b"\1" * 32)
    trust = Trust(frozenset({b"x"}), log)
    for verify in (verify_bundle, verify_dsse):
        with pytest.raises(LedgerError):
            verify(data, trust)
    text = data.decode("latin-1")
    with pytest.raises(LedgerError):
        verify_proof(text, data, trust)
    with pytest.raises(LedgerError):
        verify_checkpoint(text, log)
    with pytest.raises(LedgerError):
        parse_vkey(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "verificationMaterial",
                        "tlogEntries",
                        "dsseEnvelope",
                        "payload",
                        "signatures",
                        "sig",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_hostile_json_never_raises_anything_of_somebody_else(value: Any) -> None:
    try:
        data = canonical_bytes(value)
    except BadFormat:
        return
    with pytest.raises(LedgerError):
        verify_bundle(data, Trust(frozenset(), LogKey(ORIGIN, b"\1" * 32)))


def test_deep_nesting_is_refused_by_name() -> None:
    with pytest.raises(BadFormat):
        from_canonical(b"[" * 200_000)


@pytest.mark.parametrize("text", ["YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", None, 3, "_w=="])
def test_base64_has_one_spelling(text: Any) -> None:
    with pytest.raises(BadFormat):
        from_base64(text)


def test_checkpoints_and_keys_round_trip(small_log: SmallLog) -> None:
    note = small_log.inclusion(2).checkpoint
    checkpoint, lines = parse_checkpoint(note)
    assert sign_checkpoint(checkpoint, small_log.log_private) == note
    assert len(lines) == 1
    assert parse_vkey(small_log.trust.log.vkey()) == small_log.trust.log
    assert verify_checkpoint(note, small_log.trust.log) == checkpoint


def test_a_witness_line_is_ignored_and_a_stripped_log_line_is_not(small_log: SmallLog) -> None:
    note = small_log.inclusion(2).checkpoint
    witness = "— witness.example " + base64.b64encode(b"\4" * 76).decode() + "\n"
    assert verify_checkpoint(note + witness, small_log.trust.log).size == 7
    body = note.partition("\n\n")[0]
    with pytest.raises(BadSignature):
        verify_checkpoint(f"{body}\n\n{witness}", small_log.trust.log)


def test_the_tlog_proof_says_the_same_as_the_bundle(small_log: SmallLog) -> None:
    envelope = canonical_bytes(receipt.dsse_json(small_log.envelopes[4]))
    proof = receipt.proof_text(small_log.inclusion(4))
    assert verify_proof(proof, envelope, small_log.trust).index == 4
    for changed in (proof.replace("index 4", "index 5"), proof.replace("index 4", "index 04")):
        with pytest.raises(LedgerError):
            verify_proof(changed, envelope, small_log.trust)


def test_the_command_tells_believed_from_not_believed_and_from_missing(
    small_log: SmallLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_log.write_trust(tmp_path)
    file = tmp_path / "receipt.sigstore.json"
    file.write_bytes(small_log.bundle(2))
    dsse = tmp_path / "receipt.dsse.json"
    dsse.write_bytes(canonical_bytes(receipt.dsse_json(small_log.envelopes[2])))
    (tmp_path / "receipt.tlog-proof").write_text(receipt.proof_text(small_log.inclusion(2)))
    for name in ("receipt.sigstore.json", "receipt.dsse.json", "receipt.tlog-proof"):
        assert main(["verify", str(tmp_path / name), "--trust", str(tmp_path)]) == 0
        assert "receipt-2" in capsys.readouterr().out
    file.write_bytes(small_log.bundle(2).replace(b"0", b"1", 1))
    assert main(["verify", str(file), "--trust", str(tmp_path)]) == 65
    assert "NOT BELIEVED" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "none"), "--trust", str(tmp_path)]) == 66
    with pytest.raises(SystemExit) as stopped:
        main(["verify"])
    assert stopped.value.code == 64


def test_a_trust_folder_without_keys_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFormat):
        read_trust(tmp_path)


def test_the_verifier_needs_no_other_package_of_ours(small_log: SmallLog, tmp_path: Path) -> None:
    small_log.write_trust(tmp_path)
    (tmp_path / "receipt.sigstore.json").write_bytes(small_log.bundle(0))
    root = Path(__file__).resolve().parents[2]
    lone = tmp_path / "alone"
    lone.mkdir()
    (lone / "ledger").symlink_to(root / "ledger")
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "verify", "../receipt.sigstore.json", "--trust", ".."],
        cwd=lone,
        env={"PYTHONPATH": str(lone), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
