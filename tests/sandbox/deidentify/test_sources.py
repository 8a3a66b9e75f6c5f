"""Sources: each shape becomes the same table, broken rows are told by line, and nothing half done stays."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from sqlalchemy import create_engine, text

from kernel.errors import HexiError
from sandbox import errors
from sandbox.deidentify import treat
from sandbox.deidentify.declaration import TableRule, read_declaration
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.sources.convert import converted
from sandbox.deidentify.sources.opened import open_view
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.sources.workroom import workroom

NAMES = ("编号", "姓名", "金额", "日期", "代码")
ROWS = (
    ("1", "张三", "10.50", "2024-01-31", "0012"),
    ("2", '李,"四"', "7.25", "2024-02-29", "0300"),
    ("3", None, "0.10", None, "9999"),
)
TYPES = ["BIGINT", "VARCHAR", "DECIMAL(18,2)", "DATE", "VARCHAR"]


def quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def delimited(delimiter: str = ",", rows: Any = ROWS) -> str:
    lines = [delimiter.join(NAMES), *(delimiter.join(map(quoted, row)) for row in rows)]
    return "\r\n".join(lines) + "\r\n"


def write_csv(folder: Path) -> Source:
    path = folder / "t.csv"
    path.write_bytes(delimited().encode())
    return Source(str(path))


def write_marked(folder: Path) -> Source:
    path = folder / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + delimited().encode())
    return Source(str(path))


def write_gb(folder: Path) -> Source:
    path = folder / "t.tsv"
    path.write_bytes(delimited("\t").encode("gb18030"))
    return Source(str(path))


def write_json(folder: Path) -> Source:
    path = folder / "t.jsonl"
    rows = (dict(zip(NAMES, row, strict=True)) for row in ROWS)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    return Source(str(path))


def write_excel(folder: Path) -> Source:
    book = openpyxl.Workbook()
    book.create_sheet("数据")
    sheet = book["数据"]
    for row in (NAMES, *ROWS):
        sheet.append(row)
    book.save(folder / "t.xlsx")
    return Source(str(folder / "t.xlsx"), part="数据")


def write_database(folder: Path) -> Source:
    address = f"sqlite:///{folder / 't.db'}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE 表 ({', '.join(NAMES)})"))
        for row in ROWS:
            connection.execute(
                text("INSERT INTO 表 VALUES (:a, :b, :c, :d, :e)"),
                dict(zip("abcde", row, strict=True)),
            )
    engine.dispose()
    return Source(address, part="表")


def read(source: Source, folder: Path) -> tuple[list[tuple[str, ...]], list[str], str]:
    """Rows, types and encoding of a source, in this process."""
    with (
        workroom(folder) as room,
        converted(source, "t", folder=folder, room=room) as made,
        duckdb.connect() as db,
    ):
        names = open_view(db, made, "t")
        assert tuple(names) == NAMES
        columns = ", ".join(f'"{name}"::VARCHAR' for name in names)
        rows = db.execute(f"SELECT {columns} FROM raw ORDER BY 1").fetchall()
        described = db.execute("SELECT column_type FROM (DESCRIBE raw)").fetchall()
    return rows, [one for (one,) in described[: len(NAMES)]], made.encoding


@pytest.mark.parametrize(
    ("write", "encoding"),
    [
        (write_csv, "utf-8"),
        (write_marked, "utf-8"),
        (write_gb, "gb18030"),
        (write_json, "utf-8"),
        (write_excel, ""),
        (write_database, ""),
    ],
)
def test_every_shape_of_source_is_the_same_table(
    tmp_path: Path, write: Callable[[Path], Source], encoding: str
) -> None:
    assert read(write(tmp_path), tmp_path) == (list(ROWS), TYPES, encoding)


def test_a_table_of_postgresql_is_read_and_its_password_is_never_told(
    tmp_path: Path, postgres_url: str
) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text('CREATE TABLE people ("编号" bigint, "金额" numeric(9,2))'))
        connection.execute(text("INSERT INTO people VALUES (7, 10.50), (8, NULL)"))
    engine.dispose()
    with (
        workroom(tmp_path) as room,
        converted(
            Source(postgres_url, part="public.people"), "t", folder=tmp_path, room=room
        ) as made,
        duckdb.connect() as db,
    ):
        open_view(db, made, "t")
        found = db.execute('SELECT "编号", "金额"::VARCHAR FROM raw ORDER BY 1').fetchall()
    assert found == [(7, "10.50"), (8, None)]
    wrong = "postgresql://reader:s3cr3t-w0rd@127.0.0.1:1/none"
    with pytest.raises(errors.SourceUnreadable) as refused:
        read(Source(wrong, part="people"), tmp_path)
    told = f"{refused.value} {refused.value.facts} {refused.value.__cause__} {refused.value.__cause__.__cause__}"  # type: ignore[union-attr]
    assert "s3cr3t" not in told


def broken_csv(path: Path, rows: int = 20_000) -> None:
    """Clean rows but for three: one field too many, a quote that is never closed, a NUL."""
    lines = [
        ",".join(NAMES),
        *(f"{number},甲,1.5,2024-01-01,{number:04}" for number in range(rows)),
    ]
    lines[5_001] += ",多"
    lines[12_345] = '1,"未闭合,2.5,2024-01-01,7'
    lines[19_999] = "1,甲\0,2.5,2024-01-01,7"
    path.write_text("\n".join(lines))


BROKEN = [
    {"line": 5_002, "reason": "columns"},
    {"line": 12_346, "reason": "quote"},
    {"line": 20_000, "reason": "nul"},
]


def test_three_broken_rows_among_many_are_told_by_line_and_nothing_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    broken_csv(path)
    store = tmp_path / "store"
    store.mkdir()
    with pytest.raises(errors.RowsBroken) as refused:
        read(Source(str(path)), store)
    assert refused.value.facts["rows"] == BROKEN
    assert refused.value.facts["count"] == 3
    assert list(store.iterdir()) == []


def test_of_many_broken_rows_twenty_are_told_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 10 + b"\xff\xfe,3\n" * 50)
    with pytest.raises(errors.RowsBroken) as refused:
        read(Source(str(path)), tmp_path)
    told = refused.value.facts["rows"]
    assert (len(told), refused.value.facts["count"]) == (20, 50)
    assert told[0] == {"line": 12, "reason": "encoding"}


def test_a_record_of_several_lines_is_one_row_and_lines_go_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"x\ny"\n\n2,z\n3\n')
    with pytest.raises(errors.RowsBroken) as refused:
        read(Source(str(path)), tmp_path)
    assert refused.value.facts["rows"] == [{"line": 6, "reason": "columns"}]


def test_broken_lines_of_json_and_of_a_sheet_are_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        b'{"a": 1, "b": "x"}\n{"a": 2}\n{"a": 1, "b": [1]}\n{"a": 1\n{"b": 1, "a": "\\u0000"}\n{"a": "\xff", "b": 1}\n'
    )
    with pytest.raises(errors.RowsBroken) as refused:
        read(Source(str(path)), tmp_path)
    reasons = [one["reason"] for one in refused.value.facts["rows"]]
    assert reasons == ["columns", "value", "json", "nul", "encoding"]
    book = openpyxl.Workbook()
    for row in (("a", "b"), (1, 2), (1, 2, 3)):
        book.worksheets[0].append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(errors.RowsBroken) as refused:
        read(Source(str(tmp_path / "t.xlsx")), tmp_path)
    assert refused.value.facts["rows"] == [{"line": 3, "reason": "columns"}]


@pytest.mark.parametrize("header", ["a,a\n1,2\n", "a,\n1,2\n", '"a""b",c\n1,2\n'])
def test_a_header_without_names_of_its_own_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(header)
    with pytest.raises(errors.HeaderUnusable):
        read(Source(str(path)), tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        Source("nowhere.csv"),
        Source("nowhere.doc"),
        Source("nowhere.csv", encoding="latin-1"),
        Source("mysql://reader:word@host/base", part="t"),
        Source("sqlite:///nowhere.db", part="t"),
    ],
)
def test_a_source_that_is_not_there_or_of_no_known_shape_is_refused(
    tmp_path: Path, source: Source
) -> None:
    with pytest.raises(errors.SourceUnreadable):
        read(source, tmp_path)
    assert not Path("nowhere.db").exists()


def test_files_that_are_not_what_their_name_says_are_refused(tmp_path: Path) -> None:
    for name in ("t.parquet", "t.xlsx", "t.jsonl", "t.csv"):
        path = tmp_path / name
        path.write_bytes(b"" if name == "t.csv" else b"a,b\n1,2\n")
        with pytest.raises(errors.SourceUnreadable):
            read(Source(str(path)), tmp_path)


@pytest.fixture
def limited_files() -> Iterator[None]:
    """No file of this process or of its children grows beyond 100,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


