"""The webhook: a WSGI application that believes what is signed and answers before it works.

Miniflux waits ten seconds for the answer and does not send an event again, so an event is taken down at once and handled
by a thread of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["Webhook"]

logger = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Largest event that is read; one holds all new entries of a feed."""


class Webhook:
    """Receive events of Miniflux.

    Parameters
    ----------
    secret : str
        That of Settings > Integrations > Webhook.
    handle : callable
        Called with the entries of each event, in a thread of its own, one event after the other.
    n_waiting : int
        Most events that wait; one more is answered 503 and lost, because Miniflux does not send it again.

    Raises
    ------
    ValueError
        If the secret is empty, which would believe anybody.

    Notes
    -----
    Which event it is, the body says, because the header is not signed.
    """

    def __init__(self, secret: str, handle: Callable[[list[Any]], object], n_waiting: int = 256) -> None:
        if not secret:
            raise ValueError("the secret of the webhook is empty")
        self._secret, self._handle = secret.encode(), handle
        self._events: queue.Queue[list[Any] | None] = queue.Queue(n_waiting)
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
        status = self._receive(environ)
        # 204 has no body, and no length of one.
        body = b"" if status == HTTPStatus.NO_CONTENT else f"{status.phrase}\n".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))] if body else []
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def close(self) -> None:
        """Handle what waits, and end."""
        if self._worker is not None:
            self._events.put(None)
            self._worker.join()
            self._worker = None

    def _receive(self, environ: WSGIEnvironment) -> HTTPStatus:
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isascii() or not length.isdigit():
            return HTTPStatus.LENGTH_REQUIRED
        if int(length) > MAX_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        body = environ["wsgi.input"].read(int(length))
        if not self.is_signed(body, environ.get("HTTP_X_MINIFLUX_SIGNATURE", "")):
            logger.warning("an event without a valid signature is refused")
            return HTTPStatus.UNAUTHORIZED
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        if not isinstance(event, dict) or event.get("event_type") != "new_entries":
            return HTTPStatus.NO_CONTENT
        entries = event.get("entries")
        if not isinstance(entries, list):
            return HTTPStatus.BAD_REQUEST
        self._start()
        try:
            self._events.put_nowait(entries)
        except queue.Full:
            logger.error("%d entries stay as they are: too many events wait", len(entries))
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.ACCEPTED

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Tell whether a body has its signature: the HMAC-SHA256 of its bytes, in hexadecimal digits.

        Examples
        --------
        >>> webhook = Webhook("secret", print)
        >>> webhook.is_signed(b"{}", "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13")
        True
        >>> webhook.is_signed(b"{}", "")
        False
        """
        right = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass"))

    def _start(self) -> None:
        # Not before the first event: a server that forks would leave the thread behind.
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="miniflux", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        while (entries := self._events.get()) is not None:
            try:
                self._handle(entries)
            except Exception:
                logger.exception("%d entries stay as they are", len(entries))
