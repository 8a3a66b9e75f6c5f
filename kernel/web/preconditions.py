"""Strong ETags, ``If-Match`` on every change, and ``Idempotency-Key`` on what creates.

Source: RFC 9110 section 13; a change without ``If-Match`` is answered 428 (RFC 6585).
"""

from flask import Response, request

from kernel.errors import Stale, Unconditioned, msgid
from kernel.trust import idempotency


class VersionStale(Stale):
    """Somebody else changed it first."""

    code = "kernel-version-stale"
    title = msgid("Somebody else changed this first")
    detail = msgid(
        "Load it again, look at what changed, and decide again; nothing was overwritten."
    )


class VersionMissing(Unconditioned):
    """A change without If-Match."""

    code = "kernel-version-missing"
    title = msgid("Say which version you want to change")
    detail = msgid("Send the ETag that you were given in a header If-Match.")


def etag_of(identifier: str, revision: int) -> str:
    """The strong entity tag of one revision, without quotes."""
    return f"{identifier}.{revision}"


def set_etag(response: Response, identifier: str, revision: int) -> Response:
    """Tell the reader which revision this is."""
    response.set_etag(etag_of(identifier, revision))
    return response


def check_if_match(identifier: str, revision: int) -> None:
    """Let a change pass that was made for the present revision.

    Raises:
        VersionMissing: there is no If-Match.
        VersionStale: it names another revision.
    """
    if not request.if_match:
        raise VersionMissing
    if not request.if_match.contains(etag_of(identifier, revision)):
        raise VersionStale


def optional_key() -> str:
    """The request's key where it has one: a visitor who sends none may still object.

    Raises:
        KeyUnusable: it is too long.
    """
    key = request.headers.get("Idempotency-Key", "")
    if key:
        idempotency.check_key(key)
    return key


def idempotency_key() -> str:
    """The request's key.

    Raises:
        KeyUnusable: there is none, or it is too long.
    """
    key = request.headers.get("Idempotency-Key", "")
    idempotency.check_key(key)
    return key
