"""The working pages of the register: for the right people only, in both languages, nothing typed is lost."""

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kernel.clock import SettableClock
from kernel.workdays import local_day
from marketplace.app import create_app
from marketplace.operations.home import init_home
from registry import service
from registry.form.batch import template
from registry.service import NewObjection
from registry.states import Register, Status, Type, Verb
from tests.conftest import MONDAY_NINE, make_settings
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text

DIGEST = "12" * 32
GOOD_DATA = {
    "name": "2025年甘肃省气象观测逐日记录",
    "summary": "全省国家级气象站每日的气温、降水与风。",
    "industry": "M",
    "update_cycle": "每日",
}


@dataclass
class World:
    """One home with both registers at work, and the addresses in it."""

    app: Flask
    make: Maker
    places: dict[str, str]

    def reader(self, name: str = "", language: str = "en") -> PageReader:
        reader = PageReader(self.app.test_client(), language)
        if name:
            reader.sign_in(name, self.make.people[name].password)
        return reader


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    clock = SettableClock(MONDAY_NINE)
    home = init_home(make_settings(tmp_path_factory.mktemp("work") / "home"), now=clock())
    make = Maker(home, clock, tmp_path_factory.mktemp("snapshots"))
    make.list_agency()
    entry = make.application(Status.EFFECTIVE)
    certificate = make.property_application(Status.CERTIFIED)
    objection = service.object_later(
        home.db,
        actor=make.actor("enterprise"),
        now=clock(),
        code=str(certificate.code),
        wanted=NewObjection(
            certificate.application_id, "马实名", "0931-0000000", "来源不实，请复核", "见附件说明"
        ),
    )
    draft = make.application(Status.DRAFT, form={"name": "一份草稿"})
    review = make.application(Status.FORMAL_REVIEW, form=make.form(name="审核中的数据"))
    yield World(
        create_app(home=home, clock=clock),
        make,
        {
            "entry": str(entry.code),
            "certificate": str(certificate.code),
            "objection": objection,
            "draft": draft.application_id,
            "review": review.application_id,
        },
    )
    home.db.close()


#: Page, somebody for whom it is, somebody for whom it is not ("" is a visitor), and the answer.
PAGES: tuple[tuple[str, str, str, int], ...] = (
    ("/registry/applications", "handler", "", 401),
    ("/registry/applications/new", "handler", "acceptor", 403),
    ("/registry/applications/{draft}", "handler", "enterprise", 404),
    ("/registry/applications/{draft}/edit", "handler", "enterprise", 404),
    ("/registry/applications/{draft}/edit", "handler", "entity_reviewer", 403),
    ("/registry/applications/{draft}/form/data", "handler", "enterprise", 404),
    ("/registry/applications/{draft}/form/items", "", "handler", 404),
    ("/registry/applications/{draft}/check", "handler", "reviewer", 403),
    ("/registry/applications/{review}", "reviewer", "researcher", 404),
    ("/registry/clocks", "handler", "", 401),
    ("/registry/clocks?mine=1&holder=institution", "reviewer", "", 401),
    ("/registry/limits", "", "", 200),
    ("/registry/limits/acceptance", "admin", "", 200),
    ("/registry/limits/nonsense", "", "admin", 404),
    ("/registry/limits/b_agency_digit/moved", "admin", "handler", 403),
    ("/registry/calendar/2026", "", "", 200),
    ("/registry/calendar/2003", "", "admin", 422),
    ("/registry/files", "handler", "", 401),
    ("/registry/batch", "handler", "acceptor", 403),
    ("/registry/certificates/{certificate}/work", "coder", "handler", 404),
    ("/registry/certificates/{certificate}/work", "operator_reviewer", "", 401),
    ("/registry/entries/{entry}/work", "coder", "operator_handler", 404),
)


