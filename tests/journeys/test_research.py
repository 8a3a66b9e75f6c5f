"""Provider and researcher beside the runs, in a real browser: template, sample, simulation, saved query."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import Demo
from tests.journeys.test_browser import DESKTOP, PHONE, Visitor, browser, service
from tests.journeys.test_kill import Service

__all__ = ["browser", "service"]
pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
TEMPLATE = (
    "SELECT sex, COUNT(*) AS n FROM visits WHERE physician_visits >= :least AND study_year = :year "
    "GROUP BY sex"
)
WORKLOAD = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex\n\nSELECT person_id FROM visits"


def test_what_a_provider_prepares_is_what_a_researcher_works_with(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    dataset, licence = demo_copy.answer["dataset"], demo_copy.answer["licence_ids"]["aggregate"]
    pages, bench = f"/sandbox/datasets/{dataset}", f"/sandbox/licences/{licence}"

    def visits(role: str) -> Iterator[Visitor]:
        for size in (DESKTOP, PHONE):
            visitor = Visitor(browser, service.address, size)
            visitor.sign_in(demo_copy.account(role))
            yield visitor

    # The provider approves a template: the form asks for what each parameter needs
    manager, manager_phone = visits("operator")
    manager.go(f"{pages}/templates/new")
    for name, text in (
        ("title", "按性别统计就诊"), ("title_en", "Visits by sex"), ("text", "人年数"),
        ("text_en", "Person-years"), ("sql", TEMPLATE),
    ):  # fmt: skip
        manager.page.fill(f"#{name}", text)
    manager.page.click("main form button[type=submit]")
    manager.page.select_option("#kind-year", "choice")
    manager.page.fill("#example-least", "2")
    manager.page.fill("#example-year", "1")
    manager.page.click("main form button[type=submit]")
    manager.look("template-parameters")
    manager.page.fill("#least-least", "0")
    manager.page.fill("#most-least", "50")
    manager.page.fill("#choices-year", "1\n2\n3")
    manager.page.click("main form button[type=submit]")
    manager.page.wait_for_url("**/sandbox/templates/**")
    template = manager.page.url.rsplit("/", 1)[1]
    # A synthetic sample, and a simulation of another policy
    manager.go(f"{pages}/sample")
    manager.look("sample-form")
    manager.page.click("main form button[type=submit]")
    manager.page.wait_for_selector("#facts")
    for mode in ("aggregate", "dp"):
        manager.go(f"{pages}/simulator")
        manager.page.select_option("#mode", mode)
        manager.page.fill("#workload", WORKLOAD)
        manager.page.click("main form button[type=submit]")
        manager.page.wait_for_selector("#attacks-head")
        manager.look(f"simulated-{mode}")
    for visitor in (manager, manager_phone):
        for name, path in (
            ("templates", f"{pages}/templates"), ("template", f"/sandbox/templates/{template}"),
            ("sample", f"{pages}/sample"), ("simulator", f"{pages}/simulator"),
        ):  # fmt: skip
            visitor.go(path)
            visitor.look(name)
    # The researcher sees both beside the editor, saves a query from it, and runs the template
    for researcher in visits("researcher"):
        researcher.go(bench)
        assert researcher.page.locator("#sample-title").count() == 1
        researcher.go(f"{bench}?sql=SELECT%20COUNT(*)%20FROM%20visits")
        researcher.page.wait_for_selector(".cm-content")
        researcher.press(f"{bench}/queries/new")
        assert researcher.page.input_value("#sql") == "SELECT COUNT(*) FROM visits"
        researcher.page.fill("#title", "全部人年")
        researcher.look("saved-query")
        researcher.page.click("main form button[type=submit]")
        researcher.page.wait_for_url("**/licences/**query=**")
        researcher.look("workbench-saved")
        researcher.page.click(f"a[href='{bench}/templates/{template}']")
        researcher.page.fill("#value-least", "99")
        researcher.page.click("main form button[type=submit]")
        assert researcher.page.locator("#value-least-error").count() == 1
        researcher.look("template-mistake")
        researcher.page.fill("#value-least", "3")
        researcher.press("/check")
        assert researcher.page.locator(".hx-seal").count() == 1
        researcher.page.click("main form .govuk-button >> nth=0")
        researcher.page.wait_for_url("**/licences/**run=**")
        assert "female" in researcher.page.inner_text(".hx-grid >> nth=0")
