"""OpenAPI 3.1 from routes and schemas, with our own errors instead of the library's."""

from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest
from flask import Flask, Response
from flask_smorest import Api
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from kernel.web.problems import answer_http

_DESCRIPTION = (
    "Register, licence and compute on public data. Errors are RFC 9457 problem documents with a "
    "stable `code`; see /problems. Send a bearer token in `Authorization`."
)


View = TypeVar("View", bound=Callable[..., Any])


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # the library has no types
    """A blueprint of the API, with types for the decorators that the entrances use."""

    def get(self, rule: str, **options: str) -> Callable[[View], View]:
        """A reading address."""
        return _typed(super().get(rule, **options))

    def post(self, rule: str, **options: str) -> Callable[[View], View]:
        """A creating address, or a verb."""
        return _typed(super().post(rule, **options))

    def patch(self, rule: str, **options: str) -> Callable[[View], View]:
        """A changing address."""
        return _typed(super().patch(rule, **options))

    def delete(self, rule: str, **options: str) -> Callable[[View], View]:
        """A removing address."""
        return _typed(super().delete(rule, **options))

    def arguments(self, schema: type[Schema], *, location: str = "json") -> Callable[[View], View]:
        """Read body or query through a schema; a wrong shape is refused with pointers."""
        return _typed(super().arguments(schema, location=location))


def _typed(decorator: Any) -> Callable[[View], View]:  # noqa: ANN401 - what the library made
    made: Callable[[View], View] = decorator
    return made


class HexiApi(Api):  # type: ignore[misc] # the library has no types
    """flask-smorest, except that every refusal goes through our one handler."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer a refusal of the library's in our words."""
        return answer_http(error)


def make_api(app: Flask, *, version: str) -> HexiApi:
    """The API with its document at ``/openapi.json``."""
    app.config.update(
        API_TITLE="Hexi",
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": _DESCRIPTION},
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            },
        },
    )
    return HexiApi(app)


__all__ = ["Blueprint", "HexiApi", "make_api"]
