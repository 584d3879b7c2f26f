"""What the detector answers: frozen values that know nothing of input and output."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from detector.labels import Label

__all__ = ["Evidence", "Headline", "Language", "Result", "Segment", "Verdict"]

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
    """

    start: int
    end: int
    label: Label
    score: float
    removed: bool
    evidence: tuple[Evidence, ...] = ()


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
