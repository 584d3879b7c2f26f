"""Who may ask, and how often: API keys, the rate limit, and the origins whose pages may call."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import math
import mmap
import os
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable
from typing import Final

from flask import Flask, Response, request

from api.exchange import current
from api.problems import Problem

__all__ = ["Keyring", "Limiter", "register"]

GUARDED: Final = "/v1/"
"""Begin of the addresses that keys open and the rate limit counts."""

_METHODS: Final = "GET, POST"
_HEADERS: Final = "Authorization, Content-Encoding, Content-Type, If-None-Match, X-Api-Key, X-Request-Id"
_EXPOSED: Final = "ETag, Retry-After, Server-Timing, X-Items, X-Items-Changed, X-Items-Dropped, X-Items-Promotional, X-Request-Id"


class Keyring:
    """The API keys, held as digests.

    Parameters
    ----------
    keys : iterable of str
        None at all opens the service.

    Examples
    --------
    >>> ring = Keyring(["correct-horse-battery"])
    >>> ring.name_of("correct-horse-battery"), ring.name_of("guess")
    ('62249369', None)
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = tuple(hashlib.sha256(key.encode()).digest() for key in keys)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def name_of(self, key: str) -> str | None:
        """Return the short name of a key, or None if it is not on the ring.

        All keys are compared, each in constant time, so the time tells nothing.
        """
        asked = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(digest, asked)
        return asked.hex()[:8] if found else None


class Limiter:
    """A rate limit that all workers share: the generic cell rate algorithm on a page of memory.

    Each caller has a bucket that holds the time at which it would be empty again. Memory is bounded: callers are spread
    over a fixed number of buckets by a salted digest, so two that share one share its limit, which is rare.

    Parameters
    ----------
    per_minute : int
        Requests; 0 for no limit. All of them may come at once.
    n_buckets : int
    """

    def __init__(self, per_minute: int, n_buckets: int = 1 << 14) -> None:
        self.per_minute, self._n_buckets = per_minute, n_buckets
        if per_minute:
            self._times = mmap.mmap(-1, 8 * n_buckets)  # shared with the workers that are forked later
            self._salt = os.urandom(16)
            self._threads = threading.Lock()
            # A lock on a file ends with the process that holds it, however that ends.
            self._file, path = tempfile.mkstemp(prefix="promo-detector-")
            os.unlink(path)
            weakref.finalize(self, os.close, self._file)

    def wait(self, caller: str, now: float | None = None) -> float:
        """Count a request.

        Parameters
        ----------
        caller : str
        now : float, optional
            Seconds of the monotonic clock, which all processes of a machine share.

        Returns
        -------
        float
            0 if the request is within the limit, else the seconds after which the next one will be.

        Examples
        --------
        >>> limiter = Limiter(2)
        >>> [limiter.wait("a", now=0.0) for _ in range(3)], limiter.wait("a", now=30.0)
        ([0.0, 0.0, 30.0], 0.0)
        """
        if not self.per_minute:
            return 0.0
        now = time.monotonic() if now is None else now
        digest = hashlib.blake2b(caller.encode("utf-8", "surrogatepass"), digest_size=8, key=self._salt).digest()
        at = 8 * (int.from_bytes(digest, "big") % self._n_buckets)
        interval = 60 / self.per_minute
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                empty = max(struct.unpack_from("d", self._times, at)[0], now)
                wait = float(empty - now - (60 - interval))
                if wait > 1e-9:
                    return wait
                struct.pack_into("d", self._times, at, empty + interval)
                return 0.0
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


def _stated_key() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else request.headers.get("X-Api-Key", "")


def register(app: Flask, keys: Iterable[str], limiter: Limiter, cors_origins: Iterable[str]) -> None:
    """Guard the addresses under ``/v1/`` of an application."""
    ring = Keyring(keys)
    origins = frozenset(cors_origins)

    def is_allowed(origin: str | None) -> bool:
        return bool(origin) and ("*" in origins or origin in origins)

    @app.before_request
    def _guard() -> Response | None:
        if not request.path.startswith(GUARDED):
            return None
        if origins and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return Response(status=204)  # a browser asks before it calls, and cannot send a key with that
        if ring:
            name = ring.name_of(_stated_key())
            if name is None:
                detail = "Send one of the keys as 'Authorization: Bearer KEY' or as 'X-Api-Key: KEY'."
                raise Problem("unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
            current().key = name
        wait = limiter.wait(current().key or request.remote_addr or "")
        if wait:
            detail = f"More than {limiter.per_minute} requests a minute."
            raise Problem("rate", detail, headers={"Retry-After": str(math.ceil(wait))})
        return None

    @app.after_request
    def _cors(response: Response) -> Response:
        if origins and request.path.startswith(GUARDED):
            response.vary.add("Origin")
            origin = request.headers.get("Origin")
            if is_allowed(origin):
                response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else str(origin)
                response.headers["Access-Control-Expose-Headers"] = _EXPOSED
                if request.method == "OPTIONS":
                    response.headers["Access-Control-Allow-Methods"] = _METHODS
                    response.headers["Access-Control-Allow-Headers"] = _HEADERS
                    response.headers["Access-Control-Max-Age"] = "600"
        return response
