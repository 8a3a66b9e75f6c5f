"""The connector's door: the protocol's own schemas, a whole negotiation by messages, and refusals."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.config import read_settings
from licensing import queries, service
from licensing.contract.messages import CONTEXT
from licensing.contract.odrl import offer_document
from licensing.errors import ConnectorSilent
from licensing.states import NEGOTIATION_TRANSITIONS, NegotiationState, find
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.home import Home
from marketplace.operations.jobs import handlers
from tests.make import Maker

DSP = Path(__file__).parents[3] / "shared" / "vectors" / "dsp-2025-1"
PATH = "/api/dsp/2025-1"
CALLBACK = "https://consumer.example/callback"


@cache
def validator(name: str) -> Any:
    """The protocol's own schema of a document; None where its folder is not beside the checkout."""
    if not DSP.exists():
        return None
    schemas = [json.loads(path.read_text()) for path in DSP.rglob("*-schema.json")]
    store = jsonschema_rs.Registry([(one["$id"], one) for one in schemas])
    whole = next(one for one in schemas if one["$id"].endswith(f"/{name}-schema.json"))
    return jsonschema_rs.validator_for(whole, registry=store)


def check(name: str, document: Any) -> None:
    """Hold a document against the protocol's schema, where we have it."""
    if (schema := validator(name)) is not None:
        schema.validate(document)


