"""Complete forms that a test changes in one place."""

from datetime import date
from typing import Any

TODAY = date(2026, 11, 20)
DIGEST = "ab" * 32
CREDIT_CODE = "91110000802100433B"

#: What every initial registration of a resource owes, and nothing more.
RESOURCE: dict[str, Any] = {
    "name": "2025年甘肃省医疗保险就诊记录",
    "summary": "参保人按年度汇总的就诊次数、住院次数与医疗费用。",
    "industry": "Q",
    "region": "620000",
    "scenario": "医疗健康",
    "update_cycle": "每年",
    "source_basis": "依照卫生健康主管部门法定职责采集",
    "risk_conclusion": "已完成数据安全风险评估，残余风险低",
    "evidence_sha256": DIGEST,
}
PRODUCT: dict[str, Any] = {
    **RESOURCE,
    "inputs": ["L620000-2026-1-000001"],
    "product_form": "沙箱统计",
}
PROPERTY: dict[str, Any] = {
    "applicant_class": "legal_person",
    "applicant_code": CREDIT_CODE,
    "applicant_contact": "马经办",
    "applicant_phone": "0931-1234567",
    "name": "2025年兰州市供热服务统计",
    "summary": "按小区汇总的供热时长与室温，用于供热调度研究。",
    "industry": "D",
    "data_source": "own_activity",
    "acquisition_proof": DIGEST,
    "update_cycle": "yearly",
    "data_form": "table",
    "restrictions": "无",
    "rights": [{"holder_name": "兰州供热公司", "right": "hold"}],
    "commitment_accepted": True,
    "commitment_signer": "李法人",
}
