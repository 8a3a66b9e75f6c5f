"""Queries with typed parameters that the provider of a dataset approves beforehand, and versions.

A template is judged when it is stored, with every parameter at its example and all columns of the dataset. What it
makes is a query like every other: it goes the whole way under the licence of who asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, queries, rules
from sandbox.engine.parameters import Parameter, read_parameter
from sandbox.errors.guard import SqlRefused
from sandbox.models import QueryTemplate, TemplateVersion
from sandbox.queries import TemplateRow
from sandbox.service.preparing import Machine, RunQuery


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version of a template says; titles and descriptions by language, parameters in their JSON form."""

    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    sql: str
    parameters: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template of a dataset for licences of one mode."""

    dataset: str
    mode: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """A new version of a template; ``revision`` is the one that was read."""

    template_id: str
    revision: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A template with values, written as text, under one licence; the rest as in ``RunQuery``.

    ``version`` is the one that the person saw, 0 the newest.
    """

    template_id: str
    licence_id: str
    values: Mapping[str, str]
    purpose: str = ""
    idempotency_key: str = ""
    accuracy: float = 0
    rho: int | None = None
    version: int = 0
    media_type: str = ""


def save_template(
    db: Database, *, actor: Actor, now: datetime, wanted: NewTemplate, machine: Machine
) -> str:
    """Judge and store a template; returns its identifier.

    Raises:
        NotPermitted, DatasetUnknown: the dataset is not this person's to offer.
        ParameterMalformed: a parameter lacks what its type needs.
        What the guard refuses.
    """
    with db.read() as session:
        snapshot = queries.newest_snapshot(session, wanted.dataset)
    rules.check_may_offer(actor, snapshot.provider_id, wanted.dataset)
    parameters = _judged(wanted.draft, wanted.mode, snapshot.manifest, machine)
    with db.transaction() as session:
        row = QueryTemplate(
            id=new_id(now),
            dataset=wanted.dataset,
            provider_id=snapshot.provider_id,
            mode=wanted.mode,
            version=1,
            is_offered=True,
            revision=1,
        )
        session.add(row)
        # The version names the template by column only; it must be in the table first.
        session.flush()
        session.add(_version(actor, now, row, wanted.draft, parameters))
        _record(session, actor, now, "save", row)
        return row.id


def change_template(
    db: Database, *, actor: Actor, now: datetime, wanted: TemplateChange, machine: Machine
) -> int:
    """Judge and store a new version; returns its number. Earlier ones stay readable.

    Raises:
        TemplateUnknown: there is none of this person's.
        ResearchChanged: it has another revision by now.
        Otherwise as ``save_template``.
    """
    with db.read() as session:
        known = queries.find_template(session, wanted.template_id)
        rules.check_may_offer(actor, known.provider_id, known.dataset)
        snapshot = queries.newest_snapshot(session, known.dataset)
    parameters = _judged(wanted.draft, known.mode, snapshot.manifest, machine)
    with db.transaction() as session:
        row = _found(session, wanted.template_id, wanted.revision)
        row.version, row.revision, row.is_offered = row.version + 1, row.revision + 1, True
        session.add(row)
        session.add(_version(actor, now, row, wanted.draft, parameters))
        _record(session, actor, now, "change", row)
        return row.version


def offer_template(
    db: Database,
    *,
    actor: Actor,
    now: datetime,
    template_id: str,
    revision: int,
    is_offered: bool,
) -> None:
    """Offer a template, or no longer; what it has made stays, and so do its versions.

    Raises:
        TemplateUnknown, ResearchChanged, NotPermitted, DatasetUnknown: as for a change.
    """
    with db.transaction() as session:
        row = _found(session, template_id, revision)
        rules.check_may_offer(actor, row.provider_id, row.dataset)
        row.is_offered, row.revision = is_offered, row.revision + 1
        session.add(row)
        _record(session, actor, now, "offer" if is_offered else "withdraw", row)


def see_template(
    db: Database, *, actor: Actor, now: datetime, template_id: str, version: int = 0
) -> TemplateRow:
    """A version of a template as its provider, regulators and licensees of its data may read it.

    Raises:
        TemplateUnknown: there is none, or none for this person.
    """
    organisation = actor.organisation_id
    with db.read() as session:
        row = queries.find_template(session, template_id, version)
        if organisation == row.provider_id or rules.may_see_all(actor):
            return row
        for licence in licensing.list_licences(session, organisation_id=organisation):
            is_used = licence.is_used_by(organisation, local_day(now)) and not licence.is_changed
            if is_used and licence.terms.dataset == row.dataset:
                return row
    raise errors.TemplateUnknown


