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


def public_fields(*, entity: str, kind: str, form: dict[str, Any]) -> dict[str, str]:
    """Exactly the four fields that a public notice shows (S1 Art. 12); nothing else is public yet."""
    return {
        "entity": entity,
        "registration_type": f"initial:{kind}",
        "name": str(form.get("name", "")),
        "summary": str(form.get("summary", "")),
    }
