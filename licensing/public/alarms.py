"""The alarm for a stored contract that is not the signed one: kept, counted and logged."""

from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter
from sqlmodel import Session, select

from kernel.identity import SYSTEM
from kernel.trust import audit
from licensing import errors, queries
from licensing.models import Licence

_ACTION: Final = "licensing.licence.alarm"
_log = structlog.get_logger("licensing.alarms")
_alarms = Counter("hexi_alarms", "Stored things that are not what was signed.", ["code"])


def sound_alarm(session: Session, licence_id: str, now: datetime) -> None:
    """Sound the alarm if the licence's stored policy is not the signed one.

    Each time it is logged and counted; the record and the audit entry are written once for each
    change that is found, so that a client that keeps asking does not fill the audit.
    """
    found = session.exec(select(Licence).where(Licence.id == licence_id).with_for_update()).one()
    row = queries.licence_row(session, found)
    if not row.is_changed:
        return
    _log.error("alarm", code=errors.PolicyBroken.code, licence_id=licence_id)
    _alarms.labels(errors.PolicyBroken.code).inc()
    facts = {"policy_digest": row.policy_digest, "stored": row.stored_digest}
    history = audit.history(session, licence_id)
    if any(one.action == _ACTION and one.facts == facts for one in history):
        return
    found.alarmed_at = now
    session.add(found)
    audit.record(
        session,
        actor=SYSTEM,
        now=now,
        action=_ACTION,
        subject=("licensing_licence", licence_id),
        facts=facts,
    )
