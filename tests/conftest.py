import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from marked import MarkedDetector

from api import create_app
from detector import Detector

ROOT = Path(__file__).parent.parent


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningServer:
    """A service in a process of its own."""

    process: subprocess.Popen[bytes]
    log_path: Path
    port: int = field(default=0)
    expected: tuple[str, ...] = ()
    """Begins of the errors that a test provokes."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_path.read_text(encoding="utf-8").splitlines()]

    def ask(self, path: str, body: Any = None, headers: dict[str, str] | None = None, method: str | None = None) -> Answer:
        """Ask on a connection of its own; a body that is not bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        known = {"Content-Type": "application/json"} if data is not None else {}
        with contextlib.closing(connection):
            connection.request(method or ("GET" if data is None else "POST"), path, data, known | (headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())

    def wait_until_ready(self, timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self.process.poll() is None:
            listening = [entry["event"] for entry in self.log() if entry["event"].startswith("Listening at")]
            if listening:
                self.port = int(listening[0].split(" ")[2].rpartition(":")[2])
                with contextlib.suppress(OSError):
                    if self.ask("/readyz").status == 200:
                        return
            time.sleep(0.05)
        raise AssertionError(self.log_path.read_text(encoding="utf-8"))

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sorted(int(child) for child in children)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        finally:
            self.process.kill()


Serve = Callable[..., RunningServer]


@contextlib.contextmanager
def serving() -> Iterator[Serve]:
    """Start services; each ends, without an error, when the block does."""
    with contextlib.ExitStack() as stack:

        def serve(**settings: object) -> RunningServer:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = [text for name, value in settings.items() for text in (f"--{name.replace('_', '-')}", str(value))]
            log = stack.enter_context((folder / "log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-m", "api.command", "serve", "--port", "0", *options],
                stderr=log,
                env={name: value for name, value in os.environ.items() if not name.startswith("PROMO_DETECTOR_")},
            )
            server = RunningServer(process, folder / "log")
            stack.callback(_stop, server)
            server.wait_until_ready()
            return server

        yield serve


def _stop(server: RunningServer) -> None:
    code = server.stop()
    assert code == 0, server.log_path.read_text(encoding="utf-8")
    errors = [entry for entry in server.log() if entry["level"] in ("error", "critical")]
    failures = [entry for entry in errors if not entry["event"].startswith(server.expected or "\n")]
    assert not failures, failures


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app()


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


# No test fails for being slow: speed is what the benchmarks are for.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def marked() -> MarkedDetector:
    return MarkedDetector()


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """A service with the settings that an operator gets without choosing any, on a free port."""
    with serving() as serve:
        yield serve()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start services with settings of their own."""
    with serving() as start:
        yield start