TABLE = read_declaration(
    {
        "tables": {
            "t": {
                "person_column": "编号",
                "columns": {
                    "编号": {"class": "identifier", "treatment": "pseudonym"},
                    "姓名": {"class": "identifier", "treatment": "drop"},
                    "金额": {"class": "measure", "treatment": "round", "base": 10},
                    "日期": {"class": "dimension", "treatment": "drop"},
                    "代码": {"class": "free_text", "treatment": "drop"},
                },
            }
        }
    }
).tables[0]


def treated(source: Source, store: Path, table: TableRule = TABLE) -> str:
    made = treat.treat_table(
        table, source, key=b"k" * 32, mark_key=b"m", folder=store, protection=Protection()
    )
    return made.sha256


@pytest.mark.usefixtures("limited_files")
def test_a_full_disk_is_a_refusal_that_leaves_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    # While it is converted, and while it is treated.
    path = tmp_path / "t.csv"
    with duckdb.connect() as db:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        columns = 'range AS "编号", hash(range)::VARCHAR AS "姓名", range * 7919 AS "金额", \'2024-01-01\' AS "日期", \'x\' AS "代码"'
        db.execute(f"COPY (SELECT {columns} FROM range(60000)) TO '{path}'")
        parquet = tmp_path / "t.parquet"
        db.execute(f"COPY (SELECT {columns} FROM range(60000)) TO '{parquet}'")
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    for source in (path, parquet):
        with pytest.raises(errors.StoreFull):
            treated(Source(str(source)), store)
        assert list(store.iterdir()) == []


