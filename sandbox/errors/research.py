"""Refusals about saved queries, templates, synthetic samples and simulations."""

from kernel.errors import NotFound, Stale, msgid


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
