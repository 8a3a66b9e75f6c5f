"""A province's register of a million entries, generated: names, bodies, regions and industries vary.

Rows are written as the tables hold them, not through the use cases: a million registrations would
take days. The last thousand applications are still open, so that verbs and clocks have work.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import text

from kernel.database import Database
from registry.search import index
from registry.search.index import EntryText
from registry.search.tokens import Filters

#: So many distinct texts; more entries repeat them, because making tokens costs more than storing.
DISTINCT = 100_000
_BATCH = 5_000
_MOMENT = datetime(2026, 3, 2, 1, tzinfo=UTC)
_PLACES = [
    "甘肃省",
    "兰州市",
    "嘉峪关市",
    "金昌市",
    "白银市",
    "天水市",
    "武威市",
    "张掖市",
    "平凉市",
    "酒泉市",
    "庆阳市",
    "定西市",
]
_TOPICS = [
    "住房公积金",
    "居民健康档案",
    "企业信用",
    "气象观测",
    "交通流量",
    "社会保险",
    "医疗保险",
    "不动产登记",
    "学籍管理",
    "水文监测",
    "空气质量",
    "旅游客流",
    "农产品价格",
    "电力负荷",
    "税收征管",
    "婚姻登记",
    "车辆登记",
    "文物保护",
    "地质灾害",
    "水土保持",
    "林草资源",
    "市场主体",
    "招标投标",
    "行政许可",
    "行政处罚",
    "公共图书",
    "体育场馆",
    "养老服务",
    "就业创业",
    "建筑工程",
    "消防安全",
    "食品安全",
    "药品监管",
    "环境执法",
    "河湖管理",
    "矿产资源",
    "测绘地理",
    "科技项目",
    "专利商标",
]
_DEEDS = [
    "缴存",
    "核验",
    "统计",
    "登记",
    "备案",
    "监测",
    "查询",
    "分析",
    "年报",
    "明细",
    "汇总",
    "目录",
    "评价",
    "预警",
    "台账",
    "轨迹",
    "指数",
]
_SORTS = ["数据集", "数据产品", "接口服务", "分析报告", "核验服务", "指数产品"]
_REGIONS = ["620000", *(f"62{p:02d}{c:02d}" for p in range(1, 13) for c in range(8))]
_STATUSES = ("effective", "expired", "cancelled", "revoked")


_SAME = {
    "update_cycle": "按年更新",
    "source_basis": "履职过程中依法采集",
    "scenario": "统计分析",
    "evidence_sha256": "ab" * 32,
    "risk_conclusion": "低风险",
}


def forms() -> list[tuple[str, dict[str, Any], str]]:
    """Distinct forms with their kind and status, always the same ones."""
    rng = random.Random(7)
    weights = [1 / (place + 1) for place in range(len(_TOPICS))]
    made = []
    for _ in range(DISTINCT):
        kind = rng.choices(("resource", "product", "service"), (6, 3, 1))[0]
        topic = rng.choices(_TOPICS, weights)[0]
        year, place = rng.randint(2015, 2026), rng.choice(_PLACES)
        form = {
            "name": f"{year}年{place}{topic}{rng.choice(_DEEDS)}{rng.choice(_SORTS)}",
            "summary": f"按{rng.choice('年月日季')}更新的{rng.choices(_TOPICS, weights)[0]}"
            f"{rng.choice(_DEEDS)}，含{rng.choice(_TOPICS)}信息，用于公共服务与研究。",
            "region": rng.choice(_REGIONS),
            "industry": rng.choice("ABCDEFGHIJKLMNOPQRST"),
            **_SAME,
        }
        made.append((kind, form, rng.choices(_STATUSES, (90, 6, 3, 1))[0]))
    return made


def fill(db: Database, organisation_id: str, entries: int) -> None:
    """Fill both the tables and the search with that many entries."""
    distinct = forms()
    dialect = db.engine.dialect.name
    rows = [
        index.row_of(dialect, _text(0, "", form, kind, status)) for kind, form, status in distinct
    ]
    serials = iter(range(1, entries + 1))
    while batch := list(islice(serials, _BATCH)):
        values = [_row(number, distinct[number % DISTINCT], organisation_id) for number in batch]
        tokens = [{**rows[number % DISTINCT], "serial": number} for number in batch]
        with db.transaction() as session:
            connection = session.connection()
            for statement in (_APPLICATION, _ENTRY, _VERSION):
                connection.execute(text(statement), values)
            connection.execute(text(index.INSERT[dialect]), tokens)
    with db.transaction() as session:
        index.settle(session)
    if dialect == "postgresql":
        with db.transaction() as session:
            # The serials were given by hand; the sequence has to follow.
            sequence = "pg_get_serial_sequence('registry_entry', 'serial')"
            session.connection().execute(text(f"SELECT setval({sequence}, {entries})"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if dialect == "sqlite" else "VACUUM ANALYZE")


def _text(serial: int, code: str, form: dict[str, Any], kind: str, status: str) -> EntryText:
    filters = Filters(form["region"], form["industry"], kind, status)
    return EntryText(serial, code, form["name"], f"单位\n{form['summary']}", filters)


def _row(serial: int, distinct: tuple[str, dict[str, Any], str], owner: str) -> dict[str, Any]:
    kind, form, status = distinct
    code = f"B620000-{serial:08d}"
    valid_until = date(2029, 3, 2) + timedelta(days=serial % 300)
    plain = _plain(form["name"], form["summary"], form["region"], form["industry"])
    snapshot = (
        f'{{"code": "{code}", "application_id": "b{serial:031d}", "kind": "{kind}", '
        f'"status": "{status}", "version": 1, "organisation_id": "{owner}", '
        f'"organisation_name": "单位", "name": "{form["name"]}", "form": {plain}, '
        f'"coded_at": "{_MOMENT.isoformat()}", "valid_until": "{valid_until}", "reason": ""}}'
    )
    return {
        "id": f"b{serial:031d}",
        "serial": serial,
        "code": code,
        "kind": kind,
        "form": plain,
        "status": status,
        "owner": owner,
        "name": form["name"],
        "region": form["region"],
        "industry": form["industry"],
        "at": _MOMENT,
        "until": valid_until,
        "snapshot": snapshot,
    }


@cache
def _plain(name: str, summary: str, region: str, industry: str) -> str:
    form = {**_SAME, "name": name, "summary": summary, "region": region, "industry": industry}
    return json.dumps(form, ensure_ascii=False)


_APPLICATION = (
    "INSERT INTO registry_application (id, register_name, type, kind, status, revision, "
    "organisation_id, organisation_name, agent_organisation_id, entry_code, form, name, name_key, "
    "fingerprint, party, checklist, drafted_by, reviewed_inside_by, accepted_by, reviewed_by, "
    "coded_by, supplements, extensions, reason, created_at, filed_late_workdays, "
    "due_is_provisional, notice_ends_on, code, coded_at) VALUES (:id, 'resources', 'initial', "
    ":kind, 'effective', 7, :owner, '单位', '', '', :form, :name, :name, '', '{}', '{}', 'a', "
    "'b', 'c', 'd', 'e', 0, 0, '', :at, 0, false, :until, :code, :at)"
)
_ENTRY = (
    "INSERT INTO registry_entry (serial, code, application_id, kind, status, version, "
    "organisation_id, organisation_name, name, name_key, fingerprint, region, industry, form, "
    "coded_at, valid_until, reason) VALUES (:serial, :code, :id, :kind, :status, 1, :owner, "
    "'单位', :name, :name, '', :region, :industry, :form, :at, :until, '')"
)
_VERSION = (
    "INSERT INTO registry_version (id, register_name, subject, number, at, type, status, "
    "application_id, actor_name, snapshot) VALUES (:id, 'resources', :code, 1, :at, 'initial', "
    ":status, :id, '', :snapshot)"
)


def open_clocks(db: Database, count: int) -> Iterator[str]:
    """Start that many review clocks on generated entries' applications; gives their identifiers."""
    statement = text(
        "INSERT INTO registry_clock (id, application_id, kind, limit_key, amount, extra, holder, "
        "state, spans, started_at, due_on, is_provisional) VALUES (:id, :application, 'review', "
        "'review', 20, 0, 'institution', 'running', :spans, :at, :due, false)"
    )
    numbers = iter(range(1, count + 1))
    while batch := list(islice(numbers, _BATCH)):
        rows: list[dict[str, Any]] = []
        for number in batch:
            began = date(2026, 3, 2) + timedelta(days=number % 40)
            rows.append(
                {
                    "id": f"c{number:031d}",
                    "application": f"b{number:031d}",
                    "at": _MOMENT,
                    "spans": json.dumps([[began.isoformat(), None]]),
                    "due": began + timedelta(days=28),
                }
            )
        with db.transaction() as session:
            session.connection().execute(statement, rows)
        yield from (row["id"] for row in rows)
