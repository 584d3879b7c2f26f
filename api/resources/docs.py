"""``GET /openapi.json`` and ``GET /docs``: the API described, for machines and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import flask_swagger_ui
from flask import Blueprint, Response, render_template, send_from_directory

from api.answers import json_response
from api.operations import Operation, Resource
from api.resources.page import PAGE_POLICY
from api.service import service

__all__ = ["RESOURCE"]

_DIST: Final = Path(flask_swagger_ui.__file__).parent / "dist"
_FILES: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

blueprint = Blueprint("docs", __name__)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Give the OpenAPI document."""
    return json_response(service().document)


@blueprint.get("/docs")
def docs() -> Response:
    """Show the OpenAPI document."""
    response = Response(render_template("docs.html"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@blueprint.get("/docs/<any(%s):name>" % ", ".join(f'"{name}"' for name in _FILES))  # noqa: UP031
def asset(name: str) -> Response:
    """Give a file of Swagger UI."""
    response = send_from_directory(_DIST, name, max_age=86400)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="openapi",
            method="GET",
            path="/openapi.json",
            summary="Give this document",
            description="The API as OpenAPI describes it.",
            answer="application/json",
            is_guarded=False,
        ),
    ),
)
