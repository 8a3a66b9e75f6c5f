"""Whatever the order of verbs: a state machine over both registers that tries them all.

It keeps a plain list of what was true at which moment and asks the register for it again.
"""

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlmodel import col, select

from kernel.clock import SettableClock
from kernel.errors import HexiError
from kernel.identity import VISITOR
from marketplace.operations.home import init_home
from registry import errors, queries, service
from registry.certificate.number import PROPERTY_CODE
from registry.models import Application, Certificate, ClockRecord, Entry
from registry.rules.clocks import State
from registry.states import (
    FINAL,
    EntryStatus,
    EntryVerb,
    Register,
    Status,
    Type,
    Verb,
    verbs_from,
)
from tests.conftest import MONDAY_NINE, make_settings
from tests.make import Maker

#: Who does a verb in these runs; the entity's people differ by register.
_PEOPLE = {
    **dict.fromkeys(("edit", "send-to-internal-review", "refile", "withdraw"), "handler"),
    **dict.fromkeys(("return-to-draft", "submit"), "entity_reviewer"),
    **dict.fromkeys(("request-supplement", "decline", "accept", "hand-over"), "acceptor"),
    **dict.fromkeys(("issue-code", "put-into-effect", "record-evidence", "certify"), "coder"),
}
_OPERATOR = {"handler": "operator_handler", "entity_reviewer": "operator_reviewer"}
_VERBS = sorted(set(Verb) - {Verb.OBJECT, Verb.AGREE, Verb.ACCEPT_BY_SILENCE, Verb.LAPSE})
#: Verbs that lead on are tried more often, or few runs would come to an end.
_ONWARD = [
    *(Verb.SEND_TO_INTERNAL_REVIEW, Verb.SUBMIT, Verb.FILE, Verb.ACCEPT, Verb.BEGIN_REVIEW),
    *(Verb.PUBLISH_NOTICE, Verb.ISSUE_CODE, Verb.PUT_INTO_EFFECT, Verb.RECORD_EVIDENCE),
    *(Verb.CERTIFY, Verb.COMPLETE, Verb.APPROVE),
]


