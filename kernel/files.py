"""Preserved files: evidence that is stored once, under the name of its own content.

Vocabulary: the *store* is a folder; a file in it lies at ``<aa>/<sha256>``, where ``aa`` is how the
SHA-256 begins. It is written once with mode 0440, never replaced and never renamed. Each file has
two digests: SHA-256 (FIPS 180-4) names it, SM3 (GB/T 32905) is what Chinese evidence forms ask for.

What a file *is* comes from its bytes and never from its name or from what a client says:
``puremagic`` looks at the beginning, and what needs more than the beginning is looked at again
when all of it is here. These are heuristics and no virus scanner: Office files with a VBA project
are refused, PDFs that can run a script or start a program, and PDFs behind a password, because
nobody could look into them. Text is UTF-8 or GB18030 without control characters and without markup.
"""

import codecs
import hashlib
import mmap
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

import puremagic
from cryptography.hazmat.primitives import hashes

from kernel.errors import Broken, Malformed, NotFound, Refused, msgid

BLOCK_BYTES: Final = 1 << 20
# Enough for every signature that we know; the longest begins within this.
_HEAD_BYTES: Final = 4096
_TAIL_BYTES: Final = 64

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"
JSON: Final = "application/json"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OFD: Final = "application/ofd"
PARQUET: Final = "application/vnd.apache.parquet"
ZIP: Final = "application/zip"

#: What evidence may be. A plain archive is not among it: nobody sees what is in it.
EVIDENCE: Final = frozenset({PDF, PNG, JPEG, CSV, TEXT, JSON, XLSX, DOCX, OFD, PARQUET})

_EXTENSIONS: Final = {
    PDF: {".pdf"},
    PNG: {".png"},
    JPEG: {".jpg", ".jpeg"},
    CSV: {".csv"},
    TEXT: {".txt", ".md", ".log", ".sql"},
    JSON: {".json"},
    XLSX: {".xlsx"},
    DOCX: {".docx"},
    OFD: {".ofd"},
    PARQUET: {".parquet"},
    ZIP: {".zip"},
}
_TEXTS: Final = (TEXT, CSV, JSON)
# The part that makes a package what it is (ISO/IEC 29500-1; GB/T 33190).
_PACKAGE_PARTS: Final = (("xl/workbook.xml", XLSX), ("word/document.xml", DOCX), ("OFD.xml", OFD))
_PACKAGES: Final = frozenset({XLSX, DOCX, OFD, ZIP})
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PDF_NAME_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
# ISO 32000-1 sections 12.6.4.16, 12.6.4.5 and 7.6; a name ends at a delimiter (section 7.2.2).
# Not /JS: so short a name turns up by chance in packed pictures, and each script action says both.
_PDF_ACTIVE: Final = re.compile(rb"/(?:JavaScript|Launch)(?=[\s/<>\[(]|$)")
_PDF_LOCKED: Final = re.compile(rb"/Encrypt(?=[\s/<]|$)")
_PDF_OBJECTS: Final = re.compile(rb"/ObjStm\b.{0,512}?stream\r?\n", re.DOTALL)
_PDF_OBJECTS_BYTES: Final = 16 << 20


class FileTooLarge(Refused):
    """The file is longer than this place takes."""

    code = "kernel-file-too-large"
    title = msgid("The file is too large")
    detail = msgid("Send at most %(most_bytes)s bytes, or divide the file.")


class FileEmpty(Malformed):
    """The file has no content."""

    code = "kernel-file-empty"
    title = msgid("The file is empty")
    detail = msgid("Choose a file that has content and send it again.")


class FileTypeNotAllowed(Refused):
    """The content is of a type that is not taken here."""

    code = "kernel-file-type-not-allowed"
    title = msgid("Files of this type are not taken")
    detail = msgid("Send one of these types: %(allowed)s. This content is %(found)s.")


class FileIsNotWhatItSays(Refused):
    """The ending of the name and the content contradict each other."""

    code = "kernel-file-not-what-it-says"
    title = msgid("The file's name and its content contradict each other")
    detail = msgid(
        "The name ends with %(extension)s, but the content is %(found)s. "
        "Give the file the ending that fits, or save it again in the type that is meant."
    )


class FileCarriesProgram(Refused):
    """The document could run something on the computer of whoever opens it."""

    code = "kernel-file-carries-program"
    title = msgid("The document contains a program")
    detail = msgid("Save it without macros, scripts and launch actions, and send it again.")


