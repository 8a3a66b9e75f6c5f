"""The gates that stand before any use of operated data; each use asks again (S2 Art. 5 and 6).

Whoever drafts an agreement, publishes an offer, draws up a licence or runs a query asks here in its
own transaction: nothing is pushed when a consent is revoked, an agreement or a registration ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from kernel import accounts
from licensing import errors, queries, rules
from registry import public as registry


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement under which a product is operated, and its last day."""

    agreement_id: str
    number: str
    ends_on: date


def check_resources(session: Session, codes: Sequence[str], today: date) -> None:
    """Let data be operated that is registered, classified, and consented to where it was shared.

    Raises:
        NotRegistered, NotClassified, CoreData, ConsentMissing: with all the codes at once.
    """
    entries = registry.entries_in_force(session, codes, today)
    if missing := [code for code in codes if code not in entries]:
        raise errors.NotRegistered(codes=", ".join(missing))
    rules.check_classified({code: entries[code].data_level for code in codes})
    shared = [code for code in codes if entries[code].shared_provider]
    consents = queries.consents_of(session, shared) if shared else {}
    rules.check_consents(shared, [code for code, row in consents.items() if row.is_given])


def check_operation(session: Session, product_code: str, operator_id: str, today: date) -> Agreed:
    """Let a product be offered and used only while its operator may operate all its inputs.

    Returns the agreement that covers them; where several do, the one that ends last.

    Raises:
        OutsideAgreement: no agreement in force names them all, or the product has no inputs.
        NotRegistered, NotClassified, CoreData, ConsentMissing: as :func:`check_resources` says.
    """
    return check_inputs(session, registry.entry(session, product_code).inputs, operator_id, today)


def check_inputs(
    session: Session, inputs: tuple[str, ...], operator_id: str, today: date
) -> Agreed:
    """As :func:`check_operation`, by the codes of a product's inputs.

    Raises:
        OutsideAgreement, NotRegistered, NotClassified, CoreData, ConsentMissing: as it says.
    """
    found = queries.covering_agreement(session, operator_id=operator_id, codes=inputs, today=today)
    if found is None or not inputs:
        raise errors.OutsideAgreement(codes=", ".join(inputs) or "-")
    check_resources(session, inputs, today)
    return Agreed(*found)


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
