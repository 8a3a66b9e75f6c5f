"""The connector's door: messages of the Dataspace Protocol become the same use cases as buttons.

An application that a connector opened is an application like any other: an officer sees it in the
same queue, with the same clauses, and answers with the same verbs.
"""

from datetime import datetime
from typing import Any

import requests
from sqlmodel import Session

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.trust.receipts import Seal
from licensing import errors, queries
from licensing.contract.messages import is_reference, read_message, read_offer, single_purpose
from licensing.contract.odrl import digest_of, read_terms, target_of
from licensing.contract.policy import need
from licensing.contract.terms import Terms
from licensing.queries import NegotiationRow, OfferRow
from licensing.service import talks
from licensing.service.applications import (
    Decision,
    NewApplication,
    Wish,
    decide_in,
    lock_application,
    open_application,
)
from licensing.service.licences import LicenceMove, Sign, lock_licence, move_in, sign_in
from licensing.service.negotiations import CounterOffer, check_counter, counter_in
from licensing.states import NEGOTIATION_TRANSITIONS, NegotiationState, find

_URN = "urn:uuid:"
_LONGEST_TEXT = 2000
_TIMEOUT_SECONDS = 10


def take_request(db: Database, *, actor: Actor, now: datetime, message: object) -> NegotiationRow:
    """A first ContractRequestMessage: opens an application, or answers a repeated one as before.

    Terms that differ from the published offer stand on the table from the beginning; the officer
    sees clause by clause how.

    Raises:
        SignInNeeded, NotPermitted, ThingUnknown, OfferWithdrawn, PolicyMalformed, ClauseNotMet,
        CounterOfferOutside, MessageRepeated: as they say.
    """
    check_permission(actor, Permission.LICENSING_APPLICATION_SUBMIT)
    read = read_message(message, "ContractRequestMessage", "consumerPid", "callbackAddress")
    _check_callback(read["callbackAddress"])
    wanted = read_offer(read)
    with db.transaction() as session:
        known = queries.negotiation_by_consumer(session, read["consumerPid"], actor.organisation_id)
        if known is not None:
            return _repeated(session, known, read)
        offer = _published(session, wanted)
        terms = offer.terms if is_reference(wanted) else _terms(wanted)
        text = str(read.get("hexi:justification") or "ContractRequestMessage")[:_LONGEST_TEXT]
        wish = Wish(single_purpose(terms, read.get("hexi:purpose")), text)
        row = open_application(
            session,
            actor,
            now,
            NewApplication(offer.offer_id, wish),
            channel=talks.BY_CONNECTOR,
            consumer_pid=read["consumerPid"],
            callback_address=read["callbackAddress"],
        )
        talks.note_message(session, actor, now, row.id, "contract-request", read)
        if terms != offer.terms:
            check_counter(session, row, terms)
            talks.put_on_the_table(session, talks.talk_of(session, row.id), wanted)
        session.flush()
        return _found(session, row.id)


def _check_callback(address: str) -> None:
    need(address.startswith("https://"), "/callbackAddress", "an address with https://")


def _repeated(session: Session, known: NegotiationRow, read: dict[str, Any]) -> NegotiationRow:
    digest = digest_of(read)
    said = queries.messages(session, known.application_id)
    if not any(one.digest == digest for one in said):
        raise errors.MessageRepeated
    return known


def _published(session: Session, wanted: dict[str, Any]) -> OfferRow:
    identifier = str(wanted["@id"])
    offer = queries.find_offer(session, identifier.removeprefix(_URN))
    need(wanted["target"] == target_of(offer.terms), "/offer/target", target_of(offer.terms))
    return offer


def _terms(offer: dict[str, Any]) -> Terms:
    return read_terms(offer)


def _found(session: Session, application_id: str) -> NegotiationRow:
    found = queries.negotiation_of(session, application_id)
    if found is None:
        raise errors.ThingUnknown
    return found


def show_negotiation(session: Session, actor: Actor, provider_pid: str) -> NegotiationRow:
    """A negotiation of the connector's own organisation.

    Raises:
        ThingUnknown: there is none, or it is another's.
    """
    talk = queries.find_negotiation(session, provider_pid)
    row = queries.find_application(session, talk.application_id)
    if not actor.organisation_id or row.applicant_id != actor.organisation_id:
        raise errors.ThingUnknown
    return talk


def _own(session: Session, actor: Actor, provider_pid: str, read: dict[str, Any]) -> NegotiationRow:
    talk = show_negotiation(session, actor, provider_pid)
    need(read["providerPid"] == talk.negotiation_id, "/providerPid", talk.negotiation_id)
    if talk.consumer_pid:
        need(read["consumerPid"] == talk.consumer_pid, "/consumerPid", talk.consumer_pid)
    return talk


