"""Organisations, people, their roles, passwords, sessions and API tokens.

Passwords are kept as argon2id hashes (RFC 9106). A session's cookie and an API token hold a
random secret of which only the SHA-256 is stored; a token shows its first characters, so that a
person can tell two of them apart without the table being worth stealing.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import UniqueConstraint, bindparam, update
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime
from kernel.errors import Conflict, Malformed, NotFound, Unauthenticated, msgid
from kernel.identity import VISITOR, Actor, Role
from kernel.ids import new_id, new_secret

SESSION_HOURS = 12
TOKEN_DAYS = 365
#: Shown with a token, so that its owner recognises it.
TOKEN_PREFIX_LENGTH = 12
PASSWORD_MINIMUM_LENGTH = 12
_HASHER = PasswordHasher()


class SignInRefused(Unauthenticated):
    """The name or the password is wrong; which of the two is not told."""

    code = "kernel-sign-in-refused"
    title = msgid("Name or password is wrong")
    detail = msgid("Check both and try again, or ask your administrator to set a new password.")


class NameTaken(Conflict):
    """There is an account or an organisation of this name."""

    code = "kernel-name-taken"
    title = msgid("This name is taken")
    detail = msgid("Choose another name than %(name)s.")


class PasswordTooShort(Malformed):
    """A password below the minimum length."""

    code = "kernel-password-too-short"
    title = msgid("This password is too short")
    detail = msgid("Use at least %(length)s characters.")


class NoSuchAccount(NotFound):
    """No account or organisation of this name."""

    code = "kernel-account-unknown"
    title = msgid("There is no such account")
    detail = msgid("Look the name up with `hexi accounts list`.")


class Organisation(SQLModel, table=True):
    """A legal person; ``credit_code`` is its unified social credit code (GB 32100)."""

    __tablename__ = "kernel_organisation"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    credit_code: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Account(SQLModel, table=True):
    """A person inside one organisation."""

    __tablename__ = "kernel_account"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    display_name: str
    organisation_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    password_hash: str
    language: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """One role of one account."""

    __tablename__ = "kernel_membership"
    __table_args__ = (UniqueConstraint("account_id", "role"),)

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="kernel_account.id", index=True)
    role: str


class ApiToken(SQLModel, table=True):
    """The hash of a bearer token."""

    __tablename__ = "kernel_api_token"

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="kernel_account.id", index=True)
    name: str
    prefix: str
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """The hash of a browser session's secret."""

    __tablename__ = "kernel_web_session"

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="kernel_account.id", index=True)
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as lists show it."""

    account_id: str
    name: str
    display_name: str
    organisation_id: str
    organisation_name: str
    roles: tuple[str, ...]


@cache
def _nobody_hash() -> str:
    """Verified when the name is unknown, so that an answer takes as long either way."""
    return _HASHER.hash("no account has this password")


def hash_secret(secret: str) -> str:
    """SHA-256 of a random secret, in hex; no salt is needed, because the secret is not guessable."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_organisation(
    session: Session, *, now: datetime, name: str, credit_code: str = ""
) -> str:
    """Add an organisation; returns its identifier.

    Raises:
        NameTaken: there is one of that name.
    """
    if session.exec(select(Organisation).where(Organisation.name == name)).first():
        raise NameTaken(name=name)
    row = Organisation(id=new_id(now), name=name, credit_code=credit_code, created_at=now)
    session.add(row)
    return row.id


def organisation_named(session: Session, *, now: datetime, name: str) -> str:
    """The identifier of the organisation of that name, which is made when it does not exist."""
    known = session.exec(select(Organisation).where(Organisation.name == name)).first()
    if known is not None:
        return known.id
    made = create_organisation(session, now=now, name=name)
    # Accounts name it by column only; it must be in the table first.
    session.flush()
    return made


def organisation_of_code(session: Session, credit_code: str) -> tuple[str, str] | None:
    """Identifier and name of the organisation with a credit code (GB 32100); None for nobody."""
    statement = select(Organisation).where(Organisation.credit_code == credit_code)
    found = session.exec(statement).first() if credit_code else None
    return None if found is None else (found.id, found.name)


def organisation_names(session: Session) -> dict[str, str]:
    """The names of all organisations by their identifiers."""
    rows = session.exec(select(Organisation.id, Organisation.name)).all()
    return {identifier: name for identifier, name in rows}  # noqa: C416 - typed as rows, not pairs


def person_names(session: Session, account_ids: Iterable[str]) -> dict[str, str]:
    """The display names of those accounts by their identifiers."""
    known = col(Account.id).in_(list(account_ids))
    return dict(session.exec(select(Account.id, Account.display_name).where(known)).all())


def credit_code_of(session: Session, organisation_id: str) -> str:
    """The unified social credit code of an organisation; empty where it gave none."""
    found = session.get(Organisation, organisation_id)
    return "" if found is None else found.credit_code


def accounts_named(
    session: Session, organisation_id: str, names: Collection[str]
) -> list[tuple[str, str, str]]:
    """Identifier, name and display name of those accounts of an organisation, in order of names."""
    statement = (
        select(Account.id, Account.name, Account.display_name)
        .where(Account.organisation_id == organisation_id, col(Account.disabled_at).is_(None))
        .where(col(Account.name).in_(names))
        .order_by(col(Account.name))
    )
    return [(one, name, shown) for one, name, shown in session.exec(statement).all()]


