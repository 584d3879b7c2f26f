"""Deadlines of clients that send or read too slowly; the worker's main thread ends what is overdue.

A thread that waits for a socket cannot be told to stop, but its socket can be shut: reading then sees the end, writing
an error. Outside of gunicorn there is no socket to shut, and nothing here does anything.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Final

__all__ = ["Deadlines", "deadlines"]


class Deadlines:
    """The sockets that are waited for, and until when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reads: dict[socket.socket, float] = {}
        self._late: set[socket.socket] = set()

    def expect(self, client: socket.socket | None, timeout_s: float) -> None:
        """Give a client so many seconds from now to send what is waited for."""
        if client is not None:
            with self._lock:
                self._reads[client] = time.monotonic() + timeout_s

    def arrived(self, client: socket.socket | None) -> None:
        """Wait for a client no longer."""
        if client is not None:
            with self._lock:
                self._reads.pop(client, None)

    def is_late(self, client: socket.socket | None) -> bool:
        """Tell whether a client was given up."""
        return client in self._late

    def forget(self, client: socket.socket) -> None:
        """Drop what is known of a client that is done with."""
        with self._lock:
            self._reads.pop(client, None)
            self._late.discard(client)

    def enforce(self) -> None:
        """End reading from the clients that are overdue; they can still be answered."""
        now = time.monotonic()
        with self._lock:
            overdue = [client for client, until in self._reads.items() if until < now]
            for client in overdue:
                del self._reads[client]
                self._late.add(client)
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RD)


deadlines: Final = Deadlines()
"""Those of this process."""
