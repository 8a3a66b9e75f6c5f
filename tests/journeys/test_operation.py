"""Authorised operation in a real browser: from a drafted plan to an operator who leaves."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from kernel.clock import system_clock
from kernel.workdays import local_day
from licensing.rules import AGREEMENT_TOPICS
from marketplace.operations.demo.authorising import PLAN_ITEMS
from marketplace.operations.demo.material import AGREEMENT_TOPICS as TOPICS
from marketplace.operations.demo.people import CREDIT_CODES, OPERATOR
from tests.journeys.conftest import Demo
from tests.journeys.test_browser import DESKTOP, PHONE, Visitor, browser, service
from tests.journeys.test_kill import Service

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
__all__ = ["browser", "service"]
DECISION = {"meeting": "党组会议", "document_number": "甘数党组〔2026〕9号"}


class Officer(Visitor):
    """Somebody who fills in forms and looks at each page on a desktop and on a phone."""

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.fill(f"[name='{name}'] >> nth=0", value)

    def send(self, action: str) -> None:
        """Press the button of the form that posts there."""
        self.page.click(f"main form[action$='{action}'] button[type=submit] >> nth=0")
        self.page.wait_for_load_state()

    def look_twice(self, name: str) -> None:
        for size in (DESKTOP, PHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type] # a size
            self.look(name)
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type] # a size

    def decide(self, action: str, minutes: str) -> None:
        today = local_day(system_clock()).isoformat()
        self.fill(**DECISION, decided_on=today, minutes_sha256=minutes)
        self.send(action)

    def place(self) -> str:
        return self.page.url.removeprefix(self.address)


def test_a_plan_becomes_an_agreement_and_ends_with_an_exit(
    browser: Browser, service: Service, demo_copy: Demo
) -> None:
    def officer(name: str) -> Officer:
        made = Officer(browser, service.address, DESKTOP)
        made.sign_in(demo_copy.account(name))
        return made

    today = local_day(system_clock())
    body, second, authority = (
        officer(name) for name in ("implementing_body", "implementing_body_2", "data_authority")
    )
    # The minutes that the demonstration preserved stand on the page of its plan.
    body.go("/licensing/plans")
    body.look_twice("plans")
    body.page.click("main table a >> nth=-1")
    body.look_twice("plan-filed")
    minutes = body.page.text_content("main .hx-hash") or ""
    code = body.page.text_content("main aside a.hx-code") or ""
    second.look_twice("tasks-implementing-body")

    # A draft with a gap is sent back by the rules, then by a person, then approved by another.
    body.go("/licensing/plans/new")
    body.fill(**{name: text for name, text in PLAN_ITEMS.items() if name != "oversight"})
    body.fill(codes=code, product_name="航班准点查询产品", term_months="99")
    body.look_twice("plan-form")
    body.send("/plans/new")
    body.look_twice("plan-form-problem")
    assert body.page.input_value("[name=product_name] >> nth=0") == "航班准点查询产品"
    body.fill(term_months="36", product_form="沙箱查询")
    body.send("/plans/new")
    plan = body.place()
    body.press("/submit")
    assert "监督与考核" in (body.page.text_content(".govuk-error-summary") or "")
    body.look_twice("plan-incomplete")
    body.go(f"{plan}/edit")
    body.fill(oversight=PLAN_ITEMS["oversight"])
    body.send("/edit")
    body.press("/submit")
    assert body.page.locator("form[action$='/approve']").count() == 0
    second.go(plan)
    second.look_twice("plan-in-decision")
    second.decide("/approve", minutes)
    authority.go("/tasks")
    authority.look_twice("tasks-data-authority")
    authority.go(plan)
    authority.fill(filing_number="甘数备〔2026〕9号")
    authority.look_twice("plan-approved")
    authority.send("/file")
    assert "已备案" in (authority.page.text_content("main") or "")

    # A fair selection with one result.
    body.go(f"{plan}/select")
    body.fill(published_where="甘肃省公共资源交易网")
    body.look_twice("selection-form")
    body.send("/select")
    body.look_twice("selection-open")
    body.fill(name=OPERATOR, credit_code=CREDIT_CODES[OPERATOR], remarks="得分 91.0")
    body.page.check("[name=is_qualified]")
    body.send("/add-candidate")
    body.page.check("[name=chosen_code]")
    body.fill(reason="综合得分最高")
    body.look_twice("selection-candidates")
    body.send("/decide")
    body.look_twice("selection-decided")

    # The agreement: five years and a day are refused, another person decides, both sides sign.
    body.page.click("a[href*='/agreements/new']")
    body.page.wait_for_load_state()
    body.fill(**{topic: TOPICS[topic] for topic in AGREEMENT_TOPICS})
    body.fill(agreement_number="GSYY-2026-009", starts_on=today.isoformat())
    body.fill(ends_on=f"{today + timedelta(days=366 * 6)}")
    body.send("/agreements/new")
    body.look_twice("agreement-form-problem")
    body.fill(ends_on=f"{today + timedelta(days=700)}")
    body.send("/agreements/new")
    agreement = body.place()
    body.look_twice("agreement-draft")
    second.go(agreement)
    second.look_twice("agreement-to-decide")
    second.decide("/decide", minutes)
    operator = officer("operator")
    operator.go(agreement)
    operator.look_twice("agreement-to-sign")
    operator.press("/sign")
    second.go(agreement)
    second.press("/countersign")
    authority.go(agreement)
    authority.fill(filing_number="甘数备〔2026〕10号")
    authority.look_twice("agreement-to-file")
    authority.send("/file")
    authority.page.check("[name=result] >> nth=1")
    authority.fill(findings="产品交付及时，披露需要改进")
    authority.send("/evaluate")
    authority.look_twice("agreement-evaluated")
    body.go(agreement)
    body.fill(step="交还数据并销毁副本")
    body.send("/exit")
    body.look_twice("agreement-left")
    assert "已终止" in (body.page.text_content("main") or "")
    body.go("/licensing/agreements")
    body.look_twice("agreements")
    body.go(f"/language/en?next={agreement}")
    body.look_twice("agreement-left-en")

    source = officer("source_department")
    source.go("/licensing/consents")
    source.look_twice("consents")
