"""Preserved files: the same content is the same file, and only what it really is gets in."""

import hashlib
import io
import json
import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import files
from kernel.files import FileStore

# GB/T 32905-2016 annex A.1: the digest of "abc".
SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(20)
MEBIBYTE = 1 << 20


class Drip(io.RawIOBase):
    """A stream that gives its pieces as they come, and then may break."""

    def __init__(self, pieces: list[bytes], *, breaks: bool = False) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.breaks = breaks

    def read(self, size: int = -1) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        if self.breaks:
            message = "the line went down"
            raise ConnectionResetError(message)
        return b""


def drip(pieces: list[bytes], *, breaks: bool = False) -> BinaryIO:
    return Drip(pieces, breaks=breaks)  # type: ignore[return-value] # a raw stream reads like one


def package(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return content.getvalue()


def put(store: FileStore, content: bytes, name: str = "") -> files.StoredFile:
    return store.put(io.BytesIO(content), most_bytes=4 * MEBIBYTE, file_name=name)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def everything_in(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_file_has_the_digests_of_both_standards(store: FileStore) -> None:
    stored = put(store, b"abc")

    assert stored == files.StoredFile(hashlib.sha256(b"abc").hexdigest(), SM3_OF_ABC, 3, files.TEXT)
    with store.open(stored.sha256) as file:
        assert file.read() == b"abc"


def test_a_file_lies_under_its_digest_and_cannot_be_written(
    store: FileStore, tmp_path: Path
) -> None:
    stored = put(store, PDF)

    path = tmp_path / "files" / stored.sha256[:2] / stored.sha256
    assert everything_in(tmp_path) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_the_same_content_twice_is_one_file_that_is_not_replaced(
    store: FileStore, tmp_path: Path
) -> None:
    first = put(store, PNG)
    (path,) = everything_in(tmp_path)
    inode = path.stat().st_ino

    assert put(store, PNG) == first
    assert [found.stat().st_ino for found in everything_in(tmp_path)] == [inode]


def test_a_changed_file_is_noticed_and_not_papered_over(store: FileStore, tmp_path: Path) -> None:
    stored = put(store, PNG)
    (path,) = everything_in(tmp_path)
    assert store.verify(stored.sha256)
    path.chmod(0o640)
    path.write_bytes(PNG + b"!")

    assert not store.verify(stored.sha256)
    with pytest.raises(files.FileDamaged):
        put(store, PNG)


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=40).map(str.encode))
)
def test_however_the_bytes_come_the_digests_are_theirs(
    pieces: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = b"x" + b"".join(pieces)
    store = FileStore(tmp_path_factory.mktemp("split"))

    stored = store.put(drip([b"x", *pieces]), most_bytes=MEBIBYTE)

    assert stored == put(store, content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size_bytes == len(content)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_stored_whole_or_refused_by_name(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        stored = put(FileStore(folder), content)
    except (files.FileEmpty, files.FileTypeNotAllowed):
        assert not [path for path in folder.rglob("*") if path.is_file()]
    else:
        assert FileStore(folder).verify(stored.sha256)
        assert (folder / stored.sha256[:2] / stored.sha256).read_bytes() == content


def test_a_long_file_is_stored_in_blocks(store: FileStore) -> None:
    content = PNG + bytes(3 * MEBIBYTE)

    stored = store.put(io.BytesIO(content), most_bytes=len(content))

    assert stored.sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_that_is_too_long_is_not_read_to_its_end(store: FileStore, tmp_path: Path) -> None:
    stream = drip([PNG + bytes(8192), *[bytes(MEBIBYTE)] * 9])

    with pytest.raises(files.FileTooLarge):
        store.put(stream, most_bytes=2 * MEBIBYTE)

    assert len(stream.pieces) == 7  # type: ignore[attr-defined] # our own stream
    assert everything_in(tmp_path) == []


def test_a_line_that_breaks_leaves_nothing_behind(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(drip([PNG, bytes(MEBIBYTE)], breaks=True), most_bytes=4 * MEBIBYTE)

    assert everything_in(tmp_path) == []


def test_an_empty_file_is_refused(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(files.FileEmpty):
        put(store, b"")
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "扫描件.pdf", files.PDF),
        (PNG, "a.PNG", files.PNG),
        (JPEG, "a.jpg", files.JPEG),
        ("姓名,年龄\n张三,30\n".encode(), "表.csv", files.CSV),
        ("姓名,年龄\r\n张三,30\r\n".encode("gb18030"), "表.csv", files.CSV),
        ("\ufeff说明".encode(), "说明.txt", files.TEXT),
        ("甘政发〔2026〕12号".encode(), "", files.TEXT),
        (json.dumps({"a": [1]}).encode(), "a.json", files.JSON),
        (b"[1, 2]\n", "", files.JSON),
        (b"{not json}", "a.txt", files.TEXT),
        (package("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", files.XLSX),
        (package("[Content_Types].xml", "word/document.xml"), "a.docx", files.DOCX),
        (package("OFD.xml", "Doc_0/Document.xml"), "公文.ofd", files.OFD),
        (b"PAR1" + bytes(30) + b"PAR1", "a.parquet", files.PARQUET),
    ],
)
def test_a_file_is_what_its_content_is(
    store: FileStore, content: bytes, name: str, media_type: str
) -> None:
    assert put(store, content, name).media_type == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(60),
        b"\x7fELF" + bytes(60),
        b"<html><script>alert(1)</script></html>",
        b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg'/>",
        "二进制\x00".encode(),
        b"\xff\xfe\xfd\xfc\xfb",
        package("anything.txt"),
        b"PK\x03\x04 broken",
        b"PAR1 cut off",
        b"GIF89a" + bytes(30),
    ],
)
def test_other_types_are_refused(store: FileStore, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(files.FileTypeNotAllowed):
        put(store, content)
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "name"),
    [(PDF, "a.png"), (PNG, "a.pdf"), (b"a,b\n", "a.pdf"), (b"echo hi\n", "a.sh"), (PDF, "a.docx")],
)
def test_a_name_that_contradicts_the_content_is_refused(
    store: FileStore, content: bytes, name: str
) -> None:
    with pytest.raises(files.FileIsNotWhatItSays):
        put(store, content, name)


