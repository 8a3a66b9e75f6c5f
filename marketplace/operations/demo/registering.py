"""The demonstration's registrations: resources and products in register A, one product in B."""

import hashlib
from datetime import datetime, time, timedelta
from typing import Any

from kernel.clock import CHINA, system_clock
from kernel.limits import NewValue, Scope
from kernel.workdays import local_day
from marketplace.operations.demo.material import DATA, OPEN_APPLICATIONS, PROPERTY_FORM, rights_of
from marketplace.operations.demo.people import CREDIT_CODES
from marketplace.operations.demo.walk import Walk
from registry import queries as registry_queries
from registry import service as registry
from registry.rules.filing import checklist_of
from registry.states import Register, Verb

_OPEN_DAYS_BACK = 1
_STEPS_TO_NOTICE: tuple[tuple[str, Verb], ...] = (
    ("handler", Verb.SEND_TO_INTERNAL_REVIEW),
    ("entity_reviewer", Verb.SUBMIT),
    ("acceptor", Verb.ACCEPT),
    ("reviewer", Verb.BEGIN_REVIEW),
    ("reviewer", Verb.PUBLISH_NOTICE),
)


def register(
    walk: Walk, forms: dict[str, tuple[str, dict[str, Any]]], staff: str
) -> dict[str, str]:
    """Take several applications through register A side by side; returns codes by key."""
    reviewer = "operator_reviewer" if staff else "entity_reviewer"
    opened = {}
    for key, (kind, form) in forms.items():
        evidence = {"evidence_sha256": _preserve(walk, f"{staff}handler", key)}
        draft = registry.Draft(kind, {**form, **evidence})
        opened[key] = registry.draft(
            walk.home.db, actor=walk.act(f"{staff}handler"), now=walk.now(), wanted=draft
        )
    steps: tuple[tuple[str, Verb, int], ...] = (
        (f"{staff}handler", Verb.SEND_TO_INTERNAL_REVIEW, 0),
        (reviewer, Verb.SUBMIT, 0),
        ("acceptor", Verb.ACCEPT, 1),
        ("reviewer", Verb.BEGIN_REVIEW, 1),
        ("reviewer", Verb.PUBLISH_NOTICE, 2),
        ("coder", Verb.ISSUE_CODE, 11),
        ("coder", Verb.PUT_INTO_EFFECT, 0),
    )
    for person, verb, workdays in steps:
        if workdays:
            walk.wait(workdays)
        for application_id in opened.values():
            _decide(walk, person, verb, application_id)
        walk.say(
            f"{local_day(walk.clock())} {verb.value}: {walk.people[person].actor.display_name}"
        )
    with walk.home.db.read() as session:
        found = {
            key: str(registry_queries.find_application(session, one).code)
            for key, one in opened.items()
        }
    for code in found.values():
        walk.say(f"registered: {code}")
    return found


def leave_open(walk: Walk) -> None:
    """Leave two applications on the way, so that officers and the notice board have their day."""
    begin = local_day(system_clock() - timedelta(days=_OPEN_DAYS_BACK))
    walk.clock.set(datetime.combine(begin, time(9), CHINA))
    for form, steps in OPEN_APPLICATIONS:
        evidence = {"evidence_sha256": _preserve(walk, "handler", "open")}
        draft = registry.Draft("resource", {**form, **evidence})
        made = registry.draft(walk.home.db, actor=walk.act("handler"), now=walk.now(), wanted=draft)
        for person, verb in _STEPS_TO_NOTICE[:steps]:
            _decide(walk, person, verb, made)
        walk.say(f"left open: {form['name']}")


def _decide(walk: Walk, person: str, verb: Verb, application_id: str) -> None:
    with walk.home.db.read() as session:
        row = registry_queries.find_application(session, application_id)
    answers = {point.key: True for point in checklist_of(row.register, row.type)}
    registry.decide(
        walk.home.db,
        actor=walk.act(person),
        now=walk.now(),
        wanted=registry.Decision(application_id, verb, row.revision, checklist=answers),
        seal=walk.home.seal,
    )


def _preserve(walk: Walk, person: str, key: str) -> str:
    """Preserve the fingerprint of the raw file before filing; returns its SHA-256."""
    path = DATA / _RAW_FILES[key]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = registry.NewFingerprint(digest, path.name, size_bytes=path.stat().st_size)
    return registry.preserve_fingerprint(
        walk.home.db, actor=walk.act(person), now=walk.now(), wanted=wanted, seal=walk.home.seal
    )


_RAW_FILES = {"aggregate": "health_insurance_visits.parquet", "open": "flights.parquet"}
_PROPERTY_STEPS: tuple[tuple[str, Verb, int], ...] = (
    ("operator_handler", Verb.FILE, 0),
    ("acceptor", Verb.ACCEPT, 1),
    ("reviewer", Verb.BEGIN_REVIEW, 1),
    ("reviewer", Verb.PUBLISH_NOTICE, 1),
    ("coder", Verb.RECORD_EVIDENCE, 6),
    ("coder", Verb.CERTIFY, 0),
)


def certify(walk: Walk, product_code: str) -> str:
    """Take the health product through register B; returns the certificate's code."""
    registry.set_limit(
        walk.home.db,
        actor=walk.act("admin"),
        now=walk.now(),
        wanted=NewValue(
            "b_agency_digit", Scope.PROVINCIAL, 1, "全国数据产权登记机构目录（示例）", walk.today()
        ),
    )
    operator = walk.act("operator_handler")
    digest = _preserve(walk, "operator_handler", "aggregate")
    form = {
        **PROPERTY_FORM,
        **rights_of(operator, CREDIT_CODES[operator.organisation_name]),
        "acquisition_proof": digest,
        "evidence_sha256": digest,
        "is_government_data": True,
        "resource_code": product_code,
    }
    draft = registry.Draft("data", form, register=Register.PROPERTY)
    made = registry.draft(walk.home.db, actor=operator, now=walk.now(), wanted=draft)
    for person, verb, workdays in _PROPERTY_STEPS:
        if workdays:
            walk.wait(workdays)
        _decide(walk, person, verb, made)
    with walk.home.db.read() as session:
        code = str(registry_queries.find_application(session, made).code)
    walk.say(f"certified: {code}")
    return code
