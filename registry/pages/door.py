"""The blueprint of the register's pages, and what several of them share."""

import base64
from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for
from marshmallow import Schema
from sqlmodel import Session

from kernel.clock import CHINA
from kernel.identity import Permission, SignInNeeded, check_permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.web.problems import ShapeWrong
from registry import queries, schemas
from registry.queries import ApplicationRow, Duplicate

blueprint = Blueprint("registry", __name__, url_prefix="/registry")
#: What a browser's field for day and time sends: without seconds and without zone.
_MINUTE = len("2026-03-02T09:00")


def check_permission_to_read(here: Entrance) -> None:
    """Visitors have no applications.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    if here.actor.is_visitor:
        check_permission(here.actor, Permission.REGISTRY_APPLICATION_READ)


def signed_in() -> Entrance:
    """The entrance of somebody who has an account.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def reads_all(here: Entrance) -> bool:
    """Whether the person may read applications of every organisation."""
    return is_permitted(here.actor, Permission.REGISTRY_APPLICATION_READ)


def read_revision() -> int:
    """The revision that the person saw, from the form; 0 when there is none."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def visible(
    here: Entrance, application_id: str, *, as_of: datetime | None = None
) -> ApplicationRow:
    """An application that this person may see, now or as it stood.

    Raises:
        SignInNeeded, ApplicationUnknown: as ``queries.visible_application`` says.
    """
    with here.db.read() as session:
        return queries.visible_application(session, here.actor, application_id, as_of=as_of)


def duplicates_of(session: Session, row: ApplicationRow) -> list[Duplicate]:
    """Others that may be the same data as an application."""
    return queries.duplicates(
        session,
        application_id=row.application_id,
        name_key=row.name_key,
        organisation_id=row.organisation_id,
        fingerprint=row.fingerprint,
    )


def read_arguments(schema: Schema) -> Any:  # noqa: ANN401 - whatever the schema makes
    """The arguments of the address; empty ones are none, a local minute is one of China's.

    Raises:
        ShapeWrong: with one message per argument.
    """
    text = request.args.get("as_of", "")
    local = _local(text) if len(text) == _MINUTE and "as_of" in schema.fields else None
    return forms.read_arguments(schema, **({"as_of": local.isoformat()} if local else {}))


def _local(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError:
        return None


def read_as_of() -> datetime | None:
    """The past moment that the address asks for; None for now.

    Raises:
        ShapeWrong: it is no moment.
    """
    moment: datetime | None = read_arguments(schemas.AsOfArguments())["as_of"]
    return moment


def wrong_fields(**sentences: str) -> ShapeWrong:
    """A refusal that names fields, with a sentence for each in the reader's language."""
    return ShapeWrong(
        errors=[{"pointer": f"/{name}", "detail": text} for name, text in sentences.items()]
    )


def more_href(next_key: str, endpoint: str, **values: str) -> str:
    """The address of the next page of a list; empty at its end."""
    if not next_key:
        return ""
    cursor = base64.urlsafe_b64encode(next_key.encode()).decode()
    arguments: dict[str, Any] = {**request.args.to_dict(), **values, "cursor": cursor}
    return url_for(endpoint, **arguments)


def sent_once() -> str:
    """The key that a form was shown with: a double click sends it twice and is done once."""
    return request.form.get("once", "")[:_LONGEST_KEY]


_LONGEST_KEY = 64
