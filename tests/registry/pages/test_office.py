"""The office by pages: who sees what, decisions, rules, calendar, certificates."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kernel.workdays import local_day
from registry.states import Register, Status, Verb
from tests.marketplace.pagereader import visible_text
from tests.registry.pages.working import World, working_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from working_world(tmp_path_factory)


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
