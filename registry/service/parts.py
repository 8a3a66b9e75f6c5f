"""What the verbs of both registers do alike: check a filed form, check the evidence, write a version."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from kernel import accounts
from kernel.ids import new_id
from kernel.trust import receipts
from registry import errors, queries
from registry.certificate.manifest import agreed_digest
from registry.form.fields import FieldKind
from registry.form.groups import all_fields
from registry.form.validate import problems_of
from registry.models import (
    Application,
    CodeNumber,
    Consent,
    Objection,
    PreservedFile,
    PropertyCodeNumber,
    Version,
)
from registry.rules.filing import check_checklist
from registry.rules.parties import Party, parties_of
from registry.service.act import Act
from registry.states import EntryStatus, Register, Type

_MISSING = "registry-form-missing"


@dataclass(frozen=True, slots=True)
class Target:
    """What a later type acts on: its kind, its registered form, and every name that it has."""

    kind: str
    form: dict[str, Any]
    codes: tuple[str, ...]


def check_agent(session: Session, application_id: str, agent_id: str) -> None:
    """Let an agent act on a registration only if the entity let it file that very one.

    Whoever merely names an entity as its principal would otherwise be shown its registered form.

    Raises:
        EntryNotYours: another agent filed it, or none; an empty ``agent_id`` is the entity itself.
    """
    filed = session.get_one(Application, application_id)
    if agent_id and filed.agent_organisation_id != agent_id:
        raise errors.EntryNotYours


def day_of(value: object) -> date | None:
    """A day of a form, written as ISO 8601; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def check_form(act: Act) -> None:
    """Let only a form be filed that has no mistake; all of them are told at once.

    Raises:
        FormIncomplete: needed fields are empty.
        FormRefused: fields contradict the rules.
        NotPreserved: a digest in the form names nothing that this entity preserved.
    """
    row = act.row
    found = [
        problem
        for problem in problems_of(row.register_name, row.type, row.kind, row.form, act.day)
        if not problem.is_advice
    ]
    told = [{"field": one.field, "code": one.code} for one in found]
    if missing := [one.field for one in found if one.code == _MISSING]:
        raise errors.FormIncomplete(fields=", ".join(missing), missing=missing, problems=told)
    if found:
        fields = ", ".join(dict.fromkeys(one.field for one in found))
        raise errors.FormRefused(fields=fields, problems=told)
    check_preserved(act, registered_form(act))


def registered_form(act: Act) -> dict[str, Any]:
    """The form of what a later type acts on; empty for an initial registration."""
    if not act.row.entry_code:
        return {}
    if act.register is Register.RESOURCES:
        return queries.find_entry(act.session, act.row.entry_code).form
    return queries.find_certificate(act.session, act.row.entry_code).form


def check_preserved(act: Act, registered: dict[str, Any]) -> None:
    """Let only evidence count that was preserved before (S1 Art. 7).

    What is registered was shown then, also where the certificate came from somebody else since.

    Raises:
        NotPreserved: with the digests that are unknown here.
    """
    named = _digests(act.row.form) - _digests(registered)
    holders = {act.row.organisation_id, act.row.agent_organisation_id} - {""}
    statement = (
        select(PreservedFile.sha256)
        .where(col(PreservedFile.organisation_id).in_(holders))
        .where(col(PreservedFile.sha256).in_(named))
    )
    if unknown := named - set(act.session.exec(statement).all()):
        raise errors.NotPreserved(digests=", ".join(sorted(unknown)))


def _digests(form: dict[str, Any]) -> set[str]:
    """The SHA-256 of every preserved file or fingerprint that a form or one of its tables names."""
    named = {str(form[name]) for name in _digest_fields() if form.get(name)}
    for table, columns in _digest_columns().items():
        for one in form.get(table, ()):
            named |= {str(one[name]) for name in columns if one.get(name)}
    return named


_OF_FILES = frozenset({FieldKind.DIGEST, FieldKind.FILE})


@cache
def _digest_fields() -> tuple[str, ...]:
    of_both = (field for register in Register for field in all_fields(register))
    return tuple(dict.fromkeys(field.name for field in of_both if field.kind in _OF_FILES))


@cache
def _digest_columns() -> dict[str, tuple[str, ...]]:
    of_both = (field for register in Register for field in all_fields(register))
    return {
        field.name: tuple(one.name for one in field.columns if one.kind in _OF_FILES)
        for field in of_both
        if field.columns
    }


