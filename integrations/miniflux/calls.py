"""Calls of an HTTP API that speaks JSON: patient with a server that is busy or away, but never for ever."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["CallError", "Caller"]

_PASSING: Final = frozenset((408, 429, 500, 502, 503, 504))
"""Statuses after which the same call may succeed."""

MAX_PAUSE_S: Final = 30.0


class CallError(Exception):
    """A call that did not succeed.

    Parameters
    ----------
    message : str
    is_refused : bool
        Whether it was this call that the server would not or could not answer, so that another may succeed; else it is
        away or busy.
    """

    def __init__(self, message: str, is_refused: bool) -> None:
        super().__init__(message)
        self.is_refused = is_refused


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirection: it would carry the key to another place."""

    def redirect_request(self, *args: Any) -> None:
        return None


_opener: Final = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class Caller:
    """An API and how it is called.

    Parameters
    ----------
    url : str
        Where it begins, such as ``https://reader.example/miniflux``.
    headers : mapping of str to str
        Of each call, such as the one that has the key.
    timeout_s : float
        Longest silence of the server.
    n_tries : int
        Most tries of a call.
    pause_s : float
        Pause before the second try; before each further one it doubles. ``Retry-After`` may lengthen it.

    Raises
    ------
    ValueError
        If the address is not one of HTTP.

    Examples
    --------
    >>> Caller("https://reader.example/", {"X-Auth-Token": "…"}).url
    'https://reader.example'
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 20.0
    n_tries: int = 4
    pause_s: float = 0.5

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is not an address of HTTP")
        object.__setattr__(self, "url", self.url.rstrip("/"))

    def call(self, method: str, path: str, value: Mapping[str, Any]) -> Any:
        """Send a value as JSON.

        Parameters
        ----------
        method, path : str
        value : mapping

        Returns
        -------
        any
            What the server answers, read as JSON; None where it is none.

        Raises
        ------
        CallError
        """
        body = json.dumps(value).encode()
        headers = {**self.headers, "Content-Type": "application/json", "User-Agent": "promo-detector"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 the scheme was checked
        pause_s, is_refused = self.pause_s, False
        for number in range(1, self.n_tries + 1):
            wait_s, is_refused = pause_s, False
            try:
                with _opener.open(request, timeout=self.timeout_s) as response:
                    return _parsed(response.read())
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _PASSING:
                        raise CallError(f"{method} {path} is answered {error.code}", is_refused=True) from None
                    wait_s = max(wait_s, _seconds(error.headers.get("Retry-After")))
                    message, is_refused = f"{method} {path} is answered {error.code}", error.code == 500
            except (OSError, http.client.HTTPException) as error:
                message = f"{method} {path} fails: {getattr(error, 'reason', None) or error or type(error).__name__}"
            if number < self.n_tries:
                time.sleep(min(wait_s, MAX_PAUSE_S))
            pause_s *= 2
        raise CallError(f"{message}, {self.n_tries} times", is_refused)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _seconds(stated: str | None) -> float:
    return float(stated) if stated is not None and stated.isascii() and stated.isdigit() else 0.0
