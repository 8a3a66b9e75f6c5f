"""What people look at before they decide on an application: its notice, twins, clocks, problems."""

from typing import Any

from flask import Response, jsonify

from kernel.trust import receipts
from kernel.web.context import entrance
from kernel.workdays import local_day
from registry import errors, queries, schemas, service
from registry.form.fields import FieldKind
from registry.form.groups import all_fields
from registry.form.validate import problems_of
from registry.queries import ApplicationRow
from registry.rest.applications import visible
from registry.rest.door import blueprint, reader, reads_all
from registry.rules.filing import checklist_of
from registry.states import Status, Verb


@blueprint.get("/applications/<application_id>/preview")
def preview(application_id: str) -> Response:
    """Exactly what the public notice would show."""
    return jsonify(schemas.public_fields_of(visible(entrance(), application_id)))


@blueprint.get("/applications/<application_id>/duplicates")
def list_duplicates(application_id: str) -> Response:
    """Others that may be the same data; the entity sees its own and those that have a code."""
    here = entrance()
    row = visible(here, application_id)
    with here.db.read() as session:
        found = queries.duplicates(
            session,
            application_id=row.application_id,
            name_key=row.name_key,
            organisation_id=row.organisation_id,
            fingerprint=row.fingerprint,
        )
    sees_all = reads_all(here)
    shown = [
        one
        for one in found
        if sees_all or one.code or one.organisation_name == row.organisation_name
    ]
    return jsonify(items=schemas.DuplicateReply(many=True).dump(shown))


@blueprint.get("/applications/<application_id>/clocks")
def list_clocks(application_id: str) -> Response:
    """Every limit that ran or runs on it, and how each due date moved."""
    here = entrance()
    row = visible(here, application_id)
    with here.db.read() as session:
        clocks = queries.clocks_of(session, row.application_id)
        changes = queries.changes_of(session, row.application_id)
    return jsonify(
        clocks=schemas.ClockReply(many=True).dump(clocks),
        changes=schemas.ChangeReply(many=True).dump(changes),
    )


@blueprint.get("/applications/<application_id>/history")
def list_history(application_id: str) -> Response:
    """Who did what, when and why, oldest first."""
    here = entrance()
    row = visible(here, application_id)
    with here.db.read() as session:
        found = queries.history(session, row.application_id)
    return jsonify(items=schemas.StepReply(many=True).dump(found))


@blueprint.get("/applications/<application_id>/problems")
def list_problems(application_id: str) -> Response:
    """Everything that keeps the form from being filed, and advice, in the reader's language."""
    here, language = entrance(), reader()
    row = visible(here, application_id)
    found = problems_of(row.register, row.type, row.kind, row.form, local_day(here.now))
    return jsonify(
        items=[
            {
                "field": one.field,
                "code": one.code,
                "detail": service.sentence_of(one, language),
                "is_advice": one.is_advice,
            }
            for one in found
        ]
    )


@blueprint.get("/applications/<application_id>/hand-over")
def show_hand_over(application_id: str) -> Response:
    """The package for a listed agency (S4 Art. 7): application, files, checklist, receipts, history."""
    here = entrance()
    row = visible(here, application_id)
    if row.status is not Status.HANDED_OVER:
        raise errors.VerbUnlawful(status=row.status.value, verb=Verb.HAND_OVER.value)
    with here.db.read() as session:
        # Others may have preserved the same bytes; that they did is nobody else's business.
        own = {row.organisation_id, row.facts.agent_organisation_id}
        named = queries.files_named(session, _digests_in(row))
        files = [one for one in named if one.organisation_id in own]
        steps = queries.history(session, row.application_id)
        about = {row.application_id, *(one.file_id for one in files)}
        proofs = [
            one.id for subject in sorted(about) for one in receipts.list_for(session, subject)
        ]
    return jsonify(
        application=schemas.ApplicationReply().dump(row),
        files=schemas.FileReply(many=True).dump(files),
        checklist=[
            {
                "key": point.key,
                "label": reader().say(point.label),
                "answer": row.checklist.get(point.key),
            }
            for point in checklist_of(row.register, row.type)
        ],
        receipt_ids=proofs,
        history=schemas.StepReply(many=True).dump(steps),
    )


def _digests_in(row: ApplicationRow) -> set[str]:
    kinds = {FieldKind.DIGEST, FieldKind.FILE}
    named: list[Any] = [
        row.form.get(field.name) for field in all_fields(row.register) if field.kind in kinds
    ]
    return {str(one) for one in named if one}
