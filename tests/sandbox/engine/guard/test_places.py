"""A refusal shows the word that it is about, and says in the reader's language what to write instead."""

import re
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from kernel.errors import said_facts
from kernel.web.language import detail_of
from sandbox.engine.guard import analyse
from sandbox.errors.guard import (
    ColumnNotGrouped,
    ConstructNotAllowed,
    FunctionNotAllowed,
    SqlRefused,
    SqlTooLarge,
)
from tests.sandbox.engine.guard.corpus import description, lines, modes_of

#: Texts with the offending word in «».
MARKED = [
    ("open", "SELECT «nothing» FROM persons", "sandbox-column-unknown"),
    ("open", "SELECT age\nFROM persons,\n  «nowhere»", "sandbox-table-unknown"),
    ("open", "SELECT age FROM persons WHERE «foo»(age) = 1", "sandbox-function-not-allowed"),
    ("open", "SELECT 'a\nb', «upper»(age) FROM persons", "sandbox-function-not-allowed"),
    ("open", "SELECT sex, «ssn» FROM persons", "sandbox-column-unknown"),
    ("open", "SELECT COUNT(*) FROM persons WHERE «mean»(age) > 1", "sandbox-construct-not-allowed"),
    ("open", "SELECT «employees»,\n COUNT(*) FROM enterprises", "sandbox-column-not-grouped"),
    ("open", "«DROP» TABLE persons", "sandbox-statement-not-allowed"),
    ("open", "«SELECT» 1; SELECT 2", "sandbox-one-query-only"),
    ("aggregate", "SELECT «person_id» FROM persons", "sandbox-column-withheld"),
    ("aggregate", "SELECT «max»(income) FROM persons", "sandbox-function-not-allowed"),
    ("aggregate", "SELECT «variance»(income + age) FROM persons", "sandbox-function-not-allowed"),
    ("aggregate", "SELECT COUNT(*) FROM persons GROUP BY «income»", "sandbox-key-not-allowed"),
    (
        "aggregate",
        "SELECT COUNT(*) FROM persons JOIN «enterprises» ON true",
        "sandbox-join-not-allowed",
    ),
    ("dp", "SELECT COUNT(*) FROM «persons»", "sandbox-bound-unknown"),
]


def refusal_of(sql: str, mode: str) -> SqlRefused | None:
    try:
        analyse(sql, description(mode))
    except SqlRefused as refusal:
        return refusal
    return None


def word_at(sql: str, facts: dict[str, Any]) -> str:
    begin = int(facts["column"]) - 1
    return sql.split("\n")[int(facts["line"]) - 1][begin : begin + int(facts["length"])]


@pytest.mark.parametrize(("mode", "marked", "code"), MARKED, ids=[one[1] for one in MARKED])
def test_a_refusal_shows_its_word(mode: str, marked: str, code: str) -> None:
    sql = re.sub("[«»]", "", marked)
    refusal = refusal_of(sql, mode)
    assert refusal is not None
    assert refusal.code == code
    word = marked[marked.index("«") + 1 : marked.index("»")]
    assert word_at(sql, refusal.facts) == word
    before = marked[: marked.index("«")]
    assert refusal.facts["line"] == before.count("\n") + 1
    assert refusal.facts["column"] == len(before) - (before.rfind("\n") + 1) + 1


def test_every_refusal_of_the_corpus_has_a_place_but_those_of_a_size() -> None:
    """A text over a limit is too large as a whole; one without a word has no place."""
    seen = 0
    for line in lines("attacks.jsonl"):
        for mode in modes_of(line):
            refusal = refusal_of(line["sql"], mode)
            if refusal is None or isinstance(refusal, SqlTooLarge) or not line["sql"].strip():
                continue
            seen += 1
            assert {"line", "column"} <= refusal.facts.keys(), (line["id"], refusal.facts)
            assert 1 <= refusal.facts["line"] <= line["sql"].count("\n") + 1
    assert seen > 300


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT COUNT(*) n FROM persons WHERE age LIKE '3%'", ConstructNotAllowed),
        ("SELECT COUNT(*) n FROM persons WHERE upper(age) = 'A'", FunctionNotAllowed),
        ("SELECT COUNT(*) n FROM persons WHERE starts_with(sex, visit_date)", FunctionNotAllowed),
        ("SELECT COUNT(*) n FROM persons WHERE sqrt(age > 3) > 1", FunctionNotAllowed),
        ("SELECT AVG(age > 30) a FROM persons", FunctionNotAllowed),
        ("SELECT county, employees, COUNT(*) n FROM enterprises GROUP BY county", ColumnNotGrouped),
        ("SELECT COUNT(*) n FROM enterprises HAVING employees > 3", ColumnNotGrouped),
        ("SELECT COUNT(*) n FROM enterprises ORDER BY employees", ColumnNotGrouped),
        ("SELECT SUM(employees) OVER () s, COUNT(*) n FROM enterprises", ColumnNotGrouped),
        (
            "SELECT COUNT(*) n, (SELECT COUNT(*) FROM persons WHERE county = e.county) FROM enterprises e",
            ColumnNotGrouped,
        ),
    ],
)
def test_what_the_engine_would_not_bind_is_refused_with_a_reason(
    sql: str, kind: type[SqlRefused]
) -> None:
    assert type(refusal_of(sql, "open")) is kind


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT employees + 1 + 1 AS e, COUNT(*) n FROM enterprises GROUP BY employees + 1",
        "SELECT county, SUM(COUNT(*)) OVER (ORDER BY county) s FROM enterprises GROUP BY county",
        "SELECT county, (SELECT COUNT(*) FROM persons WHERE county = e.county) FROM enterprises e GROUP BY county",
        "SELECT county, COUNT(*) n FROM enterprises GROUP BY ROLLUP (county) ORDER BY grouping(county)",
        "SELECT SUM(age > 30) s FROM persons",
        "SELECT COUNT(*) n FROM persons WHERE upper(NULL) = 'A' OR age::VARCHAR LIKE '3%'",
    ],
)
def test_what_the_engine_binds_is_accepted(sql: str) -> None:
    assert refusal_of(sql, "open") is None


def test_every_phrase_of_a_refusal_is_in_chinese(app: Flask) -> None:
    """Words of SQL stay as they are; a phrase of ours has its own in the catalogue."""
    told = set()
    for name in ("attacks.jsonl", "honest.jsonl"):
        for line in lines(name):
            for mode in ("open", "aggregate", "dp"):
                refusal = refusal_of(line["sql"], mode)
                if refusal is None:
                    continue
                with app.test_request_context(), force_locale("zh_Hans_CN"):
                    sentence = detail_of(refusal)
                for fact, value in said_facts(refusal.facts, str).items():
                    if fact in ("construct", "rewrite", "measure", "bound") and re.search(
                        "[a-z]{2} [a-z]{2}", str(value)
                    ):
                        told.add(value)
                        assert str(value) not in sentence, refusal.facts
    assert len(told) > 30
