"""``GET /``: the page for people."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from api.operations import Resource
from api.service import service
from detector.labels import DEFAULT_REMOVE, LABELS

__all__ = ["PAGE_POLICY", "RESOURCE"]

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the pages: nothing inline, nothing from elsewhere."""

TONGUES: Final = ("de", "en")
"""Languages of the page."""

_STATIC: Final = Path(__file__).parent.parent / "static"

blueprint = Blueprint("page", __name__)


@cache
def _words(tongue: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_STATIC / f"{tongue}.json").read_text(encoding="utf-8"))
    return words


@blueprint.get("/")
def page() -> Response:
    """Show the page, in the language asked for or the browser's."""
    asked = request.args.get("lang", "")
    tongue = asked if asked in TONGUES else request.accept_languages.best_match(TONGUES) or "en"
    content = render_template(
        "page.html",
        tongue=tongue,
        tongues=TONGUES,
        words=_words(tongue),
        labels=LABELS,
        removed=DEFAULT_REMOVE,
        has_keys=service().has_keys,
    )
    response = Response(content, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Content-Language"] = tongue
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Say that there is no picture but the one that the page names."""
    return Response(status=204)


RESOURCE = Resource(blueprint)