def query_of(
    db: Database, *, actor: Actor, now: datetime, wanted: TemplateUse, machine: Machine
) -> RunQuery:
    """The query that a template makes of values, ready to be checked or run; nothing is charged here.

    Raises:
        NotPermitted: the person may not query.
        RunUnknown: the licence is not the organisation's to use.
        TemplateUnknown: none of that dataset and mode is offered, or the version is not the newest.
        ParameterUnusable: values do not fit.
        TemplateUnfitting: the guard takes the text no more, or not with these values.
    """
    rules.check_may_run(actor)
    with db.read() as session:
        licence = licensing.find_licence(session, wanted.licence_id)
        if not licence.is_used_by(actor.organisation_id, local_day(now)):
            raise errors.RunUnknown
        row = queries.find_template(session, wanted.template_id)
        snapshot = queries.ready_snapshot(session, row.dataset)
    terms = licence.terms
    is_fitting = (row.dataset, row.mode) == (terms.dataset, terms.mode) and row.is_offered
    if not is_fitting or wanted.version not in (0, row.version):
        raise errors.TemplateUnknown
    parameters = tuple(map(read_parameter, row.parameters))
    _check_values(parameters, wanted.values)
    sight = rules.sight_of_all(snapshot.manifest, row.mode)
    bound = {one.name: one.bound(wanted.values[one.name]) for one in parameters}
    described = rules.describe(snapshot.manifest, sight) | {"parameters": bound}
    try:
        bound_sql = machine.engine.analyse(row.sql, described).bound
    except SqlRefused as refusal:
        # It was judged over all columns: its words may name some that the licence does not.
        raise errors.TemplateUnfitting from refusal
    return RunQuery(
        wanted.licence_id,
        wanted.purpose,
        bound_sql,
        wanted.idempotency_key,
        wanted.accuracy,
        wanted.rho,
        named_in_receipt(row),
        wanted.media_type,
    )


def named_in_receipt(row: TemplateRow) -> dict[str, Any]:
    """What a run and its receipt say of the template that made the query."""
    return {
        "templateId": row.template_id,
        "version": str(row.version),
        "digest": {"sha256": row.digest},
    }


def _check_values(parameters: tuple[Parameter, ...], values: Mapping[str, str]) -> None:
    wrong = {one.name for one in parameters if one.fault_of(values.get(one.name, ""))}
    wrong |= values.keys() - {one.name for one in parameters}
    if wrong:
        raise errors.ParameterUnusable(parameters=", ".join(sorted(wrong)))


def _judged(
    draft: Draft, mode: str, manifest: dict[str, Any], machine: Machine
) -> tuple[Parameter, ...]:
    """The parameters of a draft whose text the guard takes with all of them at their examples."""
    parameters: list[Parameter] = []
    for one in draft.parameters:
        try:
            parameters.append(read_parameter(one))
        except ValueError as error:
            raise errors.ParameterMalformed(parameter=str(one.get("name", ""))) from error
    bound = {one.name: one.bound(one.example) for one in parameters}
    described = rules.describe(manifest, rules.sight_of_all(manifest, mode))
    machine.engine.analyse(draft.sql, described | {"parameters": bound})
    return tuple(parameters)


def _version(
    actor: Actor,
    now: datetime,
    row: QueryTemplate,
    draft: Draft,
    parameters: tuple[Parameter, ...],
) -> TemplateVersion:
    said: dict[str, Any] = {
        "titles": dict(draft.titles),
        "descriptions": dict(draft.descriptions),
        "sql": draft.sql,
        "parameters": [one.to_json() for one in parameters],
    }
    return TemplateVersion(
        template_id=row.id,
        version=row.version,
        digest=rules.document_digest({**said, "dataset": row.dataset, "mode": row.mode}),
        created_by=actor.account_id,
        created_at=now,
        **said,
    )


def _found(session: Session, template_id: str, revision: int) -> QueryTemplate:
    row = session.exec(
        select(QueryTemplate).where(QueryTemplate.id == template_id).with_for_update()
    ).first()
    if row is None:
        raise errors.TemplateUnknown
    if row.revision != revision:
        raise errors.ResearchChanged
    return row


def _record(session: Session, actor: Actor, now: datetime, verb: str, row: QueryTemplate) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.template.{verb}",
        subject=("sandbox_template", row.id),
        facts={"dataset": row.dataset, "mode": row.mode, "version": row.version},
    )