def check_still_in_force(type_: Type, status: EntryStatus, code: str) -> None:
    """Let a later type act only on what has not ended since it was filed.

    A renewal that was filed in time outlives the term, but no sanction and no cancellation.

    Raises:
        EntryNotInForce: it was cancelled, revoked, or its term is over.
    """
    is_late_renewal = type_ is Type.RENEWAL and status is EntryStatus.EXPIRED
    if status is not EntryStatus.EFFECTIVE and not is_late_renewal:
        raise errors.EntryNotInForce(code=code)


def note_checklist(act: Act) -> None:
    """Store the answers of the reviewer; they stand in the history with the decision.

    Raises:
        ChecklistIncomplete: a point is open.
    """
    check_checklist(act.register, act.type, act.checklist)
    act.row.checklist = {**act.checklist}
    act.facts["checklist"] = act.row.checklist


def parties(act: Act) -> list[Party]:
    """Everybody whom the form of this application binds beside its applicant."""
    row = act.row
    own_code = accounts.credit_code_of(act.session, row.organisation_id)
    applicant = Party(row.organisation_name, own_code)
    has_agent = bool(row.agent_organisation_id)
    return parties_of(act.register, act.type, row.form, applicant, has_agent=has_agent)


def check_consents(act: Act) -> None:
    """Let an application that binds others be filed only with their agreement to this very form.

    Raises:
        ConsentMissing: with the names.
    """
    given = queries.consents(act.session, act.row.id, agreed_digest(act.row.form))
    owed = (one for one in parties(act) if not one.is_shown and one.credit_code not in given)
    if missing := [one.name or one.credit_code for one in owed]:
        raise errors.ConsentMissing(names=", ".join(missing))


def give_consent(act: Act) -> None:
    """Record that the acting person's organisation agrees to the form as it stands.

    Raises:
        NotAParty: the form does not name it.
    """
    credit_code = accounts.credit_code_of(act.session, act.actor.organisation_id)
    if not credit_code or credit_code not in {one.credit_code for one in parties(act)}:
        raise errors.NotAParty
    act.session.add(
        Consent(
            id=new_id(act.now),
            application_id=act.row.id,
            organisation_id=act.actor.organisation_id,
            organisation_name=act.actor.organisation_name,
            credit_code=credit_code,
            form_sha256=agreed_digest(act.row.form),
            given_by=act.actor.account_id,
            given_at=act.now,
        )
    )
    act.facts["consent"] = credit_code


def close_objections(act: Act, decision: str) -> None:
    """Write one decision into every open objection of the application."""
    waiting = act.session.exec(
        select(Objection).where(Objection.application_id == act.row.id, Objection.decision == "")
    ).all()
    for one in waiting:
        one.decision, one.reason = decision, act.reason
        one.decided_by, one.decided_at = act.actor.account_id, act.now
        act.session.add(one)


def write_version(
    act: Act, register: Register, subject: str, snapshot: dict[str, Any], *, type_: str
) -> None:
    """Add what an entry or certificate is from now on; ``type_`` is the registration that did it."""
    act.session.add(
        Version(
            id=new_id(act.now),
            register_name=register,
            subject=subject,
            number=snapshot["version"],
            at=act.now,
            type=type_,
            status=snapshot["status"],
            application_id=act.row.id,
            actor_name=act.actor.display_name,
            snapshot=snapshot,
        )
    )


def issue_receipt(
    act: Act, *, idempotency: str, name: str, digest: str, registration: dict[str, Any]
) -> None:
    """Sign what a code stands for, in the transaction of the act itself."""
    if act.seal is None:
        return
    receipts.issue(
        act.session,
        seal=act.seal,
        now=act.now,
        wanted=receipts.Wanted(
            kind="registration",
            idempotency=idempotency,
            subject_id=act.row.id,
            organisation_id=act.row.organisation_id,
            subject_name=name,
            subject_sha256=digest,
            predicate={
                "actor": {
                    "tenantId": act.row.organisation_id,
                    "principalRef": act.actor.account_id,
                },
                "registrationCode": name,
                "registration": registration,
            },
        ),
    )


def begin_count(
    session: Session, table: type[CodeNumber | PropertyCodeNumber], key: dict[str, Any]
) -> None:
    """Let a counter of codes begin at 0 if it has not: of two first ones at once neither may fail."""
    row = {**key, "last": 0}
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    session.execute(insert(table).values(row).on_conflict_do_nothing())
