"""One journey in a real browser through all four groups; pictures are kept under test-output/."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_socket import SocketConnectBlockedError

from tests.journeys.conftest import ROOT, Demo
from tests.journeys.test_kill import Service, serving

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
OUTPUT = ROOT / "test-output" / "pictures"
AXE = ROOT / "tests" / "outside" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
DESKTOP, PHONE = {"width": 1440, "height": 1000}, {"width": 360, "height": 800}
SQL = (
    "SELECT self_rated_health, COUNT(*) AS n FROM visits GROUP BY self_rated_health ORDER BY n DESC"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=os.environ.get("HEXI_TEST_CHROMIUM", CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


class Visitor:
    """A person at a browser window of one size."""

    def __init__(self, browser: Browser, address: str, size: dict[str, int]) -> None:
        self.address = address
        self.context = browser.new_context(viewport=size, locale="zh-CN")  # type: ignore[arg-type] # a size
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        # A refusal's own status is no fault of the page.
        if kind in {"error", "warning"} and "status of 4" not in text:
            self.said.append(text)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, account: dict[str, Any]) -> None:
        self.go("/sign-in")
        self.page.fill("input[name=name]", account["name"])
        self.page.fill("input[name=password]", account["password"])
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url("**/tasks")

    def press(self, path_ending: str) -> None:
        """Press the button whose form action ends so."""
        self.page.click(f"button[formaction$='{path_ending}']")
        self.page.wait_for_load_state()

    def look(self, name: str) -> None:
        """Keep a picture, and find no barrier, no sideways scroll, nothing on the console."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        self.page.screenshot(path=OUTPUT / f"{name}-{width}.png", full_page=True)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))])"
        )
        assert found == [], (name, width, found)
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, (name, width)
        assert self.said == [], (name, self.said)


@pytest.fixture
def service(demo_copy: Demo) -> Iterator[Service]:
    # Also one that never becomes ready is stopped.
    with serving(demo_copy.home) as started:
        yield started


