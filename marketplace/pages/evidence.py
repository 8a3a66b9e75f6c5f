"""Evidence: receipts for their holders, and the regulator's console over the whole chain."""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from kernel.identity import Permission, SignInNeeded, check_permission
from kernel.trust import audit, log, receipts
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from marketplace import errors, queries, rules, service
from sandbox import public as sandbox

blueprint = Blueprint("evidence", __name__)
_FILES = ("receipt.sigstore.json", "receipt.dsse.json", "receipt.tlog-proof")
_NEWEST = 50


@blueprint.get("/receipts")
def receipts_page() -> str:
    """How anybody checks a receipt, and the newest receipts of one's own organisation."""
    here = entrance()
    runs: list[Any] = []
    with here.db.read() as session:
        head = log.newest_checkpoint(session)
        if not here.actor.is_visitor:
            runs = sandbox.list_runs(session, organisation_id=here.actor.organisation_id)
    key = here.seal.keys.log_key.vkey()
    return render_template("marketplace/receipts.html", runs=runs, head=head, log_key=key)


@blueprint.get("/receipts/<receipt_id>")
def show_receipt(receipt_id: str) -> str:
    """One receipt: what it says, where it stands in the log, its files."""
    here = _signed_in()
    with here.db.read() as session:
        row = receipts.find(session, receipt_id)
        rules.check_may_see_receipt(here.actor, *receipts.holders_of(row))
        statement = receipts.statement_of(row.payload)
        head = log.newest_checkpoint(session)
        index, kind = row.leaf_index, row.kind
    return render_template(
        "marketplace/receipt.html",
        receipt_id=receipt_id,
        kind=kind,
        statement=statement,
        issued_at=datetime.fromisoformat(statement["predicate"]["issuedAt"]),
        statement_text=json.dumps(statement, ensure_ascii=False, indent=2),
        index=index,
        head=head,
        files=_FILES,
    )


@blueprint.get(
    "/receipts/<receipt_id>/<any('receipt.sigstore.json','receipt.dsse.json','receipt.tlog-proof'):name>"
)
def download_receipt(receipt_id: str, name: str) -> Response:
    """A hand-out file."""
    here = _signed_in()
    wanted = service.ReceiptWanted(receipt_id, here.settings.run_folder)
    files = service.hand_out_receipt(
        here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal
    )
    reply = make_response(files[name])
    reply.mimetype = "application/octet-stream"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


@blueprint.get("/inspect")
def inspect() -> ResponseReturnValue:
    """From one code to every licence, query, invoice line and receipt; for regulators."""
    here = _signed_in()
    check_permission(here.actor, Permission.MARKETPLACE_EVIDENCE_INSPECT)
    code = request.args.get("code", "").strip()
    if not code:
        return _inspect_page(here)
    try:
        return _inspect_page(here, code=code)
    except errors.CodeUnknown as unknown:
        # A mistyped code is a mistake in a form: the form comes back with it.
        return _inspect_page(here, problem=forms.describe(unknown)), 404


def _inspect_page(here: Entrance, *, code: str = "", **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        chain = queries.inspect(session, code, local_day(here.now)) if code else None
        entries = audit.newest(session, limit=_NEWEST)
        head = log.newest_checkpoint(session)
        return render_template(
            "marketplace/inspect.html",
            chain=chain,
            code=code or request.args.get("code", ""),
            audit_entries=entries,
            head=head,
            **shown,
        )


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here
