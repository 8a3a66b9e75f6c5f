"""Terms as ODRL and back, in a profile that outsiders can validate and that fails closed."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import errors
from licensing.contract.odrl import agreement_document, digest_of, offer_document, read_terms
from licensing.contract.policy import MOST_BYTES, read_policy
from licensing.contract.schema import profile_schema
from licensing.contract.terms import (
    MODES,
    OUTPUT_REVIEWS,
    PERIODS,
    PURPOSES,
    RESPONSE_TIMES,
    Parties,
    Terms,
)
from licensing.schemas import TermsBody, terms_of

#: The protocol's own schemas are not ours; they lie beside the checkout where it is developed.
DSP = Path(__file__).parents[3] / "shared" / "vectors" / "dsp-2025-1"


def _names(values: Any, *, least: int = 0) -> Any:
    return st.lists(values, min_size=least, max_size=4, unique=True).map(tuple)


_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - the zone is added next
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


TERMS = st.builds(
    Terms,
    mode=st.sampled_from(MODES),
    dataset=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20
    ),
    columns=_names(st.from_regex(r"[a-z]{1,6}\.[a-z]{1,6}", fullmatch=True), least=1),
    purposes=_names(st.sampled_from(PURPOSES), least=1),
    run_quota=st.integers(0, 10**6),
    price_cents=st.integers(0, 10**8),
    min_cell_size=st.integers(0, 1000),
    term_days=st.integers(1, 1826),
    expires_at=st.none() | _MOMENTS,
    starts_at=st.none() | _MOMENTS,
    quota_period=st.sampled_from(PERIODS),
    row_quota=st.integers(0, 10**9),
    compute_quota=st.integers(0, 10**9),
    call_quota=st.integers(0, 10**9),
    privacy_rho=st.integers(0, 10**12),
    output_review=st.sampled_from(OUTPUT_REVIEWS),
    response_time=st.sampled_from(RESPONSE_TIMES),
    regions=_names(st.sampled_from(["CN", "620000", "620100", "620102"])),
    industries=_names(st.sampled_from(["Q", "Q84", "I"])),
    credentials=_names(st.sampled_from(["credit-code", "mlps-3", "ethics"])),
    recipients=_names(st.from_regex(r"urn:hexi:account:[0-9a-f]{4}", fullmatch=True)),
    most_users=st.integers(0, 1000),
    delegation_depth=st.integers(0, 5),
    report_months=st.integers(0, 12),
    must_attribute=st.booleans(),
    must_delete=st.booleans(),
)


@given(TERMS)
def test_terms_survive_the_way_to_odrl_and_back(terms: Terms) -> None:
    agreement = agreement_document(
        "urn:uuid:1", terms, Parties("urn:a", "urn:b"), agreed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert read_terms(agreement) == terms
    assert read_terms(offer_document("urn:uuid:1", terms, assigner="urn:a")) == terms
    assert digest_of(copy.deepcopy(agreement)) == digest_of(agreement)


#: What a person writes in the form of an offer; the rest of the terms a contract adds.
_WRITTEN = TERMS.map(
    lambda terms: replace(
        terms,
        run_quota=max(terms.run_quota, 1),
        price_cents=min(terms.price_cents, 10**7),
        expires_at=None,
        recipients=(),
        dataset=terms.dataset.strip() or "visits",
        min_cell_size=terms.min_cell_size if terms.mode == "aggregate" else 0,
    )
)


@given(_WRITTEN)
def test_a_form_survives_the_way_to_odrl_and_back(terms: Terms) -> None:
    form = TermsBody().dump(terms)
    written = terms_of(TermsBody().load(form))
    assert written == terms
    policy = json.loads(json.dumps(offer_document("urn:uuid:1", written, assigner="urn:a")))
    assert TermsBody().dump(read_terms(policy)) == form


@given(TERMS)
def test_what_we_write_is_valid_under_the_schema_that_we_publish(terms: Terms) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    agreement = agreement_document("urn:uuid:1", terms, Parties("urn:a", "urn:b"), agreed_at=when)
    for document in (agreement, offer_document("urn:uuid:1", terms, assigner="urn:a")):
        _PROFILE.validate(document)


_PROFILE = jsonschema_rs.validator_for(profile_schema())


@given(TERMS)
def test_the_protocols_own_schema_takes_our_offers_and_agreements(terms: Terms) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    agreement = agreement_document("urn:uuid:1", terms, Parties("urn:a", "urn:b"), agreed_at=when)
    # Without the folder what we publish is still held against our own schema, above.
    if DSP.exists():
        _protocol("Agreement").validate(agreement)
        _protocol("Offer").validate(offer_document("urn:uuid:1", terms, assigner="urn:a"))
        message = offer_document("urn:uuid:1", terms, assigner="urn:a", target="urn:t")
        _protocol("MessageOffer").validate(message)


@cache
def _protocol(name: str) -> Any:
    """One class of the protocol's policies: the whole schema takes an Offer for two of them."""
    whole = json.loads((DSP / "negotiation" / "contract-schema.json").read_text())
    schema = {"$ref": f"#/definitions/{name}", "definitions": whole["definitions"]}
    return jsonschema_rs.validator_for({"$schema": whole["$schema"], **schema})


