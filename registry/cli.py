"""Command-line entrance of the register: look things up, decide, count again, import tables.

Standard output is one JSON document, people's text goes to standard error. What a person has to
answer for is done as the holder of ``HEXI_TOKEN``; the rest needs only the home.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click

from kernel import accounts
from kernel.clock import CHINA
from kernel.console import give, say
from kernel.database import Database
from kernel.identity import SYSTEM, Actor, SignInNeeded
from kernel.limits import NewValue, Scope, read_limits
from kernel.trust.receipts import Seal
from kernel.workdays import DayOff, NewNotice, local_day, read_calendar
from registry import queries, schemas, service
from registry.form.batch import template
from registry.queries import ApplicationSearch, DueSearch, EntrySearch
from registry.rules.clocks import Holder, light
from registry.rules.filing import checklist_of
from registry.rules.limits import LIMITS
from registry.service import Batch, Mode, Reader, Recount
from registry.states import EntryStatus, Register, Status, Type, Verb

_MOST_ROWS = 200
_DATE = click.DateTime(["%Y-%m-%d"])
_REGISTERS = click.Choice([one.value for one in Register])
_KINDS = click.Choice(schemas.KINDS)
#: Standard output is JSON with and without it: a program may say what it counts on.
_json = click.option("--json", is_flag=True, expose_value=False, help="print one JSON document")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the composition root opens for a command: the home, the moment, and the language."""

    db: Database
    seal: Seal
    now: datetime
    reader: Reader

    def person(self) -> Actor:
        """The holder of ``HEXI_TOKEN``.

        Raises:
            SignInNeeded: there is no valid token.
        """
        token = os.environ.get("HEXI_TOKEN", "")  # noqa: TID251 - the promised way to hand the token over
        with self.db.read() as session:
            _, actor = accounts.find_token(session, now=self.now, secret=token)
        if actor.is_visitor:
            raise SignInNeeded
        return actor


Open = Callable[[click.Context], Desk]


def make_group(open_desk: Open) -> click.Group:
    """The ``hexi registry`` group over the home that the command line names."""

    @click.group("registry")
    @click.pass_context
    def registry(context: click.Context) -> None:
        """Both registers: look up, decide, import, limits and calendar."""
        # Opened by the command itself, so that --help needs no home.
        context.obj = lambda: open_desk(context)

    for command in (
        *(_search, _show, _due, _limits, _calendar, _applications),
        *(_decide, _batch, _template, _conflicts, _recount),
    ):
        registry.add_command(command)
    return registry


def _desk(context: click.Context) -> Desk:
    opened: Desk = context.obj()
    return opened


@click.command("search")
@click.argument("text", default="")
@click.option("--region", default="")
@click.option("--industry", default="")
@click.option("--kind", default="", type=click.Choice(["", *schemas.KINDS]))
@click.option("--status", default="", type=click.Choice(["", *(s.value for s in EntryStatus)]))
@_json
@click.pass_context
def _search(context: click.Context, /, text: str, **filters: Any) -> None:  # noqa: ANN401 - options by name
    """Print the entries that TEXT finds, at most 200."""
    with _desk(context).db.read() as session:
        wanted = EntrySearch(text=text, limit=_MOST_ROWS, **filters)
        found = queries.search_entries(session, wanted)
    give(
        [
            {
                "code": row.code,
                "kind": row.kind,
                "status": row.status.value,
                "name": row.name,
                "entity": row.organisation_name,
                "valid_until": row.valid_until,
            }
            for row in found.rows
        ]
    )
    say(f"{len(found.rows)} / {found.count}{'+' if found.is_capped else ''}")


@click.command("show")
@click.argument("code")
@click.option("--as-of", type=_DATE, help="as it stood at the end of that day")
@_json
@click.pass_context
def _show(context: click.Context, code: str, as_of: datetime | None) -> None:
    """Print what CODE stands for: an entry of register A or a certificate of register B."""
    moment = as_of and datetime.combine(as_of.date(), time.max, CHINA)
    with _desk(context).db.read() as session:
        if queries.find_entries(session, [code]):
            entry = queries.find_entry(session, code, as_of=moment)
            answer = schemas.EntryReply().dump(entry)
            versions = queries.versions(session, Register.RESOURCES, entry.code)
        else:
            found = queries.find_certificate(session, code, as_of=moment)
            answer = schemas.CertificateReply().dump(found)
            versions = queries.versions(session, Register.PROPERTY, found.certificate_id)
    past = [one for one in versions if moment is None or one.at <= moment]
    give({**answer, "versions": schemas.VersionReply(many=True).dump(past)})


