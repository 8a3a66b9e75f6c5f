"""The public catalogue and the product page."""

from flask import Blueprint, render_template, request

from kernel.identity import Permission, is_permitted
from kernel.web.context import entrance
from licensing import public as licensing
from marketplace import queries, schemas
from marketplace.queries.catalogue import ProductSearch
from registry import public as registry

blueprint = Blueprint("market", __name__)


@blueprint.get("/")
def catalogue() -> str:
    """The catalogue: search, facets, four live counts; open to everybody."""
    here = entrance()
    wanted = ProductSearch(
        request.args.get("q", "").strip(),
        tuple(request.args.getlist("industry")),
        tuple(mode for mode in request.args.getlist("mode") if mode in schemas.MODES),
    )
    with here.db.read() as session:
        everything = queries.search_products(session, ProductSearch(wanted.text), here.now)
        products = queries.search_products(session, wanted, here.now)
        figures = queries.figures(session, here.now)
    return render_template(
        "marketplace/catalogue.html",
        products=products,
        wanted=wanted,
        figures=figures,
        facets={
            "industry": _counts([row.entry.industry for row in everything]),
            "mode": _counts([mode for row in everything for mode in row.modes]),
        },
    )


def _counts(values: list[str]) -> list[tuple[str, int]]:
    return [(value, values.count(value)) for value in sorted(set(values))]


@blueprint.get("/products/<code>")
def product(code: str) -> str:
    """One product: purposes, price beside its ceiling, fields, chain of authorisation."""
    here = entrance()
    with here.db.read() as session:
        row = queries.find_product(session, code, here.now)
        inputs = registry.entries(session, list(row.entry.inputs))
    return render_template(
        "marketplace/product.html",
        product=row,
        inputs=list(inputs.values()),
        purposes=licensing.PURPOSES,
        may_apply=is_permitted(here.actor, Permission.LICENSING_APPLICATION_SUBMIT),
    )
