"""What everybody sees of both registers: search, entries, certificates, notices, corrections, items."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from registry import queries, service
from registry.states import EntryVerb, Register, Status
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text

ITEMS = [
    {
        "name": "就诊次数",
        "type": "integer",
        "source_department": "省卫生健康委",
        "standard": "WS 445",
    },
    {"name": "费用", "type": "money", "meaning": "单位：元"},
]
OBJECTION = {
    "name": "马实名",
    "contact": "0931-0000000",
    "statement": "来源不实，请复核",
    "evidence": "见附件说明",
}


@pytest.fixture
def reader(app: Flask) -> PageReader:
    return PageReader(app.test_client())


@pytest.fixture
def code(make: Maker) -> str:
    """An entry of register A with two items."""
    return str(make.application(Status.EFFECTIVE, form=make.form(items=ITEMS)).code)


@pytest.fixture
def certificate(make: Maker) -> str:
    """A certificate of register B."""
    make.list_agency()
    return str(make.property_application(Status.CERTIFIED).code)


def end(make: Maker, code: str, verb: EntryVerb, register: Register = Register.RESOURCES) -> None:
    """Revoke or cancel ex officio."""
    with make.home.db.read() as session:
        is_entry = register is Register.RESOURCES
        find = queries.find_entry if is_entry else queries.find_certificate
        version = find(session, code).version
    wanted = service.Ending(register, code, verb, version, "经核查，材料虚假")
    service.end_entry(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=wanted,
        seal=make.home.seal,
    )


def both(app: Flask, path: str) -> TestResponse:
    """The Chinese page, after the English one was seen to open too."""
    for language in ("en", "zh-Hans"):
        reply = PageReader(app.test_client(), language).get(path)
        assert reply.status_code == 200, visible_text(reply)
        assert f'lang="{language}"' in reply.get_data(as_text=True)[:200]
    return reply


def test_a_search_finds_by_word_by_initials_and_by_code(
    app: Flask, reader: PageReader, code: str
) -> None:
    for words in ("医疗保险", "ylbx", code):
        assert code in visible_text(both(app, f"/registry/entries?q={words}"))
    nothing = visible_text(reader.get("/registry/entries?q=查无此词"))
    assert code not in nothing
    assert "/registry/notices" in reader.get("/registry/entries?q=查无此词").get_data(as_text=True)


def test_a_facet_counts_and_leads_to_what_it_counted(reader: PageReader, code: str) -> None:
    page = reader.get("/registry/entries").get_data(as_text=True)
    narrowed = re.search(r'href="(/registry/entries\?industry=Q)"', page)
    assert narrowed is not None

    found = reader.get(narrowed[1])
    assert code in visible_text(found)
    # What is chosen can be taken away again, from the facet and from its chip.
    assert found.get_data(as_text=True).count('href="/registry/entries"') >= 2
    assert code not in visible_text(reader.get("/registry/entries?industry=A"))


def test_counties_are_asked_for_within_their_prefecture(reader: PageReader, make: Maker) -> None:
    code = str(make.application(Status.EFFECTIVE, form=make.form(region="620102")).code)

    page = reader.get("/registry/entries").get_data(as_text=True)
    assert "region=620100" in page
    assert "region=620102" not in page
    within = reader.get("/registry/entries?region=620100")
    assert "region=620102" in within.get_data(as_text=True)
    assert code in visible_text(reader.get("/registry/entries?region=620102"))


def test_the_next_page_of_a_search_goes_on_where_the_first_ended(
    reader: PageReader, make: Maker
) -> None:
    codes = {
        str(make.application(Status.EFFECTIVE, form=make.form(name=f"第{n}号年度记录")).code)
        for n in "一二三"
    }
    for address in ("/registry/entries?limit=2", "/registry/entries?limit=2&q=年度记录"):
        first = reader.get(address).get_data(as_text=True)
        more = re.search(r'<a[^>]*href="([^"]*cursor=[^"]*)"', first)
        assert more is not None
        second = reader.get(more[1].replace("&amp;", "&")).get_data(as_text=True)
        shown = {code for code in codes if code in first}
        assert len(shown) == 2
        assert {code for code in codes if code in second} == codes - shown


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "as_of=yesterday", "limit=0", "cursor=bm9uc2Vuc2U="]
)
def test_a_filter_that_does_not_exist_is_explained(reader: PageReader, query: str) -> None:
    reply = reader.get(f"/registry/entries?{query}")

    assert reply.status_code == 422, visible_text(reply)


def test_the_register_can_be_seen_as_it_stood(app: Flask, make: Maker, code: str) -> None:
    reader = PageReader(app.test_client())
    make.wait(1)
    before = make.clock()
    make.wait(1)
    end(make, code, EntryVerb.REVOKE)
    moment = (before + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")

    now = both(app, f"/registry/entries/{code}").get_data(as_text=True)
    assert "hx-notice--error" in now
    then = both(app, f"/registry/entries/{code}?as_of={moment}").get_data(as_text=True)
    assert "hx-notice--error" not in then
    assert "生效中" in then
    listed = both(app, f"/registry/entries?as_of={moment}&status=effective")
    assert code in visible_text(listed)
    assert "hx-facets" not in listed.get_data(as_text=True)
    assert code not in visible_text(reader.get("/registry/entries?as_of=2020-01-01T09:00"))
    assert reader.get(f"/registry/entries/{code}?as_of=2020-01-01T09:00").status_code == 404


def test_the_answers_can_be_downloaded_as_a_table_and_as_json(
    reader: PageReader, make: Maker, code: str
) -> None:
    make.application(Status.EFFECTIVE, form=make.form(name="=1+1之类的名称", industry="A"))

    table = reader.get("/registry/entries.csv?industry=Q").get_data(as_text=True)
    assert table.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    assert (row["code"], row["status"]) == (code, "effective")
    assert "'=1+1" in reader.get("/registry/entries.csv").get_data(as_text=True)

    everything = json.loads(reader.get("/registry/entries.json").get_data(as_text=True))
    assert [item["code"] for item in everything["items"]][-1] == code
    assert everything["is_cut"] is False
    past = reader.get("/registry/entries.json?as_of=2020-01-01").get_data(as_text=True)
    assert json.loads(past)["items"] == []
    assert reader.get("/registry/entries.csv?kind=nonsense").status_code == 422


def test_an_entry_shows_its_items_its_papers_and_what_is_made_from_it(
    app: Flask, make: Maker
) -> None:
    resource, product = make.registered()

    page = both(app, f"/registry/entries/{resource}").get_data(as_text=True)
    assert f"/registry/entries/{product}" in page
    assert f"/api/v1/registry/certificates/{resource}.pdf?lang=en" in page
    assert f"/registry/entries/{resource}/correction" in page
    assert f"/registry/entries/{resource}" in both(app, f"/registry/entries/{product}").get_data(
        as_text=True
    )


def test_the_items_of_an_entry_are_public_but_not_how_sensitive_they_are(
    reader: PageReader, make: Maker
) -> None:
    items = [{**ITEMS[0], "sensitivity": "sensitive_personal"}]
    code = str(make.application(Status.EFFECTIVE, form=make.form(items=items)).code)

    said = visible_text(reader.get(f"/registry/entries/{code}"))
    assert "就诊次数" in said
    assert "省卫生健康委" in said
    assert "依照卫生健康主管部门法定职责采集" not in said
    assert "sensitive" not in reader.get(f"/registry/entries/{code}").get_data(as_text=True)


def test_a_term_that_is_over_shows_before_the_clerk_has_noted_it(
    reader: PageReader, make: Maker, code: str
) -> None:
    make.clock.advance(timedelta(days=4 * 366))

    page = reader.get(f"/registry/entries/{code}").get_data(as_text=True)
    assert "hx-notice--error" in page
    assert f"/registry/entries/{code}/correction" not in page


def test_the_code_of_a_paper_leads_to_what_it_stands_for(
    app: Flask, reader: PageReader, code: str, certificate: str
) -> None:
    assert (
        reader.get(f"/registry/certificates/{code}")
        .headers["Location"]
        .endswith(f"/registry/entries/{code}")
    )
    shown = visible_text(both(app, f"/registry/certificates/{certificate}"))
    assert "不得转售" in shown
    assert certificate in visible_text(both(app, "/registry/certificates?name=医保"))
    assert certificate not in visible_text(reader.get("/registry/certificates?name=无此名"))
    assert reader.get("/registry/certificates/SJ6219999010001").status_code == 404


def test_a_code_is_looked_up_in_both_registers(
    app: Flask, reader: PageReader, code: str, certificate: str
) -> None:
    both(app, "/registry/verify")
    assert code in reader.get(f"/registry/verify?code=%20{code}").headers["Location"]
    assert certificate in reader.get(f"/registry/verify?code={certificate}").headers["Location"]
    unknown = reader.get("/registry/verify?code=SJ6219999010001")
    assert unknown.status_code == 404
    assert 'value="SJ6219999010001"' in unknown.get_data(as_text=True)


def test_a_remark_on_a_certificate_shows_while_it_is_in_force(
    app: Flask, reader: PageReader, make: Maker, certificate: str
) -> None:
    today = make.clock().date()
    service.record_remark(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=service.NewRemark(
            certificate,
            "preservation",
            "兰州市中级人民法院",
            "（2026）甘01执保1号",
            today,
            None,
            "",
        ),
        seal=make.home.seal,
    )

    assert "兰州市中级人民法院" in visible_text(both(app, f"/registry/certificates/{certificate}"))


def test_an_ended_certificate_says_so_and_takes_no_objection(
    reader: PageReader, make: Maker, certificate: str
) -> None:
    end(make, certificate, EntryVerb.CANCEL, Register.PROPERTY)

    reply = reader.get(f"/registry/certificates/{certificate}")
    assert "hx-notice--error" in reply.get_data(as_text=True)
    assert "/objections" not in reply.get_data(as_text=True)


def test_anybody_may_object_to_a_certificate_later(
    app: Flask, reader: PageReader, make: Maker, certificate: str
) -> None:
    page = f"/registry/certificates/{certificate}"

    form = f"{page}/objections"
    assert form in both(app, page).get_data(as_text=True)
    both(app, form)
    wrong = reader.send(form, form, name="马实名", evidence="一份很长的说明")
    assert wrong.status_code == 422
    assert "一份很长的说明" in wrong.get_data(as_text=True)
    received = reader.send(form, form, **OBJECTION)
    assert received.status_code == 302, visible_text(received)
    assert "马实名" not in visible_text(reader.get(page))
    officer = PageReader(reader.client.application.test_client())
    officer.sign_in("reviewer", make.people["reviewer"].password)
    assert "来源不实" in visible_text(officer.get(f"{page}/work"))


def test_a_notice_shows_exactly_what_the_law_makes_public(app: Flask, make: Maker) -> None:
    resource = make.application(Status.PUBLIC_NOTICE)
    make.list_agency()
    data = make.property_application(Status.PUBLIC_NOTICE)

    board = both(app, "/registry/notices").get_data(as_text=True)
    assert resource.application_id in board
    assert data.application_id in board
    for row, private in ((resource, "依照卫生健康主管部门法定职责采集"), (data, "雁南路1号")):
        said = visible_text(both(app, f"/registry/notices/{row.application_id}"))
        assert row.name in said
        assert row.form["summary"] in said
        assert private not in said


def test_a_mistake_in_an_objection_loses_nothing(reader: PageReader, make: Maker) -> None:
    page = f"/registry/notices/{make.application(Status.PUBLIC_NOTICE).application_id}"

    wrong = reader.send(page, f"{page}/objections", **{**OBJECTION, "name": ""})
    assert wrong.status_code == 422
    assert 'href="#name"' in wrong.get_data(as_text=True)
    for typed in (OBJECTION["contact"], OBJECTION["statement"], OBJECTION["evidence"]):
        assert typed in wrong.get_data(as_text=True)


def test_after_its_last_day_a_notice_says_where_to_turn(
    reader: PageReader, make: Maker, app: Flask
) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    page = f"/registry/notices/{row.application_id}"
    form = reader.get(page).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    make.wait(11)

    over = both(app, page).get_data(as_text=True)
    assert f'action="{page}/objections"' not in over
    late = reader.client.post(f"{page}/objections", data={**OBJECTION, "csrf_token": token[1]})
    assert late.status_code == 422
    # Somebody who was typing while the day ended can still copy it.
    assert OBJECTION["statement"] in late.get_data(as_text=True)
    assert row.application_id not in reader.get("/registry/notices").get_data(as_text=True)


def test_a_draft_has_no_public_page(reader: PageReader, make: Maker) -> None:
    row = make.application(Status.SUBMITTED)

    assert reader.get(f"/registry/notices/{row.application_id}").status_code == 404
    assert row.name not in visible_text(reader.get("/registry/entries"))


def test_a_correction_is_asked_for_with_the_old_beside_the_new(
    app: Flask, reader: PageReader, make: Maker, code: str
) -> None:
    page = f"/registry/entries/{code}/correction"
    shown = both(app, page)
    assert "医疗保险就诊与费用年度记录" in visible_text(shown)
    typed = {
        "corrected-name": "更正后的名称",
        "corrected-industry": "Q",
        "corrected-region": "620102",
    }

    wrong = reader.send(page, page, **typed, name="马实名")
    assert wrong.status_code == 422
    assert 'value="更正后的名称"' in wrong.get_data(as_text=True)
    assert '<option value="620102" selected>' in wrong.get_data(as_text=True)
    misshapen = reader.send(page, page, **{**OBJECTION, **typed, "corrected-region": "甘肃"})
    assert misshapen.status_code == 422
    assert 'href="#corrected-region"' in misshapen.get_data(as_text=True)

    asked = reader.send(page, page, **OBJECTION, **typed)
    assert asked.status_code == 302, visible_text(asked)
    with make.home.db.read() as session:
        made = queries.open_on_entry(session, code)
    # The industry was sent as it is registered: only what differs is asked for.
    assert made is not None
    assert made.form == {"name": "更正后的名称", "region": "620102"}
    # Nobody can ask twice at once, and the page says so instead of failing.
    assert f'action="{page}"' not in reader.get(page).get_data(as_text=True)


def test_an_ended_entry_takes_no_correction(reader: PageReader, make: Maker, code: str) -> None:
    end(make, code, EntryVerb.CANCEL)

    assert "corrected-name" not in reader.get(f"/registry/entries/{code}/correction").get_data(
        as_text=True
    )


def test_items_are_found_by_name_with_their_source_and_standard(
    app: Flask, reader: PageReader, code: str
) -> None:
    said = visible_text(both(app, "/registry/items?name=就诊"))
    assert "就诊次数" in said
    assert "WS 445" in said
    assert "费用" not in visible_text(reader.get("/registry/items?name=就诊")).split("\n")
    assert code in reader.get("/registry/items").get_data(as_text=True)


def test_items_that_contradict_each_other_stand_side_by_side(
    app: Flask, make: Maker, code: str
) -> None:
    assert "就诊次数" not in visible_text(both(app, "/registry/items/conflicts"))
    other = [{**ITEMS[0], "source_department": "省医疗保障局"}]
    make.application(Status.EFFECTIVE, form=make.form(name="另一份就诊记录", items=other))

    said = visible_text(both(app, "/registry/items/conflicts"))
    assert "省医疗保障局" in said
    assert "省卫生健康委" in said