def test_a_contract_of_the_first_profile_stays_readable() -> None:
    values = {
        "hexi:mode": ("eq", "aggregate"),
        "hexi:sandboxOnly": ("eq", True),
        "purpose": ("isAnyOf", [PURPOSES[0]]),
        "hexi:column": ("isAnyOf", ["visits.age"]),
        "hexi:minCellSize": ("gteq", 10),
        "count": ("lteq", 200),
        "elapsedTime": ("lteq", 365),
        "dateTime": ("lteq", {"@value": "2027-01-01T00:00:00Z", "@type": "xsd:dateTime"}),
    }
    document = {
        "@id": "urn:uuid:1",
        "@type": "Agreement",
        "profile": "https://hexi.example/odrl/profile/1",
        "assigner": "urn:a",
        "assignee": "urn:b",
        "target": "urn:hexi:dataset:visits",
        "permission": [
            {
                "action": "aggregate",
                "constraint": [
                    {"leftOperand": left, "operator": operator, "rightOperand": right}
                    for left, (operator, right) in values.items()
                ],
                "duty": [
                    {
                        "action": "compensate",
                        "constraint": [
                            {
                                "leftOperand": "payAmount",
                                "operator": "eq",
                                "rightOperand": "0.80",
                                "unit": "CNY/run",
                            }
                        ],
                    }
                ],
                "hexi:dataset": "visits",
            }
        ],
        "prohibition": [{"action": "distribute"}, {"action": "hexi:reidentify"}],
    }
    end = datetime(2027, 1, 1, tzinfo=UTC)
    assert read_terms(document) == Terms(
        "aggregate", "visits", ("visits.age",), (PURPOSES[0],), 200, 80, 10, 365, end
    )


def _deep(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"leftOperand": "count", "operator": "lteq", "rightOperand": "1"}
    for _ in range(levels):
        inner = {"and": [inner]}
    return {
        "@id": "urn:uuid:1",
        "@type": "Set",
        "permission": [{"action": "use", "constraint": [inner]}],
    }


def _with(**more: Any) -> dict[str, Any]:
    return {"@id": "urn:uuid:1", "@type": "Offer", "permission": [{"action": "use"}], **more}


def _constrained(one: Any) -> dict[str, Any]:
    return _with(permission=[{"action": "use", "constraint": [one]}])


@pytest.mark.parametrize(
    "document",
    [
        [],
        "a text",
        _deep(9),
        _deep(20_000),
        _with(permission=[]),
        _with(prohibition=[]),
        _with(permission=[{"action": "use", "constraint": []}]),
        _with(permission=[{"action": "use", "target": "urn:x"}]),
        _with(permission=[{"action": "use", "unheard": 1}]),
        _with(permission=[{"constraint": []}]),
        _with(**{"@type": "Ticket"}),
        _with(**{"@id": " "}),
        _with(**{"@type": "Agreement"}),
        _with(permission=[{"action": "use"}], remark="x" * MOST_BYTES),
        _constrained({"and": []}),
        _constrained({"andSequence": [{"and": []}]}),
        _constrained({"or": [], "and": []}),
        _constrained({"leftOperand": "count", "operator": "about", "rightOperand": "1"}),
        _constrained({"leftOperand": "count", "operator": "eq", "rightOperand": []}),
        _constrained({"leftOperand": "count", "operator": "eq", "rightOperand": {"a": 1}}),
        _constrained({"leftOperand": "count", "operator": "eq"}),
        _constrained({"leftOperand": "", "operator": "eq", "rightOperand": "1"}),
        _with(
            permission=[
                {
                    "action": "use",
                    "constraint": [{"leftOperand": "count", "operator": "eq", "rightOperand": "1"}]
                    * 201,
                }
            ]
        ),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(document: Any) -> None:
    with pytest.raises(errors.PolicyMalformed) as refused:
        read_policy(document)
    assert refused.value.facts["place"]


def _plain() -> dict[str, Any]:
    terms = Terms("aggregate", "visits", ("visits.age",), (PURPOSES[0],), 10, 80, 10, 365)
    return offer_document("urn:uuid:1", terms, assigner="urn:a")


def _spoil_operand(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"][0]["leftOperand"] = "hexi:moonPhase"


def _spoil_operator(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"][0]["operator"] = "neq"


def _add_constraint(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"].append(policy["permission"][0]["constraint"][0])


def _empty_list(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"] = []


def _no_columns(policy: dict[str, Any]) -> None:
    for one in policy["permission"][0]["constraint"]:
        if one["leftOperand"] == "hexi:column":
            one["rightOperand"] = []


def _second_permission(policy: dict[str, Any]) -> None:
    policy["permission"] *= 2


def _no_prohibition(policy: dict[str, Any]) -> None:
    del policy["prohibition"]


def _other_profile(policy: dict[str, Any]) -> None:
    policy["profile"] = "urn:other"


def _other_target(policy: dict[str, Any]) -> None:
    policy["target"] = "urn:hexi:dataset:other"


def _no_price(policy: dict[str, Any]) -> None:
    policy["permission"][0]["duty"] = [{"action": "compensate"}]


def _fraction_of_a_run(policy: dict[str, Any]) -> None:
    for one in policy["permission"][0]["constraint"]:
        if one["leftOperand"] == "count":
            one["rightOperand"] = 1.5


@pytest.mark.parametrize(
    "spoil",
    [
        _spoil_operand,
        _spoil_operator,
        _add_constraint,
        _empty_list,
        _no_columns,
        _second_permission,
        _no_prohibition,
        _other_profile,
        _other_target,
        _no_price,
        _fraction_of_a_run,
    ],
)
def test_a_policy_that_we_would_not_enforce_is_refused(spoil: Any) -> None:
    policy = _plain()
    read_terms(policy)
    spoil(policy)
    with pytest.raises(errors.PolicyMalformed):
        read_terms(policy)
