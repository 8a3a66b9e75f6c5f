"""Who may do what, as one table of data, and the person who acts.

Roles follow the law's own separation of duties: the acceptor is not the reviewer (Interim
Measures for Registration of Public Data Resources, Art. 10 and 11), the operating institution is
not the implementing body (Implementation Specifications for Authorised Operation, Art. 3).
A permission is named ``package.noun.verb``; what is granted to no role is possible for nobody.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from kernel.errors import Forbidden, Unauthenticated, msgid


class NotPermitted(Forbidden):
    """The person's roles do not grant this."""

    code = "kernel-not-permitted"
    title = msgid("Your role does not allow this")
    detail = msgid(
        "This needs the permission %(permission)s. Ask your administrator for a role that has it."
    )


class SignInNeeded(Unauthenticated):
    """A visitor asked for something that needs an account."""

    code = "kernel-sign-in-needed"
    title = msgid("Sign in first")
    detail = msgid("Sign in, or send a valid API token in the Authorization header.")


class Permission(StrEnum):
    """Everything that can be allowed."""

    REGISTRY_APPLICATION_DRAFT = "registry.application.draft"
    REGISTRY_APPLICATION_REVIEW_INSIDE = "registry.application.review_inside"
    REGISTRY_APPLICATION_ACCEPT = "registry.application.accept"
    REGISTRY_APPLICATION_REVIEW = "registry.application.review"
    REGISTRY_APPLICATION_CODE = "registry.application.code"
    REGISTRY_APPLICATION_READ = "registry.application.read"
    REGISTRY_OBJECTION_DECIDE = "registry.objection.decide"
    REGISTRY_ENTRY_END = "registry.entry.end"
    REGISTRY_ENTRY_REMARK = "registry.entry.remark"
    REGISTRY_FILE_PRESERVE = "registry.file.preserve"
    KERNEL_LIMIT_SET = "kernel.limit.set"
    LICENSING_PLAN_DRAFT = "licensing.plan.draft"
    LICENSING_PLAN_DECIDE = "licensing.plan.decide"
    LICENSING_PLAN_FILE = "licensing.plan.file"
    LICENSING_SELECTION_CONDUCT = "licensing.selection.conduct"
    LICENSING_AGREEMENT_DRAFT = "licensing.agreement.draft"
    LICENSING_AGREEMENT_DECIDE = "licensing.agreement.decide"
    LICENSING_AGREEMENT_CONCLUDE = "licensing.agreement.conclude"
    LICENSING_AGREEMENT_SIGN = "licensing.agreement.sign"
    LICENSING_AGREEMENT_FILE = "licensing.agreement.file"
    LICENSING_AGREEMENT_EVALUATE = "licensing.agreement.evaluate"
    LICENSING_OPERATION_READ_ALL = "licensing.operation.read_all"
    LICENSING_OFFER_PUBLISH = "licensing.offer.publish"
    LICENSING_PRICE_FILE = "licensing.price.file"
    LICENSING_SHARING_CONSENT = "licensing.sharing.consent"
    LICENSING_APPLICATION_SUBMIT = "licensing.application.submit"
    LICENSING_APPLICATION_DECIDE = "licensing.application.decide"
    LICENSING_LICENCE_SIGN = "licensing.licence.sign"
    LICENSING_LICENCE_COUNTERSIGN = "licensing.licence.countersign"
    LICENSING_LICENCE_SUSPEND = "licensing.licence.suspend"
    LICENSING_LICENCE_READ_ALL = "licensing.licence.read_all"
    SANDBOX_DATASET_INGEST = "sandbox.dataset.ingest"
    SANDBOX_REPORT_SIGN = "sandbox.report.sign"
    SANDBOX_QUERY_RUN = "sandbox.query.run"
    SANDBOX_RUN_CANCEL = "sandbox.run.cancel"
    SANDBOX_RUN_READ_ALL = "sandbox.run.read_all"
    SANDBOX_OUTPUT_REVIEW = "sandbox.output.review"
    MARKETPLACE_INVOICE_ISSUE = "marketplace.invoice.issue"
    MARKETPLACE_INVOICE_PAY = "marketplace.invoice.pay"
    MARKETPLACE_INVOICE_READ_ALL = "marketplace.invoice.read_all"
    MARKETPLACE_EVIDENCE_INSPECT = "marketplace.evidence.inspect"
    KERNEL_ACCOUNT_MANAGE = "kernel.account.manage"
    KERNEL_METRICS_READ = "kernel.metrics.read"
    KERNEL_CALENDAR_LOAD = "kernel.calendar.load"


class Role(StrEnum):
    """A duty that an organisation gives to a person."""

    ENTERPRISE = "enterprise"
    RESEARCHER = "researcher"
    HANDLER = "handler"
    ENTITY_REVIEWER = "entity_reviewer"
    ACCEPTOR = "acceptor"
    REVIEWER = "reviewer"
    CODER = "coder"
    IMPLEMENTING_BODY = "implementing_body"
    OPERATOR = "operator"
    SOURCE_DEPARTMENT = "source_department"
    OUTPUT_CHECKER = "output_checker"
    PRICE_AUTHORITY = "price_authority"
    DATA_AUTHORITY = "data_authority"
    REGULATOR = "regulator"
    ADMIN = "admin"


