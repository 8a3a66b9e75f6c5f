"""The Dataspace Protocol 2025-1 as provider: version, catalogue, contract negotiation.

Its errors have the protocol's own shape, and whoever may not see something is told that it is not
there (404), as the protocol wants; so this door answers for itself (decision 28).
"""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from flask import Blueprint as PlainBlueprint
from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest

from kernel.errors import Broken, Forbidden, HexiError, NotFound, Unauthenticated
from kernel.identity import Permission, check_permission
from kernel.web.context import Entrance, entrance
from kernel.web.language import detail_of, title_of
from kernel.web.openapi import Blueprint
from licensing import queries, service
from licensing.contract.messages import (
    VERSION,
    answer,
    catalogue_head,
    dataset_of,
    read_message,
    version_document,
)
from licensing.contract.odrl import target_of
from licensing.contract.policy import need
from licensing.errors import ThingUnknown
from licensing.queries import NegotiationRow, OfferRow

PATH = f"/api/dsp/{VERSION}"
blueprint = Blueprint(
    "dataspace", __name__, url_prefix=PATH, description="Dataspace Protocol 2025-1, provider"
)
#: Unversioned and open to everybody, as the protocol wants it.
well_known = PlainBlueprint("dataspace_version", __name__)
_NOT_THERE, _WRONG, _FAULT = 404, 400, 500
_BATCH = 500


@well_known.get("/.well-known/dspace-version")
def show_version() -> Response:
    """Which versions of the protocol are spoken, and where."""
    return jsonify(version_document(PATH, f"{entrance().settings.public_url}{PATH}"))


@blueprint.errorhandler(HexiError)  # type: ignore[untyped-decorator] # flask-smorest has no types
def refuse(error: HexiError) -> tuple[Response, int]:
    """A refusal as the protocol says it: 404 for what one may not see, 400 for an unlawful message."""
    if isinstance(error, Unauthenticated | Forbidden | NotFound):
        status = _NOT_THERE
    else:
        status = _FAULT if isinstance(error, Broken) else _WRONG
    reason = [f"{title_of(error)}: {detail_of(error)}"]
    if request.path.startswith(f"{PATH}/catalog"):
        context = answer("CatalogError", "", "")["@context"]
        document = {"@context": context, "@type": "CatalogError", "code": error.code}
        return jsonify({**document, "reason": reason}), status
    sent = _sent()
    consumer = str(sent.get("consumerPid", "")) if isinstance(sent, dict) else ""
    provider = str((request.view_args or {}).get("provider_pid", ""))
    document = answer("ContractNegotiationError", provider, consumer, code=error.code)
    return jsonify({**document, "reason": reason}), status


@blueprint.post("/catalog/request")
def request_catalogue() -> Response:
    """Every open offer by dataset, streamed; a filter is refused, because none is defined."""
    here = _connector()
    message = read_message(_body(), "CatalogRequestMessage")
    need(not message.get("filter"), "/filter", "no filter")
    return Response(_catalogue(here), content_type="application/json")


def _catalogue(here: Entrance) -> Iterator[str]:
    endpoint = f"{here.settings.public_url}{PATH}"
    head = json.dumps(
        catalogue_head(f"{endpoint}/catalog", here.settings.public_url, endpoint),
        ensure_ascii=False,
    )
    yield head[:-1]
    separator = ',"dataset":['
    with here.db.read() as session:
        offers = queries.every_open_offer(session, batch=_BATCH)
        for dataset, found in groupby(offers, key=lambda one: one.dataset):
            document = dataset_of(
                f"urn:hexi:dataset:{dataset}", [one.policy for one in found], endpoint
            )
            yield separator + json.dumps(document, ensure_ascii=False)
            separator = ",\n"
    yield "}" if separator.startswith(',"') else "]}"


@blueprint.get("/catalog/datasets/<path:dataset_id>")
def show_dataset(dataset_id: str) -> Response:
    """One dataset with its open offers."""
    here = _connector()
    endpoint = f"{here.settings.public_url}{PATH}"
    with here.db.read() as session:
        offers: list[OfferRow] = [
            one for one in queries.open_offers(session) if target_of(one.terms) == dataset_id
        ]
    if not offers:
        raise ThingUnknown
    document = dataset_of(dataset_id, [one.policy for one in offers], endpoint)
    return jsonify({"@context": answer("", "", "")["@context"], **document})


@blueprint.get("/negotiations/<provider_pid>")
def show_negotiation(provider_pid: str) -> Response:
    """Where a negotiation stands."""
    here = _connector()
    with here.db.read() as session:
        return _state(service.show_negotiation(session, here.actor, provider_pid))


@blueprint.get("/negotiations/<provider_pid>/messages")
def list_messages(provider_pid: str) -> Response:
    """Our messages of a negotiation, for a consumer without a callback that we may reach."""
    here = _connector()
    with here.db.read() as session:
        talk = service.show_negotiation(session, here.actor, provider_pid)
        said = queries.messages(session, talk.application_id)
    return jsonify(items=[one.document for one in said if one.kind.startswith("sent-")])


@blueprint.post("/negotiations/request")
def take_request() -> tuple[Response, int]:
    """The first contract request of a negotiation; a repeated one is answered as before."""
    here = _connector()
    talk = service.take_request(here.db, actor=here.actor, now=here.now, message=_body())
    return _state(talk), 201


@blueprint.post("/negotiations/<provider_pid>/request")
def take_counter(provider_pid: str) -> Response:
    """A later contract request, with other terms."""
    return _take(service.take_counter, provider_pid)


@blueprint.post("/negotiations/<provider_pid>/events")
def take_event(provider_pid: str) -> Response:
    """A negotiation event: the consumer accepts."""
    return _take(service.take_event, provider_pid)


@blueprint.post("/negotiations/<provider_pid>/agreement/verification")
def take_verification(provider_pid: str) -> Response:
    """An agreement verification: the consumer signs."""
    return _take(service.take_verification, provider_pid, seal=entrance().seal)


@blueprint.post("/negotiations/<provider_pid>/termination")
def take_termination(provider_pid: str) -> Response:
    """A negotiation termination by the consumer."""
    return _take(service.take_termination, provider_pid)


def _take(act: Any, provider_pid: str, **more: Any) -> Response:  # noqa: ANN401 - one of the use cases above
    here = _connector()
    return _state(
        act(
            here.db,
            actor=here.actor,
            now=here.now,
            provider_pid=provider_pid,
            message=_body(),
            **more,
        )
    )


def _connector() -> Entrance:
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_APPLICATION_SUBMIT)
    return here


def _body() -> object:
    sent = _sent()
    need(sent is not None, "/", "plain JSON")
    return sent


def _sent() -> object:
    """The body as JSON; None where it is none, or deeper than its reader goes."""
    try:
        return request.get_json(force=True)
    except (BadRequest, RecursionError):
        return None


def _state(talk: NegotiationRow) -> Response:
    return jsonify(
        answer(
            "ContractNegotiation", talk.negotiation_id, talk.consumer_pid, state=talk.state.value
        )
    )
