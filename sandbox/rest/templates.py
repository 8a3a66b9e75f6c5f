"""Templates: queries with typed parameters that the provider of a dataset approved beforehand."""

from typing import Any

from flask import Response, jsonify, request, url_for

from kernel.web.context import Entrance
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, queries, rules, schemas
from sandbox.engine.parameters import read_parameter
from sandbox.queries import TemplateRow
from sandbox.rest.door import blueprint, machine, signed_in
from sandbox.rest.runs import judge, start
from sandbox.service import RunQuery
from sandbox.service.research import templating


@blueprint.get("/templates")
@blueprint.arguments(schemas.TemplateArguments, location="query")
def list_templates(values: dict[str, Any]) -> Response:
    """Those that are offered under a licence, or all of a dataset for its provider and regulators."""
    here = signed_in()
    with here.db.read() as session:
        if values["licence_id"]:
            licence = licensing.find_licence(session, values["licence_id"])
            if not licence.is_used_by(here.actor.organisation_id, local_day(here.now)):
                raise errors.RunUnknown
            terms = licence.terms
            rows = queries.list_templates(session, terms.dataset, mode=terms.mode)
        else:
            snapshot = queries.newest_snapshot(session, values["dataset"])
            rules.check_may_see_budget(here.actor, snapshot.provider_id, snapshot.dataset)
            rows = queries.list_templates(session, snapshot.dataset)
    return jsonify(items=[schemas.template_reply(row) for row in rows])


@blueprint.post("/templates")
@blueprint.arguments(schemas.TemplateBody)
def create_template(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Approve a template; the guard judges it with every parameter at its example."""
    here = signed_in()
    wanted = templating.NewTemplate(values["dataset"], values["mode"], _draft(values))
    template_id = templating.save_template(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )
    headers = {"Location": url_for("sandbox_rest.show_template", template_id=template_id)}
    return _reply(_found(here, template_id)), 201, headers


@blueprint.get("/templates/<template_id>")
def show_template(template_id: str) -> Response:
    """The newest version, or the one that ``version`` names."""
    return _reply(_found(signed_in(), template_id, request.args.get("version", 0, int)))


@blueprint.patch("/templates/<template_id>")
@blueprint.arguments(schemas.TemplateDraftBody)
def change_template(values: dict[str, Any], template_id: str) -> Response:
    """Approve a new version; needs If-Match."""
    here = signed_in()
    row = _found(here, template_id)
    check_if_match(row.template_id, row.revision)
    wanted = templating.TemplateChange(template_id, row.revision, _draft(values))
    templating.change_template(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )
    return _reply(_found(here, template_id))


@blueprint.post("/templates/<template_id>/<any(offer,withdraw):verb>")
def offer_template(template_id: str, verb: str) -> Response:
    """Offer a template, or no longer; needs If-Match."""
    here = signed_in()
    row = _found(here, template_id)
    check_if_match(row.template_id, row.revision)
    templating.offer_template(
        here.db,
        actor=here.actor,
        now=here.now,
        template_id=template_id,
        revision=row.revision,
        is_offered=verb == "offer",
    )
    return _reply(_found(here, template_id))


@blueprint.post("/templates/<template_id>/checks")
@blueprint.arguments(schemas.TemplateUseBody)
def check_template(values: dict[str, Any], template_id: str) -> Response:
    """Verdict and price of the query that the values make; nothing is run."""
    here = signed_in()
    return judge(here, _query(here, template_id, values, key=""))


@blueprint.post("/templates/<template_id>/runs")
@blueprint.arguments(schemas.TemplateUseBody)
def run_template(values: dict[str, Any], template_id: str) -> tuple[Response, int, dict[str, str]]:
    """Run the query that the values make, as every other query."""
    here = signed_in()
    return start(here, _query(here, template_id, values, key=idempotency_key()))


def _query(here: Entrance, template_id: str, values: dict[str, Any], *, key: str) -> RunQuery:
    row = _found(here, template_id)
    parameters = tuple(map(read_parameter, row.parameters))
    texts = schemas.read_values(parameters, values["values"], before="values/")
    wanted = templating.TemplateUse(
        template_id,
        values["licence_id"],
        texts,
        values["purpose"],
        key,
        values["accuracy"],
        values["rho"],
        values["version"],
        schemas.media_type_of(values),
    )
    return templating.query_of(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )


def _draft(values: dict[str, Any]) -> templating.Draft:
    return templating.Draft(
        titles=values["title"],
        descriptions=values["description"],
        sql=values["sql"],
        parameters=tuple(values["parameters"]),
    )


def _found(here: Entrance, template_id: str, version: int = 0) -> TemplateRow:
    return templating.see_template(
        here.db, actor=here.actor, now=here.now, template_id=template_id, version=version
    )


def _reply(row: TemplateRow) -> Response:
    return set_etag(jsonify(schemas.template_reply(row)), row.template_id, row.revision)