def test_a_killed_ingest_goes_on_where_it_was_and_a_refused_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_csv(tmp_path)
    store = tmp_path / "store"
    store.mkdir()
    # The child dies right after the source was converted whole.
    program = f"""
import os, signal, sys
from pathlib import Path
from sandbox.deidentify.sources.convert import converted
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.sources.workroom import workroom
store = Path({str(store)!r})
with workroom(store) as room, converted(Source({source.location!r}), "t", folder=store, room=room):
    (room / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", program], check=False)
    assert died.returncode == -signal.SIGKILL
    kept = [path for path in store.iterdir() if path.name.startswith(".source-")]
    assert len(kept) == 1
    assert len(list(store.iterdir())) == 2
    # It is not converted again, and the dead one's room is swept.
    stamp = kept[0].stat().st_mtime_ns
    monkeypatch.setattr(
        "sandbox.deidentify.sources.convert.write_rows", lambda *_: pytest.fail("read again")
    )
    assert read(source, store) == (list(ROWS), TYPES, "utf-8")
    assert list(store.iterdir()) == kept
    assert kept[0].stat().st_mtime_ns == stamp
    # A refusal ends the ingest: no raw data stays.
    missing = read_declaration({"tables": {"t": {"columns": {"x": {"class": "measure"}}}}})
    with pytest.raises(HexiError):
        treated(source, store, missing.tables[0])
    assert list(store.iterdir()) == []
