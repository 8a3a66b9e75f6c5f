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
    Wish,
    apply_for_licence,
    check_application,
    decide_application,
    edit_application,
)
from licensing.service.connector import (
    deliver,
    show_negotiation,
    take_counter,
    take_event,
    take_request,
    take_termination,
    take_verification,
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
from licensing.service.talks import MESSAGE_JOB

__all__ = [
    "MESSAGE_JOB",
    "ApplicationEdit",
    "Ceiling",
    "CounterOffer",
    "Decision",
    "LicenceMove",
    "NewAgreement",
    "NewApplication",
    "NewOffer",
    "Sign",
    "Wish",
    "apply_for_licence",
    "check_application",
    "conclude_agreement",
    "counter_offer",
    "decide_application",
    "deliver",
    "edit_application",
    "expire_licences",
    "file_ceiling",
    "move_licence",
    "publish_offer",
    "show_negotiation",
    "sign_agreement",
    "sign_licence",
    "take_counter",
    "take_event",
    "take_request",
    "take_termination",
    "take_verification",
    "withdraw_offer",
]
