"""Use cases of licensing: one verb, one function, one transaction, one audit entry."""

from licensing.service.agreements import (
    NewAgreement,
    conclude_agreement,
    sign_agreement,
)
from licensing.service.applications import (
    ApplicationEdit,
    Decision,
    NewApplication,
    Wish,
    apply_for_licence,
    check_application,
    decide_application,
    edit_application,
)
from licensing.service.licences import (
    LicenceMove,
    Sign,
    expire_licences,
    move_licence,
    sign_licence,
)
from licensing.service.negotiations import CounterOffer, counter_offer
from licensing.service.offers import NewOffer, publish_offer, withdraw_offer
from licensing.service.prices import (
    Ceiling,
    NewRevenue,
    calculate_revenue,
    determine_revenue,
    file_ceiling,
)

__all__ = [
    "ApplicationEdit",
    "Ceiling",
    "CounterOffer",
    "Decision",
    "LicenceMove",
    "NewAgreement",
    "NewApplication",
    "NewOffer",
    "NewRevenue",
    "Sign",
    "Wish",
    "apply_for_licence",
    "calculate_revenue",
    "check_application",
    "conclude_agreement",
    "counter_offer",
    "decide_application",
    "determine_revenue",
    "edit_application",
    "expire_licences",
    "file_ceiling",
    "move_licence",
    "publish_offer",
    "sign_agreement",
    "sign_licence",
    "withdraw_offer",
]
