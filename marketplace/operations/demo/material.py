"""What the demonstration files, declares and offers; texts are samples, the data is real.

Sources and licences of the data stand in ``data/README.md``.
"""

from dataclasses import dataclass, replace
from typing import Any

from kernel.identity import Actor
from licensing.public import Terms
from marketplace.operations.home import ROOT

DATA = ROOT / "data"


@dataclass(frozen=True, slots=True)
class Story:
    """One way through the whole chain: a resource, its product, its dataset and its queries."""

    key: str
    mode: str
    dataset: str
    title: str
    resource: dict[str, Any]
    product: dict[str, Any]
    declaration: dict[str, Any]
    purpose: str
    justification: str
    price_cents: int
    ceiling_cents: int
    run_quota: int
    queries: tuple[str, ...]
    made_from: str = ""
    privacy_rho: int = 0
    accuracy: float = 0

    def columns(self) -> tuple[str, ...]:
        """Everything that the declaration keeps and that is no identifier, as ``table.column``."""
        return tuple(
            f"{table}.{name}"
            for table, body in self.declaration["tables"].items()
            for name, rule in body["columns"].items()
            if rule["class"] in {"dimension", "measure"} and rule.get("treatment") != "drop"
        )

    def terms(self) -> Terms:
        """The terms that the operator offers."""
        return Terms(
            mode=self.mode,
            dataset=self.dataset,
            columns=self.columns(),
            purposes=("statistical-analysis", "academic-research"),
            run_quota=self.run_quota,
            price_cents=self.price_cents,
            min_cell_size=10 if self.mode == "aggregate" else 0,
            term_days=365,
            privacy_rho=self.privacy_rho,
        )


def _keep(kind: str, **more: list[Any] | int) -> dict[str, Any]:
    return {"class": kind, "treatment": "keep", **more}


def _drop(kind: str) -> dict[str, Any]:
    return {"class": kind, "treatment": "drop"}


def _rounded(base: int, low: int, high: int) -> dict[str, Any]:
    bounds = [low, high]
    return {
        "class": "measure",
        "treatment": "round",
        "base": base,
        "bounds": bounds,
        "sum_base": 100,
    }


#: Units: money in US dollars of the time, ages in years (data/README.md).
HEALTH_DECLARATION: dict[str, Any] = {
    "count_base": 5,
    "joins": [],
    "tables": {
        "visits": {
            "person_column": "person_id",
            # Of the people above 60 a site and a plan have one or two: their years are left out.
            "suppress_small_classes": True,
            "columns": {
                "person_id": {"class": "identifier", "treatment": "pseudonym"},
                "site_no": _keep("dimension", values=["1", "2", "3", "4", "5", "6"]),
                "plan_no": _drop("dimension"),
                "coinsurance_percent": _keep("dimension"),
                "study_year": _keep("dimension", values=["1", "2", "3", "4", "5"]),
                "age_years": {
                    "class": "dimension",
                    "treatment": "band",
                    "edges": [0, 6, 18, 30, 45, 60],
                },
                "sex": _keep("dimension", values=["female", "male"]),
                # Who knows a household's income finds its people; no band of it is wide enough here.
                "family_income_usd": {**_drop("measure"), "quasi": True},
                "education_years": _drop("dimension"),
                "family_size": _drop("dimension"),
                "chronic_disease_index": _drop("measure"),
                "has_physical_limit": _drop("dimension"),
                # An answer to the study's own questions: nobody knows it of another.
                "self_rated_health": {
                    **_keep("dimension", values=["excellent", "good", "fair", "poor"]),
                    "quasi": False,
                    "sensitive": True,
                },
                "mental_health_index": _drop("measure"),
                "physician_visits": _keep("measure", bounds=[0, 100], sum_base=5),
                "other_visits": _keep("measure", bounds=[0, 120], sum_base=5),
                "hospital_admissions": _keep("measure", bounds=[0, 10], sum_base=5),
                "outpatient_usd": _rounded(10, 0, 3000),
                "drug_usd": _rounded(10, 0, 1000),
                "inpatient_usd": _rounded(100, 0, 40000),
                "medical_usd": _rounded(10, 0, 40000),
                "eligible_year_fraction": _drop("measure"),
            },
        }
    },
}

