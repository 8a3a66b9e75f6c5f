"""Reads of applications for a licence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from licensing.models import (
    LicenceApplication,
)
from licensing.queries.found import found_row
from licensing.rules import Standing
from licensing.states import ApplicationStatus, Side


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application for a licence."""

    application_id: str
    offer_id: str
    status: ApplicationStatus
    revision: int
    applicant_id: str
    applicant_name: str
    provider_id: str
    purpose: str
    justification: str
    reply: str
    submitted_at: datetime | None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(
            self.status, {Side.APPLICANT: self.applicant_id, Side.PROVIDER: self.provider_id}
        )


def application_row(found: LicenceApplication) -> ApplicationRow:
    """The table row as a frozen one."""
    return ApplicationRow(
        application_id=found.id,
        offer_id=found.offer_id,
        status=ApplicationStatus(found.status),
        revision=found.revision,
        applicant_id=found.applicant_id,
        applicant_name=found.applicant_name,
        provider_id=found.provider_id,
        purpose=found.purpose,
        justification=found.justification,
        reply=found.reply,
        submitted_at=found.submitted_at,
    )


def find_application(session: Session, application_id: str) -> ApplicationRow:
    """One application; ThingUnknown when there is none."""
    return application_row(found_row(session, LicenceApplication, application_id))


def list_applications(session: Session, *, organisation_id: str) -> list[ApplicationRow]:
    """Applications that an organisation made or has to decide, the newest first."""
    statement = (
        select(LicenceApplication)
        .where(
            or_(
                col(LicenceApplication.applicant_id) == organisation_id,
                col(LicenceApplication.provider_id) == organisation_id,
            )
        )
        .order_by(col(LicenceApplication.id).desc())
    )
    return [application_row(found) for found in session.exec(statement).all()]
