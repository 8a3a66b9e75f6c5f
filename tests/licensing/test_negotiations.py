"""Applying and negotiating: what is decided at once, what a person decides, and whose turn it is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kernel.identity import SYSTEM
from licensing import errors, public, queries, service
from licensing.contract.evaluation import Verdict
from licensing.queries import ApplicationRow, OfferRow
from licensing.states import Approval, LicenceEnd, LicenceStatus
from marketplace.operations.demo.material import FLIGHTS, HEALTH, Story
from tests.make import Maker


def offered(make: Maker, story: Story = HEALTH, **changes: Any) -> OfferRow:
    _, product = make.registered(story)
    make.dataset(story, product)
    offer_id = make.offer(story, product, **changes)
    with make.home.db.read() as session:
        return queries.find_offer(session, offer_id)


def apply(make: Maker, offer: OfferRow, **wish: Any) -> ApplicationRow:
    words = {"purpose": offer.terms.purposes[0], "justification": "研究需要", **wish}
    made = service.apply_for_licence(
        make.home.db,
        actor=make.actor("enterprise"),
        now=make.clock(),
        wanted=service.NewApplication(offer.offer_id, service.Wish(**words)),
    )
    return read(make, made)


def read(make: Maker, application_id: str) -> ApplicationRow:
    with make.home.db.read() as session:
        return queries.find_application(session, application_id)


def decide(make: Maker, person: str, application_id: str, verb: str, reason: str = "") -> str:
    row = read(make, application_id)
    return service.decide_application(
        make.home.db,
        actor=make.actor(person),
        now=make.clock(),
        wanted=service.Decision(application_id, verb, row.revision, reason),
    )


def counter(make: Maker, person: str, row: ApplicationRow, terms: Any) -> None:
    wanted = service.CounterOffer(
        row.application_id, read(make, row.application_id).revision, terms
    )
    service.counter_offer(make.home.db, actor=make.actor(person), now=make.clock(), wanted=wanted)


def test_each_clause_is_met_not_met_or_for_a_person_before_anything_is_sent(make: Maker) -> None:
    offer = offered(make, regions=("620000",), industries=("Q",), credentials=("mlps-3",))

    def check(**wish: Any) -> dict[str, tuple[str, str]]:
        words = {"purpose": "statistical-analysis", "justification": "研究需要", **wish}
        found = service.check_application(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            offer_id=offer.offer_id,
            wish=service.Wish(**words),
        )
        return {one.operand: (one.verdict.value, one.source) for one in found.trace}

    met, for_person, not_met = Verdict.MET.value, Verdict.UNDECIDED.value, Verdict.NOT_MET.value
    told = check(industry="Q84", credentials=("mlps-3",))
    # The registering division stands in the credit code; the rest is the applicant's own word.
    assert told["spatial"] == (met, "credit-code")
    assert told["industry"] == (for_person, "application")
    assert told["hexi:participantCredential"] == (for_person, "application")
    assert told["count"] == (met, "contract")
    assert check(industry="I")["industry"] == (not_met, "application")
    assert check()["industry"] == (for_person, "application")
    assert check(purpose="public-governance")["purpose"] == (not_met, "application")
    with make.home.db.read() as session:
        own = make.actor("enterprise").organisation_id
        assert queries.list_applications(session, organisation_id=own) == []


def test_what_is_not_met_is_refused_and_nothing_is_stored(make: Maker) -> None:
    offer = offered(make, regions=("110000",))
    with pytest.raises(errors.ClauseNotMet, match="spatial"):
        apply(make, offer)
    with make.home.db.read() as session:
        own = make.actor("enterprise").organisation_id
        assert queries.list_applications(session, organisation_id=own) == []


def test_a_declared_rule_decides_at_once_where_nothing_is_left_to_a_person(make: Maker) -> None:
    _, product = make.registered(FLIGHTS)
    make.dataset(FLIGHTS, product)
    reviewed = make.offer(FLIGHTS, product)
    with make.home.db.read() as session:
        terms = queries.find_offer(session, reviewed).terms
    offer_id = service.publish_offer(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.NewOffer(product, terms, approval=Approval.AUTOMATIC),
    )
    with make.home.db.read() as session:
        row = apply(make, queries.find_offer(session, offer_id))
    with make.home.db.read() as session:
        licence = queries.licence_of(session, row.application_id)
        said = queries.messages(session, row.application_id)
    assert licence is not None
    # The person who declared the rule took the decision, so another one countersigns.
    assert licence.decided_by == make.actor("operator").account_id
    assert [(one.kind, one.actor_name) for one in said][-1] == (
        "approved-by-rule",
        SYSTEM.display_name,
    )
    wanted = service.Sign(licence.licence_id, "sign", licence.policy_digest)
    db, now, seal = make.home.db, make.clock(), make.home.seal
    service.sign_licence(db, actor=make.actor("enterprise"), now=now, wanted=wanted, seal=seal)
    with pytest.raises(errors.SamePerson):
        service.sign_licence(
            db,
            actor=make.actor("operator"),
            now=now,
            wanted=replace(wanted, verb="countersign"),
            seal=seal,
        )


def test_no_rule_decides_where_people_are_in_the_data(make: Maker) -> None:
    offer = offered(make)
    wanted = service.NewOffer(offer.product_code, offer.terms, approval=Approval.AUTOMATIC)
    with pytest.raises(errors.AutomaticTooRisky):
        service.publish_offer(
            make.home.db, actor=make.actor("operator"), now=make.clock(), wanted=wanted
        )


def test_a_new_version_takes_over_and_running_ones_keep_their_terms(make: Maker) -> None:
    licence = make.licence()
    wanted = service.NewOffer(
        licence.product_code,
        replace(licence.terms, run_quota=5, expires_at=None),
        replaces=licence.offer_id,
    )
    db, operator, now = make.home.db, make.actor("operator"), make.clock()
    newer = service.publish_offer(db, actor=operator, now=now, wanted=wanted)
    with db.read() as session:
        versions = queries.versions_of(session, queries.find_offer(session, newer).series_id)
    assert [(one.version, one.is_open) for one in versions] == [(2, True), (1, False)]
    assert make.read_licence(licence.licence_id).policy == licence.policy
    with pytest.raises(errors.OfferSuperseded):
        service.publish_offer(db, actor=operator, now=now, wanted=wanted)


def test_a_pending_application_survives_the_withdrawal_of_its_offer(make: Maker) -> None:
    offer = offered(make)
    row = apply(make, offer)
    service.withdraw_offer(
        make.home.db, actor=make.actor("operator"), now=make.clock(), offer_id=offer.offer_id
    )
    assert decide(make, "operator", row.application_id, "approve")


def test_counter_offers_go_back_and_forth_and_each_waits_for_the_other(make: Maker) -> None:
    offer = offered(make)
    row = apply(make, offer)
    # Ten working days after Friday 10 April.
    assert (row.turn, str(row.due_on)) == ("provider", "2026-04-24")
    with pytest.raises(errors.NotYourTurn):
        counter(make, "enterprise", row, replace(offer.terms, run_quota=500))
    counter(make, "operator", row, replace(offer.terms, run_quota=20, price_cents=70))
    assert read(make, row.application_id).turn == "applicant"
    with pytest.raises(errors.NotYourTurn):
        decide(make, "operator", row.application_id, "approve")
    with pytest.raises(errors.NotYourTurn):
        decide(make, "operator", row.application_id, "request-changes", "请补充")
    counter(make, "enterprise", row, replace(offer.terms, run_quota=40, price_cents=70))
    counter(make, "operator", row, replace(offer.terms, run_quota=30, price_cents=70))
    decide(make, "enterprise", row.application_id, "accept-terms")
    licence = make.read_licence(decide(make, "operator", row.application_id, "approve"))
    assert (licence.terms.run_quota, licence.terms.price_cents) == (30, 70)
    with make.home.db.read() as session:
        talk = queries.negotiation_of(session, row.application_id)
    assert talk is not None
    assert talk.state.value == "AGREED"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"dataset": "other"}, errors.CounterOfferOutside),
        ({"mode": "open"}, errors.CounterOfferOutside),
        ({"min_cell_size": 9}, errors.CounterOfferOutside),
        ({"columns": ("visits.secret",)}, errors.CounterOfferOutside),
        ({"purposes": ("public-governance",)}, errors.PurposeOutsideOffer),
        ({"price_cents": 101}, errors.PriceAboveCeiling),
    ],
)
def test_a_counter_offer_changes_nothing_that_is_not_negotiable(
    make: Maker, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    offer = offered(make)
    row = apply(make, offer)
    with pytest.raises(refusal):
        counter(make, "operator", row, replace(offer.terms, **changes))
    assert read(make, row.application_id) == row


def test_a_counter_offer_to_what_has_ended_is_refused(make: Maker) -> None:
    offer = offered(make)
    row = apply(make, offer)
    decide(make, "operator", row.application_id, "refuse", "用途不符")
    with pytest.raises(errors.VerbUnlawful):
        counter(make, "operator", row, offer.terms)


def test_a_reopened_right_stands_until_the_new_one_is_in_force(make: Maker) -> None:
    licence = make.licence()
    made = service.apply_for_licence(
        make.home.db,
        actor=make.actor("enterprise"),
        now=make.clock(),
        wanted=service.NewApplication(
            licence.offer_id,
            service.Wish(licence.terms.purposes[0], "需要更多次数"),
            reopens=licence.licence_id,
        ),
    )
    newer = decide(make, "operator", made, "approve")
    assert make.read_licence(licence.licence_id).status is LicenceStatus.IN_FORCE
    make.sign(newer)
    old = make.read_licence(licence.licence_id)
    assert (old.status, old.ended_as) == (LicenceStatus.ENDED, LicenceEnd.REPLACED)
    with pytest.raises(errors.NotReopenable):
        service.apply_for_licence(
            make.home.db,
            actor=make.actor("enterprise"),
            now=make.clock(),
            wanted=service.NewApplication(
                licence.offer_id,
                service.Wish(licence.terms.purposes[0], "再次"),
                reopens=licence.licence_id,
            ),
        )


def test_a_refused_reopening_leaves_the_right_as_it_was(make: Maker) -> None:
    licence = make.licence()
    made = service.apply_for_licence(
        make.home.db,
        actor=make.actor("enterprise"),
        now=make.clock(),
        wanted=service.NewApplication(
            licence.offer_id,
            service.Wish(licence.terms.purposes[0], "需要更多次数"),
            reopens=licence.licence_id,
        ),
    )
    decide(make, "operator", made, "refuse", "次数已足够")
    assert make.read_licence(licence.licence_id) == licence


def test_researchers_are_named_in_the_contract_and_nobody_else_runs(make: Maker) -> None:
    offer = offered(make, most_users=1)
    for names in ((), ("researcher", "enterprise")):
        with pytest.raises(errors.ResearchersMissing):
            apply(make, offer, researchers=names)
    with pytest.raises(errors.ResearchersMissing):
        apply(make, offer, researchers=("operator",))
    row = apply(make, offer, researchers=("enterprise",))
    licence_id = decide(make, "operator", row.application_id, "approve")
    make.sign(licence_id)
    terms = make.read_licence(licence_id).terms
    assert terms.recipients == (f"urn:hexi:account:{make.actor('enterprise').account_id}",)

    def grant(name: str) -> None:
        with make.home.db.read() as session:
            public.grant_for_run(
                session,
                actor=make.actor(name),
                licence_id=licence_id,
                purpose=row.purpose,
                now=make.clock(),
            )

    make.wait(0)
    grant("enterprise")
    with pytest.raises(errors.NotNamedInLicence):
        grant("researcher")


def test_a_paper_counts_only_once_it_is_preserved(make: Maker) -> None:
    offer = offered(make)
    with pytest.raises(errors.PapersMissing):
        apply(make, offer, papers=("5e" * 32,))
    make.preserve(make.actor("enterprise"), {"contract_file": "5e" * 32})
    assert apply(make, offer, papers=("5e" * 32,)).papers == ("5e" * 32,)


@pytest.mark.parametrize(
    ("person", "verb", "after_signature"),
    [
        ("enterprise", "decline-to-sign", False),
        ("operator", "take-back", False),
        ("operator", "take-back", True),
    ],
)
def test_a_contract_that_is_not_signed_can_be_left(
    make: Maker, person: str, verb: str, *, after_signature: bool
) -> None:
    row = make.unsigned_licence()
    db, now = make.home.db, make.clock()
    if after_signature:
        sign = service.Sign(row.licence_id, "sign", row.policy_digest)
        service.sign_licence(
            db, actor=make.actor("enterprise"), now=now, wanted=sign, seal=make.home.seal
        )
    revision = make.read_licence(row.licence_id).revision
    wanted = service.LicenceMove(row.licence_id, verb, revision, "条件变化")
    service.move_licence(db, actor=make.actor(person), now=now, wanted=wanted)
    ended = make.read_licence(row.licence_id)
    assert (ended.status, ended.ended_as) == (LicenceStatus.ENDED, LicenceEnd.TERMINATED)
    with db.read() as session:
        talk = queries.negotiation_of(session, row.application_id)
    assert talk is not None
    assert talk.state.value == "TERMINATED"


def test_the_licensee_signs_before_the_provider_countersigns(make: Maker) -> None:
    row = make.unsigned_licence()
    wanted = service.Sign(row.licence_id, "countersign", row.policy_digest)
    with pytest.raises(errors.NotYourTurn):
        service.sign_licence(
            make.home.db,
            actor=make.actor("operator_signatory"),
            now=make.clock(),
            wanted=wanted,
            seal=make.home.seal,
        )


def test_a_licence_starts_with_the_later_of_signature_and_start_and_expires_by_itself(
    make: Maker,
) -> None:
    begins = make.clock() + timedelta(days=200)
    row = make.licence(starts_at=begins.replace(microsecond=0), term_days=10)
    assert row.starts_at == begins.replace(microsecond=0)
    assert row.expires_at == row.starts_at + timedelta(days=10)
    make.clock.set(row.expires_at)
    assert service.expire_licences(make.home.db, now=make.clock()) == 1
    assert service.expire_licences(make.home.db, now=make.clock()) == 0
    ended = make.read_licence(row.licence_id)
    assert (ended.status, ended.ended_as) == (LicenceStatus.ENDED, LicenceEnd.EXPIRED)


def test_the_licensees_contact_changes_without_touching_the_contract(make: Maker) -> None:
    row = make.licence()
    db, now = make.home.db, make.clock()
    move = service.LicenceMove(row.licence_id, "change-representative", row.revision, "", "赵联系")
    service.move_licence(db, actor=make.actor("enterprise"), now=now, wanted=move)
    changed = make.read_licence(row.licence_id)
    assert (changed.representative, changed.policy_digest) == ("赵联系", row.policy_digest)
    nobody = replace(move, revision=changed.revision, representative=" ")
    with pytest.raises(errors.ReasonMissing):
        service.move_licence(db, actor=make.actor("enterprise"), now=now, wanted=nobody)
