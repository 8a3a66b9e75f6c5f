"""Decisions of the register, from plain values: who may do what, and by when.

Deadlines are counted in working days (``kernel.workdays``); each limit stands with its source.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.identity import Actor, Permission, check_permission, is_permitted
from registry import errors
from registry.states import (
    ENTITY_VERBS,
    TRANSITIONS,
    Status,
    Transition,
    Verb,
    transition,
    verbs_from,
)

#: S1 Art. 10: accept, ask for a supplement or decline within 3 working days of receipt.
ACCEPT_WORKDAYS = 3
#: S1 Art. 11: formal review within 20 working days of acceptance.
REVIEW_WORKDAYS = 20
#: S1 Art. 12: public notice of 10 working days.
NOTICE_WORKDAYS = 10
#: No number in S1; re-examination of an objection as long as the notice itself.
OBJECTION_WORKDAYS = 10
#: No number in S1 for the code; a working week.
CODE_WORKDAYS = 5
#: S1 Art. 15: three years from the code date.
VALID_YEARS = 3

#: The clock that starts on entering a status, in working days.
CLOCKS: dict[Status, int] = {
    Status.SUBMITTED: ACCEPT_WORKDAYS,
    Status.ACCEPTED: REVIEW_WORKDAYS,
    Status.PUBLIC_NOTICE: NOTICE_WORKDAYS,
    Status.OBJECTION: OBJECTION_WORKDAYS,
    Status.CODED: CODE_WORKDAYS,
}
#: Formal review goes on under the clock that acceptance started.
CLOCK_GOES_ON = frozenset({Status.FORMAL_REVIEW})

#: Required before filing (S1 Art. 9: entity and source, resource, evidence, scenario, risk).
REQUIRED_FIELDS = (
    "name",
    "summary",
    "industry",
    "region",
    "update_cycle",
    "source_basis",
    "scenario",
    "evidence_sha256",
    "risk_conclusion",
)
_REQUIRED_OF_PRODUCT = ("inputs", "product_form")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of an application."""

    organisation_id: str
    kind: str
    status: Status
    drafted_by: str
    accepted_by: str
    supplements: int
    notice_ends_on: date | None


def check_may(actor: Actor, verb: Verb, facts: Facts, *, reason: str) -> Transition:
    """Let a person do a verb on an application, now; returns the move that it makes.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        NotYourEntity: an entity's verb by somebody of another organisation.
        VerbUnlawful: the status does not allow it.
        SamePerson: the law wants two people.
        SupplementOnlyOnce: a second supplement notice.
        ReasonMissing: the decision needs reasons.
    """
    move = transition(verb, facts.status)
    permission = _permission_of(verb)
    if permission is not None:
        check_permission(actor, permission)
    if verb in ENTITY_VERBS and actor.organisation_id != facts.organisation_id:
        raise errors.NotYourEntity
    if move is None:
        raise errors.VerbUnlawful(status=facts.status.value, verb=verb.value)
    _check_two_people(actor, verb, facts)
    if verb is Verb.REQUEST_SUPPLEMENT and facts.supplements:
        raise errors.SupplementOnlyOnce
    if move.needs_reason and not reason.strip():
        raise errors.ReasonMissing
    return move


def _permission_of(verb: Verb) -> Permission | None:
    return next(move.permission for move in TRANSITIONS if move.verb is verb)


def _check_two_people(actor: Actor, verb: Verb, facts: Facts) -> None:
    reviewing = verb in {Verb.BEGIN_REVIEW, Verb.PUBLISH_NOTICE, Verb.REJECT}
    if reviewing and actor.account_id == facts.accepted_by:
        raise errors.SamePerson(earlier=Verb.ACCEPT.value, verb=verb.value)
    if verb is Verb.SUBMIT and actor.account_id == facts.drafted_by:
        raise errors.SamePerson(earlier=Verb.EDIT.value, verb=verb.value)


def possible_verbs(actor: Actor, facts: Facts) -> tuple[Verb, ...]:
    """What this person may do to the application now; drives buttons and task lists."""
    return tuple(verb for verb in verbs_from(facts.status) if _may(actor, verb, facts))


def _may(actor: Actor, verb: Verb, facts: Facts) -> bool:
    permission = _permission_of(verb)
    if permission is not None and not is_permitted(actor, permission):
        return False
    try:
        # Any text stands for the reasons that the person has yet to write.
        check_may(actor, verb, facts, reason="-")
    except (errors.NotYourEntity, errors.SamePerson, errors.SupplementOnlyOnce):
        return False
    return True


def check_complete(kind: str, form: dict[str, Any]) -> None:
    """Let only a form be filed whose required groups are filled.

    Raises:
        FormIncomplete: with all missing fields at once.
    """
    required = REQUIRED_FIELDS + (_REQUIRED_OF_PRODUCT if kind == "product" else ())
    if missing := [name for name in required if not form.get(name)]:
        raise errors.FormIncomplete(fields=", ".join(missing), missing=missing)


def check_notice_over(today: date, ends_on: date | None) -> None:
    """Let the code be issued only after the last day of the notice (S1 Art. 13).

    Raises:
        NoticeRunning: the notice has not ended.
    """
    if ends_on is None or today <= ends_on:
        raise errors.NoticeRunning(ends_on=str(ends_on))


def check_notice_running(today: date, ends_on: date | None) -> None:
    """Let an objection in only up to the last day of the notice (S1 Art. 12).

    Raises:
        NoticeOver: the last day has passed.
    """
    if ends_on is None or today > ends_on:
        raise errors.NoticeOver(ends_on=str(ends_on))


def valid_until(coded_on: date) -> date:
    """The last day of validity: three years from the code date (S1 Art. 15)."""
    try:
        return coded_on.replace(year=coded_on.year + VALID_YEARS)
    except ValueError:
        # 29 February: the year of the end has none.
        return coded_on.replace(year=coded_on.year + VALID_YEARS, day=28)
