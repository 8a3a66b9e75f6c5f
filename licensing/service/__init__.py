"""Use cases of licensing: one verb, one function, one transaction, one audit entry."""

from licensing.service.agreements import (
    Ceiling,
    NewAgreement,
    conclude_agreement,
    file_ceiling,
    sign_agreement,
)
from licensing.service.applications import (
    ApplicationEdit,
    Decision,
    NewApplication,
    apply_for_licence,
    decide_application,
    edit_application,
)
from licensing.service.licences import LicenceMove, Sign, move_licence, sign_licence
from licensing.service.offers import NewOffer, publish_offer, withdraw_offer

__all__ = [
    "ApplicationEdit",
    "Ceiling",
    "Decision",
    "LicenceMove",
    "NewAgreement",
    "NewApplication",
    "NewOffer",
    "Sign",
    "apply_for_licence",
    "conclude_agreement",
    "decide_application",
    "edit_application",
    "file_ceiling",
    "move_licence",
    "publish_offer",
    "sign_agreement",
    "sign_licence",
    "withdraw_offer",
]
