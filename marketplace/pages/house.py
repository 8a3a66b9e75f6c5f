"""The house itself: problem types, API description, accessibility, health, metrics, the log's files."""

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    render_template,
    send_from_directory,
)
from flask_babel import force_locale, gettext
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kernel.identity import Permission, check_permission
from kernel.web.context import attached, entrance
from kernel.web.language import LANGUAGES, language_tag
from kernel.web.problems import status_of
from marketplace import errors
from marketplace.portal.problems import Problem, all_problems
from marketplace.portal.readiness import Readiness

blueprint = Blueprint("house", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Ready: the database and the query engine answer."""
    entrance().db.check()
    attached("readiness", Readiness).check()
    return jsonify(status="ready")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for operators."""
    check_permission(entrance().actor, Permission.KERNEL_METRICS_READ)
    reply = make_response(generate_latest())
    reply.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return reply


@blueprint.get("/problems")
def problems() -> str:
    """Every refusal there is."""
    rows = [(problem, status_of(problem.kind)) for problem in all_problems()]
    return render_template("problems/list.html", problems=rows)


@blueprint.get("/problems/<code>")
def problem(code: str) -> str:
    """One type of refusal: what it means and what to do."""
    found: Problem | None = next((one for one in all_problems() if one.code == code), None)
    if found is None:
        raise errors.ProblemUnknown
    tags = sorted(LANGUAGES, key=lambda tag: tag != language_tag())
    return render_template(
        "problems/problem.html",
        code=found.code,
        status=status_of(found.kind),
        texts=[_texts(found, tag) for tag in tags],
    )


def _texts(found: Problem, tag: str) -> dict[str, str]:
    with force_locale(LANGUAGES[tag]):
        return {
            "language": tag,
            "title": gettext(found.title),
            "detail": gettext(found.detail),
        }


@blueprint.get("/docs")
def docs() -> str:
    """The REST interface, from its own OpenAPI document."""
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("marketplace/docs.html", spec=document)


@blueprint.get("/accessibility")
def accessibility() -> str:
    """What is done so that everybody can use this."""
    return render_template("marketplace/accessibility.html")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Public pages may be indexed."""
    reply = make_response(
        "User-agent: *\nDisallow: /tasks\nDisallow: /sandbox\nDisallow: /inspect\n"
    )
    reply.mimetype = "text/plain"
    return reply


@blueprint.get("/log/<path:name>")
def log_file(name: str) -> Response:
    """The log's published files: checkpoint, tiles, entry bundles (C2SP tlog-tiles)."""
    reply = send_from_directory(entrance().settings.home / "log", name)
    is_checkpoint = name == "checkpoint"
    reply.mimetype = "text/plain" if is_checkpoint else "application/octet-stream"
    # A tile never changes once it is written; the checkpoint does with every batch.
    reply.headers["Cache-Control"] = (
        "no-cache" if is_checkpoint else "public, max-age=31536000, immutable"
    )
    return reply
