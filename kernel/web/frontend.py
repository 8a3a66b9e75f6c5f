"""What stands around every page: templates, built files, headers of a strict browser policy.

Vocabulary: a *built file* is one of ``marketplace/static/dist``, named after the hash of its
content, committed with a gzip copy beside it; the *manifest* maps the plain name that a template
writes to the hashed path. The policy is Content Security Policy Level 3 with a fresh nonce for each
response (RFC 7762 names the header); it allows no inline style and no evaluation.
"""

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from flask import Flask, Response, abort, g, request, send_from_directory
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from kernel.errors import Broken, msgid

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATES: Final = ROOT / "templates"
STATIC: Final = ROOT / "marketplace" / "static"

POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
    "style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Nothing of the device is needed except the passkey of a signature.
PERMISSIONS: Final = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), clipboard-write=(self)"
)
# Two years, the least that browsers' preload lists accept (RFC 6797 section 6.1.1).
TRANSPORT: Final = "max-age=63072000; includeSubDomains"
# A built file never changes under its name (RFC 8246).
FOR_EVER: Final = "public, max-age=31536000, immutable"
# send_from_directory would guess the type of the packed copy.
PACKED_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


class AssetNotBuilt(Broken):
    """A template names a file that the front-end build did not make."""

    code = "kernel-asset-not-built"
    title = msgid("A file of the page is missing")
    detail = msgid(
        "%(name)s is not in the manifest. Run the front-end build and commit its output."
    )


def install(app: Flask) -> None:
    """Give the application our templates, its built files and the security headers.

    The application is expected to be made without a static folder of its own. Words stay English
    until the translation extension replaces the three gettext globals.

    Raises:
        AssetNotBuilt: the manifest is not there.
    """
    # GOV.UK's macros import each other under exactly this prefix.
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), govuk])
    words = app.jinja_env.globals
    words["asset"] = read_manifest(STATIC / "dist" / "manifest.json")
    words["csp_nonce"] = csp_nonce
    for name, speak in (
        ("_", plain_gettext),
        ("gettext", plain_gettext),
        ("ngettext", plain_ngettext),
    ):
        words.setdefault(name, speak)
    serve_built_files(app)
    app.after_request(secure_response)


def read_manifest(path: Path) -> Callable[[str], str]:
    """Read the manifest once; the result turns a plain name into the path to ask for.

    Raises:
        AssetNotBuilt: the manifest is not there, or later, for a name that it does not hold.
    """
    try:
        paths: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise AssetNotBuilt(name=path.name) from missing

    def asset(name: str) -> str:
        try:
            return paths[name]
        except KeyError as missing:
            raise AssetNotBuilt(name=name) from missing

    return asset


def csp_nonce() -> str:
    """Give the one nonce of this response, made on first use."""
    nonce: str | None = g.get("csp_nonce")
    if nonce is None:
        nonce = g.csp_nonce = token_urlsafe(18)
    return nonce


def secure_response(response: Response) -> Response:
    """Add the headers that keep a page of ours from being changed, framed or overheard.

    A view that needs another policy sets the header itself; it is not overwritten.
    """
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Not `no-referrer`: the CSRF check over HTTPS reads the referrer of our own forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", TRANSPORT)
    return response


def serve_built_files(app: Flask) -> None:
    """Serve ``/static/dist/...`` and nothing else of the static folder, the sources included."""
    if "static" in app.view_functions:
        app.view_functions["static"] = send_built_file
    else:
        app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=send_built_file)


def send_built_file(filename: str) -> Response:
    """Send a built file, packed where the browser takes gzip; 404 for all that was not built."""
    folder, _, name = filename.partition("/")
    if folder != "dist" or name.endswith(".gz"):
        abort(404)
    content_type = PACKED_TYPES.get(Path(name).suffix)
    wants_packed = content_type is not None and request.accept_encodings.quality("gzip") > 0
    sent = f"{name}.gz" if wants_packed else name
    response = send_from_directory(STATIC / "dist", sent, mimetype=content_type)
    if wants_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    if name != "manifest.json":
        response.headers["Cache-Control"] = FOR_EVER
    return response


def plain_gettext(text: str, **facts: object) -> Markup:
    """Give the English message itself, filled as the translation extension would fill it."""
    filled = {name: escape(fact) for name, fact in facts.items()}
    return Markup(text) % filled  # noqa: S704 - the text is a literal of a template


def plain_ngettext(one: str, many: str, count: int, **facts: object) -> Markup:
    """Give the English message for one or for many; ``%(num)s`` is the count."""
    return plain_gettext(one if count == 1 else many, num=count, **facts)
