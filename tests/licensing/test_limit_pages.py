"""Limits of licensing by pages: who sees them, who sets them, what is kept after a mistake."""

from typing import Any

import pytest

from tests.marketplace.pagereader import visible_text

LIST = "/licensing/limits"
ONE = f"{LIST}/plan_filing"
GOOD = {
    "scope": "provincial",
    "value": "15",
    "source": "甘数〔2026〕3号",
    "effective_from": "2026-03-02",
}


def test_everybody_sees_the_limits_and_finds_the_way_to_them(reader: Any) -> None:
    visitor = reader()
    for page in (LIST, "/registry/limits", "/"):
        assert f'href="{LIST}"' in visitor.get(page).get_data(as_text=True)
    told = visible_text(visitor.get(LIST))
    for words in ("File a decided plan", "20 working days", "plan_filing", "S2 Art. 11"):
        assert words in told
    # A licence's own waits have no number in the law.
    assert "the law sets no number (S2 Art. 11)" in visible_text(visitor.get(ONE))
    chinese = visible_text(reader("", "zh-Hans").get(LIST))
    assert "授权运营期限" in chinese
    assert "备案" in chinese
    assert visitor.get(f"{LIST}/nonsense").status_code == 404
    assert visitor.get(f"{LIST}?day=yesterday").status_code == 422
    # Limits of the registers are not licensing's to set.
    assert visitor.get(f"{LIST}/acceptance").status_code == 404


def test_the_administrator_sets_a_value_and_its_history_is_kept(reader: Any) -> None:
    admin = reader("admin")
    assert admin.send(ONE, ONE, **GOOD).headers["Location"] == ONE
    told = visible_text(admin.get(ONE))
    for words in ("Set. Duties that begin from that day on count with it.", "15 working days"):
        assert words in told
    assert "甘数〔2026〕3号" in visible_text(reader().get(LIST))
    assert "甘数〔2026〕3号" not in visible_text(reader().get(f"{LIST}?as_of=2026-03-01T09:00"))
    assert "甘数〔2026〕3号" not in visible_text(reader().get(f"{LIST}?day=2026-03-01"))
    # An empty value takes the provincial one back.
    assert admin.send(ONE, ONE, **{**GOOD, "value": ""}).status_code == 302
    assert "20 working days" in visible_text(reader().get(LIST))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source": ""}, 'href="#source"'),
        ({"value": "some"}, 'href="#value"'),
        ({"effective_from": "soon"}, 'href="#effective_from"'),
        ({"value": "10001"}, "kernel-limit-value-unusable"),
        ({"scope": "national", "value": ""}, "kernel-limit-value-unusable"),
    ],
)
def test_a_mistake_stands_on_the_form_and_nothing_typed_is_lost(
    reader: Any, wrong: dict[str, str], said: str
) -> None:
    typed = {**GOOD, **wrong}
    reply = reader("admin").send(ONE, ONE, **typed)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert said in page
    for name in ("value", "source", "effective_from"):
        assert not typed[name] or f'value="{typed[name]}"' in page
    assert "20 working days" in visible_text(reader().get(LIST))


def test_nobody_else_sets_a_limit(reader: Any) -> None:
    for person in ("operator", "data_authority", "regulator"):
        one = reader(person)
        page = one.get(ONE).get_data(as_text=True)
        assert f'action="{ONE}"' not in page
        refused = one.force(ONE, **GOOD)
        assert refused.status_code == 403
        assert "kernel-not-permitted" in refused.get_data(as_text=True)
