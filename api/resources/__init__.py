"""What the service offers: one file a resource, each with one blueprint and its part of the OpenAPI document.

A new resource is a file here and a line in `RESOURCES`.
"""

from api.operations import Resource
from api.resources import batch, clean, docs, feed, headline, health, labels, metrics, model, page

__all__ = ["RESOURCES"]

RESOURCES: tuple[Resource, ...] = (
    clean.RESOURCE,
    batch.RESOURCE,
    feed.RESOURCE,
    headline.RESOURCE,
    labels.RESOURCE,
    model.RESOURCE,
    health.RESOURCE,
    metrics.RESOURCE,
    docs.RESOURCE,
    page.RESOURCE,
)
"""Each resource, in the order of the OpenAPI document."""
