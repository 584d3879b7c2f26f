"""The extension for FreshRSS: its PHP under PHP, with stand-ins for FreshRSS's classes, against real services."""

import base64
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunningServer, Serve

from detector import Detector

EXTENSION = ROOT / "integrations" / "freshrss" / "xExtension-PromoDetector"
RUN = Path(__file__).parent / "freshrss" / "run.php"

REPORT = (
    "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.</p>\n"
    "<p>Analysten raten zum Kauf der Aktie und sehen das Kursziel bei 26&nbsp;Euro.</p>"
)
OFFER = '<div class="box"><b>Harkort: Kaufen oder verkaufen?</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</div>'
TITLE = "Harkort verdient mehr"


def has_php() -> bool:
    code = 'exit((int)!extension_loaded("curl"));'
    return shutil.which("php") is not None and subprocess.run(["php", "-r", code], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not has_php(), reason="php with curl is not installed")


def run(**asked: Any) -> Any:
    done = subprocess.run(["php", str(RUN), str(EXTENSION)], input=json.dumps(asked), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def insert(url: str, *contents: str | bytes, title: str = TITLE, key: str = "", timeout_ms: int = 20_000) -> tuple[list[Any], list[str]]:
    """Insert articles; return what became of them, and the warnings."""
    coded = [base64.b64encode(c if isinstance(c, bytes) else c.encode()).decode() for c in contents]
    answer = run(
        configure={"url": url, "key": key, "timeout_ms": str(timeout_ms)},
        entries=[{"title": title, "content": content} for content in coded],
    )
    assert all(entry["is_same"] for entry in answer["entries"]), "no article is lost"
    assert all(entry["has_hash_of_the_feed"] for entry in answer["entries"])
    for entry in answer["entries"]:
        entry["content"] = base64.b64decode(entry["content"])
    return answer["entries"], answer["warnings"]


def contents(entries: list[Any]) -> list[str]:
    return [entry["content"].decode() for entry in entries]


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """Run a server that does with each connection what it is told to; it counts them."""
    n_calls = [0]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        is_over = threading.Event()

        def loop() -> None:
            while not is_over.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                with client:
                    n_calls[0] += 1
                    client.settimeout(10)
                    answer(client)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", n_calls
        finally:
            is_over.set()
            thread.join()


def http(status: str, body: bytes, **headers: str) -> Callable[[socket.socket], None]:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{lines}\r\n".encode()

    def answer(client: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < stated_length(received):
            received += client.recv(65536)
        client.sendall(head + body)

    return answer


def stated_length(received: bytes) -> int:
    lines = received.lower().split(b"\r\n")
    return next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length"))


def test_the_metadata_are_those_that_freshrss_asks_for() -> None:
    answer = run()
    assert set(answer["metadata"]) == {"name", "author", "description", "version", "entrypoint", "type"}
    assert answer["metadata"]["type"] == "user"
    assert answer["hooks"] == ["entry_before_insert"]


def test_an_article_is_cleaned_by_a_real_service(server: RunningServer, detector: Detector) -> None:
    entries, warnings = insert(server.url, REPORT + OFFER, REPORT, "  ", "")
    assert contents(entries) == [detector.clean_html(REPORT + OFFER, title=TITLE).html, REPORT, "  ", ""]
    assert contents(entries)[0].strip() == REPORT
    assert warnings == []


def test_the_headline_is_sent_as_it_reads() -> None:
    seen: list[Any] = []

    def answer(client: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < stated_length(received):
            received += client.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        seen.append((head.decode(), json.loads(body)))
        made = json.dumps({"html": "<p>neu</p>"}).encode()
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(made) + made)

    with answering(answer) as (url, _):
        entries, _ = insert(url + "/path/", "<p>a</p>", title="M&amp;A &#039;heute&#039;", key="correct-horse")
        insert(url, "<p>a</p>", title="")
    assert contents(entries) == ["<p>neu</p>"]
    (head, body), (other, untitled) = seen
    assert head.startswith("POST /path/v1/clean HTTP/1.1\r\n")
    assert "X-Api-Key: correct-horse\r\n" in head
    assert body == {"html": "<p>a</p>", "title": "M&A 'heute'"}, "and without the enclosure"
    assert "X-Api-Key" not in other
    assert untitled["title"] is None, "an identifier is no headline"


def test_a_key_opens_a_service_that_asks_for_one(serve: Serve) -> None:
    server = serve(api_keys="correct-horse-battery", workers=1)
    entries, warnings = insert(server.url, REPORT + OFFER, key="correct-horse-battery")
    assert (contents(entries)[0].strip(), warnings) == (REPORT, [])
    entries, warnings = insert(server.url, REPORT + OFFER, key="wrong")
    assert contents(entries) == [REPORT + OFFER]
    assert warnings[0] == "Promo Detector: it answers 401; the article stays as it is"


def test_what_would_go_nearly_as_a_whole_stays(server: RunningServer, detector: Detector) -> None:
    advertorial = (
        "<p>Wie steht es wirklich um Nordlicht? Unsere Redaktion sagt Ihnen in einer kostenfreien Studie, was Aktionäre tun sollten. "
        "Sichern Sie sich Ihr Exemplar, solange es verfügbar ist.</p>"
    )
    assert detector.clean_html(advertorial).html != advertorial, "it must be one that would go"
    assert contents(insert(server.url, advertorial)[0]) == [advertorial]


def test_a_service_that_is_away_is_asked_twice_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    entries, warnings = insert(f"http://127.0.0.1:{port}", *[REPORT + OFFER] * 5)
    assert contents(entries) == [REPORT + OFFER] * 5
    assert len(warnings) == 3
    assert warnings[-1] == "Promo Detector: the rest of this refresh goes without the service"


def test_a_service_that_is_slow_is_given_up() -> None:
    is_over = threading.Event()
    with answering(lambda client: bool(is_over.wait(5)) and None) as (url, n_calls):
        entries, warnings = insert(url, *[REPORT + OFFER] * 4, timeout_ms=300)
        is_over.set()
    assert contents(entries) == [REPORT + OFFER] * 4
    assert all(entry["seconds"] < 2 for entry in entries)
    assert "imed out" in warnings[0]
    assert n_calls[0] <= 2


def test_a_service_that_trickles_is_given_up() -> None:
    def trickle(client: socket.socket) -> None:
        try:
            for _ in range(40):
                client.sendall(b"H")
                threading.Event().wait(0.05)
        except OSError:
            pass

    with answering(trickle) as (url, _):
        entries, _ = insert(url, REPORT + OFFER, timeout_ms=300)
    assert contents(entries) == [REPORT + OFFER]
    assert entries[0]["seconds"] < 1.5, "the whole call is bounded, not each wait"


@pytest.mark.parametrize(
    ("answer", "warning", "n_asked"),
    [
        (http("500 No", b"{}"), "it answers 500", 2),
        (http("503 Busy", b"{}", Retry_After="5"), "it answers 503", 2),
        (http("422 No", b"{}"), "it answers 422", 3),
        (http("413 No", b"{}"), "it answers 413", 3),
        (http("302 Found", b"", Location="http://127.0.0.1:9/"), "it answers 302", 3),
        (http("200 OK", b"<html>"), "its answer has no HTML", 2),
        (http("200 OK", b'{"html": 3}'), "its answer has no HTML", 2),
        (http("200 OK", b'{"text": "x"}'), "its answer has no HTML", 2),
        (lambda client: client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{"), "", 2),
        (lambda client: None, "", 2),
    ],
)
def test_answers_that_are_none(answer: Callable[[socket.socket], None], warning: str, n_asked: int) -> None:
    """What concerns one article concerns no other; what concerns the service is not tried for each."""
    with answering(answer) as (url, n_calls):
        entries, warnings = insert(url, *[REPORT + OFFER] * 3)
    assert contents(entries) == [REPORT + OFFER] * 3
    assert warning in warnings[0]
    assert n_calls[0] == n_asked


def test_an_empty_answer_empties_no_article() -> None:
    with answering(http("200 OK", b'{"html": " "}')) as (url, _):
        assert contents(insert(url, REPORT)[0]) == [REPORT]


def test_what_is_no_utf8_is_left_alone(server: RunningServer) -> None:
    entries, warnings = insert(server.url, b"<p>\xff</p>", REPORT + OFFER)
    assert entries[0]["content"] == b"<p>\xff</p>"
    assert entries[1]["content"].decode().strip() == REPORT
    assert warnings == ["Promo Detector: the article is not in UTF-8; the article stays as it is"]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"url": "https://clean.example/x/", "key": 'a"b&c', "timeout_ms": "500"}, ["https://clean.example/x", "a&quot;b&amp;c", "500"]),
        ({"url": "javascript:alert(1)", "key": "", "timeout_ms": "x"}, ["http://localhost:8080", "", "3000"]),
        ({"url": "", "timeout_ms": "999999"}, ["http://localhost:8080", "", "30000"]),
        ({"url": "http://[::1]:8080", "timeout_ms": "1"}, ["http://[::1]:8080", "", "100"]),
        (None, ["http://localhost:8080", "", "3000"]),
    ],
)
def test_the_form_shows_what_holds(form: dict[str, str] | None, shown: list[str]) -> None:
    view = run(view=True, **({} if form is None else {"configure": form}))["view"]
    assert [part.partition('"')[0] for part in view.split(' value="')[2:]] == shown
    assert '<input type="hidden" name="_csrf" value="the-token" />' in view
    assert 'action="./?c=extension&amp;a=configure&amp;e=Promo+Detector"' in view
