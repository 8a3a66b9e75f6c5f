"""What a query receipt says: public facts of one run, denials and failures included.

Of a protected run (``aggregate``, ``dp``) it tells no rows scanned, no times and no true counts
(decision 7); the query's text stays inside, only its digest is in the receipt.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from kernel.trust import receipts
from kernel.trust.receipts import Seal
from licensing.public import PURPOSE_TAXONOMY
from sandbox import rules
from sandbox.models import Run
from sandbox.queries import VersionName

_LANGUAGE = "sql/duckdb-2.0"
_CENTS = 100


def seal_run(  # noqa: PLR0913 - each part of a receipt comes from another place
    session: Session,
    *,
    seal: Seal,
    now: datetime,
    run: Run,
    policy_digest: str,
    snapshot: VersionName | None,
    price_cents: int,
    review: dict[str, Any] | None = None,
) -> str:
    """Issue the receipt of a run that has ended, in the caller's transaction.

    ``review`` says who decided what of an answer that was held, and what the checks had found.
    """
    is_finished = run.state == "finished"
    query_digest = rules.text_digest(run.sql)
    predicate: dict[str, Any] = {
        "actor": {"tenantId": run.organisation_id, "principalRef": run.account_id},
        "registrationCode": run.product_code,
        "licenceId": run.licence_id,
        "licenseeId": run.licensee_id,
        "licenceVersionDigest": policy_digest,
        "purpose": {"code": run.purpose, "taxonomyVersion": PURPOSE_TAXONOMY},
        "query": {"digest": query_digest, "language": _LANGUAGE, "planDigest": run.plan_digest},
        "datasetSnapshot": _snapshot(snapshot),
        "policy": {
            "policyId": run.licence_id,
            "policyDigest": policy_digest,
            "decision": "deny" if run.state == "refused" else "permit",
            "reason": run.refusal_code,
        },
        "run": {"runId": run.id, "state": run.state, "mode": run.mode, "replay": run.is_replay},
        "metering": [_meter(price_cents)],
    }
    if run.template:
        predicate["query"]["template"] = dict(run.template)
    if run.privacy:
        predicate["privacy"] = dict(run.privacy)
    if run.mode == "aggregate" and is_finished:
        predicate["disclosureControl"] = {
            "earlierAnswers": "compared",
            "withheldCells": {rule: str(count) for rule, count in sorted(run.withheld.items())},
        }
    if review is not None:
        predicate["outputReview"] = review
    if is_finished:
        predicate["output"] = {
            "digest": {"sha256": run.result_digest},
            "mediaType": run.media_type or "application/json",
            "rows": str(run.row_count),
            "released": True,
        }
        if run.media_type:
            predicate["output"]["sizeBytes"] = str(run.size_bytes)
    return receipts.issue(
        session,
        seal=seal,
        now=now,
        wanted=receipts.Wanted(
            kind="query",
            idempotency=f"sandbox.run:{run.id}",
            subject_id=run.id,
            organisation_id=run.licensee_id,
            # Without an answer the subject is the question.
            subject_name=f"run/{run.id}",
            subject_sha256=run.result_digest if is_finished else query_digest,
            predicate=predicate,
        ),
    )


def _snapshot(snapshot: VersionName | None) -> list[dict[str, Any]]:
    if snapshot is None:
        return []
    return [
        {
            "datasetId": snapshot.dataset,
            "version": str(snapshot.version),
            "digest": {"sha256": snapshot.digest},
        }
    ]


def _meter(price_cents: int) -> dict[str, str]:
    return {
        "meter": rules.METER,
        "quantity": "1" if price_cents else "0",
        "unit": "run",
        "currency": "CNY",
        "amount": f"{price_cents // _CENTS}.{price_cents % _CENTS:02d}",
    }
