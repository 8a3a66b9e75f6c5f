"""Where people go from every page, by their roles."""

from flask import g, request, url_for
from flask_babel import gettext as _

from kernel.errors import msgid
from kernel.identity import VISITOR

#: Who works on registrations, or watches them.
_REGISTER_PEOPLE = {"handler", "entity_reviewer", "acceptor", "reviewer", "coder", "regulator"}
_OPERATION = tuple(f"/licensing/{one}" for one in ("plans", "selections", "agreements", "consents"))
_OFFER_PAGES = {"licensing.list_offers", "licensing.offer_form", "licensing.publish_offer"}
_OPERATION_LINKS = {"licensing.list_plans", "licensing.list_agreements"}


#: Places of work: for whom (anybody who has signed in where empty), their words, and where they are. Of two
#: with the same words the first one that is theirs is shown.
_WORK: tuple[tuple[set[str], str, str, tuple[str, ...]], ...] = (
    (set(), msgid("My tasks"), "account.tasks", ()),
    (_REGISTER_PEOPLE, msgid("Applications"), "registry.list_applications", ()),
    (_REGISTER_PEOPLE, msgid("Deadlines"), "registry.show_clocks", ()),
    (
        {"implementing_body", "data_authority", "regulator"},
        msgid("Authorised operation"),
        "licensing.list_plans",
        (),
    ),
    ({"operator"}, msgid("Authorised operation"), "licensing.list_agreements", ()),
    ({"operator"}, msgid("Offers"), "licensing.list_offers", ()),
    (
        {"enterprise", "operator", "implementing_body", "regulator"},
        msgid("Licences"),
        "licensing.list_licences",
        ("licensing",),
    ),
    (
        {"enterprise", "operator", "implementing_body", "regulator"},
        msgid("Invoices"),
        "account.invoices",
        (),
    ),
    ({"source_department"}, msgid("Consents"), "licensing.list_consents", ()),
    ({"operator", "regulator"}, msgid("Datasets"), "sandbox.list_datasets", ("sandbox",)),
    ({"researcher"}, msgid("Data sandbox"), "sandbox.list_licences", ("sandbox",)),
    ({"output_checker", "regulator"}, msgid("Output review"), "sandbox.list_reviews", ()),
    ({"admin"}, msgid("Confinement of queries"), "sandbox.show_confinement", ()),
    ({"regulator"}, msgid("Inspection"), "evidence.inspect", ()),
)


def _work_links(roles: set[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    shown: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for whom, text, endpoint, blueprints in _WORK:
        if not whom or whom & roles:
            shown.setdefault(text, (_(text), endpoint, blueprints))
    return list(shown.values())


def navigation() -> list[dict[str, object]]:
    """Links of the main navigation, as service navigation takes them."""
    links: list[tuple[str, str, tuple[str, ...]]] = [
        (_("Data catalogue"), "market.catalogue", ("market",)),
        (_("Register"), "registry.search_entries", ()),
        (_("Public notices"), "registry.list_notices", ()),
    ]
    actor = g.get("actor", VISITOR)
    if not actor.is_visitor:
        links += _work_links({role.value for role in actor.roles})
    links.append((_("Receipts"), "evidence.receipts_page", ()))
    here = request.endpoint or ""
    # Licensing has three places in the navigation: what is authorised, offered, and licensed under it.
    is_operation = request.path.startswith(_OPERATION)
    is_offer = here in _OFFER_PAGES
    # Reviews have a place of their own beside the rest of the sandbox.
    is_review = request.path.startswith("/sandbox/reviews")
    return [
        {
            "text": text,
            "href": url_for(endpoint),
            "active": here == endpoint
            or (endpoint in _OPERATION_LINKS and is_operation)
            or (endpoint in _OFFER_PAGES and is_offer)
            or (endpoint == "sandbox.list_reviews" and is_review)
            or (
                here.partition(".")[0] in blueprints and not (is_operation or is_offer or is_review)
            ),
        }
        for text, endpoint, blueprints in links
    ]
