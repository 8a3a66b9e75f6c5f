"""Refusals of authorised operation (S2)."""

from kernel.errors import Conflict, Forbidden, Malformed, Refused, msgid


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


class BeginsTooLate(Refused):
    """A licence that would begin when its operator may no longer operate the data."""

    code = "licensing-begins-too-late"
    title = msgid("The licence would begin after the operation agreement has ended")
    detail = msgid(
        "The agreement ends on %(ends_on)s; agree on an earlier start, or renew it first."
    )


class PlanItemsMissing(Refused):
    """A plan without one of the 12 items of S2 Art. 9."""

    code = "licensing-plan-items-missing"
    title = msgid("The plan lacks items that the law wants")
    detail = msgid("Write these items before you submit the plan: %(items)s.")


class DayAhead(Refused):
    """Something recorded before it happened."""

    code = "licensing-day-ahead"
    title = msgid("This day lies in the future")
    detail = msgid("Record it once it has happened; the day is %(today)s or earlier.")


class MinutesNotPreserved(Refused):
    """Minutes whose digest nobody of the body preserved."""

    code = "licensing-minutes-not-preserved"
    title = msgid("The minutes are not preserved")
    detail = msgid("Preserve the minutes of the meeting first and give their SHA-256.")


class PlanNotDecided(Refused):
    """A selection or an agreement for a plan that is not approved, or that was superseded."""

    code = "licensing-plan-not-decided"
    title = msgid("The plan is not approved")
    detail = msgid("Take a plan that is approved or filed; this one is “%(status)s”.")


class NothingToChange(Refused):
    """A change of something that is not valid, or of another body's."""

    code = "licensing-nothing-to-change"
    title = msgid("What is to be changed is not in force or not yours")
    detail = msgid("Name a plan or an agreement of your own that is in force.")


class OutsidePlan(Refused):
    """An agreement beyond the plan that was decided (S2 Art. 11)."""

    code = "licensing-outside-plan"
    title = msgid("The agreement goes beyond the plan")
    detail = msgid(
        "Keep to the plan or change the plan first: not in it are %(codes)s; "
        "the last day that it allows is %(latest)s."
    )


class SelectionGoingOn(Conflict):
    """A second selection for one plan."""

    code = "licensing-selection-going-on"
    title = msgid("The plan has a selection already")
    detail = msgid("Go on with it; a new one is possible only after it failed.")


class WayUnexplained(Malformed):
    """Another way of selection without reasons (S2 Art. 12)."""

    code = "licensing-way-unexplained"
    title = msgid("Say why this way is as fair")
    detail = msgid("Another way than tender or negotiation needs reasons.")


class CandidatesMissing(Refused):
    """A result without a candidate."""

    code = "licensing-candidates-missing"
    title = msgid("Nobody has applied")
    detail = msgid("Record at least one candidate, or let the selection fail with reasons.")


class NotACandidate(Refused):
    """A chosen one who is no qualified candidate."""

    code = "licensing-not-a-candidate"
    title = msgid("This is no qualified candidate")
    detail = msgid("Choose a candidate that meets the conditions; %(credit_code)s is none.")


class CreditCodeWrong(Malformed):
    """A unified social credit code whose check character is wrong (GB 32100)."""

    code = "licensing-credit-code-wrong"
    title = msgid("A credit code is wrong")
    detail = msgid("Correct these unified social credit codes: %(codes)s.")


class NotSelected(Refused):
    """An agreement with somebody whom no decided selection chose."""

    code = "licensing-not-selected"
    title = msgid("The operating institution was not selected")
    detail = msgid("Decide the selection first; the agreement is with the one whom it chose.")


class OperatorUnknown(Refused):
    """A selected institution without an organisation here."""

    code = "licensing-operator-unknown"
    title = msgid("The selected institution has no account here")
    detail = msgid("Ask the administrator to add an organisation with the code %(credit_code)s.")


class NumberTaken(Conflict):
    """Two agreements with one number."""

    code = "licensing-number-taken"
    title = msgid("Another agreement has this number")
    detail = msgid("Give the agreement a number of its own; %(number)s is taken.")


class FiledAlready(Conflict):
    """A second filing of one agreement."""

    code = "licensing-filed-already"
    title = msgid("The agreement is filed already")
    detail = msgid("It has the filing number %(number)s; nothing was changed.")


class NotClassified(Refused):
    """Data without a level (S2 Art. 5)."""

    code = "licensing-not-classified"
    title = msgid("Data has to be classified first")
    detail = msgid("Register the level of the data by a change registration: %(codes)s.")


class CoreData(Refused):
    """Core data (S2 Art. 5)."""

    code = "licensing-core-data"
    title = msgid("Core data is not operated")
    detail = msgid("Take these out of the scope: %(codes)s.")


class ConsentMissing(Refused):
    """Shared data without the consent of the body that provided it (S2 Art. 5)."""

    code = "licensing-consent-missing"
    title = msgid("The providing body has not consented")
    detail = msgid("Ask the body that shared the data to record its consent for: %(codes)s.")


class NotShared(Refused):
    """A consent for data that was not obtained by sharing."""

    code = "licensing-not-shared"
    title = msgid("This data was not obtained by sharing")
    detail = msgid("No consent is needed for %(code)s; look at the register.")


class NotTheProvider(Forbidden):
    """A consent of a body that did not provide the data."""

    code = "licensing-not-the-provider"
    title = msgid("Another body provided this data")
    detail = msgid("Only %(provider)s can consent for %(code)s.")


class ConsentUnchanged(Conflict):
    """A consent that is there already, or a revocation without one."""

    code = "licensing-consent-unchanged"
    title = msgid("The consent is already as you want it")
    detail = msgid("Load the page again; nothing was changed.")


class OwnRedevelopment(Refused):
    """An operator, or its affiliate, as re-developer of its own product (S2 Art. 6)."""

    code = "licensing-own-redevelopment"
    title = msgid("An operating institution may not re-develop what it delivered")
    detail = msgid(
        "Neither it nor its affiliates are licensed for “%(purpose)s”; other purposes are possible."
    )
