"""Who may do what to an application, an entry or a certificate, from plain values."""

from dataclasses import dataclass
from datetime import date

from kernel.identity import Actor, Permission, check_permission, is_permitted
from registry import errors
from registry.states import (
    ENTITY_VERBS,
    ENTRY_MOVES,
    TRANSITIONS,
    EntryMove,
    EntryStatus,
    EntryVerb,
    Register,
    Status,
    Transition,
    Type,
    Verb,
    entry_move,
    transition,
    verbs_from,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of an application."""

    register: Register
    type: Type
    kind: str
    status: Status
    organisation_id: str
    agent_organisation_id: str
    drafted_by: str
    accepted_by: str
    reviewed_by: str
    supplements: int
    extensions: int
    notice_ends_on: date | None


#: What an agent may do in the entity's place; its internal review stays with the entity (S1 Art. 7).
_AGENT_VERBS = frozenset(
    {
        Verb.EDIT,
        Verb.SEND_TO_INTERNAL_REVIEW,
        Verb.FILE,
        Verb.REFILE,
        Verb.PROVIDE_PROOF,
        Verb.WITHDRAW,
    }
)
_REVIEWING = frozenset(
    {
        Verb.BEGIN_REVIEW,
        Verb.PUBLISH_NOTICE,
        Verb.REJECT,
        Verb.COMPLETE,
        Verb.REQUEST_PROOF,
        Verb.EXTEND_REVIEW,
        Verb.TERMINATE,
        Verb.WAIVE_NOTICE,
        Verb.APPROVE,
        Verb.REFUSE,
    }
)


def check_may(actor: Actor, verb: Verb, facts: Facts, *, reason: str) -> Transition:
    """Let a person do a verb on an application, now; returns the move that it makes.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        NotYourEntity: an entity's verb by somebody of another organisation.
        AgencyIsApplicant: an agency would register for itself (S4 Art. 10(7)).
        VerbUnlawful: the status does not allow it.
        SamePerson: the law wants two people.
        SupplementOnlyOnce, ExtensionOnlyOnce: it was done before.
        ReasonMissing: the decision needs reasons.
    """
    permission = _permission_of(facts.register, verb)
    if permission is not None:
        check_permission(actor, permission)
    _check_side(actor, verb, facts)
    move = transition(facts.register, facts.type, verb, facts.status)
    if move is None or move.by_clock:
        raise errors.VerbUnlawful(status=facts.status.value, verb=verb.value)
    _check_two_people(actor, verb, facts)
    if verb is Verb.REQUEST_SUPPLEMENT and facts.supplements:
        raise errors.SupplementOnlyOnce
    if verb is Verb.EXTEND_REVIEW and facts.extensions:
        raise errors.ExtensionOnlyOnce
    if move.needs_reason and not reason.strip():
        raise errors.ReasonMissing
    return move


def _permission_of(register: Register, verb: Verb) -> Permission | None:
    return next((move.permission for move in TRANSITIONS[register] if move.verb is verb), None)


def _check_side(actor: Actor, verb: Verb, facts: Facts) -> None:
    is_own = actor.organisation_id == facts.organisation_id
    if verb in ENTITY_VERBS:
        is_agent = verb in _AGENT_VERBS and (
            actor.organisation_id == facts.agent_organisation_id != ""
        )
        if not is_own and not is_agent:
            raise errors.NotYourEntity
    elif verb is Verb.AGREE:
        # A party agrees to what another has drafted: an applicant's own people only to what its
        # agent wrote, or to what somebody wants corrected.
        is_correction = facts.type is Type.PARTY_CORRECTION
        if is_own is not is_correction and not (is_own and facts.agent_organisation_id):
            raise errors.NotYourEntity
    elif facts.register is Register.PROPERTY and is_own and verb is not Verb.OBJECT:
        raise errors.AgencyIsApplicant


def _check_two_people(actor: Actor, verb: Verb, facts: Facts) -> None:
    if verb in _REVIEWING and actor.account_id == facts.accepted_by:
        raise errors.SamePerson(earlier=Verb.ACCEPT.value, verb=verb.value)
    if verb is Verb.ACCEPT and actor.account_id == facts.reviewed_by:
        raise errors.SamePerson(earlier=Verb.BEGIN_REVIEW.value, verb=verb.value)
    if verb is Verb.SUBMIT and actor.account_id == facts.drafted_by:
        raise errors.SamePerson(earlier=Verb.EDIT.value, verb=verb.value)


def possible_verbs(actor: Actor, facts: Facts) -> tuple[Verb, ...]:
    """What this person may do to the application now; drives buttons and task lists."""
    found = verbs_from(facts.register, facts.type, facts.status)
    return tuple(verb for verb in dict.fromkeys(found) if _may(actor, verb, facts))


def _may(actor: Actor, verb: Verb, facts: Facts) -> bool:
    permission = _permission_of(facts.register, verb)
    if permission is not None and not is_permitted(actor, permission):
        return False
    try:
        # Any text stands for the reasons that the person has yet to write.
        check_may(actor, verb, facts, reason="-")
    except errors.NOT_FOR_THIS_PERSON:
        return False
    return True


def check_may_end(
    actor: Actor, register: Register, verb: EntryVerb, status: EntryStatus, *, reason: str
) -> EntryMove:
    """Let a person do a verb on an entry or certificate; returns the move that it makes.

    Raises:
        SignInNeeded, NotPermitted: the roles do not grant it.
        EntryVerbUnlawful: the status does not allow it, or only the clock does it.
        ReasonMissing: the decision needs reasons.
    """
    for owed in _permissions_of(register, verb):
        check_permission(actor, owed)
    move = entry_move(register, verb, status)
    if move is None or move.permission is None:
        raise errors.EntryVerbUnlawful(status=status.value, verb=verb.value)
    if move.needs_reason and not reason.strip():
        raise errors.ReasonMissing
    return move


def _permissions_of(register: Register, verb: EntryVerb) -> set[Permission]:
    return {m.permission for m in ENTRY_MOVES[register] if m.verb is verb and m.permission}


def possible_entry_verbs(
    actor: Actor, register: Register, status: EntryStatus
) -> tuple[EntryVerb, ...]:
    """What this person may do to an entry or certificate now."""
    return tuple(
        move.verb
        for move in ENTRY_MOVES[register]
        if move.source is status and move.permission and is_permitted(actor, move.permission)
    )


def check_notice_over(today: date, ends_on: date | None) -> None:
    """Let the code be issued only after the last day of the notice (S1 Art. 13, S4 Art. 26).

    Raises:
        NoticeRunning: the notice has not ended.
    """
    if ends_on is None or today <= ends_on:
        raise errors.NoticeRunning(ends_on=str(ends_on))


def check_notice_running(today: date, ends_on: date | None) -> None:
    """Let an objection in only up to the last day of the notice (S1 Art. 12, S4 Art. 25).

    Raises:
        NoticeOver: the last day has passed.
    """
    if ends_on is None or today > ends_on:
        raise errors.NoticeOver(ends_on=str(ends_on))
