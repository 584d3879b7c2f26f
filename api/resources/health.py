"""``GET /healthz`` and ``GET /readyz``: whether the process lives, and whether the model answers."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from api.answers import json_response
from api.logs import log_failure
from api.operations import Operation, Resource
from api.problems import Problem
from api.schemas import StatusAnswer
from api.service import service

__all__ = ["RESOURCE"]

PROBE: Final = "The company raised its forecast.\n\nSubscribe now!"

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that the process answers."""
    return json_response({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether the model answers."""
    try:
        service().detector.clean(PROBE, language="en")
    except Exception as error:
        log_failure(error)
        raise Problem("busy", "The model does not answer.", headers={"Retry-After": "5"}) from None
    return json_response({"status": "ready"})


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="healthz",
            method="GET",
            path="/healthz",
            summary="Tell whether the process lives",
            description="Answers as long as the process does.",
            answer=StatusAnswer,
            is_guarded=False,
        ),
        Operation(
            name="readyz",
            method="GET",
            path="/readyz",
            summary="Tell whether the model answers",
            description="Cleans a short text, and answers 503 where that fails.",
            answer=StatusAnswer,
            problems=("busy",),
            is_guarded=False,
        ),
    ),
)
