"""What both sides of an application say to each other, and whose answer is waited for.

People's buttons and a connector's messages come through here, so that an officer sees one
negotiation, whichever way it was opened.
"""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from kernel import jobs
from kernel.identity import SYSTEM, Actor
from kernel.ids import new_id
from kernel.limits import read_limits
from kernel.workdays import local_day, read_calendar
from licensing import errors
from licensing.contract.messages import answer
from licensing.contract.odrl import digest_of
from licensing.models import LicenceApplication, Message, Negotiation
from licensing.rules.limits import LIMITS
from licensing.states import NEGOTIATION_TRANSITIONS, TURN, NegotiationState, Side, find

BY_HAND, BY_CONNECTOR = "hand", "connector"


def begin(
    session: Session, now: datetime, row: LicenceApplication, offer: dict[str, Any], **how: str
) -> Negotiation:
    """Open the negotiation of an application that was submitted: REQUESTED, the provider moves.

    ``how`` gives ``channel``, ``consumer_pid`` and ``callback_address`` of a connector.
    """
    talk = Negotiation(
        id=f"urn:uuid:{row.id}",
        application_id=row.id,
        state=NegotiationState.REQUESTED,
        channel=how.get("channel", BY_HAND),
        consumer_pid=how.get("consumer_pid", ""),
        callback_address=how.get("callback_address", ""),
        offer=offer,
        offer_digest=digest_of(offer),
        changed_at=now,
    )
    session.add(talk)
    wait_for(session, now, row, Side.PROVIDER, "l_decide")
    return talk


def talk_of(session: Session, application_id: str) -> Negotiation:
    """The negotiation of an application, locked.

    Raises:
        ThingUnknown: it was not opened yet.
    """
    statement = select(Negotiation).where(Negotiation.application_id == application_id)
    found = session.exec(statement.with_for_update()).first()
    if found is None:
        raise errors.ThingUnknown
    return found


def advance(
    session: Session,
    now: datetime,
    talk: Negotiation,
    verb: str,
    *,
    document: dict[str, Any] | None = None,
    reason: str = "",
) -> NegotiationState:
    """Move a negotiation; who may was looked at before. A connector is told what the provider did.

    ``document`` is the offer or the agreement that the move is about.

    Raises:
        NotYourTurn: the protocol knows no such move from where it stands.
    """
    move = find(NEGOTIATION_TRANSITIONS, verb, NegotiationState(talk.state))
    if move is None:
        raise errors.NotYourTurn(state=talk.state)
    talk.state, talk.changed_at = str(move.target.value), now
    session.add(talk)
    if talk.channel == BY_CONNECTOR and verb in _TOLD:
        _tell(session, now, talk, verb, document, reason)
    return NegotiationState(talk.state)


#: What the provider's moves are called in the protocol: message type and the callback's path.
_TOLD = {
    "offer": ("ContractOfferMessage", "offers"),
    "agree": ("ContractAgreementMessage", "agreement"),
    "finalize": ("ContractNegotiationEventMessage", "events"),
    "terminate": ("ContractNegotiationTerminationMessage", "termination"),
}
MESSAGE_JOB = "licensing.connector-message"


def _tell(
    session: Session,
    now: datetime,
    talk: Negotiation,
    verb: str,
    document: dict[str, Any] | None,
    reason: str,
) -> None:
    """Write the message down and leave it for the jobs; it is sent after this transaction, if at all."""
    kind, path = _TOLD[verb]
    more: dict[str, Any] = {}
    if verb == "offer":
        more = {"offer": document}
    elif verb == "agree":
        more = {"agreement": document}
    elif verb == "finalize":
        more = {"eventType": NegotiationState.FINALIZED.value}
    elif reason.strip():
        more = {"reason": [reason.strip()]}
    message = answer(kind, talk.id, talk.consumer_pid, **more)
    url = f"{talk.callback_address.rstrip('/')}/negotiations/{talk.consumer_pid}/{path}"
    say(
        session,
        SYSTEM,
        now,
        talk.application_id,
        side=Side.PROVIDER,
        kind=f"sent-{path}",
        document=message,
    )
    jobs.enqueue(session, now=now, kind=MESSAGE_JOB, payload={"url": url, "message": message})


def note_message(
    session: Session,
    actor: Actor,
    now: datetime,
    application_id: str,
    kind: str,
    message: dict[str, Any],
) -> None:
    """Keep a message of the consumer as it came, so that a repeated one is known by its digest."""
    say(session, actor, now, application_id, side=Side.APPLICANT, kind=kind, document=message)


def check_turn(talk: Negotiation, verb: str) -> None:
    """Let a move be made only where the protocol has it.

    Raises:
        NotYourTurn: it has not.
    """
    if find(NEGOTIATION_TRANSITIONS, verb, NegotiationState(talk.state)) is None:
        raise errors.NotYourTurn(state=talk.state)


def put_on_the_table(session: Session, talk: Negotiation, offer: dict[str, Any]) -> None:
    """Make this offer the one that is talked about."""
    talk.offer, talk.offer_digest = offer, digest_of(offer)
    session.add(talk)


def wait_for(
    session: Session, now: datetime, row: LicenceApplication, side: Side | None, limit: str
) -> None:
    """Say who moves next and by when; nobody, where the application has ended."""
    row.turn = side.value if side else ""
    row.due_on = due_day(session, now, limit) if side else None
    session.add(row)


def wait_in(session: Session, now: datetime, row: LicenceApplication, talk: Negotiation) -> None:
    """The same from where the negotiation stands."""
    side = TURN[NegotiationState(talk.state)]
    wait_for(session, now, row, side, "l_decide" if side is Side.PROVIDER else "l_answer")


def due_day(session: Session, now: datetime, limit: str) -> date:
    """The day by which the other side should answer: working days after today (domain 9)."""
    today = local_day(now)
    workdays = read_limits(session, LIMITS).on(limit, today) or 0
    return read_calendar(session).add(today, workdays).day


def say(  # noqa: PLR0913 - who said what about which application, and how
    session: Session,
    actor: Actor,
    now: datetime,
    application_id: str,
    *,
    side: Side,
    kind: str,
    text: str = "",
    document: dict[str, Any] | None = None,
) -> None:
    """Add one thing that was said; nothing is ever taken back."""
    last = session.exec(
        select(func.max(Message.number)).where(col(Message.application_id) == application_id)
    ).one()
    session.add(
        Message(
            id=new_id(now),
            application_id=application_id,
            number=(last or 0) + 1,
            at=now,
            side=side,
            kind=kind,
            text=text.strip(),
            document=document,
            digest=digest_of(document) if document else "",
            actor_id=actor.account_id,
            actor_name=actor.display_name,
        )
    )
