"""Prices through the REST door and on their page: the list, filings, determinations, checked years."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.operations.demo.material import HEALTH
from marketplace.rules import format_cents
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text
from tests.marketplace.test_rest import Caller, problem

PRICES = "/licensing/prices"


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "", "en")


def revenue(make: Maker, **changes: Any) -> dict[str, Any]:
    return {
        "operator_id": make.actor("operator").organisation_id,
        "starts_on": "2026-01-01",
        "ends_on": "2028-12-31",
        "costs": [
            {"kind": "platform_cost", "label": "平台", "amount_cents": 100_000},
            {"kind": "staff_cost", "amount_cents": 500, "product_class": "public_welfare"},
        ],
        "yield_percent": "1.8",
        "points": "6",
        "tax_cents": 2_200,
        "document_number": "甘发改价格〔2026〕1号",
        **changes,
    }


def test_prices_are_determined_filed_and_listed_through_the_api(call: Any, make: Maker) -> None:
    _, product = make.registered()
    authority, visitor = call("price_authority"), call("")
    ceiling = {"product_code": product, "ceiling_cents": 100, "is_trial": False}
    ceiling |= {"forecast_runs": 1100, "document_number": "甘数〔2026〕2号"}
    problem(authority.post("/licensing/ceilings", ceiling), 422, "licensing-revenue-missing")
    body = revenue(make)
    no_key = authority.post("/licensing/revenues", body)
    problem(no_key, 422, "kernel-idempotency-key-missing")
    high = authority.post(
        "/licensing/revenues", revenue(make, points="6.01"), Idempotency_Key="high"
    )
    assert problem(high, 422, "licensing-rate-points-unlawful")["points"] == "6.01"
    far = authority.post(
        "/licensing/revenues",
        revenue(make, starts_on="9999-01-01", ends_on="9999-12-31"),
        Idempotency_Key="far",
    )
    problem(far, 422, "kernel-fields-wrong")
    made = authority.post("/licensing/revenues", body, Idempotency_Key="r1")
    assert made.status_code == 201, made.get_data(as_text=True)
    lines = made.get_json()["lines"]
    assert lines["rate_percent"] == "7.8"
    assert (lines["profit_cents"], lines["allowed_cents"]) == (7_800, 110_000)
    again = authority.post("/licensing/revenues", body, Idempotency_Key="r1")
    assert again.get_json()["revenue_id"] == made.get_json()["revenue_id"]
    path = made.headers["Location"].removeprefix("/api/v1")
    assert call("operator").get(path).get_json() == made.get_json()
    problem(call("enterprise").get(path), 404, "licensing-unknown")
    assert len(call("regulator").get("/licensing/revenues").get_json()["items"]) == 1
    assert call("enterprise").get("/licensing/revenues").get_json()["items"] == []
    problem(visitor.get("/licensing/revenues"), 401, "kernel-sign-in-needed")
    dear = authority.post("/licensing/ceilings", {**ceiling, "forecast_runs": 1101})
    said = problem(dear, 422, "licensing-forecast-above-revenue")
    assert (said["forecast_cents"], said["allowed_cents"]) == (110_100, 110_000)
    filed = authority.post("/licensing/ceilings", ceiling)
    assert filed.status_code == 201
    assert filed.get_json().items() >= ceiling.items()
    assert filed.get_json()["review_by"].startswith("2029-")
    make.offer(HEALTH, product)
    (row,) = visitor.get("/licensing/ceilings").get_json()["items"]
    price = HEALTH.terms().price_cents
    assert row["headroom_cents"] == row["ceiling_cents"] - price
    assert [one["headroom_cents"] for one in row["offers"]] == [row["headroom_cents"]]


def test_a_filing_is_asked_for_as_it_stood(call: Any, make: Maker) -> None:
    _, product = make.registered()
    authority, visitor = call("price_authority"), call("")
    path = f"/licensing/ceilings/{product}"
    problem(visitor.get(path), 404, "licensing-unknown")
    assert (
        authority.post(
            "/licensing/ceilings", {"product_code": product, "ceiling_cents": 100}
        ).status_code
        == 201
    )
    before = make.clock().isoformat().replace("+", "%2B")
    make.wait(0)
    free = {"product_code": product, "ceiling_cents": 1, "product_class": "public_welfare"}
    refused = problem(authority.post("/licensing/ceilings", free), 422, "licensing-free-of-charge")
    assert "Public welfare" in refused["detail"]
    assert authority.post("/licensing/ceilings", {**free, "ceiling_cents": 0}).status_code == 201
    assert visitor.get(path).get_json()["product_class"] == "public_welfare"
    past = visitor.get(f"{path}?as_of={before}").get_json()
    assert (past["ceiling_cents"], past["product_class"]) == (100, "industry")
    for wrong in ("yesterday", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B08:00"):
        problem(visitor.get(f"{path}?as_of={wrong}"), 422, "kernel-fields-wrong")


def test_a_year_is_checked_through_the_api(call: Any, make: Maker) -> None:
    make.registered()
    authority = call("price_authority")
    operator_id = make.actor("operator").organisation_id
    body = {"operator_id": operator_id, "year": 2026}
    path = "/licensing/deviations"
    problem(authority.post(path, body), 422, "licensing-year-not-over")
    problem(authority.post(path, {**body, "year": 2025}), 422, "licensing-revenue-missing")
    authority.post(
        "/licensing/revenues",
        revenue(make, starts_on="2025-01-01", ends_on="2026-12-31"),
        Idempotency_Key="r",
    )
    problem(call("operator").post(path, {**body, "year": 2025}), 403, "kernel-not-permitted")
    made = authority.post(path, {**body, "year": 2025})
    assert made.status_code == 201
    assert made.get_json()["task"] == "adjust_ceilings"
    assert made.get_json()["percent"] == "-100.00"
    problem(authority.post(path, {**body, "year": 2025}), 409, "licensing-year-checked")
    for person in ("implementing_body", "operator"):
        (row,) = call(person).get(path).get_json()["items"]
        assert (row["year"], row["report_due_on"]) == (2025, "2026-03-31")
    assert call("enterprise").get(path).get_json()["items"] == []


def test_the_price_page_is_public_and_files_for_the_authority(app: Flask, make: Maker) -> None:
    _, product = make.registered()

    def reader(name: str = "", language: str = "zh-Hans") -> PageReader:
        made = PageReader(app.test_client(), language)
        if name:
            made.sign_in(name, make.people[name].password)
        return made

    assert "尚未报送上限收费标准" in visible_text(reader().get(PRICES))
    authority = reader("price_authority")
    form = {
        "operator_id": make.actor("operator").organisation_id,
        "starts_on": "2026-01-01",
        "ends_on": "2028-12-31",
        "platform_cost": "100000",
        "yield_percent": "1.8",
        "points": "6",
        "tax_cents": "2200",
        "decision_number": "甘发改价格〔2026〕1号",
    }
    action = f"{PRICES}/revenues"
    wrong = authority.send(PRICES, action, **{**form, "points": "7", "then": "determine"})
    assert wrong.status_code == 422
    assert "准许利润率超出规定" in visible_text(wrong)
    assert 'value="100000"' in wrong.get_data(as_text=True)
    calculated = authority.send(PRICES, action, **form, then="calculate")
    assert calculated.status_code == 200
    assert "尚未核定" in visible_text(calculated)
    assert "1,100.00" in visible_text(calculated)
    assert authority.send(PRICES, action, **form, then="determine").status_code == 302
    ceiling = {"product_code": product, "product_class": "industry", "is_trial": "false"}
    ceiling |= {"ceiling_cents": "100", "forecast_runs": "1101", "document_number": "甘数2号"}
    action = f"{PRICES}/ceilings"
    assert authority.send(PRICES, action, **ceiling).status_code == 422
    ceiling["forecast_runs"] = "1100"
    assert authority.send(PRICES, action, **ceiling).status_code == 302
    assert "甘数2号" in visible_text(reader().get(PRICES))
    make.offer(HEALTH, product)
    public = visible_text(reader().get(PRICES))
    assert "试行收费标准" in public
    assert format_cents(HEALTH.terms().price_cents) in public
    assert "最高准许收入测算" not in public
    assert "1,100.00" in visible_text(reader("operator").get(PRICES))
    english = visible_text(reader("price_authority", "en").get(PRICES))
    assert "Allowed profit at 7.8 %" in english
    # The words of a code in a template are asked for at each reading, not once for everybody.
    assert "Industry and sector development" in english
    assert reader("enterprise").client.post(action, data=ceiling).status_code == 403


def test_an_amount_below_nothing_has_its_sign() -> None:
    assert [format_cents(cents) for cents in (-1, -12_345, 0, 1_280)] == [
        "-0.01",
        "-123.45",
        "0.00",
        "12.80",
    ]