def colleagues(session: Session, organisation_id: str) -> list[tuple[str, str]]:
    """Names and display names of everybody of an organisation who may sign in, by name."""
    statement = (
        select(Account.name, Account.display_name)
        .where(Account.organisation_id == organisation_id, col(Account.disabled_at).is_(None))
        .order_by(col(Account.name))
    )
    return [(name, shown) for name, shown in session.exec(statement).all()]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is needed to add a person."""

    name: str
    display_name: str
    organisation_id: str
    password: str
    roles: frozenset[Role]


def create_account(session: Session, *, now: datetime, wanted: NewAccount) -> str:
    """Add a person; returns the account's identifier.

    Raises:
        NameTaken: there is an account of that name.
        PasswordTooShort: below 12 characters.
        NoSuchAccount: the organisation does not exist.
    """
    if len(wanted.password) < PASSWORD_MINIMUM_LENGTH:
        raise PasswordTooShort(length=PASSWORD_MINIMUM_LENGTH)
    if session.exec(select(Account).where(Account.name == wanted.name)).first():
        raise NameTaken(name=wanted.name)
    if session.get(Organisation, wanted.organisation_id) is None:
        raise NoSuchAccount
    row = Account(
        id=new_id(now),
        name=wanted.name,
        display_name=wanted.display_name,
        organisation_id=wanted.organisation_id,
        password_hash=_HASHER.hash(wanted.password),
        created_at=now,
    )
    session.add(row)
    # Memberships name the account by column only; it must be in the table first.
    session.flush()
    session.add_all(
        Membership(id=new_id(now), account_id=row.id, role=role.value)
        for role in sorted(wanted.roles)
    )
    return row.id


def find_account(session: Session, name: str) -> Account:
    """The account of that sign-in name.

    Raises:
        NoSuchAccount: there is none.
    """
    row = session.exec(select(Account).where(Account.name == name)).first()
    if row is None:
        raise NoSuchAccount
    return row


def list_accounts(session: Session) -> list[AccountRow]:
    """All accounts by name, with their roles."""
    statement = (
        select(Account, Organisation)
        .where(Account.organisation_id == Organisation.id)
        .order_by(Account.name)
    )
    roles: dict[str, list[str]] = {}
    for row in session.exec(select(Membership).order_by(Membership.role)).all():
        roles.setdefault(row.account_id, []).append(row.role)
    return [
        AccountRow(
            person.id,
            person.name,
            person.display_name,
            organisation.id,
            organisation.name,
            tuple(roles.get(person.id, ())),
        )
        for person, organisation in session.exec(statement).all()
    ]


# Every request of a program asks for both: built once, they cost half.
_ACTIVE = (
    select(*map(col, (Account.display_name, Organisation.id, Organisation.name, Membership.role)))
    .join_from(Account, Organisation)
    .outerjoin(Membership, col(Membership.account_id) == Account.id)
    .where(col(Account.id) == bindparam("account"), col(Account.disabled_at).is_(None))
)
_OF_SECRET = select(ApiToken).where(ApiToken.secret_hash == bindparam("secret"))


def actor_of(session: Session, account_id: str) -> Actor:
    """The account as somebody who acts; the visitor if it is gone or disabled."""
    if not (rows := session.execute(_ACTIVE, {"account": account_id}).all()):
        return VISITOR
    display_name, organisation_id, organisation_name, _ = rows[0]
    roles = frozenset(Role(row.role) for row in rows if row.role)
    return Actor(account_id, display_name, organisation_id, organisation_name, roles)


def sign_in(session: Session, *, now: datetime, name: str, password: str) -> str:
    """Check a password and open a session; returns the cookie's secret, which is not stored.

    Raises:
        SignInRefused: name or password is wrong, or the account is disabled.
    """
    person = session.exec(select(Account).where(Account.name == name)).first()
    try:
        _HASHER.verify(person.password_hash if person else _nobody_hash(), password)
    except (VerificationError, InvalidHashError) as error:
        raise SignInRefused from error
    if person is None or person.disabled_at is not None:
        raise SignInRefused
    secret = new_secret()
    session.add(
        WebSession(
            id=new_id(now),
            account_id=person.id,
            secret_hash=hash_secret(secret),
            created_at=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
    )
    return secret


def sign_out(session: Session, *, now: datetime, secret: str) -> None:
    """End the session of that cookie; a second time changes nothing."""
    live = col(WebSession.secret_hash) == hash_secret(secret), col(WebSession.ended_at).is_(None)
    session.execute(update(WebSession).where(*live).values(ended_at=now))


def actor_by_cookie(session: Session, *, now: datetime, secret: str) -> Actor:
    """Whose live session this cookie is; the visitor if it is none."""
    row = session.exec(
        select(WebSession).where(WebSession.secret_hash == hash_secret(secret))
    ).first()
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return VISITOR
    return actor_of(session, row.account_id)


def issue_token(
    session: Session, *, now: datetime, account_id: str, name: str, days: int = TOKEN_DAYS
) -> str:
    """Make an API token; returns its secret, which is shown once and not stored."""
    secret = f"hexi_{new_secret()}"
    session.add(
        ApiToken(
            id=new_id(now),
            account_id=account_id,
            name=name,
            prefix=secret[:TOKEN_PREFIX_LENGTH],
            secret_hash=hash_secret(secret),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return secret


def find_token(session: Session, *, now: datetime, secret: str) -> tuple[ApiToken | None, Actor]:
    """The token and its holder; none and the visitor if it is not valid."""
    row = session.exec(_OF_SECRET, params={"secret": hash_secret(secret)}).first()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None, VISITOR
    return row, actor_of(session, row.account_id)


def note_token_use(session: Session, *, now: datetime, token_id: str) -> None:
    """Keep when a token was last used."""
    session.execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=now))
