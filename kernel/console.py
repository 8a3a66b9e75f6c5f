"""Errors to exit codes and plain sentences for the command line; JSON to standard output; logs.

Exit codes follow sysexits.h: 0 done, 64 usage, 65 bad input or refused, 66 not found, 70 an
invariant failed, 75 try again, 77 not allowed.
"""

import json
from collections.abc import Callable
from typing import Any

import click
import structlog

from kernel.errors import (
    Broken,
    Conflict,
    Exhausted,
    Forbidden,
    HexiError,
    Malformed,
    NotAcceptable,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
    said_facts,
)

USAGE = 64
_EXIT_CODES: tuple[tuple[type[HexiError], int], ...] = (
    (Malformed, 65),
    (Conflict, 65),
    (NotAcceptable, 65),
    (Refused, 65),
    (NotFound, 66),
    (Broken, 70),
    (Exhausted, 75),
    (Unavailable, 75),
    (Unauthenticated, 77),
    (Forbidden, 77),
)

Translate = Callable[[str], str]


def keep_logs_plain() -> None:
    """Write logs without the values of variables, which may be secrets or filed data.

    The library's own tracebacks show them all.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )


def exit_code(error: HexiError) -> int:
    """The exit code of a kind; 70 for what is of no kind."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 70)


def sentence(error: HexiError, translate: Translate) -> str:
    """Title, detail with its facts, and the stable code, in the reader's language."""
    facts = said_facts(error.facts, translate)
    detail = translate(error.detail) % facts if error.detail else ""
    return f"{translate(error.title)}: {detail} [{error.code}]"


def say(text: str) -> None:
    """Print people's text to standard error, so that standard output stays for programs."""
    click.echo(text, err=True)


def give(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
