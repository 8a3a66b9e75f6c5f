"""Applications for a licence: check, draft, submit, answer, negotiate, approve, refuse, withdraw."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kernel import accounts
from kernel.database import Database
from kernel.identity import SYSTEM, Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from licensing import errors, queries, rules
from licensing.contract.acceptance import Applicant, check_offer, is_for_the_rule, trace_of
from licensing.contract.evaluation import Evaluation, Verdict
from licensing.models import LicenceApplication
from licensing.public import gates
from licensing.queries import OfferRow
from licensing.service import talks
from licensing.service.drawing import account_urn, draw_up_licence
from licensing.service.prices import check_price
from licensing.states import (
    APPLICATION_TRANSITIONS,
    NEGOTIATED_AS,
    ApplicationStatus,
    Approval,
    Side,
    Transition,
)
from registry import public as registry


@dataclass(frozen=True, slots=True)
class Wish:
    """What an applicant says: purpose of the taxonomy, reason, people, papers, and of itself.

    ``researchers`` are names of accounts of its own organisation; ``papers`` SHA-256 of preserved
    files, such as a project plan or an ethics approval.
    """

    purpose: str
    justification: str
    researchers: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    region: str = ""
    industry: str = ""
    credentials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application under one offer; ``reopens`` names the licence that it would replace."""

    offer_id: str
    wish: Wish
    reopens: str = ""
    submit: bool = True
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationEdit:
    """New words for an application that is a draft or was sent back."""

    application_id: str
    revision: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class Decision:
    """A verb of the state table on one revision of an application."""

    application_id: str
    verb: str
    revision: int
    reason: str = ""


def check_application(
    db: Database, *, actor: Actor, now: datetime, offer_id: str, wish: Wish
) -> Evaluation:
    """“Would I be accepted?”: each clause met, not met, or for a person. Nothing is stored.

    Raises:
        NotPermitted, ThingUnknown, ResearchersMissing: as they say.
    """
    check_permission(actor, Permission.LICENSING_APPLICATION_SUBMIT)
    with db.read() as session:
        offer = queries.find_offer(session, offer_id)
        return _check(session, actor.organisation_id, offer, wish, now)


def _check(
    session: Session, applicant_id: str, offer: OfferRow, wish: Wish, now: datetime
) -> Evaluation:
    people = _people(session, applicant_id, wish.researchers)
    applicant = Applicant(
        credit_code=accounts.credit_code_of(session, applicant_id),
        purpose=wish.purpose,
        people=tuple(account_urn(one["account_id"]) for one in people),
        region=wish.region,
        industry=wish.industry,
        credentials=wish.credentials,
    )
    return check_offer(offer.policy, applicant, now)


def _people(session: Session, organisation_id: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    found = accounts.accounts_named(session, organisation_id, names)
    if len(found) != len(set(names)):
        raise errors.ResearchersMissing(most=len(found) or 1)
    return [
        {"account_id": account_id, "name": name, "display_name": shown}
        for account_id, name, shown in found
    ]


def apply_for_licence(db: Database, *, actor: Actor, now: datetime, wanted: NewApplication) -> str:
    """Apply; returns the application's identifier.

    Raises:
        NotPermitted, ThingUnknown, OfferWithdrawn, PurposeOutsideOffer, ResearchersMissing,
        PapersMissing, ClauseNotMet, NotReopenable: as they say.
        OwnRedevelopment: the applicant is the operator or its affiliate (S2 Art. 6).
        PriceAboveCeiling, FreeOfCharge: the filing has changed since the offer was made.
    """
    check_permission(actor, Permission.LICENSING_APPLICATION_SUBMIT)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.application",
                "offer": wanted.offer_id,
                "wish": {name: _plain(value) for name, value in asdict(wanted.wish).items()},
                "reopens": wanted.reopens,
            },
            make=lambda: open_application(session, actor, now, wanted).id,
        )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def open_application(
    session: Session, actor: Actor, now: datetime, wanted: NewApplication, **how: str
) -> LicenceApplication:
    """As :func:`apply_for_licence`, inside the caller's transaction; ``how`` as in ``talks.begin``."""
    offer = queries.find_offer(session, wanted.offer_id)
    if not offer.is_open:
        raise errors.OfferWithdrawn
    check_price(session, offer.product_code, offer.price_cents)
    if wanted.reopens:
        _check_reopens(session, actor, wanted.reopens, offer)
    row = LicenceApplication(
        id=new_id(now),
        offer_id=offer.offer_id,
        status=ApplicationStatus.DRAFT,
        applicant_id=actor.organisation_id,
        applicant_name=actor.organisation_name,
        provider_id=offer.operator_id,
        purpose="",
        justification="",
        researchers=[],
        papers=[],
        credentials=[],
        trace=[],
        reopens_licence_id=wanted.reopens,
        turn=Side.APPLICANT,
        created_by=actor.account_id,
        created_at=now,
    )
    _write(session, row, wanted.wish, offer)
    session.add(row)
    # What is said about it names it by column only; it must be in the table first.
    session.flush()
    if wanted.submit:
        _submit(session, actor, now, row, offer, **how)
    _record(session, actor, now, "submit" if wanted.submit else "draft", row, "")
    return row


