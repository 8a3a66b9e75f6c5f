"""The frame around pages: built files, the browser policy, macros in the reader's language."""

import gzip
import json
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from markupsafe import Markup

from kernel.web import frontend

DIST = frontend.STATIC / "dist"
FORM = """
{% from "macros/forms.html" import error_summary, text_field, text_area, select_field, radios_field,
   checkboxes_field, date_field, file_field, password_field, button %}
{% from "macros/lists.html" import breadcrumbs, pagination, queue %}
{% from "macros/status.html" import day_strip, state_tag, verdict %}
{{ error_summary([{"text": hostile, "href": "#a"}]) }}
{{ text_field("a", hostile, value=hostile, hint=hostile, error=hostile) }}
{{ text_area("b", hostile, value=hostile, error=hostile, limit_characters=20) }}
{{ select_field("c", hostile, [{"value": "1", "text": hostile}], error=hostile) }}
{{ radios_field("d", hostile, [{"value": "1", "text": hostile}], error=hostile) }}
{{ checkboxes_field("e", hostile, [{"value": "1", "text": hostile}], error=hostile) }}
{{ date_field("f", hostile, error=hostile) }}
{{ file_field("g", hostile, error=hostile, is_multiple=true) }}
{{ password_field("h", hostile, error=hostile) }}
{{ button(hostile) }}
{{ breadcrumbs([{"text": hostile, "href": "/"}]) }}
{{ pagination({"previous_href": "/1", "next_href": "/3",
   "numbers": [{"number": 2, "href": "/2"}]}) }}
{{ queue([{"href": "/", "clock": {"state": "overdue", "workdays": 2, "when": hostile},
   "title": hostile, "kind": hostile, "organisation": hostile, "state": "coded",
   "waits_for": hostile}], hostile) }}
{{ day_strip([{"kind": "counted", "number": 1, "date": hostile}]) }}
{{ state_tag("in_force") }}{{ verdict("conditional") }}
"""


@pytest.fixture
def app() -> Flask:
    app = Flask("frontend", static_folder=None)
    frontend.install(app)
    # The composition root adds these two: addresses of our pages, and the words for codes.
    app.jinja_env.globals["url_for"] = lambda endpoint, **_values: f"/{endpoint}"
    app.jinja_env.filters["words"] = lambda _code: "字"

    @app.get("/page")
    def page() -> str:
        return render_template_string('{% extends "base.html" %}{% block title %}T{% endblock %}')

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_policy_is_the_promised_one_with_the_nonce_of_the_page(
    client: FlaskClient,
) -> None:
    reply = client.get("/page")

    nonces = set(re.findall(r'nonce="([^"]+)"', reply.text))
    assert len(nonces) == 1
    nonce = nonces.pop()
    assert reply.headers["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "same-origin"


def test_every_response_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    policies = {client.get("/page").headers["Content-Security-Policy"] for _ in range(5)}

    assert len(policies) == 5


def test_strict_transport_is_promised_only_over_a_secure_connection(
    client: FlaskClient,
) -> None:
    assert "Strict-Transport-Security" not in client.get("/page").headers
    secure = client.get("/page", base_url="https://hexi.example")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_a_built_file_is_packed_for_those_who_take_it_and_never_asked_for_again(
    client: FlaskClient,
) -> None:
    path = json.loads((DIST / "manifest.json").read_text("utf-8"))["app.css"]

    packed = client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
    plain = client.get(path, headers={"Accept-Encoding": "identity"}, buffered=True)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    for reply in (packed, plain):
        assert reply.mimetype == "text/css"
        assert reply.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in reply.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/src/build.mjs",
        "/static/dist/nothing.css",
        "/static/dist/../src/build.mjs",
        "/static/dist",
    ],
)
def test_nothing_but_built_files_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_name_of_the_manifest_is_a_file_with_a_packed_copy_of_itself() -> None:
    paths = json.loads((DIST / "manifest.json").read_text("utf-8"))

    for path in paths.values():
        file = DIST / Path(path).name
        assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == file.read_bytes()


def test_an_unknown_name_says_what_was_not_built() -> None:
    asset = frontend.read_manifest(DIST / "manifest.json")

    with pytest.raises(frontend.AssetNotBuilt, match=r"nothing\.css"):
        asset("nothing.css")


def test_a_missing_manifest_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(frontend.AssetNotBuilt, match="manifest"):
        frontend.read_manifest(tmp_path / "manifest.json")


def test_a_static_folder_of_the_application_is_replaced_by_ours() -> None:
    app = Flask("frontend", static_folder=str(frontend.STATIC), static_url_path="/static")
    frontend.install(app)

    assert app.test_client().get("/static/src/build.mjs").status_code == 404


def test_hostile_text_is_escaped_in_every_macro(app: Flask) -> None:
    with app.test_request_context():
        page = render_template_string(FORM, hostile="<img src=x onerror=alert(1)>\"'")

    assert "<img" not in page


def test_no_english_word_is_left_when_the_catalogue_is_chinese(app: Flask) -> None:
    def speak(*_words: object, **facts: object) -> Markup:
        return frontend.plain_gettext("字", **facts)

    app.jinja_env.globals.update({"_": speak, "gettext": speak, "ngettext": speak})

    with app.test_request_context():
        page = render_template_string(FORM, hostile="字")

    spoken = re.findall(r'(?:aria-label|data-i18n[^=]*|placeholder|title|alt)="([^"]*)"', page)
    words = re.sub(r"<[^>]*>|&\w+;", " ", page) + " ".join(spoken)
    assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_no_template_writes_a_style_or_a_handler_into_the_page() -> None:
    # What is printed is no page of the site: its styles have to lie in it.
    pages = set(frontend.TEMPLATES.rglob("*.html")) - set(frontend.TEMPLATES.glob("print/*"))
    for template in pages:
        text = template.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|\shx-on|javascript:|<style", text), (
            template.name
        )


def test_facts_of_a_sentence_are_escaped_and_numbers_choose_its_form() -> None:
    assert frontend.plain_gettext("Hello %(name)s", name="<b>") == "Hello &lt;b&gt;"
    assert frontend.plain_ngettext("%(num)s day", "%(num)s days", 1) == "1 day"
    assert frontend.plain_ngettext("%(num)s day", "%(num)s days", 2) == "2 days"
