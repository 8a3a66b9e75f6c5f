"""A contract's clauses in words, made from its terms and from nothing else.

Each clause names the part of the ODRL policy that it says; what a person reads, what a connector
reads and what the sandbox enforces are therefore one text. Sentences are message ids with typed
values; the page, the JSON document and the PDF put both into the reader's language.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kernel.errors import msgid
from licensing.contract.odrl import constraint_of, offer_document
from licensing.contract.terms import Terms
from licensing.contract.vocabulary import OPERANDS, PROHIBITED


class Shown(StrEnum):
    """How a value is shown: as it is, by a code's words, as money or a moment, by a dictionary."""

    TEXT = "text"
    CODES = "codes"
    MONEY = "money"
    MOMENT = "moment"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its heading and sentence as message ids, its values, and the ODRL that says it.

    ``name`` is stable; two contracts are compared by it. ``values`` maps a name in the sentence to
    how it is shown and what it is; several values are a tuple.
    """

    name: str
    label: str
    sentence: str
    values: tuple[tuple[str, Shown, Any], ...]
    odrl: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A clause that two contracts say differently; None where one of them does not have it."""

    name: str
    label: str
    old: Clause | None
    new: Clause | None


_Words = tuple[str, tuple[tuple[str, Shown, Any], ...]]


def clauses_of(terms: Terms) -> list[Clause]:
    """All clauses of the terms, in the order of the contract."""
    return list(_clauses(terms))


def _clauses(terms: Terms) -> Iterator[Clause]:
    for name, label, fields, say in _TABLE:
        words = say(terms)
        if words is not None:
            sentence, values = words
            yield Clause(name, label, sentence, values, _odrl_of(terms, name, fields))


