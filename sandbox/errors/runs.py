"""Refusals about datasets, ingest and runs."""

from kernel.errors import Conflict, Exhausted, Malformed, NotFound, Refused, msgid


class DatasetUnknown(NotFound):
    """No dataset of that name."""

    code = "sandbox-dataset-unknown"
    title = msgid("There is no such dataset")
    detail = msgid("Check the name %(name)s, or look the product up in the catalogue.")


class DatasetTaken(Conflict):
    """A dataset of that name exists."""

    code = "sandbox-dataset-taken"
    title = msgid("A dataset of this name exists")
    detail = msgid("Choose another name than %(name)s, or add a snapshot to it.")


class RunUnknown(NotFound):
    """No run of that identifier for this person."""

    code = "sandbox-run-unknown"
    title = msgid("There is no such run")
    detail = msgid("Check the identifier; a run is shown to its licensee and to regulators.")


class BudgetSpent(Exhausted):
    """A privacy budget has not so much left."""

    code = "sandbox-privacy-budget-spent"
    title = msgid("The privacy budget does not reach")
    detail = msgid(
        "This query costs %(wanted)s nano-rho, more than is left of this budget: %(scope)s. Ask for less "
        "precision; what was spent never comes back."
    )


class AccuracyUnusable(Refused):
    """A wanted precision that is no positive number."""

    code = "sandbox-accuracy-unusable"
    title = msgid("The precision cannot be used")
    detail = msgid("Say by how much a count may be off, from %(least)s to %(most)s, such as 50.")


class RunWithoutResult(Conflict):
    """A result was asked for that does not exist."""

    code = "sandbox-run-without-result"
    title = msgid("This run has no result")
    detail = msgid("It is at “%(state)s”; only a finished run has rows.")


class ProductNotYours(Refused):
    """A dataset under a product of another organisation, or one that is not in force."""

    code = "sandbox-product-not-yours"
    title = msgid("This product is not yours, or not in force")
    detail = msgid("Use a registered product of your own organisation; %(code)s is not one.")


class ColumnsNotInSnapshot(Refused):
    """The licence names columns that the newest snapshot does not have."""

    code = "sandbox-licence-without-data"
    title = msgid("The licence and the data do not fit")
    detail = msgid(
        "The provider has to publish a snapshot with the licensed columns; tell the operator."
    )


class LineUnreadable(Malformed):
    """A line of standard input that is no JSON object with id and sql."""

    code = "sandbox-line-unreadable"
    title = msgid("This line cannot be read")
    detail = msgid("Write one JSON object a line with the texts id and sql.")
