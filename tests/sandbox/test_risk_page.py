"""The risk report of a stored dataset: judged at ingest, shown to its provider and to regulators alone."""

from pathlib import Path

import duckdb
from flask import Flask

from marketplace.operations.demo.material import HEALTH
from sandbox import queries
from tests.make import Maker
from tests.marketplace.pagereader import PageReader
from tests.sandbox.test_ingest import RAW, ingest


def test_the_report_of_the_demonstration_is_stored_and_shown(make: Maker, app: Flask) -> None:
    licence = make.licence()
    with make.home.db.read() as session:
        report = queries.newest_snapshot(session, licence.terms.dataset).risk["visits"]
    assert report["level"] == 3
    assert report["before"]["k"] < report["least"] <= report["after"]["k"]
    page = f"/sandbox/datasets/{licence.terms.dataset}/risk"
    for person in ("operator", "regulator"):
        reader = PageReader(app.test_client())
        reader.sign_in(person, make.people[person].password)
        text = reader.get(page).get_data(as_text=True)
        assert "GB/T 42460" in text
        assert "self_rated_health" in text
        assert f"{report['certainty_penalty']['all'] * 100:.2f} %" in text
        assert "处理前" in text
    stranger = PageReader(app.test_client())
    stranger.sign_in("researcher", make.people["researcher"].password)
    assert stranger.get(page).status_code == 403


def test_the_page_shows_the_overall_risk_and_the_attack(
    make: Maker, app: Flask, tmp_path: Path
) -> None:
    _, product = make.registered()
    outside = tmp_path / "register.parquet"
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT DISTINCT person_id AS who, sex, age_years AS age FROM '{RAW}') TO '{outside}' (FORMAT parquet)"
        )
    visits = {
        **HEALTH.declaration["tables"]["visits"],
        "outside": {"sex": "sex", "age": "age_years"},
        "truth": "who",
    }
    context = {"risk": 0.1, "source": "受控沙箱评估记录"}
    declaration = {**HEALTH.declaration, "tables": {"visits": visits}, "context": context}
    ingest(make, make.clock, product, declaration, outside={"visits": outside})
    with make.home.db.read() as session:
        report = queries.newest_snapshot(session, HEALTH.dataset).risk["visits"]
    reader = PageReader(app.test_client(), "en")
    reader.sign_in("operator", make.people["operator"].password)
    text = reader.get(f"/sandbox/datasets/{HEALTH.dataset}/risk").get_data(as_text=True)
    assert f"{report['overall']['risk'] * 100:.2f} %" in text
    assert "受控沙箱评估记录" in text
    assert "Re-identification test" in text
    assert f"{report['linkage']['before']['matched_one_share'] * 100:.2f} %" in text
    assert report["linkage"]["after"]["matched_one"] == 0
