"""Any list as a table: the same rows, the same filter, the same rights, and nothing that computes."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.states import Status
from tests.make import Maker
from tests.marketplace.test_rest import Caller, problem

REGISTRY = "/registry"


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "")


def test_every_list_is_handed_out_as_a_table_with_the_same_filter_and_rights(
    call: Any, app: Flask, make: Maker
) -> None:
    row = make.application(Status.PUBLIC_NOTICE, form=make.form(name="+1 停车泊位记录2025"))
    make.application(Status.DRAFT)

    def table(reply: TestResponse) -> list[dict[str, str]]:
        assert (reply.status_code, reply.mimetype) == (200, "text/csv"), reply.get_data()
        return list(csv.DictReader(io.StringIO(reply.get_data().decode("utf-8-sig"))))

    handler = call("handler")
    found = table(handler.get(f"{REGISTRY}/applications?status=public_notice", Accept="text/csv"))
    assert [one["application_id"] for one in found] == [row.application_id]
    assert len(table(handler.get(f"{REGISTRY}/applications", Accept="text/csv"))) == 2
    problem(
        call("").get(f"{REGISTRY}/applications", Accept="text/csv"), 401, "kernel-sign-in-needed"
    )
    assert table(call("operator").get(f"{REGISTRY}/applications", Accept="text/csv")) == []
    (notice,) = table(call("").get(f"{REGISTRY}/notices", Accept="text/csv"))
    assert notice["name"].startswith("'+1")
    assert table(call("").get(f"{REGISTRY}/limits", Accept="text/csv"))
    assert table(call("reviewer").get(f"{REGISTRY}/clocks", Accept="text/csv"))
    assert table(call("").get("/licensing/offers", Accept="text/csv")) == []
    # People follow a link; what they may not read as a page they may not read as a table.
    anybody = app.test_client()
    for listed in ("notices", "items", "conflicts", "limits"):
        assert anybody.get(f"/registry/{listed}.csv").mimetype == "text/csv"
        assert "items" in anybody.get(f"/registry/{listed}.json").get_json()
    for listed in ("applications", "clocks", "files"):
        assert anybody.get(f"/registry/{listed}.csv").status_code == 401
    page = anybody.get("/registry/items?name=年龄").get_data(as_text=True)
    assert "/registry/items.csv?name=" in page
