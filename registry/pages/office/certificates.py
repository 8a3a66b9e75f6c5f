"""Entries and certificates at work: remarks, endings ex officio, and later objections."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from registry import errors, queries, schemas, service
from registry.form.dictionaries import DICTIONARIES
from registry.pages.door import blueprint, reads_all, signed_in
from registry.queries import CertificateRow
from registry.rules.decide import possible_entry_verbs
from registry.service import Answer, Ending, Lifting, NewRemark
from registry.states import EntryVerb, Register

_LONGEST_REASON = 2000
_ENDING_VERBS = (EntryVerb.REVOKE, EntryVerb.CANCEL)


def ending_verbs(here: Entrance, register: Register, row: Any) -> list[EntryVerb]:  # noqa: ANN401 - an entry or certificate
    """What this person may do now to end an entry or certificate ex officio."""
    status = row.status_on(local_day(here.now))
    possible = possible_entry_verbs(here.actor, register, status)
    return [verb for verb in _ENDING_VERBS if verb in possible]


@blueprint.get("/entries/<code>/work")
def work_on_entry(code: str) -> str:
    """One entry for the institution: its facts, and what may be done to it."""
    return _entry_page(code)


@blueprint.post("/entries/<code>/end/<verb>")
def end_entry(code: str, verb: str) -> ResponseReturnValue:
    """Revoke an entry or cancel it ex officio."""

    def act() -> ResponseReturnValue:
        _end(Register.RESOURCES, code, verb)
        return redirect(url_for("registry.work_on_entry", code=code))

    return forms.attempt(act, lambda **shown: _entry_page(code, **shown))


def _end(register: Register, code: str, verb: str) -> None:
    here = signed_in()
    if verb not in {one.value for one in _ENDING_VERBS}:
        raise errors.EntryUnknown(code=code)
    text = request.form.get("version", "")
    wanted = Ending(
        register,
        code,
        EntryVerb(verb),
        int(text) if text.isascii() and text.isdigit() else 0,
        request.form.get("reason", "")[:_LONGEST_REASON],
    )
    service.end_entry(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    forms.notice(_("Done; it is visible to everybody from now on."))


def _entry_page(code: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_entry(session, code)
        versions = queries.versions(session, Register.RESOURCES, row.code)
        application = queries.open_on_entry(session, row.code)
    _check_concerned(here, row.organisation_id, errors.EntryUnknown(code=code))
    return render_template(
        "registry/entry_work.html",
        entry=row,
        status=row.status_on(local_day(here.now)),
        versions=versions,
        open_application=application,
        verbs=ending_verbs(here, Register.RESOURCES, row),
        is_own=row.organisation_id == here.actor.organisation_id,
        **shown,
    )


def _check_concerned(here: Entrance, organisation_id: str, unknown: Exception) -> None:
    """Let the institution and the registrant in; for others there is only the public page."""
    if organisation_id != here.actor.organisation_id and not reads_all(here):
        raise unknown


@blueprint.get("/certificates/<code>/work")
def work_on_certificate(code: str) -> str:
    """One certificate with its remarks and later objections, and what may be done."""
    return _certificate_page(code)


@blueprint.post("/certificates/<code>/end/<verb>")
def end_certificate(code: str, verb: str) -> ResponseReturnValue:
    """Cancel a certificate ex officio (S4 Art. 36)."""

    def act() -> ResponseReturnValue:
        _end(Register.PROPERTY, code, verb)
        return _back_to(code)

    return forms.attempt(act, lambda **shown: _certificate_page(code, **shown))


@blueprint.post("/certificates/<code>/remarks")
def record_remark(code: str) -> ResponseReturnValue:
    """Record a note on a certificate (S4 Art. 23)."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        values = forms.read_form(schemas.RemarkBody())
        service.record_remark(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=NewRemark(code, **values),
            seal=here.seal,
        )
        forms.notice(_("The remark is recorded."))
        return _back_to(code)

    return forms.attempt(act, lambda **shown: _certificate_page(code, **shown))


@blueprint.post("/certificates/<code>/remarks/<remark_id>/lift")
def lift_remark(code: str, remark_id: str) -> ResponseReturnValue:
    """Let a note bind no longer."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        reason = request.form.get("reason", "")[:_LONGEST_REASON]
        service.lift_remark(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=Lifting(code, remark_id, reason),
            seal=here.seal,
        )
        forms.notice(_("The remark is lifted; it stays readable."))
        return _back_to(code)

    return forms.attempt(act, lambda **shown: _certificate_page(code, **shown))


#: What may be said to a later objection.
_ANSWERS = {
    "tell": service.tell_registrant,
    "answer": service.answer_objection,
    "conclude": service.conclude_objection,
}


@blueprint.post("/certificates/<code>/objections/<objection_id>/<verb>")
def answer_objection(code: str, objection_id: str, verb: str) -> ResponseReturnValue:
    """Note that the registrant was told, give its view, or conclude a later objection."""
    if verb not in _ANSWERS:
        raise errors.ObjectionUnknown

    def act() -> ResponseReturnValue:
        here = signed_in()
        values = forms.read_form(schemas.AnswerBody())
        wanted = Answer(objection_id, values["text"], values["decision"])
        _ANSWERS[verb](here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Done. The step is in the history."))
        return _back_to(code)

    return forms.attempt(act, lambda **shown: _certificate_page(code, **shown))


def _back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("registry.work_on_certificate", code=code))


def _certificate_page(code: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row: CertificateRow = queries.find_certificate(session, code)
        objections = queries.objections(session, row.certificate_id)
        versions = queries.versions(session, Register.PROPERTY, row.certificate_id)
    _check_concerned(here, row.organisation_id, errors.CertificateUnknown(code=code))
    today = local_day(here.now)
    possible = possible_entry_verbs(here.actor, Register.PROPERTY, row.status_on(today))
    is_own = row.organisation_id == here.actor.organisation_id
    may_answer = is_permitted(entrance().actor, Permission.REGISTRY_APPLICATION_REVIEW_INSIDE)
    return render_template(
        "registry/remarks.html",
        certificate=row,
        code=row.code or row.certificate_id,
        status=row.status_on(today),
        in_force={one.remark_id for one in row.remarks if one.is_in_force(today)},
        versions=versions,
        objections=[one for one in objections if one.is_later],
        kinds=DICTIONARIES["remark_kinds"],
        rights=DICTIONARIES["rights"],
        may_remark=EntryVerb.REMARK in possible,
        may_lift=EntryVerb.LIFT_REMARK in possible,
        may_decide=is_permitted(here.actor, Permission.REGISTRY_OBJECTION_DECIDE),
        may_answer=is_own and may_answer,
        verbs=ending_verbs(here, Register.PROPERTY, row),
        is_own=is_own,
        **shown,
    )
