"""Decisions to cleaned text, true to the byte.

What is kept is the caller's own string. Only the white space around a removed stretch is tidied: where two kept pieces
come to meet, the wider of the two gaps stays; at the ends of the text the gap goes with what was removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from detector.result import Segment

__all__ = ["cut", "refine"]


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


def refine(text: str, segments: Sequence[Segment], late: Sequence[Segment], origins: NDArray[np.int64]) -> list[Segment]:
    """Carry the removals of a later pass back to the caller's offsets, splitting segments where they are cut.

    Parameters
    ----------
    text : str
        The caller's text.
    segments : sequence of Segment
        Its segments, in order.
    late : sequence of Segment
        Segments of the cleaned text, in order.
    origins : ndarray of int64, shape (len(cleaned),)
        Offset in ``text`` of each character of the cleaned text, -1 for none.

    Returns
    -------
    list of Segment
        In order; none begins or ends with white space.
    """
    gone: list[tuple[int, int, Segment]] = []
    for by in late:
        if by.removed:
            where = origins[by.start : by.end]
            where = where[where >= 0]
            for run in np.split(where, np.flatnonzero(np.diff(where) != 1) + 1):
                if run.size:
                    gone.append((int(run[0]), int(run[-1]) + 1, by))
    out: list[Segment] = []
    first = 0  # of those in ``gone`` that a later segment can still meet
    for old in segments:
        at = old.start
        while first < len(gone) and gone[first][1] <= old.start:
            first += 1
        for start, end, by in islice(gone, first, None) if not old.removed else ():
            if start >= old.end:
                break
            start, end = max(start, old.start), min(end, old.end)
            out.extend(_trimmed(text, replace(old, start=at, end=start)))
            out.append(replace(by, start=start, end=end))
            at = end
        out.extend(_trimmed(text, replace(old, start=at)))
    return out


def _trimmed(text: str, segment: Segment) -> list[Segment]:
    """Return a segment without white space at its ends, or nothing where nothing else is left."""
    piece = text[segment.start : segment.end]
    start = segment.start + len(piece) - len(piece.lstrip())
    return [replace(segment, start=start, end=start + len(piece.strip()))] if piece.strip() else []
