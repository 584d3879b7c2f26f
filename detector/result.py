"""What the detector answers: frozen values that know nothing of input and output."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from detector.labels import Label

__all__ = ["Evidence", "Headline", "HtmlResult", "HtmlSegment", "Language", "Result", "Segment", "Span", "Verdict"]

Verdict = Literal["editorial", "mixed", "promotional"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason for a score.

    Attributes
    ----------
    text : str
        The word as it stands in the text, or ``(context)`` for what stands around the segment and for its form.
    share : float
        Its part of all that spoke for the label, in (0, 1].
    """

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A maximal run of sentences of one label inside a block.

    Attributes
    ----------
    start, end : int
        Offsets in code points of the caller's string; ``end`` is exclusive.
    label : str
        One of the five labels.
    score : float
        Calibrated probability of the label, in [0, 1]; mean over the characters of the segment.
    removed : bool
        Whether the cleaned text lacks the segment.
    evidence : tuple of Evidence
        Reasons, strongest first; empty unless they were asked for.
    scores : tuple of float
        Probability of each label, in the order of ``LABELS``, mean over the characters of the segment; empty unless reasons
        were asked for.
    """

    start: int
    end: int
    label: Label
    score: float
    removed: bool
    evidence: tuple[Evidence, ...] = ()
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """How much of a headline is clickbait: ``score`` in [0, 1], with the words that moved it."""

    score: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code of a language, ``und`` where it cannot be told, and its probability in [0, 1]."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """An article, cleaned.

    Attributes
    ----------
    text : str
        The caller's text without the removed segments.
    segments : tuple of Segment
        In order; between them, before the first and after the last stands nothing but white space.
    language : Language
    headline : Headline or None
        None without a title.
    promotional_share : float
        Characters labelled ``promotion`` or ``teaser`` among all that are not white space, in [0, 1].
    verdict : {"editorial", "mixed", "promotional"}
        ``promotional`` from a share of 0.8 on, ``editorial`` where nothing promotional was found.
    """

    text: str
    segments: tuple[Segment, ...]
    language: Language
    headline: Headline | None
    promotional_share: float
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a string: offsets in code points from 0, ``end`` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlSegment(Segment):
    """A segment of the text in an HTML document; ``start`` and ``end`` count in that text.

    Attributes
    ----------
    html_spans : tuple of Span
        Where its characters stand in the caller's HTML, in order, not touching; between two of them stand tags or white
        space that is not shown.
    """

    html_spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlResult(Result):
    """An article in HTML, cleaned.

    Attributes
    ----------
    html : str
        The caller's HTML without what was removed. With ``page``, its main content only.
    text : str
        The text in ``html``.
    extracted : str
        The text before anything was removed; the offsets of the segments count in it.
    segments : tuple of HtmlSegment
    """

    segments: tuple[HtmlSegment, ...]
    html: str
    extracted: str
