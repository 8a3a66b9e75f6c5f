"""Reads of receipts by what they were signed for."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from kernel.trust.receipts import Receipt


def receipts_of(session: Session, subject_ids: Sequence[str]) -> dict[str, str]:
    """The identifier of the newest receipt of each subject that has one, in one read."""
    statement = (
        select(Receipt.subject_id, Receipt.id)
        .where(col(Receipt.subject_id).in_(subject_ids))
        .order_by(col(Receipt.id))
    )
    return dict(session.exec(statement).all())
