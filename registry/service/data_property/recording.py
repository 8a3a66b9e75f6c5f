"""What register B stores: certificates and rights, complete with the stored evidence (S4 Art. 26)."""

from collections.abc import Callable
from typing import Any

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from kernel import accounts
from kernel.ids import new_id
from kernel.workdays import local_day
from registry import errors, queries
from registry.certificate.manifest import manifest_digest
from registry.certificate.number import property_code
from registry.form.checks.names import normalised_name
from registry.form.groups import PROPERTY_GROUPS
from registry.models import Certificate, PropertyCodeNumber, Right
from registry.queries.certificates import snapshot_of
from registry.rules import filing, terms
from registry.rules.clocks import Kind
from registry.rules.decide import check_notice_over
from registry.rules.filing import PROVINCE_DIGITS
from registry.service import clocks
from registry.service.act import Act
from registry.service.parts import (
    begin_count,
    check_still_in_force,
    day_of,
    issue_receipt,
    write_version,
)
from registry.states import EntryStatus, Register, Status, Type, Verb


def named(code: str) -> SelectOfScalar[Certificate]:
    """The certificate with a code, or of a registration that has none yet."""
    return select(Certificate).where(
        (col(Certificate.code) == code) | (col(Certificate.id) == code)
    )


def check_transfer(act: Act) -> None:
    """Let only rights move that the transferor holds and nothing blocks (S4 Art. 23 and 33).

    Raises:
        TransferBlocked, RightNotHeld: as they say.
    """
    found = queries.find_certificate(act.session, act.row.entry_code)
    for remark in found.remarks:
        if remark.kind in _BLOCKING and remark.is_in_force(act.day):
            raise errors.TransferBlocked(
                issuer=remark.issuer, document_number=remark.document_number
            )
    own = accounts.credit_code_of(act.session, found.organisation_id)
    filing.rights_to_move(
        act.row.form, (right.right for right in found.rights if right.holder_code == own)
    )


#: Remarks that keep rights from moving (S4 Art. 23).
_BLOCKING = frozenset({"preservation", "control"})


def record_evidence(act: Act) -> None:
    """Registration is complete at this moment (S4 Art. 26)."""
    if act.row.status == Status.PUBLIC_NOTICE:
        check_notice_over(act.day, act.row.notice_ends_on)
        clocks.end(act, Kind.NOTICE)
    act.row.coded_by = act.actor.account_id
    _RECORDINGS[act.type](act)


def _record_initial(act: Act) -> None:
    row = act.row
    certificate = Certificate(
        id=row.id,
        resource_code=str(row.form.get("resource_code", "")),
        status=EntryStatus.EFFECTIVE,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        name=row.name,
        name_key=row.name_key,
        fingerprint=row.fingerprint,
        form=row.form,
        evidence_at=act.now,
        valid_until=terms.valid_until(act.day, act.limit("b_validity")),
    )
    act.session.add(certificate)
    # Rights name it by column only; it must be in the table first.
    act.session.flush()
    for one in row.form.get("rights", ()):
        _add_right(act, certificate.id, one)
    _store(act, certificate)


def _add_right(act: Act, certificate_id: str, one: dict[str, Any]) -> None:
    act.session.add(
        Right(
            id=new_id(act.now),
            certificate_id=certificate_id,
            holder_name=str(one.get("holder_name", "")),
            holder_code=str(one.get("holder_code", "")),
            right=str(one["right"]),
            valid_until=day_of(one.get("until")),
            limits=str(one.get("limits", "")),
            given_at=act.now,
            given_by_application=act.row.id,
        )
    )


def _lock_certificate(act: Act) -> Certificate:
    code = act.row.entry_code
    # Checks have read it before; what another did in between must not be overlooked.
    locked = named(code).with_for_update().execution_options(populate_existing=True)
    found = act.session.exec(locked).first()
    if found is None:
        raise errors.CertificateUnknown(code=code)
    status = terms.status_on(EntryStatus(found.status), found.valid_until, act.day)
    check_still_in_force(act.type, status, code)
    return found


def _record_transfer(act: Act) -> None:
    """The transferor's rights end, the transferee gets a certificate of its own (S4 Art. 33)."""
    row, old = act.row, _lock_certificate(act)
    check_transfer(act)
    held = act.session.exec(
        select(Right).where(Right.certificate_id == old.id, col(Right.ended_at).is_(None))
    ).all()
    # Several may hold the same right (S4 Art. 21): nobody gives away another holder's.
    own = accounts.credit_code_of(act.session, old.organisation_id)
    wanted = filing.rights_to_move(
        act.row.form, (one.right for one in held if one.holder_code == own)
    )
    moved = [one for one in held if one.holder_code == own and one.right in wanted]
    given = _given(row.form, wanted)
    for right in moved:
        right.ended_at, right.ended_by_application = act.now, row.id
        act.session.add(right)
    new = Certificate(
        id=row.id,
        resource_code=old.resource_code,
        status=EntryStatus.EFFECTIVE,
        organisation_id=_transferee_id(act) or row.organisation_id,
        organisation_name=str(row.form.get("transferee_name", "")),
        name=old.name,
        name_key=old.name_key,
        fingerprint=old.fingerprint,
        form=_form_of_transferee(old.form, row.form, given),
        evidence_at=act.now,
        valid_until=old.valid_until,
    )
    act.session.add(new)
    act.session.flush()
    for one in given:
        _add_right(act, new.id, one)
    old.form = {
        **old.form,
        "rights": [one for one in old.form.get("rights", ()) if not _is_moved(one, own, wanted)],
    }
    if len(moved) == len(held):
        old.status, old.reason = EntryStatus.CANCELLED, row.reason
    old.version += 1
    _store(act, old)
    _store(act, new)


