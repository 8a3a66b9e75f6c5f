"""What the verbs of register A do beside their move (S1 Art. 7 to 15)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from kernel import accounts
from kernel.ids import new_id
from registry import errors, public, queries
from registry.certificate.manifest import manifest_digest, manifest_of
from registry.certificate.number import provisional_code
from registry.form.checks.names import normalised_name
from registry.models import CodeNumber, Entry, Input, Item
from registry.queries.entries import snapshot_of
from registry.queries.search import text_of
from registry.rules import filing, terms
from registry.rules.clocks import Kind
from registry.rules.decide import check_notice_over
from registry.search import index
from registry.service import clocks
from registry.service.act import Act
from registry.service.parts import (
    Target,
    begin_count,
    check_agent,
    check_consents,
    check_form,
    check_still_in_force,
    close_objections,
    day_of,
    give_consent,
    issue_receipt,
    note_checklist,
    write_version,
)
from registry.states import EntryStatus, Register, Type, Verb


def target_of(session: Session, code: str, organisation_id: str, agent_id: str) -> Target:
    """The entry that its own entity, or the agent who filed it, files a later type on; locked.

    Raises:
        EntryUnknown, EntryNotYours, EntryNotInForce: as they say.
    """
    entry = lock_entry(session, code)
    if entry.organisation_id != organisation_id:
        raise errors.EntryNotYours
    check_agent(session, entry.application_id, agent_id)
    if entry.status is not EntryStatus.EFFECTIVE:
        raise errors.EntryNotInForce(code=code)
    return Target(entry.kind, entry.form, (entry.code,))


def lock_entry(session: Session, code: str) -> queries.EntryRow:
    """The entry, locked, so that of two who open an application on it one waits for the other.

    Raises:
        EntryUnknown: there is none.
    """
    session.exec(select(Entry.serial).where(Entry.code == code).with_for_update()).first()
    return queries.find_entry(session, code)


def _check_filing(act: Act) -> None:
    row = act.row
    if act.type is Type.INITIAL:
        filing.check_jurisdiction(
            entity_level=str(row.form.get("entity_level", "")),
            credit_code=accounts.credit_code_of(act.session, row.organisation_id),
            region=str(row.form.get("region", "")),
        )
    check_form(act)
    inputs = row.form.get("inputs", [])
    if missing := public.missing_codes(act.session, inputs, act.day):
        raise errors.InputNotInForce(codes=", ".join(missing))
    check_consents(act)
    if act.type is Type.RENEWAL:
        _check_renewal(act)


def _check_renewal(act: Act) -> None:
    entry = queries.find_entry(act.session, act.row.entry_code)
    opens = terms.renewal_opens(entry.valid_until, days=act.limit("renewal_window"))
    terms.check_renewal(act.day, opens, entry.valid_until)
    wanted = day_of(act.row.form.get("renewal_until"))
    terms.renewed_until(entry.valid_until, wanted, act.limit("renewal_most"))


def _file(act: Act) -> None:
    _check_filing(act)
    row = act.row
    row.submitted_at = act.now
    if act.type is Type.INITIAL:
        event = filing.duty_starts_on(
            day_of(row.form.get("operation_started_on")), day_of(row.form.get("delivered_on"))
        )
        row.filed_late_workdays = filing.workdays_late(
            act.calendar, event, act.limit("first_registration"), act.day
        )


def _approve_inside(act: Act) -> None:
    # Whoever wrote any of it does not approve it, also when somebody else began (S1 Art. 7).
    if act.actor.account_id in queries.editors_of(act.session, act.row.id):
        raise errors.SamePerson(earlier=Verb.EDIT.value, verb=Verb.SUBMIT.value)
    _file(act)
    act.row.reviewed_inside_by = act.actor.account_id


def _agree(act: Act) -> None:
    if act.type is Type.PARTY_CORRECTION:
        act.row.party = {**act.row.party, "agreed_by": act.actor.account_id}
        act.facts["agreed"] = True
    else:
        give_consent(act)


def _count_supplement(act: Act) -> None:
    act.row.supplements += 1


def _note_acceptor(act: Act) -> None:
    act.row.accepted_by = act.actor.account_id


def _note_reviewer(act: Act) -> None:
    act.row.reviewed_by = act.actor.account_id


def _pass_review(act: Act) -> None:
    _note_reviewer(act)
    note_checklist(act)


def _give_code(act: Act) -> None:
    today, row = act.day, act.row
    check_notice_over(today, row.notice_ends_on)
    clocks.end(act, Kind.NOTICE)
    begin_count(act.session, CodeNumber, {"year": today.year})
    number = act.session.get_one(CodeNumber, today.year, with_for_update=True)
    number.last += 1
    act.session.add(number)
    row.code = provisional_code(year=today.year, kind=row.kind, serial=number.last)
    row.coded_at, row.coded_by = act.now, act.actor.account_id
    entry = Entry(
        code=row.code,
        application_id=row.id,
        kind=row.kind,
        status=EntryStatus.CODED,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        name=row.name,
        name_key=row.name_key,
        fingerprint=row.fingerprint,
        form=row.form,
        coded_at=act.now,
        valid_until=terms.valid_until(
            today,
            act.limit("validity"),
            agreement_ends_on=_agreement_end(act),
        ),
    )
    store_entry(act, entry, type_=act.type)


def _agreement_end(act: Act) -> Any:  # noqa: ANN401 - a day or nothing
    if act.row.kind == "resource":
        return None
    return day_of(act.row.form.get("agreement_ends_on"))


def store_entry(act: Act, entry: Entry, *, type_: str) -> None:
    """Write an entry with its version, its items, its place in the search, and its receipt."""
    entry.region = str(entry.form.get("region", ""))
    entry.industry = str(entry.form.get("industry", ""))
    act.session.add(entry)
    # The search index and the items are kept by the entry's own keys.
    act.session.flush()
    row = queries.entry_row(entry)
    write_version(act, Register.RESOURCES, entry.code, snapshot_of(row), type_=type_)
    _store_items(act, entry)
    index.upsert(act.session, text_of(entry))
    if type_ == Verb.PUT_INTO_EFFECT:
        # The receipt of the code has said it all.
        return
    manifest = manifest_of(
        code=entry.code, kind=entry.kind, entity=entry.organisation_name, form=entry.form
    )
    is_code = entry.status == EntryStatus.CODED
    issue_receipt(
        act,
        idempotency=f"registry.code:{row.application_id}"
        if is_code
        else f"registry.version:{entry.code}:{entry.version}",
        name=entry.code,
        digest=manifest_digest(manifest),
        registration={
            "kind": entry.kind,
            "type": type_,
            "status": entry.status,
            "version": entry.version,
            "validUntil": str(entry.valid_until),
        },
    )


def _store_items(act: Act, entry: Entry) -> None:
    for table in (Item, Input):
        act.session.execute(delete(table).where(col(table.entry_code) == entry.code))
    for code in dict.fromkeys(entry.form.get("inputs", ())):
        act.session.add(Input(entry_code=entry.code, input_code=str(code)))
    for item in entry.form.get("items", ()):
        texts = {
            key: str(item.get(key, ""))
            for key in ("type", "length", "meaning", "standard", "source_department", "sensitivity")
        }
        name = str(item.get("name", ""))
        act.session.add(
            Item(
                id=new_id(act.now),
                entry_code=entry.code,
                name=name,
                name_key=normalised_name(name),
                **texts,
            )
        )


def _entry_of(act: Act, code: str) -> Entry:
    found = act.session.exec(select(Entry).where(Entry.code == code).with_for_update()).first()
    if found is None:
        raise errors.EntryUnknown(code=code)
    return found


def _put_into_effect(act: Act) -> None:
    entry = _entry_of(act, str(act.row.code))
    entry.status = EntryStatus.EFFECTIVE
    entry.version += 1
    store_entry(act, entry, type_=Verb.PUT_INTO_EFFECT)


def _complete(act: Act) -> None:
    _pass_review(act)
    row, entry = act.row, _entry_of(act, act.row.entry_code)
    check_still_in_force(act.type, queries.entry_row(entry).status_on(act.day), entry.code)
    _COMPLETIONS[act.type](act, entry)
    entry.version += 1
    entry.reason = row.reason
    store_entry(act, entry, type_=act.type)


def _take_over_form(act: Act, entry: Entry) -> None:
    entry.form = {**entry.form, **act.row.form}
    entry.name = str(entry.form.get("name", ""))
    entry.name_key = normalised_name(entry.name)
    entry.fingerprint = str(entry.form.get("evidence_sha256", ""))


def _correct_for_party(act: Act, entry: Entry) -> None:
    if not act.row.party.get("agreed_by") and not act.reason:
        raise errors.CorrectionUnproved
    _take_over_form(act, entry)


def _renew(act: Act, entry: Entry) -> None:
    wanted = day_of(act.row.form.get("renewal_until"))
    entry.valid_until = terms.renewed_until(entry.valid_until, wanted, act.limit("renewal_most"))
    # An application that was filed in time is not lost to a slow review.
    entry.status = EntryStatus.EFFECTIVE


def _cancel(_: Act, entry: Entry) -> None:
    entry.status = EntryStatus.CANCELLED


_COMPLETIONS: dict[Type, Callable[[Act, Entry], None]] = {
    Type.CHANGE: _take_over_form,
    Type.CORRECTION: _take_over_form,
    Type.PARTY_CORRECTION: _correct_for_party,
    Type.RENEWAL: _renew,
    Type.CANCELLATION: _cancel,
}

EFFECTS: dict[Verb, Callable[[Act], None]] = {
    Verb.AGREE: _agree,
    Verb.SUBMIT: _approve_inside,
    Verb.REFILE: _file,
    Verb.REQUEST_SUPPLEMENT: _count_supplement,
    Verb.ACCEPT: _note_acceptor,
    Verb.BEGIN_REVIEW: _note_reviewer,
    Verb.PUBLISH_NOTICE: _pass_review,
    Verb.REJECT: _note_reviewer,
    Verb.UPHOLD_OBJECTION: lambda act: close_objections(act, "upheld"),
    Verb.DISMISS_OBJECTION: lambda act: close_objections(act, "dismissed"),
    Verb.ISSUE_CODE: _give_code,
    Verb.PUT_INTO_EFFECT: _put_into_effect,
    Verb.COMPLETE: _complete,
}
