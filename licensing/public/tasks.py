"""What waits for a person, and how far a licence's quotas are used."""

from datetime import datetime

from sqlmodel import Session

from kernel.identity import Actor, Permission, is_permitted
from licensing import queries
from licensing.public.quotas import Usage, limit_of, usage_of
from licensing.queries import ApplicationRow, LicenceRow
from licensing.rules import possible_verbs
from licensing.states import APPLICATION_TRANSITIONS, LICENCE_TRANSITIONS


def tasks_of(
    session: Session, actor: Actor
) -> list[tuple[ApplicationRow | LicenceRow, tuple[str, ...]]]:
    """Applications and licences whose next move is this person's, with the verbs.

    Suspension and termination are always possible to a provider and therefore no task. A stored
    contract that is not the signed one is to be examined by its provider and by regulators.
    """
    found: list[tuple[ApplicationRow | LicenceRow, tuple[str, ...]]] = []
    for application in queries.waiting_applications(session, actor.organisation_id):
        verbs = possible_verbs(actor, APPLICATION_TRANSITIONS, application.standing)
        if verbs and actor.organisation_id == application.organisation_on_turn:
            found.append((application, verbs))
    for licence in queries.waiting_licences(session, actor.organisation_id):
        verbs = possible_verbs(actor, LICENCE_TRANSITIONS, licence.standing)
        wanted = "sign" if licence.turn == "applicant" else "countersign"
        if wanted in verbs:
            found.append((licence, (wanted,)))
    sees_all = is_permitted(actor, Permission.LICENSING_LICENCE_READ_ALL)
    found += [
        (licence, ("examine",))
        for licence in queries.alarmed_licences(session)
        if sees_all or licence.provider_id == actor.organisation_id
    ]
    return found


def usage(session: Session, licence_id: str, now: datetime) -> tuple[Usage, ...]:
    """Every limited unit of a licence in the present period: granted, reserved, taken.

    Raises:
        ThingUnknown: there is no such licence.
    """
    terms = queries.find_licence(session, licence_id).terms
    return usage_of(session, limit_of(licence_id, terms, now))
