"""What both sides signed is what runs: one digest in contract and receipts, and an alarm if it changes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlmodel import Session, select

from kernel.errors import Broken, HexiError
from kernel.trust import audit, receipts
from kernel.trust.receipts import Receipt
from licensing import errors as licensing_errors
from licensing import public as licensing
from licensing.public import LicenceRow
from marketplace import queries as marketplace
from marketplace.errors import InvariantBroken
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.doctor import examine
from sandbox import queries, rules, service
from sandbox.engine.process import Engine
from sandbox.errors.engine import RunFailed
from sandbox.models import Run
from sandbox.service import Machine, RunQuery
from sandbox.states import RunState
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"
ALARM = "licensing.licence.alarm"


def run(make: Maker, machine: Machine, licence_id: str, sql: str, purpose: str = "") -> str:
    return service.run_query(
        make.home.db,
        actor=make.actor("researcher"),
        now=make.clock(),
        wanted=RunQuery(licence_id, purpose, sql),
        seal=make.home.seal,
        machine=machine,
    )


def predicates(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in session.exec(select(Receipt)).all():
        yield row.kind, receipts.statement_of(row.payload)["predicate"]


@pytest.mark.postgres
def test_the_signed_digest_stands_in_the_receipt_of_every_end_of_a_run(
    make_any: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = make_any
    licence = make.licence()
    other = make.another_licence(licence)
    for wanted in (licence, other):
        run(make, machine, wanted.licence_id, BY_SEX)
        run(make, machine, wanted.licence_id, f"{BY_SEX} -- again")
        with pytest.raises(HexiError):
            run(make, machine, wanted.licence_id, "SELECT nothing FROM visits")
        with pytest.raises(licensing_errors.PurposeNotLicensed):
            run(make, machine, wanted.licence_id, BY_SEX, purpose="product-improvement")
        for was_read in (True, False):
            with monkeypatch.context() as patch:
                patch.setattr(Engine, "run", _failing(data_read=was_read))
                with pytest.raises(RunFailed):
                    run(
                        make,
                        machine,
                        wanted.licence_id,
                        f"SELECT COUNT(*) AS n{was_read} FROM visits",
                    )
        # The process dies in the middle: the sweeper gives the run its end.
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "run", _dying)
            with pytest.raises(KeyboardInterrupt):
                run(make, machine, wanted.licence_id, "SELECT COUNT(*) AS lost FROM visits")
    make.clock.advance(timedelta(seconds=rules.ABANDON_SECONDS + 1))
    assert service.close_lost_runs(make.home.db, now=make.clock(), seal=make.home.seal) == 2
    signed = {row.licence_id: row.policy_digest for row in (licence, other)}
    assert len(set(signed.values())) == 2
    with make.home.db.read() as session:
        for row in (licence, other):
            stored = licensing.find_licence(session, row.licence_id)
            assert {one.policy_digest for one in stored.signatures} == {row.policy_digest}
        runs = session.exec(select(Run)).all()
        found = [(kind, one) for kind, one in predicates(session) if "licenceId" in one]
    ends = {one.state for one in runs}
    assert ends == {"finished", "refused", "failed", "abandoned"}
    assert [kind for kind, _ in found].count("query") == len(runs) == 14
    assert [kind for kind, _ in found].count("licence") == 2
    for _, predicate in found:
        assert predicate["licenceVersionDigest"] == signed[predicate["licenceId"]]
    for kind, predicate in found:
        if kind == "query":
            assert predicate["policy"]["policyDigest"] == signed[predicate["licenceId"]]


def _failing(*, data_read: bool) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise RunFailed(data_read=data_read)

    return fail


def _dying(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def stored_text(session: Session, licence_id: str) -> str:
    found = session.execute(
        text("SELECT policy FROM licensing_licence WHERE id = :id"), {"id": licence_id}
    ).scalar()
    return found if isinstance(found, str) else json.dumps(found)


def store(session: Session, licence_id: str, changed: str) -> None:
    session.execute(
        text("UPDATE licensing_licence SET policy = :policy WHERE id = :id"),
        {"policy": changed, "id": licence_id},
    )
    session.expire_all()


def other_character(character: str) -> str:
    if character.isdigit():
        return str((int(character) + 1) % 10)
    return "x" if character != "x" else "y"


def test_no_single_character_of_a_stored_policy_can_change_unnoticed(make: Maker) -> None:
    licence = make.licence()
    researcher = make.actor("researcher")

    def grant(session: Session) -> licensing.Grant:
        return licensing.grant_for_run(
            session,
            actor=researcher,
            licence_id=licence.licence_id,
            purpose="",
            now=make.clock(),
        )

    with make.home.db.transaction() as session:
        whole = stored_text(session, licence.licence_id)
        assert grant(session).policy_digest == licence.policy_digest
        harmless = 0
        for place, character in enumerate(whole):
            changed = f"{whole[:place]}{other_character(character)}{whole[place + 1 :]}"
            store(session, licence.licence_id, changed)
            try:
                grant(session)
            except licensing_errors.PolicyBroken:
                continue
            harmless += 1
            # Only a text that says the same in other bytes may pass.
            assert json.loads(changed) == json.loads(whole)
        assert len(whole) > 1500
        assert harmless == 0
        store(session, licence.licence_id, whole)
        assert grant(session).policy_digest == licence.policy_digest


def break_policy(make: Maker, licence: LicenceRow) -> str:
    """Change one digit of the stored quota; returns the whole text."""
    with make.home.db.transaction() as session:
        whole = stored_text(session, licence.licence_id)
        changed = whole.replace(str(licence.runs_granted), f"9{licence.runs_granted}"[:3], 1)
        assert changed != whole
        store(session, licence.licence_id, changed)
    return whole


@pytest.mark.postgres
def test_a_changed_policy_stops_the_next_run_and_sounds_one_alarm(
    make_any: Maker, machine: Machine
) -> None:
    make = make_any
    licence = make.licence()
    run(make, machine, licence.licence_id, BY_SEX)
    before = (
        REGISTRY.get_sample_value("hexi_alarms_total", {"code": "licensing-policy-broken"}) or 0
    )
    whole = break_policy(make, licence)
    wanted = RunQuery(licence.licence_id, HEALTH.purpose, BY_SEX)
    for _ in range(2):
        with pytest.raises(Broken) as refused:
            run(make, machine, licence.licence_id, BY_SEX)
        assert refused.value.code == "licensing-policy-broken"
        assert refused.value.facts == {}
        with pytest.raises(Broken):
            service.check_query(
                make.home.db,
                actor=make.actor("researcher"),
                now=make.clock(),
                wanted=wanted,
                machine=machine,
            )
    after = REGISTRY.get_sample_value("hexi_alarms_total", {"code": "licensing-policy-broken"}) or 0
    assert after - before == 4
    with make.home.db.read() as session:
        steps = audit.history(session, licence.licence_id)
        assert [one.action for one in steps].count(ALARM) == 1
        (alarm,) = [one for one in steps if one.action == ALARM]
        assert alarm.facts["policy_digest"] == licence.policy_digest
        assert alarm.facts["stored"] not in {"", licence.policy_digest}
        assert len(queries.list_runs(session, licence_id=licence.licence_id)) == 1
        assert queries.list_runs(session)[0].state is RunState.FINISHED
        assert "examine" in verbs_of(session, make, "operator", licence.licence_id)
        assert "examine" in verbs_of(session, make, "regulator", licence.licence_id)
        assert "examine" not in verbs_of(session, make, "enterprise", licence.licence_id)
    with pytest.raises(InvariantBroken):
        examine(make.home, lambda _: None)
    with make.home.db.transaction() as session:
        store(session, licence.licence_id, whole)
    run(make, machine, licence.licence_id, BY_SEX)
    with make.home.db.read() as session:
        assert "examine" not in verbs_of(session, make, "operator", licence.licence_id)


def test_pages_show_a_damaged_contract_and_fall_over_nothing(
    make: Maker, app: Flask, machine: Machine
) -> None:
    licence = make.licence()
    run(make, machine, licence.licence_id, BY_SEX)
    whole = break_policy(make, licence)
    readers = {name: PageReader(app.test_client(), "en") for name in _READERS}
    for name, reader in readers.items():
        reader.sign_in(name, make.people[name].password)
    # Changed, and then not even JSON any more.
    for broken in ("", whole[1:]):
        if broken:
            with make.home.db.transaction() as session:
                store(session, licence.licence_id, broken)
        for name, reader in readers.items():
            pages = {
                "/licensing/licences": "Contract damaged",
                f"/licensing/licences/{licence.licence_id}": "The stored contract is not the signed",
                "/tasks": "",
                **({"/sandbox/": "Contract damaged"} if name == "enterprise" else {}),
            }
            for path, words in pages.items():
                reply = reader.get(path)
                assert reply.status_code == 200, (name, path)
                assert words in reply.text, (name, path)
            bearer = {"Authorization": f"Bearer {make.token(name)}"}
            listed = app.test_client().get("/api/v1/licensing/licences", headers=bearer)
            assert [one["runs_granted"] for one in listed.get_json()["items"]] == [0]
        reply = app.test_client().post(
            "/api/v1/sandbox/runs",
            headers={
                "Authorization": f"Bearer {make.token('researcher')}",
                "Idempotency-Key": f"key-{len(broken)}",
            },
            json={"licence_id": licence.licence_id, "purpose": HEALTH.purpose, "sql": BY_SEX},
        )
        assert reply.status_code == 500
        assert reply.get_json()["type"] == "/problems/licensing-policy-broken"


_READERS = ("operator", "regulator", "enterprise")


def verbs_of(session: Session, make: Maker, person: str, licence_id: str) -> tuple[str, ...]:
    tasks = marketplace.tasks_of(session, make.actor(person), make.clock())
    return tuple(verb for one in tasks if one.target == licence_id for verb in one.verbs)
