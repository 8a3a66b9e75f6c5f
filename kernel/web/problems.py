"""Errors to RFC 9457 problem details under ``/api/``, and to pages elsewhere; the one handler.

A blueprint's handler does not see an unmatched URL under its own prefix, so the handler is on the
application and looks at the path. An exception that nobody named is logged with the request's
identifier and answered without any text of its own.
"""

from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from kernel.errors import (
    Broken,
    Conflict,
    Exhausted,
    Forbidden,
    HexiError,
    Malformed,
    NotAcceptable,
    NotFound,
    Refused,
    Stale,
    Unauthenticated,
    Unavailable,
    Unconditioned,
    msgid,
)
from kernel.web.language import detail_of, facts_of, title_of
from kernel.web.shapes import pointers

PROBLEM_TYPE = "application/problem+json"
_KINDS: tuple[tuple[type[HexiError], int], ...] = (
    (Unconditioned, 428),
    (Malformed, 422),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Stale, 412),
    (Conflict, 409),
    (NotAcceptable, 406),
    (Refused, 422),
    (Exhausted, 429),
    (Unavailable, 503),
    (Broken, 500),
)
_SERVER_ERROR = 500
_log = structlog.get_logger("kernel.web")


class PageUnknown(NotFound):
    """No address of ours."""

    code = "kernel-page-unknown"
    title = msgid("There is no such page")
    detail = msgid("Check the address, or start from the catalogue.")


class MethodUnfit(Malformed):
    """The address exists, but not for this method."""

    code = "kernel-method-unfit"
    title = msgid("This address does not take that request")
    detail = msgid("Look the address and its methods up in /docs.")


class RequestUnreadable(Malformed):
    """The body or a header cannot be read."""

    code = "kernel-request-unreadable"
    title = msgid("The request cannot be read")
    detail = msgid(
        "Send what /docs describes for this address: the right media type and well-formed content."
    )


class ShapeWrong(Malformed):
    """Fields are missing or have wrong values; ``errors`` holds a pointer and a sentence for each."""

    code = "kernel-fields-wrong"
    title = msgid("Some fields are missing or wrong")
    detail = msgid("Correct the fields that are named and send again; nothing was changed.")


class RequestTooLarge(Malformed):
    """The body is larger than we read."""

    code = "kernel-request-too-large"
    title = msgid("The request is too large")
    detail = msgid("Send less at once; the limit stands in /docs.")


class FormStale(Forbidden):
    """A form without its CSRF token, or with an old one."""

    code = "kernel-form-stale"
    title = msgid("This form is too old")
    detail = msgid("Go back, reload the page and send the form again; nothing was changed.")


class ServerFault(Broken):
    """Something that nobody expected."""

    code = "kernel-server-fault"
    title = msgid("Something went wrong on our side")
    detail = msgid("Try again later; if it stays, tell the operator the request's number.")


_BY_STATUS: dict[int, type[HexiError]] = {
    404: PageUnknown,
    405: MethodUnfit,
    413: RequestTooLarge,
}


#: Subclasses before their parents: the first that fits decides. What HTTP itself refuses keeps
#: HTTP's own status.
STATUSES = ((MethodUnfit, 405), (RequestTooLarge, 413), *_KINDS)


def install(app: Flask) -> None:
    """Put the one handler in place and number each request."""
    app.before_request(_number_request)
    app.register_error_handler(HexiError, answer)
    app.register_error_handler(CSRFError, lambda _error: answer(FormStale()))
    app.register_error_handler(HTTPException, answer_http)
    # A megabyte of brackets: deeper than the reader of JSON goes.
    app.register_error_handler(RecursionError, lambda _error: answer(RequestUnreadable()))
    app.register_error_handler(Exception, answer_unknown)

    @app.after_request
    def say_number(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        return response


def _number_request() -> None:
    g.request_id = uuid4().hex


def request_id() -> str:
    """This request's number, for the log and for a person who asks for help."""
    return str(g.get("request_id", ""))


def status_of(error: HexiError | type[HexiError]) -> int:
    """The HTTP status of an error's kind."""
    kind = error if isinstance(error, type) else type(error)
    return next((status for base, status in STATUSES if issubclass(kind, base)), _SERVER_ERROR)


def answer(error: HexiError) -> Response:
    """The error as a problem document or as a page."""
    status = status_of(error)
    if status >= _SERVER_ERROR:
        _log.error("refused", code=error.code, request_id=request_id(), exc_info=error)
    if request.path.startswith("/api/"):
        response = jsonify(problem_document(error))
        response.mimetype = PROBLEM_TYPE
    else:
        response = make_response(
            render_template(
                "problems/error.html",
                status=status,
                code=error.code,
                title=title_of(error),
                detail=detail_of(error),
                request_id=request_id(),
            )
        )
    response.status_code = status
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if retry := error.facts.get("retry_after_seconds"):
        response.headers["Retry-After"] = str(retry)
    return response


def problem_document(error: HexiError) -> dict[str, Any]:
    """RFC 9457: type, title, status, detail, instance, our code, and the facts."""
    facts = {} if isinstance(error, Broken) else facts_of(error)
    return {
        **facts,
        "type": f"/problems/{error.code}",
        "title": title_of(error),
        "status": status_of(error),
        "detail": detail_of(error),
        "instance": f"urn:hexi:request:{request_id()}",
        "code": error.code,
    }


def answer_http(error: HTTPException) -> Response:
    """A refusal of Flask's own, said in our words; redirects stay as they are."""
    if error.response is not None or (error.code or _SERVER_ERROR) < 400:  # noqa: PLR2004 - the first error status of HTTP
        return make_response(error.get_response())
    messages = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
    if messages:
        return answer(shape_error(messages))
    return answer(_BY_STATUS.get(error.code or _SERVER_ERROR, RequestUnreadable)())


def shape_error(messages: dict[str, Any]) -> ShapeWrong:
    """The schemas' messages as JSON pointers with a sentence each."""
    places = messages.get("json") or messages.get("query") or messages
    return ShapeWrong(errors=list(pointers(places)))


def answer_unknown(error: Exception) -> Response:
    """Log what nobody expected, and tell nothing of it outside."""
    _log.error("unexpected", request_id=request_id(), exc_info=error)
    return answer(ServerFault())