@click.command("due")
@click.option("--holder", default="", type=click.Choice(["", *(one.value for one in Holder)]))
@click.option("--register", default="", type=click.Choice(["", *(one.value for one in Register)]))
@click.option("--until", type=_DATE)
@_json
@click.pass_context
def _due(context: click.Context, holder: str, register: str, until: datetime | None) -> None:
    """Print the running clocks, the nearest due date first, at most 200."""
    desk = _desk(context)
    last, today = until and until.date(), local_day(desk.now)
    with desk.db.read() as session:
        wanted = DueSearch(holder=holder, register=register, until=last, limit=_MOST_ROWS)
        rows = queries.list_due(session, wanted)[:_MOST_ROWS]
        calendar = read_calendar(session)
    lights = [light(calendar, today, row.clock.due_on or today) for row in rows]
    give(
        [
            {
                "due_on": row.clock.due_on,
                "light": colour.value,
                "workdays_left": left,
                "limit": row.clock.limit_key,
                "holder": row.clock.holder.value,
                "application_id": row.clock.application_id,
                "register": row.register,
                "status": row.status,
                "name": row.name,
            }
            for row, (colour, left) in zip(rows, lights, strict=True)
        ]
    )


@click.group("limits")
def _limits() -> None:
    """Statutory limits."""


@_limits.command("list")
@click.option("--day", type=_DATE, help="in force on that day instead of today")
@_json
@click.pass_context
def _list_limits(context: click.Context, day: datetime | None) -> None:
    """Print every limit with its values and sources."""
    desk = _desk(context)
    on = day.date() if day else local_day(desk.now)
    with desk.db.read() as session:
        known = read_limits(session, LIMITS)
    rows = [known.row(declared.key, on) for declared in LIMITS]
    give(schemas.LimitReply(many=True).dump(rows))


@_limits.command("set")
@click.argument("key")
@click.argument("value", type=int, required=False)
@click.option("--source", required=True, help="the article or document that it comes from")
@click.option("--from", "since", type=_DATE, required=True)
@click.option("--scope", type=click.Choice([one.value for one in Scope]), default="provincial")
@_json
@click.pass_context
def _set_limit(
    context: click.Context, /, key: str, value: int | None, since: datetime, **more: str
) -> None:
    """Set KEY to VALUE as the holder of HEXI_TOKEN; without VALUE a provincial one is taken back."""
    desk = _desk(context)
    wanted = NewValue(key, Scope(more["scope"]), value, more["source"], since.date())
    _give_recount(service.set_limit(desk.db, actor=desk.person(), now=desk.now, wanted=wanted))


def _give_recount(done: Recount) -> None:
    give({"looked_at": done.looked_at, "moved": done.moved, "organisations": done.organisations})
    say(f"{done.moved} / {done.looked_at}")


@click.group("calendar")
def _calendar() -> None:
    """The working-day calendar."""


@_calendar.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_json
@click.pass_context
def _load_calendar(context: click.Context, file: Path) -> None:
    """Load a year's holiday notice as the holder of HEXI_TOKEN.

    FILE is JSON: {"year": 2027, "source": "...", "days": [{"day": "2027-01-01", "is_working":
    false, "name": "元旦"}, ...]}.
    """
    wanted = _read_notice(file)
    desk = _desk(context)
    done = service.load_calendar(desk.db, actor=desk.person(), now=desk.now, wanted=wanted)
    _give_recount(done)


def _read_notice(file: Path) -> NewNotice:
    try:
        sent: Any = json.loads(file.read_text(encoding="utf-8"))
        days = tuple(
            DayOff(
                date.fromisoformat(one["day"]), bool(one["is_working"]), str(one.get("name", ""))
            )
            for one in sent["days"]
        )
        return NewNotice(int(sent["year"]), str(sent["source"]), days)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file} is no holiday notice; see `hexi registry calendar load --help`"
        raise click.UsageError(message) from error


