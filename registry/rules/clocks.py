"""The clock as an object: a limit that starts, stops, goes on, ends, and can be counted again.

A clock runs in spans of days. The first day of a span is not counted (Civil Code Art. 201), the
last one is; what was counted before a stop stays counted (S4 Art. 28).
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kernel.workdays.calendar import Calendar
from registry.states import Register, Status, Type

#: Up to this many working days left, a deadline is near.
SOON_WORKDAYS = 3


class Kind(StrEnum):
    """What a clock limits."""

    ACCEPTANCE = "acceptance"
    SUPPLEMENT = "supplement"
    REVIEW = "review"
    NOTICE = "notice"
    OBJECTION = "objection"
    CODE = "code"
    CANCELLATION = "cancellation"
    TOTAL = "total"
    LATER_OBJECTION = "later_objection"
    FIRST_REGISTRATION = "first_registration"


class Holder(StrEnum):
    """Who holds the ball while the clock runs."""

    INSTITUTION = "institution"
    ENTITY = "entity"
    PUBLIC = "public"


class State(StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Light(StrEnum):
    """How near a deadline is."""

    GREEN = "enough"
    AMBER = "soon"
    RED = "overdue"


@dataclass(frozen=True, slots=True)
class Start:
    """A clock that a move starts: what it limits, by which limit, and who holds the ball."""

    kind: Kind
    limit_key: str
    holder: Holder


@dataclass(frozen=True, slots=True)
class Span:
    """Days between which a clock ran; the end is open while it runs."""

    begin: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Working days that are granted, and the spans in which they run."""

    amount: int
    spans: tuple[Span, ...]

    @property
    def is_running(self) -> bool:
        """Its last span is open."""
        return self.spans[-1].end is None

    def used(self, calendar: Calendar) -> int:
        """Working days that closed spans have used up."""
        return sum(calendar.count(one.begin, one.end) for one in self.spans if one.end is not None)

    def due(self, calendar: Calendar) -> tuple[date, bool] | None:
        """The last day, and whether it leans on a provisional year; None while it is stopped."""
        if not self.is_running:
            return None
        left = max(self.amount - self.used(calendar), 0)
        deadline = calendar.add(self.spans[-1].begin, left)
        return deadline.day, bool(deadline.provisional_years)

    def stop(self, day: date) -> "Clock":
        """The clock, standing still from that day on."""
        *before, last = self.spans
        return replace(self, spans=(*before, Span(last.begin, day)))

    def go_on(self, day: date) -> "Clock":
        """The clock, running again from that day."""
        return replace(self, spans=(*self.spans, Span(day)))


def light(calendar: Calendar, today: date, due_on: date) -> tuple[Light, int]:
    """The light of a deadline and the working days left (negative: past)."""
    left = calendar.count(today, due_on)
    if left < 0:
        return Light.RED, left
    return (Light.AMBER if left <= SOON_WORKDAYS else Light.GREEN), left


_I, _E, _P = Holder.INSTITUTION, Holder.ENTITY, Holder.PUBLIC

#: Register A: the clock that starts on entering a status (S1 Art. 10 to 13).
_STARTS_RESOURCES: dict[Status, Start] = {
    Status.SUBMITTED: Start(Kind.ACCEPTANCE, "acceptance", _I),
    Status.ACCEPTED: Start(Kind.REVIEW, "review", _I),
    Status.PUBLIC_NOTICE: Start(Kind.NOTICE, "notice", _P),
    Status.OBJECTION: Start(Kind.OBJECTION, "objection", _I),
    Status.CODED: Start(Kind.CODE, "code", _I),
}
_REVIEW_BY_TYPE: dict[Type, str] = {
    Type.CHANGE: "change",
    Type.CORRECTION: "correction",
    Type.PARTY_CORRECTION: "correction",
    Type.RENEWAL: "renewal",
    Type.CANCELLATION: "cancellation",
}
#: Register B (S4 Art. 17, 24, 25, 28): the total starts with acceptance and outlives its statuses.
_STARTS_PROPERTY: dict[Status, Start] = {
    Status.SUBMITTED: Start(Kind.ACCEPTANCE, "b_acceptance", _I),
    Status.SUPPLEMENT: Start(Kind.SUPPLEMENT, "b_supplement", _E),
    Status.ACCEPTED: Start(Kind.TOTAL, "b_total", _I),
    Status.PUBLIC_NOTICE: Start(Kind.NOTICE, "b_notice", _P),
    Status.OBJECTION: Start(Kind.OBJECTION, "b_objection", _I),
}
#: While an application stands here, the clock of the whole goes on.
GOES_ON: dict[Register, dict[Kind, frozenset[Status]]] = {
    Register.RESOURCES: {
        Kind.REVIEW: frozenset({Status.ACCEPTED, Status.FORMAL_REVIEW}),
        Kind.CANCELLATION: frozenset({Status.ACCEPTED}),
        Kind.FIRST_REGISTRATION: frozenset({Status.DRAFT, Status.INTERNAL_REVIEW}),
    },
    Register.PROPERTY: {
        Kind.TOTAL: frozenset(
            {
                Status.ACCEPTED,
                Status.SUBSTANTIVE_REVIEW,
                Status.APPROVED,
                Status.RECORDED,
            }
        ),
    },
}
#: While an application stands here, the clock stands still and its count is kept. The notice of
#: register A goes on to its own last day while an objection is examined.
STANDS_STILL: dict[Register, dict[Kind, frozenset[Status]]] = {
    Register.RESOURCES: {},
    Register.PROPERTY: {
        Kind.TOTAL: frozenset({Status.PROOF_REQUESTED, Status.PUBLIC_NOTICE, Status.OBJECTION}),
    },
}
#: A notice that was published runs on beneath an objection.
RUNS_BENEATH: dict[Kind, frozenset[Status]] = {
    Kind.NOTICE: frozenset({Status.PUBLIC_NOTICE, Status.OBJECTION})
}


def start_on(register: Register, type_: Type, status: Status) -> Start | None:
    """The clock that starts when an application enters a status; None for none."""
    if register is Register.PROPERTY:
        return _STARTS_PROPERTY.get(status)
    start = _STARTS_RESOURCES.get(status)
    if start is None or start.kind is not Kind.REVIEW or type_ is Type.INITIAL:
        return start
    kind = Kind.CANCELLATION if type_ is Type.CANCELLATION else Kind.REVIEW
    return Start(kind, _REVIEW_BY_TYPE[type_], Holder.INSTITUTION)


def state_at(register: Register, kind: Kind, status: Status) -> State:
    """What becomes of a running clock of a kind when the application enters a status."""
    going = GOES_ON[register].get(kind, frozenset()) | RUNS_BENEATH.get(kind, frozenset())
    if status in going:
        return State.RUNNING
    if status in STANDS_STILL[register].get(kind, frozenset()):
        return State.PAUSED
    return State.ENDED
