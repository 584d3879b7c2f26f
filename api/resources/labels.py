"""``GET /v1/labels``: what the labels mean and which of them go."""

from __future__ import annotations

from flask import Blueprint, Response

from api.answers import json_response
from api.operations import Operation, Resource
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import LabelsAnswer
from api.service import service
from detector.labels import DEFAULT_REMOVE, LABELS, MEANINGS, UNWANTED

__all__ = ["RESOURCE"]

blueprint = Blueprint("labels", __name__)


@blueprint.get("/v1/labels")
def labels() -> Response:
    """List the labels."""
    tag = entity_tag()
    if is_repeat(tag):
        return not_modified(tag)
    shared = service()
    unwanted = [LABELS[column] for column in UNWANTED]
    value = [
        {
            "name": label,
            "meaning": MEANINGS[label],
            "removed_by_default": label in DEFAULT_REMOVE,
            "threshold": float(shared.detector.model.threshold) if label in unwanted else None,
        }
        for label in LABELS
    ]
    return tagged(json_response({"model_version": shared.model_version, "labels": value}), tag)


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="labels",
            method="GET",
            path="/v1/labels",
            summary="List the labels",
            description="Each label with its meaning, whether it is removed by default, and its threshold.",
            answer=LabelsAnswer,
            has_tag=True,
        ),
    ),
)
