"""The library's results as the service answers them: fail-soft, with warnings, offsets in the caller's unit."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from flask import Response

from api import metrics
from api.exchange import current
from api.offsets import converter
from api.schemas import CleanRequest
from api.service import service
from detector import LABELS, Evidence, Headline, HtmlResult, HtmlSegment, Result
from detector.caution import is_doubtful
from detector.labels import DEFAULT_REMOVE

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


def _clean(article: CleanRequest, remove: Collection[str]) -> tuple[Result, str]:
    """Return the result, and the text in which its offsets count."""
    detector = service().detector
    options: dict[str, Any] = {
        "title": article.title,
        "language": article.language,
        "remove": remove,
        "threshold": article.threshold,
        "explain": article.explain,
    }
    if not article.is_html:
        return detector.clean(article.text, **options), article.text
    result = detector.clean_html(article.html, page=article.page, **options)
    return result, result.extracted


def _softened(article: CleanRequest, text: str, result: Result) -> Result:
    """Return the result with nothing removed."""
    if not isinstance(result, HtmlResult):
        return replace(result, text=text, segments=tuple(replace(s, removed=False) for s in result.segments))
    segments = tuple(replace(s, removed=False) for s in result.segments)
    # Of a page its main content comes back, as it is.
    whole = _clean(article, ())[0] if article.page else None
    return replace(result, text=text, segments=segments, html=whole.html if isinstance(whole, HtmlResult) else article.html)


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
    exchange = current()
    with service().turn():
        result, text = _clean(article, DEFAULT_REMOVE if article.remove is None else article.remove)
        is_soft = not article.insist and is_doubtful(text, result)
        if is_soft:
            result = _softened(article, text, result)
    exchange.n_documents += 1
    exchange.n_chars += len(text)
    n_removed = sum(s.end - s.start for s in result.segments if s.removed)
    metrics.DOCUMENTS.labels(result.verdict).inc()
    metrics.CHARS.labels("removed").inc(n_removed)
    metrics.CHARS.labels("kept").inc(len(text) - n_removed)
    return _answer(article, text, result, is_soft)


def _answer(article: CleanRequest, text: str, result: Result, is_soft: bool) -> dict[str, Any]:
    warnings = []
    if is_soft:
        detail = "Nearly the whole text would have been removed, so it comes back unchanged; send insist to have it removed."
        warnings.append({"code": "mostly_promotional", "detail": detail})
    if result.language.code not in LANGUAGES:
        detail = f"The language is {result.language.code}; the model was made for German and English and removes little elsewhere."
        warnings.append({"code": "language", "detail": detail})
    offset = converter(text, article.offset_unit)
    html_offset = converter(article.html, article.offset_unit)
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
            item["text"] = text[segment.start : segment.end]
            item["scores"] = dict(zip(LABELS, segment.scores, strict=True))
            item["evidence"] = evidence(segment.evidence)
        if isinstance(segment, HtmlSegment):
            item["html_spans"] = [{"start": html_offset(span.start), "end": html_offset(span.end)} for span in segment.html_spans]
        segments.append(item)
    html = {"html": result.html, "extracted": text} if isinstance(result, HtmlResult) else {}
    return {
        "text": result.text,
        **html,
        "language": {"code": result.language.code, "score": result.language.score},
        "model_version": service().model_version,
        "verdict": result.verdict,
        "promotional_share": result.promotional_share,
        "headline": _headline(result.headline),
        "warnings": warnings,
        "offset_unit": article.offset_unit,
        "segments": segments,
    }
