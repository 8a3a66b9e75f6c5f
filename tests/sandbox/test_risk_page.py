"""The risk report of a stored dataset: judged at ingest, shown to its provider and to regulators alone."""

from flask import Flask

from sandbox import queries
from tests.make import Maker
from tests.marketplace.pagereader import PageReader


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
