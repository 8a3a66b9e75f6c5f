"""Refusals of delegation."""

from kernel.errors import Conflict, Malformed, Refused, msgid


class DelegationTooDeep(Refused):
    """More steps from the licensee than the contract permits; 0 where it permits none."""

    code = "licensing-delegation-too-deep"
    title = msgid("The contract does not permit this delegation")
    detail = msgid(
        "At most %(steps)s steps from the licensee are permitted; ask for other terms to go further."
    )


class DelegationTooLong(Refused):
    """A delegation that ends before today, or after the right that it hands on."""

    code = "licensing-delegation-too-long"
    title = msgid("The delegation's last day is not possible")
    detail = msgid("Choose a day from today to %(latest)s.")


class DelegateUnknown(Malformed):
    """No organisation of the platform has this credit code."""

    code = "licensing-delegate-unknown"
    title = msgid("No organisation here has this credit code")
    detail = msgid(
        "Check the unified social credit code; the organisation needs an account on this platform."
    )


class DelegateIsParty(Refused):
    """The licensee or the provider as a delegate."""

    code = "licensing-delegate-is-party"
    title = msgid("This organisation is a party of the contract")
    detail = msgid("Name an organisation other than the licensee and the provider.")


class DelegateUnfit(Refused):
    """The delegate is not known to meet clauses that bind the licensee."""

    code = "licensing-delegate-unfit"
    title = msgid("This organisation cannot use the licence")
    detail = msgid("It is not known to meet: %(clauses)s. It can apply for a licence of its own.")


class DelegatedAlready(Conflict):
    """The organisation may use the licence already."""

    code = "licensing-delegated-already"
    title = msgid("This organisation may use the licence already")
    detail = msgid("Revoke the delegation that stands before you give another one.")


class DelegationOver(Conflict):
    """A delegation that was revoked before."""

    code = "licensing-delegation-over"
    title = msgid("This delegation has been revoked already")
    detail = msgid("Nothing was changed; the licence's page shows which delegations stand.")
