"""What is counted, for Prometheus; the only place that names a metric.

Behind gunicorn each worker counts in files of its own, which the answer adds up. The files belong to a place among the
workers, not to a process: a worker that takes the place of another counts on, so reloads leave no files behind.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = ["CHARS", "CONTENT_TYPE", "DOCUMENTS", "DURATION", "RUNNING", "free_place", "render", "take_place"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_place: str = "main"

if _FOLDER in os.environ:
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: _place)  # type: ignore[no-untyped-call]

DURATION: Final = Histogram(
    "promo_detector_request_seconds",
    "Time from the first byte of a request's head to the last of its answer",
    ["route", "method", "status"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DOCUMENTS: Final = Counter("promo_detector_documents", "Articles that were cleaned", ["verdict"])
CHARS: Final = Counter("promo_detector_chars", "Characters of articles, by what became of them", ["fate"])
RUNNING: Final = Gauge("promo_detector_requests_running", "Requests that are being answered", multiprocess_mode="livesum")


def take_place(place: int) -> None:
    """Count in the files of a place, as the worker there."""
    global _place
    _place = str(place)


def free_place(place: int) -> None:
    """Forget what only counts while the worker of a place lives."""
    mark_process_dead(place)  # type: ignore[no-untyped-call]


def render() -> bytes:
    """Return all counts, of all workers, in the text format of Prometheus."""
    if _FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
