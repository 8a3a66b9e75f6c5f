"""The demonstration's authorisation: plan, selection, agreement, each decided, signed and filed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from kernel.database import Database
from kernel.identity import Actor
from kernel.trust.receipts import Seal
from kernel.workdays import local_day
from licensing import service as licensing
from licensing.public import CandidateRow, PlannedProduct
from marketplace.operations.demo.material import AGREEMENT_TOPICS
from marketplace.operations.demo.people import CREDIT_CODES, OPERATOR
from registry import service as registry

TERM_MONTHS = 60
#: The words of the 12 items of S2 Art. 9.
PLAN_ITEMS: dict[str, str] = {
    "name": "甘肃省卫生健康与交通运输公共数据授权运营实施方案",
    "necessity": "医疗服务利用与出行准点研究需求明确；全周期数据服务、社会需求、市场规模、预期成效与风险管控均已论证可行。",
    "operator_conditions": "注册资本不低于一千万元，具备数据治理、技术研发、服务与安全保障能力，近三年无重大违法记录。",
    "mode_reasons": "两个场景边界清楚、风险可控，采用依场景授权。",
    "data_description": "所列登记编号对应的数据资源，每年更新，完整率与准确率不低于百分之九十九。",
    "arrangements": "期限五年；建设数据沙箱与供数通道，分两年完成；按年评估，未达标限期改进；退出时交还数据并销毁副本；软硬件资产归运营机构。",
    "product_notes": "公共治理与公益类产品有条件无偿提供，产业发展类产品实行上限收费。",
    "cost_accounting": "运营机构单独核算成本与收入，收益按协议约定比例分配。",
    "safeguards": "原始数据不出域，去标识化后在沙箱内使用；泄露两小时内报告并应急处置。",
    "rights_duties": "实施机构负责授权、指导与监督，运营机构负责治理、开发、服务与披露。",
    "oversight": "按季度披露，按年审计内控，接受数据管理部门与社会监督。",
    "further": "未尽事宜由实施机构另行规定。",
}
PLANNED = (
    PlannedProduct("医疗保险就诊与费用统计产品", "public_good", "沙箱统计"),
    PlannedProduct("航班准点与天气关联查询产品", "industry", "沙箱查询"),
)
#: The candidate who was not chosen; as invented as its credit code.
OTHER_CANDIDATE = CandidateRow(
    "兰州陇原数据科技有限公司", "91620100MA7000006A", "得分 78.5", is_qualified=True
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the procedure is walked: a home, its people by name, its clock, and a way to wait."""

    db: Database
    seal: Seal
    act: Callable[[str], Actor]
    now: Callable[[], datetime]
    wait: Callable[[int], None] = lambda _: None

    def decision(self, meeting: str, number: str) -> licensing.CollectiveDecision:
        """A collective decision of today whose minutes the implementing body has preserved."""
        digest = hashlib.sha256(f"{meeting} {number}".encode()).hexdigest()
        registry.preserve_fingerprint(
            self.db,
            actor=self.act("implementing_body_2"),
            now=self.now(),
            wanted=registry.NewFingerprint(digest, f"{meeting}纪要"),
            seal=self.seal,
        )
        return licensing.CollectiveDecision(meeting, number, local_day(self.now()), digest)


def plan_text(scope: tuple[str, ...], **words: str) -> licensing.PlanText:
    """A complete plan for these codes, some of its items in other words."""
    return licensing.PlanText({**PLAN_ITEMS, **words}, "by_scenario", scope, PLANNED, TERM_MONTHS)


def file_plan(stage: Stage, scope: tuple[str, ...], *, supersedes_id: str = "") -> str:
    """A plan that the body decided and the province filed; returns its identifier."""
    drafter, decider = stage.act("implementing_body"), stage.act("implementing_body_2")
    wanted = licensing.NewPlan(plan_text(scope), supersedes_id)
    made = licensing.draft_plan(stage.db, actor=drafter, now=stage.now(), wanted=wanted)
    submit = licensing.PlanMove(made, "submit", 1)
    licensing.move_plan(stage.db, actor=drafter, now=stage.now(), wanted=submit)
    stage.wait(1)
    decision = stage.decision("局党组会议", f"甘数党组〔{made[-4:]}〕")
    approval = licensing.PlanApproval(made, 2, decision)
    licensing.approve_plan(stage.db, actor=decider, now=stage.now(), wanted=approval)
    stage.wait(1)
    filing = licensing.PlanFiling(made, 3, f"BA-{made[-6:].upper()}")
    licensing.file_plan(stage.db, actor=stage.act("data_authority"), now=stage.now(), wanted=filing)
    return made


