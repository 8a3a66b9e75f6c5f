"""Reads of what stands beside runs: saved queries, templates, synthetic samples."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from sandbox import errors
from sandbox.models import QueryTemplate, Run, SavedQuery, SyntheticSample, TemplateVersion
from sandbox.states import SpendState


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A saved query."""

    query_id: str
    licence_id: str
    organisation_id: str
    account_id: str
    title: str
    sql: str
    is_private: bool
    revision: int
    created_at: datetime
    changed_at: datetime


def find_saved(
    session: Session, query_id: str, *, organisation_id: str, account_id: str
) -> SavedRow:
    """One saved query, as a person of an organisation may see it.

    Raises:
        SavedQueryUnknown: there is none, it is another organisation's, or another person's own.
    """
    found = session.get(SavedQuery, query_id)
    is_shown = found is not None and (
        found.account_id == account_id
        or (found.organisation_id == organisation_id and not found.is_private)
    )
    if found is None or not is_shown:
        raise errors.SavedQueryUnknown
    return _saved_row(found)


def list_saved(
    session: Session, *, licence_id: str, organisation_id: str, account_id: str
) -> list[SavedRow]:
    """What a person sees of an organisation's saved queries under a licence, the last changed first."""
    statement = select(SavedQuery).where(
        SavedQuery.licence_id == licence_id,
        SavedQuery.organisation_id == organisation_id,
        or_(col(SavedQuery.is_private).is_(False), col(SavedQuery.account_id) == account_id),
    )
    newest = statement.order_by(col(SavedQuery.changed_at).desc(), col(SavedQuery.id).desc())
    return [_saved_row(one) for one in session.exec(newest).all()]


def _saved_row(found: SavedQuery) -> SavedRow:
    return SavedRow(
        query_id=found.id,
        licence_id=found.licence_id,
        organisation_id=found.organisation_id,
        account_id=found.account_id,
        title=found.title,
        sql=found.sql,
        is_private=found.is_private,
        revision=found.revision,
        created_at=found.created_at,
        changed_at=found.changed_at,
    )


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One version of a template; ``newest`` is the number of the newest, ``revision`` that of the template."""

    template_id: str
    dataset: str
    provider_id: str
    mode: str
    newest: int
    is_offered: bool
    revision: int
    version: int
    titles: dict[str, str]
    descriptions: dict[str, str]
    sql: str
    parameters: tuple[dict[str, Any], ...]
    digest: str
    created_by: str
    created_at: datetime


def find_template(session: Session, template_id: str, version: int = 0) -> TemplateRow:
    """One version of a template, the newest where none is said.

    Raises:
        TemplateUnknown: there is none.
    """
    found = session.get(QueryTemplate, template_id)
    if found is None or not 0 <= version <= found.version:
        raise errors.TemplateUnknown
    said = session.get_one(TemplateVersion, (template_id, version or found.version))
    return _template_row(found, said)


def list_templates(session: Session, dataset: str, *, mode: str = "") -> list[TemplateRow]:
    """The newest version of each template of a dataset; of a mode those that are offered."""
    statement = select(QueryTemplate).where(QueryTemplate.dataset == dataset)
    if mode:
        offered = col(QueryTemplate.is_offered).is_(True)
        statement = statement.where(QueryTemplate.mode == mode, offered)
    found = session.exec(statement.order_by(col(QueryTemplate.id).desc())).all()
    return [find_template(session, one.id) for one in found]


def template_versions(session: Session, template_id: str) -> list[TemplateRow]:
    """All versions of a template, the newest first.

    Raises:
        TemplateUnknown: there is none.
    """
    newest = find_template(session, template_id).newest
    return [find_template(session, template_id, version) for version in range(newest, 0, -1)]


def _template_row(found: QueryTemplate, said: TemplateVersion) -> TemplateRow:
    return TemplateRow(
        template_id=found.id,
        dataset=found.dataset,
        provider_id=found.provider_id,
        mode=found.mode,
        newest=found.version,
        is_offered=found.is_offered,
        revision=found.revision,
        version=said.version,
        titles=dict(said.titles),
        descriptions=dict(said.descriptions),
        sql=said.sql,
        parameters=tuple(said.parameters),
        digest=said.digest,
        created_by=said.created_by,
        created_at=said.created_at,
    )


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A published synthetic sample of one snapshot; ``rho`` is what it cost, in nano-rho."""

    sample_id: str
    snapshot_id: str
    rho: int
    facts: dict[str, Any]
    columns: tuple[dict[str, Any], ...]
    rows: tuple[list[Any], ...]
    created_at: datetime

    def seen_with(self, names: tuple[str, ...]) -> "SampleRow":
        """The sample with those of its columns that a licence names."""
        places = [place for place, one in enumerate(self.columns) if one["name"] in names]
        return replace(
            self,
            columns=tuple(self.columns[place] for place in places),
            rows=tuple([row[place] for place in places] for row in self.rows),
        )


def find_sample(session: Session, snapshot_id: str) -> SampleRow | None:
    """The published sample of a snapshot; None where there is none yet."""
    found = session.exec(
        select(SyntheticSample).where(
            SyntheticSample.snapshot_id == snapshot_id, SyntheticSample.state == SpendState.SPENT
        )
    ).first()
    if found is None:
        return None
    return SampleRow(
        sample_id=found.id,
        snapshot_id=found.snapshot_id,
        rho=found.rho,
        facts=dict(found.facts),
        columns=tuple(found.columns),
        rows=tuple(found.rows),
        created_at=found.created_at,
    )


def texts_asked(session: Session, dataset: str, *, most: int) -> tuple[str, ...]:
    """The last different texts that were asked of a dataset, under whatever licence, the newest first."""
    statement = select(Run.sql).where(Run.dataset == dataset).order_by(col(Run.id).desc())
    found = session.exec(statement.limit(most * 10)).all()
    return tuple(dict.fromkeys(found))[:most]
