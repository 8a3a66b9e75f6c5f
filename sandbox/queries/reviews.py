"""Reads of the airlock: reviews with their votes and comments, as each person may see them."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from sandbox import errors
from sandbox.models import Review, ReviewComment, ReviewVote, Run
from sandbox.queries.records import RunRow, find_run
from sandbox.states import OPEN_REVIEWS, ReviewState, RunState


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One checker's vote."""

    account_id: str
    releases: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentRow:
    """What somebody wrote under a review; a private one is among checkers."""

    account_id: str
    is_private: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """The review of one answer, with everything that anybody may see of it; ``seen_by`` takes things away."""

    run: RunRow
    provider_id: str
    state: ReviewState
    evidence: dict[str, Any]
    columns: tuple[dict[str, Any], ...]
    rows: tuple[list[Any], ...]
    file: dict[str, Any]
    submitted_at: datetime
    decided_at: datetime | None
    votes: tuple[VoteRow, ...]
    comments: tuple[CommentRow, ...]

    @property
    def is_open(self) -> bool:
        """Whether it waits for anybody."""
        return self.state in OPEN_REVIEWS

    def awaits(self, account_id: str) -> bool:
        """Whether it waits for the vote of a checker who did not ask for the answer."""
        has_voted = any(one.account_id == account_id for one in self.votes)
        is_conflicted = self.state is ReviewState.CONFLICTED
        if account_id == self.run.account_id or not self.is_open:
            return False
        return has_voted if is_conflicted else not has_voted

    def seen_by(self, account_id: str, *, is_checker: bool, sees_all: bool = False) -> "ReviewRow":
        """The review as one person may see it.

        A checker is blind to the other's vote and comments until both have voted; who asked sees public
        comments, and never the answer, which is in the run once it was released. Who may see all runs
        (``sees_all``) sees all but an answer that has not been released.
        """
        is_blind = self.state in (ReviewState.SUBMITTED, ReviewState.PARTIALLY_REVIEWED)
        if sees_all and not is_checker:
            is_out = self.state is ReviewState.RELEASED
            return self if is_out else replace(self, rows=(), columns=(), file={})
        if not is_checker:
            public = tuple(one for one in self.comments if not one.is_private)
            bare = replace(self, rows=(), columns=(), file={}, evidence={}, votes=())
            return replace(bare, comments=public)
        if not is_blind:
            return self
        return replace(
            self,
            votes=tuple(one for one in self.votes if one.account_id == account_id),
            comments=tuple(
                one for one in self.comments if not one.is_private or one.account_id == account_id
            ),
        )


def find_review(session: Session, run_id: str) -> ReviewRow:
    """The review of a run's answer.

    Raises:
        ReviewUnknown: there is none.
    """
    found = session.get(Review, run_id)
    if found is None:
        raise errors.ReviewUnknown
    votes = session.exec(
        select(ReviewVote).where(ReviewVote.run_id == run_id).order_by(col(ReviewVote.at))
    ).all()
    comments = session.exec(
        select(ReviewComment).where(ReviewComment.run_id == run_id).order_by(col(ReviewComment.id))
    ).all()
    return ReviewRow(
        run=find_run(session, run_id),
        provider_id=found.provider_id,
        state=ReviewState(found.state),
        evidence=dict(found.evidence),
        columns=tuple(found.columns),
        rows=tuple(found.rows),
        file=dict(found.file),
        submitted_at=found.submitted_at,
        decided_at=found.decided_at,
        votes=tuple(VoteRow(one.account_id, one.releases, one.reason, one.at) for one in votes),
        comments=tuple(
            CommentRow(one.account_id, one.is_private, one.text, one.at) for one in comments
        ),
    )


def answer_files(session: Session) -> set[str]:
    """SHA-256 of every file that is in review or was released."""
    # In this order: an answer that is released in between is then found in one place or the other.
    held = session.exec(select(Review.file).where(col(Review.state).in_(OPEN_REVIEWS))).all()
    released = select(Run.result_digest).where(Run.state == RunState.FINISHED, Run.media_type != "")
    names = {one["sha256"] for one in held if one}
    return names | set(session.exec(released).all())


def unnamed_files(folder: Path, named: set[str]) -> list[Path]:
    """What lies in the store of answers and is none of these files; half written ones have a room of their own."""
    found = (one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    return sorted(one for one in found if one.name not in named)


def list_reviews(session: Session, provider_id: str, *, limit: int = 50) -> list[ReviewRow]:
    """Reviews of answers from a provider's data, or from all data: the open ones first, then the newest."""
    is_open = col(Review.state).in_(OPEN_REVIEWS)
    statement = select(Review.run_id).order_by(is_open.desc(), col(Review.run_id).desc())
    if provider_id:
        statement = statement.where(Review.provider_id == provider_id)
    statement = statement.limit(limit)
    return [find_review(session, one) for one in session.exec(statement).all()]
