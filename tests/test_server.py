"""The service as a process: clients that are slow, cut off, too large or wrong, streams, reloads, the log, the counts."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import RunningServer, Serve

from detector import Detector

ARTICLE = "Der Umsatz stieg um 4 Prozent, teilte der Konzern mit.\n\nJetzt kostenlosen Report sichern und weiterlesen!"
HEAD = b"POST /v1/clean HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def works(server: RunningServer) -> None:
    answer = server.ask("/v1/clean", {"text": ARTICLE})
    assert answer.status == 200, answer.body


def talk(server: RunningServer, *parts: bytes, pause_s: float = 0.0, timeout_s: float = 20) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout_s) as client:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                client.sendall(part)
                time.sleep(pause_s)
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := client.recv(65536):
                received += piece
        return received


def status_of(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found, answer
    return int(found[1])


def problem_of(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer
    problem: dict[str, Any] = json.loads(body)
    return problem


def test_it_cleans(server: RunningServer, detector: Detector) -> None:
    answer = server.ask("/v1/clean", {"text": ARTICLE}, {"X-Request-Id": "test-1"})
    assert answer.status == 200
    assert answer.json()["text"] == detector.clean(ARTICLE).text
    assert answer.headers["x-request-id"] == "test-1"


# Clients that do it wrong


@pytest.mark.parametrize(
    ("name", "sent", "status"),
    [
        ("no HTTP", b"\x00\xff\r\n\r\n", 400),
        ("no version", b"GET /\r\n\r\n", 400),
        ("a blank in a header's name", b"GET /healthz HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
        ("a header of a megabyte", b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
        ("a thousand headers", b"GET /healthz HTTP/1.1\r\n" + b"X: 1\r\n" * 1000 + b"\r\n", 431),
        ("an address of a megabyte", b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 414),
        ("two lengths", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        ("a length and chunks", HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("a negative length", HEAD + b"Content-Length: -1\r\n\r\n", 400),
    ],
)
def test_what_is_no_http_is_refused_without_html(server: RunningServer, name: str, sent: bytes, status: int) -> None:
    answer = talk(server, sent)
    if answer:  # or the connection was reset, with nothing said
        assert status_of(answer) == status
        assert problem_of(answer)["status"] == status
    works(server)


def test_chunks_that_are_none(server: RunningServer) -> None:
    answer = talk(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    assert status_of(answer) == 400
    assert problem_of(answer)["type"].endswith("cut-off")
    works(server)


def test_a_body_in_chunks(server: RunningServer) -> None:
    answer = talk(server, HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n", b'5\r\n{"tex\r\n', b'6\r\nt":""}\r\n0\r\n\r\n')
    assert status_of(answer) == 200


def test_a_cut_off_body_is_told_and_closed(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(HEAD + b"Content-Length: 999\r\n\r\n{")
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(65536)
    assert status_of(answer) == 400
    assert b"connection: close" in answer.lower()
    works(server)


def test_clients_that_vanish(server: RunningServer) -> None:
    for sent in (b"", b"POST", HEAD, HEAD + b"Content-Length: 999\r\n\r\n{", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(sent)
    works(server)


def test_a_stated_length_that_is_too_large_is_refused_before_the_body_comes(server: RunningServer) -> None:
    answer = talk(server, HEAD + b"Content-Length: 99999999999\r\n\r\n")
    assert status_of(answer) == 413
    assert problem_of(answer)["status"] == 413
    works(server)


def test_a_body_without_a_length_is_read_no_further_than_the_limit(server: RunningServer) -> None:
    before = memory_kb(server)
    piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = talk(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[piece] * 64, b"0\r\n\r\n")
    if answer:
        assert status_of(answer) == 413
    assert memory_kb(server) - before < 40_000
    works(server)


def test_an_oversized_body_that_is_sent_all_the_same(server: RunningServer) -> None:
    body = b'{"text": "' + b"x" * (9 * 1024 * 1024) + b'"}'
    answer = talk(server, HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode(), body)
    if answer:
        assert status_of(answer) == 413
    works(server)


def test_an_expectation_is_met(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(HEAD + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n")
        assert client.recv(99).startswith(b"HTTP/1.1 100")
        client.sendall(b'{"text": ""}')
        assert status_of(client.recv(65536)) == 200


# Slow clients


@pytest.fixture(scope="module")
def hasty() -> Iterator[RunningServer]:
    """A service with little patience and few threads."""
    from conftest import serving

    with serving() as serve:
        yield serve(workers=1, threads=4, read_timeout_s=1.5, write_timeout_s=2, max_body_bytes=100_000)


def test_slow_clients_cannot_keep_the_others_out(hasty: RunningServer) -> None:
    """More slow clients than there are threads: each is given up, those that had begun a request are told."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", hasty.port), timeout=20)) for _ in range(6)]
        for client in slow:
            client.sendall(HEAD + b"Content-Length: 999\r\n\r\n")
        begin = time.monotonic()
        works(hasty)
        assert time.monotonic() - begin < 8
        for client in slow[:4]:
            answer = client.recv(65536)
            assert status_of(answer) == 408
            assert problem_of(answer)["detail"] == "The body did not arrive within 1.5 seconds."


