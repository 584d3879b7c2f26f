"""The handler for Miniflux's webhook, against a fake that keeps to Miniflux's contract."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from conftest import RunningServer, Serve
from fake_miniflux import SECRET, TOKEN, FakeMiniflux, miniflux
from marked import MarkedDetector

from detector import Detector
from integrations.miniflux import Caller, CallError, Entries, Webhook, by_library, by_service, create_app

REPORT = "<p>Der Umsatz stieg um 4 Prozent.</p>\n<p>Der Kurs fiel.</p>"
OFFER = '<p class="box">Reklame: <a href="/x">hier klicken</a>.</p>'


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def listening(webhook: Webhook) -> Iterator[str]:
    """Serve a webhook; when the block ends, all of its events are handled."""
    with make_server("127.0.0.1", 0, webhook, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            webhook.close()


def caller(fake: FakeMiniflux, token: str = TOKEN, n_tries: int = 4) -> Caller:
    return Caller(fake.url, {"X-Auth-Token": token}, timeout_s=5, n_tries=n_tries, pause_s=0.01)


def webhook(fake: FakeMiniflux, detector: Detector | None = None) -> Webhook:
    return Webhook(SECRET, Entries(by_library(detector or MarkedDetector()), caller(fake)).handle)


def test_new_entries_are_cleaned_and_written_back() -> None:
    with miniflux(REPORT + OFFER, REPORT) as fake:
        with listening(webhook(fake)) as url:
            assert fake.send(url) == 202
        assert fake.entries[1]["content"] == REPORT
        assert fake.calls == [("PUT", "/reader/v1/entries/1", {"content": REPORT})], "what is clean is not written"
        assert fake.entries[1]["title"] == "Harkort verdient mehr"


@pytest.mark.parametrize(
    ("signature", "status"),
    [
        ("", 202),
        (None, 401),
        ("0" * 64, 401),
        ("wrong secret", 401),
        ("upper", 401),
        ("cut", 401),
        ("sha256=", 401),
        ("bytes", 401),
    ],
)
def test_only_what_is_signed_is_believed(signature: str | None, status: int) -> None:
    with miniflux(REPORT + OFFER) as fake:
        body = fake.event()
        right = fake.sign(body)
        made = {
            "wrong secret": fake.sign(body, "another"),
            "upper": right.upper(),
            "cut": right[:-1],
            "sha256=": f"sha256={right}",
            "bytes": "\xff" + right[1:],
        }
        with listening(webhook(fake)) as url:
            assert fake.send(url, body, made.get(signature, signature) if signature else signature) == status
        assert bool(fake.calls) == (status == 202)


def test_a_signature_belongs_to_the_bytes_of_its_body() -> None:
    with miniflux(REPORT + OFFER, REPORT) as fake, listening(webhook(fake)) as url:
        body = fake.event(1)
        assert fake.send(url, body + b" ", fake.sign(body)) == 401
        assert fake.send(url, body.replace(b'"id": 1', b'"id": 2'), fake.sign(body)) == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"[]", 204),
        (b'{"event_type": "save_entry", "entry": {"id": 1}}', 204),
        (b'{"event_type": "new_entries"}', 400),
        (b'{"event_type": "new_entries", "entries": []}', 202),
        (b'{"event_type": "new_entries", "entries": [null, {"id": "1"}, {"id": true, "content": "x"}, {"id": 1}]}', 202),
    ],
)
def test_events_of_another_form(body: bytes, status: int) -> None:
    with miniflux(REPORT + OFFER) as fake:
        with listening(webhook(fake)) as url:
            assert fake.send(url, body) == status
        assert not fake.calls


def test_the_signed_body_tells_the_event_not_the_header() -> None:
    with miniflux(REPORT + OFFER) as fake:
        with listening(webhook(fake)) as url:
            saved = fake.event(event_type="save_entry")
            assert fake.send(url, saved, event_type="new_entries") == 204
        assert not fake.calls


def asked(hook: Webhook, **environ: Any) -> str:
    seen: list[str] = []
    known = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"{}")}
    list(hook(known | environ, lambda status, headers, *_: seen.append(status)))  # type: ignore[arg-type, func-returns-value, return-value]
    return seen[0]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REQUEST_METHOD": "GET"}, "405"),
        ({"CONTENT_LENGTH": ""}, "411"),
        ({"CONTENT_LENGTH": "-1"}, "411"),
        ({"CONTENT_LENGTH": str(10**9)}, "413"),
        ({}, "401"),
    ],
)
def test_requests_that_are_no_event(environ: dict[str, Any], status: str) -> None:
    assert asked(Webhook(SECRET, print), **environ).startswith(status)


def test_a_busy_server_is_asked_again() -> None:
    with miniflux(REPORT + OFFER) as fake:
        fake.failures = [500, 503]
        with listening(webhook(fake)) as url:
            fake.send(url)
        assert fake.entries[1]["content"] == REPORT
        assert len(fake.calls) == 3


def test_a_refusal_is_not_repeated_and_harms_no_other_entry(caplog: pytest.LogCaptureFixture) -> None:
    with miniflux(REPORT + OFFER, REPORT + OFFER) as fake:
        body = fake.event()
        del fake.entries[1]
        with listening(webhook(fake)) as url:
            fake.send(url, body)
        assert fake.entries[2]["content"] == REPORT
        assert len(fake.calls) == 2
    assert "entry 1 stays as it is: PUT /v1/entries/1 is answered 404" in caplog.text


def test_an_entry_that_breaks_the_server_harms_no_other() -> None:
    with miniflux(REPORT + OFFER, REPORT + OFFER) as fake:
        fake.failures = [500] * 4
        with listening(webhook(fake)) as url:
            fake.send(url)
        assert [entry["content"] for entry in fake.entries.values()] == [REPORT + OFFER, REPORT]


def test_a_server_that_is_away_is_given_up_for_the_event() -> None:
    with miniflux(*[REPORT + OFFER] * 9) as fake:
        fake.failures = [503] * 4
        counts = Entries(by_library(MarkedDetector()), caller(fake)).handle(list(fake.entries.values()))
        assert counts == {"failed": 9}
        assert len(fake.calls) == 4


def test_a_wrong_key_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with miniflux(REPORT + OFFER) as fake:
        counts = Entries(by_library(MarkedDetector()), caller(fake, "wrong")).handle(list(fake.entries.values()))
        assert counts == {"failed": 1}
        assert fake.entries[1]["content"] == REPORT + OFFER
    assert "wrong" not in caplog.text, "no key in the log"


def test_writing_ends_even_if_each_write_sends_an_event() -> None:
    """Miniflux sends none for a write; if one did, nothing would go round for ever."""
    with miniflux(REPORT + OFFER) as fake, listening(webhook(fake)) as url:
        n_events = 0
        later: list[threading.Thread] = []

        def again() -> None:
            nonlocal n_events
            n_events += 1
            # Beside the write, which is answered at once: a slow answer would be tried again, and that is another matter.
            later.append(threading.Thread(target=fake.send, args=(url,)))
            later[-1].start()

        fake.on_write = again
        fake.send(url)
        deadline = time.monotonic() + 60
        while not n_events and time.monotonic() < deadline:
            time.sleep(0.01)
        for thread in later:
            thread.join()
    assert n_events == 1
    assert len(fake.calls) == 1


def test_an_entry_that_is_promotional_as_a_whole_stays() -> None:
    with miniflux(OFFER, "", "   ") as fake:
        counts = Entries(by_library(MarkedDetector()), caller(fake)).handle(list(fake.entries.values()))
        assert counts == {"unchanged": 3}
        assert not fake.calls


def test_a_cleaner_that_empties_an_entry_is_not_followed() -> None:
    with miniflux(REPORT) as fake:
        assert Entries(lambda html, title: " ", caller(fake)).handle(list(fake.entries.values())) == {"unchanged": 1}


def test_a_bug_of_the_cleaner_harms_no_entry(caplog: pytest.LogCaptureFixture) -> None:
    def broken(html: str, title: str | None) -> str:
        if html == OFFER:
            raise ZeroDivisionError
        return REPORT

    with miniflux(OFFER, REPORT + OFFER) as fake:
        assert Entries(broken, caller(fake)).handle(list(fake.entries.values())) == {"failed": 1, "written": 1}
        assert fake.entries[1]["content"] == OFFER


def test_events_beyond_the_queue_are_refused() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handle(entries: list[Any]) -> None:
        begun.set()
        go_on.wait(10)

    with miniflux(REPORT) as fake, listening(Webhook(SECRET, handle, n_waiting=1)) as url:
        assert fake.send(url) == 202
        assert begun.wait(10)
        assert [fake.send(url), fake.send(url)] == [202, 503]
        go_on.set()


def test_the_answer_comes_before_the_work() -> None:
    go_on = threading.Event()
    with miniflux(REPORT) as fake, listening(Webhook(SECRET, lambda _: go_on.wait(10))) as url:
        assert fake.send(url) == 202
        go_on.set()


def test_a_handler_that_breaks_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def handle(entries: list[Any]) -> None:
        seen.append(len(entries))
        if len(seen) == 1:
            raise ZeroDivisionError

    with miniflux(REPORT) as fake, listening(Webhook(SECRET, handle)) as url:
        fake.send(url)
        fake.send(url)
    assert seen == [1, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"MINIFLUX_URL": ""}, "MINIFLUX_URL must be set"),
        ({"MINIFLUX_API_KEY": "", "MINIFLUX_WEBHOOK_SECRET": ""}, "MINIFLUX_API_KEY and MINIFLUX_WEBHOOK_SECRET must be set"),
        ({"MINIFLUX_URL": "file:///etc/passwd"}, "'file:///etc/passwd' is not an address of HTTP"),
        ({"CLEAN_URL": "localhost:8080"}, "'localhost:8080' is not an address of HTTP"),
    ],
)
def test_settings_that_cannot_work(changes: dict[str, str], message: str) -> None:
    environ = {"MINIFLUX_URL": "http://127.0.0.1:1", "MINIFLUX_API_KEY": TOKEN, "MINIFLUX_WEBHOOK_SECRET": SECRET}
    with pytest.raises(ValueError, match=f"^{message}$"):
        create_app(environ | changes)
    with pytest.raises(ValueError, match="empty"):
        Webhook("", print)


def test_a_redirection_gets_no_key() -> None:
    with miniflux(REPORT + OFFER) as fake:
        fake.failures = [302]
        with pytest.raises(CallError, match="302"):
            caller(fake).call("PUT", "/v1/entries/1", {"content": "x"})
        assert len(fake.calls) == 1


def test_a_cleaner_that_is_no_cleaner() -> None:
    with miniflux(REPORT) as fake, pytest.raises(CallError, match="404"):
        by_service(caller(fake))(REPORT, None)


def test_a_service_cleans_in_the_place_of_the_handler(server: RunningServer, detector: Detector) -> None:
    report = "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.</p>\n"
    offer = "<p><b>Harkort: Kaufen oder verkaufen?</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</p>"
    with miniflux(report + offer, offer) as fake:
        environ = {"MINIFLUX_URL": fake.url, "MINIFLUX_API_KEY": TOKEN, "MINIFLUX_WEBHOOK_SECRET": SECRET, "CLEAN_URL": server.url}
        with listening(create_app(environ)) as url:
            assert fake.send(url) == 202
        assert fake.entries[1]["content"] == detector.clean_html(report + offer, title="Harkort verdient mehr").html
        assert fake.entries[2]["content"] == offer, "what would go as a whole stays"
        assert len(fake.calls) == 1


@pytest.mark.parametrize(("key", "fate"), [("correct-horse-battery", "written"), ("wrong", "failed"), ("", "failed")])
def test_a_service_gets_the_key_that_it_asks_for(serve: Serve, caplog: pytest.LogCaptureFixture, key: str, fate: str) -> None:
    caplog.set_level(logging.INFO)
    server = serve(api_keys="correct-horse-battery", workers=1)
    report = "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.</p>\n"
    offer = "<p><b>Harkort: Kaufen oder verkaufen?</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</p>"
    with miniflux(report + offer) as fake:
        environ = {"MINIFLUX_URL": fake.url, "MINIFLUX_API_KEY": TOKEN, "MINIFLUX_WEBHOOK_SECRET": SECRET}
        with listening(create_app({**environ, "CLEAN_URL": server.url, "CLEAN_KEY": key})) as url:
            fake.send(url)
    assert f"entries: 1 {fate}" in caplog.text


def test_a_cleaner_that_is_away() -> None:
    with pytest.raises(CallError, match="2 times") as caught:
        by_service(Caller("http://127.0.0.1:9", n_tries=2, pause_s=0.01))(REPORT, None)
    assert not caught.value.is_refused


def test_the_process(tmp_path: Any) -> None:
    """The command of the README: it starts, cleans with the shipped model, and ends without losing an event."""
    report = "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.</p>\n"
    offer = "<p><b>Harkort: Kaufen oder verkaufen?</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</p>"
    log = tmp_path / "log"
    with miniflux(report + offer) as fake, log.open("wb") as out:
        environ = {"MINIFLUX_URL": fake.url, "MINIFLUX_API_KEY": TOKEN, "MINIFLUX_WEBHOOK_SECRET": SECRET}
        process = subprocess.Popen([sys.executable, "-m", "integrations.miniflux", "--port", "0"], env=os.environ | environ, stderr=out)
        try:
            deadline = time.monotonic() + 60
            while b"Listening at" not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert fake.send(log.read_text().split("Listening at ")[1].split()[0]) == 202
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
        assert fake.entries[1]["content"].strip() == report.strip()
    assert "1 written" in log.read_text()
    assert not any(word in log.read_text() for word in (TOKEN, SECRET, "Gratis"))


def test_the_process_without_settings() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MINIFLUX_")}
    done = subprocess.run([sys.executable, "-m", "integrations.miniflux"], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stderr == "integrations.miniflux: MINIFLUX_URL and MINIFLUX_API_KEY and MINIFLUX_WEBHOOK_SECRET must be set\n"


def test_what_is_logged_holds_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with miniflux(REPORT + OFFER) as fake:
        with listening(webhook(fake)) as url:
            fake.send(url)
        assert json.dumps(fake.calls)
    assert "entries: 1 written" in caplog.text
    assert "Umsatz" not in caplog.text
