"""Papers for the tests of this folder, and the plainest way to turn the template into a page."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from registry.certificate.paper import PROPERTY, RESOURCES, HeldRight, Paper, PastChange
from registry.certificate.qr import draw_qr

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

SHEET = Paper(
    register=RESOURCES,
    code="L620000-2026-2-000017",
    name="2021—2025年甘肃省居民健康档案统计数据产品",
    summary="按县区、年龄组和性别汇总的居民健康档案统计，用于公共卫生研究与服务规划；不含个人信息。",
    holders=("甘肃省大数据中心",),
    kind="数据产品",
    registration_type="首次登记",
    status="effective",
    status_word="有效",
    evidence_on=date(2026, 11, 2),
    valid_until=date(2029, 11, 1),
    institution="甘肃省公共数据资源登记中心",
    as_of=NOON,
    verify_url="https://data.gansu.example/registry/entries/L620000-2026-2-000017",
    manifest_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    receipt_id="019a9f2e-7c41-7d2a-9b1e-3f5c8a7e4d10",
    facts=(
        ("行业", "Q84 卫生"),
        ("地域", "甘肃省"),
        ("获取方式", "授权运营"),
    ),
    history=(
        PastChange("首次登记", date(2026, 11, 2)),
        PastChange("变更登记", date(2026, 11, 18)),
    ),
)
CERTIFICATE = replace(
    SHEET,
    register=PROPERTY,
    code="SJ6212026110001",
    holders=("兰州新区数据运营有限公司", "甘肃省第三人民医院"),
    kind="衍生数据",
    registration_type="初次登记",
    valid_until=date(2031, 11, 1),
    verify_url="https://data.gansu.example/registry/certificates/SJ6212026110001",
    restrictions="限境内使用；不得转售；不得用于识别特定自然人。",
    rights=(
        HeldRight("兰州新区数据运营有限公司", "数据持有权"),
        HeldRight("兰州新区数据运营有限公司", "数据经营权", limits="仅限许可使用"),
        HeldRight("甘肃省第三人民医院", "数据使用权", until=date(2028, 6, 30)),
    ),
    remarks=("查封：兰州市中级人民法院（2026）甘01执88号，2026年11月18日起",),
)


def page_of(paper: Paper, words: Mapping[str, str] | None = None) -> str:
    """The page of a paper in English, or in the words of a catalogue."""

    def say(text: str, **facts: object) -> Markup:
        filled = {name: escape(fact) for name, fact in facts.items()}
        return Markup((words or {}).get(text, text)) % filled

    frame = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    frame.globals["_"] = say
    template = frame.get_template("print/certificate.html")
    return template.render(paper=paper, qr_svg=draw_qr(paper.verify_url))


def squeezed(text: str) -> str:
    """Without white space: a PDF says where lines break, and Chinese breaks anywhere."""
    return re.sub(r"\s", "", text)
