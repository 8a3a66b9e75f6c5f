"""Public notices of both registers, and objections against them."""

from typing import Any

from flask import Response, jsonify

from kernel.web.context import entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import optional_key
from kernel.workdays import local_day
from registry import queries, schemas, service
from registry.queries import ApplicationRow
from registry.rest.door import blueprint
from registry.service import Answer

_ANSWERS = {
    "tell": service.tell_registrant,
    "answer": service.answer_objection,
    "conclude": service.conclude_objection,
}


@blueprint.get("/notices")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def list_notices(values: dict[str, Any]) -> Response:
    """Public notices of both registers, running now or then, the earliest end first."""
    here, window = entrance(), read_window()
    day = local_day(values["as_of"] or here.now)
    with here.db.read() as session:
        found = queries.running_notices(session, day, as_of=values["as_of"])
    rows = [row for row in found if _key_of(row) > window.after]
    page = cut(rows, [_key_of(row) for row in rows], window)
    return link(jsonify(items=[schemas.notice_reply(row) for row in page.rows]), page)


def _key_of(row: ApplicationRow) -> str:
    return f"{row.notice_ends_on}|{row.application_id}"


@blueprint.post("/notices/<notice_id>/objections")
@blueprint.arguments(schemas.ObjectionBody)
def create_objection(values: dict[str, Any], notice_id: str) -> tuple[Response, int]:
    """Object to a notice, by real name and with evidence; open to everybody."""
    here = entrance()
    made = service.object_to(
        here.db,
        actor=here.actor,
        now=here.now,
        wanted=schemas.objection_of(values, notice_id, optional_key()),
    )
    return jsonify(objection_id=made), 201


@blueprint.post("/objections/<objection_id>/<any('tell','answer','conclude'):verb>")
@blueprint.arguments(schemas.AnswerBody)
def move_objection(values: dict[str, Any], objection_id: str, verb: str) -> tuple[str, int]:
    """A later objection (S4 Art. 29): tell the registrant, give his view, or conclude it."""
    here = entrance()
    wanted = Answer(objection_id, values["text"], values["decision"])
    _ANSWERS[verb](here.db, actor=here.actor, now=here.now, wanted=wanted)
    return "", 204
