"""The dataset desk, for a provider and for regulators: versions, columns, how well people are hidden, who signed."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel import accounts
from kernel.identity import Permission, check_permission, is_permitted
from kernel.trust import receipts
from kernel.web import forms
from kernel.web.context import Entrance
from registry import public as registry
from sandbox import queries, rules
from sandbox.pages.door import blueprint, signed_in
from sandbox.service.versions import signing


@blueprint.get("/datasets")
def list_datasets() -> str:
    """The newest version of each dataset of the own organisation; of all for who may see all runs."""
    here = signed_in()
    sees_all = is_permitted(here.actor, Permission.SANDBOX_RUN_READ_ALL)
    if not sees_all:
        check_permission(here.actor, Permission.SANDBOX_DATASET_INGEST)
    with here.db.read() as session:
        rows = queries.list_datasets(session, "" if sees_all else here.actor.organisation_id)
        names = accounts.organisation_names(session)
    return render_template("sandbox/datasets.html", datasets=rows, names=names, sees_all=sees_all)


@blueprint.get("/datasets/<name>")
def show_dataset(name: str) -> str:
    """One dataset: its versions, and the tables and columns of the newest one."""
    here = signed_in()
    with here.db.read() as session:
        versions = queries.versions_of(session, name)
        newest = versions[0].snapshot
        rules.check_may_see_budget(here.actor, newest.provider_id, name)
        product = registry.entry(session, newest.product_code)
    return render_template(
        "sandbox/dataset.html", versions=versions, snapshot=newest, product=product
    )


@blueprint.get("/datasets/<name>/risk")
def show_risk(name: str) -> str:
    """The risk report of the newest version: classes, k, l, t and risks, before and after treatment."""
    return _risk(signed_in(), name)


@blueprint.post("/datasets/<name>/signatures")
def sign_report(name: str) -> ResponseReturnValue:
    """Sign the report that was shown."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        wanted = signing.SignReport(name, request.form.get("report_digest", ""))
        signed = signing.sign_report(
            here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal
        )
        if signed.is_signed:
            forms.notice(gettext("Two people have signed the report: it has a receipt."))
        else:
            forms.notice(gettext("Your signature is stored. Another person signs next."))
        return redirect(url_for("sandbox.show_risk", name=name))

    return forms.attempt(act, lambda **shown: _risk(here, name, **shown))


def _risk(here: Entrance, name: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        version = queries.version_of(session, queries.newest_snapshot(session, name))
        snapshot = version.snapshot
        rules.check_may_see_budget(here.actor, snapshot.provider_id, name)
        names = accounts.person_names(session, [one.account_id for one in version.signatures])
        sealed = [
            one
            for one in receipts.list_for(session, snapshot.snapshot_id)
            if one.kind == signing.RECEIPT_KIND
        ]
    is_signer = rules.may_sign_report(here.actor, snapshot.provider_id)
    return render_template(
        "sandbox/risk.html",
        version=version,
        snapshot=snapshot,
        names=names,
        receipt=_receipt(sealed[0]) if sealed else None,
        may_sign=is_signer and version.awaits(here.actor.account_id),
        **shown,
    )


def _receipt(sealed: receipts.Receipt) -> dict[str, Any]:
    return {
        "code": sealed.id,
        "href": url_for("evidence.show_receipt", receipt_id=sealed.id),
        "log_index": sealed.leaf_index,
    }