def select_operator(stage: Stage, plan_id: str) -> str:
    """A selection that is decided for the sample operator; returns its identifier."""
    body = stage.act("implementing_body")
    wanted = licensing.NewSelection(
        plan_id, "open_tender", local_day(stage.now()), "甘肃省公共资源交易网"
    )
    made = licensing.open_selection(stage.db, actor=body, now=stage.now(), wanted=wanted)
    stage.wait(1)
    chosen = CandidateRow(OPERATOR, CREDIT_CODES[OPERATOR], "得分 91.0", is_qualified=True)
    for revision, candidate in enumerate((chosen, OTHER_CANDIDATE), start=1):
        entry = licensing.Candidacy(made, revision, candidate)
        licensing.add_candidate(stage.db, actor=body, now=stage.now(), wanted=entry)
    result = licensing.SelectionResult(
        made, 3, "decide", "综合得分最高，信用与安全条件均符合", chosen.credit_code
    )
    licensing.decide_selection(stage.db, actor=body, now=stage.now(), wanted=result)
    return made


def draft_agreement(
    stage: Stage, selection_id: str, *, number: str, scope: tuple[str, ...], ends_on: date
) -> str:
    """A draft with the selected operator from today on; returns its identifier."""
    text = licensing.AgreementText(scope, AGREEMENT_TOPICS, local_day(stage.now()), ends_on)
    return licensing.draft_agreement(
        stage.db,
        actor=stage.act("implementing_body"),
        now=stage.now(),
        wanted=licensing.NewAgreement(number, selection_id, text),
    )


def decide_agreement(stage: Stage, agreement_id: str) -> None:
    """The body decides the drafted agreement."""
    decision = stage.decision("局长办公会议", f"甘数办纪〔{agreement_id[-4:]}〕")
    licensing.decide_agreement(
        stage.db,
        actor=stage.act("implementing_body_2"),
        now=stage.now(),
        wanted=licensing.AgreementDecision(agreement_id, 1, decision),
    )


def sign_agreement(stage: Stage, agreement_id: str) -> None:
    """Both sides sign the decided agreement."""
    signers = (("operator", "sign"), ("implementing_body_2", "countersign"))
    for revision, (person, verb) in enumerate(signers, start=2):
        licensing.sign_agreement(
            stage.db,
            actor=stage.act(person),
            now=stage.now(),
            wanted=licensing.AgreementSignature(agreement_id, verb, revision),
        )


def authorise(stage: Stage, *, number: str, scope: tuple[str, ...], ends_on: date) -> str:
    """Walk the whole procedure to a filed agreement in force; returns its identifier."""
    selection_id = select_operator(stage, file_plan(stage, scope))
    made = draft_agreement(stage, selection_id, number=number, scope=scope, ends_on=ends_on)
    decide_agreement(stage, made)
    sign_agreement(stage, made)
    licensing.file_agreement(
        stage.db,
        actor=stage.act("data_authority"),
        now=stage.now(),
        wanted=licensing.AgreementFiling(made, 4, f"BA-{made[-6:].upper()}"),
    )
    return made


def leave_plan_open(stage: Stage, scope: tuple[str, ...]) -> str:
    """A plan that waits for its decision, so that the second person has something to do."""
    text = plan_text(scope, name="甘肃省医疗健康公共数据授权运营实施方案（二期）")
    drafter = stage.act("implementing_body")
    made = licensing.draft_plan(
        stage.db, actor=drafter, now=stage.now(), wanted=licensing.NewPlan(text)
    )
    submit = licensing.PlanMove(made, "submit", 1)
    licensing.move_plan(stage.db, actor=drafter, now=stage.now(), wanted=submit)
    return made
