"""Years of operating institutions: who is told to check and to adjust, by when, and the page of the check."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from kernel.clock import CHINA
from kernel.identity import Actor
from kernel.workdays import local_day, read_calendar
from licensing import rules, service
from licensing.rules import CostItem
from licensing.states import CostKind, DeviationTask
from marketplace import queries
from marketplace.operations.demo.material import HEALTH
from marketplace.queries import Task
from marketplace.service import YearToCheck, check_year
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text

YEARS = "/prices/years"
CHECKED = f"{YEARS}/checked"
JANUARY = datetime(2027, 1, 1, 9, tzinfo=CHINA)
DUE = date(2027, 3, 31)


def tasks(make: Maker, person: str | Actor, kind: str) -> list[Task]:
    actor = make.actor(person) if isinstance(person, str) else person
    with make.home.db.read() as session:
        found = queries.tasks_of(session, actor, make.clock())
    return [task for task in found if task.kind == kind]


def determine(make: Maker, cents: int = 110_000, **changes: Any) -> None:
    wanted = service.NewRevenue(
        operator_id=make.actor("operator").organisation_id,
        starts_on=date(2026, 1, 1),
        ends_on=date(2028, 12, 31),
        costs=(CostItem(CostKind.PLATFORM, "平台", cents),),
        subsidies_cents=0,
        yield_percent=Decimal(0),
        points=Decimal(0),
        tax_cents=0,
        document_number="甘发改价格〔2026〕1号",
    )
    service.determine_revenue(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=replace(wanted, **changes),
    )


def record(make: Maker, year: int = 2026) -> None:
    wanted = YearToCheck(make.actor("operator").organisation_id, year)
    check_year(make.home.db, actor=make.actor("price_authority"), now=make.clock(), wanted=wanted)
    make.wait(0)


def file_ceiling(make: Maker, product: str, *, is_trial: bool = False) -> None:
    service.file_ceiling(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=service.Ceiling(product, 100, is_trial=is_trial),
    )
    make.wait(0)


@pytest.fixture
def product(make: Maker) -> str:
    return make.registered()[1]


@pytest.fixture
def reader(app: Flask, make: Maker) -> Any:
    def made(name: str = "", language: str = "zh-Hans") -> PageReader:
        one = PageReader(app.test_client(), language)
        if name:
            one.sign_in(name, make.people[name].password)
        return one

    return made


def test_a_year_becomes_a_task_on_the_first_of_january_and_stays_until_it_is_checked(
    make: Maker, product: str
) -> None:
    determine(make)
    make.clock.set(datetime(2026, 12, 31, 23, 59, tzinfo=CHINA))
    assert tasks(make, "price_authority", "yearly-report") == []
    make.clock.set(JANUARY)
    (task,) = tasks(make, "price_authority", "yearly-report")
    operator = make.actor("operator")
    assert task.target == f"{operator.organisation_id}/2026"
    assert task.title == f"{operator.organisation_name} · 2026"
    assert (task.verbs, task.due_on, task.light.value) == (("check-year",), DUE, "enough")
    with make.home.db.read() as session:
        assert task.workdays_left == read_calendar(session).count(local_day(JANUARY), DUE)
    for person in ("operator", "implementing_body", "regulator", "enterprise"):
        assert tasks(make, person, "yearly-report") == []
    make.clock.set(datetime(2027, 3, 30, 9, tzinfo=CHINA))
    assert tasks(make, "price_authority", "yearly-report")[0].light.value == "soon"
    # A year that was forgotten does not fall away because another one is over.
    make.clock.set(datetime(2028, 1, 3, 9, tzinfo=CHINA))
    late, new = tasks(make, "price_authority", "yearly-report")
    assert (late.light.value, late.target[-4:], new.target[-4:]) == ("overdue", "2026", "2027")
    record(make, 2026)
    record(make, 2027)
    assert tasks(make, "price_authority", "yearly-report") == []


def test_only_a_year_with_an_agreement_and_something_to_compare_is_a_task(
    make: Maker, product: str
) -> None:
    make.clock.set(JANUARY)
    assert tasks(make, "price_authority", "yearly-report") == []
    # A maximum that also covers years before the agreement asks for none of those.
    determine(make, starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    (task,) = tasks(make, "price_authority", "yearly-report")
    assert task.target.endswith("/2026")


def test_a_ceiling_without_a_maximum_on_the_last_day_is_a_year_to_check(
    make: Maker, product: str
) -> None:
    file_ceiling(make, product, is_trial=True)
    determine(make, ends_on=date(2026, 6, 30))
    make.clock.set(JANUARY)
    # A trial standard has no maximum to be compared with.
    assert tasks(make, "price_authority", "yearly-report") == []
    make.clock.set(datetime(2026, 6, 1, 9, tzinfo=CHINA))
    file_ceiling(make, product)
    make.clock.set(JANUARY)
    (task,) = tasks(make, "price_authority", "yearly-report")
    assert task.target.endswith("/2026")


def test_a_large_deviation_waits_for_the_body_until_a_ceiling_is_filed(
    make: Maker, product: str
) -> None:
    determine(make)
    make.clock.set(JANUARY)
    record(make)
    kind = "deviation-adjust_ceilings"
    (task,) = tasks(make, "implementing_body", kind)
    assert (task.verbs, task.due_on, task.party) == (("adjust-ceilings",), DUE, "-100.00 %")
    assert task.workdays_left is not None
    (filing,) = tasks(make, "price_authority", kind)
    assert filing.verbs == ("file-ceiling",)
    # Another body has no agreement with this operating institution; prices alone adjust nothing here.
    other_body = make.acting_as("source_department", "implementing_body")
    for person in (other_body, "operator", "regulator"):
        assert tasks(make, person, kind) == []
    file_ceiling(make, product)
    for person in ("implementing_body", "price_authority"):
        assert tasks(make, person, kind) == []


@pytest.mark.postgres
def test_years_and_their_deviations_are_found_on_both_engines(make_any: Maker) -> None:
    make = make_any
    product = make.registered()[1]
    file_ceiling(make, product, is_trial=True)
    determine(make)
    make.clock.set(JANUARY)
    (task,) = tasks(make, "price_authority", "yearly-report")
    assert task.target.endswith("/2026")
    record(make)
    assert tasks(make, "price_authority", "yearly-report") == []
    (task,) = tasks(make, "implementing_body", "deviation-adjust_ceilings")
    assert task.party == "-100.00 %"
    file_ceiling(make, product)
    assert tasks(make, "implementing_body", "deviation-adjust_ceilings") == []


def test_a_small_deviation_waits_for_the_operator_until_it_offers_anew(
    make: Maker, product: str
) -> None:
    offer = make.offer(HEALTH, product)
    determine(make, 0)
    make.clock.set(JANUARY)
    # Nothing was allowed and nothing earned: nothing to adjust.
    record(make)
    assert tasks(make, "operator", "deviation-adjust_prices") == []
    make.clock.set(datetime(2028, 1, 3, 9, tzinfo=CHINA))
    determine(make, 100)
    paid = queries.paid_cents
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queries, "paid_cents", lambda *_given, **_more: 110)
        record(make, 2027)
    assert queries.paid_cents is paid
    (task,) = tasks(make, "operator", "deviation-adjust_prices")
    assert (task.verbs, task.due_on, task.party) == (
        ("adjust-prices",),
        date(2028, 3, 31),
        "+10.00 %",
    )
    for person in ("implementing_body", "price_authority", "enterprise"):
        assert tasks(make, person, "deviation-adjust_prices") == []
    service.publish_offer(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.NewOffer(product, HEALTH.terms(), replaces=offer),
    )
    assert tasks(make, "operator", "deviation-adjust_prices") == []


@pytest.mark.parametrize(
    ("task", "filed", "offered", "is_done"),
    [
        (DeviationTask.ADJUST_CEILINGS, None, None, False),
        (DeviationTask.ADJUST_CEILINGS, 2, None, True),
        (DeviationTask.ADJUST_CEILINGS, 1, 2, False),
        (DeviationTask.ADJUST_PRICES, 1, 1, False),
        (DeviationTask.ADJUST_PRICES, None, 2, True),
        (DeviationTask.ADJUST_PRICES, 2, None, True),
        (DeviationTask.NONE, None, None, True),
    ],
)
def test_what_counts_as_adjusted(
    task: DeviationTask, filed: int | None, offered: int | None, is_done: bool
) -> None:
    def at(hour: int | None) -> datetime | None:
        return datetime(2027, 1, 1, hour, tzinfo=CHINA) if hour else None

    recorded = datetime(2027, 1, 1, 1, tzinfo=CHINA)
    assert rules.is_adjusted(task, recorded, filed_at=at(filed), offered_at=at(offered)) is is_done


def test_the_years_of_a_term_are_those_that_are_over() -> None:
    starts_on, ends_on = date(2025, 12, 31), date(2027, 1, 1)
    assert list(rules.years_over(starts_on, ends_on, date(2025, 12, 31))) == []
    assert list(rules.years_over(starts_on, ends_on, date(2026, 1, 1))) == [2025]
    assert list(rules.years_over(starts_on, ends_on, date(2030, 1, 1))) == [2025, 2026, 2027]


def test_a_year_is_looked_at_before_it_is_recorded(make: Maker, product: str, reader: Any) -> None:
    determine(make)
    make.clock.set(JANUARY)
    authority = reader("price_authority")
    page = authority.get("/tasks").get_data(as_text=True)
    operator_id = make.actor("operator").organisation_id
    place = f"{YEARS}?operator_id={operator_id}&amp;year=2026"
    assert place in page
    assert "核对该年度" in visible_text(authority.get("/tasks"))
    empty = visible_text(authority.get(YEARS))
    assert make.actor("operator").organisation_name in empty
    assert "尚未登记" not in empty
    compared = authority.get(place.replace("&amp;", "&"))
    told = visible_text(compared)
    assert compared.status_code == 200
    for words in ("1,100.00", "0.00", "-100.00 %", "甘发改价格〔2026〕1号", "2027年3月31日"):
        assert words in told
    with make.home.db.read() as session:
        assert queries.tasks_of(session, make.actor("implementing_body"), make.clock()) == []
    done = authority.send(place.replace("&amp;", "&"), CHECKED)
    assert done.status_code == 302
    assert done.headers["Location"] == "/licensing/prices#deviations"
    shown = visible_text(authority.get("/licensing/prices"))
    for words in ("-100.00 %", "授权主体调整上限收费标准", "2027年3月31日"):
        assert words in shown
    body = reader("implementing_body").get("/tasks")
    assert "/licensing/prices#deviations" in body.get_data(as_text=True)
    assert "-100.00 %" in visible_text(body)
    english = visible_text(reader("price_authority", "en").get(YEARS))
    assert "Every year that is over has been checked." in english


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"year": "2027"}, 422, "licensing-year-not-over"),
        ({"year": "2024"}, 422, "licensing-revenue-missing"),
        ({"year": "2025"}, 409, "licensing-year-checked"),
        ({"year": "1999"}, 422, 'href="#year"'),
        ({"year": ""}, 422, 'href="#year"'),
        ({"year": "昨年"}, 422, 'href="#year"'),
        ({"year": "2026", "operator_id": ""}, 422, 'href="#operator_id"'),
    ],
)
def test_each_refusal_of_the_check_stands_on_the_form_and_keeps_the_choice(
    make: Maker, product: str, reader: Any, given: dict[str, str], status: int, said: str
) -> None:
    determine(make, starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    record(make, 2025)
    make.clock.set(JANUARY)
    authority = reader("price_authority", "en")
    values = {"operator_id": make.actor("operator").organisation_id, **given}
    looked = authority.client.get(YEARS, query_string=values)
    ready = f"{YEARS}?operator_id={make.actor('operator').organisation_id}&year=2026"
    posted = authority.send(ready, CHECKED, **values)
    for reply in (looked, posted):
        page = reply.get_data(as_text=True)
        assert reply.status_code == status
        assert said in page
        assert f'name="year" type="text" value="{given["year"]}"' in page or not given["year"]
        if values["operator_id"]:
            assert f'<option value="{values["operator_id"]}" selected>' in page
        assert "not recorded yet" not in visible_text(reply)


def test_the_check_is_the_price_authoritys_alone(make: Maker, product: str, reader: Any) -> None:
    assert reader().get(YEARS).status_code == 401
    for person in ("operator", "implementing_body", "regulator", "admin"):
        one = reader(person)
        assert one.get(YEARS).status_code == 403
        form = {"operator_id": make.actor("operator").organisation_id, "year": "2025"}
        refused = one.force(CHECKED, **form)
        assert refused.status_code == 403
        assert "kernel-not-permitted" in refused.get_data(as_text=True)
        assert YEARS not in one.get("/licensing/prices").get_data(as_text=True)
    assert YEARS in reader("price_authority").get("/licensing/prices").get_data(as_text=True)
