"""Batches: judged cell by cell, drafted whole or by their good rows, once for one key."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlmodel import func, select
from werkzeug.test import TestResponse

from kernel.identity import NotPermitted
from kernel.trust import audit
from registry import errors, service
from registry.form.refusals import BatchTooLong
from registry.models import Application
from registry.service import Batch, Mode, Reader
from registry.states import Register
from tests.make import Maker
from tests.marketplace.test_rest import API, Caller, problem
from tests.registry.form.samples import CREDIT_CODE, PROPERTY
from tests.registry.form.test_batch import FILLED, as_csv, as_xlsx

BATCHES = "/registry/batches"
COLUMNS = list(FILLED)


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "")


def table(*changes: dict[str, Any]) -> list[list[Any]]:
    """A header, and a good row for each change with that change made."""
    rows = [
        {**FILLED, "name": f"2025年兰州市卫生健康就诊记录{number}", **change}
        for number, change in enumerate(changes)
    ]
    return [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)]


def send(
    caller: Caller, stream: io.BytesIO, query: str = "", name: str = "a.xlsx", key: str = "k"
) -> TestResponse:
    return caller.client.post(
        f"{API}{BATCHES}{query}",
        data={"file": (stream, name)},
        headers={**caller.headers, "Idempotency-Key": key},
    )


def count_drafts(make: Maker) -> int:
    with make.home.db.read() as session:
        return session.exec(select(func.count()).select_from(Application)).one()


def test_a_good_table_becomes_drafts_with_an_audit_entry_each(call: Any, make: Maker) -> None:
    made = send(call("handler"), as_xlsx(table({}, {}, {})))
    assert made.status_code == 201, made.get_data(as_text=True)
    body = made.get_json()
    assert (body["rows"], body["bad_rows"], body["errors"]) == (3, 0, [])
    assert len(body["application_ids"]) == 3
    with make.home.db.read() as session:
        for one in body["application_ids"]:
            (entry,) = audit.history(session, one)
            assert entry.action == "registry.application.draft"
    row = make.read_application(body["application_ids"][0])
    assert row.organisation_name == make.people["handler"].organisation
    assert row.form["region"] == "620100"


def test_the_same_key_makes_nothing_new(call: Any, make: Maker) -> None:
    handler = call("handler")
    first = send(handler, as_csv(table({}, {})), name="a.csv")
    again = send(handler, as_csv(table({}, {})), name="a.csv")
    assert again.get_json() == first.get_json()
    assert count_drafts(make) == 2
    other = send(handler, as_csv(table({})), name="a.csv")
    problem(other, 409, "kernel-idempotency-key-reused")
    problem(send(handler, as_csv(table({})), key=""), 422, "kernel-idempotency-key-missing")


def test_one_mistake_keeps_the_whole_table_out_and_all_are_told(call: Any, make: Maker) -> None:
    wrong = table({}, {"region": "620199", "name": ""}, {}, {"volume_records": "约一千"})
    told = problem(send(call("handler"), as_xlsx(wrong)), 422, "registry-batch-has-errors")
    assert told["rows"] == 2
    found = {(one["row"], one["field"]): one for one in told["errors"]}
    assert set(found) == {(3, "region"), (3, "name"), (5, "volume_records")}
    letter = chr(ord("A") + COLUMNS.index("region"))
    assert found[3, "region"]["cell"] == f"{letter}3"
    assert found[3, "name"]["detail"] == "Fill in “Name”."
    assert count_drafts(make) == 0


def test_the_good_rows_are_taken_where_that_is_asked_for(call: Any, make: Maker) -> None:
    wrong = table({}, {"region": "620199"}, {})
    made = send(call("handler"), as_xlsx(wrong), "?mode=good").get_json()
    assert (made["rows"], made["bad_rows"]) == (3, 1)
    assert [one["row"] for one in made["errors"]] == [3]
    assert len(made["application_ids"]) == count_drafts(make) == 2


def test_a_trial_writes_nothing_and_needs_no_key(call: Any, make: Maker) -> None:
    wrong = table({}, {"region": "620199"})
    tried = send(call("handler"), as_xlsx(wrong), "?dry_run=true", key="")
    assert tried.status_code == 200
    assert tried.get_json()["bad_rows"] == 1
    assert count_drafts(make) == 0


def test_a_table_of_data_property_has_its_own_columns(call: Any, make: Maker) -> None:
    simple = {name: value for name, value in PROPERTY.items() if not isinstance(value, list)}
    names = [*simple, "rights"]
    holder = "|".join(("兰州大数据公司", CREDIT_CODE, "hold"))
    rows = [names, [*simple.values(), holder]]
    made = send(call("handler"), as_xlsx(rows), "?register=property&kind=data")
    assert made.status_code == 201, made.get_data(as_text=True)
    row = make.read_application(made.get_json()["application_ids"][0])
    assert row.register is Register.PROPERTY


def test_a_row_too_many_is_refused_before_anything_is_written(make: Maker) -> None:
    rows = [["name"], *([f"名称{number}"] for number in range(10_001))]
    with pytest.raises(BatchTooLong):
        import_table(make, as_csv(rows), Mode.GOOD)
    assert count_drafts(make) == 0


def import_table(make: Maker, stream: io.BytesIO, mode: Mode = Mode.ALL) -> service.Imported:
    return service.import_batch(
        make.home.db,
        actor=make.actor("handler"),
        now=make.clock(),
        wanted=Batch(stream, "a.csv", mode=mode),
        reader=Reader(),
    )


def test_more_rows_than_are_written_out_at_once_are_all_there(make: Maker) -> None:
    done = import_table(make, as_csv(table(*({} for _ in range(501)))))
    assert len(set(done.application_ids)) == 501
    with pytest.raises(errors.BatchHasErrors):
        import_table(make, as_csv(table({"name": ""})))


@pytest.mark.postgres
def test_a_batch_is_drafted_on_both_databases(make_any: Maker) -> None:
    assert len(import_table(make_any, as_csv(table({}, {}))).application_ids) == 2


def test_only_who_may_draft_sends_a_table(call: Any, make: Maker) -> None:
    problem(send(call("enterprise"), as_xlsx(table({}))), 403, "kernel-not-permitted")
    problem(send(call(""), as_xlsx(table({}))), 401, "kernel-sign-in-needed")
    with pytest.raises(NotPermitted):
        service.import_batch(
            make.home.db,
            actor=make.actor("regulator"),
            now=make.clock(),
            wanted=Batch(as_csv(table({})), "a.csv"),
            reader=Reader(),
        )


def test_what_is_no_table_is_refused(call: Any) -> None:
    handler = call("handler")
    problem(send(handler, io.BytesIO(b"x"), name="a.xlsx"), 422, "registry-batch-unreadable")
    problem(send(handler, io.BytesIO(b"x"), name="a.xlsm"), 422, "registry-batch-has-macros")
    unknown = as_csv([["name", "unknown"], ["a", "b"]])
    problem(send(handler, unknown, name="a.csv"), 422, "registry-batch-column-unknown")


def test_the_template_comes_back_as_a_batch(call: Any) -> None:
    handler = call("handler")
    reply = handler.get(f"{BATCHES}/template.xlsx?register=resources&kind=resource")
    assert reply.headers["Content-Disposition"].endswith('"resources-resource.xlsx"')
    book = load_workbook(io.BytesIO(reply.data))
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    for at, name in enumerate(names, start=1):
        if name in FILLED:
            sheet.cell(3, at).value = FILLED[str(name)]
    filled = io.BytesIO()
    book.save(filled)
    filled.seek(0)
    assert send(handler, filled).get_json()["rows"] == 1
    book.close()
