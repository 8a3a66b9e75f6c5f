"""Approved templates: judged when stored, versioned, filled by licensees, run as every other query."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.errors import HexiError
from kernel.files import CSV
from kernel.identity import NotPermitted
from kernel.trust import receipts
from marketplace.operations.demo.material import HEALTH
from sandbox import errors, queries, rules, service
from sandbox.errors.guard import ColumnUnknown, ParametersDiffer, RowsNotReleased
from sandbox.queries import RunRow, TemplateRow
from sandbox.service import Machine, RunQuery, runs
from sandbox.service.research import templating
from sandbox.service.research.templating import Draft, NewTemplate, TemplateChange, TemplateUse
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

SQL = (
    "SELECT sex, COUNT(*) AS n FROM visits\n"
    "WHERE physician_visits >= :least AND study_year = :year GROUP BY sex ORDER BY sex"
)
PARAMETERS: tuple[dict[str, Any], ...] = (
    {"name": "least", "kind": "integer", "example": "2", "least": "0", "most": "50"},
    {"name": "year", "kind": "choice", "example": "1", "choices": ["1", "2", "3"]},
)
BY_HAND = (
    "select sex, count(*) as n from visits where physician_visits >= 3 and study_year = 2 "
    "group by sex order by sex"
)
WORDS = {"zh": "按性别计数", "en": "Counts by sex"}


class Office:
    """The provider approves templates of one dataset; the researcher uses them under one licence."""

    def __init__(self, make: Maker, machine: Machine) -> None:
        self.make, self.machine = make, machine
        licence = make.licence(run_quota=20)
        self.licence_id, self.dataset = licence.licence_id, licence.terms.dataset

    def draft(self, sql: str = SQL, parameters: tuple[dict[str, Any], ...] = PARAMETERS) -> Draft:
        return Draft(WORDS, {"zh": "说明", "en": "What it is"}, sql, parameters)

    def save(self, person: str = "operator", **changes: Any) -> str:
        return templating.save_template(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            wanted=NewTemplate(self.dataset, "aggregate", self.draft(**changes)),
            machine=self.machine,
        )

    def change(self, template_id: str, revision: int, **changes: Any) -> int:
        return templating.change_template(
            self.make.home.db,
            actor=self.make.actor("operator"),
            now=self.make.clock(),
            wanted=TemplateChange(template_id, revision, self.draft(**changes)),
            machine=self.machine,
        )

    def row(self, template_id: str, version: int = 0) -> TemplateRow:
        with self.make.home.db.read() as session:
            return queries.find_template(session, template_id, version)

    def query(self, template_id: str, values: dict[str, str], **more: Any) -> RunQuery:
        return templating.query_of(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=TemplateUse(template_id, self.licence_id, values, **more),
            machine=self.machine,
        )

    def run(self, wanted: RunQuery) -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=wanted,
            seal=self.make.home.seal,
            machine=self.machine,
        )
        with self.make.home.db.read() as session:
            return queries.find_run(session, run_id)


@pytest.fixture
def office(make: Maker, machine: Machine) -> Office:
    return Office(make, machine)


@pytest.mark.postgres
def test_a_template_makes_the_query_that_a_person_would_write_and_its_receipt_names_it(
    make_any: Maker, machine: Machine
) -> None:
    office = Office(make_any, machine)
    template_id = office.save()
    made = office.run(office.query(template_id, {"least": "3", "year": "2"}))
    assert [row[0] for row in made.rows] == ["female", "male"]
    by_hand = office.run(RunQuery(office.licence_id, "", BY_HAND))
    assert by_hand.is_replay
    assert (by_hand.plan_digest, by_hand.rows) == (made.plan_digest, made.rows)
    with make_any.home.db.read() as session:
        query = [
            receipts.statement_of(receipts.find(session, run.receipt_id).payload)["predicate"]["query"]
            for run in (made, by_hand)
        ]  # fmt: skip
    digest = office.row(template_id).digest
    assert query[0]["template"] == {
        "templateId": template_id,
        "version": "1",
        "digest": {"sha256": digest},
    }
    assert "template" not in query[1]
    # And the other way round: what was written by hand answers the template.
    assert office.run(office.query(template_id, {"least": "3", "year": "2"})).is_replay
    other = office.run(office.query(template_id, {"least": "4", "year": "2"}))
    assert not other.is_replay


def test_a_query_beyond_the_licence_is_refused_with_a_receipt_that_names_the_template(
    make: Maker, machine: Machine
) -> None:
    office = Office(make, machine)
    template_id = office.save()
    narrow = make.another_licence(
        make.read_licence(office.licence_id), columns=("visits.person_id", "visits.sex")
    )
    office.licence_id = narrow.licence_id
    with pytest.raises(ColumnUnknown) as refused:
        office.run(office.query(template_id, {"least": "3", "year": "2"}))
    with make.home.db.read() as session:
        run = queries.find_run(session, refused.value.facts["run_id"])
    assert run.template["templateId"] == template_id


def test_a_change_is_a_new_version_and_the_old_one_stays_readable(office: Office) -> None:
    template_id = office.save()
    first = office.row(template_id)
    assert office.change(template_id, 1, sql=SQL.replace(">=", ">")) == 2
    assert office.row(template_id).sql == SQL.replace(">=", ">")
    assert office.row(template_id, 1) == replace(first, newest=2, revision=2)
    with pytest.raises(errors.ResearchChanged):
        office.change(template_id, 1)
    # Who saw the first version is not given the second one's answer.
    with pytest.raises(errors.TemplateUnknown):
        office.query(template_id, {"least": "3", "year": "2"}, version=1)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sql": "SELECT person_id FROM visits WHERE study_year = :year", "parameters": PARAMETERS[1:]}, HexiError),
        ({"sql": "SELECT sex, age_years FROM visits WHERE study_year = :year", "parameters": PARAMETERS[1:]}, RowsNotReleased),
        ({"parameters": PARAMETERS[:1]}, ParametersDiffer),
        ({"parameters": (*PARAMETERS[:1], {**PARAMETERS[1], "example": "4"})}, errors.ParameterMalformed),
    ],
)  # fmt: skip
def test_what_the_guard_refuses_is_not_approved(
    office: Office, changes: dict[str, Any], refusal: type[HexiError]
) -> None:
    with pytest.raises(refusal):
        office.save(**changes)
    with office.make.home.db.read() as session:
        assert queries.list_templates(session, office.dataset) == []


@pytest.mark.parametrize(
    "values",
    [
        {"least": "51", "year": "2"},
        {"least": "0 OR 1=1", "year": "2"},
        {"least": "3"},
        {"least": "3", "year": "2", "more": "1"},
        {"least": "3", "year": "2' OR '1'='1"},
    ],
)
def test_values_that_do_not_fit_make_no_query(office: Office, values: dict[str, str]) -> None:
    template_id = office.save()
    with pytest.raises(errors.ParameterUnusable):
        office.query(template_id, values)


def test_only_the_provider_approves_and_what_is_withdrawn_is_offered_no_longer(
    office: Office,
) -> None:
    for person, refusal in (("researcher", NotPermitted), ("coder", NotPermitted)):
        with pytest.raises(refusal):
            office.save(person)
    stranger = office.make.acting_as("enterprise", "operator")
    wanted = NewTemplate(office.dataset, "aggregate", office.draft())
    db, now = office.make.home.db, office.make.clock()
    with pytest.raises(errors.DatasetUnknown):
        templating.save_template(db, actor=stranger, now=now, wanted=wanted, machine=office.machine)
    template_id = office.save()
    for actor, revision, reason in (
        (stranger, 1, errors.DatasetUnknown),
        (office.make.actor("operator"), 9, errors.ResearchChanged),
    ):
        with pytest.raises(reason):
            templating.offer_template(
                db, actor=actor, now=now, template_id=template_id, revision=revision, is_offered=False
            )  # fmt: skip
    templating.offer_template(
        db, actor=office.make.actor("operator"), now=now, template_id=template_id, revision=1,
        is_offered=False,
    )  # fmt: skip
    with pytest.raises(errors.TemplateUnknown):
        office.query(template_id, {"least": "3", "year": "2"})
    assert office.row(template_id, 1).sql == SQL


def test_a_template_that_no_longer_fits_the_data_names_no_column_that_is_not_licensed(
    office: Office,
) -> None:
    template_id = office.save()
    declaration = deepcopy(HEALTH.declaration)
    year = declaration["tables"]["visits"]["columns"]["study_year"]
    year.clear()
    year.update({"class": "dimension", "treatment": "drop"})
    licence = office.make.read_licence(office.licence_id)
    office.make.dataset(replace(HEALTH, declaration=declaration), licence.product_code)
    with pytest.raises(errors.TemplateUnfitting) as refused:
        office.query(template_id, {"least": "3", "year": "2"})
    assert refused.value.facts == {}


def test_a_template_is_for_licences_of_its_dataset_and_mode(office: Office) -> None:
    template_id = office.save()
    like = office.make.read_licence(office.licence_id)
    other = office.make.another_licence(like, mode="dp", privacy_rho=10_000_000, min_cell_size=0)
    office.licence_id = other.licence_id
    with pytest.raises(errors.TemplateUnknown):
        office.query(template_id, {"least": "3", "year": "2"})


# Entrances


def test_the_pages_lead_from_a_text_to_an_answer(office: Office, app: Flask) -> None:
    def reader_of(person: str) -> PageReader:
        reader = PageReader(app.test_client())
        reader.sign_in(person, office.make.people[person].password)
        return reader

    manager, researcher = reader_of("operator"), reader_of("researcher")
    new = f"/sandbox/datasets/{office.dataset}/templates/new"
    form = {
        "title": "按性别计数", "title_en": "Counts by sex", "text": "说明", "text_en": "What it is",
        "mode": "aggregate", "sql": SQL,
    }  # fmt: skip
    # The first sending shows the fields of the parameters that the text has.
    first = manager.send(new, new, **form)
    assert first.status_code == 422
    assert 'name="kind-least"' in first.get_data(as_text=True)
    assert 'name="example-year"' in first.get_data(as_text=True)
    fields = {f"{key}-{one['name']}": "\n".join(value) if isinstance(value, list) else value
              for one in PARAMETERS for key, value in one.items() if key != "name"}  # fmt: skip
    # With a type chosen, a parameter has the fields of that type and no others.
    kinds = {f"kind-{one['name']}": one["kind"] for one in PARAMETERS}
    second = manager.send(new, new, **form, **kinds).get_data(as_text=True)
    assert 'name="most-least"' in second
    assert 'name="choices-year"' in second
    assert 'name="choices-least"' not in second
    made = manager.send(new, new, **form, **fields)
    assert made.status_code == 302, made.get_data(as_text=True)
    page = made.headers["Location"]
    assert "按性别计数" in manager.get(f"/sandbox/datasets/{office.dataset}/templates").get_data(
        as_text=True
    )
    changed = manager.decide(page, "change", **form, **{**fields, "most-least": "40"})
    assert changed.status_code == 302
    assert 'id="version-2"' in manager.get(page).get_data(as_text=True)

    template_id = page.rsplit("/", 1)[-1]
    bench = f"/sandbox/licences/{office.licence_id}"
    fill = f"{bench}/templates/{template_id}"
    assert fill in researcher.get(bench).get_data(as_text=True)
    assert "kind-least" not in researcher.get(page).get_data(as_text=True)
    wrong = researcher.decide(
        fill, "run", **{"value-least": "41", "value-year": "2", "version": "2"}
    )
    assert wrong.status_code == 422
    text = wrong.get_data(as_text=True)
    assert 'href="#value-least"' in text
    assert 'href="#value-year"' not in text
    values = {"value-least": "3", "value-year": "2"}
    checked = researcher.decide(fill, "check", **values)
    assert "hx-seal" in checked.get_data(as_text=True)
    ran = researcher.decide(fill, "run", **values)
    assert ran.status_code == 302
    assert "female" in researcher.get(ran.headers["Location"]).get_data(as_text=True)
    assert researcher.get(new).status_code == 403


def test_rest_approves_changes_and_runs_a_template(office: Office, client: FlaskClient) -> None:
    def headers(person: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {office.make.token(person)}", **more}

    path = "/api/v1/sandbox/templates"
    body = {
        "dataset": office.dataset, "mode": "aggregate", "title": WORDS, "description": WORDS,
        "sql": SQL, "parameters": list(PARAMETERS),
    }  # fmt: skip
    assert client.post(path, json=body, headers=headers("researcher")).status_code == 403
    made = client.post(path, json=body, headers=headers("operator"))
    assert made.status_code == 201, made.get_json()
    place = made.headers["Location"]
    change = {key: body[key] for key in ("title", "description", "sql", "parameters")}
    assert client.patch(place, json=change, headers=headers("operator")).status_code == 428
    tag = made.headers["ETag"]
    changed = client.patch(place, json=change, headers=headers("operator", **{"If-Match": tag}))
    assert (changed.status_code, changed.get_json()["version"]) == (200, 2)
    old = client.get(f"{place}?version=1", headers=headers("researcher")).get_json()
    assert (old["version"], old["newest"]) == (1, 2)
    assert client.get(place, headers=headers("coder")).status_code == 404
    for version in (3, -1, 10**30):
        gone = client.get(f"{place}?version={version}", headers=headers("operator"))
        assert gone.status_code == 404, version
    half = {**body, "title": {"zh": "\ud800", "en": "x"}}
    assert client.post(path, json=half, headers=headers("operator")).status_code == 422

    listed = client.get(f"{path}?licence_id={office.licence_id}", headers=headers("researcher"))
    assert [one["version"] for one in listed.get_json()["items"]] == [2]
    offered = client.get(f"{path}?dataset={office.dataset}", headers=headers("operator"))
    assert len(offered.get_json()["items"]) == 1
    use = {"licence_id": office.licence_id, "values": {"least": 3, "year": "2"}}
    bad = {**use, "values": {"least": 99, "yeer": "2"}}
    wrong = client.post(f"{place}/checks", json=bad, headers=headers("researcher"))
    assert wrong.status_code == 422
    assert {one["pointer"] for one in wrong.get_json()["errors"]} == {
        "/values/least", "/values/year", "/values/yeer",
    }  # fmt: skip
    verdict = client.post(f"{place}/checks", json=use, headers=headers("researcher")).get_json()
    assert verdict["verdict"] == "accept"
    key = {"Idempotency-Key": "template-1"}
    run = client.post(f"{place}/runs", json=use, headers=headers("researcher", **key))
    assert run.status_code == 201
    assert run.get_json()["template"]["version"] == "2"
    again = client.post(f"{place}/runs", json=use, headers=headers("researcher", **key))
    assert again.get_json()["run_id"] == run.get_json()["run_id"]
    newer = headers("operator", **{"If-Match": changed.headers["ETag"]})
    withdrawn = client.post(f"{place}/withdraw", headers=newer)
    assert withdrawn.get_json()["offered"] is False
    gone = client.post(f"{place}/checks", json=use, headers=headers("researcher"))
    assert (gone.status_code, gone.get_json()["code"]) == (404, "sandbox-template-unknown")


def test_a_template_may_be_asked_for_a_file_where_people_look_at_it(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    template_id = office.save()
    reviewed = office.make.another_licence(
        office.make.read_licence(office.licence_id), output_review="always"
    ).licence_id
    use = {
        "licence_id": reviewed, "values": {"least": 3, "year": "2"}, "as_file": True, "file_type": CSV,
    }  # fmt: skip
    bearer = {"Authorization": f"Bearer {office.make.token('researcher')}"}
    path = f"/api/v1/sandbox/templates/{template_id}/runs"
    run = client.post(path, json=use, headers={**bearer, "Idempotency-Key": "file-1"}).get_json()
    unseen = {**use, "licence_id": office.licence_id}
    refused = client.post(path, json=unseen, headers={**bearer, "Idempotency-Key": "file-2"})
    reader = PageReader(app.test_client())
    reader.sign_in("researcher", office.make.people["researcher"].password)
    form = f"/sandbox/licences/{reviewed}/templates/{template_id}"

    assert run["state"] == "in_review"
    assert refused.get_json()["code"] == "sandbox-file-not-reviewed"
    assert 'name="as_file"' in reader.get(form).text
    other = f"/sandbox/licences/{office.licence_id}/templates/{template_id}"
    assert 'name="as_file"' not in reader.get(other).text
    said = {"value-least": "4", "value-year": "1", "as_file": "yes", "file_type": CSV}
    sent = reader.send(form, f"{form}/run", **said)
    with office.make.home.db.read() as session:
        made = queries.find_run(session, sent.headers["Location"].partition("run=")[2])
    assert (made.state.value, made.media_type) == ("in_review", CSV)


def test_in_mode_dp_a_template_asks_for_a_precision_and_its_run_names_it(
    make: Maker, machine: Machine, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_SLOTS", (8.0,))
    monkeypatch.setattr(runs, "wait_for", lambda *_: None)
    licence = make.licence(mode="dp", privacy_rho=100_000_000, min_cell_size=0)
    wanted = NewTemplate(
        licence.terms.dataset,
        "dp",
        Draft(
            WORDS, WORDS, "SELECT sex, COUNT(*) AS n FROM visits WHERE study_year = :year GROUP BY sex", PARAMETERS[1:]
        ),
    )  # fmt: skip
    template_id = templating.save_template(
        make.home.db, actor=make.actor("operator"), now=make.clock(), wanted=wanted, machine=machine
    )
    reader = PageReader(app.test_client())
    reader.sign_in("researcher", make.people["researcher"].password)
    fill = f"/sandbox/licences/{licence.licence_id}/templates/{template_id}"
    wrong = reader.decide(fill, "run", **{"value-year": "2", "accuracy": "much"})
    assert (wrong.status_code, "sandbox-accuracy-unusable" in wrong.get_data(as_text=True)) == (
        422,
        True,
    )
    ran = reader.decide(fill, "run", **{"value-year": "2", "accuracy": "120"})
    assert ran.status_code == 302
    run_id = ran.headers["Location"].rpartition("=")[2]
    with make.home.db.read() as session:
        run = queries.find_run(session, run_id)
    assert run.privacy["half_widths"] == [None, "120.00"]
    assert f"/sandbox/templates/{template_id}" in reader.get(f"/sandbox/runs/{run_id}").get_data(
        as_text=True
    )
