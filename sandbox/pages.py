"""Pages of the sandbox: the workbench of one licence, and a run with its receipt."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.identity import SignInNeeded
from kernel.web import forms
from kernel.web.context import Entrance, attached, entrance
from licensing import public as licensing
from licensing.public import LicenceRow
from registry import public as registry
from sandbox import errors, queries, rules, service
from sandbox.queries import RunRow, SnapshotRow
from sandbox.rules import Sight
from sandbox.service import Machine

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")


@blueprint.get("/")
def list_licences() -> str:
    """The licences that the person's organisation may query under, and its latest runs."""
    here = _signed_in()
    organisation = here.actor.organisation_id
    with here.db.read() as session:
        rows = licensing.list_licences(session, organisation_id=organisation)
        own = [row for row in rows if row.licensee_id == organisation]
        products = registry.entries(session, [row.product_code for row in own])
        runs = queries.list_runs(session, licensee_id=organisation)
    return render_template("sandbox/licences.html", licences=own, products=products, runs=runs)


@blueprint.get("/licences/<licence_id>")
def workbench(licence_id: str) -> str:
    """The workbench: schema, editor, budget, and the result of a run where one is named."""
    here = _signed_in()
    run = _visible(here, request.args["run"]) if "run" in request.args else None
    sql = run.sql if run else request.args.get("sql", "")
    return _workbench(here, licence_id, sql=sql, run=run)


@blueprint.post("/licences/<licence_id>/check")
def check_query(licence_id: str) -> str:
    """Judge the query and show verdict and price; nothing is run."""
    here = _signed_in()
    sql = request.form.get("sql", "")
    wanted = service.RunQuery(licence_id, _purpose(here, licence_id), sql)
    verdict = service.check_query(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=_machine()
    )
    problem = forms.describe(verdict.refusal) if verdict.refusal else None
    return _workbench(here, licence_id, sql=sql, verdict=verdict, problem=problem)


@blueprint.post("/licences/<licence_id>/runs")
def create_run(licence_id: str) -> ResponseReturnValue:
    """Run the query; the answer is shown on the workbench."""
    here = _signed_in()
    sql = request.form.get("sql", "")

    def act() -> ResponseReturnValue:
        wanted = service.RunQuery(licence_id, _purpose(here, licence_id), sql)
        run_id = service.run_query(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=wanted,
            seal=here.seal,
            machine=_machine(),
        )
        return redirect(url_for("sandbox.workbench", licence_id=licence_id, run=run_id))

    return forms.attempt(act, lambda **shown: _workbench(here, licence_id, sql=sql, **shown))


@blueprint.get("/runs/<run_id>")
def show_run(run_id: str) -> str:
    """One run: query, result, meter, receipt."""
    run = _visible(_signed_in(), run_id)
    return render_template("sandbox/run.html", run=run)


def _workbench(here: Entrance, licence_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        licence = licensing.find_licence(session, licence_id)
        if licence.licensee_id != here.actor.organisation_id:
            raise errors.RunUnknown
        snapshot = queries.newest_snapshot(session, licence.terms.dataset)
        product = registry.entry(session, licence.product_code)
        runs = queries.list_runs(session, licence_id=licence_id, limit=10)
    return render_template(
        "sandbox/workbench.html",
        licence=licence,
        terms=licence.terms,
        product=product,
        snapshot=snapshot,
        tables=_tables(licence, snapshot),
        runs=runs,
        **shown,
    )


def _tables(licence: LicenceRow, snapshot: SnapshotRow) -> list[dict[str, Any]]:
    """The licensed schema for the tree and for completion."""
    terms = licence.terms
    seen = rules.describe(snapshot.manifest, Sight(terms.mode, terms.tables(), terms.min_cell_size))
    return [
        {
            "name": name,
            "person_column": table.get("person_column", ""),
            "columns": [{"name": column, **facts} for column, facts in table["columns"].items()],
        }
        for name, table in seen["tables"].items()
    ]


def _purpose(here: Entrance, licence_id: str) -> str:
    wanted = request.form.get("purpose", "")
    if wanted:
        return wanted
    with here.db.read() as session:
        return licensing.find_licence(session, licence_id).terms.purposes[0]


def _machine() -> Machine:
    return attached("machine", Machine)


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def _visible(here: Entrance, run_id: str) -> RunRow:
    with here.db.read() as session:
        row = queries.find_run(session, run_id)
    rules.check_may_see(here.actor, row.licensee_id)
    return row
