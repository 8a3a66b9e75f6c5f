"""The REST door against its own OpenAPI document: whatever is sent, no answer is a server's fault."""

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from tests.make import Maker

MOST_EXAMPLES = 4


def test_no_described_request_ends_in_a_fault(app: Flask, make: Maker) -> None:
    document = app.test_client().get("/openapi.json").get_json()
    schema = schemathesis.openapi.from_dict(document)
    tokens = [make.token(name) for name in ("handler", "operator", "researcher", "enterprise")]
    client = app.test_client()
    tried: set[str] = set()
    for described in schema.get_all_operations():
        assert isinstance(described, Ok), described
        case_strategy = described.ok().as_strategy()

        @settings(
            max_examples=MOST_EXAMPLES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=case_strategy, token=st.sampled_from(tokens))
        def send(case: schemathesis.Case[Any], token: str) -> None:
            sent = case.as_transport_kwargs(base_url="http://localhost")
            headers = {
                **{str(name): str(value) for name, value in (sent.get("headers") or {}).items()},
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": "one",
                "If-Match": '"x"',
            }
            reply = client.open(
                sent["url"].removeprefix("http://localhost"),
                method=sent["method"],
                query_string=sent.get("params"),
                json=sent.get("json"),
                headers={
                    name: value
                    for name, value in headers.items()
                    if value.isascii() and "\n" not in value and "\r" not in value
                },
            )
            tried.add(f"{sent['method']} {case.path}")
            assert reply.status_code < 500 or reply.status_code == 503, reply.get_data(as_text=True)
            reply.close()

        send()
    assert len(tried) > 25
