"""Who may look at a held answer, vote on it and take it back, and what a decision does.

A held answer is in the review and nowhere else. Its run has been taken; it is billed, and its rows are taken,
when it is released.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit
from kernel.trust.receipts import Seal
from licensing import public as licensing
from sandbox import errors, queries, rules
from sandbox.models import ReleasedCells, Review, ReviewComment, ReviewVote, Run
from sandbox.queries import ReviewRow
from sandbox.service import ledger
from sandbox.service.comparing import Compared
from sandbox.service.ending import columns_of, settle_run, store_answer, store_file
from sandbox.service.reviewing.filing import HeldFile, erase_unnamed, path_of
from sandbox.service.versions.keeping import check_kept
from sandbox.states import ENDINGS, OPEN_REVIEWS, ReviewState, RunState


@dataclass(frozen=True, slots=True)
class Vote:
    """One checker's vote on the answer of a run; a vote against release owes reasons."""

    run_id: str
    releases: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A word under a review; a private one is read by checkers alone."""

    run_id: str
    text: str
    is_private: bool = False


def hold(
    session: Session,
    run: Run,
    now: datetime,
    provider_id: str,
    found: Compared,
    file: HeldFile | None = None,
) -> None:
    """Keep the answer of a started run for review, in the caller's transaction; of a file its first rows."""
    shown = found.answer.rows if file is None else found.answer.rows[: rules.FIRST_ROWS]
    # The quota is shown to who asked: what the rows take of it must not tell how many there are.
    licensing.settle(session, run.id, {}, later=("rows",))
    ledger.commit(session, run.id)
    run.state, run.withheld = RunState.IN_REVIEW, found.withheld
    session.add(run)
    session.add(
        Review(
            run_id=run.id,
            provider_id=provider_id,
            state=ReviewState.SUBMITTED,
            evidence={"reasons": found.withheld, "cells": found.failing},
            columns=columns_of(found.plan),
            rows=[list(row) for row in shown],
            file=asdict(file) if file else {},
            submitted_at=now,
        )
    )


def open_review(db: Database, *, actor: Actor, now: datetime, run_id: str) -> ReviewRow:
    """The review as this person may see it; looks of checkers and of those who may see all are recorded.

    Raises:
        ReviewUnknown: none, or none for this person.
    """
    with db.transaction() as session:
        row = queries.find_review(session, run_id)
        is_checker, sees_all = rules.may_review(actor, row.provider_id), rules.may_see_all(actor)
        if is_checker or sees_all:
            _record(session, actor, now, "view", run_id)
        elif actor.organisation_id not in (row.run.organisation_id, row.run.licensee_id):
            raise errors.ReviewUnknown
    return row.seen_by(actor.account_id, is_checker=is_checker, sees_all=sees_all)


def open_file(
    db: Database, *, actor: Actor, now: datetime, run_id: str, answers: Path
) -> tuple[str, Path]:
    """The media type and the place of a held file, for a checker; the look is recorded.

    Raises:
        ReviewUnknown: none, or the person is no checker of it.
        ReviewWithoutFile: the answer is a table, or did not leave.
        FileDamaged: the stored bytes are others.
    """
    with db.transaction() as session:
        row = queries.find_review(session, run_id)
        if not rules.may_review(actor, row.provider_id):
            raise errors.ReviewUnknown
        if not row.file:
            raise errors.ReviewWithoutFile
        _record(session, actor, now, "download", run_id, {"sha256": row.file["sha256"]})
    return row.run.media_type, path_of(answers, row.file["sha256"])


def vote(
    db: Database, *, actor: Actor, now: datetime, wanted: Vote, seal: Seal, answers: Path
) -> ReviewState:
    """Vote; the second vote decides where both agree. A file that does not leave is erased.

    Raises:
        ReviewUnknown, OwnAnswer: not for this person to decide.
        ReviewOver: decided already, or two others voted, or the own vote stands and the other is awaited.
        ReasonMissing: a vote against release without a word.
        FileDamaged: the stored file is not the one that was held; the vote is not taken.
        VersionEnded, and what ``licensing.check_in_force`` refuses: it cannot leave any more; the vote is not taken.
    """
    if not wanted.releases and not wanted.reason.strip():
        raise errors.ReasonMissing
    with db.transaction() as session:
        review, run = _open(session, wanted.run_id)
        rules.check_may_vote(
            actor, review.provider_id, run.account_id, run.organisation_id, run.licensee_id
        )
        votes = {one.account_id: one for one in _votes(session, run.id)}
        own = votes.get(actor.account_id)
        is_late = own is None and len(votes) >= rules.REVIEWERS
        if is_late or (own is not None and review.state != ReviewState.CONFLICTED):
            raise errors.ReviewOver(state=review.state)
        own = own or ReviewVote(
            run_id=run.id, account_id=actor.account_id, releases=False, reason="", at=now
        )
        own.releases, own.reason, own.at = wanted.releases, wanted.reason.strip(), now
        session.add(own)
        votes[actor.account_id] = own
        state = rules.outcome_of([one.releases for one in votes.values()])
        review.state = state
        session.add(review)
        _record(session, actor, now, "vote", run.id, {"releases": wanted.releases})
        if state in (ReviewState.RELEASED, ReviewState.NOT_RELEASED):
            if state is ReviewState.RELEASED:
                _check_may_leave(session, now, review, run, answers)
            session.flush()
            _decide(session, actor, now, review, run, seal)
    if state is ReviewState.NOT_RELEASED:
        erase_unnamed(db, answers)
    return state


