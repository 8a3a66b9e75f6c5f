"""The parties of a joint application or a transfer, and who of them has agreed to the form."""

from dataclasses import dataclass

from sqlmodel import Session

from kernel import accounts
from registry import queries
from registry.certificate.manifest import agreed_digest
from registry.queries import ApplicationRow
from registry.states import Register, Status, Type


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that has to agree to the very form: its name, its code, whether it has."""

    name: str
    credit_code: str
    has_agreed: bool


def parties_of_row(session: Session, row: ApplicationRow) -> list[Party]:
    """Everybody whose agreement a draft needs (S1 Art. 7, S4 Art. 16 and 33); nobody for most."""
    if row.status is not Status.DRAFT:
        return []
    form = row.form
    owed = [
        (str(one.get("name", "")), str(one.get("credit_code", "")))
        for one in form.get("co_holders", ())
        if isinstance(one, dict)
    ]
    if row.register is Register.PROPERTY and row.type is Type.TRANSFER:
        owed.append((str(form.get("transferee_name", "")), str(form.get("transferee_code", ""))))
    if row.register is Register.PROPERTY and row.facts.agent_organisation_id:
        code = accounts.credit_code_of(session, row.organisation_id)
        owed.append((row.organisation_name, code))
    given = queries.consents(session, row.application_id, agreed_digest(form))
    return [Party(name, code, code in given) for name, code in owed if name or code]
