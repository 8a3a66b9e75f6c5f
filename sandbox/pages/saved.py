"""Pages of saved queries: kept from the workbench, renamed and deleted on a page of their own."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel import accounts
from kernel.web import forms
from kernel.web.context import Entrance
from sandbox import queries, schemas
from sandbox.pages.door import blueprint, signed_in
from sandbox.service.research import saving


@blueprint.get("/licences/<licence_id>/queries/new")
def new_query(licence_id: str) -> str:
    """The form that keeps a query; the text of the editor or of a run comes along."""
    signed_in()
    return _form(licence_id, request.args.get("sql", ""))


@blueprint.post("/licences/<licence_id>/queries/new")
def save_query(licence_id: str) -> ResponseReturnValue:
    """Keep a query; back to the workbench with it. The editor's own button only brings its text."""
    here = signed_in()
    sql = request.form.get("sql", "")
    if "title" not in request.form:
        return _form(licence_id, sql)

    def act() -> ResponseReturnValue:
        values = forms.read_form(schemas.SavedBody(), licence_id=licence_id)
        wanted = saving.NewQuery(licence_id, values["title"], values["sql"], values["private"])
        query_id = saving.save_query(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(gettext("The query is saved."))
        return redirect(url_for("sandbox.workbench", licence_id=licence_id, query=query_id))

    return forms.attempt(act, lambda **shown: _form(licence_id, sql, **shown))


@blueprint.get("/queries/<query_id>")
def show_saved(query_id: str) -> str:
    """One saved query; who saved it may change it here."""
    return _page(signed_in(), query_id)


@blueprint.post("/queries/<query_id>/<any(change,delete):verb>")
def change_saved(query_id: str, verb: str) -> ResponseReturnValue:
    """Change or delete an own query, by the button that was pressed."""
    here = signed_in()
    revision = request.form.get("revision", 0, int)

    def act() -> ResponseReturnValue:
        row = _found(here, query_id)
        bench = url_for("sandbox.workbench", licence_id=row.licence_id)
        if verb == "delete":
            saving.delete_query(
                here.db, actor=here.actor, now=here.now, query_id=query_id, revision=revision
            )
            forms.notice(gettext("The saved query is deleted."))
            return redirect(bench)
        values = forms.read_form(schemas.SavedBody(), licence_id=row.licence_id)
        wanted = saving.QueryChange(
            query_id, revision, values["title"], values["sql"], values["private"]
        )
        saving.change_query(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(gettext("The query is saved."))
        return redirect(url_for("sandbox.show_saved", query_id=query_id))

    return forms.attempt(act, lambda **shown: _page(here, query_id, **shown))


def _found(here: Entrance, query_id: str) -> queries.SavedRow:
    actor = here.actor
    with here.db.read() as session:
        return queries.find_saved(
            session, query_id, organisation_id=actor.organisation_id, account_id=actor.account_id
        )


def _form(licence_id: str, sql: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    return render_template(
        "sandbox/research/saved.html", licence_id=licence_id, sql=sql, saved=None, **shown
    )


def _page(here: Entrance, query_id: str, **shown: Any) -> str:  # noqa: ANN401 - as above
    row = _found(here, query_id)
    with here.db.read() as session:
        names = accounts.person_names(session, {row.account_id})
    return render_template(
        "sandbox/research/saved.html",
        licence_id=row.licence_id,
        sql=row.sql,
        saved=row,
        is_own=row.account_id == here.actor.account_id,
        owner=names.get(row.account_id, ""),
        **shown,
    )
