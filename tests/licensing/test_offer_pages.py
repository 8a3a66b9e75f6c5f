"""The first offer of a product by pages: who may, which products, and what stays after a mistake."""

from datetime import date
from typing import Any

import pytest

from licensing import queries, service
from licensing.queries import OfferRow
from licensing.states import ProductClass
from marketplace.operations.demo.material import FLIGHTS, HEALTH
from tests.make import Maker
from tests.marketplace.pagereader import visible_text

NEW = "/licensing/offers/new"
COLUMNS = "visits.age_years\nvisits.sex"
GOOD = {
    "dataset": HEALTH.dataset,
    "columns": COLUMNS,
    "purposes": "statistical-analysis",
    "run_quota": "50",
    "quota_period": "month",
    "price_cents": "80",
    "min_cell_size": "10",
    "term_days": "180",
    "regions": "620000",
    "industries": "Q、J",
    "approval": "reviewed",
    "must_delete": "true",
}


@pytest.fixture
def product(make: Maker) -> str:
    return make.registered()[1]


def file_ceiling(make: Maker, product: str, cents: int = 100) -> None:
    service.file_ceiling(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=service.Ceiling(product, cents),
    )


def offers(make: Maker, product: str) -> list[OfferRow]:
    with make.home.db.read() as session:
        return queries.open_offers(session, product_code=product)


def terms_of(product: str, mode: str = "aggregate") -> str:
    return f"{NEW}?product_code={product}&offer_mode={mode}"


def test_the_first_offer_is_made_by_two_forms(make: Maker, product: str, reader: Any) -> None:
    file_ceiling(make, product)
    operator = reader("operator")
    assert f'href="{NEW}"' in operator.get("/licensing/offers").get_data(as_text=True)
    choice = operator.get(NEW)
    assert f'value="{product}"' in choice.get_data(as_text=True)
    assert "ceiling 1.00 yuan" in visible_text(choice)
    form = operator.get(terms_of(product)).get_data(as_text=True)
    # The price begins at the ceiling, the smallest cell at ten people.
    for name, value in (("price_cents", "100"), ("min_cell_size", "10"), ("run_quota", "100")):
        assert f'name="{name}" type="text" value="{value}"' in form
    assert "privacy_rho" not in form
    assert "privacy_rho" in operator.get(terms_of(product, "dp")).get_data(as_text=True)
    assert "min_cell_size" not in operator.get(terms_of(product, "open")).get_data(as_text=True)
    done = operator.send(terms_of(product), NEW, **GOOD)
    assert done.headers["Location"] == "/licensing/offers"
    (made,) = offers(make, product)
    assert (made.version, made.mode, made.price_cents) == (1, "aggregate", 80)
    assert made.terms.columns == ("visits.age_years", "visits.sex")
    assert made.terms.industries == ("Q", "J")
    assert (made.terms.run_quota, made.terms.quota_period) == (50, "month")
    assert made.terms.must_delete
    assert "can be applied for on these terms" in visible_text(operator.get("/licensing/offers"))
    assert "has an open offer" in visible_text(operator.get(NEW))
    # The next one begins with the dataset and the columns of that.
    again = operator.get(terms_of(product, "dp")).get_data(as_text=True)
    assert f"{COLUMNS}</textarea>" in again
    assert f'value="{HEALTH.dataset}"' in again


def test_a_double_click_makes_one_offer(make: Maker, product: str, reader: Any) -> None:
    file_ceiling(make, product)
    operator = reader("operator")
    for _ in range(2):
        # A line that was pasted twice is no mistake either.
        values = {**GOOD, "columns": f"{COLUMNS}\n{COLUMNS}"}
        done = operator.send(terms_of(product), NEW, once="double", **values)
        assert done.status_code == 302
    assert len(offers(make, product)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dataset": ""}, 'href="#dataset"'),
        ({"columns": ""}, 'href="#columns"'),
        ({"columns": "visits.sex\nsex"}, "This is not written in the form that is asked for."),
        ({"purposes": "curiosity"}, 'href="#purposes"'),
        ({"run_quota": "0"}, 'href="#run_quota"'),
        ({"term_days": "ten"}, 'href="#term_days"'),
        ({"regions": "Lanzhou"}, 'href="#regions"'),
        ({"price_cents": "101"}, "licensing-price-above-ceiling"),
        ({"approval": "automatic"}, "licensing-automatic-too-risky"),
    ],
)
def test_each_mistake_stands_on_the_form_and_nothing_typed_is_lost(
    make: Maker, product: str, reader: Any, wrong: dict[str, str], said: str
) -> None:
    file_ceiling(make, product)
    typed = {**GOOD, **wrong}
    reply = reader("operator").send(terms_of(product), NEW, **typed)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert said in page
    for name in ("dataset", "run_quota", "price_cents", "min_cell_size", "term_days", "regions"):
        assert not typed[name] or f'name="{name}" type="text" value="{typed[name]}"' in page
    assert f"{typed['columns']}</textarea>" in page
    assert '<option value="month" selected>' in page
    assert f'name="product_code" value="{product}"' in page
    assert 'name="must_delete" type="checkbox" value="true" checked' in page
    assert offers(make, product) == []


