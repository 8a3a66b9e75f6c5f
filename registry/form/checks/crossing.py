"""Values of a form that contradict each other, the day, or what may be registered at all.

Typical filling errors of catalogues are those of domain 6, what may not be registered that of
domain 2.1, 2.6, 5.5 and 7.1.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from registry.form.checks import names
from registry.form.checks.filing import Filing
from registry.form.checks.problems import Problem, excerpt, found
from registry.form.checks.rights import may_claim
from registry.form.checks.shapes import day_of
from registry.form.dictionaries import divisions_of, has

#: The first day of each pair may not lie after the second.
_IN_ORDER = (
    ("time_from", "time_to"),
    ("operation_started_on", "delivered_on"),
    ("risk_assessed_on", "risk_valid_until"),
    ("business_registered_on", "business_ends_on"),
)
_NOT_IN_FUTURE = (
    *("evidence_at", "operation_started_on", "delivered_on", "risk_assessed_on", "published_on"),
    "business_registered_on",
)
_DATABASES = frozenset({"mysql", "postgresql", "oracle", "sqlserver", "dm", "kingbase"})
_INTERFACES = frozenset({"rest", "webservice"})
_SHEETS = frozenset({"csv", "xls", "xlsx", "et", "parquet", "json", "xml", "txt"})
_PAPERS = frozenset({"txt", "pdf", "ofd", "doc", "docx", "wps", "json", "xml"})
#: Domain 6: the format has to match its class.
_FORMATS_OF_FORM = {
    "table": _SHEETS | _DATABASES,
    "text": _PAPERS | _DATABASES,
    "image": frozenset({"jpg", "png", "tiff", "pdf", "ofd"}),
    "audio": frozenset({"mp3", "wav"}),
    "video": frozenset({"mp4", "avi"}),
    "api": _INTERFACES,
    "map": frozenset({"shp", "geojson", "tiff"}) | _DATABASES,
}
#: Class digit, two of the item, three of the subject, detail and number of at least one (domain 6).
_LEAST_CATALOGUE_CODE = 8
_CATALOGUE_CODE = re.compile(r"[0-9]{6}[0-9A-Za-z/.-]*\Z")
_WHOLE_PERCENT = 100


def crossing_problems(filing: Filing) -> Iterator[Problem]:
    """All problems that no field has alone."""
    for check in _CHECKS:
        yield from check(filing)


def _check_order(filing: Filing) -> Iterator[Problem]:
    for first, second in _IN_ORDER:
        start, end = filing.day(first), filing.day(second)
        if start is not None and end is not None and end < start:
            yield found(
                second,
                "registry-form-dates-contradict",
                label=filing.label(second),
                value=str(end),
                other_label=filing.label(first),
                other_value=str(start),
            )


def _check_future(filing: Filing) -> Iterator[Problem]:
    for name in _NOT_IN_FUTURE:
        day = filing.day(name)
        if day is not None and day > filing.today:
            label = filing.label(name)
            yield found(name, "registry-form-date-in-future", label=label, value=str(day))


def _check_expiry(filing: Filing) -> Iterator[Problem]:
    until = filing.day("agent_until")
    if until is not None and filing.has_ticked("has_agent") and until < filing.today:
        yield found("agent_until", "registry-form-agent-expired", value=str(until))
    until = filing.day("risk_valid_until")
    is_important = filing.text("data_level") == "important"
    if until is not None and is_important and until < filing.today:
        yield found("risk_valid_until", "registry-form-risk-expired", value=str(until))


def _check_admission(filing: Filing) -> Iterator[Problem]:
    if filing.text("data_level") == "core":
        yield found("data_level", "registry-form-core-data")
    if filing.text("entity_level") == "central":
        yield found("entity_level", "registry-form-central-entity")
    # S4 Art. 15.
    if filing.has_ticked("is_government_data") and not filing.text("resource_code"):
        yield found("resource_code", "registry-form-government-data")


def _check_industry(filing: Filing) -> Iterator[Problem]:
    section, division = filing.text("industry"), filing.text("industry_division")
    if not (has("industries", section) and has("divisions", division)):
        return
    if division not in {one.code for one in divisions_of(section)}:
        yield found(
            "industry_division",
            "registry-form-division-not-in-section",
            value=division,
            section=section,
        )


def _check_personal(filing: Filing) -> Iterator[Problem]:
    if filing.has_ticked("has_sensitive_information") and not filing.has_ticked(
        "has_personal_information"
    ):
        yield found("has_sensitive_information", "registry-form-sensitive-not-personal")


def _check_format(filing: Filing) -> Iterator[Problem]:
    form, kept = filing.text("data_form"), filing.text("data_format")
    if kept and kept not in _FORMATS_OF_FORM.get(form, {kept}):
        yield found("data_format", "registry-form-format-not-of-form", value=kept, form=form)
    mode = filing.text("share_mode")
    if mode and kept and not _can_share(mode, kept):
        yield found("share_mode", "registry-form-share-mode-not-of-format", value=mode, format=kept)


def _can_share(mode: str, kept: str) -> bool:
    if mode == "database":
        return kept in _DATABASES
    if mode == "api":
        # An interface may serve what lies in a database.
        return kept in _INTERFACES | _DATABASES
    return mode != "file" or kept not in _DATABASES | _INTERFACES


def _check_catalogue_code(filing: Filing) -> Iterator[Problem]:
    code = filing.text("catalogue_code")
    if not code:
        return
    if len(code) < _LEAST_CATALOGUE_CODE:
        least = _LEAST_CATALOGUE_CODE
        yield found("catalogue_code", "registry-form-catalogue-code-short", least=least)
    elif not _CATALOGUE_CODE.match(code):
        yield found("catalogue_code", "registry-form-catalogue-code-shape")


def _check_names(filing: Filing) -> Iterator[Problem]:
    for name in ("name", "catalogue_name"):
        text = filing.text(name)
        if text and (clean := names.cleaned_name(text)) != text:
            label = filing.label(name)
            yield found(name, "registry-form-name-noise", label=label, value=clean)
        # A product may be a system; a resource and a catalogue entry may not.
        is_data = name == "catalogue_name" or filing.kind in {"resource", "data"}
        if is_data and names.is_system_name(text):
            yield found(name, "registry-form-system-name", value=excerpt(text))


def _check_summary(filing: Filing) -> Iterator[Problem]:
    name, summary = filing.text("name"), filing.text("summary")
    if name and summary and names.normalised_name(name) == names.normalised_name(summary):
        yield found("summary", "registry-form-summary-is-name")


def _advise_name(filing: Filing) -> Iterator[Problem]:
    name = names.cleaned_name(filing.text("name"))
    if name and not names.is_system_name(name):
        for part in names.missing_parts(name):
            yield found("name", f"registry-form-name-without-{part}")


def _check_items(filing: Filing) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, row in filing.rows("items"):
        name = names.normalised_name(str(row.get("name", "")))
        if name and name in seen:
            path = f"items/{number}/name"
            yield found(path, "registry-form-item-twice", value=excerpt(row["name"]))
        seen.add(name)


def _check_shares(filing: Filing) -> Iterator[Problem]:
    shares = [row.get("share") for _, row in filing.rows("co_holders")]
    total = sum(share for share in shares if isinstance(share, int))
    if total > _WHOLE_PERCENT:
        yield found("co_holders", "registry-form-shares-over-whole", value=total)


def _check_rights(filing: Filing) -> Iterator[Problem]:
    origin = filing.text("data_source")
    has_consent = bool(filing.text("consent_file"))
    for number, row in filing.rows("rights"):
        right = row.get("right")
        knows_both = has("origins", origin) and has("rights", right)
        if knows_both and not may_claim(origin, str(right), has_consent=has_consent):
            yield found(
                f"rights/{number}/right",
                "registry-form-right-not-by-origin",
                origin=origin,
                right=right,
            )
        yield from _check_term(filing, number, row)


def _check_term(filing: Filing, number: int, row: dict[str, Any]) -> Iterator[Problem]:
    start, end = day_of(row.get("from")), day_of(row.get("until"))
    if start is not None and end is not None and end < start:
        labels = {column.name: column.label for column in filing.fields["rights"].columns}
        yield found(
            f"rights/{number}/until",
            "registry-form-dates-contradict",
            label=labels["until"],
            value=str(end),
            other_label=labels["from"],
            other_value=str(start),
        )


_CHECKS: tuple[Callable[[Filing], Iterator[Problem]], ...] = (
    *(_check_order, _check_future, _check_expiry, _check_admission, _check_industry),
    *(_check_personal, _check_format, _check_catalogue_code, _check_names, _check_summary),
    *(_check_items, _check_shares, _check_rights, _advise_name),
)
