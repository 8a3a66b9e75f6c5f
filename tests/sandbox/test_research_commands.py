"""The commands of a provider: publish a synthetic sample, simulate a policy; and the same by REST."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from kernel.identity import NotPermitted, SignInNeeded
from kernel.trust.receipts import ReceiptNotLogged
from marketplace.operations import home as operations
from sandbox.cli import make_group
from sandbox.cli.bench import Bench
from sandbox.engine import synthesis
from sandbox.service import Machine
from tests.make import Maker
from tests.sandbox.test_runs import Desk

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"
Hexi = Callable[..., Result]


@pytest.fixture
def dataset(make: Maker) -> str:
    return make.licence().terms.dataset


@pytest.fixture
def hexi(make: Maker, machine: Machine) -> Hexi:
    @contextmanager
    def bench(_: click.Context) -> Iterator[Bench]:
        home = make.home
        yield Bench(home.db, home.seal, make.clock(), machine, lambda _: home.settings.home)

    group = make_group(lambda _: make.home.db, bench, str)

    def run(*words: str, person: str = "operator", given: str = "") -> Result:
        token = make.token(person) if person else ""
        return CliRunner().invoke(group, words, input=given, env={"HEXI_TOKEN": token})

    return run


def test_a_sample_is_published_once(hexi: Hexi, dataset: str) -> None:
    words = ("sample", "--dataset", dataset, "--rho", "15000000")
    first, second = (hexi(*words) for _ in range(2))
    assert first.exit_code == 0, first.output
    made = json.loads(first.stdout)
    assert (made["synthetic"], len(made["items"])) == (True, synthesis.ROWS)
    assert json.loads(second.stdout) == made
    assert isinstance(hexi(*words, person="").exception, SignInNeeded)
    assert isinstance(hexi(*words, person="researcher").exception, NotPermitted)


def test_a_query_whose_answer_is_held_says_where_to_look(hexi: Hexi, make: Maker) -> None:
    licence = make.licence(output_review="on_failure")
    words = ("query", "--licence", licence.licence_id, "--purpose", licence.terms.purposes[0])
    table = hexi(*words, person="researcher", given=BY_SEX)
    file = hexi(*words, "--file", "csv", person="researcher", given=f"{BY_SEX} ORDER BY sex DESC")
    told = json.loads(file.stdout)

    assert len(json.loads(table.stdout)["rows"]) == 2
    assert file.exit_code == 0, file.output
    assert told["state"] == "in_review"
    assert told["run_id"] in file.stderr
    assert hexi(*words, "--file", "xls", given=BY_SEX).exit_code == 2


def test_an_answer_is_given_though_the_log_has_no_receipt_of_it_yet(
    make: Maker, machine: Machine
) -> None:
    licence = make.licence()

    def behind(_: str) -> Path:
        raise ReceiptNotLogged

    @contextmanager
    def bench(_: click.Context) -> Iterator[Bench]:
        yield Bench(make.home.db, make.home.seal, make.clock(), machine, behind)

    done = CliRunner().invoke(
        make_group(lambda _: make.home.db, bench, str),
        ("query", "--licence", licence.licence_id, "--purpose", licence.terms.purposes[0]),
        input=BY_SEX,
        env={"HEXI_TOKEN": make.token("researcher")},
    )

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (len(told["rows"]), told["receipt"]) == (2, None)
    assert f"hexi receipts export {told['receipt_id']}" in done.stderr


def test_a_command_waits_for_the_sequencer_that_logs_its_receipt(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = Desk(make, machine, make.licence().licence_id)
    receipt_id = desk.run(BY_SEX).receipt_id
    rounds = list[int]()
    logs = operations.integrate

    def late(home: operations.Home, *, now: datetime) -> None:
        rounds.append(len(rounds))
        if len(rounds) > 2:
            logs(home, now=now)

    monkeypatch.setattr(operations, "integrate", late)
    with pytest.raises(ReceiptNotLogged):
        operations.export_receipt(make.home, receipt_id, tmp_path, patience=0)
    rounds.clear()
    assert operations.export_receipt(make.home, receipt_id, tmp_path).is_file()
    assert len(rounds) == 3


def test_a_workload_of_standard_input_is_simulated(hexi: Hexi, dataset: str) -> None:
    done = hexi(
        *("simulate", "--dataset", dataset, "--mode", "dp", "--accuracy", "100"),
        *("--rho", "50000000", "--column", "visits.sex"),
        given=f"{BY_SEX}\n\nSELECT age_years, COUNT(*) FROM visits GROUP BY age_years\n",
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [one["code"] for one in told["outcomes"]] == [None, "sandbox-column-unknown"]
    assert told["workloads_in_budget"]["budget-licence"] == 50_000_000 // int(told["rho"])


def test_rest_simulates_for_the_provider_alone(
    make: Maker, client: FlaskClient, dataset: str
) -> None:
    def ask(person: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {make.token(person)}"}
        body = {"dataset": dataset, "mode": "aggregate", "workload": [BY_SEX], **more}
        return client.post("/api/v1/sandbox/simulations", json=body, headers=headers)

    told = ask("operator").get_json()
    assert [(one["verdict"], one["rows"]) for one in told["outcomes"]] == [("accept", 2)]
    assert told["attacks"]["difference"]["guess"] is None
    assert told["attacks"]["averaging"] == {"spellings": 10, "answers": 1}
    assert ask("researcher").status_code == 403
    assert ask("operator", mode="none").status_code == 422
    assert ask("operator", workload=[]).get_json()["code"] == "sandbox-workload-unusable"
