"""Pages of synthetic samples: the provider publishes one, licensees take it as a file."""

from typing import Any

from flask import Response, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel.web import forms, tables
from kernel.web.context import Entrance
from sandbox import errors, queries, rules, schemas
from sandbox.engine.noise import epsilon_at
from sandbox.engine.synthesis import MOST_CELLS
from sandbox.pages.door import blueprint, machine, signed_in
from sandbox.service.research import sampling

#: What is proposed: a twentieth of the usual budget of a lineage, in nano-rho.
_PROPOSED = rules.DEFAULT_BUDGET // 20


@blueprint.get("/datasets/<name>/sample")
def show_sample(name: str) -> str:
    """The sample of the newest version, or the form that makes it."""
    return _page(signed_in(), name)


@blueprint.post("/datasets/<name>/sample")
def publish_sample(name: str) -> ResponseReturnValue:
    """Publish a synthetic sample; its charge is spent for ever."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        values = forms.read_form(schemas.SampleFormBody())
        wanted = sampling.NewSample(name, values["rho"], pairs=_pairs(values["pairs"]))
        sampling.publish_sample(
            here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
        )
        forms.notice(gettext("The synthetic sample is published."))
        return redirect(url_for("sandbox.show_sample", name=name))

    return forms.attempt(act, lambda **shown: _page(here, name, **shown))


@blueprint.get("/licences/<licence_id>/sample.<any(csv,json):ending>")
def download_sample(licence_id: str, ending: str) -> Response:
    """The sample of a licence's data as a file; every row says what it is."""
    here = signed_in()
    row = sampling.see_sample(here.db, actor=here.actor, now=here.now, licence_id=licence_id)
    reply = jsonify(schemas.sample_reply(row))
    write = tables.as_csv if ending == "csv" else tables.as_json
    return write(reply, "synthetic-sample")


def _pairs(text: str) -> tuple[tuple[str, str], ...] | None:
    """Two columns a line; nothing where no line names any."""
    lines = [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]
    if any(len(one) != len(("left", "right")) for one in lines):
        raise errors.SampleImpossible(most=MOST_CELLS)
    return tuple((one[0], one[1]) for one in lines) or None


def _page(here: Entrance, name: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        snapshot = queries.ready_snapshot(session, name)
        rules.check_may_see_budget(here.actor, snapshot.provider_id, name)
        sample = queries.find_sample(session, snapshot.snapshot_id)
        caps = queries.caps_of(session, snapshot.lineage_id)
    left = caps[0].left if caps and caps[0].scope == "lineage" else snapshot.privacy_rho
    return render_template(
        "sandbox/research/sample.html",
        snapshot=snapshot,
        sample=sample,
        is_own=here.actor.organisation_id == snapshot.provider_id,
        left=left,
        proposed=_PROPOSED,
        proposed_epsilon=f"{epsilon_at(_PROPOSED, rules.DELTA):.2f}",
        delta=rules.DELTA,
        **shown,
    )
