"""The grant under which somebody may run a query now, read from the signed policy and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from kernel.errors import Refused
from kernel.identity import Actor
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.contract.evaluation import Evaluation, Fact, Outcome, Verdict, evaluate
from licensing.contract.odrl import moment
from licensing.contract.terms import Terms
from licensing.contract.vocabulary import ACTION_OF_MODE, OPERANDS, By
from licensing.public import gates
from licensing.public.quotas import Limit, Usage, limit_of, usage_of
from licensing.queries import SignedContract
from registry import public as registry

#: What others decide, and before: the guard shows only what is licensed, the meter counts, and what
#: the licensee is was looked at when both sides signed.
_DECIDED: Final = {
    one.name: Fact(source=one.by.value, verdict=Verdict.MET)
    for one in OPERANDS
    if one.by is not By.REQUEST
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What one licence lets one organisation do at this moment."""

    licence_id: str
    licensee_id: str
    product_code: str
    purpose: str
    policy_digest: str
    terms: Terms
    limit: Limit
    usage: tuple[Usage, ...]

    @property
    def runs_left(self) -> int:
        """Runs that can still be reserved in this period."""
        return next(one.left for one in self.usage if one.unit == "runs")


def grant_for_run(
    session: Session, *, actor: Actor, licence_id: str, purpose: str, now: datetime
) -> Grant:
    """The grant under which this person may run now, for this purpose; empty is the licensed one.

    Raises:
        ThingUnknown: there is no such licence.
        NotYourLicence: it is another organisation's, and no delegation of it stands.
        PolicyBroken: the stored policy is not the signed one.
        LicenceExpired, LicenceNotInForce, RegistrationEnded, OperationStopped, ClauseNotEnforced,
        PurposeNotLicensed, NotNamedInLicence, PolicyDenies: as they say.
    """
    row = queries.find_contract(session, licence_id)
    depth = _steps_from_licensee(session, row, actor, local_day(now))
    terms = _usable_terms(row, now)
    rules.check_depth(depth, terms.delegation_depth)
    _check_operation(session, row, local_day(now))
    purpose = purpose or terms.purposes[0]
    rules.check_purpose(purpose, terms.purposes)
    _check_policy(row, terms, actor=actor, depth=depth, purpose=purpose, now=now)
    limit = limit_of(row.licence_id, terms, now)
    return Grant(
        licence_id=row.licence_id,
        licensee_id=row.licensee_id,
        product_code=row.product_code,
        purpose=purpose,
        policy_digest=row.policy_digest,
        terms=terms,
        limit=limit,
        usage=usage_of(session, limit),
    )


def check_in_force(session: Session, licence_id: str, now: datetime) -> None:
    """Refuse what was asked under a licence that is not in force any more, or whose product is not.

    Raises:
        ThingUnknown: there is no such licence.
        LicenceExpired, LicenceNotInForce, RegistrationEnded, OperationStopped, ClauseNotEnforced: as they say.
    """
    row = queries.find_contract(session, licence_id)
    _usable_terms(row, now)
    _check_operation(session, row, local_day(now))


def _steps_from_licensee(session: Session, row: SignedContract, actor: Actor, today: date) -> int:
    if row.licensee_id == actor.organisation_id:
        return 0
    delegations = queries.delegations_of(session, [row.licence_id])[row.licence_id]
    given = rules.delegation_to(delegations, actor.organisation_id, today)
    if given is None:
        raise errors.NotYourLicence
    return given.depth


def _check_operation(session: Session, row: SignedContract, today: date) -> None:
    product = registry.entries_in_force(session, [row.product_code], today).get(row.product_code)
    if product is None:
        raise errors.RegistrationEnded(code=row.product_code)
    try:
        gates.check_inputs(session, product.inputs, row.provider_id, today)
    except Refused as closed:
        raise errors.OperationStopped(code=row.product_code, cause=closed.code) from closed


def _usable_terms(row: SignedContract, now: datetime) -> Terms:
    terms = row.terms
    rules.check_enforceable(
        mode=terms.mode,
        privacy_rho=terms.privacy_rho,
        min_cell_size=terms.min_cell_size,
    )
    rules.check_usable(
        row.status,
        starts_at=row.starts_at,
        expires_at=terms.expires_at or row.expires_at,
        now=now,
    )
    return terms


def _check_policy(
    row: SignedContract, terms: Terms, *, actor: Actor, depth: int, purpose: str, now: datetime
) -> None:
    account = f"urn:hexi:account:{actor.account_id}"
    facts = {
        **_DECIDED,
        "purpose": Fact(purpose, By.REQUEST),
        "dateTime": Fact(moment(now), By.REQUEST),
        "recipient": Fact(account, By.REQUEST),
        "hexi:maxDelegationDepth": Fact(depth, By.REQUEST),
    }
    found = evaluate(row.rules, ACTION_OF_MODE[terms.mode], facts)
    if found.outcome is not Outcome.PERMITTED:
        raise _refusal(found)


def _refusal(found: Evaluation) -> Exception:
    stopping = [one.operand for one in found.stopping()]
    if stopping == ["recipient"]:
        return errors.NotNamedInLicence()
    return errors.PolicyDenies(clauses=", ".join(stopping))
