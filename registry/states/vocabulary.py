"""The words of both registers: registers, registration types, statuses, verbs, and one lawful move.

Register A records public data resources (S1, 公共数据资源登记); register B certifies data property
(S4, 数据产权登记). They are two laws with two tables; only the words that mean the same are shared.
"""

from dataclasses import dataclass
from enum import StrEnum

from kernel.identity import Permission


class Register(StrEnum):
    """Which of the two registers."""

    RESOURCES = "resources"
    PROPERTY = "property"


class Type(StrEnum):
    """Registration types (S1 Art. 9 and 15; S4 Art. 32 to 37).

    A correction that an interested party asks for has its own type, because other people act in it.
    """

    INITIAL = "initial"
    CHANGE = "change"
    CORRECTION = "correction"
    PARTY_CORRECTION = "party-correction"
    CANCELLATION = "cancellation"
    RENEWAL = "renewal"
    TRANSFER = "transfer"


class Status(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    INTERNAL_REVIEW = "internal_review"
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    FORMAL_REVIEW = "formal_review"
    REJECTED = "rejected"
    PUBLIC_NOTICE = "public_notice"
    OBJECTION = "objection"
    TERMINATED = "terminated"
    CODED = "coded"
    EFFECTIVE = "effective"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    # Register B alone
    SUBSTANTIVE_REVIEW = "substantive_review"
    PROOF_REQUESTED = "proof_requested"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    HANDED_OVER = "handed_over"
    RECORDED = "recorded"
    CERTIFIED = "certified"


class Verb(StrEnum):
    """What somebody can do to an application."""

    EDIT = "edit"
    AGREE = "agree"
    SEND_TO_INTERNAL_REVIEW = "send-to-internal-review"
    RETURN_TO_DRAFT = "return-to-draft"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REQUEST_SUPPLEMENT = "request-supplement"
    REFILE = "refile"
    DECLINE = "decline"
    ACCEPT = "accept"
    BEGIN_REVIEW = "begin-review"
    PUBLISH_NOTICE = "publish-notice"
    REJECT = "reject"
    OBJECT = "object"
    UPHOLD_OBJECTION = "uphold-objection"
    DISMISS_OBJECTION = "dismiss-objection"
    ISSUE_CODE = "issue-code"
    PUT_INTO_EFFECT = "put-into-effect"
    COMPLETE = "complete"
    # Register B alone
    FILE = "file"
    ACCEPT_BY_SILENCE = "accept-by-silence"
    LAPSE = "lapse"
    HAND_OVER = "hand-over"
    REQUEST_PROOF = "request-proof"
    PROVIDE_PROOF = "provide-proof"
    EXTEND_REVIEW = "extend-review"
    WAIVE_NOTICE = "waive-notice"
    APPROVE = "approve"
    REFUSE = "refuse"
    TERMINATE = "terminate"
    RECORD_EVIDENCE = "record-evidence"
    CERTIFY = "certify"


class EntryStatus(StrEnum):
    """Where an entry of register A or a certificate of register B stands."""

    CODED = "coded"
    EFFECTIVE = "effective"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


class EntryVerb(StrEnum):
    """What the institution can do to an entry or a certificate on its own account."""

    REVOKE = "revoke"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REMARK = "remark"
    LIFT_REMARK = "lift-remark"


#: Every type of one of the registers.
ALL_TYPES = frozenset(Type)


@dataclass(frozen=True, slots=True)
class Transition:
    """One lawful move: who may make it, for which types, and whether reasons are owed.

    No permission means that anybody may, by real name (S1 Art. 12, S4 Art. 25). ``by_clock`` means
    that no person may: the system does it when its day has come.
    """

    verb: Verb
    source: Status
    target: Status
    permission: Permission | None
    needs_reason: bool = False
    types: frozenset[Type] = ALL_TYPES
    by_clock: bool = False
