"""Refusals about saved queries, templates, synthetic samples and simulations."""

from kernel.errors import Conflict, Malformed, NotFound, Refused, Stale, msgid


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


class SampleImpossible(Refused):
    """No table of people has columns with public domains, or the chosen pairs make no tree."""

    code = "sandbox-sample-impossible"
    title = msgid("A synthetic sample cannot be made of this")
    detail = msgid(
        "Name a table of people whose dimensions have public lists or whose measures have bounds, and pairs of such "
        "columns that close no ring and have at most %(most)s cells."
    )


class SampleCostUnusable(Refused):
    """Less budget than one nano-rho a margin."""

    code = "sandbox-sample-cost-unusable"
    title = msgid("The privacy cost of the sample cannot be used")
    detail = msgid("Say in whole nano-rho what the sample may cost, at least %(least)s.")


class SampleAtWork(Conflict):
    """A sample of the same snapshot is being made."""

    code = "sandbox-sample-at-work"
    title = msgid("The sample is being made")
    detail = msgid("Look again in a minute; nothing more was charged.")


class SampleUnknown(NotFound):
    """No sample was published of the newest version."""

    code = "sandbox-sample-unknown"
    title = msgid("There is no synthetic sample yet")
    detail = msgid("The provider has published none of the newest version of this data.")


class WorkloadUnusable(Refused):
    """No query to simulate, or too many."""

    code = "sandbox-workload-unusable"
    title = msgid("The workload cannot be simulated")
    detail = msgid("Give 1 to %(most)s queries, or none where some were asked of the data before.")


class TemplateUnfitting(Conflict):
    """The query that a template makes of these values is not one that the newest data takes."""

    code = "sandbox-template-unfitting"
    title = msgid("The template does not fit")
    detail = msgid(
        "It no longer fits the newest version of the data, or these values make no query of it. Try others, or tell "
        "the provider, who has to approve a new version. Nothing was run."
    )
