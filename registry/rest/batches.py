"""Batches: the table template, and many initial registrations from one table."""

from typing import Any

from flask import Response, jsonify, make_response

from kernel.files import XLSX
from kernel.identity import Permission, check_permission
from kernel.web.context import entrance
from kernel.web.preconditions import idempotency_key
from registry import schemas, service
from registry.form.batch import template
from registry.form.batch.reading import MOST_MEGABYTES
from registry.rest.door import blueprint, reader, sent_file, signed_in, takes_file
from registry.service import Batch

_MOST_BYTES = MOST_MEGABYTES * 1024 * 1024


@blueprint.post("/batches")
@takes_file
@blueprint.arguments(schemas.BatchArguments, location="query")
def import_batch(values: dict[str, Any]) -> tuple[Response, int]:
    """Draft every row of a workbook or CSV of at most 10,000 rows; needs Idempotency-Key."""
    here = entrance()
    # Before the body is read: nobody else's megabytes are taken in.
    check_permission(here.actor, Permission.REGISTRY_APPLICATION_DRAFT)
    key = "" if values["dry_run"] else idempotency_key()
    with sent_file(_MOST_BYTES) as (stream, name):
        wanted = Batch(
            stream,
            name,
            values["register"],
            values["kind"],
            values["mode"],
            is_trial=values["dry_run"],
            idempotency_key=key,
        )
        done = service.import_batch(
            here.db, actor=here.actor, now=here.now, wanted=wanted, reader=reader()
        )
    body = jsonify(
        rows=done.rows,
        bad_rows=done.bad_rows,
        errors=done.mistakes,
        application_ids=done.application_ids,
    )
    return body, 200 if values["dry_run"] else 201


@blueprint.get("/batches/template.xlsx")
@blueprint.arguments(schemas.TemplateArguments, location="query")
def show_template(values: dict[str, Any]) -> Response:
    """An empty workbook with the columns of a form, their help and their lists."""
    signed_in()
    language = reader()
    content = template(values["register"], values["kind"], language.language, language.say)
    reply = make_response(content)
    reply.headers["Content-Type"] = XLSX
    name = f"{values['register'].value}-{values['kind']}.xlsx"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
