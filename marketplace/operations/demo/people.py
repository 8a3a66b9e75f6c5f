"""Sample organisations and accounts, one a role; names are invented."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from kernel import accounts
from kernel.accounts import NewAccount
from kernel.identity import Actor, Role

CENTRE = "甘肃省公共数据登记中心"
BUREAU = "甘肃省数据局"
BODY = "甘肃省大数据中心"
HEALTH = "甘肃省卫生健康信息中心"
OPERATOR = "甘肃河西数据运营有限公司"
ENTERPRISE = "兰州祁连健康科技有限公司"
PRICES = "甘肃省发展和改革委员会"
WATCH = "甘肃省公共数据监管办公室"

#: Unified social credit codes (GB 32100) with a right check character; as invented as the names.
CREDIT_CODES = {
    CENTRE: "12620000MB1000001P",
    BUREAU: "11620000MB1000002X",
    BODY: "12620000MB1000008D",
    HEALTH: "12620000MB1000003X",
    OPERATOR: "91620100MA70000044",
    ENTERPRISE: "91620100MA70000057",
    PRICES: "11620000MB1000006A",
    WATCH: "11620000MB1000007D",
}

#: Account name, display name, organisation, roles.
_PEOPLE: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("enterprise", "陈企业", ENTERPRISE, (Role.ENTERPRISE,)),
    ("researcher", "周研究员", ENTERPRISE, (Role.RESEARCHER,)),
    ("handler", "马经办", HEALTH, (Role.HANDLER,)),
    ("entity_reviewer", "孙业务", HEALTH, (Role.ENTITY_REVIEWER,)),
    ("acceptor", "王受理", CENTRE, (Role.ACCEPTOR,)),
    ("reviewer", "李审核", CENTRE, (Role.REVIEWER,)),
    ("coder", "赵赋码", CENTRE, (Role.CODER,)),
    ("implementing_body", "何实施", BODY, (Role.IMPLEMENTING_BODY,)),
    ("operator", "韩运营", OPERATOR, (Role.OPERATOR,)),
    ("source_department", "丁数源", HEALTH, (Role.SOURCE_DEPARTMENT,)),
    ("output_checker", "宋核验", OPERATOR, (Role.OUTPUT_CHECKER,)),
    ("output_checker_2", "唐核验", OPERATOR, (Role.OUTPUT_CHECKER,)),
    ("price_authority", "许价格", PRICES, (Role.PRICE_AUTHORITY,)),
    ("regulator", "秦监管", WATCH, (Role.REGULATOR,)),
    ("admin", "管理员", BUREAU, (Role.ADMIN,)),
    # The operator registers its products itself, and the law wants two people for it.
    ("operator_handler", "白经办", OPERATOR, (Role.HANDLER,)),
    ("operator_reviewer", "石业务", OPERATOR, (Role.ENTITY_REVIEWER,)),
    # Whoever approves an application does not countersign the contract.
    ("operator_signatory", "高签署", OPERATOR, (Role.OPERATOR,)),
    # Whoever drafts a plan or an agreement does not record the decision on it.
    ("implementing_body_2", "罗决策", BODY, (Role.IMPLEMENTING_BODY,)),
    ("data_authority", "谢备案", BUREAU, (Role.DATA_AUTHORITY,)),
)
_PASSWORD_BYTES = 12


@dataclass(frozen=True, slots=True)
class Person:
    """A sample account with its secrets; they are in the demo's own answer and nowhere else."""

    name: str
    role: str
    organisation: str
    password: str
    token: str
    actor: Actor


def make_people(session: Session, now: datetime) -> dict[str, Person]:
    """Make every sample organisation and account; returns people by account name."""
    organisations: dict[str, str] = {}
    people: dict[str, Person] = {}
    for name, display_name, organisation, roles in _PEOPLE:
        if organisation not in organisations:
            organisations[organisation] = accounts.create_organisation(
                session,
                now=now,
                name=organisation,
                credit_code=CREDIT_CODES[organisation],
            )
            session.flush()
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        account_id = accounts.create_account(
            session,
            now=now,
            wanted=NewAccount(
                name, display_name, organisations[organisation], password, frozenset(roles)
            ),
        )
        token = accounts.issue_token(session, now=now, account_id=account_id, name="demo")
        session.flush()
        actor = accounts.actor_of(session, account_id)
        people[name] = Person(name, roles[0].value, organisation, password, token, actor)
    return people
