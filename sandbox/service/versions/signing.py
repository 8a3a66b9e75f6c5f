"""Two people of the provider answer for a version's risk report; the second signature makes its receipt.

The report is bound to the manifest that names the version's files, so whoever signs it signs for this data. The
receipt tells public facts of the report: sizes of classes and what was suppressed, no value of a person.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.trust import audit, receipts
from kernel.trust.receipts import Seal
from sandbox import errors, queries, rules
from sandbox.models import ReportSignature, Snapshot
from sandbox.queries import SnapshotRow, VersionRow

#: A deletion has a receipt about the same version.
RECEIPT_KIND = "risk-report"


@dataclass(frozen=True, slots=True)
class SignReport:
    """A signature: ``report_digest`` is that of the report which the signer read."""

    dataset: str
    report_digest: str


def sign_report(
    db: Database, *, actor: Actor, now: datetime, wanted: SignReport, seal: Seal
) -> VersionRow:
    """Sign the risk report of the newest version; the second person's signature makes the receipt.

    Raises:
        SignInNeeded, NotPermitted, DatasetUnknown: not for this person to sign.
        ReportMissing: the version is from before reports could be signed.
        ReportChanged: the stored report is not the one that was made.
        ReportOutdated: the digest is that of another report.
        ReportNotWaiting: this person has signed, or two others have.
    """
    with db.transaction() as session:
        snapshot = queries.newest_snapshot(session, wanted.dataset)
        rules.check_may_sign_report(actor, snapshot.provider_id, wanted.dataset)
        # Two who sign at once sign one after the other.
        session.exec(select(Snapshot).where(Snapshot.id == snapshot.snapshot_id).with_for_update())
        _check_report(snapshot, wanted.report_digest)
        if not queries.version_of(session, snapshot).awaits(actor.account_id):
            raise errors.ReportNotWaiting
        session.add(
            ReportSignature(
                snapshot_id=snapshot.snapshot_id,
                account_id=actor.account_id,
                report_digest=snapshot.report_digest,
                at=now,
            )
        )
        session.flush()
        audit.record(
            session,
            actor=actor,
            now=now,
            action="sandbox.report.sign",
            subject=("sandbox_snapshot", snapshot.snapshot_id),
            facts={"dataset": snapshot.dataset, "report": snapshot.report_digest},
        )
        signed = queries.version_of(session, snapshot)
        if signed.is_signed:
            _seal_report(session, seal, now, signed)
        return signed


def _check_report(snapshot: SnapshotRow, read: str) -> None:
    if not snapshot.report_digest:
        raise errors.ReportMissing(name=snapshot.dataset)
    if not snapshot.has_whole_report:
        raise errors.ReportChanged
    if read != snapshot.report_digest:
        raise errors.ReportOutdated(digest=snapshot.report_digest)


def _seal_report(session: Session, seal: Seal, now: datetime, signed: VersionRow) -> None:
    snapshot = signed.snapshot
    receipts.issue(
        session,
        seal=seal,
        now=now,
        wanted=receipts.Wanted(
            kind=RECEIPT_KIND,
            idempotency=f"sandbox.report:{snapshot.snapshot_id}",
            subject_id=snapshot.snapshot_id,
            organisation_id=snapshot.provider_id,
            subject_name=f"risk-report/{snapshot.dataset}/{snapshot.version}",
            subject_sha256=snapshot.report_digest,
            predicate={
                "registrationCode": snapshot.product_code,
                "ingestedBy": {"tenantId": snapshot.provider_id},
                "datasetSnapshot": {
                    "datasetId": snapshot.dataset,
                    "version": str(snapshot.version),
                    "digest": {"sha256": snapshot.digest},
                },
                "tables": {name: told_of(one) for name, one in snapshot.risk.items()},
                "signatures": [
                    {
                        "tenantId": snapshot.provider_id,
                        "principalRef": one.account_id,
                        "signedAt": one.at.astimezone(UTC).isoformat(timespec="seconds"),
                        "digest": {"sha256": one.report_digest},
                    }
                    for one in signed.signatures
                ],
            },
        ),
    )


def told_of(report: dict[str, Any]) -> dict[str, Any]:
    """The public facts of one table's report; numbers are texts, as in every receipt."""
    told: dict[str, Any] = {"level": str(report["level"]), "unit": report["unit"]}
    if report["unit"] == "none":
        return told
    told |= {"sharing": report["sharing"], "smallestClassAllowed": str(report["least"])}
    told["suppressedRows"] = str(report.get("suppressed", {}).get("rows", 0))
    after = report.get("after", {})
    if "k" in after:
        told["k"] = str(after["k"])
        told["sensitive"] = {
            name: {"l": str(one["l_distinct"]), "t": str(one["t"])}
            for name, one in after.get("sensitive", {}).items()
        }
    if "overall" in report:
        told["overallRisk"] = str(report["overall"]["risk"])
        told["acceptableRisk"] = str(report["overall"]["acceptable"])
    return told
