"""Both registers in a real browser: filed by keyboard alone, judged, objected to, looked back at."""

import pytest
from playwright.sync_api import Browser, Locator

from tests.journeys.conftest import Demo
from tests.journeys.test_browser import (
    DESKTOP,
    PHONE,
    Visitor,
    browser,
    service,
)
from tests.journeys.test_kill import Service

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
#: As many stops of the Tab key as the longest page has.
MOST_STOPS = 400
OBJECTION = {
    "name": "马实名",
    "contact": "0931-0000000",
    "statement": "该数据来源不实，请复核。",
    "evidence": "见省卫生健康委函件。",
}

__all__ = ["browser", "service"]


class Hands(Visitor):
    """A person who has no mouse: everything is reached by Tab and pressed by Enter or Space."""

    def reach(self, selector: str) -> Locator:
        """Press Tab until an element that fits has the focus."""
        for _ in range(MOST_STOPS):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return self.page.locator("*:focus")
            self.page.keyboard.press("Tab")
        pytest.fail(f"{selector} cannot be reached by keyboard on {self.page.url}")

    def write(self, name: str, text: str) -> None:
        """Type into a field over what stands there."""
        self.reach(f"[name='{name}']")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        """Walk a select or a group of radios to a value with the arrow keys."""
        selector = f"[name='{name}']"
        here = self.reach(selector)
        if here.get_attribute("type") == "radio":
            self.page.keyboard.press("Space")
        for _ in range(MOST_STOPS):
            if self.page.locator("*:focus").input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{name} has no {value}")

    def tick(self, name: str) -> None:
        """Tick a box."""
        self.reach(f"[name='{name}']")
        self.page.keyboard.press("Space")

    def enter(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the next page."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def look_twice(self, name: str) -> None:
        """Look at the page as it is on a desktop and on a phone."""
        for size in (PHONE, DESKTOP):
            self.page.set_viewport_size(size)  # type: ignore[arg-type] # a size
            self.look(name)


#: What a handler fills in, by the part of the form: how, in which field, and what.
FORM: dict[str, list[tuple[str, str, str]]] = {
    "head": [("choose", "region", "620000")],
    "data": [
        ("write", "name", "2025年甘肃省基层门诊服务量统计数据"),
        ("write", "summary", "各县区基层医疗机构门诊服务量的年度汇总，不含个人信息。"),
        ("choose", "industry", "Q"),
        ("write", "update_cycle", "每年"),
    ],
    "source": [("write", "source_basis", "依照卫生健康主管部门法定职责采集")],
    "evidence": [("choose", "evidence_sha256", "5e" * 32)],
    "risk": [("write", "risk_conclusion", "已完成数据安全风险评估，残余风险低")],
    "scenario": [("write", "scenario", "医疗健康")],
    "commitment": [("tick", "commitment_accepted", ""), ("write", "commitment_signer", "马负责")],
}
GO_ON = "button[name=then][value=next]:not([tabindex='-1'])"


def test_a_handler_files_a_registration_by_keyboard_alone(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    account = demo_copy.account("handler")
    handler = Hands(browser, service.address, DESKTOP)
    handler.go("/sign-in")
    handler.write("name", account["name"])
    handler.write("password", account["password"])
    handler.enter("main form button[type=submit]")
    handler.enter("a[href='/registry/applications']")
    # The fingerprint of the data is preserved before a form can name it.
    handler.enter("a[href='/registry/files']")
    handler.write("sha256", "5e" * 32)
    handler.write("name", "clinic-visits-2025.csv")
    handler.look_twice("keyboard-files")
    handler.enter("form[action$='/fingerprints'] button[type=submit]")
    handler.enter("a[href='/registry/applications']")
    handler.enter("a[href='/registry/applications/new']")
    handler.look_twice("keyboard-start")
    handler.choose("what", "resources:resource")
    handler.enter("main form button[type=submit]")
    handler.look_twice("keyboard-parts")
    application = handler.page.url.removesuffix("/edit")
    handler.enter(".govuk-task-list__link")
    while "/form/" in handler.page.url:
        _fill(handler)
    assert handler.page.url == f"{application}/check"
    handler.look_twice("keyboard-check")
    # Nothing is left to be done, so that the last button is the primary one.
    handler.enter(f"form[action='{application.removeprefix(service.address)}/send'] button")
    assert handler.page.url == application
    handler.look_twice("keyboard-sent")
    reviewer = Visitor(browser, service.address, DESKTOP)
    reviewer.sign_in(demo_copy.account("entity_reviewer"))
    reviewer.go(application.removeprefix(service.address))
    reviewer.press("/submit")
    acceptor = Visitor(browser, service.address, DESKTOP)
    acceptor.sign_in(demo_copy.account("acceptor"))
    acceptor.go("/registry/applications?status=submitted")
    assert "2025年甘肃省基层门诊服务量统计数据" in (acceptor.page.text_content("main") or "")


def _fill(handler: Hands) -> None:
    """Fill in one part of the form and go on; a mistake would keep us there."""
    page = handler.page.url
    part = page.rpartition("/")[2]
    for how, name, text in FORM.get(part, ()):
        if how == "tick":
            handler.tick(name)
        else:
            getattr(handler, how)(name, text)
    handler.look_twice(f"keyboard-{part}")
    handler.enter(GO_ON)
    mistakes = handler.page.locator(".govuk-error-summary").all_text_contents()
    assert mistakes == [], (part, mistakes)


def test_officers_ask_once_accept_review_and_publish(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    people = {}
    for name in ("acceptor", "handler", "reviewer"):
        people[name] = Visitor(browser, service.address, DESKTOP)
        people[name].sign_in(demo_copy.account(name))
    acceptor, handler, reviewer = people.values()
    acceptor.go("/registry/applications?status=submitted")
    acceptor.page.click("main table a >> nth=0")
    application = acceptor.page.url.removeprefix(service.address)
    # A beginning of the reasons is offered, and can be changed.
    acceptor.page.click("details:has(a[href*='template=']) summary")
    acceptor.page.click("a[href*='template=1']")
    begun = acceptor.page.input_value("textarea[name=reason]")
    acceptor.page.fill("textarea[name=reason]", begun + "风险评估结论页")
    acceptor.look("officer-supplement")
    acceptor.press("/request-supplement")
    handler.go(f"{application}/check")
    handler.look("handler-refile")
    if not handler.page.is_checked("[name=commitment_accepted]"):
        handler.page.check("[name=commitment_accepted]")
    handler.page.fill("[name=commitment_signer]", "马负责")
    handler.page.click(f"form[action='{application}/send'] button")
    handler.page.wait_for_url(f"**{application}")
    acceptor.go(application)
    acceptor.look("officer-accept")
    acceptor.press("/accept")
    reviewer.go(application)
    reviewer.press("/begin-review")
    # Without every point of the checklist nothing is published, and the ticks stay.
    reviewer.page.check("[name=checklist] >> nth=0")
    reviewer.press("/publish-notice")
    assert reviewer.page.locator(".govuk-error-summary").count() == 1
    assert reviewer.page.is_checked("[name=checklist] >> nth=0")
    reviewer.look("officer-checklist")
    for box in reviewer.page.locator("[name=checklist]").all():
        box.check()
    reviewer.press("/publish-notice")
    notice = application.replace("/applications/", "/notices/")
    for size in (DESKTOP, PHONE):
        anybody = Visitor(browser, service.address, size)
        anybody.go("/registry/notices")
        anybody.page.click(f"a[href='{notice}']")
        anybody.look("published")
        assert anybody.page.locator("form[action$='/objections']").count() == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everybody_reads_both_registers(
    browser: Browser, service: Service, demo: Demo, size: dict[str, int]
) -> None:
    code, certificate = demo.answer["registration_code"], demo.answer["certificate_code"]
    anybody = Visitor(browser, service.address, size)
    for language in ("zh-Hans", "en"):
        anybody.go(f"/language/{language}?next=/registry/entries")
        for name, path in (
            ("register", "/registry/entries"),
            ("register-narrowed", "/registry/entries?q=医疗&industry=Q"),
            ("register-nothing", "/registry/entries?q=查无此词"),
            ("register-then", "/registry/entries?as_of=2026-11-01T09:00"),
            ("register-entry", f"/registry/entries/{code}"),
            ("register-certificates", "/registry/certificates"),
            ("register-certificate", f"/registry/certificates/{certificate}"),
            ("register-objection", f"/registry/certificates/{certificate}/objections"),
            ("register-notices", "/registry/notices"),
            ("register-correction", f"/registry/entries/{code}/correction"),
            ("register-items", "/registry/items"),
            ("register-conflicts", "/registry/items/conflicts"),
            ("register-verify", "/registry/verify"),
            ("register-verify-unknown", "/registry/verify?code=SJ6219999010001"),
        ):
            anybody.go(path)
            anybody.look(f"{name}-{language}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_citizen_objects_without_an_account(
    browser: Browser, service: Service, demo_copy: Demo, size: dict[str, int]
) -> None:
    citizen = Visitor(browser, service.address, size)
    citizen.go("/registry/notices")
    citizen.page.click("main article a >> nth=0")
    citizen.look("citizen-notice")
    citizen.page.fill("[name=statement]", OBJECTION["statement"])
    citizen.page.click("main form button[type=submit]")
    citizen.look("citizen-mistake")
    # What was typed is still there, and the summary leads to the first empty field.
    assert citizen.page.input_value("[name=statement]") == OBJECTION["statement"]
    citizen.page.click(".govuk-error-summary a[href='#name']")
    assert citizen.page.evaluate("document.activeElement.id") == "name"
    for name, text in OBJECTION.items():
        citizen.page.fill(f"[name={name}]", text)
    address = citizen.page.url.removesuffix("/objections")
    citizen.page.click("main form button[type=submit]")
    citizen.page.wait_for_url("**/registry/notices")
    citizen.look("citizen-received")
    officer = Visitor(browser, service.address, size)
    officer.sign_in(demo_copy.account("reviewer"))
    officer.go(f"/registry/applications/{address.rsplit('/', 1)[1]}")
    assert OBJECTION["statement"] in (officer.page.text_content("main") or "")


def test_a_regulator_sees_what_stood_before_a_revocation(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    code = demo_copy.answer["registration_code"]
    officer = Visitor(browser, service.address, DESKTOP)
    officer.sign_in(demo_copy.account("coder"))
    officer.go(f"/registry/entries/{code}/work")
    officer.page.fill("[name=reason]", "经核查，登记材料虚假。")
    officer.press("/end/revoke")
    for size in (DESKTOP, PHONE):
        regulator = Visitor(browser, service.address, size)
        regulator.sign_in(demo_copy.account("regulator"))
        regulator.go(f"/registry/entries/{code}")
        assert regulator.page.locator(".hx-notice--error").count() == 1
        regulator.look("regulator-now")
        issued = regulator.page.locator("time, .hx-timeline__when").last.text_content() or ""
        assert issued
        regulator.page.fill("[name=as_of]", _noon_of_yesterday(regulator))
        regulator.page.click("form:has([name=as_of]) button")
        regulator.page.wait_for_url("**as_of=**")
        assert regulator.page.locator(".hx-notice--error").count() == 0
        assert regulator.page.locator(".hx-notice--warning").count() == 1
        regulator.look("regulator-then")
        regulator.go("/registry/entries?status=effective")
        assert code not in (regulator.page.text_content("main") or "")


def _noon_of_yesterday(visitor: Visitor) -> str:
    found: str = visitor.page.evaluate(
        "new Date(Date.now() - 24 * 3600e3 + 8 * 3600e3).toISOString().slice(0, 10) + 'T12:00'"
    )
    return found
