"""The Flask application: articles in, cleaned text and labelled segments out."""

from __future__ import annotations

import json
import os
from typing import Any, Final

from flask import Flask, Response, request

from api.problems import Problem, register
from detector import Detector
from detector.labels import DEFAULT_REMOVE

__all__ = ["MAX_BODY_BYTES", "create_app"]

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""Largest body that is read."""

_FIELDS: Final = ("text", "title", "language", "remove", "threshold", "explain")


def create_app(model: str | os.PathLike[str] | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    model : path, optional
        Folder of an artifact; by default the one that comes with the package.

    Returns
    -------
    Flask

    Examples
    --------
    >>> client = create_app().test_client()
    >>> client.post("/v1/clean", json={"text": "Der Dax schloss am Freitag im Plus."}).get_json()["verdict"]
    'editorial'
    """
    app = Flask("api")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    detector = Detector() if model is None else Detector(model)
    register(app)

    @app.post("/v1/clean")
    def clean() -> Response:
        body = _body()
        result = detector.clean(
            body["text"],
            title=body.get("title"),
            language=body.get("language"),
            remove=body.get("remove", DEFAULT_REMOVE),
            threshold=body.get("threshold"),
            explain=body.get("explain", False),
        )
        return _json(result.to_dict())

    @app.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"})

    return app


def _json(value: object) -> Response:
    return Response(json.dumps(value) + "\n", content_type="application/json")


def _body() -> dict[str, Any]:
    """Return the request's object, with its fields known and the types checked that the detector does not check."""
    if request.mimetype != "application/json":
        raise Problem(415, "Unsupported Media Type", f"expected application/json, got {request.mimetype or 'nothing'}")
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise Problem(400, "The body is not valid JSON", str(error) or type(error).__name__) from None
    if not isinstance(body, dict):
        raise Problem(422, "The body is not an object", f"expected an object, got {type(body).__name__}", "")
    unknown = [name for name in body if name not in _FIELDS]
    if unknown:
        raise Problem(422, "Unknown field", f"{unknown[0]!r} is not one of {', '.join(_FIELDS)}", f"/{_escaped(unknown[0])}")
    if "text" not in body:
        raise Problem(422, "A field is missing", "text: the article is required, and may be empty", "/text")
    if not isinstance(body.get("explain", False), bool):
        raise Problem(422, "A field has a value that is not allowed", f"explain: {body['explain']!r} is not true or false", "/explain")
    return body


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
