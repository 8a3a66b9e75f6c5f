"""The dataset desk in a real browser: two people sign a risk report, on a phone and in both languages."""

import pytest

from tests.journeys.test_browser import browser, service
from tests.journeys.test_contract import SignIn, sign_in

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
__all__ = ["browser", "service", "sign_in"]
DATASET = "/sandbox/datasets/health_insurance_visits"


def test_two_people_sign_a_risk_report_on_the_desk(sign_in: SignIn) -> None:
    operator = sign_in("operator")
    operator.page.locator("nav a", has_text="数据集").first.click()
    operator.page.wait_for_load_state()
    operator.look_twice("datasets")
    operator.in_english("datasets")
    operator.page.locator(f"main a[href='{DATASET}']").click()
    operator.page.wait_for_load_state()
    operator.look_twice("dataset")
    operator.in_english("dataset")
    operator.page.locator(f"main a[href='{DATASET}/risk']").click()
    operator.page.wait_for_load_state()
    operator.look_twice("risk")
    operator.in_english("risk")
    operator.press_button("签署风险报告")
    operator.reads("请另一人签署")
    second = sign_in("operator_signatory", with_scripts=False)
    second.go(f"{DATASET}/risk")
    second.press_button("签署风险报告")
    second.reads("已由两人签署")
    operator.go(f"{DATASET}/risk")
    operator.look_twice("risk-signed")
    operator.follow("查看回执")
    operator.reads("重标识风险报告")
    operator.look_twice("risk-receipt")
    regulator = sign_in("regulator")
    regulator.go("/sandbox/datasets")
    regulator.look_twice("datasets-regulator")