def test_all_four_groups_walk_the_chain_in_a_browser(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    code = demo_copy.answer["registration_code"]

    def visit(size: dict[str, int] = DESKTOP) -> Visitor:
        return Visitor(browser, service.address, size)

    # Anybody, on a desktop and on a phone, in both languages
    for size in (DESKTOP, PHONE):
        anybody = visit(size)
        for name, path in (
            ("catalogue", "/"),
            ("product", f"/products/{code}"),
            ("register", "/registry/entries"),
            ("entry", f"/registry/entries/{code}"),
            ("notices", "/registry/notices"),
            ("receipts", "/receipts"),
            ("prices", "/licensing/prices"),
            ("limits", "/registry/limits"),
            ("limits-operation", "/licensing/limits"),
            ("problems", "/problems/sandbox-column-unknown"),
            ("docs", "/docs"),
            ("sql", "/sandbox/sql"),
            ("sign-in", "/sign-in"),
            ("nothing", "/nothing-here"),
        ):
            anybody.go(path)
            anybody.look(name)
        anybody.go("/language/en?next=/")
        assert anybody.page.get_attribute("html", "lang") == "en"
        anybody.look("catalogue-en")
    # An enterprise applies; the operator approves; both sign
    enterprise, operator = visit(), visit()
    enterprise.sign_in(demo_copy.account("enterprise"))
    enterprise.look("tasks-enterprise")
    enterprise.go(f"/products/{code}")
    enterprise.page.click("a[href$='/apply']")
    enterprise.page.check("input[name=purpose] >> nth=0")
    enterprise.page.fill("textarea[name=justification]", "研究自评健康与就诊次数的关系")
    enterprise.look("apply")
    enterprise.press("/check")
    enterprise.look("would-i-be-accepted")
    enterprise.page.click("main form button[type=submit]")
    enterprise.page.wait_for_url("**/licensing/applications/**")
    application = enterprise.page.url.rsplit("/", 1)[1]
    operator.sign_in(demo_copy.account("operator"))
    operator.look("tasks-operator")
    operator.go(f"/licensing/applications/{application}")
    operator.look("application")
    operator.go("/licensing/offers")
    operator.look("offers")
    operator.go("/licensing/offers/new")
    operator.look("new-offer")
    operator.page.check(f"input[name=product_code][value='{code}']")
    operator.page.check("input[name=offer_mode][value=dp]")
    operator.page.click("main form button[type=submit]")
    operator.look("new-offer-terms")
    for role, name, path in (
        ("admin", "limit-operation", "/licensing/limits/plan_filing"),
        ("price_authority", "years", "/prices/years"),
    ):
        for size in (DESKTOP, PHONE):
            office = visit(size)
            office.sign_in(demo_copy.account(role))
            office.go(path)
            office.look(name)
    # Other terms are put on the table, seen clause by clause, and accepted
    operator.go(f"/licensing/applications/{application}/counter-offer")
    operator.look("counter-offer")
    operator.page.fill("input[name=run_quota]", "25")
    operator.page.fill("textarea[name=text]", "先授予二十五次")
    operator.page.click("main form button[type=submit]")
    operator.page.wait_for_url(f"**/licensing/applications/{application}")
    enterprise.go(f"/licensing/applications/{application}")
    enterprise.look("application-countered")
    assert "25" in enterprise.page.inner_text("ins")
    enterprise.press("/accept-terms")
    operator.go(f"/licensing/applications/{application}")
    operator.press("/approve")
    licence = operator.page.url.rsplit("/", 1)[1]
    enterprise.go(f"/licensing/licences/{licence}")
    enterprise.look("licence")
    enterprise.press("/sign")
    signatory = visit()
    signatory.sign_in(demo_copy.account("operator_signatory"))
    signatory.go(f"/licensing/licences/{licence}")
    signatory.look("countersign")
    signatory.press("/countersign")
    # A researcher checks and runs a query, on both sizes
    researcher = visit()
    researcher.sign_in(demo_copy.account("researcher"))
    researcher.go(f"/sandbox/licences/{licence}")
    researcher.page.wait_for_selector(".cm-content")
    researcher.page.click(".cm-content")
    researcher.page.keyboard.insert_text(SQL)
    researcher.look("workbench-before")
    researcher.page.click("button[data-run]")
    researcher.page.wait_for_url("**run=**")
    assert "good" in (researcher.page.text_content("main") or "")
    researcher.look("workbench")
    phone = visit(PHONE)
    phone.sign_in(demo_copy.account("researcher"))
    phone.go(researcher.page.url.removeprefix(service.address))
    phone.look("workbench")
    # An officer's day and a regulator's look at everything
    for role in ("handler", "acceptor", "reviewer", "coder"):
        officer = visit()
        officer.sign_in(demo_copy.account(role))
        officer.look(f"tasks-{role}")
    regulator = visit()
    regulator.sign_in(demo_copy.account("regulator"))
    regulator.go(f"/inspect?code={code}")
    regulator.look("inspect")
    assert licence in regulator.page.content()
    regulator.page.click("main a[href^='/receipts/'] >> nth=0")
    regulator.page.wait_for_load_state()
    regulator.look("receipt")
    regulator.go(f"/invoices/{demo_copy.answer['invoice_id']}")
    regulator.look("invoice")


def test_the_thread_works_without_scripts(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    person = demo_copy.account("researcher")
    page.goto(f"{service.address}/sign-in")
    page.fill("input[name=name]", person["name"])
    page.fill("input[name=password]", person["password"])
    page.click("main form button[type=submit]")
    licence = demo_copy.answer["licence_ids"]["aggregate"]
    page.goto(f"{service.address}/sandbox/licences/{licence}")
    page.fill("textarea[name=sql]", "SELECT nothing FROM visits")
    page.click("button[data-run]")
    assert "sandbox-column-unknown" in page.content()
    assert page.input_value("textarea[name=sql]") == "SELECT nothing FROM visits"
    page.fill("textarea[name=sql]", SQL)
    page.click("button[data-run]")
    assert "run=" in page.url
    assert "good" in (page.text_content("main") or "")
    context.close()


def test_nothing_but_this_machine_is_reachable_from_a_test() -> None:
    with socket.socket() as outside, pytest.raises((SocketConnectBlockedError, UserWarning)):
        outside.connect(("192.0.2.1", 80))


def test_the_pictures_go_where_nothing_is_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text()
    assert f"/{Path(OUTPUT).relative_to(ROOT).parts[0]}/" in ignored
