"""Filing by pages: the form as tasks, evidence, tables; nothing that was typed is lost."""

import io
import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from registry.form.batch import template
from registry.states import Status, Type, Verb
from tests.marketplace.pagereader import visible_text
from tests.registry.pages.working import DIGEST, GOOD_DATA, World, begin, save, working_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from working_world(tmp_path_factory)


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
