"""Reads of licensing; frozen rows out, tables stay inside."""

from licensing.queries.applications import (
    ApplicationRow,
    application_row,
    find_application,
    list_applications,
)
from licensing.queries.licences import (
    LicenceRow,
    SignatureRow,
    find_licence,
    licence_row,
    list_licences,
)
from licensing.queries.offers import OfferRow, find_offer, offer_row, open_offers
from licensing.queries.operation import (
    AgreementRow,
    agreement_row,
    count_operators,
    covering_agreement,
    find_agreement,
    list_agreements,
)
from licensing.queries.prices import find_ceiling

__all__ = [
    "AgreementRow",
    "ApplicationRow",
    "LicenceRow",
    "OfferRow",
    "SignatureRow",
    "agreement_row",
    "application_row",
    "count_operators",
    "covering_agreement",
    "find_agreement",
    "find_application",
    "find_ceiling",
    "find_licence",
    "find_offer",
    "licence_row",
    "list_agreements",
    "list_applications",
    "list_licences",
    "offer_row",
    "open_offers",
]
