"""Licensing's use cases: gates, four hands on one text, suspension, quotas that never overflow."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kernel.identity import Actor, NotPermitted
from kernel.trust import receipts
from licensing import errors, public, service
from licensing.states import LicenceStatus
from marketplace.operations.demo.material import FLIGHTS, HEALTH
from registry.states import Status
from tests.make import Maker


@pytest.mark.postgres
def test_a_licence_is_in_force_after_both_signatures_with_a_receipt(make_any: Maker) -> None:
    row = make_any.licence()
    assert row.status is LicenceStatus.IN_FORCE
    assert [one.side for one in row.signatures] == ["applicant", "provider"]
    assert {one.policy_digest for one in row.signatures} == {row.policy_digest}
    with make_any.home.db.read() as session:
        (receipt,) = receipts.list_for(session, row.licence_id)
        statement = receipts.statement_of(receipt.payload)
    assert statement["subject"][0]["digest"]["sha256"] == row.policy_digest
    assert statement["predicate"]["licenceVersionDigest"] == row.policy_digest


def test_a_signature_for_another_text_is_refused(make: Maker) -> None:
    row = make.unsigned_licence()
    wanted = service.Sign(row.licence_id, "sign", "0" * 64)
    with pytest.raises(errors.DocumentChanged):
        service.sign_licence(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=wanted,
            seal=make.home.seal,
        )
    assert make.read_licence(row.licence_id) == row


def test_one_side_signs_once(make: Maker) -> None:
    row = make.unsigned_licence()
    wanted = service.Sign(row.licence_id, "sign", row.policy_digest)

    def sign() -> LicenceStatus:
        return service.sign_licence(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=wanted,
            seal=make.home.seal,
        )

    assert sign() is LicenceStatus.AWAITING_SIGNATURES
    with pytest.raises(errors.SignedAlready):
        sign()


def test_a_price_above_the_ceiling_is_not_saved(make: Maker) -> None:
    _, product = make.registered()
    with pytest.raises(errors.PriceAboveCeiling):
        make.offer(HEALTH, product, price_cents=HEALTH.ceiling_cents + 1)
    with make.home.db.read() as session:
        assert public.open_offers(session) == []


@pytest.mark.postgres
def test_the_table_itself_refuses_a_price_above_the_ceiling(make_any: Maker) -> None:
    _, product = make_any.registered()
    make_any.offer(HEALTH, product)
    with pytest.raises(IntegrityError), make_any.home.db.transaction() as session:
        session.execute(text("UPDATE licensing_offer SET price_cents = ceiling_cents + 1"))


def test_an_offer_needs_an_agreement_that_covers_it(make: Maker) -> None:
    resource = make.application(Status.EFFECTIVE, form=make.form(FLIGHTS))
    product = make.application(
        Status.EFFECTIVE,
        kind="product",
        form={**FLIGHTS.product, "inputs": [resource.code], "evidence_sha256": "ab" * 32},
    )
    with pytest.raises(errors.OutsideAgreement):
        make.offer(FLIGHTS, str(product.code))


def test_an_unregistered_product_cannot_be_offered_or_authorised(make: Maker) -> None:
    with pytest.raises(errors.NotRegistered):
        make.agreement(["L620000-2026-1-000099"])
    with pytest.raises(errors.NotRegistered):
        make.offer(HEALTH, "L620000-2026-2-000099")


def test_an_application_goes_back_for_changes_and_comes_again(make: Maker) -> None:
    _, product = make.registered()
    offer_id = make.offer(HEALTH, product)
    db, now = make.home.db, make.clock()
    enterprise, operator = make.actor("enterprise"), make.actor("operator")
    wish = service.NewApplication(offer_id, service.Wish(HEALTH.purpose, "理由不充分"))
    made = service.apply_for_licence(db, actor=enterprise, now=now, wanted=wish)

    def decide(actor: object, verb: str, revision: int, reason: str = "") -> str:
        wanted = service.Decision(made, verb, revision, reason)
        return service.decide_application(db, actor=actor, now=now, wanted=wanted)  # type: ignore[arg-type] # an actor

    decide(operator, "request-changes", 1, "请说明研究方法")
    with pytest.raises(errors.ContractChanged):
        decide(enterprise, "submit", 1)
    edit = service.ApplicationEdit(
        made, 2, service.Wish(HEALTH.purpose, "采用回归分析，论文将公开")
    )
    assert service.edit_application(db, actor=enterprise, now=now, wanted=edit) == 3
    decide(enterprise, "submit", 3)
    assert decide(operator, "approve", 4)
    with pytest.raises(errors.VerbUnlawful):
        decide(operator, "refuse", 5, "来不及了")


def test_a_purpose_that_is_not_offered_is_refused(make: Maker) -> None:
    _, product = make.registered()
    offer_id = make.offer(HEALTH, product)
    with pytest.raises(errors.PurposeOutsideOffer):
        service.apply_for_licence(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=service.NewApplication(offer_id, service.Wish("public-governance", "理由")),
        )


def test_a_withdrawn_offer_takes_no_new_application(make: Maker) -> None:
    _, product = make.registered()
    offer_id = make.offer(HEALTH, product)
    service.withdraw_offer(
        make.home.db, actor=make.actor("operator"), now=make.clock(), offer_id=offer_id
    )
    with pytest.raises(errors.OfferWithdrawn):
        service.apply_for_licence(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=service.NewApplication(offer_id, service.Wish(HEALTH.purpose, "理由")),
        )


def test_an_offer_is_withdrawn_once_and_only_by_its_operator(make: Maker) -> None:
    _, product = make.registered()
    offer_id = make.offer(HEALTH, product)
    stranger = Actor("a", "a", "elsewhere", "elsewhere", make.actor("operator").roles)
    for actor, refusal in (
        (make.actor("enterprise"), NotPermitted),
        (stranger, errors.NotYourSide),
    ):
        with pytest.raises(refusal):
            service.withdraw_offer(make.home.db, actor=actor, now=make.clock(), offer_id=offer_id)
    operator = make.actor("operator")
    service.withdraw_offer(make.home.db, actor=operator, now=make.clock(), offer_id=offer_id)
    with pytest.raises(errors.VerbUnlawful):
        service.withdraw_offer(make.home.db, actor=operator, now=make.clock(), offer_id=offer_id)
