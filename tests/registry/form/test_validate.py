"""What is told about a form: each problem has a form that shows it, and a good form has none."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.form.dictionaries import DICTIONARIES
from registry.form.groups import all_fields
from registry.form.validate import (
    MESSAGES,
    RIGHTS_BY_ORIGIN,
    Problem,
    blocking,
    may_claim,
    problems_of,
)
from tests.registry.form.samples import (
    CREDIT_CODE,
    DIGEST,
    PRODUCT,
    PROPERTY,
    RESOURCE,
    TODAY,
)

YESTERDAY, TOMORROW = str(TODAY - timedelta(days=1)), str(TODAY + timedelta(days=1))
_BASES = {"resource": RESOURCE, "product": PRODUCT, "data": PROPERTY}
_ITEM = {"name": "性别", "type": "code"}
_RIGHT = {"holder_name": "甲", "right": "operate"}

#: (code, field, kind, what is changed in a good form)
CASES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("missing", "name", "resource", {"name": "  "}),
    ("missing", "evidence_sha256", "resource", {"evidence_sha256": None}),
    ("missing", "inputs", "product", {"inputs": []}),
    ("missing", "commitment_accepted", "data", {"commitment_accepted": False}),
    ("missing", "rights", "data", {"rights": []}),
    ("missing", "consent_file", "resource", {"collection_mode": "shared", "shared_provider": "甲"}),
    (
        "missing",
        "shared_provider",
        "resource",
        {"collection_mode": "shared", "consent_file": DIGEST},
    ),
    ("missing", "provider", "resource", {"catalogue_code": "307001/01"}),
    ("missing", "commitment_signer", "resource", {"commitment_accepted": True}),
    ("missing", "items/0/type", "resource", {"items": [{"name": "性别"}]}),
    ("wrong-type", "summary", "resource", {"summary": 7}),
    ("wrong-type", "inputs", "product", {"inputs": "L1"}),
    ("wrong-type", "items/0", "resource", {"items": ["性别"]}),
    ("too-long", "name", "resource", {"name": "2025年甘肃省" + "医" * 32 + "记录"}),
    ("too-long", "summary", "resource", {"summary": "医" * 401}),
    ("too-many", "inputs", "product", {"inputs": [f"L{number}" for number in range(51)]}),
    ("pattern", "handler_phone", "resource", {"handler_phone": "请打办公室"}),
    ("not-in-dictionary", "industry", "resource", {"industry": "Z"}),
    ("not-in-dictionary", "share_mode", "resource", {"share_mode": "邮寄"}),
    (
        "not-in-dictionary",
        "items/1/type",
        "resource",
        {"items": [_ITEM, {"name": "a", "type": "x"}]},
    ),
    ("not-a-number", "volume_records", "resource", {"volume_records": "约一千"}),
    ("not-a-number", "volume_records", "resource", {"volume_records": True}),
    ("number-out-of-range", "volume_records", "resource", {"volume_records": -1}),
    ("number-out-of-range", "volume_records", "resource", {"volume_records": 10**15 + 1}),
    ("not-a-date", "time_from", "resource", {"time_from": "2025-02-30"}),
    ("not-a-date", "time_from", "resource", {"time_from": "去年"}),
    ("not-a-flag", "has_agent", "resource", {"has_agent": "是"}),
    ("not-a-digest", "evidence_sha256", "resource", {"evidence_sha256": "AB" * 32}),
    ("not-a-digest", "risk_report", "resource", {"risk_report": "report.pdf"}),
    ("not-a-credit-code", "entity_code", "resource", {"entity_code": CREDIT_CODE[:17] + "C"}),
    ("not-a-code", "inputs", "product", {"inputs": [""]}),
    ("code-twice", "inputs", "product", {"inputs": ["L1", "L1"]}),
    ("not-a-region", "region", "resource", {"region": "甘肃"}),
    ("region-unknown", "region", "resource", {"region": "620199"}),
    ("column-unknown", "items/0", "resource", {"items": [{**_ITEM, "colour": "red"}]}),
    (
        "dates-contradict",
        "time_to",
        "resource",
        {"time_from": "2025-02-01", "time_to": "2025-01-31"},
    ),
    (
        "dates-contradict",
        "delivered_on",
        "resource",
        {"operation_started_on": "2026-02-01", "delivered_on": "2026-01-31"},
    ),
    (
        "dates-contradict",
        "risk_valid_until",
        "resource",
        {"risk_assessed_on": "2026-02-01", "risk_valid_until": "2026-01-31"},
    ),
    (
        "dates-contradict",
        "rights/0/until",
        "data",
        {"rights": [{**_RIGHT, "from": "2026-02-01", "until": "2026-01-31"}]},
    ),
    ("date-in-future", "evidence_at", "resource", {"evidence_at": TOMORROW}),
    (
        "agent-expired",
        "agent_until",
        "resource",
        {
            "has_agent": True,
            "agent_name": "甲",
            "agent_code": CREDIT_CODE,
            "agent_contact": "乙",
            "agent_file": DIGEST,
            "agent_until": YESTERDAY,
        },
    ),
    (
        "risk-expired",
        "risk_valid_until",
        "resource",
        {"data_level": "important", "risk_report": DIGEST, "risk_valid_until": YESTERDAY},
    ),
    ("core-data", "data_level", "resource", {"data_level": "core"}),
    ("central-entity", "entity_level", "resource", {"entity_level": "central"}),
    ("division-not-in-section", "industry_division", "resource", {"industry_division": "01"}),
    (
        "sensitive-not-personal",
        "has_sensitive_information",
        "resource",
        {"has_sensitive_information": True},
    ),
    ("format-not-of-form", "data_format", "resource", {"data_form": "image", "data_format": "csv"}),
    (
        "share-mode-not-of-format",
        "share_mode",
        "resource",
        {"share_mode": "database", "data_format": "csv"},
    ),
    (
        "share-mode-not-of-format",
        "share_mode",
        "resource",
        {"share_mode": "file", "data_format": "mysql"},
    ),
    (
        "share-mode-not-of-format",
        "share_mode",
        "resource",
        {"share_mode": "api", "data_format": "pdf"},
    ),
    (
        "catalogue-code-short",
        "catalogue_code",
        "resource",
        {"catalogue_code": "307001", "provider": "甲"},
    ),
    (
        "catalogue-code-shape",
        "catalogue_code",
        "resource",
        {"catalogue_code": "医保307001001", "provider": "甲"},
    ),
    ("system-name", "catalogue_name", "resource", {"catalogue_name": "医保信息系统"}),
    ("system-name", "name", "resource", {"name": "2025年甘肃省医疗保险数据库"}),
    ("name-noise", "name", "resource", {"name": "2025年甘肃省医疗 保险就诊记录"}),
    ("name-noise", "name", "resource", {"name": "2025年甘肃省医疗保险就诊记录。"}),
    ("summary-is-name", "summary", "resource", {"summary": "２０２５年 甘肃省医疗保险就诊记录！"}),
    (
        "item-twice",
        "items/1/name",
        "resource",
        {"items": [_ITEM, {"name": "性 别", "type": "code"}]},
    ),
    (
        "shares-over-whole",
        "co_holders",
        "resource",
        {
            "co_holders": [{"name": "甲", "share": 60}, {"name": "乙", "share": 41}],
            "co_holder_agreement": DIGEST,
        },
    ),
    (
        "right-not-by-origin",
        "rights/0/right",
        "data",
        {"data_source": "crawled", "rights": [_RIGHT]},
    ),
    ("government-data", "resource_code", "data", {"is_government_data": True}),
    ("name-without-time", "name", "resource", {"name": "甘肃省医疗保险就诊记录"}),
    ("name-without-region", "name", "resource", {"name": "2025年医疗保险就诊记录"}),
    ("name-without-type", "name", "resource", {"name": "2025年甘肃省医疗保险"}),
)
#: Problems that only a file can have; they are shown in test_batch.
_OF_BATCHES = {"registry-form-not-asked", "registry-form-row-uneven"}


def tell(kind: str, form: dict[str, Any], registration: str = "initial") -> tuple[Problem, ...]:
    register = "property" if kind == "data" else "resources"
    return problems_of(register, registration, kind, form, TODAY)


@pytest.mark.parametrize("kind", _BASES)
def test_a_good_form_has_no_problem(kind: str) -> None:
    assert tell(kind, _BASES[kind]) == ()


@pytest.mark.parametrize(("code", "field", "kind", "change"), CASES)
def test_each_problem_is_told_at_its_field(
    code: str, field: str, kind: str, change: dict[str, Any]
) -> None:
    problems = tell(kind, {**_BASES[kind], **change})
    assert [(one.code, one.field) for one in problems] == [(f"registry-form-{code}", field)]


@pytest.mark.parametrize(("code", "field", "kind", "change"), CASES)
def test_each_sentence_finds_its_facts(
    code: str, field: str, kind: str, change: dict[str, Any]
) -> None:
    for problem in tell(kind, {**_BASES[kind], **change}):
        assert problem.message == MESSAGES[problem.code]
        assert "%(" not in problem.message % problem.facts
        assert problem.is_advice == problem.code.startswith("registry-form-name-without")


def test_every_code_has_a_case() -> None:
    shown = {f"registry-form-{code}" for code, *_ in CASES}
    assert shown == set(MESSAGES) - _OF_BATCHES


def test_all_problems_are_told_at_once() -> None:
    changed = {"name": "", "industry": "Z", "volume_records": "x", "data_level": "core"}
    problems = tell("resource", {**RESOURCE, **changed})
    assert [one.field for one in problems] == ["name", "industry", "volume_records", "data_level"]
    assert len(tell("product", {})) == 11


def test_free_text_and_codes_are_both_taken_where_the_list_is_a_suggestion() -> None:
    for text in ("yearly", "每年", "每逢闰年"):
        assert tell("resource", {**RESOURCE, "update_cycle": text}) == ()
    forms = {"data_form": "结构化表", "collection_mode": "自行采集", "data_format": "csv"}
    assert tell("resource", {**RESOURCE, **forms}) == ()


def test_an_agent_owes_everything_about_himself() -> None:
    problems = tell("resource", {**RESOURCE, "has_agent": True})
    assert [one.field for one in problems] == [
        *("agent_name", "agent_code", "agent_contact", "agent_file", "agent_until")
    ]
    assert tell("resource", {**RESOURCE, "has_agent": False}) == ()


def test_important_data_needs_a_report_and_a_term_that_runs() -> None:
    form = {**RESOURCE, "data_level": "important"}
    assert [one.field for one in tell("resource", form)] == ["risk_report", "risk_valid_until"]
    form |= {"risk_report": DIGEST, "risk_valid_until": str(TODAY)}
    assert tell("resource", form) == ()
    assert tell("resource", {**RESOURCE, "risk_valid_until": YESTERDAY}) == ()


def test_personal_information_needs_an_assessment_and_a_level() -> None:
    form = {**RESOURCE, "has_personal_information": True, "has_sensitive_information": True}
    fields = [one.field for one in tell("resource", form)]
    assert fields == ["deidentification_level", "impact_assessment"]
    form |= {"deidentification_level": "3", "impact_assessment": "PIA-2026-07"}
    assert tell("resource", form) == ()


def test_sharing_on_conditions_needs_the_condition_and_the_way() -> None:
    form = {**RESOURCE, "share_attribute": "conditional"}
    assert [one.field for one in tell("resource", form)] == ["share_condition", "share_mode"]
    assert tell("resource", {**RESOURCE, "share_attribute": "unconditional"}) == ()


def test_co_holders_may_agree_without_a_file() -> None:
    form = {**RESOURCE, "co_holders": [{"name": "甲", "share": 100}]}
    assert tell("resource", form) == ()


def test_a_product_may_be_a_system_and_a_resource_may_not() -> None:
    changed = {"name": "2025年甘肃省航班查询服务平台"}
    assert blocking(tell("product", {**PRODUCT, **changed})) == ()
    assert len(blocking(tell("resource", {**RESOURCE, **changed}))) == 1


def test_advice_does_not_keep_a_form_from_being_filed() -> None:
    problems = tell("resource", {**RESOURCE, "name": "就诊"})
    assert [one.is_advice for one in problems] == [True] * 3
    assert blocking(problems) == ()


def test_a_region_of_another_province_is_taken_as_it_is() -> None:
    assert tell("resource", {**RESOURCE, "region": "130000"}) == ()


def test_other_registrations_look_only_at_what_they_ask_for() -> None:
    old = {**RESOURCE, "data_level": "core", "industry": "Z", "name": ""}
    reason = {"cancellation_reason": "数据灭失且无法恢复"}
    assert tell("resource", {**old, **reason}, "cancellation") == ()
    assert tell("resource", {**old, "renewal_until": "2029-01-01"}, "renewal") == ()
    assert [one.field for one in tell("resource", old, "renewal")] == ["renewal_until"]
    assert [one.field for one in tell("resource", RESOURCE, "change")] == ["change_reason"]


def test_property_changes_and_transfers_ask_for_their_annexes() -> None:
    told = {one.field for one in tell("data", PROPERTY, "change")}
    assert told == {"certificate_code", "before", "after", "change_reason"}
    told = {one.field for one in tell("data", PROPERTY, "transfer")}
    assert told == {
        *("certificate_code", "transferee_name", "transferee_code"),
        *("transferred_rights", "contract_file"),
    }
    form = {**PROPERTY, "certificate_code": "SJ6212026110000", "renewal_until": "2031-01-01"}
    assert [one.code for one in tell("data", form, "renewal")] == ["registry-form-pattern"]
    form["certificate_code"] = "SJ6212026110001"
    assert tell("data", form, "renewal") == ()
    form["renewed_rights"] = ["hold", "own"]
    codes = [one.code for one in tell("data", form, "renewal")]
    assert codes == ["registry-form-not-in-dictionary"]


def test_government_data_enters_the_property_register_only_as_a_registered_product() -> None:
    form = {**PROPERTY, "is_government_data": True, "resource_code": "L620000-2026-2-000001"}
    assert tell("data", form) == ()


#: S4 Art. 21: holding, use, operation; c means with consent.
_RIGHTS = {
    "own_activity": "yyy",
    "by_contract": "yyy",
    "natural_person": "yyy",
    "crawled": "yyn",
    "crawled_product": "yyy",
    "merged": "yyc",
    "derived": "yyy",
    "processor": "ccc",
}


@pytest.mark.parametrize("origin", _RIGHTS)
def test_rights_follow_the_origin(origin: str) -> None:
    for right, answer in zip(("hold", "use", "operate"), _RIGHTS[origin], strict=True):
        assert may_claim(origin, right, has_consent=False) == (answer == "y")
        assert may_claim(origin, right, has_consent=True) == (answer in "yc")


def test_the_table_of_rights_knows_every_origin_and_right() -> None:
    assert set(RIGHTS_BY_ORIGIN) == {one.code for one in DICTIONARIES["origins"]} == set(_RIGHTS)
    named = frozenset[str]().union(*RIGHTS_BY_ORIGIN.values())
    assert named == {one.code for one in DICTIONARIES["rights"]}
    assert not may_claim("stolen", "hold", has_consent=True)


def test_consent_opens_the_operation_of_merged_data() -> None:
    form = {**PROPERTY, "data_source": "merged", "rights": [_RIGHT]}
    assert [one.field for one in tell("data", form)] == ["rights/0/right"]
    assert tell("data", {**form, "consent_file": DIGEST}) == ()


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "right", "share", "from"]), inner)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("register", ["resources", "property"])
@given(data=st.data())
def test_no_form_of_any_shape_breaks_the_checks(register: str, data: st.DataObject) -> None:
    names = [field.name for field in all_fields(register)]
    form = data.draw(st.dictionaries(st.sampled_from(names), _ANY, max_size=12))
    kind = "product" if register == "resources" else "data"
    for problem in problems_of(register, "initial", kind, form, date(2026, 11, 20)):
        assert problem.code in MESSAGES
        assert problem.message % problem.facts
