"""Refusals about datasets, ingest and runs."""

from kernel.errors import (
    Conflict,
    Exhausted,
    Forbidden,
    Malformed,
    NotAcceptable,
    NotFound,
    Refused,
    msgid,
)


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


class RunNotYours(Forbidden):
    """A run that another person asked for, under another organisation's licence, is to be stopped."""

    code = "sandbox-run-not-yours"
    title = msgid("This run is not yours to stop")
    detail = msgid("Leave it to who asked for it, or to the organisation that holds the licence.")


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


class CostUnusable(Refused):
    """A wanted cost that buys nothing: zero, negative, or less than any precision costs."""

    code = "sandbox-cost-unusable"
    title = msgid("The privacy cost cannot be used")
    detail = msgid(
        "Say in whole nano-rho what the answer may cost, at least %(least)s for this query, or say a precision instead."
    )


class PrecisionTwice(Refused):
    """A precision and a cost for one answer: each follows from the other."""

    code = "sandbox-precision-twice"
    title = msgid("Precision and privacy cost are both given")
    detail = msgid("Give one of both: a precision has its cost, and a cost buys its precision.")


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


class AnswerInReview(Conflict):
    """The same question is being looked at by the checkers."""

    code = "sandbox-answer-in-review"
    title = msgid("The answer to this question is in review")
    detail = msgid("Wait for the review of run %(run_id)s, or withdraw it; nothing was charged.")


class FileNotReviewed(Refused):
    """A file is asked for under a licence whose answers nobody looks at."""

    code = "sandbox-file-not-reviewed"
    title = msgid("Files leave only through review")
    detail = msgid(
        "This licence has no output review. Ask for the answer as a table, or ask the provider for a licence with review."
    )


class FileOfNoise(Refused):
    """A file is asked for in mode ``dp``, whose answers are small by their public keys."""

    code = "sandbox-file-of-noise"
    title = msgid("Answers with noise are tables")
    detail = msgid("Ask for the answer as a table: by public keys it is always small enough.")


class FileOtherForm(NotAcceptable):
    """An answer that is stored as a file is asked for in another form."""

    code = "sandbox-file-other-form"
    title = msgid("The answer is stored in another form")
    detail = msgid("This answer is a file of the type %(media_type)s; ask for that type.")


class ReviewWithoutFile(NotFound):
    """The held answer is a table, or it did not leave and is erased."""

    code = "sandbox-review-without-file"
    title = msgid("This review holds no file")
    detail = msgid("Read the answer on the page of the review; one that did not leave is erased.")


class ReviewUnknown(NotFound):
    """No answer of that run is or was in review, for this person."""

    code = "sandbox-review-unknown"
    title = msgid("There is no such review")
    detail = msgid("Check the identifier; checkers of the data's provider see its reviews.")


class ReviewOver(Conflict):
    """The review is decided, or does not wait for this person."""

    code = "sandbox-review-over"
    title = msgid("This review does not wait for you")
    detail = msgid("It stands at “%(state)s”; read the page again to see what is left to do.")


class OwnAnswer(Refused):
    """A checker votes on what he or she asked, or what the own organisation's licence asked."""

    code = "sandbox-own-answer"
    title = msgid("Nobody reviews an own answer")
    detail = msgid("Leave this answer to checkers who neither asked for it nor belong to who did.")


class ReasonMissing(Refused):
    """A vote against release, or a comment, without a word."""

    code = "sandbox-reason-missing"
    title = msgid("Reasons are missing")
    detail = msgid("Say in a sentence why; what stands in the answer itself must not be in it.")


class SnapshotUnmarked(Refused):
    """A snapshot whose rows have no marks, or those of an older layout: its cells cannot be held against others."""

    code = "sandbox-snapshot-unmarked"
    title = msgid("This version of the data cannot be queried in aggregate")
    detail = msgid(
        "It was made before answers were compared as they are today. The provider has to publish a new version of the data; tell the operator."
    )


class LineUnreadable(Malformed):
    """A line of standard input that is no JSON object with id and sql."""

    code = "sandbox-line-unreadable"
    title = msgid("This line cannot be read")
    detail = msgid("Write one JSON object a line with the texts id and sql.")