def comment(db: Database, *, actor: Actor, now: datetime, wanted: Comment) -> None:
    """Write under a review: its checkers, and who asked (always publicly).

    Raises:
        ReviewUnknown: not this person's business.
        ReasonMissing: no word.
    """
    if not wanted.text.strip():
        raise errors.ReasonMissing
    with db.transaction() as session:
        review, run = _found(session, wanted.run_id)
        is_checker = rules.may_review(actor, review.provider_id)
        if not is_checker and actor.organisation_id not in (run.organisation_id, run.licensee_id):
            raise errors.ReviewUnknown
        session.add(
            ReviewComment(
                id=new_id(now),
                run_id=run.id,
                account_id=actor.account_id,
                is_private=wanted.is_private and is_checker,
                text=wanted.text.strip(),
                at=now,
            )
        )
        _record(session, actor, now, "comment", run.id)


def withdraw(
    db: Database, *, actor: Actor, now: datetime, run_id: str, seal: Seal, answers: Path
) -> None:
    """Take an answer back from review; only who asked for it. The run stays taken; a file is erased.

    Raises:
        ReviewUnknown: another person's.
        ReviewOver: it is decided.
    """
    with db.transaction() as session:
        review, run = _found(session, run_id)
        if actor.account_id != run.account_id:
            raise errors.ReviewUnknown
        if review.state not in OPEN_REVIEWS:
            raise errors.ReviewOver(state=review.state)
        review.state = ReviewState.WITHDRAWN
        _decide(session, actor, now, review, run, seal)
    erase_unnamed(db, answers)


def _check_may_leave(
    session: Session, now: datetime, review: Review, run: Run, answers: Path
) -> None:
    # Its receipt says that the licence permits it.
    licensing.check_in_force(session, run.licence_id, now)
    # What was deleted for good must not come out of a review.
    check_kept(session, run.snapshot_id)
    if review.file:
        # Nor does the receipt name a file that is not there.
        path_of(answers, review.file["sha256"])


def _decide(
    session: Session, actor: Actor, now: datetime, review: Review, run: Run, seal: Seal
) -> None:
    """What a decision does: release, or make the answer, its rows and its cells as if they had never been."""
    review.decided_at = now
    if review.state != ReviewState.RELEASED:
        review.rows, review.file = [], {}
        session.exec(delete(ReleasedCells).where(col(ReleasedCells.run_id) == run.id))
    elif review.file:
        store_file(run, review.columns, review.file)
    else:
        store_answer(run, review.columns, review.rows)
    if review.state == ReviewState.RELEASED:
        licensing.settle(session, run.id, {"rows": run.row_count})
    else:
        licensing.release(session, run.id)
    session.add(review)
    endings = {ReviewState.RELEASED: "finished", ReviewState.NOT_RELEASED: "not_released"}
    ending = ENDINGS[endings.get(ReviewState(review.state), "withdrawn")]
    facts: dict[str, Any] = {
        "state": review.state,
        "checkers": sorted(one.account_id for one in _votes(session, run.id)),
        # Of an answer that does not leave, what a check found in it would tell about people.
        "findings": {rule: str(count) for rule, count in sorted(review.evidence["reasons"].items())}
        if review.state == ReviewState.RELEASED
        else {},
    }
    settle_run(session, now=now, run=run, ending=ending, seal=seal, review=facts)
    _record(session, actor, now, "decide", run.id, {"state": review.state})


def _found(session: Session, run_id: str) -> tuple[Review, Run]:
    review = session.exec(select(Review).where(Review.run_id == run_id).with_for_update()).first()
    if review is None:
        raise errors.ReviewUnknown
    return review, session.get_one(Run, run_id)


def _open(session: Session, run_id: str) -> tuple[Review, Run]:
    review, run = _found(session, run_id)
    if review.state not in OPEN_REVIEWS:
        raise errors.ReviewOver(state=review.state)
    return review, run


def _votes(session: Session, run_id: str) -> list[ReviewVote]:
    return list(session.exec(select(ReviewVote).where(ReviewVote.run_id == run_id)).all())


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    run_id: str,
    facts: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.review.{verb}",
        subject=("sandbox_run", run_id),
        facts=facts,
    )
