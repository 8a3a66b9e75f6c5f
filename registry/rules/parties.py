"""Who has to agree to an application beside its applicant (S1 Art. 7; S4 Art. 16, 21 and 33).

A party agrees here, to the form as it stands, or a document that was preserved shows its agreement:
co-holders may have agreed on one applicant, and a contract or proof may show another holder's
right. A transferee applies itself, and a principal answers for its agent; no document stands for
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.states import Register, Type


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whom the form binds; ``is_shown`` says that a preserved document shows its agreement."""

    name: str
    credit_code: str
    is_shown: bool = False


def parties_of(
    register: Register, type_: Type, form: Mapping[str, Any], applicant: Party, *, has_agent: bool
) -> list[Party]:
    """Everybody beside the applicant, whoever acts for it; each once."""
    found = _co_holders(form)
    if register is Register.PROPERTY:
        if type_ is Type.INITIAL:
            found += _other_holders(form, applicant)
        if type_ is Type.TRANSFER:
            found.append(transferee(form))
        if has_agent:
            found.append(applicant)
    return list(dict.fromkeys(one for one in found if one.name or one.credit_code))


def _co_holders(form: Mapping[str, Any]) -> list[Party]:
    is_shown = bool(form.get("co_holder_agreement"))
    return [
        Party(str(one.get("name", "")), str(one.get("credit_code", "")), is_shown)
        for one in _rows(form, "co_holders")
    ]


def _other_holders(form: Mapping[str, Any], applicant: Party) -> list[Party]:
    """Whom the table of rights names beside the applicant: a right is nobody's without its will."""
    return [
        Party(name, code, bool(one.get("proof")))
        for one in _rows(form, "rights")
        for name, code in [(str(one.get("holder_name", "")), str(one.get("holder_code", "")))]
        if code != applicant.credit_code and (code or name != applicant.name)
    ]


def transferee(form: Mapping[str, Any]) -> Party:
    """Whom a transfer gives rights to (S4 Art. 33)."""
    return Party(str(form.get("transferee_name", "")), str(form.get("transferee_code", "")))


def _rows(form: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = form.get(name)
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def named_codes(form: Mapping[str, Any]) -> set[str]:
    """Numbers of everybody whom a form names; they may read it, because they are asked about it."""
    named = {one.credit_code for one in _co_holders(form)}
    named |= {str(one.get("holder_code", "")) for one in _rows(form, "rights")}
    return (named | {transferee(form).credit_code}) - {""}
