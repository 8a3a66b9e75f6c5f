"""The printed sheet: its words come out of the PDF, its code leads back, and it is reproducible."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from registry.certificate import paper as papers
from registry.certificate.paper import CertificateFontMissing, Paper, render_pdf
from tests.registry.certificate.sheets import CERTIFICATE, SHEET, page_of, squeezed

ROOT = Path(__file__).resolve().parents[3]
REVOKED = replace(CERTIFICATE, status="revoked", status_word="已撤销")


def read_back(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    asked = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, timeout=60
    )
    return squeezed(asked.stdout.decode())


def pages_of(pdf: bytes, tmp_path: Path) -> int:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(
        ["pdfinfo", path], capture_output=True, check=True, text=True, timeout=60
    ).stdout
    return int(re.findall(r"Pages:\s+(\d+)", told)[0])


def picture(pdf: bytes, tmp_path: Path, *, number: int = 1) -> Image.Image:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    drawn = subprocess.run(
        ["pdftoppm", "-r", "120", "-f", str(number), "-l", str(number), "-png", path],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    return Image.open(io.BytesIO(drawn))


@pytest.mark.parametrize("paper", [SHEET, CERTIFICATE], ids=["sheet", "certificate"])
def test_the_chinese_text_comes_out_of_the_pdf_whole(paper: Paper, tmp_path: Path) -> None:
    text = read_back(render_pdf(paper.code, page_of(paper)), tmp_path)

    for fact in (paper.name, paper.code, paper.summary, paper.manifest_sha256, paper.receipt_id):
        assert squeezed(fact) in text
    for holder in paper.holders:
        assert holder in text
    for held in paper.rights:
        assert held.right in text
    for remark in paper.remarks:
        assert squeezed(remark) in text
    assert "2026年11月2日" in text
    assert paper.status_word in text


@pytest.mark.parametrize("paper", [SHEET, CERTIFICATE, REVOKED], ids=["sheet", "good", "revoked"])
def test_the_printed_code_leads_to_the_page_that_checks_it(paper: Paper, tmp_path: Path) -> None:
    pdf = render_pdf(paper.code, page_of(paper))
    last = pages_of(pdf, tmp_path)

    found = zxingcpp.read_barcodes(picture(pdf, tmp_path, number=last))

    assert [code.text for code in found] == [paper.verify_url]


@pytest.mark.parametrize("status", ["expired", "cancelled", "revoked"])
def test_a_paper_that_is_no_longer_in_force_says_so_across_its_width(
    status: str, tmp_path: Path
) -> None:
    paper = replace(CERTIFICATE, status=status, status_word="已撤销")
    pdf = render_pdf(paper.code, page_of(paper))

    text = read_back(pdf, tmp_path)
    page = picture(pdf, tmp_path).convert("RGB")
    reds = max(
        sum(page.getpixel((x, y)) == (179, 38, 30) for x in range(0, page.width, 4)) * 4
        for y in range(0, page.height // 2, 4)
    )

    assert "已撤销" in text
    assert squeezed("This registration is no longer in force.") in text
    assert reds > 0.6 * page.width


def test_a_paper_in_force_carries_no_band() -> None:
    for paper in (SHEET, CERTIFICATE):
        assert 'class="band' not in page_of(paper)
        assert 'class="across' not in page_of(paper)


def test_each_paper_says_what_it_proves_and_what_it_does_not(tmp_path: Path) -> None:
    sheet = read_back(render_pdf(SHEET.code, page_of(SHEET)), tmp_path)
    certificate = read_back(render_pdf(CERTIFICATE.code, page_of(CERTIFICATE)), tmp_path)

    assert squeezed("no statement of ownership") in sheet
    assert squeezed("the stored record wins (Art. 27)") in certificate


def test_the_same_facts_are_the_same_bytes() -> None:
    assert render_pdf(SHEET.code, page_of(SHEET)) == render_pdf(SHEET.code, page_of(SHEET))


def test_the_same_facts_are_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, sys; from registry.certificate.paper import render_pdf; "
        "from tests.registry.certificate.sheets import SHEET, page_of; "
        "print(hashlib.sha256(render_pdf(SHEET.code, page_of(SHEET))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }
    assert len(digests) == 1


def test_an_ordinary_paper_is_one_page(tmp_path: Path) -> None:
    english = replace(CERTIFICATE, language="en", status_word="In force")

    for paper in (SHEET, english):
        assert pages_of(render_pdf(paper.code, page_of(paper)), tmp_path) == 1


def test_a_long_certificate_goes_on_without_losing_a_line(tmp_path: Path) -> None:
    rights = tuple(
        replace(CERTIFICATE.rights[0], holder=f"第{number}号权利人有限公司")
        for number in range(1, 61)
    )
    paper = replace(CERTIFICATE, rights=rights)

    text = read_back(render_pdf(paper.code, page_of(paper)), tmp_path)

    assert all(held.holder in text for held in rights)
    assert "3/3" in text or "4/4" in text


def test_nothing_is_fetched_while_a_page_is_drawn(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密内容")
    hostile = page_of(SHEET).replace(
        "</main>",
        f'<img src="file://{secret}"><img src="http://127.0.0.1:9/x.png">'
        f'<object data="file://{secret}"></object><link rel=attachment href="file://{secret}">'
        '<img src="data:image/svg+xml,%3Csvg/%3E"></main>',
    )

    pdf = render_pdf(SHEET.code, hostile)

    assert "机密内容" not in read_back(pdf, tmp_path)
    assert b"EmbeddedFile" not in pdf


def test_names_cannot_become_markup() -> None:
    paper = replace(SHEET, name="<script>1</script>", institution="<b>章")

    page = page_of(paper)

    assert "<script>" not in page
    assert "<b>" not in page


def test_an_english_reader_gets_english_days(tmp_path: Path) -> None:
    paper = replace(SHEET, language="en", status_word="In force")

    text = read_back(render_pdf(paper.code, page_of(paper)), tmp_path)

    assert "2November2026" in text
    assert SHEET.name in text


@pytest.fixture
def _no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>'
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    papers._has_chinese_font.cache_clear()
    yield
    papers._has_chinese_font.cache_clear()


@pytest.mark.usefixtures("_no_fonts")
def test_without_a_chinese_font_nothing_is_printed() -> None:
    with pytest.raises(CertificateFontMissing):
        render_pdf(SHEET.code, page_of(SHEET))


def test_the_program_starts_without_the_printers_libraries() -> None:
    program = (
        "import json, sys; import registry.certificate.paper, registry.certificate.seal; "
        "print(json.dumps([name for name in ('weasyprint', 'pyhanko') if name in sys.modules]))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(asked.stdout) == []


def test_days_are_written_as_their_reader_writes_them() -> None:
    assert SHEET.day(date(2026, 1, 5)) == "2026年1月5日"
    assert replace(SHEET, language="en").day(date(2026, 1, 5)) == "5 January 2026"
    assert SHEET.moment(SHEET.as_of) == "2026年11月20日 12:00"
