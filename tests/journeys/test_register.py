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


#: What a handler fills in, by the page of the form: how, and what.
FORM = {
    "entity": [("choose", "region", "620000")],
}


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
