"""Risk: the same k, l and t as an outside tool finds, and what is too weak is never stored."""

import json
import math
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.operations.demo.material import DATA
from sandbox import errors
from sandbox.deidentify.risk.classes import View, measure
from tests.sandbox.deidentify.tables import OPEN, PERSON, stored, treat, write

OUTSIDE = Path(__file__).resolve().parents[2] / "outside"
HEALTH = f"'{DATA / 'health_insurance_visits.parquet'}'"
FLIGHTS = f"'{DATA / 'flights.parquet'}'"
#: name, rows in SQL, quasi-identifiers, sensitive columns
TABLES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "health by site",
        f"SELECT site_no, sex, floor(age_years / 20)::INT AS age, self_rated_health AS health, physician_visits AS visits FROM {HEALTH}",
        ("site_no", "sex", "age"),
        ("health", "visits"),
    ),
    (
        "health by plan and year",
        f"SELECT coinsurance_percent AS plan, study_year AS year, self_rated_health AS health FROM {HEALTH}",
        ("plan", "year"),
        ("health",),
    ),
    (
        "flights",
        f"SELECT origin, month, carrier FROM {FLIGHTS} WHERE day = 1 AND carrier IN ('UA', 'B6', 'EV', 'DL')",
        ("origin", "month"),
        ("carrier",),
    ),
    (
        "uneven",
        "SELECT 'q' || (i % 7) AS q, i % 3 AS r, 's' || (i * i % 11 // 2) AS s, i * 13 % 17 AS n FROM range(900) t(i)",
        ("q", "r"),
        ("s", "n"),
    ),
    (
        "unique rows",
        "SELECT i % 97 AS q, i % 5 AS r, i % 2 AS s FROM range(300) t(i)",
        ("q", "r"),
        ("s",),
    ),
)


