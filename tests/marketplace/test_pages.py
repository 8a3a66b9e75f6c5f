"""Every page in both languages, for the right people and for nobody else; the chain by its forms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from kernel.clock import SettableClock
from kernel.trust import log
from kernel.workdays import local_day
from marketplace.app import create_app
from marketplace.operations.demo import authorising
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.home import init_home
from registry.states import Status, Verb
from sandbox import queries
from sandbox import service as sandbox
from sandbox.engine.process import Engine
from sandbox.service import Machine
from tests.conftest import MONDAY_NINE, make_settings
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text
from tests.marketplace.test_catalogues import messages, texts

SMALL_GROUPS = (
    "SELECT age_years, self_rated_health, COUNT(*) AS n FROM visits "
    "WHERE medical_usd > 3000 GROUP BY age_years, self_rated_health"
)
TOTALS = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex ORDER BY sex"


@dataclass
class World:
    """One home with a whole chain in it, and the addresses of its pages."""

    app: Flask
    make: Maker
    places: dict[str, str]

    def reader(self, name: str = "", language: str = "zh-Hans") -> PageReader:
        reader = PageReader(self.app.test_client(), language)
        if name:
            reader.sign_in(name, self.make.people[name].password)
        return reader


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, snapshots: Path
) -> Iterator[World]:
    clock = SettableClock(MONDAY_NINE)
    home = init_home(make_settings(tmp_path_factory.mktemp("pages") / "home"), now=clock())
    make = Maker(home, clock, snapshots)
    machine = Machine(engine, snapshots, home.answers)
    licence = make.licence(HEALTH)
    resource = make.application(Status.EFFECTIVE)
    notice = make.application(Status.PUBLIC_NOTICE)
    draft = make.application(Status.DRAFT, form={"name": "一份草稿"})
    submitted = make.application(Status.SUBMITTED)
    run_id = sandbox.run_query(
        home.db,
        actor=make.actor("researcher"),
        now=clock(),
        wanted=sandbox.RunQuery(licence.licence_id, HEALTH.purpose, TOTALS),
        seal=home.seal,
        machine=machine,
    )
    log.integrate_now(home.db, home.seal.keys, lock_folder=home.settings.run_folder, now=clock())
    code = str(resource.code)
    plan = authorising.file_plan(make.stage, (code,))
    selection = authorising.select_operator(make.stage, plan)
    agreement = authorising.draft_agreement(
        make.stage,
        selection,
        number="GSYY-2026-002",
        scope=(code,),
        ends_on=local_day(clock()) + timedelta(days=365),
    )
    authorising.decide_agreement(make.stage, agreement)
    drafted = authorising.draft_agreement(
        make.stage,
        selection,
        number="GSYY-2026-003",
        scope=(code,),
        ends_on=local_day(clock()) + timedelta(days=365),
    )
    open_plan = authorising.leave_plan_open(make.stage, (code,))
    with home.db.read() as session:
        run = queries.find_run(session, run_id)
    app = create_app(home=home, clock=clock, engine=engine)
    app.extensions["hexi_machine"] = machine
    places = {
        "licence": licence.licence_id,
        "application": licence.application_id,
        "offer": licence.offer_id,
        "product": licence.product_code,
        "notice": notice.application_id,
        "draft": draft.application_id,
        "submitted": submitted.application_id,
        "run": run_id,
        "receipt": run.receipt_id,
        "agreement": agreement,
        "plan": plan,
        "open_plan": open_plan,
        "selection": selection,
        "drafted": drafted,
    }
    yield World(app, make, places)
    home.db.close()


#: Address, who may see it, and who may not: with the status that the other one gets.
PAGES = (
    ("/", "", "", 200),
    ("/?q=无此词&mode=open", "", "", 200),
    ("/products/{product}", "", "", 200),
    ("/sign-in", "", "", 200),
    ("/problems", "", "", 200),
    ("/problems/sandbox-column-withheld", "", "", 200),
    ("/docs", "", "", 200),
    ("/accessibility", "", "", 200),
    ("/receipts", "", "", 200),
    ("/receipts", "researcher", "", 200),
    ("/registry/entries", "", "", 200),
    ("/registry/entries/{product}", "", "", 200),
    ("/registry/notices", "", "", 200),
    ("/registry/notices/{notice}", "", "", 200),
    ("/tasks", "acceptor", "", 401),
    ("/tasks?light=soon", "acceptor", "", 401),
    ("/registry/applications", "handler", "", 401),
    ("/registry/applications/new?kind=resource", "handler", "enterprise", 403),
    ("/registry/applications/new?kind=product", "operator_handler", "enterprise", 403),
    ("/registry/applications/{draft}", "handler", "enterprise", 404),
    ("/registry/applications/{draft}/edit", "handler", "enterprise", 404),
    ("/registry/applications/{submitted}", "acceptor", "", 401),
    ("/registry/applications/{notice}", "reviewer", "researcher", 404),
    ("/licensing/offers/{offer}/apply", "enterprise", "researcher", 403),
    ("/licensing/applications/{application}", "operator", "handler", 404),
    ("/licensing/licences", "enterprise", "", 401),
    ("/licensing/licences/{licence}", "operator", "handler", 404),
    ("/licensing/agreements/{agreement}", "operator", "enterprise", 404),
    ("/licensing/agreements/{agreement}", "regulator", "", 401),
    ("/licensing/agreements/{agreement}", "data_authority", "", 401),
    ("/licensing/agreements/{drafted}", "implementing_body_2", "handler", 404),
    ("/licensing/agreements", "operator", "", 401),
    ("/licensing/agreements/new?selection={selection}", "implementing_body", "operator", 403),
    ("/licensing/agreements/{drafted}/edit", "implementing_body", "operator", 403),
    ("/registry/files", "implementing_body", "", 401),
    ("/licensing/plans", "implementing_body", "", 401),
    ("/licensing/plans", "data_authority", "", 401),
    ("/licensing/plans/new", "implementing_body", "operator", 403),
    ("/licensing/plans/new?supersedes={plan}", "implementing_body", "operator", 403),
    ("/licensing/plans/{plan}", "implementing_body", "operator", 404),
    ("/licensing/plans/{open_plan}", "implementing_body_2", "enterprise", 404),
    ("/licensing/plans/{open_plan}/select", "implementing_body", "operator", 403),
    ("/licensing/selections/{selection}", "implementing_body", "operator", 404),
    ("/licensing/consents", "source_department", "operator", 403),
    ("/licensing/licences/{licence}", "regulator", "", 401),
    ("/sandbox/", "researcher", "", 401),
    ("/sandbox/sql", "", "", 200),
    ("/sandbox/sql", "researcher", "", 200),
    ("/sandbox/confinement", "admin", "operator", 403),
    ("/sandbox/confinement", "admin", "", 401),
    ("/sandbox/licences/{licence}", "researcher", "operator", 404),
    ("/sandbox/licences/{licence}?run={run}", "researcher", "operator", 404),
    ("/sandbox/runs/{run}", "researcher", "handler", 404),
    ("/sandbox/runs/{run}", "regulator", "", 401),
    ("/invoices", "enterprise", "", 401),
    ("/invoices", "operator", "", 401),
    ("/receipts/{receipt}", "researcher", "handler", 404),
    ("/licensing/prices", "", "", 200),
    ("/licensing/prices", "price_authority", "", 200),
    ("/licensing/limits", "", "", 200),
    ("/licensing/limits/plan_filing", "admin", "", 200),
    ("/licensing/offers", "operator", "enterprise", 403),
    ("/licensing/offers/new", "operator", "enterprise", 403),
    ("/licensing/offers/new?product_code={product}&offer_mode=dp", "operator", "", 401),
    ("/prices/years", "price_authority", "operator", 403),
    ("/inspect", "regulator", "operator", 403),
    ("/inspect?code={product}", "regulator", "", 401),
)


def english_sentences() -> list[str]:
    """Ids of several words that stand on pages as they are."""
    plain = (texts(message.id)[0] for message in messages("en"))
    return [text for text in plain if " " in text.strip() and "%" not in text and len(text) > 8]


@pytest.mark.parametrize(("path", "insider", "outsider", "status"), PAGES)
def test_a_page_opens_in_both_languages_for_the_right_people(
    world: World, path: str, insider: str, outsider: str, status: int
) -> None:
    place = path.format(**world.places)
    for language in ("zh-Hans", "en"):
        reply = world.reader(insider, language).get(place)
        assert reply.status_code == 200, visible_text(reply)
        assert reply.headers["Content-Language"] == language
        assert f'lang="{language}"' in reply.get_data(as_text=True)[:200]
    assert world.reader(outsider).get(place).status_code == status


@pytest.mark.parametrize(("path", "insider"), sorted({(page[0], page[1]) for page in PAGES}))
def test_a_chinese_page_says_nothing_in_english(world: World, path: str, insider: str) -> None:
    page = world.reader(insider).get(path.format(**world.places))
    said = set(visible_text(page).split("\n"))

    assert [text for text in english_sentences() if text in said] == []


def test_an_unknown_address_answers_with_a_page_in_the_readers_language(world: World) -> None:
    chinese, english = world.reader().get("/nothing"), world.reader(language="en").get("/nothing")

    assert (chinese.status_code, english.status_code) == (404, 404)
    assert "没有该页面" in visible_text(chinese)
    assert "There is no such page" in visible_text(english)


def test_a_wrong_password_is_said_in_the_form_and_keeps_the_name(world: World) -> None:
    reply = world.reader().send("/sign-in", "/sign-in", name="enterprise", password="wrong")

    assert reply.status_code == 401
    assert "账号名或密码错误" in visible_text(reply)
    assert 'value="enterprise"' in reply.get_data(as_text=True)


def test_a_form_without_its_token_is_refused(world: World) -> None:
    reply = world.reader("enterprise").client.post(
        f"/licensing/offers/{world.places['offer']}/apply", data={"purpose": HEALTH.purpose}
    )

    assert reply.status_code == 403


def test_a_licence_is_applied_for_approved_signed_and_used_by_forms_alone(world: World) -> None:
    enterprise, operator = world.reader("enterprise"), world.reader("operator")
    apply = f"/licensing/offers/{world.places['offer']}/apply"

    refused = enterprise.send(apply, apply, justification="为什么")
    assert refused.status_code == 422
    assert "此项必填" in visible_text(refused)
    assert "为什么" in refused.get_data(as_text=True)

    applied = enterprise.send(
        apply, apply, purpose=HEALTH.purpose, justification="研究就诊次数与年龄"
    )
    application = applied.headers["Location"]
    assert "refuse" in operator.get(application).get_data(as_text=True)
    unreasoned = operator.decide(application, "refuse")
    assert unreasoned.status_code == 422
    assert "须写明理由" in visible_text(unreasoned)

    licence = operator.decide(application, "approve").headers["Location"]
    assert enterprise.decide(licence, "sign").status_code == 302
    alone = operator.get(licence).get_data(as_text=True)
    assert "/countersign" not in alone
    signatory = world.reader("operator_signatory")
    assert signatory.decide(licence, "countersign").status_code == 302
    assert "生效中" in visible_text(enterprise.get(licence))

    bench = licence.replace("/licensing/", "/sandbox/")
    researcher = world.reader("researcher")
    checked = researcher.decide(bench, "check", sql=TOTALS)
    assert "预检通过" in visible_text(checked)
    withheld = researcher.decide(bench, "check", sql="SELECT person_id FROM visits")
    assert "sandbox-" in visible_text(withheld)
    ran = researcher.decide(bench, "runs", sql=SMALL_GROUPS)
    shown = researcher.get(ran.headers["Location"])
    assert "hx-suppressed" in shown.get_data(as_text=True)
    assert "<10" in visible_text(shown)


def test_the_operator_signs_an_agreement_from_the_task_list(world: World) -> None:
    operator = world.reader("operator")
    page = f"/licensing/agreements/{world.places['agreement']}"
    assert page in operator.get("/tasks").get_data(as_text=True)

    assert operator.decide(page, "sign").status_code == 302
    body = world.reader("implementing_body")
    assert body.decide(page, "countersign").status_code == 302
    assert "生效中" in visible_text(operator.get(page))
    assert page not in operator.get("/tasks").get_data(as_text=True)


def test_an_objection_is_received_and_stops_the_notice(world: World) -> None:
    place = f"/registry/notices/{world.places['notice']}"
    visitor = world.reader()
    values = {
        "name": "马实名",
        "contact": "0931-0000000",
        "statement": "来源不实，请复核",
        "evidence": "见附件说明",
    }

    empty = visitor.send(place, f"{place}/objections", name="马实名")
    assert empty.status_code == 422
    received = visitor.send(place, f"{place}/objections", **values)
    assert received.status_code == 302
    assert "异议已收到" in visible_text(visitor.get(received.headers["Location"]))
    assert "来源不实" in visible_text(
        world.reader("reviewer").get(f"/registry/applications/{world.places['notice']}")
    )
    assert "马实名" not in visible_text(visitor.get(place))


def test_a_draft_is_written_and_sent_on_by_forms(world: World) -> None:
    handler = world.reader("handler")
    new = "/registry/applications/new"
    started = handler.send(new, new, register="resources", type="initial", kind="resource")
    page = started.headers["Location"].removesuffix("/edit")
    data = f"{page}/form/data"
    saved = handler.send(data, data, name="气象观测日值", summary="逐日观测", industry="M")
    assert saved.status_code == 302
    assert "气象观测日值" in visible_text(handler.get(page))
    letter = {"commitment_accepted": "on", "commitment_signer": "孙业务"}
    assert handler.send(f"{page}/check", f"{page}/send", **letter).status_code == 302
    incomplete = world.reader("entity_reviewer").decide(page, Verb.SUBMIT.value)
    assert incomplete.status_code == 422
    assert "表单不完整" in visible_text(incomplete)
