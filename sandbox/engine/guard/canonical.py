"""The canonical form of a program: equal for texts that ask the same, ready for JCS.

Our aliases replace the analyst's, the names of outputs are left out (a stored answer is shown
under the names of the plan that asks), columns have the case of the licence, white space and
comments are gone with the text, and the operands of AND and OR stand in one order. That order
changes no answer, because no operand can fail. Two spellings that differ in more get different
forms: the cost is a second charge, never a wrong replay.
"""

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.engine.guard.nodes import Call, Output, Program

VERSION = 1


def canonical_form(program: Program, mode: str) -> dict[str, Any]:
    """The program as JSON values; lists keep their order save under AND and OR."""
    return {
        "version": VERSION,
        "mode": mode,
        "definitions": [_plain(one) for one in program.definitions],
        "body": _plain(program.body),
    }


def digest_of(form: dict[str, Any]) -> str:
    """SHA-256 in hex over the form's canonical JSON (RFC 8785; it holds no floats)."""
    return hashlib.sha256(_dump(form).encode()).hexdigest()


def count_nodes(form: object) -> int:
    """How many plan nodes a canonical form holds: the public size of the plan."""
    if isinstance(form, dict):
        return ("node" in form) + sum(count_nodes(one) for one in form.values())
    if isinstance(form, list):
        return sum(count_nodes(one) for one in form)
    return 0


def _dump(form: object) -> str:
    return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON values of any type
    if is_dataclass(value) and not isinstance(value, type):
        plain = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        plain = {
            name: one
            for name, one in plain.items()
            if not (one is None or one is False or one == [])
        }
        if isinstance(value, Output):
            del plain["name"]
        if isinstance(value, Call) and value.name in ("and", "or"):
            plain["arguments"] = sorted(plain["arguments"], key=_dump)
        return {"node": type(value).__name__.lower(), **plain}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
