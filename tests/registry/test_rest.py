"""The register's REST door: lists, the register at any date, cases, limits, items and forms."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from registry.states import Register, Status, Verb
from tests.make import Maker
from tests.marketplace.test_rest import API, Caller, problem

REGISTRY = "/registry"


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name, language="en": Caller(client, make.token(name) if name else "", language)


def items(reply: Any) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.get_data(as_text=True)
    found: list[dict[str, Any]] = reply.get_json()["items"]
    return found


def every_page(caller: Caller, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        reply = caller.get(path)
        found += items(reply)
        link = reply.headers.get("Link", "")
        path = link.split(";")[0].strip("<>").removeprefix(API) if link else ""
    return found


def test_the_register_is_handed_out_as_a_table_that_computes_nothing(
    call: Any, make: Maker
) -> None:
    form = make.form(summary="=HYPERLINK(1)，" + make.form()["summary"])
    row = make.application(Status.CODED, form=form)
    coded = quote(make.clock().isoformat())
    for path in ("/entries", f"/entries?as_of={coded}"):
        reply = call("").get(REGISTRY + path, Accept="text/csv")
        assert reply.mimetype == "text/csv"
        assert reply.data.startswith(b"\xef\xbb\xbf")
        (line,) = csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig")))
        assert line["code"] == row.code
        assert line["summary"].startswith("'=HYPERLINK")
    none = call("").get(f"{REGISTRY}/entries?q=没有这样的东西", Accept="text/csv")
    assert len(none.data.decode().splitlines()) == 1


def test_an_entry_is_asked_for_by_day_and_tells_type_and_date_of_each_version(
    call: Any, make: Maker
) -> None:
    row = make.application(Status.EFFECTIVE)
    visitor, path = call(""), f"{REGISTRY}/entries/{row.code}"
    assert row.coded_at is not None
    today = make.clock().date().isoformat()
    assert visitor.get(f"{path}?as_of={today}").get_json()["status"] == "effective"
    problem(visitor.get(f"{path}?as_of=2026-03-02"), 404, "registry-entry-unknown")
    for wrong in ("2026-02-30", "0001-01-01T00:00:00%2B14:00", "yesterday"):
        problem(visitor.get(f"{path}?as_of={wrong}"), 422, "kernel-fields-wrong")
    versions = items(visitor.get(f"{path}/versions"))
    assert [(one["type"], one["status"]) for one in versions] == [
        ("initial", "coded"),
        ("put-into-effect", "effective"),
    ]
    assert set(versions[0]) == {"number", "at", "type", "status"}
    assert items(visitor.get(f"{REGISTRY}/certificates/{row.code}/versions")) == versions


def test_a_term_that_is_over_shows_at_once(call: Any, make: Maker) -> None:
    row = make.application(Status.EFFECTIVE)
    visitor, path = call(""), f"{REGISTRY}/entries/{row.code}"
    last = visitor.get(path).get_json()["valid_until"]
    make.clock.set(make.clock().replace(year=int(last[:4]) + 1))
    assert visitor.get(path).get_json()["status"] == "expired"
    assert visitor.get(f"{REGISTRY}/certificates/{row.code}").get_json()["status"] == "expired"


def test_an_entry_is_revoked_with_reasons_on_the_version_that_was_seen(
    call: Any, make: Maker
) -> None:
    row = make.application(Status.EFFECTIVE)
    coder, path = call("coder"), f"{REGISTRY}/entries/{row.code}"
    etag = coder.get(path).headers["ETag"]
    reason = {"reason": "材料虚假"}
    problem(coder.post(f"{path}/revoke", reason), 428, "kernel-version-missing")
    problem(coder.post(f"{path}/revoke", reason, If_Match='"x"'), 412, "kernel-version-stale")
    problem(coder.post(f"{path}/revoke", {}, If_Match=etag), 422, "kernel-fields-wrong")
    handler = call("handler").post(f"{path}/revoke", reason, If_Match=etag)
    problem(handler, 403, "kernel-not-permitted")
    done = coder.post(f"{path}/revoke", reason, If_Match=etag)
    assert done.get_json()["status"] == "revoked"
    again = coder.post(f"{path}/cancel", reason, If_Match=done.headers["ETag"])
    problem(again, 409, "registry-entry-verb-unlawful")


def test_anybody_may_ask_for_a_correction_by_real_name(call: Any, make: Maker) -> None:
    row = make.application(Status.EFFECTIVE)
    path = f"{REGISTRY}/entries/{row.code}/corrections"
    body = {
        "name": "李四",
        "contact": "13900000000",
        "statement": "摘要与事实不符",
        "evidence": "附件一 对照表",
        "corrected": {"summary": "更正后的摘要"},
    }
    made = call("").post(path, body)
    assert made.status_code == 201
    problem(call("").post(path, body), 409, "registry-already-open")
    problem(call("").post(path, {**body, "name": ""}), 422, "kernel-fields-wrong")
    opened = call("acceptor").get(f"{REGISTRY}/applications/{made.get_json()['application_id']}")
    assert opened.get_json()["party"]["name"] == "李四"


def test_lists_of_applications_show_ones_own_or_the_open_ones(call: Any, make: Maker) -> None:
    drafts = [make.application(Status.DRAFT) for _ in range(3)]
    make.application(Status.EFFECTIVE)
    path = f"{REGISTRY}/applications"
    problem(call("").get(path), 401, "kernel-sign-in-needed")
    assert len(every_page(call("handler"), f"{path}?limit=2")) == 4
    assert items(call("enterprise").get(path)) == []
    found = every_page(call("acceptor"), f"{path}?limit=2")
    assert {one["application_id"] for one in found} == {row.application_id for row in drafts}
    assert items(call("handler").get(f"{path}?register=property")) == []
    assert len(items(call("handler").get(f"{path}?status=draft&type=initial"))) == 3
    problem(call("handler").get(f"{path}?status=gone"), 422, "kernel-fields-wrong")


def test_an_application_tells_clocks_history_problems_and_twins(call: Any, make: Maker) -> None:
    first = make.application(Status.DRAFT)
    row = make.application(Status.ACCEPTED)
    handler, path = call("handler"), f"{REGISTRY}/applications/{row.application_id}"
    clocks = handler.get(f"{path}/clocks").get_json()
    assert {one["kind"] for one in clocks["clocks"]} >= {"acceptance", "review"}
    assert {one["cause"] for one in clocks["changes"]} >= {"start", "end"}
    history = items(handler.get(f"{path}/history"))
    assert [one["verb"] for one in history][-1] == "accept"
    assert all("form" not in one["facts"] for one in history)
    twins = items(handler.get(f"{path}/duplicates"))
    assert [one["application_id"] for one in twins] == [first.application_id]
    assert handler.get(f"{path}/preview").get_json()["name"] == row.form["name"]
    for part in ("clocks", "history", "duplicates", "problems", "preview", "hand-over"):
        hidden = call("enterprise").get(f"{path}/{part}")
        problem(hidden, 404, "registry-application-unknown")


def test_every_problem_of_a_form_is_told_in_the_readers_language(call: Any, make: Maker) -> None:
    form = make.form(name="甘肃省医保平台", summary="")
    row = make.application(Status.DRAFT, form=form)
    path = f"{REGISTRY}/applications/{row.application_id}/problems"
    english = items(call("handler").get(path))
    found = {(one["field"], one["code"]): one for one in english}
    assert ("summary", "registry-form-missing") in found
    assert found["summary", "registry-form-missing"]["detail"] == "Fill in “Summary”."
    assert ("name", "registry-form-system-name") in found
    assert any(one["is_advice"] for one in english) or len(english) >= 2
    assert len(items(call("handler", "zh").get(path))) == len(english)


def test_an_unlisted_institution_hands_over_a_whole_package(call: Any, make: Maker) -> None:
    row = make.property_application(Status.SUBMITTED)
    acceptor, path = call("acceptor"), f"{REGISTRY}/applications/{row.application_id}"
    problem(acceptor.get(f"{path}/hand-over"), 409, "registry-verb-unlawful")
    make.list_agency(None)
    make.wait(0)
    make.decide(row.application_id, Verb.HAND_OVER, "acceptor", "移交")
    package = acceptor.get(f"{path}/hand-over").get_json()
    assert package["application"]["status"] == "handed_over"
    assert {one["sha256"] for one in package["files"]} >= {row.form["evidence_sha256"]}
    assert {one["key"] for one in package["checklist"]} >= {"source", "rights"}
    assert package["receipt_ids"]
    assert package["history"][-1]["verb"] == "hand-over"


def test_the_path_of_the_clocks_own_verbs_does_not_exist(call: Any, make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    path = f"{REGISTRY}/applications/{row.application_id}"
    for verb in ("accept-by-silence", "lapse", "edit", "object"):
        assert call("acceptor").post(f"{path}/{verb}").status_code in {404, 405}


def test_a_certificate_is_remarked_on_objected_to_and_cancelled(call: Any, make: Maker) -> None:
    make.list_agency()
    row = make.property_application(Status.CERTIFIED)
    coder, path = call("coder"), f"{REGISTRY}/certificates/{row.code}"
    shown = call("").get(path)
    assert shown.get_json()["code"] == row.code
    remark = {
        "kind": "preservation",
        "issuer": "兰州市中级人民法院",
        "document_number": "(2026)甘01执1号",
        "starts_on": "2026-03-20",
    }
    problem(coder.post(f"{path}/remarks", remark), 428, "kernel-version-missing")
    made = coder.post(
        f"{path}/remarks", remark, If_Match=shown.headers["ETag"], Idempotency_Key="r"
    )
    assert made.status_code == 201
    (noted,) = call("").get(path).get_json()["remarks"]
    assert noted["remark_id"] == made.get_json()["remark_id"]
    etag = call("").get(path).headers["ETag"]
    lifted = coder.post(
        f"{path}/remarks/{noted['remark_id']}/lift", {"reason": "解除保全"}, If_Match=etag
    )
    assert lifted.get_json()["remarks"][0]["is_lifted"]
    objection = {
        "name": "王五",
        "contact": "13700000000",
        "statement": "数据来源有争议",
        "evidence": "附件一 合同",
    }
    one = call("").post(f"{path}/objections", objection).get_json()["objection_id"]
    reviewer = call("reviewer")
    told = reviewer.post(f"{REGISTRY}/objections/{one}/tell", {"text": "已书面告知"})
    assert told.status_code == 204
    answered = call("operator_reviewer").post(
        f"{REGISTRY}/objections/{one}/answer", {"text": "来源合法"}
    )
    assert answered.status_code == 204
    problem(
        call("handler").post(f"{REGISTRY}/objections/{one}/conclude", {"text": "-"}),
        403,
        "kernel-not-permitted",
    )
    ended = reviewer.post(
        f"{REGISTRY}/objections/{one}/conclude", {"text": "不成立", "decision": "dismissed"}
    )
    assert ended.status_code == 204
    problem(
        reviewer.post(f"{REGISTRY}/objections/{one}/tell", {"text": "-"}),
        404,
        "registry-objection-unknown",
    )
    before = quote(make.clock().isoformat())
    make.wait(1)
    done = coder.post(f"{path}/cancel", {"reason": "依职权注销"}, If_Match=lifted.headers["ETag"])
    assert done.get_json()["status"] == "cancelled"
    assert call("").get(f"{path}?as_of={before}").get_json()["status"] == "effective"
    types = [v["type"] for v in items(call("").get(f"{path}/versions"))]
    assert types[-3:] == ["remark", "lift-remark", "cancel"]
    problem(call("").get(f"{REGISTRY}/certificates/X1"), 404, "registry-certificate-unknown")


def test_notices_of_both_registers_stand_in_one_paged_list(call: Any, make: Maker) -> None:
    make.list_agency()
    make.application(Status.PUBLIC_NOTICE)
    make.property_application(Status.PUBLIC_NOTICE)
    found = every_page(call(""), f"{REGISTRY}/notices?limit=1")
    assert len(found) == 2
    assert sum("restrictions" in one for one in found) == 1


def test_limits_are_read_for_a_day_and_set_by_who_may(call: Any, make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    path = f"{REGISTRY}/limits"
    found = {one["key"]: one for one in items(call("").get(path))}
    assert (found["acceptance"]["in_force"], found["acceptance"]["unit"]) == (3, "workdays")
    body = {"value": 2, "source": "甘肃省细则", "effective_from": "2026-03-02"}
    problem(call("handler").post(f"{path}/acceptance", body), 403, "kernel-not-permitted")
    problem(call("admin").post(f"{path}/nothing", body), 404, "kernel-limit-unknown")
    before = quote(make.clock().isoformat())
    make.wait(1)
    done = call("admin").post(f"{path}/acceptance", body)
    assert done.status_code == 201
    assert done.get_json()["moved"] >= 1
    now = {one["key"]: one["in_force"] for one in items(call("").get(path))}
    assert now["acceptance"] == 2
    then = items(call("").get(f"{path}?as_of={before}&day=2026-03-02"))
    assert {one["key"]: one["in_force"] for one in then}["acceptance"] == 3
    earlier = items(call("").get(f"{path}?day=2026-03-01"))
    assert {one["key"]: one["in_force"] for one in earlier}["acceptance"] == 3
    clocks = call("handler").get(f"{REGISTRY}/applications/{row.application_id}/clocks")
    assert "limit acceptance" in {one["cause"] for one in clocks.get_json()["changes"]}


def test_a_years_calendar_is_provisional_until_its_notice_is_loaded(call: Any, make: Maker) -> None:
    path = f"{REGISTRY}/calendar"
    assert call("").get(f"{path}/2026").get_json()["is_provisional"] is False
    assert call("").get(f"{path}/2031").get_json()["is_provisional"] is True
    problem(call("").get(f"{path}/2003"), 422, "kernel-workdays-before-calendar")
    body = {
        "source": "国务院办公厅通知",
        "days": [{"day": "2031-01-01", "is_working": False, "name": "元旦"}],
    }
    assert call("admin").post(f"{path}/2031", body).status_code == 201
    loaded = call("").get(f"{path}/2031").get_json()
    assert (loaded["source"], len(loaded["days"])) == ("国务院办公厅通知", 1)
    problem(call("handler").post(f"{path}/2031", body), 403, "kernel-not-permitted")


def test_what_is_due_has_its_light_and_is_a_calendar_to_subscribe_to(
    call: Any, make: Maker
) -> None:
    make.list_agency()
    long = make.form(name="2025年甘肃省，各市；州医疗健康公共服务机构就诊记录统计明细数据表")
    make.application(Status.SUBMITTED, form=long)
    make.property_application(Status.SUBMITTED)
    path = f"{REGISTRY}/clocks"
    problem(call("").get(path), 401, "kernel-sign-in-needed")
    found = every_page(call("acceptor"), f"{path}?limit=1")
    assert len(found) == 2
    assert {one["light"] for one in found} <= {"soon", "enough"}
    assert [one["due_on"] for one in found] == sorted(one["due_on"] for one in found)
    assert items(call("enterprise").get(path)) == []
    (of_b,) = items(call("acceptor").get(f"{path}?register=property&holder=institution"))
    assert of_b["register"] == "property"
    assert items(call("acceptor").get(f"{path}?until=2026-03-01")) == []
    make.wait(9)
    late = items(call("acceptor").get(path))
    assert all(one["light"] == "overdue" and one["workdays_left"] < 0 for one in late)
    feed = call("acceptor").get(f"{path}.ics")
    assert feed.mimetype == "text/calendar"
    lines = feed.data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines)
    whole = feed.data.replace(b"\r\n ", b"").decode()
    assert whole.count("BEGIN:VEVENT") == 2
    assert "2025年甘肃省，各市；州" in whole
    for wrong in ("MjAyNi0xMy0wMXxh", "eA=="):
        problem(call("acceptor").get(f"{path}?cursor={wrong}"), 422, "kernel-cursor-unreadable")


def test_forms_and_dictionaries_are_data_in_both_languages(call: Any, make: Maker) -> None:
    english = call("").get(f"{REGISTRY}/forms?register=property&kind=data").get_json()
    names = {field["name"] for group in english["groups"] for field in group["fields"]}
    assert {"name", "rights", "restrictions"} <= names
    product = call("").get(f"{REGISTRY}/forms?kind=product").get_json()
    fields = {one["name"]: one for group in product["groups"] for one in group["fields"]}
    assert fields["inputs"]["is_required"]
    assert fields["provider"]["required_when"] == {"field": "catalogue_code", "values": []}
    lists = {one["name"] for one in items(call("").get(f"{REGISTRY}/dictionaries"))}
    assert {"industries", "regions", "rights"} <= lists
    for language, words in (("en", "english"), ("zh", "chinese")):
        choices = items(call("", language).get(f"{REGISTRY}/dictionaries/industries"))
        assert all(one["words"] == one[words] for one in choices)
    problem(call("").get(f"{REGISTRY}/dictionaries/nothing"), 404, "kernel-page-unknown")
    problem(call("").get(f"{REGISTRY}/forms?register=x"), 422, "kernel-fields-wrong")


def test_items_of_one_name_with_two_sources_or_standards_are_named(call: Any, make: Maker) -> None:
    def item(name: str, source: str, standard: str = "") -> dict[str, str]:
        return {
            "name": name,
            "type": "C",
            "source_department": source,
            "standard": standard,
        }

    types = items(call("").get(f"{REGISTRY}/dictionaries/item_types"))
    plain = types[0]["code"]
    tables = (
        [item("姓名", "公安厅"), item("性别", "公安厅", "GB/T 2261.1"), item("年龄", "")],
        [item("姓 名", "卫健委"), item("性别", "公安厅", "WS 364"), item("年龄", "统计局")],
    )
    codes = []
    for table in tables:
        rows = [{**one, "type": plain} for one in table]
        row = make.application(Status.EFFECTIVE, form=make.form(items=rows))
        codes.append(row.code)
    make.application(
        Status.CODED, form=make.form(items=[{**item("年龄", "教育厅"), "type": plain}])
    )
    visitor = call("")
    assert len(every_page(visitor, f"{REGISTRY}/items?limit=2")) == 6
    assert {one["entry_code"] for one in items(visitor.get(f"{REGISTRY}/items?name=姓名"))} == set(
        codes
    )
    found = {one["name"]: one for one in every_page(visitor, f"{REGISTRY}/items/conflicts?limit=1")}
    assert set(found) == {"姓名", "性别"}
    assert found["姓名"]["source_departments"] == ["公安厅", "卫健委"]
    assert found["性别"]["standards"] == ["GB/T 2261.1", "WS 364"]
    assert len(found["性别"]["items"]) == 2


def test_an_application_is_read_as_it_stood(call: Any, make: Maker) -> None:
    row = make.application(Status.INTERNAL_REVIEW)
    before = quote(make.clock().isoformat())
    make.wait(1)
    make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    path = f"{REGISTRY}/applications/{row.application_id}"
    assert call("handler").get(path).get_json()["status"] == "submitted"
    past = call("handler").get(f"{path}?as_of={before}")
    assert past.get_json()["status"] == "internal_review"
    assert "ETag" not in past.headers
    assert row.register is Register.RESOURCES
