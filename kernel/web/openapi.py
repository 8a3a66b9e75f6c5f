"""OpenAPI 3.1 from routes and schemas, with our own errors instead of the library's."""

from flask import Flask
from flask_smorest import Api, Blueprint

from kernel.web.problems import answer_http

_DESCRIPTION = (
    "Register, licence and compute on public data. Errors are RFC 9457 problem documents with a "
    "stable `code`; see /problems. Send a bearer token in `Authorization`."
)


class HexiApi(Api):
    """flask-smorest, except that every refusal goes through our one handler."""

    def handle_http_exception(self, error):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - the library has no types
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
