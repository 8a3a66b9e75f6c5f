"""Decisions of authorised operation: what a plan and an agreement hold, and the gates before use (S2)."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from licensing import errors
from licensing.states import AgreementStatus

#: S2 Art. 14(2): in principle five years at most.
AGREEMENT_YEARS = 5
_MONTHS = 12


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

#: S2 Art. 9: the 12 items of a plan, each with the words that it owes beside its other fields.
#: Item 1 is the name, 4 also the mode, 5 also the codes, 6 also the months, 7 also the rows.
PLAN_ITEMS = (
    "name",
    "necessity",
    "operator_conditions",
    "mode_reasons",
    "data_description",
    "arrangements",
    "product_notes",
    "cost_accounting",
    "safeguards",
    "rights_duties",
    "oversight",
    "further",
)
#: S2 Art. 9(4).
PLAN_MODES = ("whole", "by_field", "by_scenario")
#: S2 Art. 9(7): public governance and public welfare, or development of industry.
PRODUCT_CLASSES = ("public_good", "industry")
#: S2 Art. 12: another way has to be as fair, and says why it is.
SELECTION_WAYS = ("open_tender", "invited_tender", "negotiation", "other_fair")
EVALUATION_RESULTS = ("passed", "improve", "failed")
#: S2 Art. 6: what a licensee does with a delivered product to make another one.
REDEVELOPMENT = ("product-improvement",)


def check_plan(items: Mapping[str, str], scope: Sequence[str], products: Sequence[object]) -> None:
    """Let only a plan be submitted that has its 12 items (S2 Art. 9).

    Raises:
        PlanItemsMissing: with all missing items at once.
    """
    missing = [item for item in PLAN_ITEMS if not items.get(item, "").strip()]
    missing += ["data_scope"] if not scope else []
    missing += ["product_rows"] if not products else []
    if missing:
        raise errors.PlanItemsMissing(items=", ".join(missing), missing=missing)


def check_happened(day: date, today: date) -> None:
    """Let a decision, a notice or a step be recorded only once it has happened.

    Raises:
        DayAhead: its day has not come.
    """
    if day > today:
        raise errors.DayAhead(today=str(today))


def check_agreement(starts_on: date, ends_on: date, topics: Mapping[str, str]) -> None:
    """Let only an agreement pass that has its 13 topics and runs five years at most.

    Raises:
        AgreementTooLong: it ends more than five years after its start, or before it.
        TopicsMissing: with all missing topics at once.
    """
    latest = months_later(starts_on, AGREEMENT_YEARS * _MONTHS)
    if not starts_on < ends_on <= latest:
        raise errors.AgreementTooLong(latest=str(latest))
    if missing := [topic for topic in AGREEMENT_TOPICS if not topics.get(topic, "").strip()]:
        raise errors.TopicsMissing(topics=", ".join(missing), missing=missing)


def check_within_plan(
    scope: Sequence[str], starts_on: date, ends_on: date, *, plan: Sequence[str], months: int
) -> None:
    """Let an agreement grant no more data and no longer than the plan that was decided (S2 Art. 11).

    Raises:
        OutsidePlan: with the codes that the plan does not name, or the last day that it allows.
    """
    latest = months_later(starts_on, months)
    outside = [code for code in scope if code not in plan]
    if outside or ends_on > latest:
        raise errors.OutsidePlan(codes=", ".join(outside) or "-", latest=str(latest))


def check_way(way: str, reasons: str) -> None:
    """Let another way of selection pass only with reasons (S2 Art. 12).

    Raises:
        WayUnexplained: there are none.
    """
    if way == "other_fair" and not reasons.strip():
        raise errors.WayUnexplained


def check_choice(chosen: str, candidates: Mapping[str, bool]) -> None:
    """Let only a qualified candidate be chosen; ``candidates`` says by credit code who is one.

    Raises:
        CandidatesMissing: there is none at all.
        NotACandidate: the chosen one is none, or does not meet the conditions.
    """
    if not candidates:
        raise errors.CandidatesMissing
    if not candidates.get(chosen, False):
        raise errors.NotACandidate(credit_code=chosen)


def check_within(codes: Sequence[str], scope: Collection[str]) -> None:
    """Let a product pass only whose inputs the agreement names; one without inputs is outside.

    Raises:
        OutsideAgreement: with the codes that it does not name.
    """
    outside = [code for code in codes if code not in scope]
    if outside or not codes:
        raise errors.OutsideAgreement(codes=", ".join(outside) or "-")


def check_classified(levels: Mapping[str, str]) -> None:
    """Let data be operated only after grading, and core data never (S2 Art. 5).

    Raises:
        NotClassified: with the codes that have no level.
        CoreData: with the codes that are core data.
    """
    if missing := [code for code, level in levels.items() if not level]:
        raise errors.NotClassified(codes=", ".join(missing))
    if core := [code for code, level in levels.items() if level == "core"]:
        raise errors.CoreData(codes=", ".join(core))


def check_consents(shared: Sequence[str], consented: Collection[str]) -> None:
    """Let shared data be operated only with the consent of the body that provided it (S2 Art. 5).

    Raises:
        ConsentMissing: with the codes that have none in force.
    """
    if missing := [code for code in shared if code not in consented]:
        raise errors.ConsentMissing(codes=", ".join(missing))


def check_not_own_redevelopment(
    applicant_code: str, operator_code: str, affiliates: Collection[str], purpose: str
) -> None:
    """Keep an operator and its affiliates from re-developing what it delivered (S2 Art. 6).

    All are unified social credit codes; an empty one is nobody's.

    Raises:
        OwnRedevelopment: the applicant is one of them and the purpose is re-development.
    """
    barred = {operator_code, *affiliates} - {""}
    if purpose in REDEVELOPMENT and applicant_code in barred:
        raise errors.OwnRedevelopment(purpose=purpose)


def agreement_status_on(
    status: AgreementStatus, starts_on: date, ends_on: date, day: date
) -> AgreementStatus:
    """The status that an agreement has on a day: its term begins and ends by itself."""
    if status is not AgreementStatus.IN_FORCE:
        return status
    if day > ends_on:
        return AgreementStatus.ENDED
    return AgreementStatus.SIGNED if day < starts_on else status


def months_later(day: date, months: int) -> date:
    """The same day some months later; the month's last where it has no such day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
