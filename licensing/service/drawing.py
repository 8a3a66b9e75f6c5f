"""Drawing up a licence from the terms on the table: its policy, digest, number and term."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from kernel.clock import CHINA
from kernel.ids import new_id
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.contract.odrl import agreement_document, digest_of, read_terms
from licensing.contract.terms import Parties, Terms
from licensing.models import Licence, LicenceApplication
from licensing.public import gates
from licensing.service.prices import check_price
from licensing.service.talks import due_day
from licensing.states import LicenceStatus, Side


def organisation_urn(organisation_id: str) -> str:
    """An organisation as a policy names it."""
    return f"urn:hexi:organisation:{organisation_id}"


def account_urn(account_id: str) -> str:
    """A person as a policy names it."""
    return f"urn:hexi:account:{account_id}"


def draw_up_licence(
    session: Session,
    row: LicenceApplication,
    offer: dict[str, Any],
    now: datetime,
    decided_by: str,
) -> tuple[str, dict[str, Any]]:
    """A licence that awaits both signatures, for what was applied for; its identifier and policy.

    Raises:
        PriceAboveCeiling, CeilingMissing, FreeOfCharge: the filing has changed since the offer was made.
        PurposeOutsideOffer: the terms on the table no longer permit the purpose.
        OutsideAgreement, ConsentMissing, NotRegistered, NotClassified: a gate has closed since.
        ClauseNotEnforced: a clause that nothing here enforces.
        BeginsTooLate: it would begin after the operation agreement has ended.
    """
    known = queries.find_offer(session, row.offer_id)
    agreed = gates.check_operation(session, known.product_code, row.provider_id, local_day(now))
    licence_id, terms = new_id(now), _terms(row, read_terms(offer), now, agreed.ends_on)
    rules.check_enforceable(
        mode=terms.mode,
        privacy_rho=terms.privacy_rho,
        min_cell_size=terms.min_cell_size,
    )
    check_price(session, known.product_code, terms.price_cents)
    parties = Parties(organisation_urn(row.provider_id), organisation_urn(row.applicant_id))
    policy = agreement_document(f"urn:uuid:{licence_id}", terms, parties, agreed_at=now)
    assert terms.expires_at is not None
    session.add(
        Licence(
            id=licence_id,
            number=f"LIC-{now:%Y%m%d}-{licence_id[-6:].upper()}",
            application_id=row.id,
            offer_id=known.offer_id,
            product_code=known.product_code,
            status=LicenceStatus.AWAITING_SIGNATURES,
            licensee_id=row.applicant_id,
            licensee_name=row.applicant_name,
            provider_id=row.provider_id,
            provider_name=known.operator_name,
            policy=policy,
            policy_digest=digest_of(policy),
            starts_at=terms.starts_at or now.replace(microsecond=0),
            expires_at=terms.expires_at,
            decided_by=decided_by,
            replaces_id=row.reopens_licence_id,
            turn=Side.APPLICANT,
            due_on=due_day(session, now, "l_sign"),
            created_at=now,
        )
    )
    return licence_id, policy


def _terms(row: LicenceApplication, offered: Terms, now: datetime, last_day: date) -> Terms:
    """The offered terms for the purpose and the people that were applied for, with their end.

    Nobody can give longer than it has itself: the term ends with the operation agreement's last day.
    """
    if row.purpose not in offered.purposes:
        raise errors.PurposeOutsideOffer(purposes=", ".join(offered.purposes))
    start = max(offered.starts_at, now) if offered.starts_at else now
    over = datetime.combine(last_day + timedelta(days=1), time(), CHINA).astimezone(UTC)
    if start >= over:
        raise errors.BeginsTooLate(ends_on=str(last_day))
    ends = [(start + timedelta(days=offered.term_days)).replace(microsecond=0), over]
    ends += [offered.expires_at] if offered.expires_at else []
    named = tuple(account_urn(one["account_id"]) for one in row.researchers)
    return replace(
        offered,
        purposes=(row.purpose,),
        expires_at=min(ends),
        # Whoever limits how many people may run has them named; others leave it to the licensee.
        recipients=named if offered.most_users and named else offered.recipients,
    )
