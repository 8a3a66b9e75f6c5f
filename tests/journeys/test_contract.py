"""A licence by way of pages alone: offered, asked for, bargained over, signed, used, suspended."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from marketplace.operations.demo.material import HEALTH
from tests.journeys.conftest import Demo
from tests.journeys.test_browser import DESKTOP, SQL, browser, service
from tests.journeys.test_kill import Service
from tests.journeys.test_operation import Officer

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
__all__ = ["browser", "service"]
PRODUCT = str(HEALTH.product["name"])
WHY = "研究自付比例与门诊就诊次数的关系，为补充医疗计划设计提供依据"


class Person(Officer):
    """Somebody who finds things by what stands on them."""

    def press_button(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def apply(self, mode: str) -> None:
        """Follow the link of the offer in that mode: a product may have several."""
        name = re.compile(f"申请授权.*{mode}")
        self.page.get_by_role("link", name=name).click()
        self.page.wait_for_load_state()

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def typed(self, label: str) -> str:
        return self.page.get_by_label(label, exact=True).input_value()

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def untick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).uncheck()

    def are_ticked(self, *labels: str) -> bool:
        return all(self.page.get_by_label(one, exact=True).is_checked() for one in labels)

    def reads(self, *words: str) -> None:
        text = self.page.locator("main").inner_text()
        missing = [one for one in words if one not in text]
        assert missing == []

    def summary(self, words: str) -> str:
        """The error summary says this, and its link leads to a field that says it too."""
        link = self.page.locator(".govuk-error-summary a", has_text=words)
        link.click()
        field = (link.get_attribute("href") or "").removeprefix("#")
        assert self.page.evaluate("document.activeElement.id") == field
        said = self.page.locator(f"#{field}-error").inner_text().rpartition("\n")[2]
        assert said
        assert said in link.inner_text()
        return field

    def refusal(self) -> str:
        """The refusal of the whole that stands at the top of the page."""
        return self.page.locator(".govuk-error-summary__title").inner_text()

    def in_english(self, name: str) -> None:
        """The page once more in the other language: nothing of ours is left in Chinese."""
        place = self.place()
        self.go(f"/language/en?next={place}")
        assert self.page.get_attribute("html", "lang") == "en"
        self.look_twice(f"{name}-en")
        self.go(f"/language/zh-Hans?next={place}")


SignIn = Callable[..., Person]


@pytest.fixture
def sign_in(browser: Browser, service: Service, demo_copy: Demo) -> Iterator[SignIn]:
    made: list[Person] = []

    def somebody(name: str, *, with_scripts: bool = True) -> Person:
        person = Person(browser, service.address, DESKTOP)
        if not with_scripts:
            person.context.close()
            person.context = browser.new_context(java_script_enabled=False, locale="zh-CN")
            person.page = person.context.new_page()
        person.sign_in(demo_copy.account(name))
        made.append(person)
        return person

    yield somebody
    for person in made:
        person.context.close()


def test_a_licence_is_bargained_over_signed_used_and_suspended(sign_in: SignIn) -> None:
    operator, second = sign_in("operator"), sign_in("operator_signatory")
    enterprise, researcher = sign_in("enterprise"), sign_in("researcher")

    # The operator names at most two people in the next version of its offer, below the ceiling.
    operator.follow("要约")
    operator.look_twice("offers")
    operator.in_english("offers")
    operator.follow(PRODUCT)
    operator.look_twice("offer-terms")
    operator.in_english("offer-terms")
    operator.type("可以运行查询的人数", "2")
    operator.type("每次查询的价格（分）", "101")
    operator.tick("发布结果时注明来源")
    operator.press_button("发布要约")
    assert operator.summary("100") == "price_cents"
    operator.look_twice("offer-terms-problem")
    assert (operator.typed("可以运行查询的人数"), operator.typed("每次查询的价格（分）")) == (
        "2",
        "101",
    )
    assert operator.are_ticked("发布结果时注明来源")
    operator.type("每次查询的价格（分）", "90")
    operator.press_button("发布要约")
    operator.reads("已发布")

    # The enterprise preserves its project plan, finds the product and asks whether it would do.
    enterprise.go("/")
    enterprise.follow(PRODUCT)
    enterprise.look_twice("product")
    enterprise.apply("统计")
    enterprise.look_twice("apply")
    enterprise.in_english("apply")
    enterprise.follow("先对材料存证，例如项目方案或者伦理审查意见")
    enterprise.page.locator("#sha256").fill("5e" * 32)
    enterprise.type("是什么", "研究方案第三版")
    enterprise.look_twice("papers")
    enterprise.press_button("对指纹存证")
    # It is back at its form, which offers the paper now.
    enterprise.tick("周研究员")
    enterprise.tick("研究方案第三版")
    enterprise.press_button("提交申请")
    assert enterprise.summary("使用用途") == "purpose"
    assert enterprise.summary("申请理由") == "justification"
    enterprise.look_twice("apply-problem")
    assert enterprise.are_ticked("周研究员", "研究方案第三版")
    enterprise.tick("学术研究")
    enterprise.type("申请理由", WHY)
    enterprise.untick("周研究员")
    enterprise.press_button("提交申请")
    assert enterprise.summary("2") == "researchers"
    assert enterprise.typed("申请理由") == WHY
    assert enterprise.are_ticked("学术研究", "研究方案第三版")
    enterprise.tick("周研究员")
    enterprise.press_button("我的申请能否通过？")
    enterprise.look_twice("apply-checked")
    enterprise.reads("我的申请能否通过？", "未提交任何内容")
    enterprise.press_button("提交申请")
    enterprise.reads("申请已提交")
    enterprise.look_twice("application-submitted")
    application = enterprise.place()

    # The operator asks for a change; without reasons it may not.
    operator.go("/tasks")
    operator.look_twice("tasks-operator")
    operator.go(application)
    operator.look_twice("application-to-decide")
    operator.press_button("要求修改")
    assert operator.summary("理由") == "reason"
    operator.look_twice("application-problem")
    operator.type("理由", "请说明结论供谁使用")
    operator.press_button("要求修改")
    operator.reads("请说明结论供谁使用")

    # The enterprise answers; what it typed survives a mistake, and both sides read the answer.
    enterprise.go(application)
    enterprise.look_twice("application-changes-requested")
    enterprise.type("申请理由", "略")
    enterprise.tick("陈企业")
    enterprise.press_button("保存并提交")
    assert enterprise.summary("申请理由") == "justification"
    assert enterprise.typed("申请理由") == "略"
    assert enterprise.are_ticked("陈企业", "研究方案第三版")
    enterprise.type("申请理由", f"{WHY}，供产品部门使用")
    enterprise.untick("陈企业")
    enterprise.press_button("保存并提交")
    enterprise.reads("已答复并重新提交", "供产品部门使用")
    enterprise.look_twice("application-answered")

    # A counter-offer without the purpose that was asked for is refused and loses nothing; then it stands.
    operator.go(application)
    operator.press_button("提出其他条件")
    operator.look_twice("counter-form")
    operator.untick("学术研究")
    operator.type("查询次数", "25")
    operator.type("说明", "先授予二十五次，期满再议")
    operator.press_button("提出这些条件")
    assert operator.summary("许可的用途") == "purposes"
    assert not operator.are_ticked("学术研究")
    assert operator.typed("查询次数") == "25"
    assert operator.typed("说明") == "先授予二十五次，期满再议"
    operator.look_twice("counter-form-problem")
    operator.tick("学术研究")
    operator.press_button("提出这些条件")
    operator.reads("下一步由\n被许可方")
    operator.look_twice("application-countered-operator")
    enterprise.go("/tasks")
    enterprise.look_twice("tasks-enterprise")
    enterprise.go(application)
    enterprise.reads("下一步由\n被许可方", "还剩", "已提出其他条件", "先授予二十五次，期满再议")
    changed = enterprise.page.locator("dl", has=enterprise.page.locator("del, ins"))
    assert "200 次" in changed.locator("del").first.inner_text()
    assert "25 次" in changed.locator("ins").first.inner_text()
    odrl = changed.locator("pre").last.inner_text().partition("[")[2]
    assert json.loads(f"[{odrl}")[0]["rightOperand"]["@value"] == "25"
    enterprise.look_twice("application-countered")
    enterprise.in_english("application-countered")
    enterprise.press_button("接受条件")
    enterprise.look_twice("application-accepted")

    # The operator approves; the enterprise signs the very text that it read; another one countersigns.
    operator.go(application)
    operator.press_button("批准")
    licence = operator.place()
    operator.look_twice("licence-unsigned-operator")
    assert operator.page.get_by_role("button", name="会签").count() == 0
    operator.go(application)
    operator.reads("下一步由\n被许可方", "还剩")
    operator.look_twice("application-approved")
    enterprise.go(licence)
    enterprise.look_twice("licence-unsigned")
    enterprise.in_english("licence-unsigned")
    enterprise.page.evaluate(
        "document.querySelector('[name=policy_digest]').value = '0'.repeat(64)"
    )
    enterprise.press_button("签署")
    assert enterprise.refusal() == "将签署的文本与您所见的不同"
    enterprise.look_twice("licence-changed-meanwhile")
    enterprise.press_button("签署")
    enterprise.reads("下一步由\n许可方")
    second.go("/tasks")
    second.go(licence)
    second.look_twice("licence-signed-once")
    second.press_button("会签")
    second.reads("生效中")
    enterprise.go(licence)
    enterprise.look_twice("licence-in-force")
    enterprise.in_english("licence-in-force")
    paper = enterprise.page.get_by_role("link", name="合约（PDF）").get_attribute("href")
    assert enterprise.context.request.get(f"{enterprise.address}{paper}").body()[:5] == b"%PDF-"
    enterprise.press_button("变更联系人")
    assert enterprise.summary("联系人姓名") == "representative"
    enterprise.look_twice("licence-contact-problem")
    enterprise.type("联系人姓名", "陈企业")
    enterprise.press_button("变更联系人")
    enterprise.reads("被许可方联系人\n陈企业")
    enterprise.go("/licensing/licences")
    enterprise.look_twice("licences")

    # The researcher whom the application names runs a query; a suspended licence answers nothing.
    researcher.go("/sandbox/licences")
    researcher.look_twice("sandbox-licences")
    bench = licence.replace("/licensing/", "/sandbox/")
    researcher.go(bench)
    researcher.page.wait_for_selector(".cm-content")
    researcher.page.click(".cm-content")
    researcher.page.keyboard.insert_text(SQL)
    researcher.press_button("运行")
    researcher.page.wait_for_url("**run=**")
    researcher.reads("good", "excellent")
    researcher.look_twice("workbench")
    operator.go(licence)
    operator.press_button("暂停")
    assert operator.summary("理由") == "reason"
    operator.type("理由", "核对用途")
    operator.press_button("暂停")
    operator.look_twice("licence-suspended-operator")
    enterprise.go(licence)
    enterprise.reads("已暂停", "核对用途")
    enterprise.look_twice("licence-suspended")
    enterprise.in_english("licence-suspended")
    researcher.go(bench)
    researcher.reads("已暂停：", "核对用途")
    researcher.look_twice("workbench-suspended")
    researcher.page.click(".cm-content")
    researcher.page.keyboard.insert_text(SQL)
    researcher.press_button("运行")
    researcher.reads("许可未生效")
    operator.press_button("恢复")
    operator.reads("生效中")


def test_pages_of_authorised_operation_read_well_in_both_languages(sign_in: SignIn) -> None:
    for name, links in (
        ("implementing_body", ("/licensing/plans", "/licensing/agreements", "/licensing/prices")),
        ("source_department", ("/licensing/consents",)),
        ("price_authority", ("/licensing/prices",)),
        ("regulator", ("/licensing/licences", "/licensing/agreements")),
    ):
        person = sign_in(name)
        for link in links:
            page = link.rpartition("/")[2]
            person.go(link)
            person.look_twice(f"{page}-{name}")
            person.in_english(f"{page}-{name}")
    body = sign_in("implementing_body")
    for link, page in (("/licensing/plans", "plan"), ("/licensing/agreements", "agreement")):
        body.go(link)
        body.page.locator("main table a").last.click()
        body.page.wait_for_load_state()
        body.look_twice(page)
        body.in_english(page)
    body.go("/licensing/plans")
    body.page.locator("main table a").last.click()
    body.page.locator("main aside a[href*='/selections/']").first.click()
    body.page.wait_for_load_state()
    body.look_twice("selection")
    body.in_english("selection")


def test_what_one_side_did_meanwhile_is_said_on_the_page_of_the_other(sign_in: SignIn) -> None:
    enterprise, operator = sign_in("enterprise"), sign_in("operator")
    enterprise.go("/")
    enterprise.follow(PRODUCT)
    enterprise.apply("统计")
    enterprise.tick("统计分析")
    enterprise.type("申请理由", WHY)
    enterprise.press_button("提交申请")
    application = enterprise.place()
    operator.go(application)
    # The operator's page is older than the applicant's withdrawal of a twin that it also has open.
    late = sign_in("operator")
    late.go(application)
    operator.press_button("批准")
    late.press_button("批准")
    assert late.refusal() == "该合同已被他人先行更改"
    late.look_twice("application-changed-meanwhile")
    licence = operator.place()
    enterprise.go(licence)
    operator.type("理由", "起草有误")
    operator.press_button("撤回合约")
    enterprise.press_button("签署")
    assert enterprise.refusal() == "现在不能办理"
    enterprise.reads("已终结", "起草有误")
    enterprise.look_twice("licence-taken-back")


def test_everything_works_without_scripts(sign_in: SignIn) -> None:
    enterprise = sign_in("enterprise", with_scripts=False)
    operator = sign_in("operator", with_scripts=False)
    second = sign_in("operator_signatory", with_scripts=False)
    researcher = sign_in("researcher", with_scripts=False)
    enterprise.go("/")
    enterprise.follow(PRODUCT)
    enterprise.apply("统计")
    enterprise.type("申请理由", WHY)
    enterprise.press_button("提交申请")
    enterprise.page.locator(".govuk-error-summary a", has_text="使用用途").click()
    assert enterprise.page.url.endswith("#purpose")
    assert enterprise.typed("申请理由") == WHY
    enterprise.tick("统计分析")
    enterprise.press_button("我的申请能否通过？")
    enterprise.reads("未提交任何内容")
    enterprise.press_button("提交申请")
    application = enterprise.place()
    operator.go(application)
    operator.press_button("提出其他条件")
    operator.type("查询次数", "30")
    operator.press_button("提出这些条件")
    enterprise.go(application)
    enterprise.press_button("提出其他条件")
    enterprise.type("查询次数", "40")
    enterprise.type("说明", "四十次足够一个季度")
    enterprise.press_button("提出这些条件")
    operator.go(application)
    operator.reads("四十次足够一个季度")
    operator.press_button("批准")
    licence = operator.place()
    enterprise.go(licence)
    enterprise.press_button("签署")
    second.go(licence)
    second.press_button("会签")
    second.reads("生效中", "40")
    researcher.go(licence.replace("/licensing/", "/sandbox/"))
    researcher.page.fill("textarea[name=sql]", SQL)
    researcher.press_button("运行")
    researcher.reads("good", "excellent")
