"""Signing in and out, the language switch, one task list a role, and one's invoices."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import accounts
from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.web import forms
from kernel.web.auth import SESSION_COOKIE, drop_session_cookie, set_session_cookie
from kernel.web.context import Entrance, attached, entrance
from kernel.web.language import LANGUAGE_COOKIE, LANGUAGES
from kernel.workdays import local_day
from licensing import public as licensing
from marketplace import queries, rules, service
from marketplace.billing.gateway import Gateway

blueprint = Blueprint("account", __name__)
_YEAR_SECONDS = 31_536_000


@blueprint.get("/sign-in")
def sign_in_form() -> str:
    """The form with name and password."""
    return render_template(
        "marketplace/sign_in.html", target=_own_path(request.args.get("next", ""))
    )


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Open a session."""

    def act() -> ResponseReturnValue:
        here = entrance()
        with here.db.transaction() as session:
            secret = accounts.sign_in(
                session,
                now=here.now,
                name=request.form.get("name", "").strip(),
                password=request.form.get("password", ""),
            )
        target = _own_path(request.form.get("next", "")) or url_for("account.tasks")
        reply = make_response(redirect(target))
        set_session_cookie(reply, secret)
        return reply

    try:
        return act()
    except accounts.SignInRefused as refusal:
        # The one refusal of a form that is about who somebody is: it is shown in the form.
        page = make_response(
            render_template(
                "marketplace/sign_in.html",
                target=_own_path(request.form.get("next", "")),
                problem=forms.describe(refusal),
                name=request.form.get("name", ""),
            )
        )
        page.status_code = 401
        return page


def _own_path(target: str) -> str:
    """A path on this site, or nothing: a sign-in must not send people elsewhere."""
    parts = urlsplit(target)
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own and not parts.netloc and not parts.scheme else ""


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    here = entrance()
    with here.db.transaction() as session:
        accounts.sign_out(session, now=here.now, secret=request.cookies.get(SESSION_COOKIE, ""))
    reply = make_response(redirect(url_for("market.catalogue")))
    drop_session_cookie(reply)
    return reply


@blueprint.get("/language/<tag>")
def choose_language(tag: str) -> Response:
    """Switch the language and go back to the page that one came from."""
    target = _own_path(request.args.get("next", "")) or url_for("market.catalogue")
    reply = make_response(redirect(target))
    if tag in LANGUAGES:
        g.language = tag
        reply.set_cookie(LANGUAGE_COOKIE, tag, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True)
    return reply


@blueprint.get("/tasks")
def tasks() -> str:
    """Everything that this person may act on, the nearest deadline first."""
    here = _signed_in()
    with here.db.read() as session:
        found = queries.tasks_of(session, here.actor, here.now)
    counts = {
        light: sum(1 for task in found if task.light == light)
        for light in ("overdue", "soon", "enough", "paused")
    }
    light = request.args.get("light", "")
    return render_template(
        "marketplace/tasks.html",
        tasks=[task for task in found if light in {"", task.light}],
        counts=counts,
        light=light,
        today=local_day(here.now),
    )


@blueprint.get("/invoices")
def invoices() -> str:
    """The invoices of the person's organisation, and licences that can be billed."""
    return _invoices_page(_signed_in())


def _invoices_page(here: Entrance, **shown: object) -> str:
    sees_all = is_permitted(here.actor, Permission.MARKETPLACE_INVOICE_READ_ALL)
    own = here.actor.organisation_id
    may_issue = is_permitted(here.actor, Permission.MARKETPLACE_INVOICE_ISSUE)
    with here.db.read() as session:
        rows = queries.list_invoices(session, organisation_id="" if sees_all else own)
        licences = licensing.list_licences(session, organisation_id=own) if may_issue else []
    billable = [row for row in licences if row.provider_id == own]
    return render_template("marketplace/invoices.html", invoices=rows, billable=billable, **shown)


@blueprint.post("/invoices")
def create_invoice() -> ResponseReturnValue:
    """Bill a licence's finished runs."""
    here = _signed_in()
    wanted = service.NewInvoice(request.form.get("licence_id", ""))

    def act() -> ResponseReturnValue:
        made = service.issue_invoice(here.db, actor=here.actor, now=here.now, wanted=wanted)
        return redirect(url_for("account.show_invoice", invoice_id=made))

    return forms.attempt(
        act, lambda problem, form: _invoices_page(here, problem=problem, form=form)
    )


@blueprint.get("/invoices/<invoice_id>")
def show_invoice(invoice_id: str) -> str:
    """One invoice: a line for each metered run, each with its receipt."""
    return _invoice_page(_signed_in(), invoice_id)


@blueprint.post("/invoices/<invoice_id>/payments")
def pay_invoice(invoice_id: str) -> ResponseReturnValue:
    """Pay an invoice through the gateway."""
    here = _signed_in()

    def act() -> ResponseReturnValue:
        gateway = attached("gateway", Gateway)
        service.pay_invoice(
            here.db, actor=here.actor, now=here.now, invoice_id=invoice_id, gateway=gateway
        )
        forms.notice(_("The invoice is paid."))
        return redirect(url_for("account.show_invoice", invoice_id=invoice_id))

    return forms.attempt(
        act, lambda problem, form: _invoice_page(here, invoice_id, problem=problem, form=form)
    )


def _invoice_page(here: Entrance, invoice_id: str, **shown: object) -> str:
    with here.db.read() as session:
        row = queries.find_invoice(session, invoice_id)
    rules.check_may_see_invoice(here.actor, payer_id=row.payer_id, payee_id=row.payee_id)
    may_pay = is_permitted(here.actor, Permission.MARKETPLACE_INVOICE_PAY)
    return render_template(
        "marketplace/invoice.html",
        invoice=row,
        may_pay=may_pay and row.payer_id == here.actor.organisation_id,
        **shown,
    )


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here
