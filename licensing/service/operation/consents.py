"""Consent to operate data that was obtained by sharing: given and taken back by its provider (S2 Art. 5)."""

from dataclasses import dataclass
from datetime import datetime

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from licensing import errors, queries
from licensing.models import SharingConsent
from registry import public as registry


@dataclass(frozen=True, slots=True)
class Consent:
    """A word of the providing body on one resource; taking a consent back needs reasons."""

    resource_code: str
    is_given: bool
    document_number: str
    reason: str = ""
    idempotency_key: str = ""


def record_consent(db: Database, *, actor: Actor, now: datetime, wanted: Consent) -> str:
    """Record that the providing body consents, or no longer does; returns the row's identifier.

    Raises:
        NotPermitted: the person may not.
        NotRegistered: no entry has the code.
        NotShared, NotTheProvider: there is nothing for this body to consent to.
        ConsentUnchanged: it stands already as wanted.
        ReasonMissing: it is taken back without reasons.
    """
    check_permission(actor, Permission.LICENSING_SHARING_CONSENT)
    code, reason = wanted.resource_code, wanted.reason.strip()
    with db.transaction() as session:

        def make() -> str:
            entry = registry.entries(session, [code]).get(code)
            if entry is None:
                raise errors.NotRegistered(codes=code)
            if not entry.shared_provider:
                raise errors.NotShared(code=code)
            if entry.shared_provider != actor.organisation_name:
                raise errors.NotTheProvider(provider=entry.shared_provider, code=code)
            known = queries.consents_of(session, [code]).get(code)
            if (known is not None and known.is_given) is wanted.is_given:
                raise errors.ConsentUnchanged
            if not wanted.is_given and not reason:
                raise errors.ReasonMissing
            row = SharingConsent(
                id=new_id(now),
                resource_code=code,
                is_given=wanted.is_given,
                organisation_id=actor.organisation_id,
                organisation_name=actor.organisation_name,
                document_number=wanted.document_number,
                reason=reason,
                recorded_by=actor.account_id,
                recorded_by_name=actor.display_name,
                recorded_at=now,
            )
            session.add(row)
            audit.record(
                session,
                actor=actor,
                now=now,
                action=f"licensing.consent.{'give' if wanted.is_given else 'revoke'}",
                subject=("licensing_sharing_consent", code),
                reason=reason,
                facts={"document_number": wanted.document_number},
            )
            return row.id

        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.consent",
                "code": code,
                "is_given": wanted.is_given,
                "document": wanted.document_number,
            },
            make=make,
        )
