"""One task list a person: what waits for this role, the nearest deadline first."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from kernel.accounts import organisation_names
from kernel.identity import Actor, Permission, is_permitted
from kernel.workdays import local_day, read_calendar
from licensing import public as licensing
from marketplace.portal.lights import Light, light_of
from registry import public as registry
from sandbox import public as sandbox

_FAR = 10**6
#: To file for record is another word than to file an application.
_WORDS = {"file": "file-for-record"}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: ``kind`` and ``target`` make the link, ``status`` the tag.

    ``workdays_left`` is 0 on the day of the deadline and None where no clock runs.
    """

    kind: str
    target: str
    title: str
    party: str
    status: str
    verbs: tuple[str, ...]
    light: Light
    due_on: date | None = None
    workdays_left: int | None = None
    is_provisional: bool = False


def tasks_of(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Everything that this person may act on now."""
    found = [
        *_registry_tasks(session, actor, now),
        *_operation_tasks(session, actor, now),
        *_licence_tasks(session, actor, now),
        *_query_tasks(session, actor, local_day(now)),
        *_review_tasks(session, actor),
        *_quality_tasks(session, actor, local_day(now)),
        *_signature_tasks(session, actor),
    ]
    return sorted(
        found, key=lambda task: _FAR if task.workdays_left is None else task.workdays_left
    )


def _registry_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    calendar, today = read_calendar(session), local_day(now)
    tasks = []
    for row, verbs in registry.tasks_of(session, actor):
        if row.status.value == "public_notice" and verbs == ("object",):
            continue
        left = calendar.count(today, row.due_on) if row.due_on else None
        tasks.append(
            Task(
                kind="registration",
                target=row.application_id,
                title=row.name,
                party=row.organisation_name,
                status=row.status.value,
                verbs=tuple(verb for verb in verbs if verb != "object"),
                light=light_of(left),
                due_on=row.due_on,
                workdays_left=left,
                is_provisional=row.due_is_provisional,
            )
        )
    return tasks


def _operation_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    calendar, today = read_calendar(session), local_day(now)
    tasks = []
    rows = licensing.operation_tasks(session, actor, today)
    for row in [*rows, *licensing.year_tasks(session, actor, today)]:
        left = calendar.count(today, row.due_on) if row.due_on else None
        tasks.append(
            Task(
                kind=row.kind,
                target=row.target,
                title=row.title,
                party=row.party,
                status=row.status,
                verbs=tuple(_WORDS.get(verb, verb) for verb in row.verbs),
                light=light_of(left),
                due_on=row.due_on,
                workdays_left=left,
            )
        )
    return tasks


def _licence_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    calendar, today = read_calendar(session), local_day(now)
    tasks = []
    for row, verbs in licensing.tasks_of(session, actor):
        if isinstance(row, licensing.LicenceRow):
            kind, target, party, code = (
                "licence",
                row.licence_id,
                row.licensee_name,
                row.product_code,
            )
        else:
            kind, target, party = "licence-application", row.application_id, row.applicant_name
            code = licensing.find_offer(session, row.offer_id).product_code
        title = registry.entry(session, code).name
        # A contract that is not the signed one has stood too long at once.
        due_on = today if verbs == ("examine",) else row.due_on
        left = calendar.count(today, due_on) if due_on else None
        light = light_of(left)
        tasks.append(Task(kind, target, title, party, row.status.value, verbs, light, due_on, left))
    return tasks


def _review_tasks(session: Session, actor: Actor) -> list[Task]:
    """Answers that wait for this checker's vote."""
    if not is_permitted(actor, Permission.SANDBOX_OUTPUT_REVIEW):
        return []
    names = organisation_names(session)
    return [
        Task(
            "answer-review",
            row.run.run_id,
            sandbox.dataset_title(session, row.run.dataset),
            names.get(row.run.organisation_id, ""),
            row.state.value,
            ("release", "hold-back"),
            Light.PAUSED,
        )
        for row in sandbox.list_reviews(session, actor.organisation_id)
        if row.awaits(actor.account_id)
    ]


def _quality_tasks(session: Session, actor: Actor, today: date) -> list[Task]:
    """Data of the own organisation that became worse, or is older than was declared."""
    if not is_permitted(actor, Permission.SANDBOX_DATASET_INGEST):
        return []
    return [
        Task(
            "dataset-quality",
            row.dataset,
            row.title,
            actor.organisation_name,
            row.state.value,
            ("look-at-quality",),
            Light.PAUSED,
        )
        for row in sandbox.worse_versions(session, actor.organisation_id, today)
    ]


def _signature_tasks(session: Session, actor: Actor) -> list[Task]:
    """Risk reports that a declaration wants signed, and that this person can sign."""
    if not is_permitted(actor, Permission.SANDBOX_REPORT_SIGN):
        return []
    return [
        Task(
            "risk-report",
            row.snapshot.dataset,
            row.snapshot.title,
            actor.organisation_name,
            "awaiting_signatures",
            ("sign-report",),
            Light.PAUSED,
        )
        for row in sandbox.list_datasets(session, actor.organisation_id)
        if not row.is_ready and row.awaits(actor.account_id)
    ]


def _query_tasks(session: Session, actor: Actor, today: date) -> list[Task]:
    if not is_permitted(actor, Permission.SANDBOX_QUERY_RUN):
        return []
    rows = licensing.list_licences(session, organisation_id=actor.organisation_id)
    return [
        Task(
            "workbench",
            row.licence_id,
            sandbox.dataset_title(session, row.terms.dataset),
            row.provider_name,
            row.status.value,
            ("query",),
            Light.PAUSED,
        )
        for row in rows
        if row.is_used_by(actor.organisation_id, today)
        and row.status.value == "in_force"
        and not row.is_changed
    ]
