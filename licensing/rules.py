"""Decisions of licensing, from plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kernel.identity import Actor, check_permission, is_permitted
from licensing import errors
from licensing.states import LicenceStatus, Side, Transition, find, of_verb

#: S2 Art. 14(2): in principle five years at most.
AGREEMENT_YEARS = 5
#: The 13 topics of S2 Art. 14.
AGREEMENT_TOPICS = (
    "scope",
    "term",
    "products",
    "platform",
    "assets",
    "disclosure",
    "accounting",
    "security",
    "evaluation",
    "liability",
    "disputes",
    "changes",
    "other",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of an application or a licence: its status and two sides."""

    status: StrEnum
    applicant_id: str
    provider_id: str


def check_may(
    actor: Actor, table: tuple[Transition, ...], verb: str, standing: Standing, *, reason: str
) -> Transition:
    """Let a person make a move, now.

    Raises:
        VerbUnlawful: there is no such verb, or the status does not allow it.
        SignInNeeded, NotPermitted: the roles do not grant it.
        NotYourSide: the move is the other party's.
        ReasonMissing: the decision needs reasons.
    """
    row = of_verb(table, verb)
    if row is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    check_permission(actor, row.permission)
    if actor.organisation_id != _organisation(standing, row.side):
        raise errors.NotYourSide
    move = find(table, verb, standing.status)
    if move is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    if move.needs_reason and not reason.strip():
        raise errors.ReasonMissing
    return move


def possible_verbs(
    actor: Actor, table: tuple[Transition, ...], standing: Standing
) -> tuple[str, ...]:
    """What this person may do now; drives buttons and task lists."""
    return tuple(
        move.verb
        for move in table
        if move.source == standing.status
        and is_permitted(actor, move.permission)
        and actor.organisation_id == _organisation(standing, move.side)
    )


def _organisation(standing: Standing, side: Side) -> str:
    return standing.applicant_id if side is Side.APPLICANT else standing.provider_id


def check_agreement(starts_on: date, ends_on: date, topics: dict[str, str]) -> None:
    """Let only an agreement pass that has its 13 topics and runs five years at most.

    Raises:
        AgreementTooLong: it ends more than five years after its start, or before it.
        TopicsMissing: with all missing topics at once.
    """
    latest = _years_later(starts_on, AGREEMENT_YEARS)
    if not starts_on < ends_on <= latest:
        raise errors.AgreementTooLong(latest=str(latest))
    if missing := [topic for topic in AGREEMENT_TOPICS if not topics.get(topic, "").strip()]:
        raise errors.TopicsMissing(topics=", ".join(missing), missing=missing)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # 29 February: the year of the end has none.
        return day.replace(year=day.year + years, day=28)


def check_price(price_cents: int, ceiling_cents: int | None) -> None:
    """Let no price above the filed ceiling pass (S3).

    Raises:
        CeilingMissing: nothing was filed and the price is not zero.
        PriceAboveCeiling: the price is higher.
    """
    if price_cents == 0:
        return
    if ceiling_cents is None:
        raise errors.CeilingMissing
    if price_cents > ceiling_cents:
        raise errors.PriceAboveCeiling(price_cents=price_cents, ceiling_cents=ceiling_cents)


def check_usable(
    status: LicenceStatus, *, starts_at: datetime, expires_at: datetime, now: datetime
) -> None:
    """Let a run pass only under a licence that is in force at this moment.

    Raises:
        LicenceExpired: its term is over.
        LicenceNotInForce: not signed, not started, suspended or ended.
    """
    if now >= expires_at:
        raise errors.LicenceExpired(expires_at=expires_at.isoformat())
    if status is not LicenceStatus.IN_FORCE or now < starts_at:
        raise errors.LicenceNotInForce(status=status.value)


def check_purpose(purpose: str, purposes: Sequence[str]) -> None:
    """Let a run pass only for a licensed purpose.

    Raises:
        PurposeNotLicensed: with the purposes that are.
    """
    if purpose not in purposes:
        raise errors.PurposeNotLicensed(purpose=purpose, purposes=", ".join(purposes))
