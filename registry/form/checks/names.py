"""Names of data: what makes two of them the same, what spoils one, and what a good one says."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from registry.form.dictionaries import DICTIONARIES

#: Unicode categories of blanks, punctuation and invisible characters; a symbol such as + tells apart.
_SILENT = frozenset("ZPC")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_MARKS = "，。、；：！？,.;:!?·_-"
_SYSTEM = re.compile(
    r"(系统|平台|数据库|网站|小程序|客户端|\b(?:system|platform|database|website|app))[）)]?\Z",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[0-9]{4}|年|季度|月|周|日|时|annual|month|year|quarter|week|dai?ly", re.IGNORECASE
)
_REGION = re.compile(
    r"省|市|州|县|区|乡|镇|村|全国|中国|province|prefecture|county|district|national", re.IGNORECASE
)
_TYPE = re.compile(
    r"(数据集?|记录|信息|目录|名单|清单|名录|统计|汇总|台账|报告|报表|表|指数|产品|服务|图|影像|档案|监测|"
    r"data|dataset|records?|list|statistics|report|index|product|service|map)[）)]?\Z",
    re.IGNORECASE,
)


def normalised_name(text: str) -> str:
    """The name without what does not tell it from another: width, case, blanks, punctuation."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(each for each in plain if unicodedata.category(each)[0] not in _SILENT)


def cleaned_name(text: str) -> str:
    """The name without needless blanks and punctuation; a clean name comes back as it is."""
    plain = "".join(each for each in text if each == " " or unicodedata.category(each)[0] != "C")
    plain = re.sub(r"\s+", " ", plain)
    plain = re.sub(rf"(?<=[{_HAN}]) (?=[{_HAN}])", "", plain)
    # A doubled dash or dots are proper Chinese punctuation and stay.
    plain = re.sub(rf"([{re.escape(_MARKS)}])\1+", r"\1", plain)
    return plain.strip(f" {_MARKS}")


def is_system_name(text: str) -> bool:
    """The name is that of a system, platform, database or site, and not of the data in it."""
    return bool(_SYSTEM.search(text.strip()))


def missing_parts(text: str) -> Iterator[str]:
    """The parts that S4 Art. 19 counsels and that cannot be found in the name: time, region, type.

    Industry and content cannot be told from the letters, so nothing is said about them.
    """
    if not _TIME.search(text):
        yield "time"
    if not _REGION.search(text) and not any(place in text for place in _places()):
        yield "region"
    if not _TYPE.search(text):
        yield "type"


@cache
def _places() -> frozenset[str]:
    """Names of places in Gansu as people write them, without the word for county or city."""
    names = {one.chinese for one in DICTIONARIES["regions"]}
    return frozenset({"甘肃"} | {name[:-1] for name in names if len(name) > 2})  # noqa: PLR2004 - one character would be found in any word
