"""What a text is as a whole, by how much of it is promotional."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detector.labels import LABELS, UNWANTED
from detector.result import Segment, Verdict

__all__ = ["PROMOTIONAL_SHARE", "n_solid", "promotional_share", "verdict_of"]

PROMOTIONAL_SHARE: Final = 0.8
"""Share of promotional characters from which a text counts as promotional as a whole."""

_NAMES: Final = tuple(LABELS[k] for k in UNWANTED)


def promotional_share(text: str, segments: Iterable[Segment]) -> float:
    """Return the promotional part of the characters that are not white space, in [0, 1]."""
    unwanted = sum(n_solid(text[s.start : s.end]) for s in segments if s.label in _NAMES)
    return unwanted / n_solid(text) if unwanted else 0.0


def verdict_of(share: float) -> Verdict:
    """Return the verdict on a text with this promotional share."""
    return "editorial" if share == 0 else "promotional" if share >= PROMOTIONAL_SHARE else "mixed"


def n_solid(text: str) -> int:
    """Return the number of characters that are not white space."""
    return sum(map(len, text.split()))
