"""Use cases of applications to both registers: one verb, one transaction, one audit entry.

Simple moves come from the state tables; what else a verb does stands in the effects of its
register. The row is locked and its revision compared first, so of two officers at once one is told
to look again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from kernel import accounts
from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import idempotency
from kernel.trust.receipts import Seal
from registry import errors, queries
from registry.form.checks.names import normalised_name
from registry.models import Application
from registry.rules import decide as rules
from registry.rules.filing import duty_starts_on
from registry.service import clocks, data_property, resources
from registry.service.act import Act
from registry.service.moves import finish, lock, write_step
from registry.service.parts import day_of
from registry.states import TYPES, Register, Status, Type, Verb, transition


@dataclass(frozen=True, slots=True)
class Draft:
    """A new application with its form so far.

    ``kind`` is resource, product or service, in register B data; ``entry_code`` names what a later
    type acts on; ``on_behalf_of`` is the credit code of the entity that an agent acts for.
    """

    kind: str
    form: dict[str, Any]
    idempotency_key: str = ""
    register: Register = Register.RESOURCES
    type: Type = Type.INITIAL
    entry_code: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of an application's form; ``revision`` is the one that the person saw."""

    application_id: str
    revision: int
    form: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """A verb of the state table on one revision; a review's end answers its checklist."""

    application_id: str
    verb: Verb
    revision: int
    reason: str = ""
    checklist: Mapping[str, bool] = field(default_factory=dict)


def draft(db: Database, *, actor: Actor, now: datetime, wanted: Draft) -> str:
    """Open an application; returns its identifier, the same one for a repeated key.

    Raises:
        NotPermitted: the person may not draft.
        KeyReused: the key came before with another form.
        TypeUnlawful, EntryUnknown, CertificateUnknown, EntryNotYours, EntryNotInForce,
        AlreadyOpen: a later type does not fit what it acts on.
        PrincipalUnknown: an agent named nobody that is known here.
    """
    check_permission(actor, Permission.REGISTRY_APPLICATION_DRAFT)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "registry.draft",
                "register": wanted.register.value,
                "type": wanted.type.value,
                "kind": wanted.kind,
                "entry_code": wanted.entry_code,
                "on_behalf_of": wanted.on_behalf_of,
                "form": wanted.form,
            },
            make=lambda: draft_in(session, actor=actor, now=now, wanted=wanted),
        )


def draft_in(session: Session, *, actor: Actor, now: datetime, wanted: Draft) -> str:
    """As :func:`draft`, inside the caller's transaction (a batch opens many)."""
    organisation_id, organisation_name = _entity_of(session, actor, wanted)
    kind, form = _begin_with(session, actor, organisation_id, wanted)
    row = Application(
        id=new_id(now),
        register_name=wanted.register,
        type=wanted.type,
        kind=kind,
        status=Status.DRAFT,
        organisation_id=organisation_id,
        organisation_name=organisation_name,
        agent_organisation_id=actor.organisation_id if wanted.on_behalf_of else "",
        entry_code=wanted.entry_code,
        form=form,
        drafted_by=actor.account_id,
        created_at=now,
    )
    _note_keys(row)
    session.add(row)
    # The step names the application by column only; it must be in the table first.
    session.flush()
    act = Act(session, row, actor, now, None, facts={"form": row.form})
    if event := _duty_event(act):
        clocks.restart_duty(act, event)
    write_step(act, "draft", "", Status.DRAFT)
    return row.id


def _entity_of(session: Session, actor: Actor, wanted: Draft) -> tuple[str, str]:
    if not wanted.on_behalf_of:
        return actor.organisation_id, actor.organisation_name
    found = accounts.organisation_of_code(session, wanted.on_behalf_of)
    if found is None:
        raise errors.PrincipalUnknown(credit_code=wanted.on_behalf_of)
    return found


