"""The search index: both engines give the same answers, in the same order."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from kernel.database import Database
from registry.search import index
from registry.search.index import (
    EntryText,
    bulk_load,
    candidates,
    count_facets,
    create_statements,
    delete,
    settle,
    upsert,
)
from registry.search.tokens import Filters, query_phrases

LANZHOU = Filters("620102", "Q84", "product", "effective")
TIANSHUI = Filters("620500", "E", "resource", "effective")
ENTRIES = (
    EntryText(1, "L620000-2026-1-000001", "住房公积金缴存登记", "甘肃省住房资金中心", LANZHOU),
    EntryText(2, "L620000-2026-2-000002", "居民健康档案统计", "含住房公积金缴存情况 API", TIANSHUI),
    EntryText(3, "L620000-2026-2-000003", "重庆银行贷款，款项登记", "金融", LANZHOU),
    EntryText(
        4, "L620000-2026-1-000004", "住房登记", "公积金", Filters("620000", "Q", "", "revoked")
    ),
)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    db = Database(database_url)
    with db.transaction() as session:
        for statement in create_statements(db.engine.dialect.name):
            session.connection().execute(text(statement))
        bulk_load(session, ENTRIES)
        settle(session)
        yield session
    db.close()


def found(session: Session, query: str, filters: Filters | None = None) -> list[int]:
    return list(candidates(session, query_phrases(query), filters or Filters()).serials)


@pytest.mark.parametrize(
    ("query", "serials"),
    [
        ("公积金", [1, 4, 2]),
        ("登记", [4, 3, 1]),
        ("公积金 登记", [1, 4]),
        ("住房 公积金", [1, 4, 2]),
        ("公积金登记", []),
        ("api", [2]),
        ("ＡＰＩ", [2]),
        ("gjj", [1]),
        ("cqyh", [3]),
        ("zf", [4, 1]),
        ("记", [4, 3, 1]),
        ("款", [3]),
        ("行贷", [3]),
        ("款款", []),
        ("L620000-2026-2-000002", [2]),
        ("l62000020262000002", [2]),
        ("000002", [2]),
        ("没有", []),
        ("", [4, 3, 2, 1]),
        ("' OR \" ) * :", []),
    ],
)
def test_these_entries_answer(session: Session, query: str, serials: list[int]) -> None:
    if query.startswith("'"):
        assert found(session, query) == found(session, "or")
    else:
        assert found(session, query) == serials


@pytest.mark.parametrize(
    ("query", "filters", "serials"),
    [
        ("公积金", Filters(region="620000"), [1, 4, 2]),
        ("公积金", Filters(region="620100"), [1]),
        ("公积金", Filters(status="revoked"), [4]),
        ("登记", Filters(industry="Q"), [4, 3, 1]),
        ("登记", Filters(industry="Q84", kind="product"), [3, 1]),
        ("", Filters(kind="product"), [3, 1]),
        ("", Filters(region="110000"), []),
        ("region_62", Filters(), []),
    ],
)
def test_filters_are_part_of_the_question(
    session: Session, query: str, filters: Filters, serials: list[int]
) -> None:
    assert found(session, query, filters) == serials


def test_a_changed_entry_is_found_by_its_new_words_only(session: Session) -> None:
    revoked = Filters("620102", "Q84", "product", "revoked")
    upsert(session, EntryText(1, ENTRIES[0].code, "气象观测", "", revoked))

    assert found(session, "缴存") == [2]
    assert found(session, "气象") == [1]
    assert found(session, "", Filters(status="revoked")) == [4, 1]
    assert found(session, "", Filters(region="620102", status="effective")) == [3]


def test_a_deleted_entry_is_gone_and_can_come_back(session: Session) -> None:
    delete(session, 1)
    delete(session, 1)
    assert found(session, "gjj") == []

    upsert(session, ENTRIES[0])
    assert found(session, "gjj") == [1]


def test_an_exact_code_comes_before_texts_that_mention_it(session: Session) -> None:
    upsert(session, EntryText(5, "X-5", "衍生自 L620000-2026-1-000001", "", LANZHOU))

    assert found(session, "L620000-2026-1-000001") == [1, 5]


def test_many_answers_are_cut_and_say_so(session: Session) -> None:
    bulk_load(
        session,
        (EntryText(100 + number, f"C{number}", "气象站", "", LANZHOU) for number in range(30)),
    )
    some = candidates(session, query_phrases("气象"), Filters(), most=10)
    every = candidates(session, query_phrases("气象"), Filters(), most=30)

    assert some.serials == tuple(range(129, 119, -1))
    assert some.is_capped
    assert len(every.serials) == 30
    assert not every.is_capped


def test_a_rare_value_is_found_behind_any_number_of_other_answers(session: Session) -> None:
    bulk_load(
        session,
        (EntryText(100 + number, f"C{number}", "公积金", "", LANZHOU) for number in range(30)),
    )
    rare = candidates(session, query_phrases("公积金"), Filters(region="620500"), most=10)

    assert rare.serials == (2,)
    assert not rare.is_capped


def test_answers_are_counted_by_their_values(session: Session) -> None:
    connection = session.connection()
    connection.execute(
        text(
            "CREATE TABLE registry_entry (serial int, region text, industry text, kind text, status text)"
        )
    )
    connection.execute(
        text(
            "CREATE INDEX ix_registry_entry_facets ON registry_entry "
            "(serial, region, industry, kind, status)"
        )
    )
    for entry in ENTRIES:
        values = entry.filters
        connection.execute(
            text("INSERT INTO registry_entry VALUES (:s, :r, :i, :k, :t)"),
            {
                "s": entry.serial,
                "r": values.region,
                "i": values.industry,
                "k": values.kind,
                "t": values.status,
            },
        )

    assert count_facets(session, [1, 3, 4])["region"] == {"620102": 2, "620000": 1}
    assert count_facets(session, [1, 2, 3, 4])["status"] == {"effective": 3, "revoked": 1}
    assert count_facets(session, []) == {"region": {}, "industry": {}, "kind": {}, "status": {}}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=st.text(max_size=40), region=st.text(max_size=8))
def test_no_question_breaks_the_index(session: Session, query: str, region: str) -> None:
    found(session, query, Filters(region=region))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(st.sampled_from("住房公积金登记档案重庆银行贷款项 "), min_size=2, max_size=5))
def test_what_is_found_is_what_a_reader_would_find(session: Session, query: str) -> None:
    words = query.split()
    if not words or any(len(word) == 1 for word in words):
        return
    expected = {
        entry.serial
        for entry in ENTRIES
        if all(word in entry.title or word in entry.body for word in words)
    }
    assert set(found(session, query)) == expected


@pytest.mark.parametrize("probe", [1, 2, 3])
@pytest.mark.parametrize("frequent", [0.0, 2.0], ids=["walked", "asked"])
def test_answers_are_the_same_whichever_way_they_are_looked_up(
    session: Session, monkeypatch: pytest.MonkeyPatch, probe: int, frequent: float
) -> None:
    monkeypatch.setattr(index, "_PROBE", probe)
    monkeypatch.setattr(index, "_FREQUENT", frequent)

    assert found(session, "公积金") == [1, 4, 2]
    assert found(session, "登记", Filters(industry="Q84")) == [3, 1]
    assert found(session, "gjj") == [1]
    assert index.newest(session, query_phrases("登记"), Filters(), before=4, most=5) == [3, 1]
    assert index.newest(session, (), Filters(), before=3, most=5) == [2, 1]
