"""The printed certificate through its address: Chinese text, the QR code, the seal, a revocation."""

import subprocess
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image

from registry import queries, service
from registry.states import EntryVerb, Register, Status
from tests.make import Maker


def print_(client: FlaskClient, code: str, language: str = "zh-Hans") -> bytes:
    answer = client.get(f"/api/v1/registry/certificates/{code}.pdf?lang={language}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    data: bytes = answer.data
    return data


def read(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    found = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
    return found.stdout.decode().replace("\n", "")


def scan(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    command = ["pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", str(path), str(folder / "p")]
    subprocess.run(command, check=True)
    (page,) = folder.glob("p*.png")
    with Image.open(page) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    return code.text


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_query_sheet_keeps_its_chinese_and_leads_to_its_page(
    client: FlaskClient, make: Maker, tmp_path: Path, language: str
) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    pdf = print_(client, code, language)
    text = read(pdf, tmp_path)
    for part in (code, "医疗保险就诊与费用年度记录", "甘肃省卫生健康信息中心"):
        assert part in text
    address = scan(pdf, tmp_path)
    assert address.endswith(f"/registry/certificates/{code}")
    place = address.removeprefix("http://127.0.0.1:8000")
    assert client.get(place, follow_redirects=True).status_code == 200


def test_a_certificate_tells_its_rights_and_its_limits(
    client: FlaskClient, make: Maker, tmp_path: Path
) -> None:
    make.list_agency()
    code = str(make.property_application(Status.CERTIFIED).code)
    text = read(print_(client, code), tmp_path)
    for part in (code, "数据持有权", "数据使用权", "数据经营权", "不得转售和出境"):
        assert part in text
    signed = subprocess.run(
        ["pdfsig", "-nocert", str(tmp_path / "paper.pdf")], capture_output=True, check=True
    )
    assert b"Signature is Valid" in signed.stdout
    assert b"Total document signed" in signed.stdout


def test_the_same_paper_is_drawn_once_and_a_revocation_shows_at_once(
    client: FlaskClient, make: Maker, tmp_path: Path
) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    first = print_(client, code)
    assert print_(client, code) == first
    with make.home.db.read() as session:
        version = queries.find_entry(session, code).version
    make.wait(0)
    ending = service.Ending(Register.RESOURCES, code, EntryVerb.REVOKE, version, "查实提供虚假材料")
    service.end_entry(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=ending,
        seal=make.home.seal,
    )
    text = read(print_(client, code), tmp_path)
    assert "已撤销" in text
    assert "生效中" not in text


def test_a_code_that_does_not_exist_prints_nothing(client: FlaskClient) -> None:
    answer = client.get("/api/v1/registry/certificates/SJ6212026110009.pdf")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "registry-certificate-unknown"
