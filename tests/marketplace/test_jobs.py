"""Jobs: an outbox row in the caller's transaction, handed on, done once, on both databases."""

import pytest
from sqlalchemy import text

from kernel import jobs
from kernel.errors import HexiError
from marketplace import errors, service
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.home import Home
from marketplace.operations.jobs import handlers, open_queue
from marketplace.queries import list_invoices
from sandbox.service import Machine, RunQuery, run_query
from tests.make import Maker


def waiting(home: Home) -> list[str]:
    with home.db.read() as session:
        return jobs.waiting_jobs(session)


@pytest.mark.postgres
def test_a_job_of_a_lost_transaction_is_never_done(make_any: Maker) -> None:
    home, now = make_any.home, make_any.clock()
    with pytest.raises(AssertionError), home.db.transaction() as session:
        assert not jobs.enqueue(session, now=now, kind="x", payload={})
    assert waiting(home) == []


@pytest.mark.postgres
def test_an_invoice_is_asked_for_and_made_later_exactly_once(
    make_any: Maker, machine: Machine
) -> None:
    home, row = make_any.home, make_any.licence()
    now = make_any.clock()
    run_query(
        home.db,
        actor=make_any.actor("researcher"),
        now=now,
        wanted=RunQuery(row.licence_id, HEALTH.purpose, "SELECT COUNT(*) AS n FROM visits"),
        seal=home.seal,
        machine=machine,
    )
    wanted = service.NewInvoice(row.licence_id)
    job_id = service.request_invoice(
        home.db, actor=make_any.actor("operator"), now=now, wanted=wanted
    )
    assert waiting(home) == [job_id]
    handed: list[str] = []
    assert jobs.drain(home.db, handed.append, now=now) == 1
    assert (waiting(home), handed) == ([], [job_id])
    known = handlers(home)
    # A crash between the work and its note hands it on twice; it is done once.
    assert jobs.run_job(home.db, known, job_id=job_id, now=now)
    assert jobs.run_job(home.db, known, job_id=job_id, now=now)
    with home.db.transaction() as session:
        session.execute(text("UPDATE kernel_job SET done_at = NULL"))
    assert jobs.run_job(home.db, known, job_id=job_id, now=now)
    with home.db.read() as session:
        (invoice,) = list_invoices(session)
    assert (len(invoice.lines), invoice.total_cents) == (1, 80)


def test_a_job_that_keeps_failing_is_tried_so_often_and_no_more(make: Maker) -> None:
    home, now = make.home, make.clock()
    row = make.licence()
    job_id = service.request_invoice(
        home.db, actor=make.actor("operator"), now=now, wanted=service.NewInvoice(row.licence_id)
    )
    for _ in range(jobs.MOST_ATTEMPTS):
        with pytest.raises(errors.NothingToBill):
            jobs.run_job(home.db, handlers(home), job_id=job_id, now=now)
    assert not jobs.run_job(home.db, handlers(home), job_id=job_id, now=now)


def test_only_the_provider_may_ask_for_an_invoice(make: Maker) -> None:
    row = make.licence()
    with pytest.raises(HexiError):
        service.request_invoice(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=service.NewInvoice(row.licence_id),
        )


@pytest.mark.postgres
def test_the_queue_behind_the_outbox_works_off_what_it_is_given(any_home: Home) -> None:
    queue = open_queue(any_home.settings)
    done: list[str] = []

    @queue.task()  # type: ignore[untyped-decorator] # huey has no types
    def work(word: str) -> None:
        done.append(word)

    work("one")
    task = queue.dequeue()
    assert task is not None
    queue.execute(task)
    assert done == ["one"]
    queue.storage.close()
