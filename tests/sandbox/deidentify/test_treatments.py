"""Treatments: each does to every value what its definition says, and tells nothing else."""

import hashlib
import hmac
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import errors, rules
from sandbox.deidentify.declaration import read_declaration
from tests.sandbox.deidentify.tables import KEY, OPEN, PERSON, stored, treat, write

PEOPLE = ["甲", "B'2", "ç", "a\nb", "1"]


def test_pseudonyms_are_the_keyed_hash_of_column_and_value(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", 人=PEOPLE, n=range(5))
    made = treat(source, tmp_path, {"人": PERSON, "n": OPEN}, person_column="人")
    expected = {
        hmac.new(KEY, f"人\n{value}".encode(), hashlib.sha256).hexdigest()[:16] for value in PEOPLE
    }
    assert {row[0] for row in stored(made, tmp_path)} == expected


def test_pseudonyms_with_sm3_are_hmac_over_sm3(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", 人=PEOPLE, n=range(5))
    made = treat(
        source,
        tmp_path,
        {"人": PERSON, "n": OPEN},
        person_column="人",
        declared={"algorithm": "hmac-sm3"},
    )
    expected = set()
    for value in PEOPLE:
        one = keyed.HMAC(KEY, hashes.SM3())
        one.update(f"人\n{value}".encode())
        expected.add(one.finalize().hex()[:16])
    assert {row[0] for row in stored(made, tmp_path)} == expected


def test_sm3_is_the_hash_of_its_standard() -> None:
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    # GB/T 32905-2016, annex A.1.
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest.finalize().hex() == known


def test_each_rotation_has_its_own_key_and_the_first_keeps_its_name() -> None:
    assert rules.pseudonym_purpose("d", 0) == "pseudonym:d"
    assert rules.pseudonym_purpose("d", 2) == "pseudonym:d:2"


@pytest.mark.parametrize(("algorithm", "column"), [("hmac-sha256", "住院"), ("hmac-sm3", "出院")])
def test_all_dates_of_one_person_move_by_the_same_days(
    tmp_path: Path, algorithm: str, column: str
) -> None:
    first = [date(2024, 1, 1) + timedelta(days=number * 3) for number in range(200)]
    second = [
        datetime(2024, 2, 1, 13, 45, tzinfo=UTC) + timedelta(days=number) for number in range(200)
    ]
    people = [f"p{number % 40}" for number in range(200)]
    source = write(tmp_path / "s.parquet", p=people, 住院=first, 出院=second, n=range(200))
    rule = {"class": "dimension", "treatment": "date_shift", "days": [-90, 90], "quasi": False}
    made = treat(
        source,
        tmp_path,
        {"p": PERSON, "住院": rule, "出院": rule, "n": OPEN},
        person_column="p",
        declared={"algorithm": algorithm},
    )
    assert {one["name"]: one["type"] for one in made.columns}["住院"] == "DATE"
    shifts: dict[str, set[timedelta]] = defaultdict(set)
    for _, begun, ended, number in stored(made, tmp_path):
        shifts[people[number]] |= {begun - first[number], ended - second[number]}
    assert all(len(one) == 1 for one in shifts.values())
    days = {next(iter(one)).days for one in shifts.values()}
    assert all(-90 <= one <= 90 for one in days)
    assert len(days) > 20
    assert column in {one["name"] for one in made.columns}


HIERARCHY = [
    {"兰州": "甘肃中部", "白银": "甘肃中部", "敦煌": "河西"},
    {"甘肃中部": "甘肃", "河西": "甘肃"},
]


@pytest.mark.parametrize(("level", "expected"), [(1, {"甘肃中部", "河西"}), (2, {"甘肃"})])
def test_generalising_replaces_a_value_by_its_parent(
    tmp_path: Path, level: int, expected: set[str]
) -> None:
    cities = ["兰州", "白银", "敦煌"] * 4 + [None]
    source = write(tmp_path / "s.parquet", 市=cities, n=range(13))
    rule = {
        "class": "dimension",
        "treatment": "generalise",
        "hierarchy": HIERARCHY,
        "level": level,
    }
    made = treat(source, tmp_path, {"市": rule, "n": OPEN})
    assert {row[0] for row in stored(made, tmp_path)} == {*expected, None}


def test_values_that_a_hierarchy_does_not_know_are_counted_and_not_told(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", 市=["兰州", "天水", "天水", "定西"], n=range(4))
    rule = {"class": "dimension", "treatment": "generalise", "hierarchy": HIERARCHY}
    with pytest.raises(errors.ValuesOutsideHierarchy) as refused:
        treat(source, tmp_path, {"市": rule, "n": OPEN})
    assert refused.value.facts == {"table": "t", "column": "市", "rows": 3}
    assert "天水" not in str(refused.value)


def test_top_and_bottom_coding_keeps_the_type_and_what_is_missing(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", a=[-5, 0, 7, 99, None], f=[0.25, 1.5, 9.75, None, 2.5])
    made = treat(
        source,
        tmp_path,
        {
            "a": {"class": "measure", "treatment": "top_bottom_code", "bounds": [0, 50]},
            "f": {"class": "measure", "treatment": "top_bottom_code", "bounds": [0.5, 5]},
        },
    )
    assert set(stored(made, tmp_path)) == {(0, 0.5), (0, 1.5), (7, 5), (50, None), (None, 2.5)}
    assert {one["name"]: one["type"] for one in made.columns} == {"a": "BIGINT", "f": "DOUBLE"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.none() | st.integers(-1000, 1000), min_size=1, max_size=60), st.integers(2, 5))
def test_microaggregates_are_means_of_groups_of_neighbours(
    tmp_path: Path, values: list[int | None], group: int
) -> None:
    source = write(tmp_path / "s.parquet", n=range(len(values)), v=values)
    rule = {"class": "measure", "treatment": "microaggregate", "group": group}
    made = treat(source, tmp_path, {"n": OPEN, "v": rule})
    found = dict(stored(made, tmp_path))
    members: dict[Any, list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        if value is None:
            assert found[number] is None
        else:
            members[found[number]].append(value)
    present = sum(value is not None for value in values)
    if present < group:
        assert set(found.values()) == {None}
        return
    for mean, one in members.items():
        assert len(one) >= group
        assert mean == pytest.approx(sum(one) / len(one), abs=1e-6)
    by_mean = [sorted(members[mean]) for mean in sorted(members)]
    ends = [value for one in by_mean for value in (one[0], one[-1])]
    assert ends == sorted(ends)


def test_a_microaggregate_never_stands_for_fewer_people_than_declared(tmp_path: Path) -> None:
    people = [f"p{number // 4}" for number in range(80)]
    source = write(tmp_path / "s.parquet", p=people, v=[float(one // 4) for one in range(80)])
    rule = {"class": "measure", "treatment": "microaggregate", "group": 3}
    made = treat(source, tmp_path, {"p": PERSON, "v": rule}, person_column="p")
    counted = stored(made, tmp_path, "SELECT count(DISTINCT p) FROM t GROUP BY v")
    assert min(count for (count,) in counted) >= 3


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    numbers = [number * 7919 % 1000 for number in range(5000)]
    columns = {
        "p": PERSON,
        "v": {"class": "measure", "treatment": "microaggregate", "group": 3},
        "n": {"class": "measure", "treatment": "round", "base": 10},
    }
    people = [f"p{number % 700}" for number in range(5000)]
    source = write(tmp_path / "s.parquet", p=people, v=numbers, n=numbers)
    first, second = (treat(source, tmp_path, columns, person_column="p") for _ in range(2))
    assert first.sha256 == second.sha256
    other = treat(
        source, tmp_path, columns, person_column="p", key=b"another key of 32 bytes, or so.."
    )
    assert other.sha256 != first.sha256


@pytest.mark.parametrize(
    "rule",
    [
        {"class": "dimension", "treatment": "generalise", "hierarchy": HIERARCHY, "level": 3},
        {
            "class": "dimension",
            "treatment": "generalise",
            "hierarchy": [{"a": "b"}, {"c": "d"}],
            "level": 2,
        },
        {"class": "dimension", "treatment": "band"},
        {"class": "measure", "treatment": "top_bottom_code", "bounds": [5, 1]},
        {"class": "dimension", "treatment": "date_shift", "days": [3, 3]},
        {"class": "dimension", "treatment": "date_shift", "days": [-3, 3]},
        {"class": "measure", "treatment": "microaggregate", "group": 1},
        {"class": "measure", "treatment": "round", "base": -1},
    ],
)
def test_a_treatment_without_what_it_needs_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(errors.DeclarationMalformed):
        read_declaration({"tables": {"t": {"columns": {"a": rule}}}})


@pytest.mark.parametrize(
    "more",
    [{"algorithm": "md5"}, {"sharing": "friends"}],
)
def test_a_protection_that_we_do_not_have_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(errors.DeclarationMalformed):
        read_declaration({"tables": {"t": {"columns": {"a": OPEN}}}, **more})


def test_a_name_that_would_end_its_quotation_is_refused() -> None:
    with pytest.raises(errors.DeclarationMalformed):
        read_declaration({"tables": {"t": {"columns": {'a" FROM x --': OPEN}}}})
