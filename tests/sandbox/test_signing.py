"""The signed risk report: two people, one receipt, and no query before where that was demanded."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from kernel.errors import Unauthenticated
from kernel.identity import VISITOR, NotPermitted
from kernel.trust import receipts
from kernel.trust.audit import AuditEntry
from marketplace.operations.demo.material import FLIGHTS, HEALTH, Story
from sandbox import errors, queries, rules, service
from sandbox.models import Snapshot
from sandbox.queries import VersionRow
from sandbox.service import Machine, RunQuery
from sandbox.service.versions import signing
from sandbox.service.versions.signing import SignReport, told_of
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

FIRST, SECOND = "operator", "operator_signatory"
STRICT = replace(HEALTH, declaration={**HEALTH.declaration, "signatures": 2})
COUNT = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"


def version_of(make: Maker, name: str = HEALTH.dataset) -> VersionRow:
    with make.home.db.read() as session:
        return queries.version_of(session, queries.newest_snapshot(session, name))


def sign(make: Maker, person: str, digest: str = "", name: str = HEALTH.dataset) -> VersionRow:
    return signing.sign_report(
        make.home.db,
        actor=make.actor(person),
        now=make.clock(),
        wanted=SignReport(name, digest or version_of(make, name).snapshot.report_digest),
        seal=make.home.seal,
    )


def run(make: Maker, machine: Machine, licence_id: str) -> str:
    """The identifier of the snapshot that a run has read."""
    run_id = service.run_query(
        make.home.db,
        actor=make.actor("researcher"),
        now=make.clock(),
        wanted=RunQuery(licence_id, "", COUNT),
        seal=make.home.seal,
        machine=machine,
    )
    with make.home.db.read() as session:
        return queries.find_run(session, run_id).snapshot_id


@pytest.mark.postgres
def test_the_second_signature_makes_a_receipt(make_any: Maker) -> None:
    make = make_any
    _, product = make.registered()
    make.dataset(HEALTH, product)
    first = sign(make, FIRST)
    assert ([one.account_id for one in first.signatures], first.is_signed) == (
        [make.actor(FIRST).account_id],
        False,
    )
    with make.home.db.read() as session:
        assert receipts.list_for(session, first.snapshot.snapshot_id) == []
    make.wait(1)
    signed = sign(make, SECOND)
    assert signed.is_signed
    with make.home.db.read() as session:
        (sealed,) = receipts.list_for(session, signed.snapshot.snapshot_id)
    statement = receipts.statement_of(sealed.payload)
    assert statement["predicateType"].endswith("/receipt/risk-report/v1")
    assert statement["subject"][0]["digest"]["sha256"] == signed.snapshot.report_digest
    told = statement["predicate"]
    assert told["datasetSnapshot"]["digest"]["sha256"] == signed.snapshot.digest
    assert told["ingestedBy"] == {"tenantId": make.actor(FIRST).organisation_id}
    assert [one["principalRef"] for one in told["signatures"]] == [
        make.actor(one).account_id for one in (FIRST, SECOND)
    ]
    report = signed.snapshot.risk["visits"]
    assert told["tables"]["visits"] == {
        "level": "3",
        "unit": "people",
        "sharing": "enclave",
        "smallestClassAllowed": "3",
        "suppressedRows": "298",
        "k": str(report["after"]["k"]),
        "sensitive": {
            "self_rated_health": {
                "l": str(report["after"]["sensitive"]["self_rated_health"]["l_distinct"]),
                "t": str(report["after"]["sensitive"]["self_rated_health"]["t"]),
            }
        },
        "overallRisk": str(report["overall"]["risk"]),
        "acceptableRisk": "0.05",
    }
    with make.home.db.read() as session:
        rows = session.exec(
            select(AuditEntry).where(AuditEntry.action == "sandbox.report.sign")
        ).all()
    assert [row.facts["report"] for row in rows] == [signed.snapshot.report_digest] * 2


def test_one_person_signs_once_and_nobody_third(make: Maker) -> None:
    _, product = make.registered()
    make.dataset(HEALTH, product)
    sign(make, SECOND)
    with pytest.raises(errors.ReportNotWaiting):
        sign(make, SECOND)
    sign(make, FIRST)
    third = replace(make.actor(FIRST), account_id="third")
    digest = version_of(make).snapshot.report_digest
    with pytest.raises(errors.ReportNotWaiting):
        signing.sign_report(
            make.home.db,
            actor=third,
            now=make.clock(),
            wanted=SignReport(HEALTH.dataset, digest),
            seal=make.home.seal,
        )


@pytest.mark.postgres
def test_of_many_at_once_two_sign_and_one_receipt_is_made(make_any: Maker) -> None:
    make = make_any
    _, product = make.registered()
    make.dataset(HEALTH, product)
    digest = version_of(make).snapshot.report_digest

    def attempt(place: int) -> bool:
        try:
            signing.sign_report(
                make.home.db,
                # Each person twice.
                actor=replace(make.actor(FIRST), account_id=f"p{place // 2}"),
                now=make.clock(),
                wanted=SignReport(HEALTH.dataset, digest),
                seal=make.home.seal,
            )
        except errors.ReportNotWaiting:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 2
    signed = version_of(make)
    assert len({one.account_id for one in signed.signatures}) == 2
    with make.home.db.read() as session:
        assert len(receipts.list_for(session, signed.snapshot.snapshot_id)) == 1


def test_only_people_of_the_provider_with_the_permission_sign(make: Maker) -> None:
    _, product = make.registered()
    make.dataset(HEALTH, product)
    digest = version_of(make).snapshot.report_digest
    strangers = (
        (make.actor("researcher"), NotPermitted),
        (make.actor("operator_handler"), NotPermitted),
        (make.acting_as("enterprise", "operator"), errors.DatasetUnknown),
        (VISITOR, Unauthenticated),
    )
    for actor, refusal in strangers:
        with pytest.raises(refusal):
            signing.sign_report(
                make.home.db,
                actor=actor,
                now=make.clock(),
                wanted=SignReport(HEALTH.dataset, digest),
                seal=make.home.seal,
            )
    assert version_of(make).signatures == ()


def change(make: Maker, **columns: Any) -> None:
    with make.home.db.transaction() as session:
        row = session.exec(select(Snapshot)).one()
        for name, value in columns.items():
            setattr(row, name, value)
        session.add(row)


def test_a_report_that_changed_in_the_store_cannot_be_signed(make: Maker) -> None:
    _, product = make.registered()
    make.dataset(HEALTH, product)
    snapshot = version_of(make).snapshot
    with pytest.raises(errors.ReportOutdated) as refused:
        sign(make, FIRST, "0" * 64)
    assert refused.value.facts["digest"] == snapshot.report_digest
    better = {"visits": {**snapshot.risk["visits"], "level": 4}}
    manifest = {**snapshot.manifest, "count_base": 1}
    for columns in ({"risk": better}, {"manifest": manifest}):
        change(make, **columns)
        with pytest.raises(errors.ReportChanged):
            sign(make, FIRST, snapshot.report_digest)
        change(make, risk=snapshot.risk, manifest=snapshot.manifest)
    change(make, report_digest="")
    with pytest.raises(errors.ReportMissing):
        sign(make, FIRST, snapshot.report_digest)
    change(make, report_digest=snapshot.report_digest)
    assert len(sign(make, FIRST).signatures) == 1


def test_runs_read_the_newest_version_that_is_signed(make: Maker, machine: Machine) -> None:
    licence = make.licence(STRICT)
    with pytest.raises(errors.SignaturesMissing) as refused:
        run(make, machine, licence.licence_id)
    assert refused.value.facts["receipt_id"]
    sign(make, FIRST)
    with pytest.raises(errors.SignaturesMissing):
        run(make, machine, licence.licence_id)
    first = sign(make, SECOND).snapshot
    assert run(make, machine, licence.licence_id) == first.snapshot_id
    # A later version that drops the demand still owes it.
    bands = [0, 6, 18, 30, 45]
    visits = HEALTH.declaration["tables"]["visits"]
    columns = {
        **visits["columns"],
        "age_years": {"class": "dimension", "treatment": "band", "edges": bands},
    }
    coarser = {**HEALTH.declaration, "tables": {"visits": {**visits, "columns": columns}}}
    make.dataset(replace(HEALTH, declaration=coarser), licence.product_code)
    second = version_of(make)
    assert (second.snapshot.version, second.is_ready) == (2, False)
    assert run(make, machine, licence.licence_id) == first.snapshot_id
    sign(make, SECOND)
    sign(make, FIRST)
    assert run(make, machine, licence.licence_id) == second.snapshot.snapshot_id


def test_what_is_about_nobody_tells_no_class() -> None:
    assert told_of({"level": 4, "unit": "none", "columns": []}) == {"level": "4", "unit": "none"}


def test_whole_numbers_beyond_the_exact_ones_are_in_the_digest() -> None:
    large = {"t": {"discernibility": 2**60}}
    assert rules.report_digest("a", large) != rules.report_digest("a", {"t": {"discernibility": 1}})


# Entrances


def reader_of(make: Maker, app: Flask, person: str, language: str = "zh-Hans") -> PageReader:
    reader = PageReader(app.test_client(), language)
    reader.sign_in(person, make.people[person].password)
    return reader


def prepared(make: Maker, story: Story = STRICT) -> None:
    _, product = make.registered()
    make.dataset(story, product)


def test_the_desk_leads_two_people_to_a_signed_report(make: Maker, app: Flask) -> None:
    prepared(make)
    desk, risk = "/sandbox/datasets", f"/sandbox/datasets/{HEALTH.dataset}/risk"
    action = f"/sandbox/datasets/{HEALTH.dataset}/signatures"
    first, second = (reader_of(make, app, one, "en") for one in (FIRST, SECOND))
    for reader in (first, second):
        assert risk in reader.get("/tasks").get_data(as_text=True)
    assert "0 of 2 signatures" in first.get(desk).get_data(as_text=True)
    wrong = first.send(risk, action, report_digest="0" * 64)
    assert wrong.status_code == 409
    assert "another report" in wrong.get_data(as_text=True)
    assert first.send(risk, action).status_code == 302
    assert "Another person signs next" in first.get(risk).get_data(as_text=True)
    assert risk not in first.get("/tasks").get_data(as_text=True)
    assert action not in first.get(risk).get_data(as_text=True)
    assert second.send(risk, action).status_code == 302
    page = second.get(risk).get_data(as_text=True)
    assert "it has a receipt" in page
    assert "/receipts/" in page
    assert risk not in second.get("/tasks").get_data(as_text=True)
    assert "Signed by two people" in second.get(desk).get_data(as_text=True)


def test_the_desk_shows_versions_and_columns_to_those_who_may(make: Maker, app: Flask) -> None:
    prepared(make)
    page = f"/sandbox/datasets/{HEALTH.dataset}"
    for person in (FIRST, "regulator"):
        reader = reader_of(make, app, person, "en")
        assert page in reader.get("/sandbox/datasets").get_data(as_text=True)
        text = reader.get(page).get_data(as_text=True)
        for word in ("age_years", "Bands: 0, 6, 18, 30, 45, 60", "family_income_usd", "Dropped"):
            assert word in text
        assert f"{page}/risk" in text
        assert f"{page}/budget" in text
    stranger = reader_of(make, app, "researcher")
    for path in (page, "/sandbox/datasets"):
        assert stranger.get(path).status_code == 403
    assert reader_of(make, app, FIRST).get("/sandbox/datasets/none").status_code == 404


def test_a_dataset_about_nobody_is_on_the_desk_too(make: Maker, app: Flask) -> None:
    _, product = make.registered(FLIGHTS)
    make.dataset(FLIGHTS, product)
    reader = reader_of(make, app, FIRST, "en")
    assert "tailnum" in reader.get("/sandbox/datasets/flights").get_data(as_text=True)


def test_rest_takes_signatures(make: Maker, client: FlaskClient) -> None:
    prepared(make)
    path = f"/api/v1/sandbox/datasets/{HEALTH.dataset}/signatures"

    def headers(person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {make.token(person)}"}

    shown = client.get(path, headers=headers("regulator")).get_json()
    assert (shown["signatures"], shown["ready"]) == ([], False)
    body = {"report_digest": shown["report_digest"]}
    assert client.post(path, headers=headers("regulator"), json=body).status_code == 403
    assert client.post(path, headers=headers(FIRST), json=body).status_code == 201
    again = client.post(path, headers=headers(FIRST), json=body)
    assert again.get_json()["code"] == "sandbox-report-not-waiting"
    done = client.post(path, headers=headers(SECOND), json=body).get_json()
    assert (len(done["signatures"]), done["ready"]) == (2, True)
    assert client.get(path, headers=headers("researcher")).status_code == 403
