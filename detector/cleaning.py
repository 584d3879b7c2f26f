"""Decisions to cleaned text, true to the byte.

What is kept is the caller's own string. Only the white space around a removed stretch is tidied: where two kept pieces
come to meet, the wider of the two gaps stays; at the ends of the text the gap goes with what was removed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.result import Segment

__all__ = ["cut"]


def cut(text: str, segments: Sequence[Segment]) -> tuple[str, NDArray[np.int64]]:
    """Cut the removed segments out of a text.

    Parameters
    ----------
    text : str
    segments : sequence of Segment
        In order, with nothing but white space between, before and after them.

    Returns
    -------
    cleaned : str
    origins : ndarray of int64, shape (len(cleaned),)
        Offset in ``text`` of each character of ``cleaned``; -1 for a blank that was put between two pieces which the
        removed stretch had touched on both sides.

    Examples
    --------
    >>> from detector.result import Segment
    >>> parts = [(0, 5, "editorial", False), (6, 19, "promotion", True), (20, 25, "editorial", False)]
    >>> cut("Eins. Jetzt kaufen! Zwei.", [Segment(a, b, label, 1.0, gone) for a, b, label, gone in parts])[0]
    'Eins. Zwei.'
    """
    if not any(s.removed for s in segments):
        return text, np.arange(len(text))
    pieces: list[tuple[int, int]] = []
    origins: list[NDArray[np.int64]] = []
    out: list[str] = []

    def keep(start: int, end: int) -> None:
        out.append(text[start:end])
        origins.append(np.arange(start, end))

    last = 0  # end of the last span, kept or removed
    gaps: list[tuple[int, int]] = []  # gaps since the last kept span
    has_removed = False
    for segment in segments:
        start, end = segment.start, segment.end
        gaps.append((last, start))
        last = end
        if segment.removed:
            has_removed = True
            continue
        if not has_removed:
            keep(gaps[0][0], start)
        elif pieces:
            widest = max(gaps, key=lambda gap: (text.count("\n", *gap), gap[1] - gap[0]))
            if widest[0] < widest[1]:
                keep(*widest)
            else:
                out.append(" ")
                origins.append(np.array([-1]))
        keep(start, end)
        pieces.append((start, end))
        gaps, has_removed = [], False
    if pieces and not has_removed:
        keep(last, len(text))
    return "".join(out), np.concatenate(origins) if origins else np.zeros(0, dtype=np.int64)
