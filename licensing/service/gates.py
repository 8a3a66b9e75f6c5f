"""The gates that stand before any use of operated data; each use asks again (S2 Art. 5 and 6).

Whoever drafts an agreement, publishes an offer or applies for a licence calls these in its own
transaction: nothing is pushed when a consent is revoked or a registration ends.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from kernel import accounts
from licensing import errors, queries, rules
from registry import public as registry


def check_resources(session: Session, codes: Sequence[str], today: date) -> None:
    """Let data be operated that is registered, classified, and consented to where it was shared.

    Raises:
        NotRegistered, NotClassified, CoreData, ConsentMissing: with all the codes at once.
    """
    if missing := registry.missing_codes(session, codes, today):
        raise errors.NotRegistered(codes=", ".join(missing))
    entries = registry.entries(session, codes)
    rules.check_classified({code: entries[code].data_level for code in codes})
    shared = [code for code in codes if entries[code].shared_provider]
    consents = queries.consents_of(session, shared)
    rules.check_consents(shared, [code for code, row in consents.items() if row.is_given])


def check_applicant(session: Session, *, applicant_id: str, operator_id: str, purpose: str) -> None:
    """Keep an operator and its affiliates from re-developing what it delivered (S2 Art. 6).

    Raises:
        OwnRedevelopment: the applying organisation is one of them and the purpose is that.
    """
    rules.check_not_own_redevelopment(
        _code_of(session, applicant_id),
        _code_of(session, operator_id),
        queries.affiliates_of(session, operator_id),
        purpose,
    )


def _code_of(session: Session, organisation_id: str) -> str:
    # An organisation that gave no credit code is still the same as itself.
    return accounts.credit_code_of(session, organisation_id) or organisation_id