@click.command("applications")
@click.option("--register", default="", type=click.Choice(["", *(one.value for one in Register)]))
@click.option("--type", "type_", default="", type=click.Choice(["", *(one.value for one in Type)]))
@click.option("--status", default="", type=click.Choice(["", *(one.value for one in Status)]))
@_json
@click.pass_context
def _applications(context: click.Context, register: str, type_: str, status: str) -> None:
    """Print the open applications, the newest first, at most 200."""
    wanted = ApplicationSearch(register, type_, status, limit=_MOST_ROWS)
    with _desk(context).db.read() as session:
        rows = queries.list_applications(session, wanted)[:_MOST_ROWS]
    give(
        [
            {
                "application_id": row.application_id,
                "register": row.register.value,
                "type": row.type.value,
                "kind": row.kind,
                "status": row.status.value,
                "revision": row.revision,
                "due_on": row.due_on,
                "entity": row.organisation_name,
                "name": row.name,
            }
            for row in rows
        ]
    )


@click.command("verb")
@click.argument("application_id")
@click.argument("verb", type=click.Choice([one.value for one in Verb if one is not Verb.EDIT]))
@click.option("--reason", default="")
@click.option("--checklist", is_flag=True, help="answer every point of the review with yes")
@click.option("--revision", type=int, help="the revision that was seen; the present one without it")
@_json
@click.pass_context
def _decide(context: click.Context, /, application_id: str, verb: str, **more: Any) -> None:  # noqa: ANN401 - options by name
    """Do VERB of the state table on an application, as the holder of HEXI_TOKEN."""
    desk = _desk(context)
    actor = desk.person()
    with desk.db.read() as session:
        row = queries.visible_application(session, actor, application_id)
    points = checklist_of(row.register, row.type) if more["checklist"] else ()
    revision = service.decide(
        desk.db,
        actor=actor,
        now=desk.now,
        wanted=service.Decision(
            application_id,
            Verb(verb),
            row.revision if more["revision"] is None else more["revision"],
            more["reason"],
            {point.key: True for point in points},
        ),
        seal=desk.seal,
    )
    with desk.db.read() as session:
        row = queries.find_application(session, application_id)
    give({"application_id": application_id, "status": row.status.value, "revision": revision})


@click.command("batch")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--register", type=_REGISTERS, default="resources")
@click.option("--kind", type=_KINDS, default="resource")
@click.option("--mode", type=click.Choice([one.value for one in Mode]), default="all")
@click.option("--dry-run", is_flag=True, help="judge the rows and write nothing")
@click.option("--key", default="", help="the same key again makes nothing new")
@_json
@click.pass_context
def _batch(context: click.Context, /, file: Path, **more: Any) -> None:  # noqa: ANN401 - options by name
    """Draft every row of FILE (.xlsx or .csv) as the holder of HEXI_TOKEN."""
    desk = _desk(context)
    with file.open("rb") as stream:
        wanted = Batch(
            stream,
            file.name,
            Register(more["register"]),
            more["kind"],
            Mode(more["mode"]),
            is_trial=more["dry_run"],
            idempotency_key=more["key"],
        )
        done = service.import_batch(
            desk.db, actor=desk.person(), now=desk.now, wanted=wanted, reader=desk.reader
        )
    give(
        {
            "rows": done.rows,
            "bad_rows": done.bad_rows,
            "errors": done.mistakes,
            "application_ids": done.application_ids,
        }
    )
    say(f"{len(done.application_ids)} / {done.rows}")


@click.command("template")
@click.option("--register", type=_REGISTERS, default="resources")
@click.option("--kind", type=_KINDS, default="resource")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@_json
@click.pass_context
def _template(context: click.Context, register: str, kind: str, out: Path) -> None:
    """Write an empty workbook with the columns of a form."""
    reader = _desk(context).reader
    out.write_bytes(template(register, kind, reader.language, reader.say))
    give({"file": str(out)})


@click.command("conflicts")
@_json
@click.pass_context
def _conflicts(context: click.Context) -> None:
    """Print data items that name several sources or standards, at most 200 names."""
    desk = _desk(context)
    with desk.db.read() as session:
        found = queries.conflicting_items(session, local_day(desk.now), limit=_MOST_ROWS)
    give(schemas.ConflictReply(many=True).dump(found[:_MOST_ROWS]))


@click.command("recount")
@_json
@click.pass_context
def _recount(context: click.Context) -> None:
    """Count every open deadline again under today's limits and calendar."""
    desk = _desk(context)
    _give_recount(service.recount(desk.db, actor=SYSTEM, now=desk.now, cause="command line"))
