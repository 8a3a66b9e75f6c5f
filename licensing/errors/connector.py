"""Refusals of the connector's door."""

from kernel.errors import Conflict, Unavailable, msgid


class MessageRepeated(Conflict):
    """A consumer's pid that is in use already, with another message."""

    code = "licensing-message-repeated"
    title = msgid("This consumer pid belongs to another negotiation")
    detail = msgid("Open each negotiation under a pid of its own; nothing was changed.")


class ConnectorSilent(Unavailable):
    """A consumer's callback that does not answer."""

    code = "licensing-connector-silent"
    title = msgid("The consumer's connector does not answer")
    detail = msgid("The message is sent again later; the negotiation stays where it stands.")