_P = Permission

#: The one table of who may do what.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ENTERPRISE: frozenset(
        {
            _P.LICENSING_APPLICATION_SUBMIT,
            _P.LICENSING_LICENCE_SIGN,
            # Who holds the licence pays for what is run under it.
            _P.SANDBOX_RUN_CANCEL,
            _P.MARKETPLACE_INVOICE_PAY,
            # The papers of an application are preserved before they are named in it.
            _P.REGISTRY_FILE_PRESERVE,
        }
    ),
    Role.RESEARCHER: frozenset({_P.SANDBOX_QUERY_RUN, _P.SANDBOX_RUN_CANCEL}),
    Role.HANDLER: frozenset({_P.REGISTRY_APPLICATION_DRAFT, _P.REGISTRY_FILE_PRESERVE}),
    Role.ENTITY_REVIEWER: frozenset({_P.REGISTRY_APPLICATION_REVIEW_INSIDE}),
    Role.ACCEPTOR: frozenset({_P.REGISTRY_APPLICATION_ACCEPT, _P.REGISTRY_APPLICATION_READ}),
    Role.REVIEWER: frozenset(
        {
            _P.REGISTRY_APPLICATION_REVIEW,
            _P.REGISTRY_APPLICATION_READ,
            _P.REGISTRY_OBJECTION_DECIDE,
        }
    ),
    Role.CODER: frozenset(
        {
            _P.REGISTRY_APPLICATION_CODE,
            _P.REGISTRY_APPLICATION_READ,
            _P.REGISTRY_ENTRY_END,
            _P.REGISTRY_ENTRY_REMARK,
        }
    ),
    # One role, two people: who drafted does not decide (licensing's tables of moves see to it).
    Role.IMPLEMENTING_BODY: frozenset(
        {
            _P.LICENSING_PLAN_DRAFT,
            _P.LICENSING_PLAN_DECIDE,
            _P.LICENSING_SELECTION_CONDUCT,
            _P.LICENSING_AGREEMENT_DRAFT,
            _P.LICENSING_AGREEMENT_DECIDE,
            _P.LICENSING_AGREEMENT_CONCLUDE,
            _P.REGISTRY_FILE_PRESERVE,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            _P.LICENSING_AGREEMENT_SIGN,
            _P.LICENSING_OFFER_PUBLISH,
            _P.LICENSING_APPLICATION_DECIDE,
            _P.LICENSING_LICENCE_COUNTERSIGN,
            _P.LICENSING_LICENCE_SUSPEND,
            _P.SANDBOX_DATASET_INGEST,
            # Two people: whoever ingested does not sign twice.
            _P.SANDBOX_REPORT_SIGN,
            _P.MARKETPLACE_INVOICE_ISSUE,
        }
    ),
    Role.SOURCE_DEPARTMENT: frozenset({_P.LICENSING_SHARING_CONSENT}),
    Role.OUTPUT_CHECKER: frozenset({_P.SANDBOX_OUTPUT_REVIEW}),
    Role.PRICE_AUTHORITY: frozenset({_P.LICENSING_PRICE_FILE}),
    Role.DATA_AUTHORITY: frozenset(
        {
            _P.LICENSING_PLAN_FILE,
            _P.LICENSING_AGREEMENT_FILE,
            _P.LICENSING_AGREEMENT_EVALUATE,
            _P.LICENSING_OPERATION_READ_ALL,
        }
    ),
    Role.REGULATOR: frozenset(
        {
            _P.REGISTRY_APPLICATION_READ,
            _P.LICENSING_OPERATION_READ_ALL,
            _P.LICENSING_LICENCE_READ_ALL,
            _P.SANDBOX_RUN_READ_ALL,
            _P.MARKETPLACE_INVOICE_READ_ALL,
            _P.MARKETPLACE_EVIDENCE_INSPECT,
        }
    ),
    Role.ADMIN: frozenset(
        {
            _P.KERNEL_ACCOUNT_MANAGE,
            _P.KERNEL_METRICS_READ,
            _P.KERNEL_CALENDAR_LOAD,
            _P.KERNEL_LIMIT_SET,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, or the system itself, on whose behalf a use case runs."""

    account_id: str
    display_name: str
    organisation_id: str
    organisation_name: str
    roles: frozenset[Role] = field(default_factory=frozenset)

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the person's roles grant together."""
        return frozenset().union(*(GRANTS[role] for role in self.roles))

    @property
    def is_visitor(self) -> bool:
        """Nobody has signed in."""
        return not self.account_id


VISITOR = Actor("", "", "", "")
#: Acts where a clock and no person decides: the end of a notice, an abandoned run.
SYSTEM = Actor("system", "Hexi", "system", "Hexi")


def is_permitted(actor: Actor, permission: Permission) -> bool:
    """Whether one of the person's roles grants it."""
    return permission in actor.permissions


def check_permission(actor: Actor, permission: Permission) -> None:
    """Let only somebody pass whose roles grant it.

    Raises:
        SignInNeeded: nobody has signed in.
        NotPermitted: somebody has, without that permission.
    """
    if actor.is_visitor:
        raise SignInNeeded
    if not is_permitted(actor, permission):
        raise NotPermitted(permission=permission.value)
