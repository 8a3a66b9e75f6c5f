"""The parties of a joint application or a transfer, and who of them has agreed to the form."""

from dataclasses import dataclass

from sqlmodel import Session

from kernel import accounts
from registry import queries
from registry.certificate.manifest import agreed_digest
from registry.queries import ApplicationRow
from registry.rules import parties
from registry.states import Status


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who has to agree to the very form: its name, its code, whether it has."""

    name: str
    credit_code: str
    has_agreed: bool


def parties_of_row(session: Session, row: ApplicationRow) -> list[Party]:
    """Everybody whose agreement a draft needs (S1 Art. 7, S4 Art. 16, 21 and 33); nobody for most."""
    if row.status is not Status.DRAFT:
        return []
    own_code = accounts.credit_code_of(session, row.organisation_id)
    applicant = parties.Party(row.organisation_name, own_code)
    has_agent = bool(row.facts.agent_organisation_id)
    owed = parties.parties_of(row.register, row.type, row.form, applicant, has_agent=has_agent)
    given = queries.consents(session, row.application_id, agreed_digest(row.form))
    return [
        Party(one.name, one.credit_code, one.is_shown or one.credit_code in given) for one in owed
    ]