_TRANSFER_FIELDS = ("transferee_name", "transferee_code", "transferred_rights", "transfer_terms")


def _given(form: dict[str, Any], rights: list[str]) -> list[dict[str, Any]]:
    """The rights that a transfer gives, as lines of the transferee's own form."""
    name, code = form.get("transferee_name", ""), form.get("transferee_code", "")
    return [{"holder_name": name, "holder_code": code, "right": right} for right in rights]


def _form_of_transferee(
    old: dict[str, Any], transfer: dict[str, Any], rights: list[dict[str, Any]]
) -> dict[str, Any]:
    """What is known of the datum goes over; who the transferor is and whom it dealt with does not."""
    of_datum = {name: old[name] for name in _FIELDS_OF_DATUM if name in old}
    return {
        **of_datum,
        "applicant_code": transfer.get("transferee_code", ""),
        "rights": rights,
        "transfer": {key: transfer.get(key) for key in _TRANSFER_FIELDS},
    }


def _is_moved(one: dict[str, Any], holder_code: str, rights: list[str]) -> bool:
    return one.get("holder_code") == holder_code and one.get("right") in rights


#: The group of S4 annex 1 that describes the datum itself, less the transferor's own papers.
_FIELDS_OF_DATUM = tuple(
    field.name
    for group in PROPERTY_GROUPS
    if group.name == "data"
    for field in group.fields
    if field.name != "consent_file"
)


def _transferee_id(act: Act) -> str:
    found = accounts.organisation_of_code(act.session, str(act.row.form.get("transferee_code", "")))
    return "" if found is None else found[0]


def _record_change(act: Act) -> None:
    """No change of holder or source (S4 Art. 34): rights stay as they are."""
    found = _lock_certificate(act)
    found.form = {**found.form, **act.row.form, "rights": found.form.get("rights", [])}
    found.name = str(found.form.get("name", ""))
    found.name_key = normalised_name(found.name)
    found.fingerprint = str(found.form.get("evidence_sha256", ""))
    _store_next(act, found)


def _record_renewal(act: Act) -> None:
    found = _lock_certificate(act)
    wanted = day_of(act.row.form.get("renewal_until"))
    found.valid_until = terms.renewed_until(found.valid_until, wanted, act.limit("b_validity"))
    found.status = EntryStatus.EFFECTIVE
    _store_next(act, found)


def _record_cancellation(act: Act) -> None:
    found = _lock_certificate(act)
    found.status, found.reason = EntryStatus.CANCELLED, act.row.reason
    _store_next(act, found)


def _store_next(act: Act, found: Certificate) -> None:
    found.version += 1
    _store(act, found)


_RECORDINGS: dict[Type, Callable[[Act], None]] = {
    Type.INITIAL: _record_initial,
    Type.TRANSFER: _record_transfer,
    Type.CHANGE: _record_change,
    Type.RENEWAL: _record_renewal,
    Type.CANCELLATION: _record_cancellation,
}


def _store(act: Act, found: Certificate) -> None:
    store_certificate(act, found, type_=act.type)


def store_certificate(act: Act, found: Certificate, *, type_: str) -> None:
    """Write a certificate with its version and the receipt of the stored evidence (S4 Art. 26)."""
    act.session.add(found)
    act.session.flush()
    snapshot = snapshot_of(queries.certificate_row(act.session, found))
    write_version(act, Register.PROPERTY, found.id, snapshot, type_=type_)
    issue_receipt(
        act,
        idempotency=f"registry.certificate:{found.id}:{found.version}",
        name=found.code or found.id,
        digest=manifest_digest(snapshot),
        registration={
            "kind": "data",
            "type": type_,
            "status": found.status,
            "version": found.version,
            "validUntil": str(found.valid_until),
        },
    )


def certify(act: Act) -> None:
    """Give the 15-character code to a new certificate; a changed one keeps its own (annex 6)."""
    found = act.session.get(Certificate, act.row.id)
    if found is None or found.code is not None:
        return
    digit = act.limits.on("b_agency_digit", act.day)
    filing.check_agency(digit, hands_over=False)
    agency, month = f"{PROVINCE_DIGITS}{digit}", f"{local_day(act.now):%Y%m}"
    begin_count(act.session, PropertyCodeNumber, {"agency": agency, "month": month})
    number = act.session.get_one(PropertyCodeNumber, (agency, month), with_for_update=True)
    number.last += 1
    found.code = property_code(
        region_digits=PROVINCE_DIGITS, agency_digit=digit or 0, day=act.day, serial=number.last
    )
    act.session.add(number)
    found.certified_at = act.now
    act.row.code, act.row.coded_at = found.code, act.now
    found.version += 1
    store_certificate(act, found, type_=Verb.CERTIFY)
