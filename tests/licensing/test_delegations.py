"""Delegations: only as deep and as long as the contract and the giver's own right, and gone at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from kernel import accounts
from kernel.accounts import NewAccount
from kernel.errors import HexiError
from kernel.identity import Actor, Role
from kernel.workdays import local_day
from licensing import errors, public, queries, rules, service
from licensing.queries import LicenceRow
from licensing.rules import Delegated
from marketplace.operations.demo.people import CREDIT_CODES, ENTERPRISE, OPERATOR
from sandbox import queries as sandbox_queries
from sandbox import service as sandbox
from sandbox.service import Machine, RunQuery
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

FIRST, SECOND, THIRD = "91620100MA7000010A", "91620100MA7000011B", "91620100MA7000012C"
ELSEWHERE = "91110000MA7000013D"
BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"


def institute(make: Maker, code: str) -> Actor:
    """A person of an organisation with that credit code who may sign and query."""
    with make.home.db.transaction() as session:
        known = accounts.organisation_of_code(session, code)
        organisation = (
            known[0]
            if known
            else accounts.create_organisation(
                session, now=make.clock(), name=f"院所{code[-3:]}", credit_code=code
            )
        )
        session.flush()
        account = accounts.create_account(
            session,
            now=make.clock(),
            wanted=NewAccount(
                f"person-{code[-3:].lower()}",
                "受托人员",
                organisation,
                "correct horse battery",
                frozenset({Role.ENTERPRISE, Role.RESEARCHER}),
            ),
        )
        session.flush()
        return accounts.actor_of(session, account)


def delegate(
    make: Maker, row: LicenceRow, giver: Actor, code: str, steps: int = 0, **more: Any
) -> str:
    ends_on = more.get("ends_on", local_day(make.clock()) + timedelta(days=30))
    made = service.delegate(
        make.home.db,
        actor=giver,
        now=make.clock(),
        wanted=service.NewDelegation(
            row.licence_id, code, ends_on, more.get("reason", "委托分析"), steps
        ),
    )
    make.wait(0)
    return made


def revoke(make: Maker, delegation_id: str, actor: Actor, reason: str = "项目结束") -> None:
    service.revoke_delegation(
        make.home.db, actor=actor, now=make.clock(), delegation_id=delegation_id, reason=reason
    )
    make.wait(0)


def may_run(make: Maker, row: LicenceRow, actor: Actor) -> bool:
    with make.home.db.read() as session:
        try:
            found = public.grant_for_run(
                session,
                actor=actor,
                licence_id=row.licence_id,
                purpose="",
                now=make.clock(),
            )
        except errors.NotYourLicence:
            return False
    assert found.licensee_id == row.licensee_id
    return True


@pytest.mark.postgres
def test_a_right_is_handed_on_step_by_step_and_falls_with_what_it_rests_on(
    make_any: Maker,
) -> None:
    make = make_any
    row = make.licence(delegation_depth=2)
    first, second, third = (institute(make, code) for code in (FIRST, SECOND, THIRD))
    licensee = make.actor("enterprise")
    assert not may_run(make, row, first)
    top = delegate(make, row, licensee, FIRST, steps=1)
    below = delegate(make, row, first, SECOND)
    assert may_run(make, row, first)
    assert may_run(make, row, second)
    assert not may_run(make, row, third)
    # The second was given no further step; the contract has no third.
    with pytest.raises(errors.DelegationTooDeep) as refused:
        delegate(make, row, second, THIRD)
    assert refused.value.facts == {"steps": 2}
    with pytest.raises(errors.NotYourSide):
        delegate(make, row, third, SECOND)
    with pytest.raises(errors.NotYourSide):
        revoke(make, top, second)
    revoke(make, top, licensee)
    assert not may_run(make, row, first)
    assert not may_run(make, row, second)
    with pytest.raises(errors.DelegationOver):
        revoke(make, top, licensee)
    # What rested on it does not rise again with another one.
    delegate(make, row, licensee, FIRST)
    assert may_run(make, row, first)
    assert not may_run(make, row, second)
    with make.home.db.read() as session:
        kept = queries.find_licence(session, row.licence_id).delegations
    assert [one.depth for one in kept] == [1, 2, 1]
    assert {one.delegation_id for one in kept if one.is_revoked} == {top}
    assert below in {one.delegation_id for one in kept}


def test_without_the_clause_nobody_delegates(make: Maker) -> None:
    row = make.licence()
    institute(make, FIRST)
    with pytest.raises(errors.DelegationTooDeep) as refused:
        delegate(make, row, make.actor("enterprise"), FIRST)
    assert refused.value.facts == {"steps": 0}


def test_more_steps_than_the_contract_has_are_refused(make: Maker) -> None:
    row = make.licence(delegation_depth=2)
    first = institute(make, FIRST)
    institute(make, SECOND)
    with pytest.raises(errors.DelegationTooDeep):
        delegate(make, row, make.actor("enterprise"), FIRST, steps=2)
    delegate(make, row, make.actor("enterprise"), FIRST, steps=0)
    with pytest.raises(errors.DelegationTooDeep) as refused:
        delegate(make, row, first, SECOND)
    assert refused.value.facts == {"steps": 1}


def test_a_delegation_lasts_no_longer_than_the_right_that_it_hands_on(make: Maker) -> None:
    row = make.licence(delegation_depth=2, term_days=60)
    first, second = institute(make, FIRST), institute(make, SECOND)
    licensee, today = make.actor("enterprise"), local_day(make.clock())
    last = local_day(row.expires_at - timedelta(microseconds=1))
    for day in (today - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(errors.DelegationTooLong) as refused:
            delegate(make, row, licensee, FIRST, ends_on=day)
        assert refused.value.facts == {"latest": str(last)}
    top = today + timedelta(days=10)
    delegate(make, row, licensee, FIRST, steps=1, ends_on=top)
    with pytest.raises(errors.DelegationTooLong) as refused:
        delegate(make, row, first, SECOND, ends_on=top + timedelta(days=1))
    assert refused.value.facts == {"latest": str(top)}
    delegate(make, row, first, SECOND, ends_on=top)
    make.clock.advance(timedelta(days=(top - local_day(make.clock())).days))
    assert may_run(make, row, second)
    make.clock.advance(timedelta(days=1))
    assert not may_run(make, row, first)
    assert not may_run(make, row, second)


@pytest.mark.parametrize(
    ("code", "changes", "refusal"),
    [
        ("91620100MA7000099Z", {}, errors.DelegateUnknown),
        (CREDIT_CODES[ENTERPRISE], {}, errors.DelegateIsParty),
        (CREDIT_CODES[OPERATOR], {}, errors.DelegateIsParty),
        (ELSEWHERE, {"regions": ("620000",)}, errors.DelegateUnfit),
        # Nobody has looked at what the delegate is: what needs a person is not taken as met.
        (FIRST, {"industries": ("Q",)}, errors.DelegateUnfit),
        (FIRST, {"credentials": ("mlps-3",)}, errors.DelegateUnfit),
    ],
)
def test_a_delegate_is_known_and_meets_what_binds_the_licensee(
    make: Maker, code: str, changes: dict[str, Any], refusal: type[HexiError]
) -> None:
    like = make.licence()
    row = signed_with(make, like, delegation_depth=1, **changes)
    for known in (FIRST, ELSEWHERE):
        institute(make, known)
    with pytest.raises(refusal):
        delegate(make, row, make.actor("enterprise"), code)
    with make.home.db.read() as session:
        assert queries.find_licence(session, row.licence_id).delegations == ()


def signed_with(make: Maker, like: LicenceRow, **changes: Any) -> LicenceRow:
    """A licence whose clauses about the licensee a person has found met."""
    return make.another_licence(like, **changes)


def test_a_delegate_within_the_region_is_let_in_once(make: Maker) -> None:
    row = make.licence(delegation_depth=1, regions=("620000",))
    first = institute(make, FIRST)
    delegate(make, row, make.actor("enterprise"), FIRST)
    assert may_run(make, row, first)
    with pytest.raises(errors.DelegatedAlready):
        delegate(make, row, make.actor("enterprise"), FIRST)
    with pytest.raises(errors.ReasonMissing):
        delegate(make, row, make.actor("enterprise"), FIRST, reason=" ")


def test_only_people_who_sign_delegate_and_only_under_a_licence_in_force(make: Maker) -> None:
    row = make.licence(delegation_depth=1)
    institute(make, FIRST)
    with pytest.raises(HexiError) as refused:
        delegate(make, row, make.actor("researcher"), FIRST)
    assert refused.value.code == "kernel-not-permitted"
    service.move_licence(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.LicenceMove(row.licence_id, "suspend", row.revision, "核查"),
    )
    with pytest.raises(errors.LicenceNotInForce):
        delegate(make, row, make.actor("enterprise"), FIRST)


@pytest.mark.postgres
def test_a_delegates_run_is_paid_by_the_licensee_and_seen_by_both(
    make_any: Maker, machine: Machine
) -> None:
    make = make_any
    row = make.licence(delegation_depth=1)
    first, second = institute(make, FIRST), institute(make, SECOND)
    for code in (FIRST, SECOND):
        delegate(make, row, make.actor("enterprise"), code)
    run_id = sandbox.run_query(
        make.home.db,
        actor=first,
        now=make.clock(),
        wanted=RunQuery(row.licence_id, "", BY_SEX),
        seal=make.home.seal,
        machine=machine,
    )
    with make.home.db.read() as session:
        run = sandbox_queries.find_run(session, run_id)
        assert (run.licensee_id, run.organisation_id) == (row.licensee_id, first.organisation_id)
        assert [one.licensee_id for one in run.meter] == [row.licensee_id]
        for viewer, sees in (
            (first, True),
            (make.actor("enterprise"), True),
            (second, False),
        ):
            listed = sandbox_queries.list_runs(
                session, licence_id=row.licence_id, organisation_id=viewer.organisation_id
            )
            assert bool(listed) is sees
    assert make.read_licence(row.licence_id).runs_taken == 1


def test_rest_gives_lists_and_takes_back(make: Maker, client: FlaskClient) -> None:
    row = make.licence(delegation_depth=1)
    institute(make, FIRST)
    path = f"/api/v1/licensing/licences/{row.licence_id}/delegations"
    bearer = {"Authorization": f"Bearer {make.token('enterprise')}"}
    body = {
        "credit_code": FIRST,
        "ends_on": str(local_day(make.clock()) + timedelta(days=5)),
        "reason": "委托分析",
    }
    again = {**bearer, "Idempotency-Key": "delegate-1"}
    replies = [client.post(path, json=body, headers=again) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    (made,) = client.get(path, headers=bearer).get_json()["items"]
    assert (made["status"], made["depth"], made["further_steps"]) == ("standing", 1, 0)
    stranger = {"Authorization": f"Bearer {make.token('price_authority')}"}
    assert client.get(path, headers=stranger).status_code == 404
    revoking = f"/api/v1/licensing/delegations/{made['delegation_id']}/revoke"
    assert client.post(revoking, json={}, headers=stranger).status_code == 404
    assert (
        client.post(revoking, json={}, headers=bearer).get_json()["type"].endswith("reason-missing")
    )
    reply = client.post(revoking, json={"reason": "项目结束"}, headers=bearer)
    assert reply.get_json()["items"][0]["status"] == "revoked"


_DAYS = st.integers(0, 6).map(lambda number: date(2026, 3, 1) + timedelta(days=number))


@st.composite
def _trees(draw: st.DrawFn) -> list[Delegated]:
    rows: list[Delegated] = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([None, *rows]))
        rows.append(
            Delegated(
                delegation_id=f"d{number}",
                parent_id=parent.delegation_id if parent else "",
                depth=parent.depth + 1 if parent else 1,
                further_steps=draw(st.integers(0, 3)),
                delegator_id=parent.delegate_id if parent else "licensee",
                delegator_name="",
                delegate_id=f"o{draw(st.integers(0, 4))}",
                delegate_name="",
                ends_on=draw(_DAYS),
                reason="",
                is_revoked=draw(st.booleans()),
            )
        )
    return rows


@given(_trees(), _DAYS)
def test_what_stands_rests_on_nothing_that_fell(rows: list[Delegated], today: date) -> None:
    stands = rules.standing(rows, today)
    known = {row.delegation_id: row for row in rows}
    for row in rows:
        chain = [row]
        while chain[-1].parent_id:
            chain.append(known[chain[-1].parent_id])
        whole = not any(one.is_revoked or one.ends_on < today for one in chain)
        assert (row in stands) is whole
    for organisation in {row.delegate_id for row in rows}:
        found = rules.delegation_to(rows, organisation, today)
        own = [row.depth for row in stands if row.delegate_id == organisation]
        assert (found.depth if found else None) == min(own, default=None)


@given(st.integers(0, 5), st.integers(1, 5), st.integers(0, 5), st.integers(0, 5))
def test_no_right_grows_on_its_way(most: int, depth: int, given_on: int, further: int) -> None:
    parent = Delegated(
        "d", "", depth, given_on, "a", "", "b", "", date(2026, 3, 1), "", is_revoked=False
    )
    try:
        below = rules.check_further(parent, further, most=most)
    except errors.DelegationTooDeep:
        assert depth + 1 + further > min(most, depth + given_on)
        return
    assert below == depth + 1
    assert below + further <= most
    assert further < given_on


def test_the_page_gives_a_delegation_and_takes_it_back(make: Maker, app: Flask) -> None:
    row = make.licence(delegation_depth=2)
    institute(make, FIRST)
    page = f"/licensing/licences/{row.licence_id}/delegations"
    reader = PageReader(app.test_client(), "en")
    reader.sign_in("enterprise", make.people["enterprise"].password)
    assert page in reader.get(f"/licensing/licences/{row.licence_id}").text
    assert "No delegation yet" in reader.get(page).text
    late = str(local_day(row.expires_at) + timedelta(days=9))
    typed = {"credit_code": FIRST, "further_steps": "1", "reason": "联合课题"}
    refused = reader.send(page, page, ends_on=late, **typed)
    assert refused.status_code == 422
    for kept in (late, *typed.values()):
        assert kept in refused.text
    wrong = reader.send(page, page, ends_on="soon", **{**typed, "credit_code": "short"})
    assert wrong.status_code == 422
    assert 'href="#credit_code"' in wrong.text
    assert 'href="#ends_on"' in wrong.text
    assert reader.send(page, page, ends_on=str(local_day(make.clock())), **typed).status_code == 302
    with make.home.db.read() as session:
        (made,) = queries.find_licence(session, row.licence_id).delegations
    assert made.further_steps == 1
    revoking = f"{page}/{made.delegation_id}/revoke"
    refused = reader.send(page, revoking, reason="")
    assert refused.status_code == 422
    assert "Stands" in refused.text
    assert reader.send(page, revoking, reason="项目结束").status_code == 302
    shown = reader.get(page).text
    assert "Taken back" in shown
    assert revoking not in shown
    stranger = PageReader(app.test_client(), "en")
    stranger.sign_in("price_authority", make.people["price_authority"].password)
    assert stranger.get(page).status_code == 404
