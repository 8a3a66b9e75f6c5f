"""Refusals of prices (S3)."""

from kernel.errors import (
    Conflict,
    Refused,
    msgid,
)


class CeilingMissing(Refused):
    """No ceiling was filed for the product (S3)."""

    code = "licensing-ceiling-missing"
    about = ("price_cents",)
    title = msgid("No price ceiling is filed for this product")
    detail = msgid("Ask the price authority to file the ceiling or the trial standard first.")


class PriceAboveCeiling(Refused):
    """A price above the filed ceiling (S3)."""

    code = "licensing-price-above-ceiling"
    about = ("price_cents",)
    title = msgid("The price is above the filed ceiling")
    detail = msgid(
        "Set at most %(ceiling_cents)s cents a run; %(price_cents)s were given. Nothing was saved."
    )


class FreeOfCharge(Refused):
    """A price for what serves public governance or public welfare (S3)."""

    code = "licensing-free-of-charge"
    about = ("price_cents",)
    title = msgid("This product is free of charge")
    detail = msgid(
        "It is filed for %(product_class)s; set the price to 0 instead of %(price_cents)s cents. "
        "Nothing was saved."
    )


class BillAboveCeiling(Refused):
    """A metered price above the ceiling that was in force when the licence was signed (S3)."""

    code = "licensing-bill-above-ceiling"
    title = msgid("A metered price is above the ceiling under which the licence was signed")
    detail = msgid(
        "Licence %(licence_number)s was signed under a ceiling of %(ceiling_cents)s cents a run; "
        "%(price_cents)s were metered. No bill was made; find out who changed the price."
    )


class RatePointsUnlawful(Refused):
    """More than six percentage points on the treasury yield, or fewer than none (S3)."""

    code = "licensing-rate-points-unlawful"
    title = msgid("The allowed profit rate is too high")
    detail = msgid(
        "Add from 0 to %(most)s percentage points to the average yield of 10-year treasury bonds; "
        "%(points)s were given."
    )


class SubsidyAboveCost(Refused):
    """Subsidies higher than the cost that they paid for (S3)."""

    code = "licensing-subsidy-above-cost"
    title = msgid("The subsidies are higher than the cost")
    detail = msgid(
        "The cost items of industry and sector development come to %(cost_cents)s cents; "
        "%(subsidies_cents)s are to be taken off. Check both against the cost investigation."
    )


class CarryTooLarge(Refused):
    """More is carried over than is outstanding, or than can be taken off (S3)."""

    code = "licensing-carry-too-large"
    title = msgid("Too much revenue is carried over")
    detail = msgid(
        "Take off at most %(most_cents)s cents; the rest is carried into the periods after."
    )


class ReviewPeriodTooLong(Refused):
    """A period of more than three years, or one that ends before it starts (S3)."""

    code = "licensing-review-period-too-long"
    title = msgid("The review period is longer than three years")
    detail = msgid("Let it end on %(latest)s at the latest, and not before it starts.")


class NoOperator(Refused):
    """No signed operation agreement names the organisation."""

    code = "licensing-no-operator"
    title = msgid("This organisation operates no data")
    detail = msgid("Name an operating institution that has signed an operation agreement.")


class RevenueMissing(Refused):
    """No determination of the maximum allowed revenue is in force on that day (S3)."""

    code = "licensing-revenue-missing"
    title = msgid("No maximum allowed revenue is in force for this operating institution")
    detail = msgid(
        "Determine the maximum allowed revenue for a period that covers %(day)s first, or file a "
        "trial standard where operation has lasted less than a year."
    )


class ForecastAboveRevenue(Refused):
    """The ceilings would let more be earned than is allowed (S3)."""

    code = "licensing-forecast-above-revenue"
    title = msgid("These ceilings would bring in more than the maximum allowed revenue")
    detail = msgid(
        "Ceilings times forecast sales come to %(forecast_cents)s cents a year; %(allowed_cents)s "
        "are allowed. File a lower ceiling, or correct the forecast."
    )


class TrialOver(Refused):
    """A trial standard after a full year of operation (S3)."""

    code = "licensing-trial-over"
    title = msgid("The time of trial standards is over")
    detail = msgid(
        "Operation has lasted a full year since %(started_on)s; determine the maximum allowed "
        "revenue and file a ceiling from it."
    )


class FilingInFuture(Refused):
    """A filing before the day on which it takes effect."""

    code = "licensing-filing-in-future"
    title = msgid("The filing takes effect on a later day")
    detail = msgid("File it on %(day)s or later; a filing is in force from the moment it is made.")


class YearNotOver(Refused):
    """A yearly check before the year has ended."""

    code = "licensing-year-not-over"
    title = msgid("The year is not over")
    detail = msgid("Check the year %(year)s from 1 January of the next one.")


class YearChecked(Conflict):
    """A second check of the same year."""

    code = "licensing-year-checked"
    title = msgid("This year was checked before")
    detail = msgid("The deviation of %(year)s is recorded and stays as it is.")