def test_without_a_ceiling_only_a_price_of_nothing_is_saved(
    make: Maker, product: str, reader: Any
) -> None:
    operator = reader("operator")
    assert "only a price of 0 can be saved" in visible_text(operator.get(terms_of(product)))
    refused = operator.send(terms_of(product), NEW, **GOOD)
    assert refused.status_code == 422
    assert "licensing-ceiling-missing" in refused.get_data(as_text=True)
    assert operator.send(terms_of(product), NEW, **{**GOOD, "price_cents": "0"}).status_code == 302


def test_a_free_product_has_no_price(make: Maker, product: str, reader: Any) -> None:
    service.file_ceiling(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=service.Ceiling(product, 0, product_class=ProductClass.PUBLIC_WELFARE),
    )
    refused = reader("operator").send(terms_of(product), NEW, **GOOD)
    assert refused.status_code == 422
    assert "licensing-free-of-charge" in refused.get_data(as_text=True)


def test_a_gate_that_closes_while_somebody_types_loses_nothing(
    make: Maker, product: str, reader: Any
) -> None:
    file_ceiling(make, product)
    operator = reader("operator")
    operator.get(terms_of(product))
    # The agreement has run out; the session too, and whoever signs in again has the form still.
    make.clock.set(make.clock().replace(year=2029, month=6, day=1))
    late = reader("operator")
    refused = late.force(NEW, product_code=product, mode="aggregate", **GOOD)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "licensing-not-registered" in page or "licensing-outside-agreement" in page
    assert f"{COLUMNS}</textarea>" in page


def test_only_products_that_may_be_offered_are_offered(
    make: Maker, product: str, reader: Any
) -> None:
    other = make.registered(FLIGHTS)[1]
    operator = reader("operator")
    page = operator.get(NEW).get_data(as_text=True)
    assert f'value="{product}"' in page
    assert f'value="{other}"' in page
    with make.home.db.read() as session:
        known = service.list_offerable(
            session, actor=make.actor("operator"), today=date(2026, 12, 1)
        )
        assert {one.product.code for one in known} == {product, other}
        # After the registrations and agreements have ended nothing is left, and nothing is raised.
        assert (
            service.list_offerable(session, actor=make.actor("operator"), today=date(2031, 1, 1))
            == []
        )
        enterprise = make.acting_as("enterprise", "operator")
        assert service.list_offerable(session, actor=enterprise, today=date(2026, 12, 1)) == []


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("product_code=&offer_mode=open", 422, 'href="#product_code"'),
        ("product_code={product}", 422, 'href="#offer_mode"'),
        ("product_code={product}&offer_mode=secret", 422, 'href="#offer_mode"'),
        ("product_code=L620000-2026-2-999999&offer_mode=open", 422, "licensing-not-registered"),
        ("product_code={resource}&offer_mode=open", 403, "licensing-not-your-side"),
    ],
)
def test_a_wrong_choice_stands_on_the_choice(
    make: Maker, reader: Any, query: str, status: int, said: str
) -> None:
    resource, product = make.registered()
    place = f"{NEW}?{query.format(product=product, resource=resource)}"
    reply = reader("operator").get(place)
    assert reply.status_code == status
    assert said in reply.get_data(as_text=True)


def test_who_changes_hidden_fields_chooses_anew(make: Maker, product: str, reader: Any) -> None:
    operator = reader("operator")
    for changed in ({"mode": "secret"}, {"product_code": "L620000-2026-2-999999"}):
        values = {"product_code": product, "mode": "aggregate", **GOOD, **changed}
        reply = operator.force(NEW, **values)
        assert reply.status_code == 422
        assert "Continue to the terms" in reply.get_data(as_text=True)


def test_nobody_but_an_operator_offers(make: Maker, product: str, reader: Any) -> None:
    assert reader().get(NEW).status_code == 401
    for person in ("enterprise", "implementing_body", "price_authority", "regulator"):
        one = reader(person)
        assert one.get(NEW).status_code == 403
        refused = one.force(NEW, product_code=product, mode="aggregate", **GOOD)
        assert refused.status_code == 403
        assert "kernel-not-permitted" in refused.get_data(as_text=True)


def test_an_operator_without_products_reads_what_is_missing(make: Maker, reader: Any) -> None:
    assert make.people
    assert "No product can be offered" in visible_text(reader("operator").get(NEW))
    assert "没有可以发布要约的产品" in visible_text(reader("operator", "zh-Hans").get(NEW))
