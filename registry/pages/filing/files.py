"""Evidence preserved before filing: files, fingerprints, and what one's organisation has of them."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import accounts
from kernel.files import FileStore
from kernel.identity import Permission, check_permission, is_permitted
from kernel.web import forms
from kernel.web.auth import SESSION_COOKIE
from kernel.web.context import attached, entrance
from kernel.web.paging import cut, read_window
from registry import queries, schemas, service
from registry.form.batch.reading import MOST_MEGABYTES
from registry.pages.door import blueprint, more_href, signed_in, wrong_fields
from registry.queries.receipts import receipts_of
from registry.service import NewFile, NewFingerprint
from registry.service.evidence import MOST_FILE_BYTES

#: The parts of a multipart body beside the file: boundaries, other fields and their headers.
_FRAME_BYTES = 64 * 1024
#: Addresses that take more than a form: how much, and from whom.
_LARGE = {
    "registry.upload_file": (MOST_FILE_BYTES, Permission.REGISTRY_FILE_PRESERVE),
    "registry.import_batch": (
        MOST_MEGABYTES * 1024 * 1024,
        Permission.REGISTRY_APPLICATION_DRAFT,
    ),
}


@blueprint.url_value_preprocessor
def take_large(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the body of an upload be large, for those who may upload.

    The protection against forged forms reads the body before any view runs, so that a view could
    raise the limit only too late; and nobody else's megabytes are to be taken in.
    """
    if endpoint not in _LARGE:
        return
    most_bytes, permission = _LARGE[endpoint]
    here = entrance()
    secret = request.cookies.get(SESSION_COOKIE, "")
    with here.db.read() as session:
        actor = accounts.actor_by_cookie(session, now=here.now, secret=secret)
    if is_permitted(actor, permission):
        request.max_content_length = most_bytes + _FRAME_BYTES


@blueprint.get("/files")
def list_files() -> str:
    """What one's organisation has preserved, and the forms to preserve more."""
    return _files_page()


@blueprint.post("/files")
def upload_file() -> ResponseReturnValue:
    """Preserve a file and get a receipt for it."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.REGISTRY_FILE_PRESERVE)
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise wrong_fields(file=str(_("Choose a file.")))
        wanted = NewFile(sent.stream, sent.filename)  # type: ignore[arg-type] # werkzeug's stream is a binary file
        service.preserve_file(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=wanted,
            store=attached("evidence", FileStore),
            seal=here.seal,
        )
        return _preserved()

    return forms.attempt(act, _files_page)


@blueprint.post("/files/fingerprints")
def preserve_fingerprint() -> ResponseReturnValue:
    """Preserve the digest of data that stays where it is."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.REGISTRY_FILE_PRESERVE)
        values = forms.read_form(schemas.FingerprintBody())
        service.preserve_fingerprint(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=NewFingerprint(**values),
            seal=here.seal,
        )
        return _preserved()

    return forms.attempt(act, _files_page)


def _preserved() -> ResponseReturnValue:
    forms.notice(_("Preserved; the receipt is signed. A form can name it from now on."))
    return redirect(_own_path(request.form.get("back", "")) or url_for("registry.list_files"))


def _own_path(target: str) -> str:
    """The page of ours with a form to go back to; an address elsewhere is none."""
    is_own = target.startswith(("/registry/", "/licensing/")) and "\\" not in target
    return target if is_own else ""


def _files_page(**shown: Any) -> str:  # noqa: ANN401 - what the form had
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_files(
            session, here.actor.organisation_id, after=window.after, limit=window.limit
        )
        page = cut(rows, [row.file_id for row in rows], window)
        found = receipts_of(session, [row.file_id for row in page.rows])
    return render_template(
        "registry/files.html",
        page=page,
        receipts=found,
        next_href=more_href(page.next_key, "registry.list_files"),
        may_preserve=is_permitted(here.actor, Permission.REGISTRY_FILE_PRESERVE),
        back=_own_path(request.values.get("back", "")),
        **shown,
    )
