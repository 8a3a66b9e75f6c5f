"""Pages of the storefront, by group of readers."""

from marketplace.pages import account, evidence, house, shop, years

BLUEPRINTS = (
    shop.blueprint,
    account.blueprint,
    evidence.blueprint,
    house.blueprint,
    years.blueprint,
)

__all__ = ["BLUEPRINTS"]
