"""Who sees plans, selections and agreements, and how a form of a verb is answered."""

import base64
from collections.abc import Callable
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from licensing import errors


def own_of(here: Entrance) -> str:
    """The organisation whose things the person lists; empty for those who see all."""
    sees_all = is_permitted(here.actor, Permission.LICENSING_OPERATION_READ_ALL)
    return "" if sees_all else here.actor.organisation_id


def check_sees(here: Entrance, *parties: str) -> None:
    """Show a thing to its parties and to those who see all; ThingUnknown to others."""
    own = own_of(here)
    if own and own not in parties:
        raise errors.ThingUnknown


def do(
    verb: Callable[..., object],
    wanted: Callable[[], object],
    page: Callable[..., str],
    endpoint: str,
    **place: str,
) -> ResponseReturnValue:
    """Do a verb and go back to the thing's page, or show that page again with the refusal.

    ``wanted`` reads the form, so that what is wrong in it is shown like any refusal.
    """

    def attempted() -> ResponseReturnValue:
        here = entrance()
        verb(here.db, actor=here.actor, now=here.now, wanted=wanted())
        forms.notice(_("Done. The step is in the history."))
        address: dict[str, Any] = {**place}
        return redirect(url_for(endpoint, **address))

    return forms.attempt(attempted, lambda **shown: page(**place, **shown), ("reason",))


def more_href(next_key: str, endpoint: str) -> str:
    """The address of the next page of a list; empty at its end."""
    if not next_key:
        return ""
    return url_for(endpoint, cursor=base64.urlsafe_b64encode(next_key.encode()).decode())
