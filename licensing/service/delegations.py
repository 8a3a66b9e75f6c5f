"""Delegations: a licensee lets another organisation run queries under its licence, and takes it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from kernel import accounts
from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.contract.acceptance import Applicant, check_offer
from licensing.contract.evaluation import Verdict
from licensing.contract.terms import Terms
from licensing.models import Delegation
from licensing.public import gates
from licensing.queries import LicenceRow
from licensing.rules import Delegated
from licensing.service.licences import lock_licence

#: Clauses about what the licensee is: a delegate has to meet them as well.
_OF_THE_LICENSEE = frozenset({"spatial", "industry", "hexi:participantCredential"})


@dataclass(frozen=True, slots=True)
class NewDelegation:
    """To whom, by its unified social credit code (GB 32100), until which day, and how many steps on."""

    licence_id: str
    credit_code: str
    ends_on: date
    reason: str
    further_steps: int = 0
    idempotency_key: str = ""


def delegate(db: Database, *, actor: Actor, now: datetime, wanted: NewDelegation) -> str:
    """Let another organisation run queries under the licence; returns the delegation's identifier.

    The licensee gives the first one; a delegate may hand its right on as far as it was given. Quotas
    and bills stay the licensee's.

    Raises:
        NotPermitted, ThingUnknown, ReasonMissing, PolicyBroken: as they say.
        NotYourSide: neither the licensee nor somebody to whom the licence was delegated.
        LicenceNotInForce, LicenceExpired: it cannot be used now.
        DelegationTooDeep, DelegationTooLong: more than the contract, or the giver's own right, permits.
        DelegateUnknown, DelegateIsParty, DelegateUnfit, OwnRedevelopment, DelegatedAlready: not to this organisation.
    """
    check_permission(actor, Permission.LICENSING_LICENCE_SIGN)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.delegation",
                "licence": wanted.licence_id,
                "to": wanted.credit_code,
                "until": str(wanted.ends_on),
                "steps": wanted.further_steps,
            },
            make=lambda: _make(session, actor, now, wanted),
        )


def _make(session: Session, actor: Actor, now: datetime, wanted: NewDelegation) -> str:
    # Two at once would not see each other's delegation.
    licence = queries.licence_row(session, lock_licence(session, wanted.licence_id, None))
    today, terms = local_day(now), licence.terms
    parent = _own_right(licence, actor, today)
    rules.check_usable(
        licence.status, starts_at=licence.starts_at, expires_at=licence.expires_at, now=now
    )
    if not wanted.reason.strip():
        raise errors.ReasonMissing
    depth = rules.check_further(parent, wanted.further_steps, most=terms.delegation_depth)
    last = local_day(licence.expires_at - timedelta(microseconds=1))
    rules.check_last_day(wanted.ends_on, today, min(last, parent.ends_on) if parent else last)
    delegate_id, name = _delegate(session, licence, terms, wanted.credit_code, now)
    row = Delegation(
        id=new_id(now),
        licence_id=licence.licence_id,
        parent_id=parent.delegation_id if parent else None,
        depth=depth,
        further_steps=wanted.further_steps,
        delegator_id=actor.organisation_id,
        delegator_name=actor.organisation_name,
        delegate_id=delegate_id,
        delegate_name=name,
        ends_on=wanted.ends_on,
        reason=wanted.reason.strip(),
        given_by=actor.account_id,
        given_at=now,
    )
    session.add(row)
    _record(session, actor, now, "delegate", row, wanted.reason)
    return row.id


def _own_right(licence: LicenceRow, actor: Actor, today: date) -> Delegated | None:
    """By which delegation the giver has the right; None for the licensee."""
    if licence.licensee_id == actor.organisation_id:
        return None
    parent = rules.delegation_to(licence.delegations, actor.organisation_id, today)
    if parent is None:
        raise errors.NotYourSide
    return parent


def _delegate(
    session: Session, licence: LicenceRow, terms: Terms, credit_code: str, now: datetime
) -> tuple[str, str]:
    found = accounts.organisation_of_code(session, credit_code)
    if found is None:
        raise errors.DelegateUnknown(credit_code=credit_code)
    delegate_id, name = found
    if delegate_id in {licence.licensee_id, licence.provider_id}:
        raise errors.DelegateIsParty
    if rules.delegation_to(licence.delegations, delegate_id, local_day(now)):
        raise errors.DelegatedAlready
    for purpose in terms.purposes:
        gates.check_applicant(
            session, applicant_id=delegate_id, operator_id=licence.provider_id, purpose=purpose
        )
    applicant = Applicant(credit_code, terms.purposes[0], ())
    unmet = [
        one.operand
        for one in check_offer(licence.policy, applicant, now).trace
        if one.operand in _OF_THE_LICENSEE and one.verdict is not Verdict.MET
    ]
    if unmet:
        raise errors.DelegateUnfit(clauses=", ".join(unmet))
    return delegate_id, name


def revoke_delegation(
    db: Database, *, actor: Actor, now: datetime, delegation_id: str, reason: str
) -> None:
    """Take a delegation back, and with it all that rest on it; the next run already sees it.

    Raises:
        NotPermitted, ThingUnknown, ReasonMissing: as they say.
        NotYourSide: neither who gave it nor the licensee.
        DelegationOver: it was revoked before.
    """
    check_permission(actor, Permission.LICENSING_LICENCE_SIGN)
    with db.transaction() as session:
        licence_id, known = queries.find_delegation(session, delegation_id)
        licence = lock_licence(session, licence_id, None)
        if actor.organisation_id not in {known.delegator_id, licence.licensee_id}:
            raise errors.NotYourSide
        if not reason.strip():
            raise errors.ReasonMissing
        row = session.get_one(Delegation, delegation_id, populate_existing=True)
        if row.revoked_at is not None:
            raise errors.DelegationOver
        row.revoked_at, row.revoked_by = now, actor.account_id
        session.add(row)
        _record(session, actor, now, "revoke-delegation", row, reason)


def _record(
    session: Session, actor: Actor, now: datetime, verb: str, row: Delegation, reason: str
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"licensing.licence.{verb}",
        subject=("licensing_licence", row.licence_id),
        reason=reason.strip(),
        facts={"delegate": row.delegate_name, "depth": row.depth, "ends_on": str(row.ends_on)},
    )