def _begin_with(
    session: Session, actor: Actor, organisation_id: str, wanted: Draft
) -> tuple[str, dict[str, Any]]:
    """The kind and the first form: a change starts from what is registered."""
    is_initial = wanted.type is Type.INITIAL
    if (
        wanted.type not in TYPES[wanted.register]
        or wanted.type is Type.PARTY_CORRECTION
        or is_initial is bool(wanted.entry_code)
    ):
        raise errors.TypeUnlawful
    if is_initial:
        return wanted.kind, wanted.form
    read = resources.target_of if wanted.register is Register.RESOURCES else data_property.target_of
    agent_id = actor.organisation_id if wanted.on_behalf_of else ""
    target = read(session, wanted.entry_code, organisation_id, agent_id)
    kind, registered = target.kind, target.form
    if wanted.register is Register.PROPERTY:
        registered = {**registered, "certificate_code": wanted.entry_code}
    if other := queries.open_on_entry(session, *target.codes):
        raise errors.AlreadyOpen(application_id=other.application_id)
    if wanted.type in {Type.CHANGE, Type.CORRECTION, Type.TRANSFER}:
        return kind, {**registered, **wanted.form}
    kept: dict[str, Any] = {
        key: registered[key] for key in ("name", "certificate_code") if key in registered
    }
    return kind, {**kept, **wanted.form}


def _note_keys(row: Application) -> None:
    row.name = str(row.form.get("name", ""))
    row.name_key = normalised_name(row.name)
    row.fingerprint = str(row.form.get("evidence_sha256", ""))


def _duty_event(act: Act) -> date | None:
    """The day from which the duty to file runs; only register A's initial registration knows it."""
    if act.register is not Register.RESOURCES or act.type is not Type.INITIAL:
        return None
    form = act.row.form
    return duty_starts_on(
        day_of(form.get("operation_started_on")), day_of(form.get("delivered_on"))
    )


def edit(db: Database, *, actor: Actor, now: datetime, wanted: Edit) -> int:
    """Save the form; returns the new revision.

    Raises:
        ApplicationUnknown, ApplicationChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row = lock(session, wanted.application_id, wanted.revision)
        move = rules.check_may(actor, Verb.EDIT, queries.row_of(row).facts, reason="")
        row.form = {**row.form, **wanted.form}
        _note_keys(row)
        act = Act(session, row, actor, now, None, facts={"form": row.form})
        if move.source is Status.DRAFT:
            clocks.restart_duty(act, _duty_event(act))
        finish(act, move)
        return row.revision


def decide(db: Database, *, actor: Actor, now: datetime, wanted: Decision, seal: Seal) -> int:
    """Do a verb of the state table; returns the new revision.

    Raises:
        ApplicationUnknown, ApplicationChanged, what ``rules.check_may`` raises, and what the
        verb's own effect raises (see ``registry.service.resources`` and ``data_property``).
    """
    with db.transaction() as session:
        row = lock(session, wanted.application_id, wanted.revision)
        facts = queries.row_of(row).facts
        move = rules.check_may(actor, wanted.verb, facts, reason=wanted.reason)
        act = Act(session, row, actor, now, seal, wanted.reason.strip())
        act.checklist = dict(wanted.checklist)
        effects = resources if facts.register is Register.RESOURCES else data_property
        if effect := effects.EFFECTS.get(wanted.verb):
            effect(act)
        finish(act, move)
        return row.revision


def act_by_clock(
    db: Database, *, actor: Actor, now: datetime, verb: Verb, application_id: str
) -> bool:
    """Do what the law says happens by itself; says whether it happened.

    Somebody may have acted since the clock was read, or the day that counts may not have come:
    then nothing is done.
    """
    with db.transaction() as session:
        row = lock(session, application_id, None)
        register, type_, status = Register(row.register_name), Type(row.type), Status(row.status)
        move = transition(register, type_, verb, status)
        if move is None or not move.by_clock or row.due_on is None:
            return False
        act = Act(session, row, actor, now, None)
        day = act.calendar.add(row.due_on, 1).day
        if act.day < day or not data_property.clock_may(act, verb):
            return False
        # The law's own day counts, also when the clerk's machine stood still on it.
        act.day = day
        finish(act, move)
        return True
