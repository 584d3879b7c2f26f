"""``GET /metrics``: counts and times for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response

from api import metrics as counts
from api.operations import Operation, Resource

__all__ = ["RESOURCE"]

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the counts of all workers."""
    return Response(counts.render(), content_type=counts.CONTENT_TYPE)


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="metrics",
            method="GET",
            path="/metrics",
            summary="Give counts and times",
            description="In the text format of Prometheus, added up over all workers.",
            answer="text/plain",
            is_guarded=False,
        ),
    ),
)