def test_a_head_that_trickles_is_given_up(hasty: RunningServer) -> None:
    begin = time.monotonic()
    assert talk(hasty, *[bytes([byte]) for byte in HEAD], pause_s=0.2) == b""
    assert time.monotonic() - begin < 0.2 * len(HEAD)
    works(hasty)


def test_connections_that_say_nothing_take_no_thread(hasty: RunningServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", hasty.port)))
        begin = time.monotonic()
        works(hasty)
        assert time.monotonic() - begin < 8


def test_a_body_that_trickles_is_given_up(hasty: RunningServer) -> None:
    """Each byte comes in time, the body as a whole does not."""
    answer = talk(hasty, HEAD + b"Content-Length: 999\r\n\r\n", *[b"{"] * 20, pause_s=0.2)
    assert not answer or status_of(answer) == 408
    works(hasty)


def flood(client: socket.socket, head: bytes, piece: bytes) -> None:
    client.sendall(head)
    while True:
        client.sendall(piece)


def test_a_client_that_does_not_read_is_given_up(hasty: RunningServer) -> None:
    head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", hasty.port))
        with pytest.raises(OSError, match=r"timed out|reset|Broken pipe"):
            flood(client, head, chunk(b"[]\n" * 5000))
    works(hasty)


# Streams


def stream_head(keep: bool = False) -> bytes:
    close = b"" if keep else b"Connection: close\r\n"
    return (
        b"POST /v1/batch?language=de HTTP/1.1\r\nHost: x\r\n"
        + close
        + b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    )


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def answers_of(client: socket.socket) -> Iterator[dict[str, Any]]:
    """Yield the lines of a chunked answer as they come."""
    with client.makefile("rb") as file:
        assert file.readline().startswith(b"HTTP/1.1 200")
        while file.readline().strip():
            pass
        held = b""
        while size := int(file.readline(), 16):
            held += file.read(size)
            file.readline()
            *lines, held = held.split(b"\n")
            yield from map(json.loads, lines)


def test_a_hundred_thousand_tiny_documents_in_constant_memory(serve: Serve) -> None:
    n_documents, server = 100_000, serve(workers=1)

    def send(client: socket.socket) -> None:
        client.sendall(stream_head())
        for first in range(0, n_documents, 500):
            texts = ((n, b"" if n % 20 else b"Der Dax stieg.") for n in range(first, first + 500))
            client.sendall(chunk(b"".join(b'{"id":%d,"text":"%s"}\n' % text for text in texts)))
        client.sendall(b"0\r\n\r\n")

    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        sender = threading.Thread(target=send, args=(client,))
        sender.start()
        early = 0
        for expected, answer in enumerate(answers_of(client)):
            assert answer["id"] == expected
            assert "result" in answer
            if expected == 5000:
                early = memory_kb(server)
        sender.join()
    assert expected == n_documents - 1
    assert memory_kb(server) - early < 8_000
    counts = server.ask("/metrics").body.decode()
    assert 'promo_detector_documents_total{verdict="editorial"} 100000.0' in counts


def test_a_stream_answers_while_it_comes(server: RunningServer) -> None:
    line = json.dumps({"id": 1, "text": ARTICLE * 100}).encode() + b"\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(stream_head() + chunk(line) * 4)
        answers = answers_of(client)
        assert next(answers)["line"] == 1, "the body has not ended yet"
        client.sendall(b"0\r\n\r\n")
        assert [answer["line"] for answer in answers] == [2, 3, 4]


def test_a_stream_that_breaks_off_says_so_in_its_last_line(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(stream_head() + chunk(b'{"id":1,"text":""}\n{"id":2,"te'))
        client.shutdown(socket.SHUT_WR)
        *_, last = answers_of(client)
    assert last["problem"]["type"].endswith("cut-off")
    works(server)


def test_a_client_that_leaves_in_the_middle_of_a_stream(server: RunningServer) -> None:
    line = json.dumps({"id": 1, "text": ARTICLE}).encode() + b"\n"
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(stream_head() + chunk(line) * 300)
            assert next(answers_of(client))["id"] == 1
    works(server)


# The process


def memory_kb(server: RunningServer) -> int:
    """Return the memory that the workers hold for themselves."""
    rows = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in server.workers()]
    return sum(int(size) for row in rows for size in re.findall(r"^Private_\w+:\s+(\d+) kB", row, re.MULTILINE))


def test_a_rolling_reload_loses_no_request(serve: Serve) -> None:
    server = serve()
    old = server.workers()
    failures: list[str] = []
    counts = [0, 0]
    is_done = threading.Event()

    def ask(number: int) -> None:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while not is_done.is_set():
            try:
                connection.request("POST", "/v1/clean", json.dumps({"text": ARTICLE}), {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    failures.append(str(response.status))
                counts[number] += 1
            except (OSError, http.client.HTTPException) as error:
                failures.append(repr(error))
                connection.close()
        connection.close()

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30
    while set(server.workers()) & set(old) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    is_done.set()
    for client in clients:
        client.join()
    assert not failures
    assert min(counts) > 10
    assert not set(server.workers()) & set(old)
    assert len(server.workers()) == 2
    rows = server.ask("/metrics").body.decode().splitlines()
    total = [row for row in rows if row.startswith("promo_detector_documents_total")]
    assert sum(float(row.rsplit(" ", 1)[1]) for row in total) == sum(counts), "the counts survive, those of the old workers too"


def test_a_reload_takes_new_keys_and_keeps_the_old_ones_when_they_are_broken(serve: Serve, tmp_path: Path) -> None:
    first, second = "the-first-key-of-all", "the-second-key-of-all"
    keys = tmp_path / "keys"
    keys.write_text(first)
    server = serve(workers=1, api_keys_file=keys)

    def status(key: str) -> int:
        return server.ask("/v1/labels", headers={"X-Api-Key": key}).status

    def reload() -> None:
        old = server.workers()
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while set(server.workers()) & set(old) and time.monotonic() < deadline:
            time.sleep(0.05)
        server.wait_until_ready()

    assert (status(first), status(second)) == (200, 401)
    keys.write_text(f"{first}\n{second}\n")
    reload()
    assert (status(first), status(second)) == (200, 200)
    keys.write_text("short")
    reload()
    assert (status(first), status(second)) == (200, 200)
    broken = [entry for entry in server.log() if entry["event"].startswith("reload: the old model")]
    assert len(broken) == 1
    server.expected = ("reload: the old model",)


def test_a_worker_that_dies_is_replaced(serve: Serve) -> None:
    server = serve()
    works(server)
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (len(server.workers()) < 2 or victim in server.workers()) and time.monotonic() < deadline:
        time.sleep(0.05)
    works(server)
    assert len(server.workers()) == 2
    server.expected = ("Worker (pid:",)


def test_a_stop_lets_a_running_request_end(serve: Serve) -> None:
    server = serve(workers=1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(HEAD + b"Content-Length: 12\r\n\r\n{")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        client.sendall(b'"text": ""}')
        assert status_of(client.recv(65536)) == 200
    assert server.process.wait(30) == 0


def test_the_log_has_a_line_for_each_request_and_no_word_of_an_article(serve: Serve) -> None:
    server = serve(log_level="debug", api_keys="the-key-of-the-cron-job")
    secret = "Xyzzy-Geheimnis"
    headers = {"X-Api-Key": "the-key-of-the-cron-job", "X-Request-Id": "find-me"}
    body = json.dumps({"text": f"{secret} stieg um 4 Prozent.", "title": secret}).encode()
    assert server.ask("/v1/clean", body, headers).status == 200
    assert server.ask("/v1/clean", body[:-1], headers).status == 400
    assert server.ask("/v1/clean", {"text": secret, "language": secret}, headers).status == 422
    assert server.ask("/v1/batch", {"documents": [{"id": secret, "text": secret}, {"id": 1, secret: secret}]}, headers).status == 200
    assert server.ask("/v1/headline", {"titles": [secret]}, headers).status == 200
    assert server.ask(f"/v1/{secret}", headers=headers).status == 404
    assert talk(server, f"GET /{secret} HTTP/9\r\nHost: {secret}\r\n\r\n".encode())
    deadline = time.monotonic() + 10
    while len(entries := [entry for entry in server.log() if entry.get("request_id") == "find-me"]) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    log = server.log_path.read_text(encoding="utf-8")
    assert secret not in log
    assert "cron-job" not in log
    entries.sort(key=lambda entry: (entry["status"], entry["route"], -entry["n_documents"]))
    assert [(entry["route"], entry["status"]) for entry in entries] == [
        ("/v1/batch", 200), ("/v1/clean", 200), ("/v1/headline", 200), ("/v1/clean", 400), ("unknown", 404), ("/v1/clean", 422)
    ]  # fmt: skip
    entries = entries[1:]
    assert entries[0]["body_sha256"] == hashlib.sha256(body).hexdigest()[:16]
    assert (entries[0]["n_documents"], entries[0]["n_chars"]) == (1, len(secret) + 20)
    assert re.fullmatch("[0-9a-f]{8}", entries[0]["key"])
    assert entries[0]["ms"] > 0


def test_all_workers_keep_one_rate_limit(serve: Serve) -> None:
    server = serve(workers=3, rate_limit=20)
    codes = [server.ask("/v1/labels").status for _ in range(40)]
    assert codes.count(200) in (20, 21)  # one more where the forty take three seconds
    assert codes.count(200) + codes.count(429) == 40
