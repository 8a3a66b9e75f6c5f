"""Limits of licensing: what a province sets where the law gives no number."""

from datetime import datetime

from kernel import limits
from kernel.database import Database
from kernel.identity import Actor
from kernel.limits import NewValue
from licensing.rules import LIMITS


def set_limit(db: Database, *, actor: Actor, now: datetime, wanted: NewValue) -> str:
    """Set a value of a limit; duties that begin from then on count with it. Returns its identifier.

    Raises:
        NotPermitted, LimitUnknown, LimitValueUnusable: nothing was changed.
    """
    with db.transaction() as session:
        return limits.set_value(session, actor=actor, now=now, declarations=LIMITS, wanted=wanted)
