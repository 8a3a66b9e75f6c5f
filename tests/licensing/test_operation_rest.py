"""Authorised operation through REST and through forms without scripts."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.workdays import local_day
from marketplace.operations.demo import authorising
from marketplace.operations.demo.authorising import PLAN_ITEMS
from marketplace.operations.demo.material import AGREEMENT_TOPICS, HEALTH
from marketplace.operations.demo.people import CREDIT_CODES, OPERATOR
from registry.states import Status
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text
from tests.marketplace.test_rest import Caller, problem

PLAN = {
    "items": PLAN_ITEMS,
    "mode": "by_field",
    "products": [{"name": "统计产品", "product_class": "public_good", "form": "沙箱统计"}],
    "term_months": 36,
}
SHARED = {
    "collection_mode": "shared",
    "shared_provider": "甘肃省卫生健康信息中心",
    "consent_file": "77" * 32,
}


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "")


def _resource(make: Maker, **more: Any) -> str:
    return str(make.application(Status.EFFECTIVE, form=make.form(HEALTH, **more)).code)


def _act(caller: Caller, path: str, verb: str, body: dict[str, Any] | None = None) -> Any:
    etag = caller.get(path).headers["ETag"]
    reply = caller.post(f"{path}/{verb}", body or {}, If_Match=etag)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return reply.get_json()


def _decision(make: Maker) -> dict[str, str]:
    made = make.stage.decision("党组会议", "一号")
    return {
        "meeting": made.meeting,
        "document_number": made.document_number,
        "decided_on": made.decided_on.isoformat(),
        "minutes_sha256": made.minutes_sha256,
    }


def test_the_procedure_walks_through_the_api(call: Any, make: Maker) -> None:
    code = _resource(make)
    body, second, authority = (
        call(name) for name in ("implementing_body", "implementing_body_2", "data_authority")
    )
    made = body.post("/licensing/plans", {**PLAN, "scope": []}, Idempotency_Key="p1")
    assert made.status_code == 201
    again = body.post("/licensing/plans", {**PLAN, "scope": []}, Idempotency_Key="p1")
    assert again.get_json()["plan_id"] == made.get_json()["plan_id"]
    problem(body.post("/licensing/plans", PLAN), 422, "kernel-idempotency-key-missing")
    path = f"/licensing/plans/{made.get_json()['plan_id']}"
    etag = body.get(path).headers["ETag"]
    problem(body.post(f"{path}/submit", {}, If_Match=etag), 422, "licensing-plan-items-missing")
    problem(body.patch(path, {"scope": [code]}), 428, "kernel-version-missing")
    changed = body.patch(path, {"scope": [code], "items": {"further": "无"}}, If_Match=etag)
    assert changed.get_json()["items"] == {**PLAN_ITEMS, "further": "无"}
    assert _act(body, path, "submit")["status"] == "in_decision"
    problem(
        body.post(f"{path}/approve", _decision(make), If_Match=body.get(path).headers["ETag"]),
        403,
        "licensing-same-person",
    )
    wrong = second.post(f"{path}/approve", {"meeting": ""}, If_Match='"x"')
    assert wrong.status_code == 422
    assert _act(second, path, "approve", _decision(make))["decision"]["meeting"] == "党组会议"
    filed = _act(authority, path, "file", {"filing_number": "备〔2026〕1号"})
    assert (filed["status"], filed["filing_number"]) == ("filed", "备〔2026〕1号")
    problem(call("operator").get(path), 404, "licensing-unknown")

    today = str(local_day(make.clock()))
    opened = body.post(
        "/licensing/selections",
        {
            "plan_id": filed["plan_id"],
            "way": "open_tender",
            "published_on": today,
            "published_where": "门户网站",
        },
        Idempotency_Key="s1",
    )
    assert opened.status_code == 201
    selection = f"/licensing/selections/{opened.get_json()['selection_id']}"
    candidate = {"name": OPERATOR, "credit_code": CREDIT_CODES[OPERATOR], "is_qualified": True}
    _act(body, selection, "add-candidate", candidate)
    result = {"chosen_code": CREDIT_CODES[OPERATOR], "reason": "得分最高"}
    decided = _act(body, selection, "decide", result)
    assert decided["status"] == "decided"

    start = local_day(make.clock())
    wish = {
        "number": "GSYY-1",
        "selection_id": decided["selection_id"],
        "scope": [code],
        "topics": AGREEMENT_TOPICS,
        "starts_on": today,
        "ends_on": str(start.replace(year=start.year + 2)),
    }
    long = {**wish, "ends_on": str(start.replace(year=start.year + 5, day=start.day + 1))}
    problem(
        body.post("/licensing/agreements", long, Idempotency_Key="a0"),
        422,
        "licensing-agreement-too-long",
    )
    drafted = body.post("/licensing/agreements", wish, Idempotency_Key="a1")
    assert drafted.status_code == 201
    agreement = f"/licensing/agreements/{drafted.get_json()['agreement_id']}"
    edited = body.patch(
        agreement, {"topics": {"other": "无"}}, If_Match=body.get(agreement).headers["ETag"]
    )
    assert edited.get_json()["topics"] == {**AGREEMENT_TOPICS, "other": "无"}
    _act(second, agreement, "decide", _decision(make))
    _act(second, agreement, "return", {"reason": "再议"})
    _act(second, agreement, "decide", _decision(make))
    _act(call("operator"), agreement, "sign")
    assert _act(second, agreement, "countersign")["status"] == "in_force"
    _act(authority, agreement, "file", {"filing_number": "备〔2026〕2号"})
    evaluated = _act(
        authority,
        agreement,
        "evaluate",
        {"evaluated_on": today, "result": "passed", "findings": "达标"},
    )
    assert evaluated["evaluations"][0]["result"] == "passed"
    left = _act(body, agreement, "exit", {"done_on": today, "step": "交还数据"})
    assert (left["status"], left["end_reason"]) == ("ended", "exited")
    assert [one["step"] for one in left["exit_steps"]] == ["交还数据"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [("plans", "plan_id"), ("selections", "selection_id"), ("agreements", "agreement_id")],
)
def test_lists_go_on_with_a_cursor_and_show_only_what_is_theirs(
    call: Any, make: Maker, kind: str, key: str
) -> None:
    for name in ("一号年度记录", "二号年度记录"):
        make.agreement([_resource(make, name=name)])
        make.wait(1)
    body = call("implementing_body")
    first = body.get(f"/licensing/{kind}?limit=1")
    (one,) = first.get_json()["items"]
    address = first.headers["Link"].split(">")[0].removeprefix("</api/v1")
    (other,) = body.get(address).get_json()["items"]
    assert one[key] > other[key]
    assert len(call("data_authority").get(f"/licensing/{kind}").get_json()["items"]) == 2
    assert call("handler").get(f"/licensing/{kind}").get_json()["items"] == []
    problem(call("handler").get(f"/licensing/{kind}/{one[key]}"), 404, "licensing-unknown")


def test_consents_and_limits_through_the_api(call: Any, make: Maker) -> None:
    form = make.form(HEALTH, **SHARED)
    make.preserve(make.actor("handler"), {"evidence_sha256": form["consent_file"]})
    code = str(make.application(Status.EFFECTIVE, form=form).code)
    source = call("source_department")
    wish = {"resource_code": code, "is_given": True, "document_number": "一号"}
    given = source.post("/licensing/consents", wish, Idempotency_Key="c1")
    assert given.get_json()["is_given"] is True
    assert len(source.get("/licensing/consents?limit=5").get_json()["items"]) == 1
    problem(
        call("operator").post("/licensing/consents", wish, Idempotency_Key="c1"),
        403,
        "kernel-not-permitted",
    )
    value = {"value": 7, "source": "省级细则", "effective_from": str(local_day(make.clock()))}
    assert call("admin").post("/licensing/limits/plan_filing", value).status_code == 201
    problem(
        call("operator").post("/licensing/limits/plan_filing", value), 403, "kernel-not-permitted"
    )
    rows = {one["key"]: one for one in call("").get("/licensing/limits").get_json()["items"]}
    assert (rows["plan_filing"]["national"], rows["plan_filing"]["in_force"]) == (None, 7)
    assert rows["agreement_filing"]["in_force"] == 20


def test_the_provider_consents_from_its_task_and_takes_it_back_with_reasons(
    app: Flask, make: Maker
) -> None:
    form = make.form(HEALTH, **SHARED)
    make.preserve(make.actor("handler"), {"evidence_sha256": form["consent_file"]})
    code = str(make.application(Status.EFFECTIVE, form=form).code)
    authorising.leave_plan_open(make.stage, (code,))
    reader = PageReader(app.test_client())
    reader.sign_in("source_department", make.people["source_department"].password)
    assert "/licensing/consents" in reader.get("/tasks").get_data(as_text=True)
    page = "/licensing/consents"
    empty = reader.send(page, page)
    assert empty.status_code == 422
    assert "缺少同意" in visible_text(empty)
    assert reader.send(page, page, document_number="甘卫函〔2026〕1号").status_code == 302
    assert "提供单位已同意" in visible_text(reader.get(page))
    assert (
        'href="/licensing/consents"'
        not in reader.get("/tasks").get_data(as_text=True).partition("<table")[2]
    )
    make.wait(0)
    silent = reader.send(page, page, document_number="甘卫函〔2026〕2号")
    assert silent.status_code == 422
    taken = reader.send(page, page, document_number="甘卫函〔2026〕2号", reason="口径待核实")
    assert taken.status_code == 302
    assert "口径待核实" in visible_text(reader.get(page))


def test_each_reader_gets_the_words_of_codes_in_his_own_language(app: Flask, make: Maker) -> None:
    plan = authorising.file_plan(make.stage, (_resource(make),))
    for language, words in (("zh-Hans", "备案号"), ("en", "Filing number"), ("zh-Hans", "备案号")):
        reader = PageReader(app.test_client(), language)
        reader.sign_in("implementing_body", make.people["implementing_body"].password)
        assert words in visible_text(reader.get(f"/licensing/plans/{plan}"))
