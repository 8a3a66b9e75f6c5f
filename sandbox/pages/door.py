"""The blueprint of the sandbox's pages, and who may come in."""

from typing import Final

from flask import Blueprint, request

from kernel.files import CSV, PARQUET
from kernel.identity import SignInNeeded
from kernel.web.context import Entrance, attached, entrance
from licensing.public import Terms
from sandbox import schemas
from sandbox.service import Machine

_FILE_NAMES: Final = {PARQUET: "Parquet", CSV: "CSV"}
blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")


def signed_in() -> Entrance:
    """The entrance of a person.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def machine() -> Machine:
    """Where queries run."""
    return attached("machine", Machine)


def file_types(terms: Terms) -> dict[str, str]:
    """The types of file that an answer under a licence may have, with their names; none where no file leaves."""
    return {} if terms.mode == "dp" or terms.output_review == "none" else _FILE_NAMES


def file_wish() -> str:
    """The type of file that a form asks for; empty for a table."""
    wanted = request.form.get("file_type", "")
    is_wanted = request.form.get("as_file") == "yes"
    return (wanted if wanted in schemas.STORED else schemas.STORED[0]) if is_wanted else ""


def read_precision() -> tuple[float, int | None]:
    """The precision or the cost that a form asks for in mode ``dp``; 0 and None where it says nothing."""
    text = request.form.get("accuracy", "").strip()
    cost = request.form.get("rho", "").strip()
    try:
        accuracy = float(text or 0)
    except ValueError:
        # What is no number is no precision either: the rule says what would be one.
        accuracy = -1.0
    try:
        return accuracy, int(cost) if cost else None
    except ValueError:
        return accuracy, -1
