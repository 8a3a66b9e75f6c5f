"""The one blueprint of ``/api/v1/registry``, and what its addresses do alike."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, TypeVar, cast

from flask import request
from flask_babel import gettext
from werkzeug.formparser import FormDataParser

from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.language import language_tag
from kernel.web.openapi import Blueprint
from kernel.web.problems import PageUnknown, RequestUnreadable, shape_error
from registry.service import Reader

blueprint = Blueprint(
    "registry_rest",
    __name__,
    url_prefix="/api/v1/registry",
    description="Registers A (public data resources) and B (data property)",
)

#: What PostgreSQL takes into no text, and what no encoding can write.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def check_text() -> None:
    """Refuse text that no database can hold, before it gets anywhere.

    Raises:
        PageUnknown: the address holds such text.
        ShapeWrong: an argument or the body does.
        RequestUnreadable: the body is nested too deeply to be looked at.
    """
    if _UNSTORABLE.search(request.path):
        raise PageUnknown
    for name, value in request.args.items(multi=True):
        if _UNSTORABLE.search(name + value):
            raise shape_error({"query": ["Not a valid string."]})
    if not request.is_json:
        return
    try:
        if _is_unstorable(request.get_json(silent=True)):
            raise shape_error({"json": ["Not a valid string."]})
    except RecursionError as error:
        raise RequestUnreadable from error


blueprint.before_request(check_text)


def _is_unstorable(value: object) -> bool:
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is not None
    if isinstance(value, dict):
        return any(_is_unstorable(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_is_unstorable(part) for part in value)


View = TypeVar("View", bound=Callable[..., Any])
#: The parts of a multipart body beside the file: boundaries and their headers.
_FRAME_BYTES = 64 * 1024
#: Such a body has one file and hardly anything else; a text beside it is not kept in memory for long.
_FIELD_BYTES, _MOST_PARTS = 512 * 1024, 8


def signed_in() -> Entrance:
    """The entrance of somebody who has an account.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def reads_all(here: Entrance) -> bool:
    """Whether the person may read applications of every organisation."""
    return is_permitted(here.actor, Permission.REGISTRY_APPLICATION_READ)


def reader() -> Reader:
    """In which language this request wants its sentences."""
    return Reader(lambda text: str(gettext(text)), language_tag())


@contextmanager
def sent_file(most_bytes: int) -> Iterator[tuple[BinaryIO, str]]:
    """The file of a multipart body and its name; what is larger is refused while it streams in.

    Nothing of the body may have been read before: it goes to a temporary file in blocks, so that
    memory stays flat, and the file is gone at the end of the block.

    Raises:
        RequestEntityTooLarge: more bytes came than that; or were announced, then none is read.
        ShapeWrong: there is no part ``file`` with a name.
    """
    # The application's own limit is for forms and JSON; this one address takes more.
    request.max_content_length = most_bytes + _FRAME_BYTES
    with ExitStack() as opened:

        def keep(*_: object, **__: object) -> IO[bytes]:
            return opened.enter_context(SpooledTemporaryFile(_FRAME_BYTES, "w+b"))

        # Not request.files: where the body is refused half-way that leaves its file to the collector.
        parser = FormDataParser(
            keep, max_form_memory_size=_FIELD_BYTES, max_form_parts=_MOST_PARTS, silent=False
        )
        try:
            _, _, files = parser.parse(
                request.stream,
                request.mimetype,
                request.content_length,
                request.mimetype_params,
            )
        except ValueError as damage:
            raise RequestUnreadable from damage
        file = files.get("file")
        if file is None or not file.filename:
            raise shape_error({"file": ["Missing data for required field."]})
        yield cast(BinaryIO, file.stream), file.filename


def takes_file(view: View) -> View:
    """Describe in the OpenAPI document that an address takes a multipart body with a ``file``."""
    shape = {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
    body = {"required": True, "content": {"multipart/form-data": {"schema": shape}}}
    described: View = blueprint.doc(requestBody=body)(view)
    return described
