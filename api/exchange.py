"""What surrounds each request: its id, its times, its line in the log, its counts, the headers of its answer."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from flask import Flask, Response, g, request

from api import metrics
from api.logs import logger

__all__ = ["STRICT_POLICY", "Exchange", "current", "register"]

STRICT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of all that is no page."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


@dataclass(slots=True)
class Exchange:
    """A request and its answer, while they last.

    Attributes
    ----------
    request_id : str
        The caller's, where it is well-formed.
    started : float
        In seconds of the monotonic clock.
    times : dict of str to float
        Seconds of each step.
    n_documents, n_chars : int
        Articles cleaned and their characters.
    digest : str or None
        Begin of the SHA-256 of the body; what the log has in the place of the text.
    key : str or None
        Short name of the API key.
    """

    request_id: str
    started: float
    times: dict[str, float] = field(default_factory=dict)
    n_documents: int = 0
    n_chars: int = 0
    digest: str | None = None
    key: str | None = None

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of a block to a step."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.times[step] = self.times.get(step, 0.0) + time.perf_counter() - begin

    def saw(self, body: bytes) -> None:
        """Remember which body came, by its digest."""
        self.digest = hashlib.sha256(body).hexdigest()[:16]

    def server_timing(self) -> str:
        """Return the value of the header ``Server-Timing``, in milliseconds."""
        steps = {**self.times, "total": time.monotonic() - self.started}
        return ", ".join(f"{step};dur={seconds * 1000:.2f}" for step, seconds in steps.items())


def current() -> Exchange:
    """Return the exchange that is under way."""
    return cast(Exchange, g.exchange)


def register(app: Flask, write_timeout_s: float) -> None:
    """Surround every request of an application.

    Parameters
    ----------
    app : Flask
    write_timeout_s : float
        How long a client may take to read a part of its answer.
    """

    @app.before_request
    def _begin() -> None:
        client = request.environ.get("gunicorn.socket")
        if client is not None:
            client.settimeout(write_timeout_s)
        stated = request.headers.get("X-Request-Id", "")
        g.exchange = Exchange(stated if _REQUEST_ID.fullmatch(stated) else uuid.uuid4().hex, time.monotonic())
        metrics.RUNNING.inc()

    @app.after_request
    def _end(response: Response) -> Response:
        exchange = current()
        headers = response.headers
        headers["X-Request-Id"] = exchange.request_id
        headers["Server-Timing"] = exchange.server_timing()
        headers.setdefault("Content-Security-Policy", STRICT_POLICY)
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        method, status = request.method, response.status_code
        # A rule, never an address: addresses that nobody serves would make a metric of their own each.
        route = request.url_rule.rule if request.url_rule is not None else "unknown"

        def close() -> None:
            # Only now is a stream at its end, or its client gone.
            seconds = time.monotonic() - exchange.started
            metrics.RUNNING.dec()
            metrics.DURATION.labels(route, method, status).observe(seconds)
            logger().info(
                "request",
                request_id=exchange.request_id,
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
                n_documents=exchange.n_documents,
                n_chars=exchange.n_chars,
                body_sha256=exchange.digest,
                key=exchange.key,
            )

        response.call_on_close(close)
        return response
