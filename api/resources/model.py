"""``GET /v1/model``: which model answers, and what was measured of it."""

from __future__ import annotations

from flask import Blueprint, Response

from api.answers import json_response
from api.operations import Operation, Resource
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import ModelAnswer
from api.service import service

__all__ = ["RESOURCE"]

blueprint = Blueprint("model", __name__)


@blueprint.get("/v1/model")
def model() -> Response:
    """Describe the model."""
    tag = entity_tag()
    if is_repeat(tag):
        return not_modified(tag)
    shared = service()
    manifest = dict(shared.detector.model.manifest)
    figures = manifest.pop("figures", {})
    value = {
        "model_version": shared.model_version,
        "package_version": shared.package_version,
        "manifest": manifest,
        "figures": figures,
    }
    return tagged(json_response(value), tag)


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="model",
            method="GET",
            path="/v1/model",
            summary="Describe the model",
            description="The manifest of the trained model and the figures measured when it was made.",
            answer=ModelAnswer,
            has_tag=True,
        ),
    ),
)
