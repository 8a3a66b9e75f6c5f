"""Reads of register B: certificates, who holds which right, and what is remarked on them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from registry import errors
from registry.models import Certificate, Remark, Right
from registry.queries.entries import snapshot_as_of
from registry.rules.terms import status_on
from registry.states import EntryStatus, Register


@dataclass(frozen=True, slots=True)
class RightRow:
    """One right of one holder (S4 Art. 21)."""

    holder_name: str
    holder_code: str
    right: str
    valid_until: date | None
    limits: str


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """One note on a certificate (S4 Art. 23)."""

    remark_id: str
    kind: str
    issuer: str
    document_number: str
    starts_on: date
    ends_on: date | None
    note: str
    is_lifted: bool

    def is_in_force(self, day: date) -> bool:
        """Whether the note binds on a day."""
        begun = self.starts_on <= day
        return begun and not self.is_lifted and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A registration of register B."""

    certificate_id: str
    code: str | None
    status: EntryStatus
    version: int
    organisation_id: str
    organisation_name: str
    name: str
    form: dict[str, Any]
    evidence_at: datetime
    certified_at: datetime | None
    valid_until: date
    reason: str
    rights: tuple[RightRow, ...]
    remarks: tuple[RemarkRow, ...]

    def status_on(self, day: date) -> EntryStatus:
        """The status on a day: a term that is over counts as expired."""
        return status_on(self.status, self.valid_until, day)


def find_certificate(
    session: Session, code: str, *, as_of: datetime | None = None
) -> CertificateRow:
    """The certificate with that code, or of that registration, as it stands or stood.

    Raises:
        CertificateUnknown: there is none, or there was none at that moment.
    """
    statement = select(Certificate).where(
        (col(Certificate.code) == code) | (col(Certificate.id) == code)
    )
    found = session.exec(statement).first()
    if found is None:
        raise errors.CertificateUnknown(code=code)
    if as_of is None:
        return certificate_row(session, found)
    snapshot = snapshot_as_of(session, Register.PROPERTY, found.id, as_of)
    if snapshot is None:
        raise errors.CertificateUnknown(code=code)
    return _from_snapshot(snapshot)


def certificate_row(session: Session, found: Certificate) -> CertificateRow:
    """The table row with its rights and remarks as a frozen one."""
    (row,) = certificate_rows(session, [found])
    return row


def certificate_rows(session: Session, found: Sequence[Certificate]) -> list[CertificateRow]:
    """Several table rows; their rights and remarks are read together."""
    keys = [one.id for one in found]
    rights: dict[str, list[Right]] = {key: [] for key in keys}
    remarks: dict[str, list[Remark]] = {key: [] for key in keys}
    standing = select(Right).where(col(Right.certificate_id).in_(keys))
    for right in session.exec(standing.where(col(Right.ended_at).is_(None))).all():
        rights[right.certificate_id].append(right)
    noted = select(Remark).where(col(Remark.certificate_id).in_(keys)).order_by(col(Remark.id))
    for remark in session.exec(noted).all():
        remarks[remark.certificate_id].append(remark)
    return [_row(one, rights[one.id], remarks[one.id]) for one in found]


def _row(found: Certificate, rights: list[Right], remarks: list[Remark]) -> CertificateRow:
    return CertificateRow(
        certificate_id=found.id,
        code=found.code,
        status=EntryStatus(found.status),
        version=found.version,
        organisation_id=found.organisation_id,
        organisation_name=found.organisation_name,
        name=found.name,
        form=dict(found.form),
        evidence_at=found.evidence_at,
        certified_at=found.certified_at,
        valid_until=found.valid_until,
        reason=found.reason,
        rights=tuple(
            RightRow(r.holder_name, r.holder_code, r.right, r.valid_until, r.limits)
            for r in sorted(rights, key=_place)
        ),
        remarks=tuple(
            RemarkRow(
                r.id,
                r.kind,
                r.issuer,
                r.document_number,
                r.starts_on,
                r.ends_on,
                r.note,
                r.lifted_at is not None,
            )
            for r in remarks
        ),
    )


#: In the order in which the law names them (S4 Art. 3).
_ORDER = ("hold", "use", "operate")


def _place(right: Right) -> tuple[str, str, int]:
    return right.holder_name, right.holder_code, _ORDER.index(right.right)


def snapshot_of(row: CertificateRow) -> dict[str, Any]:
    """The row as JSON, for its version."""
    found = asdict(row)
    found["status"] = row.status.value
    found["evidence_at"] = row.evidence_at.isoformat()
    found["certified_at"] = row.certified_at and row.certified_at.isoformat()
    found["valid_until"] = row.valid_until.isoformat()
    for right in found["rights"]:
        right["valid_until"] = right["valid_until"] and right["valid_until"].isoformat()
    for remark in found["remarks"]:
        remark["starts_on"] = remark["starts_on"].isoformat()
        remark["ends_on"] = remark["ends_on"] and remark["ends_on"].isoformat()
    found["rights"], found["remarks"] = list(found["rights"]), list(found["remarks"])
    return found


def _from_snapshot(snapshot: dict[str, Any]) -> CertificateRow:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    certified = snapshot["certified_at"]
    return CertificateRow(
        **{
            **snapshot,
            "status": EntryStatus(snapshot["status"]),
            "evidence_at": datetime.fromisoformat(snapshot["evidence_at"]),
            "certified_at": datetime.fromisoformat(certified) if certified else None,
            "valid_until": date.fromisoformat(snapshot["valid_until"]),
            "rights": tuple(
                RightRow(**{**one, "valid_until": day(one["valid_until"])})
                for one in snapshot["rights"]
            ),
            "remarks": tuple(
                RemarkRow(
                    **{
                        **one,
                        "starts_on": date.fromisoformat(one["starts_on"]),
                        "ends_on": day(one["ends_on"]),
                    }
                )
                for one in snapshot["remarks"]
            ),
        }
    )


def certificates_of(session: Session, organisation_id: str) -> list[CertificateRow]:
    """The certificates that an organisation applied for, the newest first."""
    statement = (
        select(Certificate)
        .where(Certificate.organisation_id == organisation_id)
        .order_by(col(Certificate.id).desc())
    )
    return certificate_rows(session, session.exec(statement).all())


def search_certificates(
    session: Session, *, name_key: str = "", after: str = "", limit: int = 20
) -> list[CertificateRow]:
    """Certificates by code, the oldest first; one more than the limit when there are more."""
    statement = select(Certificate).where(col(Certificate.code).is_not(None))
    if name_key:
        statement = statement.where(col(Certificate.name_key).contains(name_key, autoescape=True))
    if after:
        statement = statement.where(col(Certificate.code) > after)
    statement = statement.order_by(col(Certificate.code)).limit(limit + 1)
    return certificate_rows(session, session.exec(statement).all())


def certificate_code_of(session: Session, resource_code: str) -> str | None:
    """The newest certificate that stands on a product of register A (S4 Art. 15)."""
    statement = (
        select(Certificate.code)
        .where(Certificate.resource_code == resource_code, col(Certificate.code).is_not(None))
        .order_by(col(Certificate.id).desc())
        .limit(1)
    )
    return session.exec(statement).first()
