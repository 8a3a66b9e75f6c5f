"""What a declaration demands beside k: l and t of sensitive columns, and the overall risk; less is refused."""

from pathlib import Path
from typing import Any

import pytest

from sandbox import errors
from sandbox.deidentify.declaration import read_declaration
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.lattice.ladders import declared_with
from sandbox.deidentify.sources.source import Source
from tests.sandbox.deidentify.tables import PERSON, treat, write

#: Two towns of four people each: all of the first have one illness, the others two.
TOWNS = ["兰州"] * 4 + ["白银"] * 4
ILLNESSES = ["flu"] * 4 + ["flu", "flu", "asthma", "asthma"]
COLUMNS: dict[str, Any] = {
    "p": PERSON,
    "town": {"class": "dimension"},
    "illness": {"class": "dimension", "quasi": False, "sensitive": True},
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return write(tmp_path / "s.parquet", p=range(8), town=TOWNS, illness=ILLNESSES)


@pytest.mark.parametrize(
    ("demanded", "missed"),
    [
        ({"l": 2}, "l 1 (illness)"),
        ({"t": 0.1}, "t 0.25 (illness)"),
        ({"overall_risk": 0.2}, "R 0.25"),
        ({"l": 3, "t": 0, "overall_risk": 0}, "l 1 (illness), t 0.25 (illness), R 0.25"),
    ],
)
def test_less_than_is_demanded_is_refused_with_what_there_is(
    source: Source, tmp_path: Path, demanded: dict[str, Any], missed: str
) -> None:
    with pytest.raises(errors.ProtectionMissed) as refused:
        treat(source, tmp_path, COLUMNS, person_column="p", declared=demanded)

    assert refused.value.facts == {"table": "t", "missed": missed}
    assert [path.name for path in tmp_path.iterdir()] == ["s.parquet"]


@pytest.mark.parametrize(
    "demanded", [{}, {"l": 1, "t": 0.25, "overall_risk": 0.25}, {"l": 0, "t": 1}]
)
def test_as_much_as_is_demanded_is_enough(
    source: Source, tmp_path: Path, demanded: dict[str, Any]
) -> None:
    assert treat(source, tmp_path, COLUMNS, person_column="p", declared=demanded).rows == 8


def test_only_what_is_kept_is_held_to_the_demands(tmp_path: Path) -> None:
    towns, illnesses = [*TOWNS[4:], "敦煌"], [*ILLNESSES[4:], "flu"]
    source = write(tmp_path / "s.parquet", p=range(5), town=towns, illness=illnesses)
    made = treat(
        source, tmp_path, COLUMNS, person_column="p", suppress_small_classes=True, declared={"l": 2}
    )

    assert made.rows == 4
    assert made.report["after"]["sensitive"]["illness"]["l_distinct"] == 2


@pytest.mark.parametrize(
    ("demanded", "place"),
    [
        ({"l": -1}, "l"),
        ({"l": 2.5}, "l"),
        ({"l": True}, "l"),
        ({"t": -0.1}, "t"),
        ({"t": 1.1}, "t"),
        ({"t": "small"}, "t"),
        ({"t": float("nan")}, "t"),
        ({"overall_risk": True}, "overall_risk"),
    ],
)
def test_a_demand_that_says_nothing_is_refused_by_its_place(
    demanded: dict[str, Any], place: str
) -> None:
    body = {"columns": {"n": {"class": "measure"}}}
    with pytest.raises(errors.DeclarationMalformed) as refused:
        read_declaration({"tables": {"t": body}, **demanded})

    assert refused.value.facts["place"] == place


def test_what_levels_were_searched_for_is_demanded_of_the_data() -> None:
    document: dict[str, Any] = {"tables": {"t": {"columns": {}}}}

    made = declared_with(document, "t", [], wanted=Wanted(5, 2, 0.3), has_suppressed=False)
    plain = declared_with(document, "t", [], wanted=Wanted(5), has_suppressed=False)

    assert (made["k"], made["l"], made["t"]) == (5, 2, 0.3)
    assert plain == {"k": 5, **document}
