"""The service: in process, and as a real server process."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api.app import MAX_BODY_BYTES
from detector import Detector

ARTICLE = "Der Umsatz stieg um 4 Prozent, teilte der Konzern mit.\n\nJetzt kostenlosen Report sichern und weiterlesen!"


def test_the_answer_is_the_librarys_result(client: FlaskClient, detector: Detector) -> None:
    body = {"text": ARTICLE, "title": "Konzern wächst", "language": "de", "remove": ["promotion"], "threshold": 0.5, "explain": True}
    response = client.post("/v1/clean", json=body)
    expected = detector.clean(ARTICLE, title="Konzern wächst", language="de", remove=("promotion",), threshold=0.5, explain=True)
    assert response.status_code == 200
    assert response.get_json() == json.loads(json.dumps(expected.to_dict()))


def test_defaults_and_empty_text(client: FlaskClient) -> None:
    answer = client.post("/v1/clean", json={"text": ""}).get_json()
    assert (answer["text"], answer["segments"], answer["headline"]) == ("", [], None)


def test_lone_surrogates_come_back(client: FlaskClient) -> None:
    response = client.post("/v1/clean", data=b'{"text": "Der \\ud83d Dax"}', content_type="application/json")
    assert response.get_json()["text"] == "Der \ud83d Dax"


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("name", "data", "status", "detail", "pointer"),
    [
        ("not JSON", b"{", 400, "Expecting", None),
        ("not UTF-8", b'{"text": "\xff"}', 400, "utf-8", None),
        ("deeply nested", b"[" * 100_000, 400, "", None),
        ("not an object", b"[]", 422, "expected an object, got list", ""),
        ("no text", b"{}", 422, "text", "/text"),
        ("text of another type", b'{"text": 3}', 422, "text: expected a string, got int", "/text"),
        ("unknown field", b'{"text": "", "a/b": 1}', 422, "'a/b' is not one of text, title", "/a~1b"),
        ("unknown label", b'{"text": "", "remove": ["ads"]}', 422, "'ads' is not a label; allowed are", "/remove"),
        ("remove of another type", b'{"text": "", "remove": 3}', 422, "remove: 3 is not a collection", "/remove"),
        ("unhashable label", b'{"text": "", "remove": [{}]}', 422, "is not a label", "/remove"),
        ("threshold", b'{"text": "", "threshold": 2}', 422, "threshold: 2 is not a number from 0 to 1", "/threshold"),
        ("language", b'{"text": "", "language": "?"}', 422, "is not a language tag", "/language"),
        ("explain", b'{"text": "", "explain": "yes"}', 422, "explain: 'yes' is not true or false", "/explain"),
    ],
)  # fmt: skip
def test_bad_requests_are_problem_documents(
    client: FlaskClient, name: str, data: bytes, status: int, detail: str, pointer: str | None
) -> None:
    response = client.post("/v1/clean", data=data, content_type="application/json")
    problem = json.loads(response.data)
    assert response.status_code == problem["status"] == status
    assert response.content_type == "application/problem+json"
    assert detail in problem["detail"]
    assert problem.get("pointer") == pointer
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "content_type", "status"),
    [("POST", "/v1/clean", "text/plain", 415), ("GET", "/v1/clean", None, 405), ("GET", "/nowhere", None, 404)],
)
def test_wrong_addresses_and_types(client: FlaskClient, method: str, path: str, content_type: str | None, status: int) -> None:
    response = client.open(path, method=method, data=b"x" if method == "POST" else None, content_type=content_type)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    response = client.post("/v1/clean", data=b" " * (MAX_BODY_BYTES + 1), content_type="application/json")
    assert response.status_code == 413
    assert response.content_type == "application/problem+json"


def test_an_unexpected_error_shows_no_trace(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Detector, "clean", lambda *a, **k: 1 / 0)
    response = client.post("/v1/clean", json={"text": "x"})
    assert response.status_code == 500
    assert "ZeroDivision" not in response.text


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.command", "serve", "--port", str(port), "--workers", "2"], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _get(port, "/healthz")
            break
        except OSError:
            time.sleep(0.1)
    yield port
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors


def _get(port: int, path: str, body: bytes | None = None) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request("POST" if body is not None else "GET", path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_real_server_cleans(server: int, detector: Detector) -> None:
    status, answer = _get(server, "/v1/clean", json.dumps({"text": ARTICLE}).encode())
    assert status == 200
    assert answer["text"] == detector.clean(ARTICLE).text


def test_a_real_server_survives_bad_and_cut_off_clients(server: int) -> None:
    with socket.create_connection(("127.0.0.1", server)) as client:
        client.sendall(b"POST /v1/clean HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{")
    with socket.create_connection(("127.0.0.1", server)) as client:
        client.sendall(b"\x00\xff\r\n\r\n")
        assert re.match(rb"HTTP/1.1 4\d\d|$", client.recv(99))  # refused, or closed without a word
    assert _get(server, "/v1/clean", b"{")[0] == 400
    assert _get(server, "/healthz") == (200, {"status": "ok"})
