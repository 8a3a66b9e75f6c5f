"""Where a registration begins: something new, or a later type on what one has registered."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.identity import Permission, check_permission
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day
from registry import queries, schemas, service
from registry.pages.door import blueprint
from registry.states import TYPES, EntryStatus, Register, Type

#: What may be registered anew: the register and the kind.
_NEW = ("resources:resource", "resources:product", "resources:service", "property:data")
#: An interested party asks on the public page of the entry.
_LATER = tuple(type_ for type_ in Type if type_ not in {Type.INITIAL, Type.PARTY_CORRECTION})


@dataclass(frozen=True, slots=True)
class Target:
    """An entry or certificate of one's own that a later type may act on."""

    register: Register
    code: str
    name: str

    @property
    def value(self) -> str:
        """Register and code, as the form sends them."""
        return f"{self.register.value}:{self.code}"


@blueprint.get("/applications/new")
def new_application() -> str:
    """Choose what to register."""
    check_permission(entrance().actor, Permission.REGISTRY_APPLICATION_DRAFT)
    return _start_page()


@blueprint.post("/applications/new")
def create_application() -> ResponseReturnValue:
    """Begin a draft and go to its list of tasks."""

    def act() -> ResponseReturnValue:
        here = entrance()
        # The form holds one application after another: its shape is that of REST, without a form.
        values = schemas.DraftBody().load(_sent_draft())
        wanted = schemas.draft_of(values, "")
        made = service.draft(here.db, actor=here.actor, now=here.now, wanted=wanted)
        return redirect(url_for("registry.edit_form", application_id=made))

    return forms.attempt(act, _start_page)


def _sent_draft() -> dict[str, Any]:
    """The choices of the page as the body that REST takes."""
    target = request.form.get("target", "")
    if code := request.form.get("entry_code", "").strip():
        # An agent's principal is registered elsewhere than on the agent's own list.
        is_property = request.form.get("type") == Type.TRANSFER.value or len(code) == _B_CODE
        target = f"{'property' if is_property else 'resources'}:{code}"
    register, _, rest = (target or request.form.get("what", "")).partition(":")
    known = {one.value for one in Register}
    register = register if register in known else Register.RESOURCES.value
    principal = request.form.get("on_behalf_of", "").strip().upper()[:18]
    if target:
        type_ = request.form.get("type", "")
        sent_type = type_ if type_ in {one.value for one in _LATER} else Type.CHANGE.value
        kind = "data" if register == Register.PROPERTY.value else "resource"
        rest = rest[:64]
        return _body(register, sent_type, kind, {"entry_code": rest, "on_behalf_of": principal})
    kind = rest if rest in schemas.KINDS else "resource"
    return _body(register, Type.INITIAL.value, kind, {"on_behalf_of": principal})


#: Characters of a certificate's code (S4 annex 6).
_B_CODE = 15


def _body(register: str, type_: str, kind: str, more: dict[str, str]) -> dict[str, Any]:
    return {"register": register, "type": type_, "kind": kind, **more}


def _start_page(**shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    chosen = request.form if request.method == "POST" else request.args
    targets = _own_targets(here.actor.organisation_id)
    return render_template(
        "registry/wizard_start.html",
        kinds=_NEW,
        chosen_kind=chosen.get("what") or f"resources:{chosen.get('kind', 'resource')}",
        targets=targets,
        types=[(type_, _registers_of(type_)) for type_ in _LATER],
        values=chosen,
        **shown,
    )


def _registers_of(type_: Type) -> list[Register]:
    return [register for register in Register if type_ in TYPES[register]]


def _own_targets(organisation_id: str) -> list[Target]:
    here = entrance()
    today = local_day(here.now)
    with here.db.read() as session:
        entries = queries.entries_of(session, organisation_id)
        certificates = queries.certificates_of(session, organisation_id)
    return [
        *(
            Target(Register.RESOURCES, entry.code, entry.name)
            for entry in entries
            if entry.status_on(today) is EntryStatus.EFFECTIVE
        ),
        *(
            Target(Register.PROPERTY, one.code or one.certificate_id, one.name)
            for one in certificates
            if one.status_on(today) is EntryStatus.EFFECTIVE
        ),
    ]
