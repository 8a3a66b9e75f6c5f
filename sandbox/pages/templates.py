"""Pages of templates: their provider writes and approves them, a licensee fills in the form."""

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel.web import forms
from kernel.web.context import Entrance
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, queries, rules, schemas, service
from sandbox.engine.guard.description import MODES
from sandbox.engine.parameters import read_parameter
from sandbox.pages.door import blueprint, file_types, file_wish, machine, read_precision, signed_in
from sandbox.service.research import templating

#: Names for which the form shows fields; what is a parameter is for the guard to say.
_SHOWN = re.compile(r"(?<![\w:]):([a-z][a-z0-9_]{0,39})")
_PARTS = ("kind", "least", "most", "choices", "length", "pattern", "column", "example")
_BEFORE = "value-"


@blueprint.get("/datasets/<name>/templates")
def list_templates(name: str) -> str:
    """The templates of a dataset, for its provider and regulators."""
    here = signed_in()
    with here.db.read() as session:
        snapshot = queries.newest_snapshot(session, name)
        rules.check_may_see_budget(here.actor, snapshot.provider_id, name)
        rows = queries.list_templates(session, name)
    is_own = here.actor.organisation_id == snapshot.provider_id
    return render_template(
        "sandbox/research/templates.html", snapshot=snapshot, templates=rows, is_own=is_own
    )


@blueprint.get("/datasets/<name>/templates/new")
def new_template(name: str) -> str:
    """An empty form."""
    return _new(signed_in(), name)


@blueprint.post("/datasets/<name>/templates/new")
def create_template(name: str) -> ResponseReturnValue:
    """Approve a template."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        values = _read_draft()
        wanted = templating.NewTemplate(name, request.form.get("mode", ""), values)
        template_id = templating.save_template(
            here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
        )
        forms.notice(gettext("The template is approved and offered."))
        return redirect(url_for("sandbox.show_template", template_id=template_id))

    return forms.attempt(act, lambda **shown: _new(here, name, **shown))


@blueprint.get("/templates/<template_id>")
def show_template(template_id: str) -> str:
    """A template with its versions; its provider may write the next one."""
    return _page(signed_in(), template_id)


@blueprint.post("/templates/<template_id>/<any(change,offer,withdraw):verb>")
def change_template(template_id: str, verb: str) -> ResponseReturnValue:
    """A new version, or offer it or no longer, by the button that was pressed."""
    here = signed_in()
    revision = request.form.get("revision", 0, int)

    def act() -> ResponseReturnValue:
        if verb == "change":
            wanted = templating.TemplateChange(template_id, revision, _read_draft())
            templating.change_template(
                here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
            )
            forms.notice(gettext("The new version is approved and offered."))
        else:
            templating.offer_template(
                here.db,
                actor=here.actor,
                now=here.now,
                template_id=template_id,
                revision=revision,
                is_offered=verb == "offer",
            )
        return redirect(url_for("sandbox.show_template", template_id=template_id))

    return forms.attempt(act, lambda **shown: _page(here, template_id, **shown))


@blueprint.get("/licences/<licence_id>/templates/<template_id>")
def fill_template(licence_id: str, template_id: str) -> str:
    """The form of a template under a licence."""
    return _fill(signed_in(), licence_id, template_id)


@blueprint.post("/licences/<licence_id>/templates/<template_id>/<any(check,run):verb>")
def use_template(licence_id: str, template_id: str, verb: str) -> ResponseReturnValue:
    """Judge or run the query that the values make; its answer is shown on the workbench."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        wanted = _query(here, licence_id, template_id)
        if verb == "check":
            verdict = service.check_query(
                here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
            )
            problem = forms.describe(verdict.refusal) if verdict.refusal else None
            return _fill(
                here, licence_id, template_id, verdict=verdict, refusal=problem, form=request.form
            )
        run_id = service.run_query(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=wanted,
            seal=here.seal,
            machine=machine(),
        )
        return redirect(url_for("sandbox.workbench", licence_id=licence_id, run=run_id))

    return forms.attempt(act, lambda **shown: _fill(here, licence_id, template_id, **shown))


