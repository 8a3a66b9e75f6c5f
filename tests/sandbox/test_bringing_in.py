"""The command line from a raw file to a stored version: profiled, generalised, ingested."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from kernel.database import Database
from kernel.errors import HexiError
from kernel.identity import NotPermitted, SignInNeeded
from marketplace.operations.demo.material import HEALTH
from sandbox import errors, queries
from sandbox.cli import make_group
from sandbox.cli.bench import Bench
from sandbox.cli.ingesting import read_source
from sandbox.deidentify.sources.source import Source
from sandbox.service import Machine
from tests.make import Maker
from tests.sandbox.test_ingest import RAW

Command = Callable[..., Result]


@pytest.fixture
def command(make: Maker, machine: Machine) -> Command:
    """``hexi sandbox`` over the home of the test, as the holder of a token."""

    def open_database(_: click.Context) -> Database:
        return make.home.db

    @contextmanager
    def open_bench(_: click.Context) -> Iterator[Bench]:
        yield Bench(make.home.db, make.home.seal, make.clock(), machine, lambda _: Path())

    def invoke(*words: str, token: str = "") -> Result:
        group = make_group(open_database, open_bench, lambda text: f"[{text}]")
        return CliRunner().invoke(group, list(words), env={"HEXI_TOKEN": token})

    return invoke


def given(folder: Path, document: Any) -> str:
    path = folder / "declaration.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def refusal(result: Result) -> type[BaseException]:
    assert isinstance(result.exception, HexiError), result.output
    return type(result.exception)


def test_a_file_is_profiled_generalised_and_stored(
    make: Maker, command: Command, tmp_path: Path
) -> None:
    source = f"visits={RAW}"
    measured = command("profile", "--json", source)
    assert measured.exit_code == 0, measured.output
    told = json.loads(measured.stdout)
    assert told["profile"]["person_column"] == "person_id"
    assert "least" not in told["profile"]["columns"][0]
    # Reasons are in the reader's language.
    assert told["profile"]["columns"][0]["reason"].startswith("[")
    plain = command("profile", source)
    assert json.loads(plain.stdout) == told["declaration"]
    assert "person_id: code" in plain.stderr

    declaration = told["declaration"]
    columns = declaration["tables"]["visits"]["columns"]
    for name in ("physician_visits", "other_visits", "hospital_admissions", "self_rated_health"):
        columns[name]["quasi"] = False
    edited = given(tmp_path, declaration)
    searched = command(
        "generalise", "--declaration", edited, "--k", "4", "--suppressed", "0.03", source
    )
    assert searched.exit_code == 0, searched.output
    better = given(tmp_path, json.loads(searched.stdout))
    found = json.loads(searched.stderr)
    assert found["k"] >= 4

    _, product = make.registered()
    words = ["ingest", "--declaration", better, "--dataset", HEALTH.dataset, "--title", "就诊"]
    words += ["--product", product, source]
    stored = command(*words, token=make.token("operator"))
    assert stored.exit_code == 0, stored.output
    answer = json.loads(stored.stdout)
    assert (answer["version"], answer["level"]) == (1, 3)
    with make.home.db.read() as session:
        snapshot = queries.newest_snapshot(session, HEALTH.dataset)
    assert (answer["digest"], answer["report_digest"]) == (snapshot.digest, snapshot.report_digest)
    assert snapshot.risk["visits"]["after"]["k"] >= 4


def test_only_who_may_ingest_stores_anything(make: Maker, command: Command, tmp_path: Path) -> None:
    _, product = make.registered()
    path = given(tmp_path, HEALTH.declaration)
    words = ["ingest", "--declaration", path, "--dataset", "d", "--title", "t"]
    words += ["--product", product, f"visits={RAW}"]
    assert refusal(command(*words)) is SignInNeeded
    assert refusal(command(*words, token=make.token("researcher"))) is NotPermitted
    with make.home.db.read() as session, pytest.raises(errors.DatasetUnknown):
        queries.newest_snapshot(session, "d")


def test_an_epoch_of_a_series_has_nobody_of_another_one(
    make: Maker, command: Command, tmp_path: Path
) -> None:
    _, product = make.registered()
    person = {"class": "identifier", "treatment": "pseudonym"}
    table = {"person_column": "person", "columns": {"person": person, "days": {"class": "measure"}}}
    path = given(tmp_path, {"tables": {"stays": table}})

    def ingest(dataset: str, people: range, *more: str) -> Result:
        source = tmp_path / f"{dataset}.csv"
        source.write_text("\n".join(["person,days", *(f"{one},1" for one in people)]))
        words = ["ingest", "--declaration", path, "--dataset", dataset, "--title", "t", *more]
        words += ["--product", product, "--series", "stays", f"stays={source}"]
        return command(*words, token=make.token("operator"))

    assert ingest("first", range(20)).exit_code == 0
    assert refusal(ingest("second", range(15, 40))) is errors.PeopleKnown
    stored = ingest("second", range(15, 40), "--drop-known")
    assert stored.exit_code == 0, stored.output
    assert json.loads(stored.stdout)["rows"] == 20


def test_values_are_shown_where_their_manager_asks(command: Command) -> None:
    shown = command("profile", "--values", f"visits={RAW}")
    assert '"frequent"' in shown.stderr
    assert '"frequent"' not in command("profile", f"visits={RAW}").stderr


def test_wrong_words_are_told_as_usage(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "declaration.json"
    for content in ("[]", "{", None):
        if content is None:
            path.unlink()
        else:
            path.write_text(content)
        done = command("generalise", "--declaration", str(path), str(RAW))
        assert done.exit_code == 2
        assert "declaration" in done.stderr
    other = given(tmp_path, HEALTH.declaration)
    done = command("generalise", "--declaration", other, f"others={RAW}")
    assert done.exit_code == 2
    assert "others" in done.stderr
    assert command("profile", "#part").exit_code == 2


@pytest.mark.parametrize(
    ("text", "table", "source"),
    [
        ("/a/visits.csv", "visits", Source("/a/visits.csv")),
        ("v=/a/b=c.csv", "v", Source("/a/b=c.csv")),
        ("/a=b/一.xlsx#表 2", "一", Source("/a=b/一.xlsx", "表 2")),
        ("a b.csv", "a_b", Source("a b.csv")),
        ("postgresql://h/d#people", "people", Source("postgresql://h/d", "people")),
    ],
)
def test_sources_are_read_from_one_word(text: str, table: str, source: Source) -> None:
    assert read_source(text) == (table, source)
