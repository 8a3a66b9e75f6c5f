"""Messages of the Dataspace Protocol 2025-1: read strictly, written as its schemas want them.

Source: Eclipse Dataspace Protocol 2025-1-err1, contract negotiation and catalogue. Members that are
not the protocol's are left alone, as JSON-LD wants; the ones that it needs are checked.
"""

from collections.abc import Mapping
from typing import Any, Final

from licensing.contract.policy import check_size, need
from licensing.contract.terms import Terms

CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
VERSION: Final = "2025-1"
_LONGEST: Final = 2048


def read_message(document: object, kind: str, *members: str) -> dict[str, Any]:
    """A message of that type with its context and every member as a text that is not empty.

    Raises:
        PolicyMalformed: with the place that is wrong, as in every document of a contract.
    """
    check_size(document)
    need(isinstance(document, dict), "/", "a JSON object")
    assert isinstance(document, dict)
    context = document.get("@context")
    known = context if isinstance(context, list) else [context]
    need(CONTEXT in known, "/@context", CONTEXT)
    need(document.get("@type") == kind, "/@type", kind)
    for name in members:
        value = document.get(name)
        is_text = isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST
        need(is_text, f"/{name}", "a text")
    return document


def read_offer(message: Mapping[str, Any]) -> dict[str, Any]:
    """The offer of a message: it has an identifier and says what it is about.

    Raises:
        PolicyMalformed: it is no offer, or without target.
    """
    offer = message.get("offer")
    need(isinstance(offer, dict), "/offer", "an Offer")
    assert isinstance(offer, dict)
    need(offer.get("@type") == "Offer", "/offer/@type", "Offer")
    for name in ("@id", "target"):
        need(isinstance(offer.get(name), str) and bool(offer[name]), f"/offer/{name}", "a text")
    has_rules = bool(offer.get("permission") or offer.get("prohibition"))
    need(has_rules, "/offer/permission", "at least one rule")
    return offer


def is_reference(offer: Mapping[str, Any]) -> bool:
    """Whether an offer only names a published one: its rules have no constraint and no duty."""
    rules = [*offer.get("permission", []), *offer.get("prohibition", [])]
    return all(isinstance(one, dict) and set(one) <= {"action", "@type"} for one in rules)


def answer(kind: str, provider_pid: str, consumer_pid: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of the message
    """A message with its context and both pids."""
    return {
        "@context": [CONTEXT],
        "@type": kind,
        "providerPid": provider_pid,
        "consumerPid": consumer_pid,
        **more,
    }


def version_document(path: str, service_id: str) -> dict[str, Any]:
    """What ``/.well-known/dspace-version`` answers; bearer tokens are those of the REST interface."""
    return {
        "protocolVersions": [
            {
                "version": VERSION,
                "path": path,
                "binding": "HTTPS",
                "serviceId": service_id,
                "identifierType": "urn",
                "auth": {"protocol": "bearer", "version": "RFC 6750", "profile": []},
            }
        ]
    }


def catalogue_head(catalogue_id: str, participant: str, endpoint: str) -> dict[str, Any]:
    """The catalogue without its datasets, which follow one by one."""
    return {
        "@context": [CONTEXT],
        "@id": catalogue_id,
        "@type": "Catalog",
        "participantId": participant,
        "service": [service_of(endpoint)],
    }


def service_of(endpoint: str) -> dict[str, Any]:
    """The one service through which licensed data is computed on."""
    return {"@id": f"{endpoint}#sandbox", "@type": "DataService", "endpointURL": endpoint}


def dataset_of(
    target: str, offers: list[dict[str, Any]], endpoint: str, **more: str
) -> dict[str, Any]:
    """A dataset with its offers; in a catalogue an offer has no target."""
    return {
        "@id": target,
        "@type": "Dataset",
        **more,
        "hasPolicy": [
            {key: value for key, value in one.items() if key != "target"} for one in offers
        ],
        "distribution": [
            {
                "@type": "Distribution",
                "format": "hexi:GovernedQuery",
                "accessService": f"{endpoint}#sandbox",
            }
        ],
    }


def single_purpose(terms: Terms, wished: object) -> str:
    """The purpose of an application: the one that the message names, or the only one of the terms.

    Raises:
        PolicyMalformed: several are offered and the message chooses none.
    """
    if isinstance(wished, str) and wished:
        return wished
    need(len(terms.purposes) == 1, "/hexi:purpose", ", ".join(terms.purposes))
    return terms.purposes[0]
