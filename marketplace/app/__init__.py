"""The composition root: the only place that knows every package; plain imports, no registry."""

import os
from typing import Any

from flask import Flask, g, get_flashed_messages, request, url_for
from flask_wtf.csrf import CSRFProtect, generate_csrf

from kernel.clock import Clock, system_clock
from kernel.config import Settings, read_settings
from kernel.console import keep_logs_plain
from kernel.files import FileStore
from kernel.identity import VISITOR
from kernel.ids import new_secret
from kernel.trust.receipts import SOFTWARE_VERSION
from kernel.web import auth, context, frontend, language, openapi, problems, tables
from kernel.web.context import Ground
from licensing import pages as licensing_pages
from licensing import rest as licensing_rest
from marketplace import pages, rest
from marketplace.app.filters import install as install_filters
from marketplace.app.filters import words
from marketplace.app.navigation import navigation
from marketplace.billing.gateway import Gateway
from marketplace.operations.home import ROOT, Home, open_home
from marketplace.portal.readiness import Readiness
from registry import pages as registry_pages
from registry import rest as registry_rest
from sandbox import pages as sandbox_pages
from sandbox import rest as sandbox_rest
from sandbox.engine.process import Engine
from sandbox.service import Machine

#: Forms and JSON bodies; the addresses that take files say how much they take themselves.
LARGEST_REQUEST_BYTES = 1_000_000


def create_app(
    *,
    settings: Settings | None = None,
    home: Home | None = None,
    clock: Clock = system_clock,
    engine: Engine | None = None,
) -> Flask:
    """The application over one home; without arguments over the environment's.

    Raises:
        HexiError: the home or the database cannot be opened, or a setting is unsafe.
    """
    keep_logs_plain()
    if settings is None:
        settings = home.settings if home else read_settings(os.environ)  # noqa: TID251 - settings are read here, once
    home = home or open_home(settings)
    app = Flask(
        "hexi",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        # Only built files are served, by kernel.web.frontend.
        static_folder=None,
    )
    _configure(app, home)
    context.lay_ground(app, Ground(home.db, home.seal, clock, settings))
    engine = engine or Engine(settings.run_folder / "sandbox.sock")
    context.attach(app, "machine", Machine(engine, home.snapshots, home.answers))
    context.attach(app, "evidence", FileStore(settings.home / "evidence"))
    context.attach(app, "readiness", Readiness(engine.is_alive))
    context.attach(app, "gateway", Gateway(settings.payment_url))
    problems.install(app)
    tables.install(app)
    language.install(app, ROOT / "marketplace" / "translations", words)
    frontend.install(app)
    auth.install(app)
    install_filters(app)
    _install_pages(app)
    _install_api(app)
    app.context_processor(_page_frame)
    # The web forks after this: a connection must not be shared between two processes.
    home.db.close()
    return app


def _configure(app: Flask, home: Home) -> None:
    settings = home.settings
    # Without a setting the key lives with the other keys of the home; production wants it set.
    app.secret_key = settings.secret_key or home.seal.keys.derive("web-session")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST_BYTES
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = settings.public_url.startswith("https://")
    app.config["WTF_CSRF_TIME_LIMIT"] = 12 * 3600
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask's default provider has it


def _install_pages(app: Flask) -> None:
    CSRFProtect(app)
    app.jinja_env.globals["csrf_token"] = generate_csrf
    app.jinja_env.globals["form_key"] = new_secret
    for blueprint in (
        registry_pages.blueprint,
        licensing_pages.blueprint,
        sandbox_pages.blueprint,
        licensing_rest.well_known,
        *pages.BLUEPRINTS,
    ):
        app.register_blueprint(blueprint)


def _install_api(app: Flask) -> None:
    api = openapi.make_api(app, version=SOFTWARE_VERSION.partition("/")[2])
    csrf = app.extensions["csrf"]
    for blueprint in (
        registry_rest.blueprint,
        licensing_rest.blueprint,
        licensing_rest.connector,
        sandbox_rest.blueprint,
        rest.blueprint,
    ):
        # Under /api/ only bearer tokens count and never a cookie, so there is nothing to forge.
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)


def _page_frame() -> dict[str, object]:
    """What every page's frame shows: who is signed in, navigation, language switch, what was said."""
    actor = g.get("actor", VISITOR)
    other = "en" if language.language_tag() == "zh-Hans" else "zh-Hans"
    said: list[Any] = get_flashed_messages(with_categories=True)
    return {
        "actor": None if actor.is_visitor else actor,
        "language": language.language_tag(),
        "navigation": navigation(),
        "said": [{"kind": kind, "text": text} for kind, text in said],
        "sign_in_href": url_for("account.sign_in_form"),
        "sign_out_href": url_for("account.sign_out"),
        "switch_language_href": url_for(
            "account.choose_language", tag=other, next=request.full_path
        ),
    }
