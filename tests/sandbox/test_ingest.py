"""Ingest: every column is classified, identifiers are replaced, and snapshots are content-addressed."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kernel.clock import SettableClock
from marketplace.operations.demo.material import DATA, FLIGHTS, HEALTH
from sandbox import errors, queries, service
from sandbox.deidentify.declaration import band_labels, read_declaration
from tests.make import Maker

RAW = DATA / "health_insurance_visits.parquet"


def ingest(
    make: Maker, clock: SettableClock, product: str, declaration: dict[str, Any], **changes: Any
) -> str:
    plain: dict[str, Any] = {
        "dataset": HEALTH.dataset,
        "title": HEALTH.title,
        "product_code": product,
        "declaration": declaration,
        "sources": {"visits": RAW},
        "folder": make.snapshots,
    }
    return service.ingest(
        make.home.db,
        actor=make.actor("operator"),
        now=clock(),
        wanted=service.NewSnapshot(**{**plain, **changes}),
        seal=make.home.seal,
    )


def table_of(make: Maker) -> dict[str, Any]:
    with make.home.db.read() as session:
        table: dict[str, Any] = queries.newest_snapshot(session, HEALTH.dataset).manifest["tables"][
            "visits"
        ]
    return table


def test_a_snapshot_holds_no_identifier_and_only_declared_values(
    make: Maker, clock: SettableClock
) -> None:
    _, product = make.registered()
    digest = ingest(make, clock, product, HEALTH.declaration)
    table = table_of(make)
    file = make.snapshots / f"{table['sha256']}.parquet"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == table["sha256"]
    with duckdb.connect() as db:
        raw = f"read_parquet('{RAW}')"
        treated = f"read_parquet('{file}')"
        # Of 5,912 people and 20,190 years, 298 years were of classes under three people.
        assert db.execute(
            f"SELECT count(DISTINCT person_id), count(*) FROM {treated}"
        ).fetchone() == (5889, 19_892)
        leaked = f"SELECT count(*) FROM {treated} t JOIN (SELECT DISTINCT person_id::VARCHAR AS p FROM {raw}) r ON t.person_id = r.p"
        assert db.execute(leaked).fetchone() == (0,)
        ages = {
            row[0] for row in db.execute(f"SELECT DISTINCT age_years FROM {treated}").fetchall()
        }
        assert ages <= set(band_labels((0, 6, 18, 30, 45, 60)))
        money = db.execute(f"SELECT count(*) FROM {treated} WHERE medical_usd % 10 <> 0").fetchone()
        assert money == (0,)
        names = [row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {treated}").fetchall()]
    assert "mental_health_index" not in names
    assert table["rows_per_person"] == 5
    assert ingest(make, clock, product, HEALTH.declaration) == digest


def test_pseudonyms_of_two_datasets_cannot_be_linked(make: Maker, clock: SettableClock) -> None:
    _, product = make.registered()
    files = []
    for name in ("first", "second"):
        ingest(make, clock, product, HEALTH.declaration, dataset=name)
        with make.home.db.read() as session:
            manifest = queries.newest_snapshot(session, name).manifest
        files.append(make.snapshots / f"{manifest['tables']['visits']['sha256']}.parquet")
    with duckdb.connect() as db:
        shared = db.execute(
            f"SELECT count(*) FROM read_parquet('{files[0]}') a JOIN read_parquet('{files[1]}') b USING (person_id)"
        ).fetchone()
    assert shared == (0,)


def spoiled(path: list[str], value: Any) -> dict[str, Any]:
    declaration = copy.deepcopy(HEALTH.declaration)
    place = declaration
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return declaration


COLUMNS = ["tables", "visits", "columns"]


@pytest.mark.parametrize(
    ("path", "value", "refusal"),
    [
        ([*COLUMNS, "sex"], None, errors.ColumnUnclassified),
        ([*COLUMNS, "invented"], {"class": "dimension"}, errors.ColumnMissing),
        (
            [*COLUMNS, "person_id"],
            {"class": "identifier", "treatment": "keep"},
            errors.IdentifierKept,
        ),
        ([*COLUMNS, "sex"], {"class": "secret"}, errors.DeclarationMalformed),
        (
            [*COLUMNS, "sex"],
            {"class": "dimension", "treatment": "blur"},
            errors.DeclarationMalformed,
        ),
        (
            [*COLUMNS, "sex"],
            {"class": "free_text", "treatment": "keep"},
            errors.DeclarationMalformed,
        ),
        (["tables", "visits", "person_column"], "sex", errors.DeclarationMalformed),
        (["tables"], {}, errors.DeclarationMalformed),
    ],
)
def test_a_declaration_with_a_gap_stores_nothing(
    make: Maker, clock: SettableClock, path: list[str], value: Any, refusal: type[Exception]
) -> None:
    _, product = make.registered()
    with pytest.raises(refusal):
        ingest(make, clock, product, spoiled(path, value))
    with make.home.db.read() as session, pytest.raises(errors.DatasetUnknown):
        queries.newest_snapshot(session, HEALTH.dataset)


def test_every_unclassified_column_is_named_at_once(make: Maker, clock: SettableClock) -> None:
    _, product = make.registered()
    declaration = spoiled([*COLUMNS, "sex"], None)
    del declaration["tables"]["visits"]["columns"]["plan_no"]
    with pytest.raises(errors.ColumnUnclassified) as refused:
        ingest(make, clock, product, declaration)
    assert refused.value.facts["columns"] == "plan_no, sex"


def test_a_file_that_is_no_parquet_is_refused(
    make: Maker, clock: SettableClock, tmp_path: Path
) -> None:
    _, product = make.registered()
    file = tmp_path / "visits.parquet"
    file.write_text("person_id\n1\n")
    for sources in ({"visits": file}, {}):
        with pytest.raises(errors.SourceUnreadable):
            ingest(make, clock, product, HEALTH.declaration, sources=sources)


def test_a_foreign_product_takes_no_data(make: Maker, clock: SettableClock) -> None:
    resource, _ = make.registered()
    for code in (resource, "L620000-2026-2-000099"):
        with pytest.raises(errors.ProductNotYours):
            ingest(make, clock, code, HEALTH.declaration)


def test_every_column_of_the_demonstration_is_declared() -> None:
    for story in (HEALTH, FLIGHTS):
        read_declaration(story.declaration)
        assert json.dumps(story.declaration)