@pytest.mark.parametrize(("path", "insider", "outsider", "refusal"), PAGES)
def test_each_page_is_for_the_right_people(
    world: World, path: str, insider: str, outsider: str, refusal: int
) -> None:
    place = path.format(**world.places)

    for language in ("zh-Hans", "en"):
        if insider or refusal == 200:
            reply = world.reader(insider, language).get(place)
            assert reply.status_code == 200, visible_text(reply)
            assert reply.headers["Content-Language"] == language
        assert world.reader(outsider, language).get(place).status_code == refusal


def begin(reader: PageReader, **values: str) -> str:
    """Begin a draft on the start page; the address of the application."""
    new = "/registry/applications/new"
    made = reader.send(new, new, **values)
    assert made.status_code == 302, visible_text(made)
    return str(made.headers["Location"]).removesuffix("/edit")


def save(
    reader: PageReader, place: str, group: str, then: str = "next", **values: str
) -> TestResponse:
    """Fill in the page of one group and press a button; what the page held is sent along."""
    page = f"{place}/form/{group}"
    return reader.send(page, page, then=then, **values)


def test_a_draft_is_filled_group_by_group_and_sent(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")
    application_id = place.rpartition("/")[2]
    world.make.preserve(world.make.actor("handler"), {"evidence_sha256": DIGEST})

    answers = {
        "head": {"region": "620000"},
        "data": GOOD_DATA,
        "source": {"source_basis": "依照气象部门法定职责采集"},
        "evidence": {"evidence_sha256": DIGEST},
        "risk": {"risk_conclusion": "残余风险低"},
        "scenario": {"scenario": "防灾减灾"},
    }
    for group, values in answers.items():
        reply = save(handler, place, group, **values)
        assert reply.status_code == 302, visible_text(reply)
        assert "checked" not in reply.headers["Location"], group
    assert "0 mistakes" not in visible_text(handler.get(f"{place}/edit"))

    check = visible_text(handler.get(f"{place}/check"))
    assert "Exactly this becomes public" in check
    assert "全省国家级气象站" in check
    unsigned = handler.send(f"{place}/check", f"{place}/send", commitment_signer="马经办")
    assert unsigned.status_code == 422
    assert 'value="马经办"' in unsigned.get_data(as_text=True)
    sent = handler.send(
        f"{place}/check", f"{place}/send", commitment_accepted="yes", commitment_signer="马经办"
    )
    assert sent.status_code == 302, visible_text(sent)
    row = world.make.read_application(application_id)
    assert row.status is Status.INTERNAL_REVIEW
    # The suggestion's words became its code, and the tick was kept.
    assert row.form["update_cycle"] == "daily"
    assert row.form["commitment_accepted"] is True
    assert world.reader("entity_reviewer").decide(place, Verb.SUBMIT.value).status_code == 302
    assert world.make.read_application(application_id).status is Status.SUBMITTED


def test_mistakes_are_saved_and_told_at_their_fields(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")

    saved = save(handler, place, "data", name="气象系统", summary="气象系统")
    assert saved.headers["Location"].endswith("/form/data?checked=1")
    page = handler.get(saved.headers["Location"])
    assert "is the name of a system" in visible_text(page)
    assert 'value="气象系统"' in page.get_data(as_text=True)
    # A second press goes on: mistakes do not hold anybody on the page.
    again = handler.send(
        f"{place}/form/data?checked=1", f"{place}/form/data?checked=1", name="气象系统", then="next"
    )
    assert again.headers["Location"].endswith("/form/catalogue")
    assert "mistake" in visible_text(handler.get(f"{place}/edit"))


def test_what_has_no_shape_is_asked_for_again_and_the_rest_is_kept(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")

    reply = save(handler, place, "data", name="逐日记录", volume_records="约十万条")

    assert reply.status_code == 422
    assert 'value="约十万条"' in reply.get_data(as_text=True)
    row = world.make.read_application(place.rpartition("/")[2])
    assert row.form["name"] == "逐日记录"
    assert "volume_records" not in row.form
    hidden = re.search(r'name="revision" value="(\d+)"', reply.get_data(as_text=True))
    assert hidden is not None
    assert int(hidden[1]) == row.revision


def test_a_duplicate_of_others_tells_nothing_that_is_not_public(world: World) -> None:
    make = world.make
    digest = "34" * 32
    make.application(Status.DRAFT, form={"name": "别人还没公开的数据", "evidence_sha256": digest})
    other = world.reader("operator_handler")
    place = begin(other, what="resources:resource")
    make.preserve(make.actor("operator_handler"), {"evidence_sha256": digest})
    save(other, place, "evidence", evidence_sha256=digest)

    check = visible_text(other.get(f"{place}/check"))

    assert "Same fingerprint" in check
    assert "Data of another organisation" in check
    assert "别人还没公开的数据" not in check


def test_an_unticked_box_takes_the_tick_back(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")
    application_id = place.rpartition("/")[2]

    save(handler, place, "head", is_joint="yes")
    assert world.make.read_application(application_id).form["is_joint"] is True
    save(handler, place, "head")
    assert world.make.read_application(application_id).form["is_joint"] is False


def test_rows_of_a_table_are_added_kept_and_removed(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")
    application_id = place.rpartition("/")[2]
    first = {"items-0-name": "站号", "items-0-type": "string"}

    more = save(handler, place, "catalogue", then="add:items", **first)
    assert more.headers["Location"].endswith("/form/catalogue?rows=items#items")
    assert 'name="items-1-name"' in handler.get(more.headers["Location"]).get_data(as_text=True)
    both = {**first, "items-1-name": "气温", "items-1-type": "decimal", "items-count": "2"}
    save(handler, place, "catalogue", **both)
    assert [row["name"] for row in world.make.read_application(application_id).form["items"]] == [
        "站号",
        "气温",
    ]
    save(handler, place, "catalogue", **{**both, "items-0-remove": "yes"})
    assert [row["name"] for row in world.make.read_application(application_id).form["items"]] == [
        "气温"
    ]


def test_two_people_at_one_form_are_told_and_nothing_is_lost(world: World) -> None:
    handler = world.reader("handler")
    place = begin(handler, what="resources:resource")
    page = f"{place}/form/data"

    stale = handler.send(page, page, name="甲", revision="0", then="next")

    assert stale.status_code == 412
    assert 'value="甲"' in stale.get_data(as_text=True)


@pytest.mark.parametrize("type_", [Type.CHANGE, Type.RENEWAL, Type.CANCELLATION])
def test_later_types_begin_from_ones_own_list(world: World, type_: Type) -> None:
    handler = world.reader("handler")
    code = world.places["entry"]

    place = begin(handler, target=f"resources:{code}", type=type_.value)

    assert visible_text(handler.get(f"{place}/edit"))
    again = handler.send(
        "/registry/applications/new",
        "/registry/applications/new",
        target=f"resources:{code}",
        type=type_.value,
    )
    assert again.status_code == 409
    assert f'value="resources:{code}" selected' in again.get_data(as_text=True)
    withdrawn = handler.decide(place, Verb.WITHDRAW.value, reason="不再需要")
    assert withdrawn.status_code == 302, visible_text(withdrawn)


def test_a_transferee_sees_the_draft_and_agrees(world: World) -> None:
    make = world.make
    make_code = "12620000MB1000003X"
    handler = world.reader("operator_handler")
    place = begin(
        handler, target=f"property:{world.places['certificate']}", type=Type.TRANSFER.value
    )
    page = f"{place}/form/transfer"
    saved = handler.send(
        page,
        page,
        then="list",
        transferee_name="甘肃省卫生健康信息中心",
        transferee_code=make_code,
        transferred_rights="use",
    )
    assert saved.status_code == 302, visible_text(saved)

    party = world.reader("entity_reviewer")
    assert "You agree to the form exactly" in visible_text(party.get(place))
    assert party.decide(place, Verb.AGREE.value).status_code == 302
    assert "Agreed" in visible_text(handler.get(f"{place}/edit"))
    handler.decide(place, Verb.WITHDRAW.value, reason="测试后撤回")
    assert make.read_application(place.rpartition("/")[2]).status is Status.WITHDRAWN


def test_a_review_ends_well_only_with_every_point_ticked(world: World) -> None:
    reviewer = world.reader("reviewer")
    place = f"/registry/applications/{world.places['review']}"

    open_points = reviewer.decide(place, Verb.PUBLISH_NOTICE.value, checklist="materials")
    assert open_points.status_code == 422
    text = open_points.get_data(as_text=True)
    assert 'id="check-materials" name="checklist" type="checkbox" value="materials" checked' in text
    page = reviewer.get(place).get_data(as_text=True)
    points = re.findall(r'name="checklist" type="checkbox" value="(\w+)"', page)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    done = reviewer.client.post(
        f"{place}/publish-notice",
        data={
            "revision": hidden["revision"],
            "csrf_token": hidden["csrf_token"],
            "checklist": points,
        },
    )
    assert done.status_code == 302, visible_text(done)
    row = world.make.read_application(world.places["review"])
    assert row.checklist == dict.fromkeys(points, True)
    assert "Checklist of the review" in visible_text(reviewer.get(place))


def test_the_past_is_shown_with_a_band_and_without_verbs(world: World) -> None:
    make = world.make
    row = make.application(Status.SUBMITTED, form=make.form(name="昨日提交的数据"))
    then = f"{make.clock():%Y-%m-%dT%H:%M:%S}Z"
    make.wait(2)
    make.decide(row.application_id, Verb.ACCEPT, "acceptor")
    reviewer = world.reader("reviewer")
    place = f"/registry/applications/{row.application_id}"

    past = reviewer.get(f"{place}?as_of={then}")

    assert "This is how it stood at" in visible_text(past)
    assert "Submitted" in visible_text(past)
    assert f'action="{place}/' not in past.get_data(as_text=True)
    assert f'action="{place}/begin-review"' in reviewer.get(place).get_data(as_text=True)


def test_a_reason_begins_with_a_text_that_can_be_changed(world: World) -> None:
    make = world.make
    row = make.application(Status.SUBMITTED, form=make.form(name="等待受理的数据"))
    acceptor = world.reader("acceptor")
    place = f"/registry/applications/{row.application_id}"

    page = html.unescape(acceptor.get(f"{place}?template=1").get_data(as_text=True))

    assert ">Please add, all at once: [materials]." in page
    assert acceptor.get(f"{place}?template=99").status_code == 200
    owed = acceptor.decide(place, Verb.REQUEST_SUPPLEMENT.value, reason=" ")
    assert owed.status_code == 422


def test_a_rule_is_set_and_the_page_says_whose_deadlines_moved(world: World) -> None:
    admin = world.reader("admin")
    make = world.make
    make.application(Status.SUBMITTED, form=make.form(name="期限会变的数据"))
    page = "/registry/limits/acceptance"
    values = {"scope": "provincial", "value": "5", "effective_from": f"{make.clock():%Y-%m-%d}"}

    unnamed = admin.send(page, page, **values)
    assert unnamed.status_code == 422
    assert 'value="5"' in unnamed.get_data(as_text=True)
    done = admin.send(page, page, source="甘数登〔2026〕1号", **values)
    assert done.headers["Location"].endswith("/registry/limits/acceptance/moved")
    told = visible_text(admin.get(done.headers["Location"]))
    assert "期限会变的数据" in told
    assert "甘肃省卫生健康信息中心" in told
    rules = visible_text(world.reader().get("/registry/limits"))
    assert "甘数登〔2026〕1号" in rules
    before = world.reader().get("/registry/limits?as_of=2026-03-01T09:00")
    assert "甘数登〔2026〕1号" not in visible_text(before)
    assert world.reader("handler").client.post(page, data={}).status_code == 403


def test_a_holiday_notice_is_loaded_from_pasted_lines(world: World) -> None:
    admin = world.reader("admin")
    page = "/registry/calendar/2031"
    assert "Provisional" in visible_text(admin.get(page))

    wrong = admin.send(page, page, source="国办通知", days="2031-01-01 free 元旦\n2031-01-02 maybe")
    assert wrong.status_code == 422
    assert "look at line 2" in visible_text(wrong)
    assert "2031-01-02 maybe" in wrong.get_data(as_text=True)
    done = admin.send(
        page, page, source="国办通知", days="2031-01-01 free 元旦\n2031-01-04 work 调休"
    )
    assert done.status_code == 302, visible_text(done)
    assert "Loaded" in visible_text(admin.get(page))
    assert "元旦" in visible_text(world.reader().get(page))


def test_files_and_fingerprints_are_preserved_and_listed(world: World) -> None:
    handler = world.reader("handler")
    page = "/registry/files"

    done = handler.send(page, page, file=(io.BytesIO("一行文字\n".encode()), "说明.txt"))  # type: ignore[arg-type] # werkzeug takes a stream with its name
    assert done.status_code == 302, visible_text(done)
    listed = handler.get(page)
    assert "说明.txt" in visible_text(listed)
    assert "/receipts/" in listed.get_data(as_text=True)
    refused = handler.send(page, page, file=(io.BytesIO(b"MZ\x90\x00\x03"), "a.exe"))  # type: ignore[arg-type] # as above
    assert refused.status_code == 422
    prints = f"{page}/fingerprints"
    wrong = handler.send(page, prints, sha256="zz", name="大数据")
    assert wrong.status_code == 422
    assert 'value="zz"' in wrong.get_data(as_text=True)
    back = "/registry/applications/new"
    kept = handler.send(f"{page}?back={back}", prints, sha256=DIGEST, name="大数据")
    assert kept.headers["Location"] == back
    elsewhere = handler.send(f"{page}?back=//example.org", prints, sha256=DIGEST, name="大数据")
    assert elsewhere.headers["Location"] == page


def test_a_large_body_is_only_taken_from_who_may_upload(world: World) -> None:
    page = "/registry/files"
    large = b"a" * 1_500_000

    def send(name: str) -> int:
        reader = world.reader(name)
        token = re.search(
            r'name="csrf_token" value="([^"]+)"', reader.get(page).get_data(as_text=True)
        )
        assert token is not None
        # As bytes: the client would leave open the temporary file that it makes of so much.
        head = (
            f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1]}\r\n'
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        )
        body = head.encode() + large + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        return reader.client.post(page, data=body, content_type=kind).status_code

    assert send("handler") == 302
    assert send("acceptor") == 413


def test_a_table_is_judged_by_row_and_cell_and_drafted(world: World) -> None:
    handler = world.reader("handler")
    page = "/registry/batch"
    given = handler.get("/registry/batch/template.xlsx?register=resources&kind=resource")
    assert given.status_code == 200
    assert given.data[:2] == b"PK"
    assert template("resources", "resource", "en")[:2] == b"PK"
    names = ("name", "summary", "industry", "region", "scenario", "update_cycle")
    more = ("source_basis", "evidence_sha256", "risk_conclusion")
    good = (
        "2025年甘肃省批量导入逐日记录",
        "逐日",
        "M",
        "620000",
        "防灾",
        "每日",
        "法定职责",
        DIGEST,
        "低",
    )
    bad = ("", *good[1:])
    table = "\n".join(",".join(line) for line in ((*names, *more), good, bad)).encode()

    def send(mode: str, then: str) -> TestResponse:
        return handler.send(
            page,
            page,
            file=(io.BytesIO(table), "表.csv"),  # type: ignore[arg-type] # werkzeug takes a stream with its name
            what="resources:resource",
            mode=mode,
            then=then,
        )

    tried = send("all", "try")
    assert tried.status_code == 200, visible_text(tried)
    assert "Result of the trial" in visible_text(tried)
    refused = send("all", "draft")
    assert refused.status_code == 422
    assert "Nothing was drafted" in visible_text(refused)
    assert "A3" in visible_text(refused)
    assert 'id="mode-all" type="radio" name="mode" value="all" checked' in refused.get_data(
        as_text=True
    )
    taken = send("good", "draft")
    assert "1 draft was made" in visible_text(taken)
    assert "批量导入逐日记录" in visible_text(handler.get("/registry/applications"))


def test_a_remark_is_recorded_and_lifted(world: World) -> None:
    coder = world.reader("coder")
    code = world.places["certificate"]
    page, remarks = f"/registry/certificates/{code}/work", f"/registry/certificates/{code}/remarks"
    values = {
        "kind": "preservation",
        "document_number": "（2026）甘执1号",
        "starts_on": "2026-04-01",
    }

    wrong = coder.send(page, remarks, issuer="", **values)
    assert wrong.status_code == 422
    assert "（2026）甘执1号" in wrong.get_data(as_text=True)
    assert coder.send(page, remarks, issuer="兰州市中级人民法院", **values).status_code == 302
    shown = coder.get(page).get_data(as_text=True)
    assert "兰州市中级人民法院" in shown
    lift = re.search(r'action="([^"]+/lift)"', shown)
    assert lift is not None
    assert coder.send(page, lift[1], reason="").status_code == 422
    assert coder.send(page, lift[1], reason="执行完毕").status_code == 302
    assert "Lifted" in visible_text(coder.get(page))
    assert "/remarks" not in world.reader("reviewer").get(page).get_data(as_text=True)


def test_a_later_objection_is_told_answered_and_concluded(world: World) -> None:
    code, objection = world.places["certificate"], world.places["objection"]
    page = f"/registry/certificates/{code}/work"
    own = f"/registry/certificates/{code}/objections/{objection}"
    reviewer, registrant = world.reader("reviewer"), world.reader("operator_reviewer")

    assert reviewer.send(page, f"{own}/tell").status_code == 302
    assert registrant.send(page, f"{own}/answer", text="来源合法，附合同。").status_code == 302
    assert "来源合法，附合同。" in visible_text(reviewer.get(page))
    assert reviewer.send(page, f"{own}/conclude", text="").status_code == 422
    done = reviewer.send(page, f"{own}/conclude", text="查无实据", decision="dismissed")
    assert done.status_code == 302
    assert "查无实据" in visible_text(registrant.get(page))


def test_an_entry_is_revoked_with_reasons(world: World) -> None:
    make = world.make
    code = str(make.application(Status.EFFECTIVE, form=make.form(name="将被撤销的数据")).code)
    coder = world.reader("coder")
    page, act = f"/registry/entries/{code}/work", f"/registry/entries/{code}/end/revoke"

    assert coder.send(page, act, reason="").status_code == 422
    assert coder.send(page, act, reason="查实为虚假材料").status_code == 302
    assert "Revoked" in visible_text(coder.get(page))
    assert act not in coder.get(page).get_data(as_text=True)
    assert world.reader("reviewer").client.post(act).status_code == 403


def test_terms_that_end_soon_stand_on_the_page_of_deadlines(world: World) -> None:
    form = world.make.form(
        name="快到期的数据产品",
        agreement_ends_on=f"{local_day(world.make.clock()) + timedelta(days=60)}",
    )
    row = world.make.application(
        Status.EFFECTIVE,
        kind="product",
        form={**form, "inputs": [world.places["entry"]], "product_form": "数据集"},
    )
    page = world.reader("operator_handler").get("/registry/clocks")

    assert str(row.code) in visible_text(page)
    assert f"resources:{row.code}" in html.unescape(page.get_data(as_text=True)).replace("%3A", ":")
    assert Register.RESOURCES.value in page.get_data(as_text=True)