#: No person is in these tables; delays in minutes, distances in miles.
FLIGHTS_DECLARATION: dict[str, Any] = {
    "count_base": 1,
    "joins": [
        ["flights.carrier", "airlines.carrier"],
        ["flights.dest", "airports.faa"],
        ["flights.origin", "airports.faa"],
        ["flights.tailnum", "planes.tailnum"],
        ["flights.origin", "weather.origin"],
    ],
    "tables": {
        "flights": {
            "columns": {
                **{name: _keep("dimension") for name in ("year", "month", "day", "hour", "minute")},
                **{name: _keep("dimension") for name in ("carrier", "tailnum", "origin", "dest")},
                **{
                    name: _keep("dimension")
                    for name in ("flight", "sched_dep_time", "sched_arr_time")
                },
                **{
                    name: _keep("measure")
                    for name in ("dep_time", "arr_time", "dep_delay", "arr_delay")
                },
                **{name: _keep("measure") for name in ("air_time", "distance")},
                "time_hour": _drop("dimension"),
            }
        },
        "airlines": {"columns": {name: _keep("dimension") for name in ("carrier", "name")}},
        "airports": {
            "columns": {
                **{name: _keep("dimension") for name in ("faa", "name", "tz", "dst", "tzone")},
                **{name: _keep("measure") for name in ("lat", "lon", "alt")},
            }
        },
        "planes": {
            "columns": {
                **{
                    name: _keep("dimension") for name in ("tailnum", "year", "type", "manufacturer")
                },
                **{name: _keep("dimension") for name in ("model", "engine")},
                **{name: _keep("measure") for name in ("engines", "seats", "speed")},
            }
        },
        "weather": {
            "columns": {
                **{name: _keep("dimension") for name in ("origin", "year", "month", "day", "hour")},
                **{name: _keep("measure") for name in ("temp", "dewp", "humid", "wind_dir")},
                **{name: _keep("measure") for name in ("wind_speed", "wind_gust", "precip")},
                **{name: _keep("measure") for name in ("pressure", "visib")},
                "time_hour": _drop("dimension"),
            }
        },
    },
}

HEALTH = Story(
    key="aggregate",
    mode="aggregate",
    dataset="health_insurance_visits",
    title="医疗保险就诊与费用统计",
    resource={
        "name": "医疗保险就诊与费用年度记录",
        "summary": "参保人按年度汇总的就诊次数、住院次数与医疗费用，用于医疗服务利用与费用研究。",
        "industry": "Q",
        "region": "620000",
        "scenario": "医疗健康",
        "update_cycle": "每年",
        "time_coverage": "研究年度 1 至 5",
        "data_form": "结构化表",
        "volume_records": 20190,
        "source_basis": "依照卫生健康主管部门法定职责采集",
        "collection_mode": "自行采集",
        "data_level": "general",
        "risk_conclusion": "已完成数据安全风险评估，残余风险低",
    },
    product={
        "name": "医疗保险就诊与费用统计产品",
        "summary": "在沙箱内对去标识化的就诊与费用记录作统计计算，少于十人的分组不予提供。",
        "industry": "Q",
        "region": "620000",
        "scenario": "医疗健康",
        "update_cycle": "每年",
        "source_basis": "依照授权运营协议开发",
        "risk_conclusion": "已完成数据安全风险评估，残余风险低",
        "product_form": "沙箱统计",
    },
    declaration=HEALTH_DECLARATION,
    purpose="statistical-analysis",
    justification="研究自付比例与门诊就诊次数之间的关系，为企业补充医疗计划设计提供依据。",
    price_cents=80,
    ceiling_cents=100,
    run_quota=200,
    queries=(
        """SELECT age_years, sex, COUNT(*) AS person_years, COUNT(DISTINCT person_id) AS people,
  AVG(physician_visits) AS visits
FROM visits GROUP BY age_years, sex ORDER BY age_years, sex""",
        """SELECT coinsurance_percent, COUNT(*) AS person_years, SUM(medical_usd) AS spending
FROM visits GROUP BY coinsurance_percent ORDER BY coinsurance_percent""",
    ),
)

FLIGHTS = Story(
    key="open",
    mode="open",
    dataset="flights",
    title="航班准点与机场天气",
    resource={
        "name": "2013年三座机场离港航班记录",
        "summary": "三座机场全年离港航班的计划与实际时刻、延误、承运人、机型与逐时天气。",
        "industry": "G",
        "region": "620000",
        "scenario": "交通运输",
        "update_cycle": "每年",
        "time_coverage": "2013年",
        "data_form": "结构化表",
        "volume_records": 336776,
        "source_basis": "依照交通运输主管部门法定职责采集",
        "collection_mode": "自行采集",
        "data_level": "general",
        "risk_conclusion": "不含个人信息，风险评估结论为低",
    },
    product={
        "name": "航班准点与天气关联查询产品",
        "summary": "在沙箱内对航班、机型、机场与天气数据作关联查询，不含个人信息。",
        "industry": "G",
        "region": "620000",
        "scenario": "交通运输",
        "update_cycle": "每年",
        "source_basis": "依照授权运营协议开发",
        "risk_conclusion": "不含个人信息，风险评估结论为低",
        "product_form": "沙箱查询",
    },
    declaration=FLIGHTS_DECLARATION,
    purpose="academic-research",
    justification="研究天气与航班延误之间的关系，论文将注明数据来源与登记编号。",
    price_cents=30,
    ceiling_cents=50,
    run_quota=500,
    queries=(
        """SELECT a.name AS airline, COUNT(*) AS flights, ROUND(AVG(f.arr_delay), 1) AS mean_delay
FROM flights f JOIN airlines a ON f.carrier = a.carrier GROUP BY a.name ORDER BY flights DESC""",
        """SELECT f.origin, f.month, COUNT(*) AS flights FROM flights f
GROUP BY f.origin, f.month ORDER BY f.origin, f.month LIMIT 12""",
    ),
)

