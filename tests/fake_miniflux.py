"""A stand-in for Miniflux that keeps to its contract, as far as the handler meets it.

Its source and documentation say: events are signed with HMAC-SHA256 over the bytes of the body, in hexadecimal digits;
they are sent once, with ten seconds of patience. An entry is changed by ``PUT /v1/entries/{id}`` with ``X-Auth-Token`` and
``title`` and ``content``, each of which may be absent but not empty; the answer is 201 and the entry. Changing one sends
no event.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "c0ffee" * 8
TOKEN = "the-key-of-the-reader"


@dataclass
class FakeMiniflux:
    """Miniflux with one user and one feed."""

    entries: dict[int, dict[str, Any]]
    failures: list[int] = field(default_factory=list)
    """Statuses that the next calls are answered with."""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""
    on_write: Any = None

    def event(self, *numbers: int, event_type: str = "new_entries") -> bytes:
        feed = {"id": 7, "user_id": 1, "feed_url": "https://house.example/feed", "site_url": "https://house.example", "title": "House"}
        entries = [self.entries[number] for number in numbers or sorted(self.entries)]
        return json.dumps({"event_type": event_type, "feed": feed, "entries": entries}).encode()

    def sign(self, body: bytes, secret: str = SECRET) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def send(self, to: str, body: bytes | None = None, signature: str | None = "", event_type: str = "new_entries") -> int:
        """Send an event; an empty signature is the right one, None is none at all."""
        body = self.event() if body is None else body
        headers = {"Content-Type": "application/json", "User-Agent": "Miniflux/2.2.18", "X-Miniflux-Event-Type": event_type}
        if signature is not None:
            headers["X-Miniflux-Signature"] = signature or self.sign(body)
        try:
            with urllib.request.urlopen(urllib.request.Request(to, body, headers), timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def answer(self, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        value = json.loads(body)
        self.calls.append((method, path, value))
        if self.failures:
            return self.failures.pop(0), {"error_message": "not now"}
        if token != TOKEN:
            return 401, {"error_message": "Access Unauthorized"}
        begin, _, number = path.rpartition("/")
        if method != "PUT" or begin != "/reader/v1/entries":
            return 404, {"error_message": "Not found"}
        if any(value.get(name) == "" for name in ("title", "content")):
            return 400, {"error_message": "the entry content cannot be empty"}
        entry = self.entries.get(int(number))
        if entry is None:
            return 404, {"error_message": "Not found"}
        entry.update({name: value[name] for name in ("title", "content") if name in value})
        if self.on_write is not None:
            self.on_write()
        return 201, entry


@contextmanager
def miniflux(*contents: str, title: str = "Harkort verdient mehr") -> Iterator[FakeMiniflux]:
    """Run a fake with entries of these contents, numbered from 1, under a path such as a proxy gives it."""
    entries = {n: {"id": n, "user_id": 1, "feed_id": 7, "title": title, "content": c} for n, c in enumerate(contents, 1)}
    fake = FakeMiniflux(entries)

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, value = fake.answer(self.command, self.path, self.headers.get("X-Auth-Token"), body)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_port}/reader/"
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