class Consumer:
    """A connector with a token of its own."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"{PATH}{path}", headers=self.headers)

    def post(self, path: str, body: Any) -> TestResponse:
        return self.client.post(f"{PATH}{path}", json=body, headers=self.headers)

    def say(self, pid: str, path: str, kind: str, **more: Any) -> TestResponse:
        message = {
            "@context": [CONTEXT],
            "@type": kind,
            "providerPid": pid,
            "consumerPid": "urn:uuid:consumer-1",
            **more,
        }
        return self.post(f"/negotiations/{pid}/{path}", message)


@pytest.fixture
def consumer(app: Flask, make: Maker) -> Consumer:
    return Consumer(app.test_client(), make.token("enterprise"))


@pytest.fixture
def offer(make: Maker) -> queries.OfferRow:
    _, product = make.registered()
    make.dataset(HEALTH, product)
    offer_id = make.offer(HEALTH, product, purposes=("statistical-analysis",))
    with make.home.db.read() as session:
        return queries.find_offer(session, offer_id)


def request_message(published: queries.OfferRow, **changes: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT],
        "@type": "ContractRequestMessage",
        "consumerPid": "urn:uuid:consumer-1",
        "offer": {
            "@type": "Offer",
            "@id": f"urn:uuid:{published.offer_id}",
            "target": "urn:hexi:dataset:" + published.terms.dataset,
            "permission": [{"action": "use"}],
        },
        "callbackAddress": CALLBACK,
        **changes,
    }


def test_the_version_is_told_to_everybody(app: Flask) -> None:
    document = app.test_client().get("/.well-known/dspace-version").get_json()
    assert document["protocolVersions"][0]["path"] == PATH
    check("protocol-version", document)


def test_the_catalogue_shows_every_open_offer_without_targets(
    consumer: Consumer, offer: queries.OfferRow
) -> None:
    asked = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
    document = consumer.post("/catalog/request", asked).get_json()
    check("catalog", document)
    (dataset,) = document["dataset"]
    assert dataset["hasPolicy"][0]["@id"] == f"urn:uuid:{offer.offer_id}"
    alone = consumer.get(f"/catalog/datasets/{dataset['@id']}").get_json()
    check("dataset", alone)
    assert alone["hasPolicy"] == dataset["hasPolicy"]
    filtered = consumer.post("/catalog/request", {**asked, "filter": ["x"]})
    assert filtered.status_code == 400
    check("catalog-error", filtered.get_json())
    assert consumer.get("/catalog/datasets/urn:hexi:dataset:none").status_code == 404


def test_an_empty_catalogue_is_still_one(consumer: Consumer) -> None:
    asked = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
    document = consumer.post("/catalog/request", asked).get_json()
    check("catalog", document)
    assert "dataset" not in document


def application_of(make: Maker, pid: str) -> queries.ApplicationRow:
    with make.home.db.read() as session:
        talk = queries.find_negotiation(session, pid)
        return queries.find_application(session, talk.application_id)


def decide(make: Maker, pid: str, verb: str, reason: str = "") -> str:
    row = application_of(make, pid)
    return service.decide_application(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.Decision(row.application_id, verb, row.revision, reason),
    )


def countersign(make: Maker, pid: str) -> str:
    with make.home.db.read() as session:
        licence = queries.licence_of(session, application_of(make, pid).application_id)
    assert licence is not None
    service.sign_licence(
        make.home.db,
        actor=make.actor("operator_signatory"),
        now=make.clock(),
        wanted=service.Sign(licence.licence_id, "countersign", licence.policy_digest),
        seal=make.home.seal,
    )
    return licence.licence_id


def test_a_whole_negotiation_by_messages_ends_finalised_and_shows_to_the_officer(
    consumer: Consumer, offer: queries.OfferRow, make: Maker, app: Flask
) -> None:
    opened = consumer.post("/negotiations/request", request_message(offer))
    assert opened.status_code == 201
    check("contract-negotiation", opened.get_json())
    pid = opened.get_json()["providerPid"]
    assert opened.get_json()["state"] == "REQUESTED"
    # The officer finds it in the same queue, and says the same words as to a person.
    row = application_of(make, pid)
    assert (row.status.value, row.turn, row.purpose) == (
        "submitted",
        "provider",
        "statistical-analysis",
    )
    decide(make, pid, "approve")
    assert consumer.get(f"/negotiations/{pid}").get_json()["state"] == "AGREED"
    (agreement,) = consumer.get(f"/negotiations/{pid}/messages").get_json()["items"]
    check("contract-agreement-message", agreement)
    verified = consumer.say(pid, "agreement/verification", "ContractAgreementVerificationMessage")
    assert verified.get_json()["state"] == "VERIFIED"
    licence_id = countersign(make, pid)
    state = consumer.get(f"/negotiations/{pid}").get_json()
    assert state["state"] == "FINALIZED"
    licence = make.read_licence(licence_id)
    assert licence.status.value == "in_force"
    assert agreement["agreement"] == licence.policy
    event = consumer.get(f"/negotiations/{pid}/messages").get_json()["items"][-1]
    check("contract-negotiation-event-message", event)
    assert event["eventType"] == "FINALIZED"


def test_terms_are_offered_countered_and_accepted_by_messages(
    consumer: Consumer, offer: queries.OfferRow, make: Maker
) -> None:
    pid = consumer.post("/negotiations/request", request_message(offer)).get_json()["providerPid"]
    row = application_of(make, pid)
    fewer = replace(offer.terms, run_quota=5)
    service.counter_offer(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.CounterOffer(row.application_id, row.revision, fewer, "先给五次"),
    )
    (offered,) = consumer.get(f"/negotiations/{pid}/messages").get_json()["items"]
    check("contract-offer-message", offered)
    assert consumer.get(f"/negotiations/{pid}").get_json()["state"] == "OFFERED"
    target = f"urn:hexi:dataset:{fewer.dataset}"
    wish = offer_document(pid, replace(fewer, run_quota=8), assigner="urn:x", target=target)
    countered = consumer.say(pid, "request", "ContractRequestMessage", offer=wish)
    assert countered.get_json()["state"] == "REQUESTED"
    row = application_of(make, pid)
    service.counter_offer(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.CounterOffer(row.application_id, row.revision, replace(fewer, run_quota=7)),
    )
    event = {"eventType": "ACCEPTED"}
    accepted = consumer.say(pid, "events", "ContractNegotiationEventMessage", **event)
    assert accepted.get_json()["state"] == "ACCEPTED"
    licence_id = decide(make, pid, "approve")
    assert make.read_licence(licence_id).terms.run_quota == 7
    kinds = [one.kind for one in said(make, pid)]
    assert kinds == [
        "submitted",
        "contract-request",
        *(
            "sent-offers",
            "counter-offer",
            "counter",
            "sent-offers",
            "counter-offer",
            "accept-terms",
        ),
        *("sent-agreement", "approved"),
    ]


def said(make: Maker, pid: str) -> list[queries.MessageRow]:
    with make.home.db.read() as session:
        return queries.messages(session, application_of(make, pid).application_id)


def test_a_request_with_other_terms_stands_on_the_table_as_it_came(
    consumer: Consumer, offer: queries.OfferRow, make: Maker
) -> None:
    wish = offer_document(
        f"urn:uuid:{offer.offer_id}",
        replace(offer.terms, run_quota=3),
        assigner="urn:x",
        target=f"urn:hexi:dataset:{offer.terms.dataset}",
    )
    opened = consumer.post("/negotiations/request", request_message(offer, offer=wish))
    with make.home.db.read() as session:
        talk = queries.find_negotiation(session, opened.get_json()["providerPid"])
    assert talk.terms.run_quota == 3


def test_a_repeated_request_is_answered_as_before_and_another_one_is_refused(
    consumer: Consumer, offer: queries.OfferRow
) -> None:
    first = consumer.post("/negotiations/request", request_message(offer)).get_json()
    again = consumer.post("/negotiations/request", request_message(offer)).get_json()
    assert again == first
    other = request_message(offer, callbackAddress=f"{CALLBACK}/2")
    refused = consumer.post("/negotiations/request", other)
    assert refused.status_code == 400
    document = refused.get_json()
    check("contract-negotiation-error", document)
    assert document["code"] == "licensing-message-repeated"


#: What a consumer may say: path, message, members, and the verb that it is in the table of moves.
SAYINGS = {
    "accept": ("events", "ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
    "verify": ("agreement/verification", "ContractAgreementVerificationMessage", {}),
    "finalize": ("events", "ContractNegotiationEventMessage", {"eventType": "FINALIZED"}),
}


def walk_to(state: NegotiationState, consumer: Consumer, make: Maker, offer: Any) -> str:
    """A negotiation in a state."""
    opened = consumer.post("/negotiations/request", request_message(offer))
    pid = str(opened.get_json()["providerPid"])
    order = ["REQUESTED", "AGREED", "VERIFIED", "FINALIZED"]
    if state in {NegotiationState.OFFERED, NegotiationState.ACCEPTED}:
        row = application_of(make, pid)
        wanted = service.CounterOffer(row.application_id, row.revision, offer.terms, "同样的条件")
        service.counter_offer(
            make.home.db, actor=make.actor("operator"), now=make.clock(), wanted=wanted
        )
        if state is NegotiationState.ACCEPTED:
            path, kind, more = SAYINGS["accept"]
            consumer.say(pid, path, kind, **more)
    elif state is NegotiationState.TERMINATED:
        decide(make, pid, "refuse", "用途不符")
    else:
        if order.index(state) >= 1:
            decide(make, pid, "approve")
        if order.index(state) >= 2:
            path, kind, more = SAYINGS["verify"]
            consumer.say(pid, path, kind, **more)
        if order.index(state) >= 3:
            countersign(make, pid)
    assert consumer.get(f"/negotiations/{pid}").get_json()["state"] == state
    return pid


@pytest.mark.parametrize("state", list(NegotiationState))
def test_every_illegal_transition_is_refused_as_the_protocol_says(
    state: NegotiationState, consumer: Consumer, offer: queries.OfferRow, make: Maker
) -> None:
    pid = walk_to(state, consumer, make, offer)
    for verb, (path, kind, more) in SAYINGS.items():
        lawful = find(NEGOTIATION_TRANSITIONS, verb, state)
        if lawful is not None and verb != "finalize":
            continue
        refused = consumer.say(pid, path, kind, **more)
        assert refused.status_code == 400, (state, verb)
        check("contract-negotiation-error", refused.get_json())
        assert refused.get_json()["code"] == "licensing-not-your-turn"
    if state is not NegotiationState.OFFERED:
        wish = {**offer.policy, "target": f"urn:hexi:dataset:{offer.terms.dataset}"}
        refused = consumer.say(pid, "request", "ContractRequestMessage", offer=wish)
        assert refused.status_code == 400
    ended = consumer.say(pid, "termination", "ContractNegotiationTerminationMessage", reason=["x"])
    is_over = state in {NegotiationState.FINALIZED, NegotiationState.TERMINATED}
    assert ended.status_code == (400 if is_over else 200)
    after = consumer.get(f"/negotiations/{pid}").get_json()["state"]
    assert after == (state if is_over else "TERMINATED")


def test_whoever_may_not_see_a_negotiation_is_told_that_it_is_not_there(
    app: Flask, consumer: Consumer, offer: queries.OfferRow, make: Maker
) -> None:
    pid = consumer.post("/negotiations/request", request_message(offer)).get_json()["providerPid"]
    stranger = Consumer(app.test_client(), make.token("researcher"))
    for other in (stranger, Consumer(app.test_client(), "wrong")):
        assert other.get(f"/negotiations/{pid}").status_code == 404
    assert app.test_client().get(f"{PATH}/negotiations/{pid}").status_code == 404
    check("contract-negotiation-error", stranger.get(f"/negotiations/{pid}").get_json())


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"@context": ["https://other.example"]}, "/@context"),
        ({"@type": "ContractOfferMessage"}, "/@type"),
        ({"consumerPid": ""}, "/consumerPid"),
        ({"callbackAddress": "http://10.0.0.1/"}, "/callbackAddress"),
        ({"offer": []}, "/offer"),
        ({"offer": {"@type": "Offer", "@id": "x", "target": "y"}}, "/offer/permission"),
    ],
)
def test_a_message_that_is_not_the_protocols_is_refused_with_its_place(
    consumer: Consumer, offer: queries.OfferRow, changes: dict[str, Any], place: str
) -> None:
    refused = consumer.post("/negotiations/request", request_message(offer, **changes))
    assert refused.status_code == 400
    assert place in refused.get_json()["reason"][0]


def test_an_offer_with_a_clause_that_nobody_enforces_is_refused(
    consumer: Consumer, offer: queries.OfferRow
) -> None:
    wish = json.loads(json.dumps({**offer.policy, "target": "urn:hexi:dataset:" + HEALTH.dataset}))
    wish["permission"][0]["constraint"][0]["leftOperand"] = "hexi:moonPhase"
    refused = consumer.post("/negotiations/request", request_message(offer, offer=wish))
    assert refused.status_code == 400
    assert refused.get_json()["code"] == "licensing-policy-malformed"


def test_a_megabyte_of_brackets_is_refused(consumer: Consumer) -> None:
    for body in ("[" * 500_000 + "]" * 500_000, "{"):
        reply = consumer.client.post(
            f"{PATH}/negotiations/request",
            data=body,
            content_type="application/json",
            headers=consumer.headers,
        )
        assert reply.status_code in {400, 413}


def test_the_protocols_own_examples_are_read(consumer: Consumer, offer: queries.OfferRow) -> None:
    if not DSP.exists():
        return
    example = json.loads(
        (DSP / "negotiation" / "example" / "contract-request-message_initial.json").read_text()
    )
    own = request_message(offer)["offer"]
    opened = consumer.post(
        "/negotiations/request",
        {**example, "offer": {**example["offer"], "@id": own["@id"], "target": own["target"]}},
    )
    assert opened.status_code == 201
    pids = {key: opened.get_json()[key] for key in ("providerPid", "consumerPid")}
    pid = pids["providerPid"]
    for name, path in (
        ("contract-agreement-verification-message", "agreement/verification"),
        ("contract-negotiation-event-message", "events"),
        ("contract-negotiation-termination-message", "termination"),
    ):
        body = json.loads((DSP / "negotiation" / "example" / f"{name}.json").read_text())
        reply = consumer.post(f"/negotiations/{pid}/{path}", {**body, **pids})
        # Well-formed, so that only the state may speak against it.
        wanted = None if path == "termination" else "licensing-not-your-turn"
        assert reply.get_json().get("code") == wanted, name


@pytest.fixture
def allowed(make: Maker) -> Home:
    settings = read_settings(
        {"HEXI_CONNECTOR_HOSTS": "consumer.example"}, home=make.home.settings.home
    )
    return replace(make.home, settings=settings)


def test_messages_leave_only_to_hosts_that_the_operator_allowed(
    consumer: Consumer, offer: queries.OfferRow, make: Maker, allowed: Home
) -> None:
    pid = consumer.post("/negotiations/request", request_message(offer)).get_json()["providerPid"]
    decide(make, pid, "approve")
    message = said(make, pid)[-2].document
    url = f"{CALLBACK}/negotiations/urn:uuid:consumer-1/agreement"
    payload = {"url": url, "message": message}
    with responses.RequestsMock() as outside:
        # Nobody is allowed by default: nothing is sent, and nothing fails.
        handlers(make.home)[service.MESSAGE_JOB](payload)
        assert len(outside.calls) == 0
        outside.post(url, json={}, status=200)
        handlers(allowed)[service.MESSAGE_JOB](payload)
        assert json.loads(outside.calls[0].request.body or "") == message
    with responses.RequestsMock() as outside:
        outside.post(url, status=302, headers={"Location": "https://elsewhere.example/"})
        with pytest.raises(ConnectorSilent):
            handlers(allowed)[service.MESSAGE_JOB](payload)
