"""Price ceilings: what the price authority files, and what no offer may exceed."""

from dataclasses import dataclass
from datetime import datetime

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import errors
from licensing.models import PriceCeiling
from registry import public as registry


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A ceiling charge of one product, in 1/100 CNY a run; trial standards are marked (S3)."""

    product_code: str
    ceiling_cents: int
    is_trial: bool = True


def file_ceiling(db: Database, *, actor: Actor, now: datetime, wanted: Ceiling) -> None:
    """The price authority files the ceiling of a product; an earlier one is replaced.

    Raises:
        NotPermitted: the person may not.
        NotRegistered: the product is not in force.
    """
    check_permission(actor, Permission.LICENSING_PRICE_FILE)
    with db.transaction() as session:
        if missing := registry.missing_codes(session, [wanted.product_code], local_day(now)):
            raise errors.NotRegistered(codes=", ".join(missing))
        session.merge(
            PriceCeiling(
                product_code=wanted.product_code,
                ceiling_cents=wanted.ceiling_cents,
                is_trial=wanted.is_trial,
                filed_by=actor.account_id,
                filed_at=now,
            )
        )
        audit.record(
            session,
            actor=actor,
            now=now,
            action="licensing.price.file",
            subject=("licensing_price_ceiling", wanted.product_code),
            facts={"ceiling_cents": wanted.ceiling_cents, "is_trial": wanted.is_trial},
        )