@pytest.mark.parametrize(("name", "rows", "quasi", "sensitive"), TABLES)
def test_k_l_and_t_are_those_of_pycanon(
    tmp_path: Path, name: str, rows: str, quasi: tuple[str, ...], sensitive: tuple[str, ...]
) -> None:
    program = OUTSIDE.parents[1] / ".venv" / "outside-pycanon" / "bin" / "python"
    assert program.exists(), "run python -m scripts.install_outside"
    file = tmp_path / "t.csv"
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE t AS {rows}")
        db.execute(f"COPY t TO '{file}' (HEADER)")
        types = db.execute("SELECT column_name, column_type FROM (DESCRIBE t)").fetchall()
        ours = measure(db, View("t", quasi, sensitive), 3)
    texts = {column: "str" for column, kind in types if kind == "VARCHAR"}
    asked = {"file": str(file), "texts": texts, "quasi": quasi, "sensitive": sensitive}
    done = subprocess.run(
        [program, OUTSIDE / "measure_risk.py"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
    )
    theirs = json.loads(done.stdout)
    diversity = ours["sensitive"].values()
    assert ours["k"] == theirs["k"], name
    assert min(one["l_distinct"] for one in diversity) == theirs["l_distinct"]
    entropy = min(one["l_entropy"] for one in diversity)
    # They cut to a whole number, we do not.
    assert theirs["l_entropy"] in {math.floor(entropy), math.floor(entropy + 1e-6)}
    assert max(one["t"] for one in diversity) == pytest.approx(theirs["t"], abs=1e-9)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from(["a", "b", None]), st.integers(0, 2)),
        min_size=1,
        max_size=60,
    )
)
def test_classes_of_people_are_counted_as_by_hand(rows: list[tuple[int, str | None, int]]) -> None:
    with duckdb.connect() as db:
        db.execute("CREATE TABLE t (p INTEGER, a VARCHAR, b INTEGER)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        found = measure(db, View("t", ("a", "b"), (), "p"), 3)
    people = Counter((a, b) for p, a, b in set(rows))
    records = Counter((a, b) for _, a, b in rows)
    sizes = list(people.values())
    total = sum(sizes)
    small = sum(one for one in sizes if one < 3)
    assert (found["k"], found["classes"], found["members"]) == (min(sizes), len(sizes), total)
    assert found["small_members"] == small
    assert found["prosecutor"] == {
        "highest": pytest.approx(1 / min(sizes), abs=1e-6),
        "average": pytest.approx(len(sizes) / total, abs=1e-6),
        "share_above_threshold": pytest.approx(small / total, abs=1e-6),
    }
    assert found["unique_share"] == pytest.approx(sizes.count(1) / total, abs=1e-6)
    assert found["discernibility"] == sum(one**2 for one in records.values())
    assert sum(one["classes"] for one in found["sizes"]) == len(sizes)


AGES = [30, 30, 30, 30, 47, 47, 61]
TOWNS = ["兰州", "兰州", "兰州", "白银", "白银", "白银", "敦煌"]
COLUMNS: dict[str, Any] = {
    "p": PERSON,
    "age": {"class": "dimension", "treatment": "band", "edges": [0, 40, 60]},
    "town": {"class": "dimension"},
    "n": OPEN,
}


def people(folder: Path, name: str = "s.parquet") -> Any:
    return write(
        folder / name, p=[f"p{number}" for number in range(7)], age=AGES, town=TOWNS, n=range(7)
    )


def test_people_in_small_classes_are_refused_by_their_number_alone(tmp_path: Path) -> None:
    with pytest.raises(errors.DeidentificationTooWeak) as refused:
        treat(people(tmp_path), tmp_path, COLUMNS, person_column="p")
    # 兰州 under 40: three; 白银 under 40: one; 白银 under 60: two; 敦煌: one.
    assert refused.value.facts == {"table": "t", "people": 4, "least": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["s.parquet"]


def test_small_classes_are_suppressed_where_that_was_declared(tmp_path: Path) -> None:
    made = treat(
        people(tmp_path), tmp_path, COLUMNS, person_column="p", suppress_small_classes=True
    )
    assert made.rows == 3
    assert {row[1:3] for row in stored(made, tmp_path)} == {("0-39", "兰州")}
    report = made.report
    assert report["suppressed"] == {"rows": 4, "members": 4}
    assert (report["level"], report["least"], report["unit"]) == (3, 3, "people")
    assert (report["before"]["k"], report["after"]["k"]) == (1, 3)
    # Everything of 4 in 7 records is lost, of the others the range from 30 to 30: nothing.
    assert report["certainty_penalty"]["town"] == pytest.approx(4 / 7, abs=1e-6)


@pytest.mark.parametrize(
    ("declared", "least"),
    [
        ({}, 3),
        ({"strict": False}, 4),
        ({"sharing": "controlled"}, 5),
        ({"sharing": "public", "strict": False}, 21),
    ],
)
def test_the_sharing_model_sets_the_smallest_class(
    tmp_path: Path, declared: dict[str, Any], least: int
) -> None:
    source = write(tmp_path / "s.parquet", p=range(least), a=["x"] * least)
    columns = {"p": PERSON, "a": {"class": "dimension"}}
    made = treat(source, tmp_path, columns, person_column="p", declared=declared)
    assert made.report["after"]["k"] == least
    few = write(tmp_path / "f.parquet", p=range(least - 1), a=["x"] * (least - 1))
    with pytest.raises(errors.DeidentificationTooWeak):
        treat(few, tmp_path, columns, person_column="p", declared=declared)


def test_rows_are_people_where_the_identifier_was_dropped(tmp_path: Path) -> None:
    columns = {**COLUMNS, "p": {"class": "identifier", "treatment": "drop"}}
    with pytest.raises(errors.DeidentificationTooWeak):
        treat(people(tmp_path), tmp_path, columns)


def test_a_measure_that_is_declared_to_single_out_is_judged(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "p": PERSON,
        "age": {"class": "measure"},
        "town": {"class": "dimension", "treatment": "drop"},
        "n": OPEN,
    }
    assert treat(people(tmp_path), tmp_path, columns, person_column="p").report["level"] == 4
    columns["age"] = {"class": "measure", "quasi": True}
    with pytest.raises(errors.DeidentificationTooWeak):
        treat(people(tmp_path), tmp_path, columns, person_column="p")


#: Made up; the check digits are right.
NUMBERS = ["11010519491231002X", "620102199003078474", "440524188001010014"]


@pytest.mark.parametrize(
    ("values", "is_found"),
    [
        (NUMBERS, True),
        ([*NUMBERS[:2], "620102199003078476"], False),
        (["13800138000", "13900139001", "18900000002"], True),
        ([13800138000, 13900139001, 18900000002], True),
        (["1000", "2000", "3000"], False),
    ],
)
def test_a_kept_column_of_identifiers_is_level_one_and_refused(
    tmp_path: Path, values: list[Any], is_found: bool
) -> None:
    source = write(tmp_path / "s.parquet", a=values)
    columns = {"a": {"class": "dimension", "quasi": False}}
    if not is_found:
        assert treat(source, tmp_path, columns).report["level"] == 4
        return
    with pytest.raises(errors.IdentifierFound) as refused:
        treat(source, tmp_path, columns)
    assert refused.value.facts == {"table": "t", "columns": "a"}


def test_an_outside_table_finds_people_again_before_and_not_after(tmp_path: Path) -> None:
    source = write(
        tmp_path / "s.parquet",
        p=[f"p{number}" for number in range(30)],
        age=[20 + number for number in range(30)],
        sex=["f", "m"] * 15,
    )
    # Two are whom they seem to be, one is somebody of the same age, one is older than all.
    outside = write(
        tmp_path / "o.parquet",
        who=["p3", "p10", "x", "y"],
        years=[23, 30, 25, 80],
        gender=["m", "f", "m", "f"],
    )
    made = treat(
        source,
        tmp_path,
        {
            "p": PERSON,
            "age": {"class": "dimension", "treatment": "band", "edges": [0, 40]},
            "sex": {"class": "dimension"},
        },
        attacker=outside,
        person_column="p",
        outside={"years": "age", "gender": "sex"},
        truth="who",
    )
    before, after = made.report["linkage"]["before"], made.report["linkage"]["after"]
    assert (before["records"], before["matched_one"], before["correct"]) == (4, 3, 2)
    assert before["matched_one_share"] == 0.75
    # Each of the classes m and f under 40 has ten people, each of those above five.
    assert (after["matched"], after["matched_one"], after["correct"]) == (4, 0, 0)
    assert after["expected_share"] == pytest.approx((3 / 10 + 1 / 5) / 4, abs=1e-6)
    assert after["journalist"]["highest"] == 1.0


def test_shifted_dates_and_means_do_not_help_an_attacker(tmp_path: Path) -> None:
    source = write(tmp_path / "s.parquet", p=range(6), v=[1.0, 2.0, 3.0, 7.0, 8.0, 9.0])
    outside = write(tmp_path / "o.parquet", v=[1.0, 9.0])
    rule = {"class": "measure", "treatment": "microaggregate", "group": 3, "quasi": True}
    made = treat(
        source,
        tmp_path,
        {"p": PERSON, "v": rule},
        attacker=outside,
        person_column="p",
        outside={"v": "v"},
    )
    assert made.report["linkage"]["before"]["matched_one"] == 2
    assert made.report["linkage"]["after"]["columns"] == []
    assert made.report["after"]["k"] == 3
