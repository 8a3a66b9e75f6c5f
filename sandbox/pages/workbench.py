"""Pages of the sandbox: the workbench of one licence, and a run with its receipt."""

from typing import Any

from flask import (
    Response,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel import accounts
from kernel.errors import HexiError
from kernel.trust import receipts
from kernel.web import forms
from kernel.web.context import Entrance
from kernel.workdays import local_day
from licensing import public as licensing
from licensing.public import LicenceRow
from registry import public as registry
from sandbox import errors, queries, rules, schemas, service
from sandbox.pages.door import blueprint, file_types, file_wish, machine, read_precision, signed_in
from sandbox.queries import RunRow, SampleRow, SnapshotRow
from sandbox.rules import Sight
from sandbox.service import reviewing
from sandbox.states import RunState

#: More bars than this cannot be read; the table holds them all.
_MOST_BARS = 40
#: Rows of a synthetic sample that are shown; the file has them all.
_FIRST = 5
_NUMBERS = frozenset(
    f"{sign}{name}"
    for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
    for sign in ("", "U")
) | {"FLOAT", "DOUBLE", "DECIMAL"}


@blueprint.get("/")
def list_licences() -> str:
    """The licences that the person's organisation may query under, and its latest runs."""
    here = signed_in()
    organisation = here.actor.organisation_id
    with here.db.read() as session:
        rows = licensing.list_licences(session, organisation_id=organisation)
        own = [row for row in rows if row.is_used_by(organisation, local_day(here.now))]
        products = registry.entries(session, [row.product_code for row in own])
        runs = queries.list_runs(session, organisation_id=organisation)
    return render_template("sandbox/licences.html", licences=own, products=products, runs=runs)


@blueprint.get("/licences/<licence_id>")
def workbench(licence_id: str) -> str:
    """The workbench: schema, editor, budget, and the result of a run where one is named."""
    here = signed_in()
    run = _visible(here, request.args["run"]) if "run" in request.args else None
    sql = run.sql if run else request.args.get("sql", "")
    if "query" in request.args:
        actor = here.actor
        with here.db.read() as session:
            sql = queries.find_saved(
                session,
                request.args["query"],
                organisation_id=actor.organisation_id,
                account_id=actor.account_id,
            ).sql
    return _workbench(here, licence_id, sql=sql, run=run)


@blueprint.post("/licences/<licence_id>/check")
def check_query(licence_id: str) -> str:
    """Judge the query and show verdict and price; nothing is run."""
    here = signed_in()
    sql = request.form.get("sql", "")
    wanted = _wanted(licence_id, sql)
    verdict = service.check_query(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )
    problem = _describe(verdict.refusal) if verdict.refusal else None
    return _workbench(here, licence_id, sql=sql, verdict=verdict, problem=problem)


def _wanted(licence_id: str, sql: str) -> service.RunQuery:
    accuracy, rho = read_precision()
    purpose = request.form.get("purpose", "")
    media_type = file_wish()
    return service.RunQuery(
        licence_id, purpose, sql, accuracy=accuracy, rho=rho, media_type=media_type
    )


def _describe(refusal: HexiError) -> dict[str, Any]:
    """The refusal, with the place in the text where the guard names one: the editor marks it."""
    place = {name: refusal.facts.get(name) for name in ("line", "column", "length")}
    return {**forms.describe(refusal), **place}


@blueprint.post("/licences/<licence_id>/runs")
def create_run(licence_id: str) -> ResponseReturnValue:
    """Run the query; the answer is shown on the workbench."""
    here = signed_in()
    sql = request.form.get("sql", "")

    def act() -> ResponseReturnValue:
        wanted = _wanted(licence_id, sql)
        run_id = service.run_query(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=wanted,
            seal=here.seal,
            machine=machine(),
        )
        return redirect(url_for("sandbox.workbench", licence_id=licence_id, run=run_id))

    return forms.attempt(act, lambda **shown: _workbench(here, licence_id, sql=sql, **shown))


@blueprint.get("/runs/<run_id>")
def show_run(run_id: str) -> str:
    """One run: query, result, meter, receipt."""
    here = signed_in()
    run = _visible(here, run_id)
    with here.db.read() as session:
        licence = licensing.find_licence(session, run.licence_id)
        product = registry.entry(session, run.product_code)
        sealed = receipts.find(session, run.receipt_id) if run.receipt_id else None
        facts = _receipt(run, sealed)
    return render_template(
        "sandbox/run.html",
        run=run,
        licence=licence,
        product=product,
        is_licensee=here.actor.organisation_id in {run.licensee_id, run.organisation_id},
        result=result_of(run, licence.terms.min_cell_size) if run.columns else None,
        chart=chart_of(run),
        receipt=facts,
        can_cancel=run.state is RunState.STARTED
        and rules.may_cancel(here.actor, run.account_id, run.licensee_id),
    )


@blueprint.post("/runs/<run_id>/cancel")
def cancel_run(run_id: str) -> ResponseReturnValue:
    """Have a run stopped that is at work; its page then says how it ended."""
    here = signed_in()
    service.cancel_run(here.db, actor=here.actor, now=here.now, run_id=run_id, machine=machine())
    forms.notice(gettext("The query ends as cancelled, where its time is fixed at the end of it."))
    return redirect(url_for("sandbox.show_run", run_id=run_id))


@blueprint.get("/runs/<run_id>/result.<ending>")
def download_result(run_id: str, ending: str) -> Response:
    """The rows of a run as a file to keep."""
    run = _visible(signed_in(), run_id)
    if run.state is not RunState.FINISHED:
        raise errors.RunWithoutResult(state=run.state.value)
    file = next((one for one in schemas.FILES.values() if one.ending == ending), None)
    if file is None:
        raise errors.RunUnknown
    if run.media_type:
        if file.media_type != run.media_type:
            raise errors.FileOtherForm(media_type=run.media_type)
        path = reviewing.path_of(machine().answers, run.result_digest)
        name = f"run-{run_id}.{ending}"
        return send_file(path, mimetype=file.media_type, as_attachment=True, download_name=name)
    reply = make_response(file.write(run))
    reply.mimetype = file.media_type
    reply.headers["Content-Disposition"] = f'attachment; filename="run-{run_id}.{ending}"'
    return reply


def _workbench(here: Entrance, licence_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    run: RunRow | None = shown.pop("run", None)
    with here.db.read() as session:
        licence = licensing.find_licence(session, licence_id)
        own = here.actor.organisation_id
        if not licence.is_used_by(own, local_day(here.now)):
            raise errors.RunUnknown
        snapshot = queries.ready_snapshot(session, licence.terms.dataset)
        product = registry.entry(session, licence.product_code)
        runs = queries.list_runs(session, licence_id=licence_id, organisation_id=own, limit=10)
        saved = queries.list_saved(
            session,
            licence_id=licence_id,
            organisation_id=own,
            account_id=here.actor.account_id,
        )
        sample = queries.find_sample(session, snapshot.snapshot_id)
        templates = queries.list_templates(session, licence.terms.dataset, mode=licence.terms.mode)
        sealed = receipts.find(session, run.receipt_id) if run and run.receipt_id else None
        receipt = _receipt(run, sealed) if run else None
        is_noised = licence.terms.mode == "dp"
        budget = queries.licence_cap(session, licence) if is_noised else None
    tables, terms = _tables(licence, snapshot), licence.terms
    return render_template(
        "sandbox/workbench.html",
        licence=licence,
        terms=terms,
        product=product,
        snapshot=snapshot,
        tables=tables,
        schema=completion_of(tables),
        runs=runs,
        saved=saved,
        templates=templates,
        sample=_sample_of(sample, licence),
        run=run,
        purpose=request.form.get("purpose", run.purpose if run else ""),
        accuracy=_accuracy(run) if is_noised else None,
        rho=request.form.get("rho", ""),
        file_type=file_wish() or (run.media_type if run else ""),
        file_types=file_types(terms),
        usual_accuracy=f"{rules.DEFAULT_ACCURACY:g}",
        budget=budget,
        result=result_of(run, licence.terms.min_cell_size) if run and run.columns else None,
        chart=chart_of(run) if run else None,
        receipt=receipt,
        **shown,
    )


def _sample_of(sample: SampleRow | None, licence: LicenceRow) -> dict[str, Any] | None:
    """The first rows of the synthetic sample, in the licensed columns."""
    if sample is None:
        return None
    seen = sample.seen_with(licence.terms.tables().get(sample.facts["table"], ()))
    return {
        "label": sample.facts["label"],
        "columns": [
            {"name": one["name"], "is_number": _is_number(one["type"])} for one in seen.columns
        ],
        "rows": [[_cell(value, is_marked=False) for value in row] for row in seen.rows[:_FIRST]],
    }


def _accuracy(run: RunRow | None) -> str:
    """What stands in the field: what was typed, or what the shown run had; empty is the usual."""
    shown = f"{run.accuracy:g}" if run and run.accuracy else ""
    return request.form.get("accuracy", shown)


@blueprint.get("/datasets/<name>/budget")
def show_budget(name: str) -> str:
    """Who spent how much of a dataset's privacy budget, for its provider and for regulators."""
    here = signed_in()
    with here.db.read() as session:
        snapshot = queries.newest_snapshot(session, name)
        rules.check_may_see_budget(here.actor, snapshot.provider_id, name)
        caps = queries.caps_of(session, snapshot.lineage_id)
        names = accounts.organisation_names(session)
        names |= {
            row.licence_id: f"{row.number} · {row.licensee_name}"
            for row in licensing.list_licences(session, organisation_id=snapshot.provider_id)
        }
    return render_template(
        "sandbox/budget.html",
        snapshot=snapshot,
        caps=caps,
        names={**names, snapshot.lineage_id: snapshot.title},
        delta=rules.DELTA,
        is_own=here.actor.organisation_id == snapshot.provider_id,
    )


def _receipt(run: RunRow, sealed: receipts.Receipt | None) -> dict[str, Any] | None:
    if sealed is None:
        return None
    return {
        "code": sealed.id,
        "href": url_for("evidence.show_receipt", receipt_id=sealed.id),
        "result": run.result_digest,
        "log_index": sealed.leaf_index,
    }


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


def completion_of(tables: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema as the editor's completion reads it."""
    return {
        table["name"]: {
            "title": "",
            "columns": [
                {"name": one["name"], "title": "", "type": one["type"]} for one in table["columns"]
            ],
        }
        for table in tables
    }


def result_of(run: RunRow, threshold: int) -> dict[str, Any]:
    """The answer as the grid shows it: in ``aggregate`` mode the suppressed cells are marked.

    ``threshold`` is the licence's smallest cell in people; the mark column itself is not shown.
    """
    marked = _has_marks(run)
    columns = run.columns[:-1] if marked else run.columns
    return {
        "columns": [{"name": one["name"], "is_number": _is_number(one["type"])} for one in columns],
        "rows": [
            [_cell(value, is_marked=marked and bool(row[-1])) for value in row[: len(columns)]]
            for row in run.rows
        ],
        "threshold": threshold,
        "suppressed_rows": sum(1 for row in run.rows if marked and row[-1]),
    }


def _interval(run: RunRow, place: int) -> dict[str, Any]:
    """The ends of the 95 % interval of each bar, where noise gave it one."""
    width = run.privacy["half_widths"][place] if run.privacy else None
    if width is None:
        return {}
    values = [_number(row[place]) for row in run.rows]
    half = float(width)
    return {
        "low": [None if one is None else one - half for one in values],
        "high": [None if one is None else one + half for one in values],
    }


def chart_of(run: RunRow) -> dict[str, Any] | None:
    """The answer as bars, where it has at most 40 groups and a number for each; else nothing.

    The categories are the fewest leading columns that tell all rows apart, the height of a bar is
    the first number behind them.
    """
    marked = _has_marks(run)
    columns = run.columns[:-1] if marked else run.columns
    if not 1 < len(run.rows) <= _MOST_BARS:
        return None
    for width in range(1, len(columns)):
        names = [" · ".join(str(value) for value in row[:width]) for row in run.rows]
        if len(set(names)) == len(names):
            break
    else:
        return None
    place = next((i for i in range(width, len(columns)) if _is_number(columns[i]["type"])), None)
    if place is None:
        return None
    return {
        "kind": "bar",
        "label": columns[place]["name"],
        "categories": names,
        "values": [_number(row[place]) for row in run.rows],
        **_interval(run, place),
        "suppressed": [marked and bool(row[-1]) and row[place] is None for row in run.rows],
    }


def _has_marks(run: RunRow) -> bool:
    return run.mode == "aggregate" and bool(run.columns) and run.columns[-1]["name"] == "suppressed"


def _is_number(type_name: str) -> bool:
    return type_name.partition("(")[0] in _NUMBERS


def _number(value: Any) -> float | None:  # noqa: ANN401 - a JSON value of an answer
    # Decimals and large whole numbers arrive as text (RFC 8259 section 6).
    return None if value is None else float(value)


def _cell(value: Any, *, is_marked: bool) -> dict[str, Any]:  # noqa: ANN401 - a JSON value of an answer
    if value is None:
        return {"text": "" if is_marked else "—", "is_suppressed": is_marked}
    text = f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return {"text": text, "is_suppressed": False}


def _visible(here: Entrance, run_id: str) -> RunRow:
    with here.db.read() as session:
        row = queries.find_run(session, run_id)
    rules.check_may_see(here.actor, row.licensee_id, row.organisation_id)
    return row
