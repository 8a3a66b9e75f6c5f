"""A resource that its body obtained by sharing, and the word of the body that shared it."""

from typing import Any

from licensing import service
from marketplace.operations.demo.material import HEALTH
from registry.states import Status
from tests.make import Maker

SHARED = {
    "collection_mode": "shared",
    "shared_provider": "甘肃省卫生健康信息中心",
    "consent_file": "77" * 32,
}


def shared_resource(make: Maker, **more: Any) -> str:
    """The code of an effective resource that was obtained by sharing."""
    form = make.form(HEALTH, **SHARED, **more)
    make.preserve(make.actor("handler"), {"evidence_sha256": form["consent_file"]})
    return str(make.application(Status.EFFECTIVE, form=form).code)


def consent(make: Maker, code: str, *, is_given: bool, **more: str) -> str:
    """Record or take back the consent; ``actor`` is the providing body's person."""
    return service.record_consent(
        make.home.db,
        actor=make.actor(more.get("actor", "source_department")),
        now=make.clock(),
        wanted=service.Consent(code, is_given, "甘卫函〔2026〕1号", more.get("reason", "")),
    )
