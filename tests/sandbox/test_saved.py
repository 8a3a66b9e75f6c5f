"""Saved queries: kept under a licence, shared inside an organisation, changed by who saved them alone."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.identity import Actor, NotPermitted
from sandbox import errors, queries
from sandbox.queries import SavedRow
from sandbox.service.research import saving
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

SQL = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"


class Drawer:
    """Keeps queries of the researcher under one licence."""

    def __init__(self, make: Maker) -> None:
        self.make = make
        self.licence_id = make.licence().licence_id

    @property
    def researcher(self) -> Actor:
        return self.make.actor("researcher")

    @property
    def colleague(self) -> Actor:
        return replace(self.researcher, account_id="a colleague")

    def save(self, title: str, *, is_private: bool = False) -> str:
        return saving.save_query(
            self.make.home.db,
            actor=self.researcher,
            now=self.make.clock(),
            wanted=saving.NewQuery(self.licence_id, title, SQL, is_private),
        )

    def seen_by(self, actor: Actor) -> list[SavedRow]:
        with self.make.home.db.read() as session:
            return queries.list_saved(
                session,
                licence_id=self.licence_id,
                organisation_id=actor.organisation_id,
                account_id=actor.account_id,
            )


@pytest.fixture
def drawer(make: Maker) -> Drawer:
    return Drawer(make)


@pytest.mark.postgres
def test_a_query_is_shared_with_the_organisation_unless_it_is_private(make_any: Maker) -> None:
    drawer = Drawer(make_any)
    drawer.save("shared")
    make_any.wait(0)
    drawer.save("own", is_private=True)
    assert [one.title for one in drawer.seen_by(drawer.researcher)] == ["own", "shared"]
    assert [one.title for one in drawer.seen_by(drawer.colleague)] == ["shared"]
    assert drawer.seen_by(replace(drawer.researcher, organisation_id="another")) == []


def test_only_who_saved_a_query_sees_a_private_one_and_changes_it(drawer: Drawer) -> None:
    own, shared = drawer.save("own", is_private=True), drawer.save("shared")
    db, now = drawer.make.home.db, drawer.make.clock()
    with db.read() as session, pytest.raises(errors.SavedQueryUnknown):
        queries.find_saved(
            session,
            own,
            organisation_id=drawer.researcher.organisation_id,
            account_id="a colleague",
        )
    wanted = saving.QueryChange(shared, 1, title="mine now")
    with pytest.raises(errors.SavedQueryUnknown):
        saving.change_query(db, actor=drawer.colleague, now=now, wanted=wanted)
    with pytest.raises(errors.SavedQueryUnknown):
        saving.delete_query(db, actor=drawer.colleague, now=now, query_id=shared, revision=1)


def test_a_change_for_an_old_revision_overwrites_nothing(drawer: Drawer) -> None:
    saved = drawer.save("first")
    db, now = drawer.make.home.db, drawer.make.clock()
    change = saving.QueryChange(saved, 1, title="second", is_private=True)
    saving.change_query(db, actor=drawer.researcher, now=now, wanted=change)
    with pytest.raises(errors.ResearchChanged):
        saving.change_query(
            db, actor=drawer.researcher, now=now, wanted=replace(change, title="third")
        )
    (row,) = drawer.seen_by(drawer.researcher)
    assert (row.title, row.sql, row.is_private, row.revision) == ("second", SQL, True, 2)


def test_nobody_saves_under_a_licence_that_is_not_theirs(drawer: Drawer) -> None:
    db, now = drawer.make.home.db, drawer.make.clock()
    wanted = saving.NewQuery(drawer.licence_id, "x", SQL)
    with pytest.raises(NotPermitted):
        saving.save_query(db, actor=drawer.make.actor("coder"), now=now, wanted=wanted)
    stranger = replace(drawer.researcher, organisation_id="another")
    with pytest.raises(errors.RunUnknown):
        saving.save_query(db, actor=stranger, now=now, wanted=wanted)


def test_the_pages_keep_open_rename_and_delete_a_query(drawer: Drawer, app: Flask) -> None:
    reader = PageReader(app.test_client())
    reader.sign_in("researcher", drawer.make.people["researcher"].password)
    bench = f"/sandbox/licences/{drawer.licence_id}"
    new = f"{bench}/queries/new"
    # The editor's button brings its text to the form.
    brought = reader.send(bench, new, sql=SQL).get_data(as_text=True)
    assert SQL in brought
    missing = reader.send(new, new, title="", sql=SQL)
    assert (missing.status_code, SQL in missing.get_data(as_text=True)) == (422, True)
    made = reader.send(new, new, title="按性别", sql=SQL)
    assert made.status_code == 302
    shown = reader.get(made.headers["Location"]).get_data(as_text=True)
    assert "按性别" in shown
    assert SQL in shown
    (row,) = drawer.seen_by(drawer.researcher)
    page = f"/sandbox/queries/{row.query_id}"
    assert (
        reader.decide(page, "change", title="按性别二", sql=SQL, private="yes").status_code == 302
    )
    (row,) = drawer.seen_by(drawer.researcher)
    assert (row.title, row.is_private) == ("按性别二", True)
    stale = reader.force(f"{page}/change", title="x", sql=SQL, revision="1")
    assert stale.status_code == 412
    assert reader.decide(page, "delete").status_code == 302
    assert drawer.seen_by(drawer.researcher) == []


def test_rest_keeps_changes_and_deletes_with_if_match(drawer: Drawer, client: FlaskClient) -> None:
    own = {"Authorization": f"Bearer {drawer.make.token('researcher')}"}
    path = "/api/v1/sandbox/queries"
    body = {"licence_id": drawer.licence_id, "title": "by sex", "sql": SQL}
    made = client.post(path, json=body, headers=own)
    assert made.status_code == 201
    place = made.headers["Location"]
    assert client.get(place, headers=own).get_json()["sql"] == SQL
    listed = client.get(f"{path}?licence_id={drawer.licence_id}", headers=own).get_json()["items"]
    assert [one["title"] for one in listed] == ["by sex"]
    assert client.patch(place, json={"title": "x"}, headers=own).status_code == 428
    tag = {**own, "If-Match": made.headers["ETag"]}
    changed = client.patch(place, json={"title": "renamed", "private": True}, headers=tag)
    assert (changed.status_code, changed.get_json()["title"]) == (200, "renamed")
    assert client.delete(place, headers=tag).status_code == 412
    newer = {**own, "If-Match": changed.headers["ETag"]}
    assert client.delete(place, headers=newer).status_code == 204
    gone = client.get(place, headers=own)
    assert (gone.status_code, gone.get_json()["code"]) == (404, "sandbox-saved-query-unknown")
    other = {"Authorization": f"Bearer {drawer.make.token('coder')}"}
    assert client.get(f"{path}?licence_id={drawer.licence_id}", headers=other).status_code == 404
    bad = client.post(path, json={**body, "title": ""}, headers=own)
    assert (bad.status_code, bad.get_json()["errors"][0]["pointer"]) == (422, "/title")