def objects_packed(text: bytes) -> bytes:
    packed = zlib.compress(text)
    head = b"%PDF-1.7\n5 0 obj\n<</Type/ObjStm/N 1/First 4\n/Filter/FlateDecode>>\nstream\r\n"
    return head + packed + b"\nendstream endobj\n%%EOF"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n<</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>",
        b"%PDF-1.7\n<</S/J#61vaScript/JS(1)>>",
        b"%PDF-1.7\n<</S/Launch/F(cmd.exe)>>",
        b"%PDF-1.7\n" + b" " * (MEBIBYTE - 15) + b"<</S/JavaScript>>",
        objects_packed(b"1 0 <</S/JavaScript/JS(1)>>"),
        package("xl/workbook.xml", "xl/vbaProject.bin"),
        package("word/document.xml", "word/VBAPROJECT.BIN"),
    ],
)
def test_a_document_that_can_run_something_is_refused(store: FileStore, content: bytes) -> None:
    with pytest.raises(files.FileCarriesProgram):
        put(store, content)


def test_a_document_behind_a_password_is_refused(store: FileStore) -> None:
    with pytest.raises(files.FileLocked):
        put(store, PDF + b"\ntrailer <</Encrypt 9 0 R>>")


def test_only_what_is_allowed_here_gets_in(store: FileStore) -> None:
    with pytest.raises(files.FileTypeNotAllowed) as refusal:
        store.put(io.BytesIO(PNG), most_bytes=MEBIBYTE, allowed=frozenset({files.PDF}))
    assert "application/pdf" in str(refusal.value)


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_a_digest_that_names_nothing_is_unknown(store: FileStore, digest: str) -> None:
    with pytest.raises(files.FileUnknown):
        store.open(digest)
    with pytest.raises(files.FileUnknown):
        store.verify(digest)
