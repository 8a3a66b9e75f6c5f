"""Certificates of register B as everybody may see them; the QR code of the paper leads here."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.web.context import entrance
from registry import queries
from registry.pages.door import blueprint


@blueprint.get("/certificates/<code>")
def show_certificate(code: str) -> ResponseReturnValue:
    """The page that the QR code of a paper opens: the certificate, or for A the query page."""
    with entrance().db.read() as session:
        if queries.find_entries(session, [code]):
            return redirect(url_for("registry.show_entry", code=code))
        row = queries.find_certificate(session, code)
    return render_template("registry/certificate.html", certificate=row)