def _check_reopens(session: Session, actor: Actor, licence_id: str, offer: OfferRow) -> None:
    licence = queries.find_licence(session, licence_id)
    is_own = licence.licensee_id == actor.organisation_id
    if not is_own or licence.status.value != "in_force":
        raise errors.NotReopenable
    if queries.find_offer(session, licence.offer_id).series_id != offer.series_id:
        raise errors.NotReopenable


def _write(session: Session, row: LicenceApplication, wish: Wish, offer: OfferRow) -> None:
    if wish.purpose not in offer.terms.purposes:
        raise errors.PurposeOutsideOffer(purposes=", ".join(offer.terms.purposes))
    gates.check_applicant(
        session,
        applicant_id=row.applicant_id,
        operator_id=row.provider_id,
        purpose=wish.purpose,
    )
    row.purpose, row.justification = wish.purpose, wish.justification
    row.researchers = _people(session, row.applicant_id, wish.researchers)
    if missing := registry.missing_files(session, row.applicant_id, wish.papers):
        raise errors.PapersMissing(digests=", ".join(missing))
    row.papers, row.credentials = list(wish.papers), list(wish.credentials)
    row.region, row.industry = wish.region, wish.industry


def _submit(
    session: Session,
    actor: Actor,
    now: datetime,
    row: LicenceApplication,
    offer: OfferRow,
    **how: str,
) -> None:
    """Hand in: the policy is asked, and a declared rule decides where nothing is left to a person."""
    most = offer.terms.most_users
    if most and not 1 <= len(row.researchers) <= most:
        raise errors.ResearchersMissing(most=most)
    found = _check(session, row.applicant_id, offer, _wish_of(row), now)
    row.trace = trace_of(found)
    if failed := [one.operand for one in found.trace if one.verdict is Verdict.NOT_MET]:
        raise errors.ClauseNotMet(clauses=", ".join(failed))
    is_again = row.submitted_at is not None
    row.status, row.submitted_at = ApplicationStatus.SUBMITTED, now
    if not is_again:
        talks.begin(session, now, row, offer.policy, **how)
    talks.say(
        session,
        actor,
        now,
        row.id,
        side=Side.APPLICANT,
        kind="resubmitted" if is_again else "submitted",
        text=row.justification,
    )
    if is_again:
        talks.wait_for(session, now, row, Side.PROVIDER, "l_decide")
    elif offer.approval is Approval.AUTOMATIC and is_for_the_rule(found):
        # Whoever declared the rule took the decision; the other signature is another person's.
        _approve(session, SYSTEM, now, row, decided_by=offer.published_by)


def _wish_of(row: LicenceApplication) -> Wish:
    return Wish(
        row.purpose,
        row.justification,
        tuple(one["name"] for one in row.researchers),
        tuple(row.papers),
        row.region,
        row.industry,
        tuple(row.credentials),
    )


def _approve(
    session: Session, actor: Actor, now: datetime, row: LicenceApplication, *, decided_by: str
) -> str:
    row.status, row.decided_by, row.decided_at = ApplicationStatus.APPROVED, decided_by, now
    talk = talks.talk_of(session, row.id)
    talks.check_turn(talk, NEGOTIATED_AS["approve"])
    offer = talk.offer
    licence_id, policy = draw_up_licence(session, row, offer, now, decided_by)
    talks.advance(session, now, talk, NEGOTIATED_AS["approve"], document=policy)
    kind = "approved-by-rule" if actor is SYSTEM else "approved"
    talks.say(session, actor, now, row.id, side=Side.PROVIDER, kind=kind, document=offer)
    talks.wait_for(session, now, row, None, "l_sign")
    if actor is SYSTEM:
        _record(session, actor, now, "approve", row, "")
    return licence_id


