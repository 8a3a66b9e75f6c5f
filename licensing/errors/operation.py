"""Refusals of authorised operation (S2)."""

from kernel.errors import (
    Refused,
    msgid,
)


class AgreementTooLong(Refused):
    """More than five years (S2 Art. 14(2))."""

    code = "licensing-agreement-too-long"
    title = msgid("An operation agreement may run five years at most")
    detail = msgid("Choose an end on or before %(latest)s.")


class TopicsMissing(Refused):
    """An operation agreement without one of the 13 topics of S2 Art. 14."""

    code = "licensing-agreement-topics-missing"
    title = msgid("The agreement lacks topics that the law wants")
    detail = msgid("Write these topics: %(topics)s.")


class NotRegistered(Refused):
    """A code that is not in force in register A."""

    code = "licensing-not-registered"
    title = msgid("A registration is not in force")
    detail = msgid("Register these first, or correct their codes: %(codes)s.")


class OutsideAgreement(Refused):
    """A product whose inputs the agreement does not name, or without an agreement in force."""

    code = "licensing-outside-agreement"
    title = msgid("No operation agreement in force covers this product")
    detail = msgid("Extend the agreement first; not covered: %(codes)s.")