def _odrl_of(terms: Terms, name: str, fields: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    if name == "prohibitions":
        return tuple({"action": action} for action in PROHIBITED)
    if name in _DUTY_OF_CLAUSE:
        rule = offer_document("urn:uuid:0", terms, assigner="urn:uuid:0")["permission"][0]
        return tuple(one for one in rule["duty"] if one["action"] == _DUTY_OF_CLAUSE[name])
    return tuple(
        constraint_of(operand, getattr(terms, operand.field))
        for operand in OPERANDS
        if operand.field in fields and getattr(terms, operand.field) not in (None, (), "", 0)
    )


def difference(old: Terms, new: Terms) -> list[Change]:
    """The clauses that differ, in the order of the contract; empty for the same terms."""
    before = {one.name: one for one in _clauses(old)}
    after = {one.name: one for one in _clauses(new)}
    return [
        Change(name, label, before.get(name), after.get(name))
        for name, label, _, _ in _TABLE
        if _said(before.get(name)) != _said(after.get(name))
    ]


def _said(clause: Clause | None) -> object:
    return clause and (clause.sentence, clause.values)


def _object(terms: Terms) -> _Words:
    return (
        msgid("Queries on the dataset %(dataset)s are permitted, inside the sandbox only."),
        (("dataset", Shown.TEXT, terms.dataset),),
    )


def _mode(terms: Terms) -> _Words:
    mode = ("mode", Shown.CODES, (terms.mode,))
    if terms.mode == "open":
        return msgid("Mode “%(mode)s”: licensed columns and rows may be shown."), (mode,)
    # With a smallest cell it says so, as every mode that is not open; nothing enforces such terms.
    if terms.mode == "dp" and not terms.min_cell_size:
        return (
            msgid(
                "Mode “%(mode)s”: only statistics leave the sandbox, with noise on every number that "
                "is paid from the privacy budget."
            ),
            (mode,),
        )
    return (
        msgid(
            "Mode “%(mode)s”: only statistics leave the sandbox; a cell of fewer than %(people)s "
            "people is suppressed, and counts are rounded."
        ),
        (mode, ("people", Shown.TEXT, terms.min_cell_size)),
    )


def _purposes(terms: Terms) -> _Words:
    return msgid("Purposes: %(purposes)s."), (("purposes", Shown.CODES, terms.purposes),)


def _columns(terms: Terms) -> _Words:
    return msgid("Licensed columns: %(columns)s."), (("columns", Shown.TEXT, terms.columns),)


def _users(terms: Terms) -> _Words | None:
    if terms.recipients:
        return (
            msgid("Only the people whom this contract names may run queries: %(people)s."),
            (("people", Shown.TEXT, terms.recipients),),
        )
    if terms.most_users:
        return (
            msgid("At most %(count)s people may run queries; the application names them."),
            (("count", Shown.TEXT, terms.most_users),),
        )
    return None


def _delegation(terms: Terms) -> _Words | None:
    if not terms.delegation_depth:
        return None
    return (
        msgid(
            "The licensee may let other organisations run queries in its stead, at most %(steps)s "
            "steps from itself; quotas and bills stay its own."
        ),
        (("steps", Shown.TEXT, terms.delegation_depth),),
    )


def _runs(terms: Terms) -> _Words:
    return (
        msgid(
            "%(count)s queries are granted per %(period)s; refused queries and repeated answers "
            "do not count."
        ),
        (
            ("count", Shown.TEXT, terms.run_quota),
            ("period", Shown.CODES, (f"period-{terms.quota_period}",)),
        ),
    )


def _quota(field: str, sentence: str) -> Callable[[Terms], _Words | None]:
    def say(terms: Terms) -> _Words | None:
        amount = getattr(terms, field)
        if not amount:
            return None
        period = ("period", Shown.CODES, (f"period-{terms.quota_period}",))
        return sentence, (("count", Shown.TEXT, amount), period)

    return say


def _privacy(terms: Terms) -> _Words | None:
    if not terms.privacy_rho:
        return None
    return (
        msgid("The privacy budget is %(rho)s nano-rho (zCDP); what was spent never comes back."),
        (("rho", Shown.TEXT, terms.privacy_rho),),
    )


def _review(terms: Terms) -> _Words | None:
    if terms.output_review == "none":
        return None
    if terms.output_review == "always":
        return msgid("Two people look at every answer before it is handed out."), ()
    return msgid("Two people look at an answer before it is handed out where a check fails."), ()


def _response(terms: Terms) -> _Words | None:
    if terms.response_time == "when_done":
        return None
    return msgid("An answer comes after a time that only public sizes decide."), ()


def _names(field: str, shown: Shown, sentence: str) -> Callable[[Terms], _Words | None]:
    def say(terms: Terms) -> _Words | None:
        names = getattr(terms, field)
        return (sentence, (("names", shown, names),)) if names else None

    return say


def _price(terms: Terms) -> _Words:
    if not terms.price_cents:
        return msgid("Queries are free of charge."), ()
    return (
        msgid("Each finished query costs %(price)s yuan."),
        (("price", Shown.MONEY, terms.price_cents),),
    )


def _report(terms: Terms) -> _Words | None:
    if not terms.report_months:
        return None
    return (
        msgid("The licensee reports its use every %(months)s months."),
        (("months", Shown.TEXT, terms.report_months),),
    )


def _attribute(terms: Terms) -> _Words | None:
    if not terms.must_attribute:
        return None
    return msgid("Whoever publishes results names the source and its registration code."), ()


def _delete(terms: Terms) -> _Words | None:
    if not terms.must_delete:
        return None
    return msgid("When the contract ends, the licensee deletes what it derived row by row."), ()


def _term(terms: Terms) -> _Words:
    start = ("start", Shown.MOMENT, terms.starts_at)
    if terms.expires_at is not None:
        end = ("end", Shown.MOMENT, terms.expires_at)
        if terms.starts_at is not None:
            return msgid("The licence runs from %(start)s to %(end)s."), (start, end)
        return msgid("The licence ends at %(end)s."), (end,)
    days = ("days", Shown.TEXT, terms.term_days)
    if terms.starts_at is not None:
        return msgid("The licence runs %(days)s days from %(start)s."), (days, start)
    return msgid("The licence runs %(days)s days from its start."), (days,)


def _prohibitions(_: Terms) -> _Words:
    return msgid("Distributing the data and re-identifying people are forbidden."), ()


_DUTY_OF_CLAUSE: Final = {
    "price": "compensate",
    "report": "inform",
    "attribution": "attribute",
    "deletion": "delete",
}
_S: Final = Shown
#: Name, heading, fields of the terms, and what is said; the order is that of the contract.
_TABLE: Final[tuple[tuple[str, str, tuple[str, ...], Callable[[Terms], _Words | None]], ...]] = (
    ("object", msgid("Subject"), ("dataset",), _object),
    ("mode", msgid("Mode"), ("mode", "min_cell_size"), _mode),
    ("purposes", msgid("Purposes"), ("purposes",), _purposes),
    ("columns", msgid("Columns"), ("columns",), _columns),
    ("users", msgid("Users"), ("recipients", "most_users"), _users),
    ("delegation", msgid("Delegation"), ("delegation_depth",), _delegation),
    ("runs", msgid("Queries"), ("run_quota", "quota_period"), _runs),
    (
        "rows",
        msgid("Rows out"),
        ("row_quota",),
        _quota("row_quota", msgid("Answers may hold %(count)s rows per %(period)s in all.")),
    ),
    (
        "compute",
        msgid("Compute units"),
        ("compute_quota",),
        _quota("compute_quota", msgid("%(count)s compute units are granted per %(period)s.")),
    ),
    (
        "calls",
        msgid("Calls"),
        ("call_quota",),
        _quota("call_quota", msgid("The interface may be called %(count)s times per %(period)s.")),
    ),
    ("privacy", msgid("Privacy budget"), ("privacy_rho",), _privacy),
    ("review", msgid("Output review"), ("output_review",), _review),
    ("response", msgid("Response time"), ("response_time",), _response),
    (
        "regions",
        msgid("Region"),
        ("regions",),
        _names("regions", _S.PLACES, msgid("The licensee uses the data within: %(names)s.")),
    ),
    (
        "industries",
        msgid("Industry"),
        ("industries",),
        _names("industries", _S.PLACES, msgid("The licensee works in: %(names)s.")),
    ),
    (
        "credentials",
        msgid("Credentials"),
        ("credentials",),
        _names("credentials", _S.CODES, msgid("The licensee has shown: %(names)s.")),
    ),
    ("price", msgid("Price"), ("price_cents",), _price),
    ("report", msgid("Report on use"), ("report_months",), _report),
    ("attribution", msgid("Naming the source"), ("must_attribute",), _attribute),
    ("deletion", msgid("Deletion"), ("must_delete",), _delete),
    ("term", msgid("Term"), ("term_days", "starts_at", "expires_at"), _term),
    ("prohibitions", msgid("Prohibitions"), (), _prohibitions),
)
