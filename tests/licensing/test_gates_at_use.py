"""A licence ends with its operation agreement, and each use asks the gates again."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import select

from kernel.clock import CHINA
from kernel.workdays import local_day
from licensing import errors, public, queries, service
from licensing.contract.odrl import agreement_document, digest_of
from licensing.contract.terms import Parties
from licensing.models import Licence, Signature
from licensing.queries import AgreementRow, LicenceRow
from marketplace.operations.demo.authorising import authorise
from marketplace.operations.demo.material import HEALTH
from registry.states import Status
from tests.licensing.shared_data import consent, shared_resource
from tests.make import Maker


def grant(make: Maker, row: LicenceRow) -> public.Grant:
    with make.home.db.read() as session:
        return public.grant_for_run(
            session,
            actor=make.actor("researcher"),
            licence_id=row.licence_id,
            purpose="",
            now=make.clock(),
        )


def agreement(make: Maker) -> AgreementRow:
    with make.home.db.read() as session:
        return queries.list_agreements(session, local_day(make.clock()))[0]


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), CHINA).astimezone(UTC)


def test_a_licence_ends_with_the_last_day_of_the_operation_agreement(make: Maker) -> None:
    short = make.licence(term_days=30)
    last = agreement(make).ends_on
    assert short.expires_at < end_of(last)
    long = make.another_licence(short, term_days=5 * 366)
    assert long.expires_at == end_of(last)
    assert long.terms.expires_at == end_of(last)
    make.clock.set(end_of(last) - timedelta(seconds=1))
    assert grant(make, long).licence_id == long.licence_id
    make.clock.set(end_of(last))
    with pytest.raises(errors.LicenceExpired):
        grant(make, long)


def test_no_licence_begins_after_the_agreement_has_ended(make: Maker) -> None:
    first = make.licence()
    last = agreement(make).ends_on
    for start, refusal in (
        (end_of(last) - timedelta(seconds=1), None),
        (end_of(last), errors.BeginsTooLate),
    ):
        if refusal is None:
            assert make.another_licence(first, starts_at=start).expires_at == end_of(last)
            continue
        with pytest.raises(refusal) as refused:
            make.another_licence(first, starts_at=start)
        assert refused.value.facts == {"ends_on": str(last)}


def test_a_terminated_agreement_stops_the_next_run(make: Maker) -> None:
    row = make.licence()
    assert grant(make, row).runs_left == row.runs_granted
    known = agreement(make)
    service.move_agreement(
        make.home.db,
        actor=make.actor("implementing_body"),
        now=make.clock(),
        wanted=service.AgreementMove(known.agreement_id, "terminate", known.revision, "违约"),
    )
    with pytest.raises(errors.OperationStopped) as refused:
        grant(make, row)
    assert refused.value.facts == {
        "code": row.product_code,
        "cause": "licensing-outside-agreement",
    }
    with pytest.raises(errors.OutsideAgreement):
        make.another_licence(row)


@pytest.mark.postgres
def test_a_consent_that_is_taken_back_stops_runs_until_it_is_given_again(make_any: Maker) -> None:
    make = make_any
    code = shared_resource(make)
    consent(make, code, is_given=True)
    day = local_day(make.clock())
    authorise(make.stage, number="A-shared", scope=(code,), ends_on=day.replace(year=day.year + 3))
    form = {**HEALTH.product, "inputs": [code], "evidence_sha256": "cd" * 32}
    product = str(make.application(Status.EFFECTIVE, kind="product", form=form).code)
    row = make.licence_on(product)
    assert grant(make, row).product_code == product
    make.wait(0)
    consent(make, code, is_given=False, reason="数据口径待核实")
    with pytest.raises(errors.OperationStopped) as refused:
        grant(make, row)
    assert refused.value.facts["cause"] == "licensing-consent-missing"
    make.wait(0)
    consent(make, code, is_given=True)
    assert grant(make, row).product_code == product


def test_nobody_offers_or_runs_under_a_clause_that_nothing_enforces(make: Maker) -> None:
    row = make.licence()
    for changes in ({"privacy_rho": 10**9}, {"mode": "dp"}):
        with pytest.raises(errors.ClauseNotEnforced):
            make.another_licence(row, **changes)
    # One that was signed before: the run is refused, not answered without the budget.
    with make.home.db.transaction() as session:
        stored = session.get_one(Licence, row.licence_id)
        terms = replace(row.terms, privacy_rho=10**9)
        parties = Parties(row.policy["assigner"], row.policy["assignee"])
        stored.policy = agreement_document(
            row.policy["@id"], terms, parties, agreed_at=make.clock()
        )
        stored.policy_digest = digest_of(stored.policy)
        for signature in session.exec(select(Signature)).all():
            signature.policy_digest = stored.policy_digest
            session.add(signature)
        session.add(stored)
    with pytest.raises(errors.ClauseNotEnforced):
        grant(make, row)
