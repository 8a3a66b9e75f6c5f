"""The form of a draft: its groups as a list of tasks, and the page of one group."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.web.problems import shape_error
from kernel.workdays import local_day
from registry import errors, queries, service
from registry.form.fields import Group, is_needed
from registry.pages.door import blueprint, read_revision, visible
from registry.pages.filing import inputs
from registry.pages.filing.progress import (
    groups_of_row,
    neighbour,
    problems_by_field,
    problems_of_row,
    tasks_of,
)
from registry.pages.filing.widgets import Told, widget_of
from registry.pages.people import parties_of_row
from registry.queries import ApplicationRow, FileRow
from registry.rules.decide import check_may
from registry.states import Verb

#: So many of the newest preserved files are offered in a list.
_MOST_FILES = 199
_ADD = "add:"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent for a group and could not be saved: the typed values and what is wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    shapes: dict[str, Any] = field(default_factory=dict)


def editable(here: Entrance, application_id: str) -> ApplicationRow:
    """An application whose form this person may change now.

    Raises:
        SignInNeeded, ApplicationUnknown, and what ``rules.check_may`` raises.
    """
    row = visible(here, application_id)
    check_may(here.actor, Verb.EDIT, row.facts, reason="")
    return row


@blueprint.get("/applications/<application_id>/edit")
def edit_form(application_id: str) -> str:
    """The groups of the form: what is done, what is still to do, and what has mistakes."""
    here = entrance()
    row = editable(here, application_id)
    with here.db.read() as session:
        parties = parties_of_row(session, row)
    tasks = tasks_of(row, local_day(here.now))
    return render_template(
        "registry/wizard_tasks.html",
        application=row,
        tasks=tasks,
        done=sum(task.state in {"done", "optional"} for task in tasks),
        parties=parties,
    )


@blueprint.get("/applications/<application_id>/form/<group_name>")
def show_group(application_id: str, group_name: str) -> str:
    """The fields of one group; after a save with mistakes they are told at their fields."""
    row = editable(entrance(), application_id)
    return _group_page(row, _group_of(row, group_name), Sent())


@blueprint.post("/applications/<application_id>/form/<group_name>")
def save_group(application_id: str, group_name: str) -> ResponseReturnValue:
    """Save what was typed, with its mistakes; what has no shape at all is asked for again."""
    here = entrance()
    row = editable(here, application_id)
    group = _group_of(row, group_name)
    values = inputs.read_values(group.fields, request.form)
    good, wrong = inputs.split_by_shape(row.register, values)

    def act() -> ResponseReturnValue:
        revision = read_revision()
        if changed := inputs.changed_values(row.form, good):
            wanted = service.Edit(application_id, revision, changed)
            service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)
        elif revision != row.revision:
            raise errors.ApplicationChanged
        if wrong:
            raise shape_error(wrong)
        return redirect(_onward(application_id, group))

    def redisplay(**shown: Any) -> str:  # noqa: ANN401 - what the form had
        # With the newest revision: pressing again after looking is then no conflict.
        fresh = editable(here, application_id)
        return _group_page(fresh, group, Sent(values, wrong), **shown)

    return forms.attempt(act, redisplay)


def _onward(application_id: str, group: Group) -> str:
    """Where the pressed button leads: one more row, the list, the mistakes, or the next group."""
    here = entrance()
    row = visible(here, application_id)
    then = request.form.get("then", "")
    if then.startswith(_ADD):
        table = then.removeprefix(_ADD)
        return _group_href(application_id, group, rows=table, anchor=table)
    if then == "list":
        forms.notice(_("Saved."))
        return url_for("registry.edit_form", application_id=application_id)
    task = next(t for t in tasks_of(row, local_day(here.now)) if t.group.name == group.name)
    if task.mistakes and "checked" not in request.args:
        return _group_href(application_id, group, checked="1")
    return next_href(row, group)


def next_href(row: ApplicationRow, group: Group) -> str:
    """The page of the next group, or the list to check after the last one."""
    following = neighbour(groups_of_row(row), group.name)
    if following is None:
        return url_for("registry.check_answers", application_id=row.application_id)
    return _group_href(row.application_id, following)


def _group_href(
    application_id: str,
    group: Group,
    *,
    anchor: str | None = None,
    rows: str | None = None,
    checked: str | None = None,
) -> str:
    return url_for(
        "registry.show_group",
        application_id=application_id,
        group_name=group.name,
        _anchor=anchor,
        rows=rows,
        checked=checked,
    )


def _group_of(row: ApplicationRow, name: str) -> Group:
    found = next((group for group in groups_of_row(row) if group.name == name), None)
    if found is None:
        raise errors.ApplicationUnknown
    return found


def _group_page(row: ApplicationRow, group: Group, sent: Sent, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    form = {**row.form, **sent.values}
    is_checked = "checked" in request.args or bool(sent.values)
    found = problems_by_field(problems_of_row(replace(row, form=form), local_day(here.now)))
    with here.db.read() as session:
        files = own_files(session, here, row)
    told = Told(
        problems=found if is_checked else {},
        shapes=sent.shapes,
        files=files,
        needed=_needed(row, group, form),
        more_rows=request.args.get("rows", ""),
    )
    widgets = [widget_of(one, form.get(one.name), told) for one in group.fields]
    groups = groups_of_row(row)
    return render_template(
        "registry/wizard_group.html",
        application=row,
        group=group,
        widgets=widgets,
        place=(groups.index(group) + 1, len(groups)),
        is_checked=is_checked,
        next_href=next_href(row, group),
        **shown,
    )


def _needed(row: ApplicationRow, group: Group, form: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        one.name for one in group.fields if is_needed(one.required, row.type.value, row.kind, form)
    )


def own_files(session: Session, here: Entrance, row: ApplicationRow) -> list[FileRow]:
    """What may be named in the form: the newest files of the entity and of whoever files for it."""
    holders = dict.fromkeys((row.organisation_id, here.actor.organisation_id))
    return [
        found
        for holder in holders
        for found in queries.list_files(session, holder, limit=_MOST_FILES)
    ]
