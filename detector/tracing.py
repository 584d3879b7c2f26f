"""The way back: what a decision about the text in some markup means for the markup, and for the caller's string."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from detector import cleaning
from detector.markup import Markup
from detector.result import HtmlSegment, Segment, Span

__all__ = ["in_html", "moved", "origins", "staying"]


def staying(markup: Markup, segments: Sequence[Segment]) -> NDArray[np.bool_]:
    """Tell which characters of the text in some markup stay."""
    _, origins = cleaning.cut(markup.text, segments)
    stays = np.zeros(len(markup.text), dtype=bool)
    stays[origins[origins >= 0]] = True
    for seam in np.flatnonzero(origins < 0).tolist():
        # The blank between two pieces is one of those that stood in what was removed: nothing new is put into the HTML.
        for at in range(int(origins[seam - 1]) + 1, int(origins[seam + 1])):
            if markup.text[at] == " " and markup.ends[at] > markup.starts[at]:
                stays[at] = True
                break
    return stays


def origins(before: Markup, after: Markup, kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each character in the text of cleaned markup its offset in the text before; -1 where it has none."""
    if not after.text or not before.text:
        return np.full(len(after.text), -1)
    places = kept[np.minimum(after.starts, len(kept) - 1)]
    # An entity may stand for more than one character.
    nth = np.arange(len(after.starts)) - np.searchsorted(after.starts, after.starts)
    found = np.minimum(np.searchsorted(before.starts, places) + nth, len(before.starts) - 1)
    return np.where((before.starts[found] == places) & (after.ends > after.starts), found, -1)


def moved(markup: Markup, places: NDArray[np.int64]) -> Markup:
    """Let the characters of a text point into the string that the source was taken from."""
    if not markup.text:
        return markup
    starts = places[np.minimum(markup.starts, len(places) - 1)]
    ends = np.where(markup.ends > markup.starts, places[markup.ends - 1] + 1, starts)
    return replace(markup, starts=starts, ends=ends)


def in_html(segment_: Segment, where: Iterable[tuple[int, int]]) -> HtmlSegment:
    """Return a segment that knows its places in the caller's HTML."""
    values = {field.name: getattr(segment_, field.name) for field in fields(Segment)}
    return HtmlSegment(**values, html_spans=tuple(Span(start, end) for start, end in where))
