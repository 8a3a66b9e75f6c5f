"""Evidence through the REST door: preserved once, read back by its own people, and never too large."""

import hashlib
import io
import tracemalloc
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.trust import receipts
from registry.service.evidence import MOST_FILE_BYTES
from registry.states import Status
from tests.make import Maker
from tests.marketplace.test_rest import API, Caller, problem

FILES = "/registry/files"
CSV = "姓名,性别\n张三,男\n".encode()
MEGABYTE = 1 << 20
_NUMBERS = count()


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "")


def upload(caller: Caller, content: bytes, name: str) -> TestResponse:
    return caller.client.post(
        API + FILES, data={"file": (io.BytesIO(content), name)}, headers=keyed(caller)
    )


def keyed(caller: Caller) -> dict[str, str]:
    return {**caller.headers, "Idempotency-Key": f"k-{next(_NUMBERS)}"}


def test_a_file_is_preserved_listed_and_handed_back_as_an_attachment(
    call: Any, make: Maker
) -> None:
    made = upload(call("handler"), CSV, "样本.csv")
    assert made.status_code == 201, made.get_data(as_text=True)
    digest = hashlib.sha256(CSV).hexdigest()
    body = made.get_json()
    assert (body["sha256"], body["media_type"], body["is_stored"]) == (digest, "text/csv", True)
    path = made.headers["Location"].removeprefix(API)
    (listed,) = call("handler").get(FILES).get_json()["items"]
    assert listed == body
    for name in ("handler", "reviewer"):
        reply = call(name).get(path)
        assert reply.data == CSV
        assert reply.headers["Content-Disposition"].startswith("attachment")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.mimetype == "application/octet-stream"
        reply.close()
    with make.home.db.read() as session:
        subject = (
            session.connection()
            .exec_driver_sql("SELECT id FROM registry_preserved_file")
            .scalar_one()
        )
        assert len(receipts.list_for(session, subject)) == 1


def test_a_file_is_nobody_elses_business(call: Any) -> None:
    path = upload(call("handler"), CSV, "样本.csv").headers["Location"].removeprefix(API)
    problem(call("operator").get(path), 404, "kernel-file-unknown")
    problem(call("").get(path), 401, "kernel-sign-in-needed")
    problem(call("").get(FILES), 401, "kernel-sign-in-needed")
    problem(call("handler").get(f"{FILES}/..%2Fkeys"), 404, "kernel-page-unknown")
    problem(call("handler").get(f"{FILES}/{'0' * 64}"), 404, "kernel-file-unknown")
    assert call("operator").get(FILES).get_json()["items"] == []


def test_a_fingerprint_stands_for_data_that_stays_where_it_is(call: Any, make: Maker) -> None:
    handler, digest = call("handler"), "12" * 32
    body = {"sha256": digest, "name": "原始库表", "size_bytes": 10**12}
    problem(handler.post(f"{FILES}/fingerprints", body), 422, "kernel-idempotency-key-missing")
    made = handler.post(f"{FILES}/fingerprints", body, Idempotency_Key="f")
    again = handler.post(f"{FILES}/fingerprints", body, Idempotency_Key="f")
    assert again.get_json() == made.get_json()
    assert made.status_code == 201
    assert made.get_json()["is_stored"] is False
    problem(handler.get(f"{FILES}/{digest}"), 404, "kernel-file-unknown")
    problem(
        handler.post(f"{FILES}/fingerprints", {**body, "sha256": "12"}, Idempotency_Key="g"),
        422,
        "kernel-fields-wrong",
    )
    refused = call("researcher").post(f"{FILES}/fingerprints", body, Idempotency_Key="h")
    problem(refused, 403, "kernel-not-permitted")
    row = make.application(Status.SUBMITTED, form=make.form(evidence_sha256=digest))
    assert row.fingerprint == digest


def test_what_is_no_evidence_is_refused(call: Any) -> None:
    handler = call("handler")
    problem(upload(handler, b"MZ\x00\x01" * 50, "a.csv"), 422, "kernel-file-type-not-allowed")
    problem(upload(handler, CSV, "a.pdf"), 422, "kernel-file-not-what-it-says")
    problem(upload(handler, b"", "a.csv"), 422, "kernel-file-empty")
    missing = problem(handler.post(FILES, Idempotency_Key="i"), 422, "kernel-fields-wrong")
    assert missing["errors"] == [{"pointer": "/file", "detail": "This is needed."}]
    problem(upload(call("researcher"), CSV, "a.csv"), 403, "kernel-not-permitted")
    problem(upload(call(""), CSV, "a.csv"), 401, "kernel-sign-in-needed")


class Endless(io.RawIOBase):
    """A multipart body of a size that nobody announced; it counts what is read of it."""

    def __init__(self, size: int) -> None:
        self.left, self.taken = size, 0
        self.head = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
            b"Content-Type: text/csv\r\n\r\n"
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.head or (b"1,2\n" * (MEGABYTE // 4))[: min(self.left, len(buffer))]
        self.head = b""
        self.left -= len(block)
        self.taken += len(block)
        buffer[: len(block)] = block
        return len(block)


def send_large(caller: Caller, body: Endless, **environ: Any) -> TestResponse:
    # Put in last, because the client would build a body of its own for this media type.
    given = {
        "wsgi.input": body,
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
    }
    return caller.client.post(
        API + FILES, headers=keyed(caller), environ_overrides={**given, **environ}
    )


def test_half_a_gigabyte_is_refused_before_it_is_read_where_it_is_announced(call: Any) -> None:
    body = Endless(500 * MEGABYTE)
    refused = send_large(call("handler"), body, CONTENT_LENGTH=str(500 * MEGABYTE))
    problem(refused, 413, "kernel-request-too-large")
    assert body.taken == 0


def test_half_a_gigabyte_is_refused_while_it_streams_in_and_memory_stays_flat(call: Any) -> None:
    body, caller = Endless(500 * MEGABYTE), call("handler")
    tracemalloc.start()
    try:
        refused = send_large(caller, body, **{"wsgi.input_terminated": True})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    problem(refused, 413, "kernel-request-too-large")
    assert MOST_FILE_BYTES <= body.taken < MOST_FILE_BYTES + 2 * MEGABYTE
    assert peak_bytes < 20 * MEGABYTE


def test_whoever_may_not_preserve_sends_nothing(call: Any) -> None:
    body = Endless(500 * MEGABYTE)
    refused = send_large(call(""), body, **{"wsgi.input_terminated": True})
    problem(refused, 401, "kernel-sign-in-needed")
    assert body.taken == 0
