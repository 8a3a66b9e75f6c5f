"""What the verbs of register B do beside their move (S4 Art. 15 to 37)."""

from collections.abc import Callable

from sqlmodel import Session

from registry import errors, public, queries
from registry.rules import filing, terms
from registry.service.act import Act
from registry.service.data_property.recording import certify, check_transfer, named, record_evidence
from registry.service.parts import (
    Target,
    check_agent,
    check_consents,
    check_form,
    close_objections,
    day_of,
    give_consent,
    note_checklist,
)
from registry.states import EntryStatus, Type, Verb


def target_of(session: Session, code: str, organisation_id: str, agent_id: str) -> Target:
    """The certificate that its holder, or the agent who filed it, files a later type on; locked.

    Raises:
        CertificateUnknown, EntryNotYours, EntryNotInForce: as they say.
    """
    session.exec(named(code).with_for_update()).first()
    found = queries.find_certificate(session, code)
    if found.organisation_id != organisation_id:
        raise errors.EntryNotYours
    check_agent(session, found.certificate_id, agent_id)
    if found.status is not EntryStatus.EFFECTIVE:
        raise errors.EntryNotInForce(code=code)
    return Target("data", found.form, (found.certificate_id, found.code or found.certificate_id))


def _check_filing(act: Act) -> None:
    row = act.row
    if act.type is Type.INITIAL:
        resource_code = str(row.form.get("resource_code", ""))
        filing.check_property_gate(
            is_government_data=bool(row.form.get("is_government_data")),
            resource_code=resource_code,
            is_registered_product=_is_own_product(act, resource_code),
        )
    check_form(act)
    # There is no internal review here: the principal itself agrees to what its agent files.
    check_consents(act)
    if act.type is Type.RENEWAL:
        found = queries.find_certificate(act.session, row.entry_code)
        opens = terms.renewal_opens(found.valid_until, months=act.limit("b_renewal_window"))
        # The day before expiry is the last one on which renewal may be filed (S4 Art. 35).
        terms.check_renewal(act.day, opens, found.valid_until)
        wanted = day_of(row.form.get("renewal_until"))
        terms.renewed_until(found.valid_until, wanted, act.limit("b_validity"))
    if act.type is Type.TRANSFER:
        check_transfer(act)


def _is_own_product(act: Act, code: str) -> bool:
    if not code or not public.in_force(act.session, code, act.day):
        return False
    entry = queries.find_entry(act.session, code)
    return entry.kind != "resource" and entry.organisation_id == act.row.organisation_id


def _file(act: Act) -> None:
    _check_filing(act)
    act.row.submitted_at = act.now


def _refile(act: Act) -> None:
    filing.check_not_lapsed(act.day, act.row.due_on)
    _file(act)


def _check_not_accepted_by_silence(act: Act, verb: Verb) -> None:
    if clock_may(act, Verb.ACCEPT_BY_SILENCE):
        filing.check_not_accepted_by_silence(act.calendar, act.day, act.row.due_on, verb)


def _accept(act: Act) -> None:
    filing.check_agency(act.limits.on("b_agency_digit", act.day), hands_over=False)
    act.row.accepted_by = act.actor.account_id
    if act.row.due_on is not None:
        # From the day of the silence the total has run; a late officer does not put it off.
        act.day = min(act.day, act.calendar.add(act.row.due_on, 1).day)


def _hand_over(act: Act) -> None:
    filing.check_agency(act.limits.on("b_agency_digit", act.day), hands_over=True)
    act.row.accepted_by = act.actor.account_id


def clock_may(act: Act, verb: Verb) -> bool:
    """Whether the clock's own act is lawful here: a body that is not listed accepts nothing."""
    is_listed = act.limits.on("b_agency_digit", act.day) is not None
    return verb is Verb.LAPSE or is_listed


def _count_supplement(act: Act) -> None:
    _check_not_accepted_by_silence(act, Verb.REQUEST_SUPPLEMENT)
    act.row.supplements += 1


def _note_reviewer(act: Act) -> None:
    act.row.reviewed_by = act.actor.account_id


def _pass_review(act: Act) -> None:
    _note_reviewer(act)
    note_checklist(act)


def _count_extension(act: Act) -> None:
    _note_reviewer(act)
    act.row.extensions += 1


EFFECTS: dict[Verb, Callable[[Act], None]] = {
    Verb.AGREE: give_consent,
    Verb.FILE: _file,
    Verb.REFILE: _refile,
    Verb.DECLINE: lambda act: _check_not_accepted_by_silence(act, Verb.DECLINE),
    Verb.REQUEST_SUPPLEMENT: _count_supplement,
    Verb.ACCEPT: _accept,
    Verb.HAND_OVER: _hand_over,
    Verb.BEGIN_REVIEW: _note_reviewer,
    Verb.REQUEST_PROOF: _note_reviewer,
    Verb.PROVIDE_PROOF: check_form,
    Verb.EXTEND_REVIEW: _count_extension,
    Verb.TERMINATE: _note_reviewer,
    Verb.REFUSE: _note_reviewer,
    Verb.PUBLISH_NOTICE: _pass_review,
    Verb.WAIVE_NOTICE: _pass_review,
    Verb.APPROVE: _pass_review,
    Verb.UPHOLD_OBJECTION: lambda act: close_objections(act, "upheld"),
    Verb.DISMISS_OBJECTION: lambda act: close_objections(act, "dismissed"),
    Verb.RECORD_EVIDENCE: record_evidence,
    Verb.CERTIFY: certify,
}
