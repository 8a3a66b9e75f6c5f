"""A home with both registers at work, and the ways through its forms."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kernel.clock import SettableClock
from marketplace.app import create_app
from marketplace.operations.home import init_home
from registry import service
from registry.service import NewObjection
from registry.states import Status
from tests.conftest import MONDAY_NINE, make_settings
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text

DIGEST = "12" * 32
GOOD_DATA = {
    "name": "2025年甘肃省气象观测逐日记录",
    "summary": "全省国家级气象站每日的气温、降水与风。",
    "industry": "M",
    "update_cycle": "每日",
}


@dataclass
class World:
    """One home with both registers at work, and the addresses in it."""

    app: Flask
    make: Maker
    places: dict[str, str]

    def reader(self, name: str = "", language: str = "en") -> PageReader:
        reader = PageReader(self.app.test_client(), language)
        if name:
            reader.sign_in(name, self.make.people[name].password)
        return reader


def working_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both registers at work in a home of their own."""
    clock = SettableClock(MONDAY_NINE)
    home = init_home(make_settings(tmp_path_factory.mktemp("work") / "home"), now=clock())
    make = Maker(home, clock, tmp_path_factory.mktemp("snapshots"))
    make.list_agency()
    entry = make.application(Status.EFFECTIVE)
    certificate = make.property_application(Status.CERTIFIED)
    objection = service.object_later(
        home.db,
        actor=make.actor("enterprise"),
        now=clock(),
        code=str(certificate.code),
        wanted=NewObjection(
            certificate.application_id, "马实名", "0931-0000000", "来源不实，请复核", "见附件说明"
        ),
    )
    draft = make.application(Status.DRAFT, form={"name": "一份草稿"})
    review = make.application(Status.FORMAL_REVIEW, form=make.form(name="审核中的数据"))
    yield World(
        create_app(home=home, clock=clock),
        make,
        {
            "entry": str(entry.code),
            "certificate": str(certificate.code),
            "objection": objection,
            "draft": draft.application_id,
            "review": review.application_id,
        },
    )
    home.db.close()


def begin(reader: PageReader, **values: str) -> str:
    """Begin a draft on the start page; the address of the application."""
    new = "/registry/applications/new"
    made = reader.send(new, new, **values)
    assert made.status_code == 302, visible_text(made)
    return str(made.headers["Location"]).removesuffix("/edit")


def save(
    reader: PageReader, place: str, group: str, then: str = "next", **values: str
) -> TestResponse:
    """Fill in the page of one group and press a button; what the page held is sent along."""
    page = f"{place}/form/{group}"
    return reader.send(page, page, then=then, **values)
