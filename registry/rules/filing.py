"""What may be filed: jurisdiction, the duty to file in time, the review's checklist, register B's gates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.errors import msgid
from kernel.workdays.calendar import Calendar
from registry import errors
from registry.states import Register, Status, Type, Verb

#: GB/T 2260: codes of Gansu start with these two digits.
PROVINCE_DIGITS = "62"
#: The registering division of units that the centre itself registered (GB 32100, digits 3 to 8).
_CENTRAL_DIVISION = "100000"
_DIVISION = slice(2, 8)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist that a reviewer answers."""

    key: str
    label: str


_COMMON = (
    Point("materials", msgid("The materials are complete and readable")),
    Point("source", msgid("The source of the data is lawful and documented")),
    Point("evidence", msgid("The preserved evidence belongs to this data")),
    Point("classification", msgid("The classification is right; no core data")),
    Point(
        "public_fields", msgid("What becomes public holds no secret and no personal information")
    ),
    Point("duplicates", msgid("The possible duplicates were looked at")),
)
_OF_PROPERTY = (
    Point("description", msgid("The description is accurate (S4 Art. 19)")),
    Point("source", msgid("The source is lawful (S4 Art. 20)")),
    Point("rights", msgid("The rights are clear and fit the origin (S4 Art. 21)")),
    Point("refusal", msgid("No ground of refusal applies (S4 Art. 22)")),
    Point("duplicates", msgid("The possible duplicates were looked at")),
)
_OF_LATER_TYPES = (
    Point("materials", msgid("The materials are complete and readable")),
    Point("reason", msgid("The stated reason is shown by the materials")),
)


def checklist_of(register: Register, type_: Type) -> tuple[Point, ...]:
    """The points of a formal review (S1 Art. 11) or a substantive one (S4 Art. 18)."""
    if type_ not in {Type.INITIAL, Type.TRANSFER}:
        return _OF_LATER_TYPES
    return _COMMON if register is Register.RESOURCES else _OF_PROPERTY


def check_checklist(register: Register, type_: Type, answers: Mapping[str, bool]) -> None:
    """Let a review end well only when every point was answered with yes.

    Raises:
        ChecklistIncomplete: with the open points.
    """
    missing = [
        point.key for point in checklist_of(register, type_) if answers.get(point.key) is not True
    ]
    if missing:
        raise errors.ChecklistIncomplete(points=", ".join(missing), missing=missing)


def check_jurisdiction(*, entity_level: str, credit_code: str, region: str) -> None:
    """Send away whom another institution registers (S1 Art. 6).

    Raises:
        OfNationalPlatform: a central body.
        OutsideProvince: a region that is not of this province.
    """
    if entity_level == "central" or credit_code[_DIVISION] == _CENTRAL_DIVISION:
        raise errors.OfNationalPlatform
    if region and not region.startswith(PROVINCE_DIGITS):
        raise errors.OutsideProvince(region=region)


def duty_starts_on(started_on: date | None, delivered_on: date | None) -> date | None:
    """The day of the event that starts the duty to file: operation begun *and* data delivered."""
    if started_on is None or delivered_on is None:
        return None
    return max(started_on, delivered_on)


def workdays_late(calendar: Calendar, event: date | None, limit: int, filed_on: date) -> int:
    """Working days by which a filing missed its duty (S1 Art. 9(1)); 0 when it is in time."""
    if event is None:
        return 0
    return max(calendar.count(calendar.add(event, limit).day, filed_on), 0)


def check_property_gate(
    *, is_government_data: bool, resource_code: str, is_registered_product: bool
) -> None:
    """Keep raw government data out of register B, and its products until A has them (S4 Art. 15).

    Raises:
        GovernmentData: raw data of an organ's duties.
        NotInResourceRegister: the product named is not in force in register A.
    """
    if is_government_data and not resource_code:
        raise errors.GovernmentData
    if resource_code and not is_registered_product:
        raise errors.NotInResourceRegister(code=resource_code)


def check_agency(agency_digit: int | None, *, hands_over: bool) -> None:
    """Let only a listed agency decide, and only an unlisted body hand over (S4 Art. 7).

    Raises:
        NotListedAgency, ListedAgency: the other of the two.
    """
    if agency_digit is None and not hands_over:
        raise errors.NotListedAgency
    if agency_digit is not None and hands_over:
        raise errors.ListedAgency


def rights_to_move(form: Mapping[str, Any], held: Iterable[str]) -> list[str]:
    """The rights that a transfer names (S4 Art. 33).

    Raises:
        RightNotHeld: the transferor does not hold one of them.
    """
    wanted = [str(one) for one in form.get("transferred_rights", ())]
    owned = set(held)
    if missing := [one for one in wanted if one not in owned]:
        raise errors.RightNotHeld(right=", ".join(missing))
    return wanted


def check_not_lapsed(today: date, due_on: date | None) -> None:
    """Let nobody complete an application that counts as none, also before the clerk has noted it.

    Raises:
        VerbUnlawful: the last day of the supplement has passed (S4 Art. 17).
    """
    if due_on is not None and today > due_on:
        raise errors.VerbUnlawful(status=Status.LAPSED.value, verb=Verb.REFILE.value)


def check_not_accepted_by_silence(
    calendar: Calendar, today: date, due_on: date | None, verb: Verb
) -> None:
    """Let nobody send away what silence has accepted, also before the clerk has noted it.

    Raises:
        VerbUnlawful: the first working day after the limit has come (S4 Art. 17).
    """
    if due_on is not None and today >= calendar.add(due_on, 1).day:
        raise errors.VerbUnlawful(status=Status.ACCEPTED.value, verb=verb.value)
