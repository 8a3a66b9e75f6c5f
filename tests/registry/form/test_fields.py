"""The declaration of the two forms."""

from collections import Counter

import pytest

from registry.form.batch import columns_of
from registry.form.dictionaries import DICTIONARIES
from registry.form.fields import Field, FieldKind, Need, is_filled, is_needed
from registry.form.groups import (
    PROPERTY_GROUPS,
    RESOURCE_GROUPS,
    all_fields,
    fields_of,
    groups_of,
)
from tests.registry.form.samples import RESOURCE

REGISTERS = ("resources", "property")
TYPES = (
    *("initial", "change", "correction", "party-correction"),
    *("renewal", "cancellation", "transfer"),
)


def flat(fields: tuple[Field, ...]) -> list[Field]:
    return [one for field in fields for one in (field, *field.columns)]


@pytest.mark.parametrize("kind", ["resource", "product", "service"])
def test_an_initial_registration_owes_what_the_law_names_and_no_more(kind: str) -> None:
    owed = {
        field.name
        for field in fields_of("resources", "initial", kind)
        if is_needed(field.required, "initial", kind, {})
    }
    more = set() if kind == "resource" else {"inputs", "product_form"}
    assert owed == set(RESOURCE) | more


@pytest.mark.parametrize("register", REGISTERS)
def test_every_field_names_known_things(register: str) -> None:
    for field in flat(all_fields(register)):
        assert field.label, field.name
        assert field.help.endswith("."), field.name
        assert not field.choices or field.choices in DICTIONARIES, field.name
        assert (field.kind is FieldKind.TABLE) == bool(field.columns), field.name
        assert field.kind is not FieldKind.CHOICE or field.choices, field.name
    names = {field.name for field in all_fields(register)}
    for field in all_fields(register):
        assert field.required.when is None or field.required.when[0] in names, field.name


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("registration", TYPES)
def test_no_registration_asks_for_a_field_twice(register: str, registration: str) -> None:
    for kind in ("resource", "product", "data"):
        groups = groups_of(register, registration, kind)
        count = Counter(field.name for group in groups for field in group.fields)
        assert [name for name, times in count.items() if times > 1] == []


def test_a_renewal_or_a_cancellation_asks_only_its_own_groups() -> None:
    for register in REGISTERS:
        for registration in ("renewal", "cancellation"):
            names = [group.name for group in groups_of(register, registration, "resource")]
            assert names == [registration, "commitment"]


def test_a_change_shows_the_whole_form_and_asks_for_the_reason() -> None:
    for registration in ("change", "correction", "party-correction"):
        before = groups_of("resources", "initial", "product")
        names = [group.name for group in groups_of("resources", registration, "product")]
        assert set(names) == {group.name for group in before} | {"change"}
    fields = {field.name: field for field in fields_of("resources", "change", "resource")}
    assert fields["change_reason"].required is Need.ALWAYS


def test_only_products_are_asked_about_the_product() -> None:
    assert "product" not in {group.name for group in groups_of("resources", "initial", "resource")}
    assert "product" in {group.name for group in groups_of("resources", "initial", "service")}


def test_only_a_transfer_asks_for_the_other_party() -> None:
    asked = {field.name for field in fields_of("property", "transfer", "data")}
    assert {"transferee_name", "contract_file", "applicant_class", "certificate_code"} <= asked
    assert "transferee_name" not in {one.name for one in fields_of("property", "initial", "data")}


def test_the_public_notice_of_a_resource_shows_two_fields_of_the_form() -> None:
    # Entity and type of registration, the other two of S1 Art. 12, do not stand in the form.
    assert [one.name for one in all_fields("resources") if one.is_public] == ["name", "summary"]
    public = [one.name for one in all_fields("property") if one.is_public]
    assert public == ["name", "summary", "restrictions"]


def test_pages_and_fields_are_as_many_as_the_law_and_the_province_ask_for() -> None:
    assert len(RESOURCE_GROUPS) == 17
    assert len(PROPERTY_GROUPS) == 8
    assert len(columns_of("resources", "resource")) > 80


def test_zero_is_a_value_and_blanks_are_none() -> None:
    assert [is_filled(value) for value in (0, "x", True, [1])] == [True] * 4
    empty: tuple[object, ...] = (None, " ", "", False, [], {}, ())
    assert [is_filled(value) for value in empty] == [False] * 7


def test_a_need_holds_only_when_all_its_conditions_do() -> None:
    need = Need(kinds=("product",), types=("initial",), when=("has_agent", (True,)))
    form = {"has_agent": True}
    assert is_needed(need, "initial", "product", form)
    assert not is_needed(need, "initial", "resource", form)
    assert not is_needed(need, "change", "product", form)
    assert not is_needed(need, "initial", "product", {"has_agent": False})
    assert is_needed(Need(when=("co_holders", ())), "initial", "x", {"co_holders": [{}]})
    assert not is_needed(Need.NEVER, "initial", "product", form)
