"""Errors to RFC 9457 problem documents; the only place that does so."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from detector import InputError

__all__ = ["Problem", "register"]

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """A client's mistake that is answered with a problem document.

    Parameters
    ----------
    status : int
        HTTP status, from 400 on.
    title : str
        What kind of problem it is; the same for every occurrence.
    detail : str
        What went wrong this time, with the value and the allowed range.
    pointer : str, optional
        JSON pointer (RFC 6901) to the field.
    """

    def __init__(self, status: int, title: str, detail: str, pointer: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.pointer = status, title, detail, pointer


def _respond(problem: Problem) -> Response:
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    if problem.pointer is not None:
        body["pointer"] = problem.pointer
    return Response(json.dumps(body) + "\n", problem.status, content_type=MEDIA_TYPE)


def register(app: Flask) -> None:
    """Answer every error of an application with a problem document."""

    @app.errorhandler(Problem)
    def _problem(error: Problem) -> Response:
        return _respond(error)

    @app.errorhandler(InputError)
    def _input(error: InputError) -> Response:
        return _respond(Problem(422, "A field has a value that is not allowed", str(error), f"/{error.field}"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        response = _respond(Problem(error.code or 500, error.name, error.description or error.name))
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        logging.getLogger(__name__).exception("unexpected error")
        return _respond(Problem(500, "Internal Server Error", "The server failed; the article was not processed."))
