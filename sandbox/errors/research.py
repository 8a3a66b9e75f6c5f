"""Refusals about saved queries, templates, synthetic samples and simulations."""

from kernel.errors import Malformed, NotFound, Refused, Stale, msgid


class SavedQueryUnknown(NotFound):
    """No saved query of that identifier, for this person."""

    code = "sandbox-saved-query-unknown"
    title = msgid("There is no such saved query")
    detail = msgid(
        "Check the identifier; a private query is for who saved it, and only that person changes or deletes one."
    )


class ResearchChanged(Stale):
    """Somebody changed the saved query or template since it was read."""

    code = "sandbox-research-changed"
    title = msgid("Somebody else changed this query first")
    detail = msgid(
        "Load it again, look at what changed, and decide again; nothing was overwritten."
    )


class TemplateUnknown(NotFound):
    """No template of that identifier for this person, licence and version."""

    code = "sandbox-template-unknown"
    title = msgid("There is no such template here")
    detail = msgid(
        "It may be of other data, no longer offered, or newer by now; look at the list in the workbench again."
    )


class ParameterMalformed(Malformed):
    """A parameter without what its type needs, or whose example does not fit."""

    code = "sandbox-parameter-malformed"
    title = msgid("A parameter of the template cannot be used")
    detail = msgid(
        "Correct %(parameter)s: a number or a date needs a least and a greatest value, a choice its list, a text a "
        "length up to 200, its public column as table.column and a pattern of pieces such as [A-Z]{2}[0-9]{1,4}; and "
        "each an example that fits."
    )


class ParameterUnusable(Refused):
    """Values that do not fit the parameters of a template."""

    code = "sandbox-parameter-unusable"
    title = msgid("A value does not fit its parameter")
    detail = msgid("Correct the values of: %(parameters)s. Nothing was run.")
