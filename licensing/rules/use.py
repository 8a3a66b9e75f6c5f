"""Decisions of use under a licence."""

from collections.abc import Sequence
from datetime import datetime

from licensing import errors
from licensing.states import Approval, LicenceStatus


def check_usable(
    status: LicenceStatus, *, starts_at: datetime, expires_at: datetime, now: datetime
) -> None:
    """Let a run pass only under a licence that is in force at this moment.

    Raises:
        LicenceExpired: its term is over.
        LicenceNotInForce: not signed, not started, suspended or ended.
    """
    if now >= expires_at:
        raise errors.LicenceExpired(expires_at=expires_at.isoformat())
    if status is not LicenceStatus.IN_FORCE or now < starts_at:
        raise errors.LicenceNotInForce(status=status.value)


def check_enforceable(*, mode: str, privacy_rho: int, min_cell_size: int) -> None:
    """Let a contract promise only what the sandbox enforces.

    A privacy budget is what ``dp`` mode spends, so neither stands without the other; noise suppresses no
    cell, so that mode has no smallest one.

    Raises:
        ClauseNotEnforced: with the operands of those clauses.
    """
    found = {
        "hexi:privacyRho": (mode == "dp") != (privacy_rho > 0),
        "hexi:minCellSize": mode == "dp" and min_cell_size > 0,
    }
    if names := [name for name, is_there in found.items() if is_there]:
        raise errors.ClauseNotEnforced(clauses=", ".join(names))


def check_purpose(purpose: str, purposes: Sequence[str]) -> None:
    """Let a run pass only for a licensed purpose.

    Raises:
        PurposeNotLicensed: with the purposes that are.
    """
    if purpose not in purposes:
        raise errors.PurposeNotLicensed(purpose=purpose, purposes=", ".join(purposes))


def check_approval(approval: Approval, *, mode: str, needs_person: bool) -> None:
    """Let a declared rule decide only where nobody is in the data and nothing needs a person's eye.

    Raises:
        AutomaticTooRisky: it does not.
    """
    if approval is Approval.AUTOMATIC and (mode != "open" or needs_person):
        raise errors.AutomaticTooRisky
