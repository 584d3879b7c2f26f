"""Gunicorn's threaded worker, with deadlines for slow clients and problem documents for what is no HTTP.

The methods that are overridden are gunicorn's own for a connection, a request and the turn of its main loop;
`pyproject.toml` holds gunicorn to the version they belong to.
"""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any, ClassVar, Final

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from api.deadlines import deadlines
from api.problems import MEDIA_TYPE, Problem, document

__all__ = ["HEAD_TIMEOUT_S", "Worker"]

HEAD_TIMEOUT_S: Final = 15.0
"""How long a client may take for the head of a request, at most."""

SILENCE_S: Final = 0.05
"""How long a thread waits for the first byte of a new connection."""

LINGER_S: Final = 2.0
"""How long a connection is closed for, so that a client that still sends gets to read its answer."""

LINGER_BYTES: Final = 32 * 1024 * 1024
"""How much of what it still sends is passed over."""

_STATUS: Final = ((errors.LimitRequestLine, 414), (errors.LimitRequestHeaders, 431), (errors.ExpectationFailed, 417))


def _is_closed(graceful: bool = False) -> None:
    """Do nothing, in the place of closing a connection again."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """A process with threads, each of which serves a connection at a time."""

    wsgi: Any
    head_timeout_s: ClassVar[float] = HEAD_TIMEOUT_S

    def load_wsgi(self) -> None:
        """Let the application close a connection, by the header that gunicorn would pass over."""
        super().load_wsgi()
        application = self.wsgi

        def closing(environ: Any, start_response: Any) -> Any:
            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                if ("Connection", "close") in headers:
                    start_response.__self__.force_close()
                return start_response(status, headers, exc_info)

            return application(environ, start)

        self.wsgi = closing

    def handle(self, conn: Any) -> Any:
        """Serve a connection, whose request must begin and complete its head in time."""
        if self.alive and not conn.initialized and not conn.wait_for_data(SILENCE_S):
            return _DEFER  # the main loop waits for it, where gunicorn would have a thread wait for five seconds
        deadlines.expect(conn.sock, self.head_timeout_s)
        try:
            is_kept = super().handle(conn)
            if is_kept is False:
                # Gunicorn would wait for the client to close in the main thread, and all others with it.
                util.close_graceful(conn.sock, LINGER_S, LINGER_BYTES)
                conn.close = _is_closed
            return is_kept
        finally:
            deadlines.forget(conn.sock)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Serve a request whose head is complete; its body has deadlines of its own."""
        deadlines.arrived(conn.sock)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.info("gave up a client that did not read its answer")
            return False

    def murder_pending(self) -> None:
        """End what is overdue; the main loop calls this at least once a second."""
        super().murder_pending()
        deadlines.enforce()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what is no HTTP with a problem document, where gunicorn would write HTML."""
        is_parse_error = isinstance(exc, errors.ParseException)
        status = next((status for kind, status in _STATUS if isinstance(exc, kind)), 400 if is_parse_error else 500)
        if is_parse_error:
            self.log.warning("refused: %s", type(exc).__name__)
        else:
            self.log.error("failure", exc_info=exc)
        phrase = HTTPStatus(status).phrase
        body = document(Problem("malformed" if is_parse_error else "failed", phrase), uuid.uuid4().hex)
        body |= {"title": phrase, "status": status, "type": "about:blank", "detail": "The request is not HTTP/1.1 as expected."}
        content = json.dumps(body) + "\n"
        head = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(content)}\r\n\r\n"
        try:
            util.write_nonblock(client, (head + content).encode("ascii"))
        except OSError:
            self.log.debug("the client was gone before it could be told")