class BothRegisters(RuleBasedStateMachine):
    applications: Bundle[str] = Bundle("applications")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SettableClock(MONDAY_NINE)
        folder = Path(self.folder.name)
        home = init_home(make_settings(folder / "home"), now=self.clock())
        self.make = Maker(home, self.clock, folder)
        self.make.list_agency()
        self.room = 4
        self.then: list[tuple[datetime, dict[str, Status], dict[str, EntryStatus]]] = []

    def teardown(self) -> None:
        self.make.home.db.close()
        self.folder.cleanup()

    # Few applications, so that each gets far.
    @precondition(lambda self: self.room > 0)
    @rule(target=applications)
    def draft_resource(self) -> str:
        self.room -= 1
        return self.make.application(Status.DRAFT).application_id

    @precondition(lambda self: self.room > 0)
    @rule(target=applications)
    def draft_property(self) -> str:
        self.room -= 1
        return self.make.property_application(Status.DRAFT).application_id

    @precondition(lambda self: self._codes())
    @rule(target=applications, type_=st.sampled_from([Type.CHANGE, Type.CANCELLATION]))
    def draft_later(self, type_: Type) -> str | MultipleResults[str]:
        form: dict[str, Any] = {"change_reason": "年度更新", "cancellation_reason": "不再提供"}
        try:
            return self.make.later(type_, self._codes()[-1], **form)
        except (errors.AlreadyOpen, errors.EntryNotInForce):
            return multiple()

    def _codes(self) -> list[str]:
        with self.make.home.db.read() as session:
            return list(session.exec(select(Entry.code).order_by(col(Entry.serial))).all())

    @rule(one=applications, pick=st.integers(0, 10**6), days=st.integers(0, 2))
    def act_lawfully(self, one: str, pick: int, days: int) -> None:
        row = self.make.read_application(one)
        verbs = [verb for verb in verbs_from(row.register, row.type, row.status) if verb in _VERBS]
        if verbs:
            self._act(one, verbs[pick % len(verbs)], days)

    @rule(one=applications, verb=st.sampled_from(_VERBS))
    def act_anyhow(self, one: str, verb: Verb) -> None:
        self._act(one, verb, 0)

    def _act(self, one: str, verb: Verb, days: int) -> None:
        row = self.make.read_application(one)
        person = _PEOPLE.get(verb.value, "reviewer")
        if verb in {Verb.FILE, Verb.PROVIDE_PROOF}:
            person = "handler"
        if row.register is Register.PROPERTY:
            person = _OPERATOR.get(person, person)
        self.make.wait(days)
        try:
            self.make.decide(one, verb, person, "理由充分")
        except HexiError:
            # A refusal is an answer; that it changed nothing is what the invariants see.
            assert self.make.read_application(one) == row
        self._note()

    @rule(one=applications, steps=st.integers(3, len(_ONWARD)))
    def hurry(self, one: str, steps: int) -> None:
        """Walk some way on, so that notices, codes and certificates come about in many runs."""
        for verb in _ONWARD[:steps]:
            if verb in {Verb.ISSUE_CODE, Verb.RECORD_EVIDENCE}:
                self.make.wait(6)
            self._act(one, verb, 0)

    @rule(one=applications)
    def object_to(self, one: str) -> None:
        wanted = service.NewObjection(one, "张三", "138", "理由", "证据")
        self.make.wait(0)
        with suppress(errors.VerbUnlawful, errors.NoticeOver):
            service.object_to(self.make.home.db, actor=VISITOR, now=self.clock(), wanted=wanted)
        self._note()

    @rule(verb=st.sampled_from([EntryVerb.REVOKE, EntryVerb.CANCEL]))
    def end_entry(self, verb: EntryVerb) -> None:
        self.make.wait(0)
        for code in self._codes()[:1]:
            with self.make.home.db.read() as session:
                version = queries.find_entry(session, code).version
            wanted = service.Ending(Register.RESOURCES, code, verb, version, "查实")
            with suppress(errors.EntryVerbUnlawful):
                service.end_entry(
                    self.make.home.db,
                    actor=self.make.actor("coder"),
                    now=self.clock(),
                    wanted=wanted,
                    seal=self.make.home.seal,
                )
        self._note()

    @rule(days=st.sampled_from([1, 4, 12, 400, 900]))
    def let_time_pass(self, days: int) -> None:
        self.make.wait(days)
        service.run_clocks(self.make.home.db, now=self.clock())
        service.expire_entries(self.make.home.db, now=self.clock(), seal=self.make.home.seal)
        self._note()

    def _note(self) -> None:
        with self.make.home.db.read() as session:
            applications = session.exec(select(Application.id, Application.status)).all()
            entries = session.exec(select(Entry.code, Entry.status)).all()
        self.then.append(
            (
                self.clock(),
                {one: Status(status) for one, status in applications},
                {code: EntryStatus(status) for code, status in entries},
            )
        )
        self.clock.advance(timedelta(seconds=1))

    @invariant()
    def no_code_without_its_notice_and_none_twice(self) -> None:
        if not hasattr(self, "make"):
            return
        with self.make.home.db.read() as session:
            rows = session.exec(select(Application).where(col(Application.code).is_not(None))).all()
            codes = [row.code for row in rows]
            assert len(codes) == len(set(codes))
            for row in rows:
                targets = [step.target for step in queries.history(session, row.id)]
                waived = Status.APPROVED in targets and row.register_name == "property"
                assert Status.PUBLIC_NOTICE in targets or waived
                if row.notice_ends_on and row.coded_at and not waived:
                    assert row.coded_at.date() >= row.notice_ends_on
                is_property = row.register_name == "property"
                assert bool(PROPERTY_CODE.fullmatch(str(row.code))) is is_property
            for entry in session.exec(select(Entry)).all():
                assert entry.code in codes
            for certificate in session.exec(select(Certificate)).all():
                assert certificate.code is None or certificate.code in codes

    @invariant()
    def history_is_a_chain_and_clocks_fit_the_status(self) -> None:
        if not hasattr(self, "make"):
            return
        with self.make.home.db.read() as session:
            for row in session.exec(select(Application)).all():
                steps = queries.history(session, row.id)
                before = ""
                for step in steps:
                    assert step.source == before, [one.verb for one in steps]
                    before = step.target
                assert before == row.status
                running = [
                    clock
                    for clock in session.exec(
                        select(ClockRecord).where(ClockRecord.application_id == row.id)
                    ).all()
                    if clock.state != State.ENDED
                ]
                if Status(row.status) in FINAL:
                    assert running == []
                shown = {clock.due_on for clock in running if clock.state == State.RUNNING}
                assert row.due_on in shown or (row.due_on is None and not shown)

    @rule(place=st.floats(0, 1))
    def ask_as_of(self, place: float) -> None:
        if not self.then:
            return
        moment, applications, entries = self.then[int(place * (len(self.then) - 1))]
        with self.make.home.db.read() as session:
            for one, status in applications.items():
                assert queries.find_application(session, one, as_of=moment).status is status
            for code, entry_status in entries.items():
                assert queries.find_entry(session, code, as_of=moment).status is entry_status


def _settings() -> Any:
    return settings(
        max_examples=12,
        stateful_step_count=40,
        deadline=None,
        # A home on a disk for each run: slow to make, and meant so.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


BothRegisters.TestCase.settings = _settings()
TestBothRegisters = BothRegisters.TestCase