def edit_application(db: Database, *, actor: Actor, now: datetime, wanted: ApplicationEdit) -> int:
    """Save new words; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, PurposeOutsideOffer, ResearchersMissing, and what
        ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = lock_application(session, wanted.application_id, wanted.revision)
        standing = queries.application_row(row).standing
        rules.check_may(actor, APPLICATION_TRANSITIONS, "edit", standing, reason="")
        _write(session, row, wanted.wish, queries.find_offer(session, row.offer_id))
        row.revision += 1
        session.add(row)
        _record(session, actor, now, "edit", row, "")
        return row.revision


def decide_application(db: Database, *, actor: Actor, now: datetime, wanted: Decision) -> str:
    """Do a verb; returns the licence's identifier after an approval, else an empty text.

    Raises:
        ThingUnknown, ContractChanged, NotYourTurn, ClauseNotMet, and what ``rules.check_may``
        raises.
    """
    with db.transaction() as session:
        row = lock_application(session, wanted.application_id, wanted.revision)
        return decide_in(session, actor, now, row, wanted)


def decide_in(
    session: Session, actor: Actor, now: datetime, row: LicenceApplication, wanted: Decision
) -> str:
    """As :func:`decide_application`, on a locked row in the caller's transaction."""
    standing = queries.application_row(row).standing
    move = rules.check_may(
        actor, APPLICATION_TRANSITIONS, wanted.verb, standing, reason=wanted.reason
    )
    if wanted.verb in {"counter", "counter-offer"}:
        # A counter-offer comes with terms; service.negotiations makes it.
        raise errors.VerbUnlawful(status=row.status, verb=wanted.verb)
    row.revision += 1
    if move.needs_reason:
        row.reply = wanted.reason.strip()
    licence_id = ""
    if wanted.verb == "submit":
        _submit(session, actor, now, row, queries.find_offer(session, row.offer_id))
    elif wanted.verb == "approve":
        licence_id = _approve(session, actor, now, row, decided_by=actor.account_id)
    else:
        _answer(session, actor, now, row, move, wanted.reason)
    session.add(row)
    _record(session, actor, now, wanted.verb, row, wanted.reason)
    return licence_id


def _answer(
    session: Session,
    actor: Actor,
    now: datetime,
    row: LicenceApplication,
    move: Transition,
    reason: str,
) -> None:
    """Ask for changes, accept what is on the table, refuse, or withdraw."""
    has_talk = row.submitted_at is not None
    talk = talks.talk_of(session, row.id) if has_talk else None
    if talk is not None and move.verb in NEGOTIATED_AS:
        talks.advance(session, now, talk, NEGOTIATED_AS[move.verb], reason=reason)
    elif talk is not None:
        talks.check_turn(talk, "offer")
    row.status = str(move.target.value)
    talks.say(session, actor, now, row.id, side=move.side, kind=move.verb, text=reason)
    if move.verb == "request-changes":
        talks.wait_for(session, now, row, Side.APPLICANT, "l_answer")
    elif talk is not None:
        talks.wait_in(session, now, row, talk)
    else:
        talks.wait_for(session, now, row, None, "l_answer")


def lock_application(
    session: Session, application_id: str, revision: int | None
) -> LicenceApplication:
    """The row, locked, at the revision that the person saw.

    Raises:
        ThingUnknown: there is none.
        ContractChanged: somebody was faster.
    """
    row = session.exec(
        select(LicenceApplication)
        .where(col(LicenceApplication.id) == application_id)
        .with_for_update()
    ).first()
    if row is None:
        raise errors.ThingUnknown
    if revision is not None and row.revision != revision:
        raise errors.ContractChanged
    return row


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    row: LicenceApplication,
    reason: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.application.{verb}",
        subject=("licensing_application", row.id),
        reason=reason,
        facts={"status": row.status, "revision": row.revision, "purpose": row.purpose},
    )
