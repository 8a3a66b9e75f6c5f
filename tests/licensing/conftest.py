"""What the tests of licensing's pages share."""

from typing import Any

import pytest
from flask import Flask

from tests.make import Maker
from tests.marketplace.pagereader import PageReader


@pytest.fixture
def reader(app: Flask, make: Maker) -> Any:
    """Makes a reader of pages: a visitor, or the sample account of a name who has signed in."""

    def made(name: str = "", language: str = "en") -> PageReader:
        one = PageReader(app.test_client(), language)
        if name:
            one.sign_in(name, make.people[name].password)
        return one

    return made
