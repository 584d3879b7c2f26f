"""Errors to RFC 9457 problem documents; the only place that does so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Flask, Response, g
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from api.logs import log_failure
from detector import InputError

__all__ = ["KINDS", "MEDIA_TYPE", "Problem", "document", "pointer", "register", "respond", "validation_problem"]

MEDIA_TYPE: Final = "application/problem+json"

MAX_ERRORS: Final = 20
"""Most mistakes that one document lists."""

KINDS: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The body is not valid JSON in UTF-8"),
    "cut-off": (400, "The body ended early or cannot be unpacked"),
    "unauthorized": (401, "An API key is needed"),
    "not-found": (404, "Nothing is here"),
    "method": (405, "The method is not allowed here"),
    "too-slow": (408, "The body did not arrive in time"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The type or the encoding of the body is not supported"),
    "invalid": (422, "A field has a value that is not allowed"),
    "not-a-feed": (422, "The document cannot be read as a feed"),
    "rate": (429, "Too many requests"),
    "failed": (500, "The server failed"),
    "busy": (503, "The service cannot answer now"),
}
"""Each kind of problem: its status and its title. The kind is the end of the document's ``type``."""

_BY_STATUS: Final = {status: kind for kind, (status, _) in reversed(KINDS.items())}


class Problem(Exception):
    """Something that is answered with a problem document.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    detail : str
        What went wrong this time, and what is allowed.
    errors : iterable of (str, str)
        JSON pointer (RFC 6901) and detail of each mistake in the body.
    headers : mapping of str to str, optional
        Further headers of the response.
    """

    def __init__(self, kind: str, detail: str, errors: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.headers = kind, detail, tuple(errors), dict(headers or {})


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path.

    Examples
    --------
    >>> pointer(["documents", 3, "a/b"])
    '/documents/3/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def validation_problem(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> Problem:
    """Return the problem of a body that a schema refuses.

    Parameters
    ----------
    error : ValidationError
    prefix : tuple of str or int
        Where in the request's body the refused value stands.
    """
    errors = []
    for item in error.errors(include_url=False, include_input=False)[:MAX_ERRORS]:
        message = item["msg"]
        if item["type"] == "extra_forbidden":
            message = "This field is not known"
        elif item["type"] == "missing":
            message = "This field is required"
        errors.append((pointer((*prefix, *item["loc"])), message))
    first, message = errors[0]
    return Problem("invalid", f"{first or 'the body'}: {message}", errors)


def document(problem: Problem, request_id: str | None = None) -> dict[str, Any]:
    """Return the problem document as plain values."""
    status, title = KINDS[problem.kind]
    body: dict[str, Any] = {
        "type": f"urn:promo-detector:problem:{problem.kind}",
        "title": title,
        "status": status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["pointer"] = problem.errors[0][0]
        body["errors"] = [{"pointer": where, "detail": detail} for where, detail in problem.errors]
    if request_id is not None:
        body["request_id"] = request_id
    return body


def respond(problem: Problem) -> Response:
    """Return the response to a problem."""
    exchange = g.get("exchange")
    body = document(problem, exchange.request_id if exchange else None)
    response = Response(json.dumps(body) + "\n", body["status"], content_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    if problem.kind in ("cut-off", "too-slow", "too-large"):
        # The rest of the body is not read, so the next request cannot be found on this connection.
        response.headers["Connection"] = "close"
    return response


def input_problem(error: InputError, prefix: tuple[str | int, ...] = ()) -> Problem:
    """Return the problem of a value that the library refuses."""
    return Problem("invalid", str(error), [(pointer((*prefix, error.field)), error.message)])


def register(app: Flask) -> None:
    """Answer every error of an application with a problem document."""

    @app.errorhandler(Problem)
    def _problem(error: Problem) -> Response:
        return respond(error)

    @app.errorhandler(InputError)
    def _input(error: InputError) -> Response:
        return respond(input_problem(error))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        kind = _BY_STATUS.get(status, "malformed" if status < 500 else "failed")
        response = respond(Problem(kind, error.description or error.name))
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log_failure(error)
        return respond(Problem("failed", "The request was not carried out. The log has more under the request's id."))
