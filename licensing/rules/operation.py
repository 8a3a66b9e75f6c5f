"""Decisions of authorised operation."""

from datetime import date

from licensing import errors

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


def check_agreement(starts_on: date, ends_on: date, topics: dict[str, str]) -> None:
    """Let only an agreement pass that has its 13 topics and runs five years at most.

    Raises:
        AgreementTooLong: it ends more than five years after its start, or before it.
        TopicsMissing: with all missing topics at once.
    """
    latest = years_later(starts_on, AGREEMENT_YEARS)
    if not starts_on < ends_on <= latest:
        raise errors.AgreementTooLong(latest=str(latest))
    if missing := [topic for topic in AGREEMENT_TOPICS if not topics.get(topic, "").strip()]:
        raise errors.TopicsMissing(topics=", ".join(missing), missing=missing)


def years_later(day: date, years: int) -> date:
    """The same day that many years later; 28 February where the year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