class FileLocked(Refused):
    """The document is encrypted, so that nobody can look into it."""

    code = "kernel-file-locked"
    title = msgid("The document is protected by a password")
    detail = msgid("Save it without password and restrictions, and send it again.")


class FileUnknown(NotFound):
    """The store holds no file of that digest."""

    code = "kernel-file-unknown"
    title = msgid("There is no such file")
    detail = msgid("Check the SHA-256 that names the file.")


class FileDamaged(Broken):
    """What lies under a digest has another one."""

    code = "kernel-file-damaged"
    title = msgid("A preserved file is damaged")
    detail = msgid("Restore %(sha256)s from the backup; the stored bytes have changed.")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A preserved file: both digests as lower-case hex, its length, and what it is."""

    sha256: str
    sm3: str
    size_bytes: int
    media_type: str


class FileStore:
    """A folder of preserved files."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the first file comes."""
        self._folder = folder

    def put(
        self,
        stream: BinaryIO,
        *,
        most_bytes: int,
        allowed: frozenset[str] = EVIDENCE,
        file_name: str = "",
    ) -> StoredFile:
        """Preserve a stream's content, or nothing of it.

        Memory stays flat: one block at a time. The same content twice is one file. ``file_name``
        only helps to tell kinds of text apart and is held against the content.

        Raises:
            FileEmpty: there are no bytes.
            FileTooLarge: more than ``most_bytes`` came; the rest is not read.
            FileTypeNotAllowed: the content is none of the allowed media types.
            FileIsNotWhatItSays: the name's ending belongs to another type.
            FileCarriesProgram, FileLocked: a document that is not safe or not readable.
            FileDamaged: the same content is here already, and its file was changed since.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        # Beside its final place, so that it lies in the same file system and can be linked there.
        handle, name = tempfile.mkstemp(prefix=".part-", dir=self._folder)
        part = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                stored = _receive(stream, file, most_bytes, allowed, Path(file_name).suffix.lower())
                file.flush()
                os.fchmod(file.fileno(), 0o440)
                os.fsync(file.fileno())
            self._publish(part, stored.sha256)
        finally:
            part.unlink(missing_ok=True)
        return stored

    def open(self, sha256: str) -> BufferedReader:
        """Open a preserved file for reading.

        Raises:
            FileUnknown: the store holds no such file.
        """
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as missing:
            raise FileUnknown(sha256=sha256) from missing

    def verify(self, sha256: str) -> bool:
        """Read a preserved file again: whether its bytes still have the digest that names it.

        Raises:
            FileUnknown: the store holds no such file.
        """
        with self.open(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def _path(self, sha256: str) -> Path:
        # The digest may come from an address: it must not lead out of the folder.
        if not _SHA256.fullmatch(sha256):
            raise FileUnknown(sha256=sha256)
        return self._folder / sha256[:2] / sha256

    def _publish(self, part: Path, sha256: str) -> None:
        final = self._path(sha256)
        final.parent.mkdir(exist_ok=True)
        try:
            # A link, and not a rename: a rename would silently replace what is there.
            os.link(part, final)
        except FileExistsError as error:
            if not self.verify(sha256):
                raise FileDamaged(sha256=sha256) from error
            return
        for folder in (final.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _receive(
    stream: BinaryIO, file: BinaryIO, most_bytes: int, allowed: frozenset[str], extension: str
) -> StoredFile:
    head = _read_head(stream)
    family = _family_of(head)
    _check_allowed(family, allowed)
    sha256, sm3, size = hashlib.sha256(), hashes.Hash(hashes.SM3()), 0
    texts = _TextReader() if family is None else None
    for block in _blocks(head, stream):
        size += len(block)
        if size > most_bytes:
            raise FileTooLarge(most_bytes=most_bytes)
        sha256.update(block)
        sm3.update(block)
        if texts and not texts.read(block):
            raise FileTypeNotAllowed(allowed=sorted(allowed), found="application/octet-stream")
        file.write(block)
    if texts and not texts.end():
        raise FileTypeNotAllowed(allowed=sorted(allowed), found="application/octet-stream")
    file.flush()
    media_type = _media_type_of(file, family, extension)
    if media_type not in allowed:
        raise FileTypeNotAllowed(allowed=sorted(allowed), found=media_type)
    _check_name(extension, media_type)
    return StoredFile(sha256.hexdigest(), sm3.finalize().hex(), size, media_type)


def _read_head(stream: BinaryIO) -> bytes:
    # A socket may give less than was asked for; the type must not depend on how it came.
    head = b""
    while len(head) < _HEAD_BYTES:
        block = stream.read(BLOCK_BYTES)
        if not block:
            break
        head += block
    if not head:
        raise FileEmpty
    return head


def _blocks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    while block := stream.read(BLOCK_BYTES):
        yield block


def _family_of(head: bytes) -> str | None:
    """The type by its signature; ``ZIP`` stands for every package, None for what may be text."""
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    try:
        guesses = {match.mime_type for match in puremagic.magic_string(head[:_HEAD_BYTES])}
    except puremagic.PureError:
        return None
    return next((known for known in (PDF, PNG, JPEG) if known in guesses), None)


def _check_allowed(family: str | None, allowed: frozenset[str]) -> None:
    """Refuse early what no reading on could make allowed."""
    possible = {ZIP: _PACKAGES, None: frozenset(_TEXTS)}.get(family, frozenset({family}))
    if not possible & allowed:
        raise FileTypeNotAllowed(allowed=sorted(allowed), found=family or TEXT)


def _check_name(extension: str, media_type: str) -> None:
    known = {ending for endings in _EXTENSIONS.values() for ending in endings}
    # Any text can be told to be something else by its name (.html, .sh); a picture cannot.
    fits = extension in _EXTENSIONS[media_type]
    if extension and not fits and (extension in known or media_type in _TEXTS):
        raise FileIsNotWhatItSays(extension=extension, found=media_type)


def _media_type_of(file: BinaryIO, family: str | None, extension: str) -> str:
    size = os.fstat(file.fileno()).st_size
    with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
        if family is None:
            return _text_type(content, extension)
        if family == PARQUET:
            return PARQUET if content[-4:] == b"PAR1" else "application/octet-stream"
        if family == PDF:
            _check_pdf(content)
    return _package_type(file) if family == ZIP else family


def _text_type(content: mmap.mmap, extension: str) -> str:
    first = content[:_TAIL_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"<":
        return "text/html"
    last = content[-_TAIL_BYTES:].rstrip()[-1:]
    is_json = (first, last) in {(b"{", b"}"), (b"[", b"]")}
    if extension in _EXTENSIONS[CSV]:
        return CSV
    # A text may begin with a bracket and still be a text; only its name can say so.
    return JSON if is_json and extension not in _EXTENSIONS[TEXT] else TEXT


def _package_type(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return "application/octet-stream"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileCarriesProgram
    return next((found for part, found in _PACKAGE_PARTS if part in names), ZIP)


def _check_pdf(content: mmap.mmap) -> None:
    """Look for scripts and locks in the plain objects and in the packed object streams."""
    for start in range(0, len(content), BLOCK_BYTES):
        # Each piece overlaps the next, so that no name is cut in two.
        _check_pdf_piece(content[start : start + BLOCK_BYTES + _TAIL_BYTES])
    for match in _PDF_OBJECTS.finditer(content):
        try:
            packed = zlib.decompressobj().decompress(
                content[match.end() : match.end() + _PDF_OBJECTS_BYTES], _PDF_OBJECTS_BYTES
            )
        except zlib.error:
            continue
        _check_pdf_piece(packed)


def _check_pdf_piece(piece: bytes) -> None:
    # A name may be written with escapes, /L#61unch for /Launch (ISO 32000-1 section 7.3.5).
    plain = _PDF_NAME_ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), piece)
    if _PDF_ACTIVE.search(plain):
        raise FileCarriesProgram
    if _PDF_LOCKED.search(plain):
        raise FileLocked


class _TextReader:
    """Follows a stream in both encodings; text is what stays readable in one of them."""

    def __init__(self) -> None:
        self._decoders = {
            name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")
        }

    def read(self, block: bytes, *, final: bool = False) -> bool:
        for name, decoder in tuple(self._decoders.items()):
            try:
                text = decoder.decode(block, final)
            except UnicodeDecodeError:
                del self._decoders[name]
                continue
            if _CONTROLS.search(text):
                return False
        return bool(self._decoders)

    def end(self) -> bool:
        return self.read(b"", final=True)
