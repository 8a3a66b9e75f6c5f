"""Who is asking: a bearer token for the API, a server-side session for pages.

Under ``/api/`` a cookie never counts, so that no page of another site can act through a browser
(CVE-2026-41255 was that hole); everywhere else a token never counts. Bearer tokens are read by
Authlib's resource protector (RFC 6750); a wrong one is refused, not taken for a visitor.
"""

from datetime import datetime, timedelta
from typing import Any

from authlib.integrations.flask_oauth2 import ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, Response, g, request

from kernel import accounts
from kernel.identity import VISITOR, Actor, SignInNeeded
from kernel.web.context import entrance, ground

SESSION_COOKIE = "hexi_session"
_API = "/api/"
#: A token's last use is told to the minute, so that not every request writes.
_NOTE_EVERY = timedelta(minutes=1)


class _KnownToken:
    """What Authlib wants to know of a token; ours carry no scopes, roles decide."""

    def __init__(self, token_id: str, actor: Actor, used_at: datetime | None) -> None:
        self.token_id, self.actor, self.used_at = token_id, actor, used_at


class _TokenTable(BearerTokenValidator):  # type: ignore[misc] # Authlib ships no types
    def authenticate_token(self, token_string: str) -> _KnownToken | None:
        here = entrance()
        with here.db.read() as session:
            token, actor = accounts.find_token(session, now=here.now, secret=token_string)
        return _KnownToken(token.id, actor, token.last_used_at) if token else None

    def validate_token(self, token: _KnownToken | None, scopes: Any, request: Any) -> None:  # noqa: ANN401, ARG002 - Authlib's signature
        if token is None or token.actor.is_visitor:
            raise SignInNeeded


def install(app: Flask) -> None:
    """Find out before each request who asks."""
    protector = ResourceProtector()
    protector.register_token_validator(_TokenTable())

    @app.before_request
    def find_actor() -> None:
        if request.path.startswith(_API) or request.path == "/metrics":
            g.actor = _by_token(protector)
        elif not request.path.startswith("/static/"):
            g.actor = _by_cookie()


def _by_token(protector: ResourceProtector) -> Actor:
    if "Authorization" not in request.headers:
        return VISITOR
    try:
        token: _KnownToken = protector.acquire_token()
    except OAuth2Error as error:
        raise SignInNeeded from error
    here = entrance()
    if token.used_at is None or abs(here.now - token.used_at) >= _NOTE_EVERY:
        with here.db.transaction() as session:
            accounts.note_token_use(session, now=here.now, token_id=token.token_id)
    return token.actor


def _by_cookie() -> Actor:
    secret = request.cookies.get(SESSION_COOKIE, "")
    if not secret:
        return VISITOR
    here = entrance()
    with here.db.read() as session:
        return accounts.actor_by_cookie(session, now=here.now, secret=secret)


def set_session_cookie(response: Response, secret: str) -> None:
    """Give the browser its session: not readable by scripts, not sent from other sites."""
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=accounts.SESSION_HOURS * 3600,
        httponly=True,
        samesite="Lax",
        secure=ground().settings.public_url.startswith("https://"),
    )


def drop_session_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE)
