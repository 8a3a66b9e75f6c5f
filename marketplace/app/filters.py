"""Filters that templates use: amounts, days, moments, and the words for codes.

A code (a status, a verb, a mode, a role) is the same in the database, REST and both languages;
its words come from the catalogues through one table here.
"""

from datetime import date, datetime

from flask import Flask
from flask_babel import format_date, format_datetime, gettext

from kernel.errors import msgid
from marketplace.rules import format_cents

#: Words for every code that a page may show.
WORDS: dict[str, str] = {
    # statuses of a registration
    "draft": msgid("Draft"),
    "internal_review": msgid("Internal review"),
    "submitted": msgid("Submitted"),
    "supplement": msgid("Supplement"),
    "not_accepted": msgid("Not accepted"),
    "accepted": msgid("Accepted"),
    "formal_review": msgid("Formal review"),
    "rejected": msgid("Rejected"),
    "public_notice": msgid("Public notice"),
    "objection": msgid("Objection under re-examination"),
    "terminated": msgid("Registration terminated"),
    "coded": msgid("Code issued"),
    "effective": msgid("In force"),
    # verbs of a registration
    "edit": msgid("Edit"),
    "send-to-internal-review": msgid("Send to internal review"),
    "return-to-draft": msgid("Return to the handler"),
    "submit": msgid("Submit"),
    "request-supplement": msgid("Ask once for everything missing"),
    "refile": msgid("File again"),
    "decline": msgid("Do not accept"),
    "accept": msgid("Accept"),
    "begin-review": msgid("Begin formal review"),
    "publish-notice": msgid("Pass and publish the notice"),
    "reject": msgid("Reject"),
    "object": msgid("Object"),
    "uphold-objection": msgid("Uphold the objection"),
    "dismiss-objection": msgid("Dismiss the objection"),
    "issue-code": msgid("Issue the code"),
    "put-into-effect": msgid("Put into effect"),
    # licensing
    "changes_requested": msgid("Changes requested"),
    "approved": msgid("Approved"),
    "refused": msgid("Refused"),
    "withdrawn": msgid("Withdrawn"),
    "awaiting_signature": msgid("Awaiting the signature"),
    "awaiting_signatures": msgid("Awaiting signatures"),
    "in_force": msgid("In force"),
    "suspended": msgid("Suspended"),
    "ended": msgid("Ended"),
    "request-changes": msgid("Ask for changes"),
    "approve": msgid("Approve"),
    "refuse": msgid("Refuse"),
    "withdraw": msgid("Withdraw"),
    "sign": msgid("Sign"),
    "countersign": msgid("Countersign"),
    "suspend": msgid("Suspend"),
    "resume": msgid("Resume"),
    "terminate": msgid("Terminate"),
    "query": msgid("Query"),
    "applicant": msgid("Licensee"),
    "provider": msgid("Provider"),
    # sandbox
    "started": msgid("Running"),
    "finished": msgid("Finished"),
    "failed": msgid("Failed"),
    "abandoned": msgid("Abandoned"),
    "open": msgid("Open"),
    "aggregate": msgid("Aggregate"),
    "dp": msgid("Differential privacy"),
    "identifier": msgid("Identifier"),
    "dimension": msgid("Dimension"),
    "measure": msgid("Measure"),
    "free_text": msgid("Free text"),
    "statistical-analysis": msgid("Statistical analysis"),
    "academic-research": msgid("Academic research"),
    "public-governance": msgid("Public governance"),
    "product-improvement": msgid("Product improvement"),
    # bills
    "issued": msgid("Issued"),
    "paid": msgid("Paid"),
    # kinds of things
    "resource": msgid("Public data resource"),
    "product": msgid("Data product"),
    "registration": msgid("Registration"),
    "licence": msgid("Licence"),
    "licence-application": msgid("Application for a licence"),
    "agreement": msgid("Operation agreement"),
    "workbench": msgid("Query workbench"),
    # lights
    "overdue": msgid("Overdue"),
    "soon": msgid("Due soon"),
    "enough": msgid("Enough time"),
    "paused": msgid("Clock paused"),
    # GB/T 4754-2017 sections
    "A": msgid("Agriculture, forestry, animal husbandry and fishery"),
    "B": msgid("Mining"),
    "C": msgid("Manufacturing"),
    "D": msgid("Electricity, heat, gas and water supply"),
    "E": msgid("Construction"),
    "F": msgid("Wholesale and retail trade"),
    "G": msgid("Transport, storage and post"),
    "H": msgid("Accommodation and catering"),
    "I": msgid("Information transmission, software and IT services"),
    "J": msgid("Finance"),
    "K": msgid("Real estate"),
    "L": msgid("Leasing and business services"),
    "M": msgid("Scientific research and technical services"),
    "N": msgid("Water conservancy, environment and public facilities"),
    "O": msgid("Household services, repair and other services"),
    "P": msgid("Education"),
    "Q": msgid("Health and social work"),
    "R": msgid("Culture, sports and entertainment"),
    "S": msgid("Public administration, social security and social organisations"),
    "T": msgid("International organisations"),
}


def install(app: Flask) -> None:
    """Give templates the filters ``words``, ``money``, ``day`` and ``moment``."""
    app.jinja_env.filters.update(words=words, money=format_cents, day=day, moment=moment)


def words(code: object) -> str:
    """The words for a code in the reader's language; an unknown code as it is."""
    text = str(getattr(code, "value", code))
    known = WORDS.get(text)
    return str(gettext(known)) if known else text


def day(value: date | None) -> str:
    """A day as people write it in the reader's language; a dash for none."""
    return str(format_date(value, "long")) if value else "—"


def moment(value: datetime | None) -> str:
    """A moment to the minute in China Standard Time; a dash for none."""
    return str(format_datetime(value, "long")) if value else "—"
