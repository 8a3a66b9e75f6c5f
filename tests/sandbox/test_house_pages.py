"""Pages about the sandbox: its SQL for anybody, its walls for the operators of the platform."""

import pytest
from flask import Flask

from kernel.web.context import attached
from sandbox.engine.process import Engine
from sandbox.errors.engine import EngineUnavailable
from sandbox.service import Machine
from tests.make import Maker
from tests.marketplace.pagereader import PageReader


def test_the_supported_sql_is_told_to_anybody_with_an_example_each(app: Flask) -> None:
    text = app.test_client().get("/sandbox/sql").get_data(as_text=True)
    for word in ("GROUPING SETS", "quantile_cont", "percentile_cont", "last_day", "cume_dist"):
        assert word in text
    assert "SELECT county, AVG(cost) FILTER (WHERE sex = &#39;F&#39;) AS women" in text
    assert "统计" in text


def test_an_operator_of_the_platform_sees_the_walls_that_stand(make: Maker, app: Flask) -> None:
    reader = PageReader(app.test_client())
    reader.sign_in("admin", make.people["admin"].password)
    text = reader.get("/sandbox/confinement").get_data(as_text=True)
    with app.app_context():
        walls = attached("machine", Machine).engine.confinement()
    assert text.count("缺失") == [walls["bubblewrap"], walls["landlock"], walls["seccomp"]].count(0)
    assert text.count("已启用") + text.count("缺失") == 4


def test_without_an_engine_the_page_says_what_to_start(
    make: Maker, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Engine) -> None:
        raise EngineUnavailable(retry_after_seconds=5)

    monkeypatch.setattr(Engine, "confinement", away)
    reader = PageReader(app.test_client())
    reader.sign_in("admin", make.people["admin"].password)
    assert "hexi serve" in reader.get("/sandbox/confinement").get_data(as_text=True)