#: The health product once more, with noise on every number: the same people, one budget.
PRIVATE = replace(
    HEALTH,
    key="dp",
    mode="dp",
    dataset="health_insurance_visits_private",
    title="医疗保险就诊与费用统计（差分隐私）",
    made_from=HEALTH.dataset,
    privacy_rho=150_000_000,
    # A person-year more or less costs budget; a hundred of some ten thousand is precise enough here.
    accuracy=100,
    queries=(
        "SELECT site_no, sex, COUNT(*) AS person_years FROM visits GROUP BY site_no, sex",
        "SELECT sex, COUNT(DISTINCT person_id) AS people, AVG(physician_visits) AS visits FROM visits GROUP BY sex",
    ),
)

#: What is registered, and what is licensed: the private one is another offer on the health product.
STORIES = (FLIGHTS, HEALTH)
LICENSED = (*STORIES, PRIVATE)


def _open(name: str, summary: str) -> dict[str, Any]:
    return {**HEALTH.resource, "name": name, "summary": summary}


#: Applications that the demonstration leaves on the way, and how many steps they have made.
OPEN_APPLICATIONS: tuple[tuple[dict[str, Any], int], ...] = (
    (_open("基层门诊服务量年度统计", "各县区基层医疗机构门诊服务量的年度汇总。"), 5),
    (_open("医疗机构床位使用情况", "各级医疗机构床位数与使用率的季度汇总。"), 3),
    (_open("传染病监测周报汇总", "法定传染病监测周报的县级汇总，不含个人信息。"), 2),
)

#: One sentence for each of the 13 topics of S2 Art. 14.
AGREEMENT_TOPICS: dict[str, str] = {
    "scope": "授权运营范围为本协议所列登记编号对应的公共数据资源。",
    "term": "授权运营期限三年。",
    "products": "产品与服务清单见附件，产品须经安全审查与合规审查。",
    "platform": "使用河西数据沙箱，网络安全等级保护三级。",
    "assets": "软硬件资产归运营机构，公共数据产品和服务的权益依协议约定。",
    "disclosure": "按季度披露授权运营情况；不得直接或间接参与已交付产品的再开发。",
    "accounting": "单独核算成本与收入，按约定比例分配收益。",
    "security": "落实数据安全与个人信息保护责任，发现泄露两小时内报告。",
    "evaluation": "每年评估一次运营成效，据此续约或退出。",
    "liability": "违约方承担相应责任。",
    "disputes": "争议由兰州市有管辖权的人民法院处理。",
    "changes": "变更或者终止须经双方书面同意。",
    "other": "未尽事宜另行约定。",
}


#: What the operator files for data property in its health product (S4 annex 1), without its code.
PROPERTY_FORM: dict[str, Any] = {
    "applicant_class": "legal_person",
    "applicant_contact": "白经办",
    "applicant_phone": "+86 931 8000000",
    "applicant_address": "甘肃省兰州市城关区雁南路1号",
    "name": "2024年甘肃省医保就诊统计分析数据集",
    "summary": "由去标识化的医保就诊记录汇总得到，可用于就诊需求与费用的统计分析。",
    "industry": "Q",
    "industry_division": "84",
    "region": "620000",
    "data_source": "derived",
    "acquisition_proof": "0a" * 32,
    "update_cycle": "yearly",
    "data_form": "table",
    "restrictions": "仅限在数据沙箱内统计分析，不得转售和出境。",
    "commitment_accepted": True,
    "commitment_signer": "石业务",
}


def rights_of(holder: Actor, credit_code: str) -> dict[str, Any]:
    """The three rights of one holder in derived data (S4 Art. 21)."""
    rights = [
        {"holder_name": holder.organisation_name, "holder_code": credit_code, "right": right}
        for right in ("hold", "use", "operate")
    ]
    return {"applicant_code": credit_code, "rights": rights}
