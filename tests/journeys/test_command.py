"""The promised command, from outside: the demonstration, verdicts, evidence, exit codes."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.encoding import from_base64
from registry.certificate.number import PROPERTY_CODE
from tests.journeys.conftest import ROOT, Demo, Hexi

pytestmark = pytest.mark.journey
VECTORS = ROOT / "tests" / "vectors" / "sql"
ROLES = {
    *("enterprise", "researcher", "handler", "entity_reviewer", "acceptor", "reviewer", "coder"),
    *("implementing_body", "operator", "source_department", "output_checker", "price_authority"),
    "data_authority",
    *("regulator", "admin"),
}


def test_the_demonstration_answers_with_every_promised_key(demo: Demo) -> None:
    answer = demo.answer
    assert set(answer) >= {
        *("home", "accounts", "dataset", "registration_code", "certificate_code", "agreement_id"),
        *("licence_ids", "runs", "products", "receipts_dir", "trust_dir", "invoice_id"),
        "checkpoint",
    }
    assert {one["role"] for one in answer["accounts"]} == ROLES
    assert sum(one["role"] == "output_checker" for one in answer["accounts"]) == 2
    assert all(
        set(one) == {"name", "role", "organisation", "password", "token"}
        for one in answer["accounts"]
    )
    assert set(answer["licence_ids"]) == {"open", "aggregate", "dp"}
    assert all(answer["licence_ids"].values())
    assert PROPERTY_CODE.fullmatch(answer["certificate_code"])
    assert {run["mode"] for run in answer["runs"]} == {"open", "aggregate", "dp"}
    assert all(isinstance(run["rows"], int) and run["rows"] > 0 for run in answer["runs"])
    assert all(run["receipt_id"] for run in answer["runs"])
    health = next(one for one in answer["products"] if one["mode"] == "aggregate")
    assert health["registration_code"] == answer["registration_code"]
    assert health["dataset"] == answer["dataset"]
    assert len(from_base64(answer["checkpoint"]["root"])) == 32
    assert "inspected" in demo.said


def test_run_again_the_demonstration_changes_nothing_and_says_so(demo: Demo, hexi: Hexi) -> None:
    before = {path: path.stat().st_mtime_ns for path in demo.home.rglob("*") if path.is_file()}
    again = hexi("demo", "--home", str(demo.home), "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == demo.answer
    assert "nothing was changed" in again.stderr
    after = {path: path.stat().st_mtime_ns for path in demo.home.rglob("*") if path.is_file()}
    assert after == before
    assert stat.S_IMODE((demo.home / "demo.json").stat().st_mode) == 0o600


def test_the_demonstration_refuses_production_and_other_homes(tmp_path: Path, hexi: Hexi) -> None:
    production = hexi(
        "demo",
        "--home",
        str(tmp_path / "new"),
        HEXI_ENVIRONMENT="production",
        HEXI_SECRET_KEY="x" * 40,
        HEXI_PUBLIC_URL="https://data.example",
    )
    assert production.returncode == 65
    assert "marketplace-demo-in-production" in production.stderr
    (tmp_path / "file").write_text("mine")
    taken = hexi("demo", "--home", str(tmp_path))
    assert taken.returncode == 65
    assert "marketplace-demo-home-taken" in taken.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", ["open", "aggregate", "dp"])
def test_every_attack_that_must_be_rejected_is_refused_through_the_command(
    mode: str, hexi: Hexi
) -> None:
    attacks = [
        json.loads(line) for line in (VECTORS / "attacks.jsonl").read_text().split("\n") if line
    ]
    tried = [one for one in attacks if one["must"] == "reject" and (one["policy"] in {"any", mode})]
    lines = "".join(json.dumps({"id": one["id"], "sql": one["sql"]}) + "\n" for one in tried)
    done = hexi(
        "sandbox", "check", "--schema", str(VECTORS / "schema.json"), "--mode", mode, given=lines
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in verdicts] == [one["id"] for one in tried]
    assert [one for one in verdicts if one["verdict"] != "refuse"] == []
    assert all(one["code"].startswith("sandbox-") and one["detail"] for one in verdicts)


def test_a_line_that_cannot_be_read_is_answered_too(hexi: Hexi) -> None:
    given = '{"id": 1, "sql": "SELECT COUNT(*) AS n FROM persons"}\nnonsense\n\n{"id": 2}\n[]\n'
    done = hexi("sandbox", "check", "--schema", str(VECTORS / "schema.json"), given=given)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [one["verdict"] for one in verdicts] == ["accept", *["refuse"] * 4]


def test_a_dataset_of_the_home_is_checked_by_its_name(demo: Demo, hexi: Hexi) -> None:
    given = json.dumps({"id": "a", "sql": "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"})
    home = ("--home", str(demo.home))
    good = hexi("sandbox", "check", *home, "--dataset", "health_insurance_visits", given=given)
    assert json.loads(good.stdout)["verdict"] == "accept"
    unknown = hexi("sandbox", "check", *home, "--dataset", "nothing", given=given)
    assert unknown.returncode == 66


def test_a_query_prints_its_result_and_the_receipts_path(demo_copy: Demo, hexi: Hexi) -> None:
    words = (
        *("sandbox", "query", "--home", str(demo_copy.home)),
        *("--licence", demo_copy.answer["licence_ids"]["aggregate"]),
        *("--purpose", "statistical-analysis"),
    )
    sql = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex ORDER BY sex"
    done = hexi(*words, given=sql, HEXI_TOKEN=demo_copy.token("researcher"))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [row[:2] for row in answer["rows"]] == [["female", 10295], ["male", 9595]]
    trust = demo_copy.home / "trust"
    believed = subprocess.run(
        [sys.executable, "-m", "ledger", "verify", answer["receipt"], "--trust", str(trust)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert believed.returncode == 0, believed.stderr
    refused = hexi(
        *words, given="SELECT person_id FROM visits", HEXI_TOKEN=demo_copy.token("researcher")
    )
    assert refused.returncode == 65
    assert "sandbox-column-withheld" in refused.stderr
    nobody = hexi(*words, given=sql, HEXI_TOKEN="wrong")
    assert nobody.returncode == 77
    unpermitted = hexi(*words, given=sql, HEXI_TOKEN=demo_copy.token("coder"))
    assert unpermitted.returncode == 77
    verified = hexi("log", "verify", "--home", str(demo_copy.home))
    assert verified.returncode == 0
    log = json.loads(verified.stdout)
    # The denial's receipt waits for the next sequencer; nobody has asked for it yet.
    assert (log["entries"], log["waiting"]) == (demo_copy.answer["checkpoint"]["size"] + 1, 1)
    assert hexi("doctor", "--home", str(demo_copy.home)).returncode == 0


def test_a_receipt_is_exported_and_an_unknown_one_is_not(
    demo: Demo, tmp_path: Path, hexi: Hexi
) -> None:
    receipt = demo.answer["runs"][0]["receipt_id"]
    done = hexi("receipts", "export", receipt, "--out", str(tmp_path), "--home", str(demo.home))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} >= {
        "receipt.sigstore.json",
        "receipt.dsse.json",
        "receipt.tlog-proof",
    }
    missing = hexi("receipts", "export", "none", "--out", str(tmp_path), "--home", str(demo.home))
    assert missing.returncode == 66


def test_a_spoiled_log_is_exit_seventy_with_the_index(demo_copy: Demo, hexi: Hexi) -> None:
    import sqlite3  # noqa: PLC0415 - spoils the file behind the program's back

    db = sqlite3.connect(demo_copy.home / "hexi.db")
    db.execute("UPDATE kernel_receipt SET payload = X'7b7d' WHERE leaf_index = 3")
    db.commit()
    db.close()
    done = hexi("log", "verify", "--home", str(demo_copy.home))
    assert done.returncode == 70
    assert "Entry 3" in done.stderr
    assert hexi("doctor", "--home", str(demo_copy.home)).returncode == 70


@pytest.mark.parametrize(
    ("words", "code", "out"),
    [
        (("workdays", "add", "2026-02-13", "2"), 0, "2026-02-24\n"),
        (("workdays", "add", "2025-12-31", "1"), 0, "2026-01-04\n"),
        (("workdays", "add", "2003-12-31", "1"), 65, ""),
        (("workdays", "add", "2026-02-30", "1"), 64, ""),
        (("workdays", "add", "2026-03-02", "-1"), 65, ""),
        (("nonsense",), 64, ""),
        (("log", "verify"), 75, ""),
    ],
)
def test_exit_codes(
    words: tuple[str, ...], code: int, out: str, tmp_path: Path, hexi: Hexi
) -> None:
    done = hexi(*words, "--home", str(tmp_path / "none"))
    assert done.returncode == code, done.stderr
    assert done.stdout == out


def test_a_provisional_year_is_warned_of_in_both_languages(tmp_path: Path, hexi: Hexi) -> None:
    words = ("workdays", "add", "2026-12-31", "1", "--home", str(tmp_path / "none"))
    english = hexi(*words)
    chinese = hexi(*words, HEXI_LANGUAGE="zh")
    assert english.stdout == chinese.stdout == "2027-01-04\n"
    assert "2027" in english.stderr
    assert "2027" in chinese.stderr
    assert english.stderr != chinese.stderr


def test_a_port_in_use_is_named_and_nothing_starts(demo: Demo, hexi: Hexi) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = hexi("serve", "--home", str(demo.home), "--port", port)
    assert done.returncode == 75
    assert "marketplace-port-in-use" in done.stderr


def test_a_home_of_another_version_is_refused(demo_copy: Demo, hexi: Hexi) -> None:
    card = demo_copy.home / "home.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "format": 2}))
    done = hexi("serve", "--home", str(demo_copy.home), "--port", "1")
    assert done.returncode == 65
    assert "kernel-home-version" in done.stderr


def test_people_are_listed_made_and_given_tokens(demo_copy: Demo, hexi: Hexi) -> None:
    home = ("--home", str(demo_copy.home))
    made = hexi(
        "accounts", "create", "new", "--organisation", "新单位", "--role", "researcher", *home
    )
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["password"]) >= 12
    token = hexi("accounts", "token", "new", *home)
    assert json.loads(token.stdout)["token"].startswith("hexi_")
    listed = json.loads(hexi("accounts", "list", *home).stdout)
    assert {
        "name": "new",
        "display_name": "new",
        "organisation": "新单位",
        "roles": ["researcher"],
    } in listed
    assert hexi("accounts", "create", "new", "--organisation", "新单位", *home).returncode == 65
    licences = json.loads(hexi("licences", "list", *home).stdout)
    assert {row["licence_id"] for row in licences} == {
        value for value in demo_copy.answer["licence_ids"].values() if value
    }
    found = json.loads(hexi("registry", "search", "就诊", *home).stdout)
    assert {row["kind"] for row in found} == {"resource", "product"}
