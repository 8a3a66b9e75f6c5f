"""Contracts in words: the clauses in both languages beside the ODRL that says them."""

from typing import Any

from flask import Response, current_app, jsonify, render_template
from flask_babel import force_locale, gettext

from kernel.web.language import LANGUAGES
from kernel.web.preconditions import set_etag
from licensing import queries, schemas
from licensing.contract.clauses import Clause, clauses_of
from licensing.contract.terms import Terms
from licensing.rest.door import blueprint, check_party, signed_in
from registry import public as registry

_LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


@blueprint.get("/licences/<licence_id>/contract")
def show_contract(licence_id: str) -> Response:
    """The contract document: clauses in both languages, the policy, its digest, the signatures."""
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
    check_party(here, *row.parties)
    document = {
        "number": row.number,
        "licensee_name": row.licensee_name,
        "provider_name": row.provider_name,
        "product_code": row.product_code,
        "clauses": clauses_in_words(row.terms),
        "policy": row.policy,
        "policy_digest": row.policy_digest,
        "signatures": schemas.SignatureReply(many=True).dump(row.signatures),
    }
    return set_etag(jsonify(document), row.licence_id, row.revision)


@blueprint.get("/licences/<licence_id>/contract.pdf")
@blueprint.arguments(schemas.PaperArguments, location="query")
def print_contract(values: dict[str, str], licence_id: str) -> Response:
    """The contract as PDF, made from the clauses and nothing else."""
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
        check_party(here, *row.parties)
        product = registry.entry(session, row.product_code)
    with force_locale(LANGUAGES[values["lang"]]):
        page = render_template(
            "print/contract.html",
            licence=row,
            product=product,
            clauses=clauses_of(row.terms),
            language=values["lang"],
        )
    reply = Response(registry.render_pdf(row.number, page), mimetype="application/pdf")
    reply.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    # A signature, an end or a suspension makes it another paper.
    reply.headers["Cache-Control"] = "private, no-cache"
    return reply


def clauses_in_words(terms: Terms) -> list[dict[str, Any]]:
    """Each clause with its heading and sentence in both languages and the ODRL that says it."""
    return [
        {
            "name": clause.name,
            "label": {key: _in(locale, clause.label) for key, locale in _LANGUAGES.items()},
            "text": {key: _sentence(locale, clause) for key, locale in _LANGUAGES.items()},
            "odrl": list(clause.odrl),
        }
        for clause in clauses_of(terms)
    ]


def _in(locale: str, message: str) -> str:
    with force_locale(locale):
        return str(gettext(message))


def _sentence(locale: str, clause: Clause) -> str:
    # The words for codes belong to the storefront, which gives templates this filter.
    say = current_app.jinja_env.filters["sentence"]
    with force_locale(locale):
        return str(say(clause))