def _query(here: Entrance, licence_id: str, template_id: str) -> service.RunQuery:
    row = _found(here, template_id)
    parameters = tuple(map(read_parameter, row.parameters))
    given = {one.name: request.form.get(f"{_BEFORE}{one.name}", "") for one in parameters}
    accuracy, rho = read_precision()
    wanted = templating.TemplateUse(
        template_id,
        licence_id,
        schemas.read_values(parameters, given, before=_BEFORE),
        request.form.get("purpose", ""),
        accuracy=accuracy,
        rho=rho,
        version=request.form.get("version", 0, int),
        media_type=file_wish(),
    )
    return templating.query_of(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )


def _read_draft() -> templating.Draft:
    """The form as a draft; the names of parameters are those for which it had fields.

    Raises:
        ShapeWrong: with one message per field.
    """
    values = forms.read_form(schemas.TemplateFormBody())
    names = [name.removeprefix("kind-") for name in request.form if name.startswith("kind-")]
    shown = set(_SHOWN.findall(values["sql"]))
    return templating.Draft(
        titles={"zh": values["title"], "en": values["title_en"]},
        descriptions={"zh": values["text"], "en": values["text_en"]},
        sql=values["sql"],
        parameters=tuple(_parameter(name) for name in names if name in shown),
    )


def _parameter(name: str) -> dict[str, Any]:
    sent = {part: request.form.get(f"{part}-{name}", "").strip() for part in _PARTS}
    length = sent["length"] if sent["length"].isascii() and sent["length"].isdigit() else "0"
    choices = [one.strip() for one in sent["choices"].splitlines() if one.strip()]
    return {**sent, "name": name, "length": int(length), "choices": choices}


def _found(here: Entrance, template_id: str) -> queries.TemplateRow:
    return templating.see_template(here.db, actor=here.actor, now=here.now, template_id=template_id)


def _new(here: Entrance, name: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        snapshot = queries.newest_snapshot(session, name)
    rules.check_may_offer(here.actor, snapshot.provider_id, name)
    form = shown.pop("form", None)
    return render_template(
        "sandbox/research/template.html",
        dataset=name,
        template=None,
        versions=[],
        is_own=True,
        modes=MODES,
        form=form or {},
        fields=_fields(form or {}),
        **shown,
    )


def _page(here: Entrance, template_id: str, **shown: Any) -> str:  # noqa: ANN401 - as above
    row = _found(here, template_id)
    with here.db.read() as session:
        versions = queries.template_versions(session, template_id)
    form = shown.pop("form", None)
    stored = _stored(row)
    return render_template(
        "sandbox/research/template.html",
        dataset=row.dataset,
        template=row,
        versions=versions,
        is_own=here.actor.organisation_id == row.provider_id,
        modes=MODES,
        form=form or stored,
        fields=_fields(form or stored),
        **shown,
    )


def _stored(row: queries.TemplateRow) -> dict[str, str]:
    """A stored version as the form sends it."""
    form = {
        "title": row.titles["zh"],
        "title_en": row.titles["en"],
        "text": row.descriptions["zh"],
        "text_en": row.descriptions["en"],
        "sql": row.sql,
        "mode": row.mode,
    }
    for one in row.parameters:
        said = {**one, "choices": "\n".join(one["choices"]), "length": str(one["length"] or "")}
        form |= {f"{part}-{one['name']}": said[part] for part in _PARTS}
    return form


def _fields(form: Any) -> list[str]:  # noqa: ANN401 - what was sent or stored
    """The parameters of which the form shows fields, in the order of the text."""
    return list(dict.fromkeys(_SHOWN.findall(form.get("sql", ""))))


def _fill(here: Entrance, licence_id: str, template_id: str, **shown: Any) -> str:  # noqa: ANN401 - as above
    with here.db.read() as session:
        licence = licensing.find_licence(session, licence_id)
    if not licence.is_used_by(here.actor.organisation_id, local_day(here.now)):
        raise errors.RunUnknown
    return render_template(
        "sandbox/research/fill.html",
        licence=licence,
        terms=licence.terms,
        template=_found(here, template_id),
        before=_BEFORE,
        file_types=file_types(licence.terms),
        file_type=file_wish(),
        usual_accuracy=f"{rules.DEFAULT_ACCURACY:g}",
        **shown,
    )
