"""The overall risk: the data's times the context's, and 1 where a class is above the threshold."""

from pathlib import Path
from typing import Any

import pytest

from sandbox import errors
from sandbox.deidentify.declaration import read_declaration
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.risk.overall import overall_risk
from tests.sandbox.deidentify.tables import PERSON, treat, write

CONTEXT = {"risk": 0.1, "source": "评估记录 7"}
#: Three classes of 10, 10 and 5 people: mean 3/25, highest 1/5.
ZONES = ["a"] * 10 + ["b"] * 10 + ["c"] * 5


def report_of(folder: Path, **declared: Any) -> dict[str, Any]:
    source = write(folder / "t.parquet", id=[f"p{n}" for n in range(25)], zone=ZONES)
    columns = {"id": PERSON, "zone": {"class": "dimension"}}
    made = treat(source, folder, columns, declared=declared, person_column="id")
    report: dict[str, Any] = made.report["overall"]
    return report


def test_an_agreement_counts_the_mean_share_times_the_context(tmp_path: Path) -> None:
    report = report_of(tmp_path, context=CONTEXT)
    assert report == {
        "data_risk": 0.12,
        "of": "average",
        "context_risk": 0.1,
        "context_source": "评估记录 7",
        "risk": 0.012,
        "acceptable": 0.05,
        "is_acceptable": True,
    }


def test_an_undeclared_context_is_taken_as_certain(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert (report["context_risk"], report["risk"], report["is_acceptable"]) == (1.0, 0.12, False)


def test_a_class_above_the_threshold_makes_the_risk_one() -> None:
    measured = {"prosecutor": {"highest": 0.5, "average": 0.01}, "small_classes": 1}
    assert overall_risk(measured, Protection(context_risk=0.1))["risk"] == 1.0


def test_publication_counts_the_highest_share() -> None:
    measured = {"prosecutor": {"highest": 0.04, "average": 0.01}, "small_classes": 0}
    told = overall_risk(measured, Protection(sharing="public"))
    assert (told["of"], told["risk"], told["is_acceptable"]) == ("highest", 0.04, True)


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ({"context": {"risk": 0, "source": "x"}}, "context"),
        ({"context": {"risk": 1.5, "source": "x"}}, "context"),
        ({"context": {"risk": "0.1", "source": "x"}}, "context"),
        ({"context": {"risk": True}}, "context"),
        ({"context": {"risk": 0.1, "source": " "}}, "context"),
        ({"context": CONTEXT, "sharing": "public"}, "context"),
        ({"signatures": 1}, "signatures"),
        ({"signatures": True}, "signatures"),
        ({"signatures": "2"}, "signatures"),
    ],
)
def test_context_and_signatures_are_declared_whole(declared: dict[str, Any], place: str) -> None:
    columns = {"zone": {"class": "dimension"}}
    with pytest.raises(errors.DeclarationMalformed) as refused:
        read_declaration({"tables": {"t": {"columns": columns}}, **declared})
    assert refused.value.facts["place"] == place


def test_signatures_are_read() -> None:
    columns = {"zone": {"class": "dimension"}}
    read = read_declaration({"tables": {"t": {"columns": columns}}, "signatures": 2})
    assert read.protection.signatures == 2
