"""Every deadline of the two clock tables against cases worked out by hand from the holiday notices.

Spring Festival 2026: 15 to 23 February free, Saturday 14 and Saturday 28 February worked (国办发明电
〔2025〕7号). National Day 2025: 1 to 8 October free, Sunday 28 September and Saturday 11 October
worked. New Year 2026: 1 to 3 January free, Sunday 4 January worked.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kernel.clock import SettableClock
from kernel.identity import NotPermitted
from kernel.limits import LimitUnknown, LimitValueUnusable, NewValue, Scope, read_limits
from kernel.workdays import DayOff, NewNotice, NoticeUnusable, local_day, read_calendar
from marketplace.operations.home import Home
from registry import queries, service
from registry.rules.clocks import Clock, Light, Span, light
from registry.rules.limits import LIMITS
from registry.states import Register, Status, Type, Verb
from tests.make import Maker

#: Key of the limit, its number, the day of the event, the last day; the days counted stand beside.
HAND_WORKED = [
    ("acceptance", 3, date(2026, 2, 12), date(2026, 2, 24)),  # 13, 14; 24
    ("acceptance", 3, date(2025, 9, 26), date(2025, 9, 30)),  # 28, 29, 30
    ("acceptance", 3, date(2025, 9, 30), date(2025, 10, 11)),  # 9, 10, 11
    ("acceptance", 3, date(2025, 12, 31), date(2026, 1, 6)),  # 4, 5, 6
    ("review", 20, date(2026, 1, 30), date(2026, 3, 5)),  # 2-6, 9-14 (11); 24-28 (16); 2-5
    ("review", 20, date(2025, 12, 31), date(2026, 1, 29)),  # 4-9 (6), 12-16, 19-23 (16), 26-29
    ("notice", 10, date(2025, 9, 24), date(2025, 10, 14)),  # 25, 26, 28, 29, 30; 9, 10, 11, 13, 14
    ("notice", 10, date(2026, 4, 30), date(2026, 5, 18)),  # 6, 7, 8, 9; 11-15; 18
    ("objection", 10, date(2026, 2, 9), date(2026, 2, 28)),  # 10-14 (5); 24-28
    ("code", 5, date(2026, 6, 17), date(2026, 6, 25)),  # 18; 22-25, Dragon Boat between
    ("change", 20, date(2026, 8, 31), date(2026, 9, 28)),  # 1-4, 7-11, 14-18 (14), 20-24 (19); 28
    ("correction", 20, date(2026, 5, 29), date(2026, 6, 29)),  # 1-5, 8-12, 15-18 (14), 22-26; 29
    ("renewal", 20, date(2026, 1, 30), date(2026, 3, 5)),  # as the review
    ("cancellation", 10, date(2026, 9, 21), date(2026, 10, 12)),  # 22-24; 28-30; 8, 9, 10; 12
    (
        "first_registration",
        20,
        date(2026, 3, 31),
        date(2026, 4, 29),
    ),  # 1-3; 7-10, 13-17, 20-24; 27-29
    ("b_acceptance", 3, date(2026, 4, 2), date(2026, 4, 8)),  # 3; 7, 8
    ("b_supplement", 10, date(2026, 2, 6), date(2026, 2, 27)),  # 9-14 (6); 24-27
    ("b_total", 10, date(2026, 2, 27), date(2026, 3, 12)),  # 28; 2-6, 9-12
    ("b_notice", 5, date(2025, 12, 30), date(2026, 1, 7)),  # 31; 4-7
    ("b_objection", 10, date(2026, 9, 24), date(2026, 10, 15)),  # 28-30; 8-10 (6); 12-15
    ("b_late_objection", 5, date(2026, 2, 13), date(2026, 2, 27)),  # 14; 24-27
]


@pytest.mark.parametrize(("key", "amount", "event", "last_day"), HAND_WORKED)
def test_every_limit_ends_on_the_day_that_was_worked_out_by_hand(
    home: Home, key: str, amount: int, event: date, last_day: date
) -> None:
    with home.db.read() as session:
        limits, calendar = read_limits(session, LIMITS), read_calendar(session)
    assert limits.on(key, event) == amount
    assert Clock(amount, (Span(event),)).due(calendar) == (last_day, False)


def test_the_table_speaks_of_every_limit_in_working_days() -> None:
    counted = {declared.key for declared in LIMITS if declared.unit == "workdays"}
    assert counted - {key for key, *_ in HAND_WORKED} == {"b_extension"}


def test_a_clock_that_stops_keeps_what_it_used_and_goes_on(home: Home) -> None:
    with home.db.read() as session:
        calendar = read_calendar(session)
    clock = Clock(10, (Span(date(2026, 2, 9)),))
    stopped = clock.stop(date(2026, 2, 13))
    # 10, 11, 12, 13 are used up.
    assert stopped.used(calendar) == 4
    assert stopped.due(calendar) is None
    # Six more after Tuesday the 24th, the first day of work: 25, 26, 27, 28, 2, 3.
    assert stopped.go_on(date(2026, 2, 24)).due(calendar) == (date(2026, 3, 3), False)
    # A stop on the day itself uses nothing; a second stop adds to the first.
    assert clock.stop(date(2026, 2, 9)).used(calendar) == 0
    twice = stopped.go_on(date(2026, 2, 24)).stop(date(2026, 2, 26))
    assert twice.used(calendar) == 6


def test_a_stop_over_the_years_end_counts_no_free_day(home: Home) -> None:
    with home.db.read() as session:
        calendar = read_calendar(session)
    clock = Clock(10, (Span(date(2025, 12, 26), date(2025, 12, 30)), Span(date(2026, 1, 1))))
    # 29, 30 used; then 4, 5, 6, 7, 8, 9, 12, 13.
    assert clock.due(calendar) == (date(2026, 1, 13), False)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (date(2026, 2, 12), (Light.RED, -1)),
        (date(2026, 2, 13), (Light.AMBER, 0)),
        (date(2026, 2, 25), (Light.AMBER, 3)),
        (date(2026, 2, 26), (Light.GREEN, 4)),
    ],
)
def test_the_light_counts_working_days(
    home: Home, due_on: date, expected: tuple[Light, int]
) -> None:
    with home.db.read() as session:
        assert light(read_calendar(session), date(2026, 2, 13), due_on) == expected


def _set(make: Maker, key: str, value: int | None, day: date) -> service.Recount:
    wanted = NewValue(key, Scope.PROVINCIAL, value, "甘数发〔2026〕1号第三条", day)
    return service.set_limit(
        make.home.db, actor=make.actor("admin"), now=make.clock(), wanted=wanted
    )


@pytest.mark.postgres
def test_a_changed_limit_moves_open_deadlines_and_keeps_the_old_ones(make_any: Maker) -> None:
    make = make_any
    row = make.application(Status.SUBMITTED)
    ended = make.application(Status.SUBMITTED)
    make.decide(ended.application_id, Verb.DECLINE, "acceptor", "不属于登记范围")
    done = _set(make, "acceptance", 5, local_day(make.clock()))
    assert (done.looked_at, done.moved, done.organisations) == (1, 1, 1)
    assert make.read_application(row.application_id).due_on == date(2026, 3, 9)
    with make.home.db.read() as session:
        changes = queries.changes_of(session, row.application_id)
        assert [(one.cause, one.old_due_on, one.new_due_on) for one in changes] == [
            ("start", None, date(2026, 3, 5)),
            ("limit acceptance", date(2026, 3, 5), date(2026, 3, 9)),
        ]
    # Taken back, the national value counts again.
    make.wait(0)
    assert _set(make, "acceptance", None, local_day(make.clock())).moved == 1
    assert make.read_application(row.application_id).due_on == date(2026, 3, 5)


def test_a_limit_that_begins_later_moves_nothing_before_its_day(make: Maker) -> None:
    row = make.application(Status.ACCEPTED)
    assert _set(make, "review", 25, date(2026, 3, 9)).moved == 0
    assert service.recount_if_due(make.home.db, now=make.clock()) is None
    make.clock.set(datetime(2026, 3, 9, 1, tzinfo=UTC))
    done = service.recount_if_due(make.home.db, now=make.clock())
    assert done is not None
    assert done.moved == 1
    # 25 working days from Tuesday 3 March, Qingming on 6 April.
    assert make.read_application(row.application_id).due_on == date(2026, 4, 8)
    assert service.recount_if_due(make.home.db, now=make.clock()) is None


def test_a_published_notice_is_lengthened_but_never_shortened(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    published = row.notice_ends_on
    _set(make, "notice", 5, local_day(make.clock()))
    assert make.read_application(row.application_id).notice_ends_on == published
    make.wait(0)
    _set(make, "notice", 12, local_day(make.clock()))
    longer = make.read_application(row.application_id)
    assert published is not None
    assert longer.notice_ends_on == published + timedelta(days=4)
    assert longer.due_on == longer.notice_ends_on


def test_a_notice_that_is_over_does_not_open_again(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    make.wait(11)
    _set(make, "notice", 20, local_day(make.clock()))
    assert make.read_application(row.application_id).notice_ends_on == row.notice_ends_on
    make.decide(row.application_id, Verb.ISSUE_CODE, "coder")


@pytest.mark.postgres
def test_the_next_holiday_notice_moves_a_due_date_and_takes_the_doubt_away(
    make_any: Maker, clock: SettableClock
) -> None:
    make = make_any
    clock.set(datetime(2026, 12, 28, 1, tzinfo=UTC))
    row = make.application(Status.SUBMITTED)
    # 29, 30, 31: inside the year.
    assert row.due_on == date(2026, 12, 31)
    make.wait(2)
    make.decide(row.application_id, Verb.ACCEPT, "acceptor")
    before = make.read_application(row.application_id)
    assert before.due_is_provisional
    # From 30 December: 31; then January without New Year's Day: 4-8, 11-15, 18-22, 25-28.
    assert before.due_on == date(2027, 1, 28)
    notice = NewNotice(
        2027,
        "国办发明电〔2026〕8号",
        (
            DayOff(date(2027, 1, 1), False, "元旦"),
            DayOff(date(2027, 1, 4), False, "元旦"),
            DayOff(date(2027, 1, 9), True, "调休"),
            DayOff(date(2027, 1, 10), True, "调休"),
        ),
    )
    done = service.load_calendar(
        make.home.db, actor=make.actor("admin"), now=make.clock(), wanted=notice
    )
    assert done.moved == 1
    after = make.read_application(row.application_id)
    # One day lost, two won.
    assert (after.due_on, after.due_is_provisional) == (date(2027, 1, 27), False)
    moment = make.clock() - timedelta(minutes=1)
    with make.home.db.read() as session:
        then = read_calendar(session, as_of=moment)
        assert 2027 not in then.loaded_years
        assert then.add(date(2026, 12, 30), 20).day == before.due_on


def test_rules_are_read_as_they_were_known_at_a_moment(make: Maker) -> None:
    moment = make.clock()
    make.wait(0)
    _set(make, "review", 15, date(2026, 1, 1))
    with make.home.db.read() as session:
        day = date(2026, 3, 2)
        assert read_limits(session, LIMITS).on("review", day) == 15
        assert read_limits(session, LIMITS, as_of=moment).on("review", day) == 20
        row = read_limits(session, LIMITS).row("review", day)
        assert (row.national, row.provincial, row.source) == (20, 15, "甘数发〔2026〕1号第三条")
        # Before the day from which it counts, the national value stands.
        assert read_limits(session, LIMITS).on("review", date(2025, 12, 31)) == 20


@pytest.mark.parametrize(
    ("key", "value", "source", "refusal"),
    [
        ("nonsense", 3, "文", LimitUnknown),
        ("review", -1, "文", LimitValueUnusable),
        ("review", 10_001, "文", LimitValueUnusable),
        ("review", 3, "  ", LimitValueUnusable),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    make: Maker, key: str, value: int, source: str, refusal: type[Exception]
) -> None:
    wanted = NewValue(key, Scope.PROVINCIAL, value, source, date(2026, 3, 2))
    with pytest.raises(refusal):
        service.set_limit(make.home.db, actor=make.actor("admin"), now=make.clock(), wanted=wanted)


def test_only_the_data_authority_changes_rules_and_calendar(make: Maker) -> None:
    wanted = NewValue("review", Scope.PROVINCIAL, 3, "文", date(2026, 3, 2))
    notice = NewNotice(2027, "文", (DayOff(date(2027, 1, 1), False, "元旦"),))
    for person in ("coder", "reviewer", "regulator"):
        actor = make.actor(person)
        with pytest.raises(NotPermitted):
            service.set_limit(make.home.db, actor=actor, now=make.clock(), wanted=wanted)
        with pytest.raises(NotPermitted):
            service.load_calendar(make.home.db, actor=actor, now=make.clock(), wanted=notice)


@pytest.mark.parametrize(
    "notice",
    [
        NewNotice(2027, " ", (DayOff(date(2027, 1, 1), False, ""),)),
        NewNotice(2027, "文", ()),
        NewNotice(2027, "文", (DayOff(date(2028, 1, 1), False, ""),)),
        NewNotice(2027, "文", (DayOff(date(2027, 1, 1), False, ""),) * 2),
        NewNotice(1999, "文", (DayOff(date(1999, 1, 1), False, ""),)),
    ],
)
def test_a_holiday_notice_that_cannot_be_is_refused(make: Maker, notice: NewNotice) -> None:
    with pytest.raises(NoticeUnusable):
        service.load_calendar(
            make.home.db, actor=make.actor("admin"), now=make.clock(), wanted=notice
        )


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["kernel_limit_value", "registry_clock_change", "registry_step"])
def test_history_is_only_ever_added_to(make_any: Maker, table: str) -> None:
    make_any.application(Status.SUBMITTED)
    _set(make_any, "review", 15, date(2026, 1, 1))
    for verb in (f"DELETE FROM {table}", f"UPDATE {table} SET id = 'x'"):
        with pytest.raises(DatabaseError), make_any.home.db.transaction() as session:
            session.execute(text(verb))


def test_the_duty_to_file_runs_from_start_and_delivery_and_says_how_late_it_was_met(
    make: Maker,
) -> None:
    form = make.form(operation_started_on="2026-01-05", delivered_on="2026-01-30")
    row = make.application(Status.DRAFT, form=form)
    # 20 working days from Friday 30 January.
    assert row.due_on == date(2026, 3, 5)
    with make.home.db.read() as session:
        (due,) = queries.list_due(session, queries.DueSearch(holder="entity"))
    assert due.clock.kind.value == "first_registration"
    make.wait(5)
    make.decide(row.application_id, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    filed = make.read_application(row.application_id)
    # Filed on Monday 9 March: Friday the 6th and the 9th are late.
    assert filed.filed_late_workdays == 2
    assert filed.due_on == date(2026, 3, 12)


def test_the_feed_names_what_is_due_and_who_holds_the_ball(make: Maker) -> None:
    make.list_agency()
    one = make.application(Status.SUBMITTED)
    other = make.property_application(Status.ACCEPTED)
    make.decide(one.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "缺材料")
    with make.home.db.read() as session:
        rows = queries.list_due(session, queries.DueSearch())
    # The supplement of register A has no limit: nothing runs against the entity.
    assert [row.clock.application_id for row in rows] == [other.application_id]
    assert rows[0].clock.holder.value == "institution"
    later = make.later(Type.RENEWAL, str(make.application(Status.EFFECTIVE).code))
    assert make.read_application(later).due_on is None
    assert Register(rows[0].register) is Register.PROPERTY
