"""The REST door through the real application: the whole chain, and each promise of HTTP."""

import json
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.trust import log
from ledger.verify import read_trust, verify_bundle
from marketplace.operations.demo.material import HEALTH
from registry.states import Status, Verb
from tests.make import Maker

API = "/api/v1"
BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex ORDER BY sex"


class Caller:
    """A sample account with its bearer token."""

    def __init__(self, client: FlaskClient, token: str, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(API + path, headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(API + path, json=body or {}, headers={**self.headers, **sent})

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.patch(API + path, json=body, headers={**self.headers, **sent})


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name, language="en": Caller(client, make.token(name) if name else "", language)


def problem(reply: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert reply.status_code == status, reply.get_data(as_text=True)
    assert reply.mimetype == "application/problem+json"
    body: dict[str, Any] = reply.get_json()
    assert body["code"] == code
    assert body["type"] == f"/problems/{code}"
    assert body["status"] == status
    return body


def test_a_registration_walks_through_the_api(call: Any, make: Maker) -> None:
    handler = call("handler")
    made = handler.post(
        "/registry/applications", {"kind": "resource", "form": make.form()}, Idempotency_Key="k1"
    )
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix(API)
    again = handler.post(
        "/registry/applications", {"kind": "resource", "form": make.form()}, Idempotency_Key="k1"
    )
    assert again.get_json()["application_id"] == made.get_json()["application_id"]
    other = handler.post("/registry/applications", {"kind": "resource"}, Idempotency_Key="k1")
    problem(other, 409, "kernel-idempotency-key-reused")
    problem(
        handler.post("/registry/applications", {"kind": "resource"}),
        422,
        "kernel-idempotency-key-missing",
    )
    etag = made.headers["ETag"]
    problem(handler.post(f"{path}/send-to-internal-review"), 428, "kernel-version-missing")
    sent = handler.post(f"{path}/send-to-internal-review", If_Match=etag)
    assert sent.get_json()["status"] == "internal_review"
    stale = handler.patch(path, {"form": {"name": "新名称"}}, If_Match=etag)
    problem(stale, 412, "kernel-version-stale")
    assert handler.get(path).headers["ETag"] == sent.headers["ETag"]
    problem(call("enterprise").get(path), 404, "registry-application-unknown")
    problem(call("").get(path), 404, "registry-application-unknown")
    assert (
        handler.get(f"{path}/preview").get_json()["entity"] == make.people["handler"].organisation
    )


def test_the_register_and_its_notices_are_public(call: Any, make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    visitor = call("")
    (notice,) = visitor.get("/registry/notices").get_json()["items"]
    assert set(notice) == {
        "notice_id",
        "entity",
        "registration_type",
        "name",
        "summary",
        "notice_ends_on",
    }
    body = {
        "name": "张三",
        "contact": "13800000000",
        "statement": "名称重复登记",
        "evidence": "附件一 凭证",
    }
    path = f"/registry/notices/{row.application_id}/objections"
    anonymous = problem(visitor.post(path, {**body, "name": ""}), 422, "kernel-fields-wrong")
    assert anonymous["errors"][0]["pointer"] == "/name"
    assert visitor.post(path, body).status_code == 201
    make.decide(row.application_id, Verb.DISMISS_OBJECTION, "reviewer", "理由不成立")


def test_entries_are_paged_and_asked_for_as_they_stood(call: Any, make: Maker) -> None:
    before = make.clock().isoformat().replace("+", "%2B")
    rows = [make.application(Status.CODED) for _ in range(3)]
    visitor = call("")
    first = visitor.get("/registry/entries?limit=2")
    assert len(first.get_json()["items"]) == 2
    link = first.headers["Link"].split(";")[0].strip("<>").removeprefix(API)
    second = visitor.get(link)
    assert [one["code"] for one in second.get_json()["items"]] == [rows[0].code]
    assert "Link" not in second.headers
    assert visitor.get(f"/registry/entries?as_of={before}").get_json()["items"] == []
    assert visitor.get(f"/registry/entries/{rows[0].code}").get_json()["status"] == "coded"
    coded = make.clock().isoformat().replace("+", "%2B")
    make.wait(1)
    make.decide(rows[2].application_id, Verb.PUT_INTO_EFFECT, "coder")
    path = f"/registry/entries/{rows[2].code}"
    assert visitor.get(path).get_json()["status"] == "effective"
    in_force = visitor.get("/registry/entries?status=effective").get_json()["items"]
    assert [one["code"] for one in in_force] == [rows[2].code]
    assert visitor.get(f"{path}?as_of={coded}").get_json()["status"] == "coded"
    problem(visitor.get("/registry/entries/L1"), 404, "registry-entry-unknown")
    for query in ("limit=0", "limit=x", "cursor=%FF"):
        problem(visitor.get(f"/registry/entries?{query}"), 422, "kernel-cursor-unreadable")
    problem(visitor.get("/registry/entries?as_of=yesterday"), 422, "kernel-fields-wrong")


def test_from_licence_to_run_receipt_meter_and_bill(call: Any, make: Maker) -> None:
    row = make.licence()
    researcher, operator = call("researcher"), call("operator")
    body = {"licence_id": row.licence_id, "purpose": HEALTH.purpose, "sql": BY_SEX}
    checked = researcher.post("/sandbox/checks", {"licence_id": row.licence_id, "sql": BY_SEX})
    assert checked.get_json()["verdict"] == "accept"
    asked = {**body, "wait_seconds": 5}
    made = researcher.post("/sandbox/runs", asked, Idempotency_Key="run-1")
    assert made.status_code == 201
    run = made.get_json()
    assert set(run) >= {
        *("run_id", "licence_id", "mode", "state", "replay", "columns", "row_count"),
        *("privacy", "meter", "receipt_id"),
    }
    assert "finished_at" not in run
    again = researcher.post("/sandbox/runs", body, Idempotency_Key="run-1")
    assert again.get_json()["run_id"] == run["run_id"]
    result = researcher.get(f"/sandbox/runs/{run['run_id']}/result")
    assert result.get_json()["sha256"] == run["result_sha256"]
    text = researcher.get(f"/sandbox/runs/{run['run_id']}/result", Accept="text/csv")
    assert text.get_data(as_text=True).splitlines()[0] == "sex,n,suppressed"
    budgets = researcher.get(f"/sandbox/budgets?licence_id={row.licence_id}").get_json()
    assert budgets["runs"] == {"granted": HEALTH.run_quota, "reserved": 0, "spent": 1}
    usage = operator.get(f"/usage?licence_id={row.licence_id}").get_json()["items"]
    assert [one["data"]["amount"] for one in usage] == ["0.80"]
    billed = operator.post("/market/invoices", {"licence_id": row.licence_id}, Idempotency_Key="i")
    invoice = billed.get_json()
    assert (invoice["total"], len(invoice["lines"])) == ("0.80", 1)
    assert invoice["lines"][0]["receipt_id"] == run["receipt_id"]
    nothing = operator.post("/market/invoices", {"licence_id": row.licence_id}, Idempotency_Key="j")
    problem(nothing, 422, "marketplace-nothing-to-bill")
    for stranger in ("handler", "coder"):
        path = f"/market/invoices/{invoice['invoice_id']}"
        problem(call(stranger).get(path), 404, "marketplace-invoice-unknown")
        problem(call(stranger).get(f"/sandbox/runs/{run['run_id']}"), 404, "sandbox-run-unknown")
    assert call("regulator").get(f"/market/invoices/{invoice['invoice_id']}").status_code == 200
    bundle = researcher.get(f"/receipts/{run['receipt_id']}.sigstore.json").data
    trust = read_trust(make.home.settings.home / "trust")
    assert verify_bundle(bundle, trust).statement["predicate"]["licenceId"] == row.licence_id
    shown = call("regulator").get(f"/receipts/{run['receipt_id']}").get_json()
    assert shown["statement"]["predicate"]["receiptId"] == run["receipt_id"]
    problem(
        call("handler").get(f"/receipts/{run['receipt_id']}"), 404, "marketplace-receipt-unknown"
    )
    for kind in ("dsse.json", "tlog-proof"):
        assert researcher.get(f"/receipts/{run['receipt_id']}.{kind}").status_code == 200


def test_refusals_speak_both_languages_and_name_their_receipt(call: Any, make: Maker) -> None:
    row = make.licence()
    body = {"licence_id": row.licence_id, "purpose": HEALTH.purpose, "sql": "SELECT x FROM visits"}
    english = call("researcher").post("/sandbox/runs", body, Idempotency_Key="a")
    chinese = call("researcher", "zh-CN").post("/sandbox/runs", body, Idempotency_Key="b")
    first = problem(english, 422, "sandbox-column-unknown")
    second = problem(chinese, 422, "sandbox-column-unknown")
    assert english.headers["Content-Language"] == "en"
    assert chinese.headers["Content-Language"] == "zh-Hans"
    assert first["title"] != second["title"]
    assert first["receipt_id"]
    assert first["run_id"] != second["run_id"]
    checked = call("researcher").post("/sandbox/checks", body)
    assert checked.get_json()["code"] == "sandbox-column-unknown"
    other = {**body, "purpose": "public-governance"}
    denied = call("researcher", "zh-CN").post("/sandbox/runs", other, Idempotency_Key="c")
    said = problem(denied, 422, "licensing-purpose-not-licensed")
    # Facts stay codes for programs; the sentence says them in words.
    assert said["purpose"] == "public-governance"
    assert "public-governance" not in said["detail"]


def test_offers_applications_and_signatures_through_the_api(call: Any, make: Maker) -> None:
    _, product = make.registered()
    make.dataset(HEALTH, product)
    prices, operator, enterprise = call("price_authority"), call("operator"), call("enterprise")
    ceiling = {"product_code": product, "ceiling_cents": 100}
    assert prices.post("/licensing/ceilings", ceiling).status_code == 201
    problem(operator.post("/licensing/ceilings", ceiling), 403, "kernel-not-permitted")
    terms = HEALTH.terms()
    offer = {
        "product_code": product,
        "mode": terms.mode,
        "dataset": terms.dataset,
        "columns": list(terms.columns),
        "purposes": list(terms.purposes),
        "run_quota": 5,
        "price_cents": 101,
        "term_days": 30,
    }
    dear = operator.post("/licensing/offers", offer, Idempotency_Key="o1")
    problem(dear, 422, "licensing-price-above-ceiling")
    made = operator.post("/licensing/offers", {**offer, "price_cents": 100}, Idempotency_Key="o2")
    offer_id = made.get_json()["offer_id"]
    (product_shown,) = call("").get("/market/products").get_json()["items"]
    assert product_shown["offers"][0]["price"] == "1.00"
    wish = {"offer_id": offer_id, "purpose": HEALTH.purpose, "justification": HEALTH.justification}
    application = enterprise.post("/licensing/applications", wish, Idempotency_Key="w")
    path = application.headers["Location"].removeprefix(API)
    approved = operator.post(f"{path}/approve", If_Match=application.headers["ETag"]).get_json()
    licence_path = f"/licensing/licences/{approved['licence_id']}"
    signatory = call("operator_signatory")
    for who, verb in ((enterprise, "sign"), (signatory, "countersign")):
        seen = who.get(licence_path)
        digest = {"policy_digest": seen.get_json()["policy_digest"]}
        done = who.post(f"{licence_path}/{verb}", digest, If_Match=seen.headers["ETag"])
    assert done.get_json()["status"] == "in_force"
    suspended = operator.post(
        f"{licence_path}/suspend", {"reason": "核查"}, If_Match=done.headers["ETag"]
    )
    assert suspended.get_json()["status"] == "suspended"
    body = {"licence_id": approved["licence_id"], "purpose": HEALTH.purpose, "sql": BY_SEX}
    refused = call("researcher").post("/sandbox/runs", body, Idempotency_Key="r")
    problem(refused, 422, "licensing-licence-not-in-force")


def test_errors_of_http_itself_are_problems_too(client: FlaskClient, call: Any) -> None:
    visitor = call("")
    problem(visitor.get("/nothing"), 404, "kernel-page-unknown")
    problem(client.put(f"{API}/registry/entries"), 405, "kernel-method-unfit")
    unreadable = client.post(
        f"{API}/sandbox/runs",
        data="{",
        content_type="application/json",
        headers=call("researcher").headers,
    )
    problem(unreadable, 422, "kernel-fields-wrong")
    large = client.post(
        f"{API}/sandbox/checks", data=b"x" * 1_100_000, content_type="application/json"
    )
    problem(large, 413, "kernel-request-too-large")
    wrong = client.get(f"{API}/licensing/licences", headers={"Authorization": "Bearer wrong"})
    problem(wrong, 401, "kernel-sign-in-needed")
    problem(
        visitor.post("/sandbox/runs", {"licence_id": "x", "purpose": "y", "sql": "z"}),
        401,
        "kernel-sign-in-needed",
    )


def test_a_cookie_never_counts_under_the_api(client: FlaskClient, make: Maker) -> None:
    person = make.people["operator"]
    client.post("/sign-in", data={"name": person.name, "password": person.password})
    problem(client.get(f"{API}/licensing/licences"), 401, "kernel-sign-in-needed")


def test_an_unexpected_failure_tells_nothing(app: Flask, client: FlaskClient) -> None:
    @app.get("/api/v1/broken")
    def broken() -> str:
        message = "secret detail"
        raise RuntimeError(message)

    reply = client.get(f"{API}/broken")
    problem(reply, 500, "kernel-server-fault")
    assert "secret detail" not in reply.get_data(as_text=True)


@responses.activate(assert_all_requests_are_fired=True)
def test_an_invoice_is_paid_once_through_the_gateway(app: Flask, call: Any, make: Maker) -> None:
    from marketplace.billing.gateway import Gateway  # noqa: PLC0415 - used once

    gateway = "https://pay.example"
    app.extensions["hexi_gateway"] = Gateway(gateway)
    row = make.licence()
    body = {"licence_id": row.licence_id, "purpose": HEALTH.purpose, "sql": BY_SEX}
    assert call("researcher").post("/sandbox/runs", body, Idempotency_Key="r").status_code == 201
    billed = call("operator").post(
        "/market/invoices", {"licence_id": row.licence_id}, Idempotency_Key="i"
    )
    path = f"/market/invoices/{billed.get_json()['invoice_id']}/payments"
    responses.post(f"{gateway}/charges", status=503)
    responses.post(f"{gateway}/charges", status=402)
    responses.post(f"{gateway}/charges", json={"id": "pay-1"})
    enterprise = call("enterprise")
    down = enterprise.post(path, Idempotency_Key="p")
    problem(down, 503, "marketplace-gateway-unavailable")
    problem(enterprise.post(path, Idempotency_Key="p"), 422, "marketplace-payment-refused")
    paid = enterprise.post(path, Idempotency_Key="p")
    assert paid.get_json() == {"reference": "pay-1"}
    problem(enterprise.post(path, Idempotency_Key="p"), 409, "marketplace-invoice-paid")
    keys = {sent.request.headers["Idempotency-Key"] for sent in responses.calls}
    assert keys == {billed.get_json()["invoice_id"]}
    sent = json.loads(responses.calls[0].request.body or "{}")
    assert sent["amount"] == {"cents": 80, "currency": "CNY"}


def test_the_openapi_document_knows_every_route(app: Flask, client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    described = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    served = {
        rule.rule.split("<", 1)[0] for rule in app.url_map.iter_rules() if rule.rule.startswith(API)
    }
    assert all(any(path.startswith(start) for path in described) for start in served)


def test_health_log_and_metrics(client: FlaskClient, make: Maker) -> None:
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
    assert client.get("/metrics").status_code == 401
    token = {"Authorization": f"Bearer {make.token('admin')}"}
    assert b"python_info" in client.get("/metrics", headers=token).data
    make.application(Status.EFFECTIVE)
    log.integrate_now(
        make.home.db,
        make.home.seal.keys,
        lock_folder=make.home.settings.run_folder,
        now=make.clock(),
    )
    from kernel.trust import publish  # noqa: PLC0415 - used once

    publish.publish(make.home.db, make.home.log_folder, make.home.seal.keys.log_key)
    # The preserved evidence and the code.
    note = client.get("/log/checkpoint", buffered=True)
    assert note.get_data(as_text=True).splitlines()[1] == "2"
    assert client.get("/log/tile/0/000.p/2", buffered=True).status_code == 200
    assert client.get("/log/../keys/log-signer.key").status_code == 404
