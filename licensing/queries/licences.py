"""Reads of licences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, select

from ledger.errors import LedgerError
from licensing import errors
from licensing.contract.odrl import digest_of, read_terms
from licensing.contract.policy import Policy, read_policy
from licensing.contract.terms import Terms
from licensing.models import Delegation, Licence, Quota, Signature
from licensing.queries.delegations import delegations_of
from licensing.queries.found import found_row
from licensing.rules import Delegated, Standing, delegation_to
from licensing.states import LicenceStatus, Side


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One side's signature."""

    side: str
    account_id: str
    signer_name: str
    policy_digest: str
    signed_at: datetime


def _text_of(policy: dict[str, Any]) -> str:
    """A stored policy as a text that no other one has: what is remembered of it goes by this."""
    return json.dumps(policy, sort_keys=True, separators=(",", ":"))


# A run asks three times for the digest and the terms of one policy, and JCS is written in Python.
@lru_cache(maxsize=512)
def _digest_of(text: str) -> str:
    return digest_of(json.loads(text))


@lru_cache(maxsize=512)
def _terms_of(text: str) -> Terms:
    return read_terms(json.loads(text))


@lru_cache(maxsize=512)
def _rules_of(text: str) -> Policy:
    return read_policy(json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedContract:
    """What both sides of a licence signed, and what is stored of it now: what a run asks for."""

    licence_id: str
    product_code: str
    status: LicenceStatus
    licensee_id: str
    provider_id: str
    policy: dict[str, Any]
    policy_digest: str
    starts_at: datetime
    expires_at: datetime
    signatures: tuple[SignatureRow, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the stored policy is another than the one that was digested and signed."""
        signed = {self.policy_digest, *(one.policy_digest for one in self.signatures)}
        return signed != {self.stored_digest}

    @property
    def stored_digest(self) -> str:
        """The digest of what is stored now; empty where that has no canonical form."""
        try:
            return _digest_of(_text_of(self.policy))
        except LedgerError:
            return ""

    @property
    def terms(self) -> Terms:
        """The terms that the signed policy says; a changed one says nothing.

        Raises:
            PolicyBroken: the stored policy is not the signed one.
        """
        if self.is_changed:
            raise errors.PolicyBroken
        return _terms_of(_text_of(self.policy))

    @property
    def rules(self) -> Policy:
        """The rules of the signed policy, to be evaluated.

        Raises:
            PolicyBroken: the stored policy is not the signed one.
        """
        if self.is_changed:
            raise errors.PolicyBroken
        return _rules_of(_text_of(self.policy))


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRow(SignedContract):
    """A licence with its terms, quota and signatures.

    The numbers of runs are those of the newest period that anybody used; ``licensing.public.usage``
    tells every unit of the present one.
    """

    number: str
    application_id: str
    offer_id: str
    revision: int
    licensee_name: str
    provider_name: str
    decided_by: str
    representative: str
    replaces_id: str
    ended_as: str
    turn: str
    due_on: date | None
    runs_reserved: int
    runs_taken: int
    reason: str
    delegations: tuple[Delegated, ...]

    @property
    def parties(self) -> frozenset[str]:
        """Who may see it: licensee, provider, and to whom it was ever delegated."""
        return frozenset(
            (self.licensee_id, self.provider_id, *(one.delegate_id for one in self.delegations))
        )

    def is_used_by(self, organisation_id: str, today: date) -> bool:
        """Whether an organisation is the licensee, or a delegate whose delegation stands today."""
        return self.licensee_id == organisation_id or (
            delegation_to(self.delegations, organisation_id, today) is not None
        )

    @property
    def runs_granted(self) -> int:
        """Runs that the policy grants in a period; a changed one grants nothing."""
        return 0 if self.is_changed else self.terms.run_quota

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(
            self.status,
            {Side.APPLICANT: self.licensee_id, Side.PROVIDER: self.provider_id},
            {"approve": self.decided_by},
        )


def licence_row(session: Session, found: Licence) -> LicenceRow:
    """The table row with its signatures and quota as a frozen one."""
    (row,) = licence_rows(session, [found])
    return row


def licence_rows(session: Session, found: Sequence[Licence]) -> list[LicenceRow]:
    """Several table rows; their signatures and quotas are read together."""
    keys = [one.id for one in found]
    signed = _signatures_of(session, keys)
    runs = select(Quota).where(col(Quota.licence_id).in_(keys), Quota.unit == "runs")
    newest = {
        quota.licence_id: (quota.reserved, quota.taken)
        for quota in session.exec(runs.order_by(col(Quota.period_start))).all()
    }
    given = delegations_of(session, keys)
    return [
        _row(one, tuple(signed[one.id]), newest.get(one.id, (0, 0)), tuple(given[one.id]))
        for one in found
    ]


_SIGNED = (
    select(Signature)
    .where(col(Signature.licence_id).in_(bindparam("licences", expanding=True)))
    .order_by(col(Signature.signed_at))
)


def _signatures_of(session: Session, keys: Sequence[str]) -> dict[str, list[SignatureRow]]:
    signed: dict[str, list[SignatureRow]] = {key: [] for key in keys}
    for one in session.exec(_SIGNED, params={"licences": list(keys)}).all():
        signed[one.licence_id].append(
            SignatureRow(
                one.side, one.account_id, one.signer_name, one.policy_digest, one.signed_at
            )
        )
    return signed


def _row(
    found: Licence,
    signatures: tuple[SignatureRow, ...],
    runs: tuple[int, int],
    delegations: tuple[Delegated, ...],
) -> LicenceRow:
    return LicenceRow(
        licence_id=found.id,
        number=found.number,
        application_id=found.application_id,
        offer_id=found.offer_id,
        product_code=found.product_code,
        status=LicenceStatus(found.status),
        revision=found.revision,
        licensee_id=found.licensee_id,
        licensee_name=found.licensee_name,
        provider_id=found.provider_id,
        provider_name=found.provider_name,
        policy=dict(found.policy),
        policy_digest=found.policy_digest,
        starts_at=found.starts_at,
        expires_at=found.expires_at,
        decided_by=found.decided_by,
        representative=found.representative,
        replaces_id=found.replaces_id,
        ended_as=found.ended_as,
        turn=found.turn,
        due_on=found.due_on,
        runs_reserved=runs[0],
        runs_taken=runs[1],
        reason=found.reason,
        signatures=signatures,
        delegations=delegations,
    )


def find_licence(session: Session, licence_id: str) -> LicenceRow:
    """One licence; ThingUnknown when there is none."""
    return licence_row(session, found_row(session, Licence, licence_id))


# Every run asks for these: built once, they cost half.
_LICENCE = select(Licence).where(Licence.id == bindparam("licence"))
_POLICY_DIGEST = select(Licence.policy_digest).where(Licence.id == bindparam("licence"))


def find_contract(session: Session, licence_id: str) -> SignedContract:
    """What a run asks of one licence; ThingUnknown when there is none."""
    if (found := session.exec(_LICENCE, params={"licence": licence_id}).first()) is None:
        raise errors.ThingUnknown
    return SignedContract(
        licence_id=found.id,
        product_code=found.product_code,
        status=LicenceStatus(found.status),
        licensee_id=found.licensee_id,
        provider_id=found.provider_id,
        policy=dict(found.policy),
        policy_digest=found.policy_digest,
        starts_at=found.starts_at,
        expires_at=found.expires_at,
        signatures=tuple(_signatures_of(session, [found.id])[found.id]),
    )


def policy_digest_of(session: Session, licence_id: str) -> str:
    """The digest of the policy that both sides of a licence signed; ThingUnknown where there is none."""
    if (found := session.exec(_POLICY_DIGEST, params={"licence": licence_id}).first()) is None:
        raise errors.ThingUnknown
    return found


def licence_of(session: Session, application_id: str) -> LicenceRow | None:
    """The licence that an application came to, if it did."""
    statement = select(Licence).where(Licence.application_id == application_id)
    found = session.exec(statement).first()
    return None if found is None else licence_row(session, found)


def list_licences(
    session: Session, *, organisation_id: str = "", product_code: str = ""
) -> list[LicenceRow]:
    """Licences of one party or delegate, of one product, or all, the newest first."""
    statement = select(Licence).order_by(col(Licence.id).desc())
    if organisation_id:
        statement = statement.where(
            or_(
                col(Licence.licensee_id) == organisation_id,
                col(Licence.provider_id) == organisation_id,
                col(Licence.id).in_(
                    select(Delegation.licence_id).where(Delegation.delegate_id == organisation_id)
                ),
            )
        )
    if product_code:
        statement = statement.where(Licence.product_code == product_code)
    return licence_rows(session, session.exec(statement).all())


def waiting_licences(session: Session, organisation_id: str) -> list[LicenceRow]:
    """Licences that wait for a signature of an organisation, the nearest due day first."""
    statement = (
        select(Licence)
        .where(Licence.status == LicenceStatus.AWAITING_SIGNATURES)
        .where(
            or_(
                (col(Licence.licensee_id) == organisation_id)
                & (col(Licence.turn) == Side.APPLICANT),
                (col(Licence.provider_id) == organisation_id)
                & (col(Licence.turn) == Side.PROVIDER),
            )
        )
        .order_by(col(Licence.due_on).is_(None), col(Licence.due_on), col(Licence.id))
    )
    return licence_rows(session, session.exec(statement).all())


def alarmed_licences(session: Session) -> list[LicenceRow]:
    """Licences whose stored policy is not the signed one, as far as an alarm was sounded."""
    statement = (
        select(Licence).where(col(Licence.alarmed_at).is_not(None)).order_by(col(Licence.id))
    )
    rows = licence_rows(session, session.exec(statement).all())
    return [row for row in rows if row.is_changed]


def right_of(session: Session, organisation_id: str, offer_series: Sequence[str]) -> str:
    """The identifier of a licence in force under any of these offers; empty when there is none."""
    statement = (
        select(Licence.id)
        .where(Licence.licensee_id == organisation_id)
        .where(col(Licence.offer_id).in_(offer_series))
        .where(Licence.status == LicenceStatus.IN_FORCE)
        .limit(1)
    )
    return session.exec(statement).first() or ""
