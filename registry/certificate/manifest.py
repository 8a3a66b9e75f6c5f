"""The registered manifest: exactly what a code stands for, as canonical bytes.

The manifest's SHA-256 is the subject of the registration's receipt, so that anybody who has the
filed form can show that this form, and no other, got the code.
"""

import hashlib
from typing import Any

from ledger.encoding import canonical_bytes


def manifest_of(*, code: str, kind: str, entity: str, form: dict[str, Any]) -> dict[str, Any]:
    """The manifest of one entry."""
    return {"code": code, "kind": kind, "entity": entity, "form": form}


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Hex SHA-256 of the manifest's JCS bytes (RFC 8785)."""
    return hashlib.sha256(canonical_bytes(manifest)).hexdigest()


def agreed_digest(form: dict[str, Any]) -> str:
    """Hex SHA-256 of what other parties agree to: the form without its applicant's own commitment."""
    agreed = {name: value for name, value in form.items() if not name.startswith("commitment_")}
    return manifest_digest(agreed)


def public_fields(
    *, register: str, type_: str, kind: str, entity: str, form: dict[str, Any]
) -> dict[str, str]:
    """Exactly what a public notice shows; nothing else is public yet.

    Register A: entity, registration type, name, summary (S1 Art. 12). Register B: applicant, name,
    summary, restrictions (S4 Art. 24).
    """
    name, summary = str(form.get("name", "")), str(form.get("summary", ""))
    if register == "property":
        restrictions = str(form.get("restrictions", ""))
        return {"entity": entity, "name": name, "summary": summary, "restrictions": restrictions}
    return {
        "entity": entity,
        "registration_type": f"{type_}:{kind}",
        "name": name,
        "summary": summary,
    }
