"""The library's results as the service answers them: fail-soft, with warnings, offsets in the caller's unit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from flask import Response

from api import metrics
from api.exchange import current
from api.offsets import converter
from api.schemas import CleanRequest
from api.service import service
from detector import LABELS, Evidence, Headline, Result
from detector.labels import DEFAULT_REMOVE
from detector.verdict import PROMOTIONAL_SHARE

__all__ = ["cleaned", "evidence", "json_bytes", "json_response"]

LANGUAGES: Final = ("de", "en", "und")
"""Languages that need no warning."""


def json_bytes(value: object) -> bytes:
    """Return a value as JSON in UTF-8; in ASCII where a lone surrogate has no UTF-8."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def json_response(value: object, status: int = 200) -> Response:
    """Return a response of JSON."""
    return Response(json_bytes(value), status, content_type="application/json")


def evidence(items: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    """Return evidence as plain values."""
    return [{"text": item.text, "share": item.share} for item in items]


def _headline(headline: Headline | None) -> dict[str, Any] | None:
    return None if headline is None else {"score": headline.score, "evidence": evidence(headline.evidence)}


def _removed_share(text: str, result: Result) -> float:
    """Return the removed part of the characters that are not white space."""
    n_removed = sum(len("".join(text[s.start : s.end].split())) for s in result.segments if s.removed)
    return n_removed / max(1, len("".join(text.split()))) if n_removed else 0.0


def _softened(text: str, result: Result) -> tuple[Result, bool]:
    """Return the result with nothing removed if nearly everything would go, and whether it is so."""
    would_go = _removed_share(text, result)
    if not would_go or (result.verdict != "promotional" and would_go < PROMOTIONAL_SHARE):
        return result, False
    return replace(result, text=text, segments=tuple(replace(s, removed=False) for s in result.segments)), True


def cleaned(article: CleanRequest) -> dict[str, Any]:
    """Clean an article.

    Parameters
    ----------
    article : CleanRequest

    Returns
    -------
    dict
        A `CleanAnswer` as plain values.

    Raises
    ------
    Problem
        If the service is too busy.
    """
    shared, exchange = service(), current()
    with shared.turn():
        result = shared.detector.clean(
            article.text,
            title=article.title,
            language=article.language,
            remove=DEFAULT_REMOVE if article.remove is None else article.remove,
            threshold=article.threshold,
            explain=article.explain,
        )
    is_soft = False
    if not article.insist:
        result, is_soft = _softened(article.text, result)
    exchange.n_documents += 1
    exchange.n_chars += len(article.text)
    n_removed = sum(s.end - s.start for s in result.segments if s.removed)
    metrics.DOCUMENTS.labels(result.verdict).inc()
    metrics.CHARS.labels("removed").inc(n_removed)
    metrics.CHARS.labels("kept").inc(len(article.text) - n_removed)
    return _answer(article, result, is_soft)


def _answer(article: CleanRequest, result: Result, is_soft: bool) -> dict[str, Any]:
    warnings = []
    if is_soft:
        detail = "Nearly the whole text would have been removed, so it comes back unchanged; send insist to have it removed."
        warnings.append({"code": "mostly_promotional", "detail": detail})
    if result.language.code not in LANGUAGES:
        detail = f"The language is {result.language.code}; the model was made for German and English and removes little elsewhere."
        warnings.append({"code": "language", "detail": detail})
    offset = converter(article.text, article.offset_unit)
    segments = []
    for segment in result.segments:
        item: dict[str, Any] = {
            "start": offset(segment.start),
            "end": offset(segment.end),
            "label": segment.label,
            "score": segment.score,
            "removed": segment.removed,
        }
        if article.explain:
            item["text"] = article.text[segment.start : segment.end]
            item["scores"] = dict(zip(LABELS, segment.scores, strict=True))
            item["evidence"] = evidence(segment.evidence)
        segments.append(item)
    return {
        "text": result.text,
        "language": {"code": result.language.code, "score": result.language.score},
        "model_version": service().model_version,
        "verdict": result.verdict,
        "promotional_share": result.promotional_share,
        "headline": _headline(result.headline),
        "warnings": warnings,
        "offset_unit": article.offset_unit,
        "segments": segments,
    }