def take_counter(
    db: Database, *, actor: Actor, now: datetime, provider_pid: str, message: object
) -> NegotiationRow:
    """A later ContractRequestMessage: other terms, while the consumer moves.

    Raises:
        ThingUnknown, NotYourTurn, PolicyMalformed, and what ``counter_offer`` raises.
    """
    read = read_message(message, "ContractRequestMessage", "consumerPid", "providerPid")
    terms = _terms(read_offer(read))
    with db.transaction() as session:
        talk = _own(session, actor, provider_pid, read)
        _check_move(talk, "request")
        row = lock_application(session, talk.application_id, None)
        counter_in(session, actor, now, row, CounterOffer(row.id, row.revision, terms))
        session.flush()
        return _found(session, row.id)


def take_event(
    db: Database, *, actor: Actor, now: datetime, provider_pid: str, message: object
) -> NegotiationRow:
    """A ContractNegotiationEventMessage: the consumer accepts what is on the table.

    Raises:
        ThingUnknown, NotYourTurn, PolicyMalformed: as they say; only a provider finalises.
    """
    read = read_message(
        message, "ContractNegotiationEventMessage", "consumerPid", "providerPid", "eventType"
    )
    with db.transaction() as session:
        talk = _own(session, actor, provider_pid, read)
        if read["eventType"] != NegotiationState.ACCEPTED:
            raise errors.NotYourTurn(state=talk.state.value)
        _check_move(talk, "accept")
        row = lock_application(session, talk.application_id, None)
        decide_in(session, actor, now, row, Decision(row.id, "accept-terms", row.revision))
        session.flush()
        return _found(session, row.id)


def take_verification(
    db: Database, *, actor: Actor, now: datetime, provider_pid: str, message: object, seal: Seal
) -> NegotiationRow:
    """A ContractAgreementVerificationMessage: the consumer signs the agreement that it was sent.

    Raises:
        ThingUnknown, NotYourTurn, PolicyMalformed, NotPermitted, PolicyBroken: as they say.
    """
    read = read_message(
        message, "ContractAgreementVerificationMessage", "consumerPid", "providerPid"
    )
    with db.transaction() as session:
        talk = _own(session, actor, provider_pid, read)
        licence = queries.licence_of(session, talk.application_id)
        _check_move(talk, "verify")
        if licence is None:
            raise errors.ThingUnknown
        wanted = Sign(licence.licence_id, "sign", licence.policy_digest)
        row = lock_licence(session, licence.licence_id, None)
        sign_in(session, actor, now, row, wanted, seal)
        session.flush()
        return _found(session, talk.application_id)


def take_termination(
    db: Database, *, actor: Actor, now: datetime, provider_pid: str, message: object
) -> NegotiationRow:
    """A ContractNegotiationTerminationMessage of the consumer, in any state that has not ended.

    Raises:
        ThingUnknown, NotYourTurn, PolicyMalformed: as they say.
    """
    read = read_message(
        message, "ContractNegotiationTerminationMessage", "consumerPid", "providerPid"
    )
    reason = "; ".join(str(one) for one in read.get("reason") or [read.get("code", "")])
    with db.transaction() as session:
        talk = _own(session, actor, provider_pid, read)
        _check_move(talk, "withdraw")
        licence = queries.licence_of(session, talk.application_id)
        if licence is None:
            row = lock_application(session, talk.application_id, None)
            wanted = Decision(row.id, "withdraw", row.revision, reason[:_LONGEST_TEXT])
            decide_in(session, actor, now, row, wanted)
        else:
            text = reason.strip()[:_LONGEST_TEXT] or "ContractNegotiationTerminationMessage"
            move = LicenceMove(licence.licence_id, "decline-to-sign", licence.revision, text)
            move_in(session, actor, now, lock_licence(session, licence.licence_id, None), move)
        session.flush()
        return _found(session, talk.application_id)


def _check_move(talk: NegotiationRow, verb: str) -> None:
    """Let a message be taken only where the protocol has it, whatever else stands against it."""
    if find(NEGOTIATION_TRANSITIONS, verb, talk.state) is None:
        raise errors.NotYourTurn(state=talk.state.value)


def deliver(payload: dict[str, Any]) -> None:
    """Send one of our messages to a consumer's callback; a failure is tried again by the jobs.

    Raises:
        ConnectorSilent: no answer, or one that is no success.
    """
    try:
        reply = requests.post(
            payload["url"],
            json=payload["message"],
            timeout=_TIMEOUT_SECONDS,
            # A redirect would lead past the list of hosts that the operator allowed.
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise errors.ConnectorSilent from error
    if not reply.ok or reply.is_redirect:
        raise errors.ConnectorSilent
