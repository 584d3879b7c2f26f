"""A whole page to its main content.

What the main content is, trafilatura tells; it answers with text of its own making. So its words are looked up in the
page, block by block, and what is handed on is the page's own HTML without the blocks that are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import ExtraMissing
from detector.markup import Markup, read
from detector.pruning import prune

__all__ = ["main_content"]

_SHINGLE: Final = 4
"""Words that must follow one another in both texts."""

_ENOUGH: Final = 0.75
"""Share of a block's shingles from which it is part of the main content; trafilatura joins and drops inline pieces."""

_DEAD: Final = frozenset("button form input noscript script style template".split())
"""Elements without text of their own that a reader of the main content has no use for."""

_WORD: Final = re.compile(r"\w+")


def main_content(html: str) -> list[tuple[int, int]]:
    """Find the main content of a page.

    Parameters
    ----------
    html : str

    Returns
    -------
    list of (start, end)
        The stretches of the page that make up its main content, in order, not touching: the smallest element that holds
        all of it, without the elements that do not belong to it. The whole page where no main content is found.

    Raises
    ------
    ExtraMissing
        If trafilatura is not installed.

    Examples
    --------
    >>> text = "Der Umsatz stieg im dritten Quartal um vier Prozent auf zwei Milliarden Euro, teilte der Konzern mit. " * 4
    >>> page = f"<html><body><nav><a href='/'>Start</a></nav><article><p>{text}</p></article></body></html>"
    >>> "".join(page[a:b] for a, b in main_content(page))[:30]
    '<p>Der Umsatz stieg im dritten'
    """
    try:
        import trafilatura
    except ImportError:
        raise ExtraMissing("page", "trafilatura") from None
    main = trafilatura.extract(html, include_comments=False) if html.strip() else None
    markup = read(html)
    kept = _matching(markup.text, main or "")
    if not kept.any():
        return [(0, len(html))] if html else []
    gone = prune(markup, kept)
    start, end = _smallest(markup, kept)
    gone[:start] = gone[end:] = True
    for element in markup.elements:
        if element.name in _DEAD and element.is_whole and _holds_no_text(markup, element.start, element.end):
            gone[element.start : element.end] = True
    edges = np.flatnonzero(np.diff(np.concatenate(([True], gone, [True])))).reshape(-1, 2)
    return [(int(a), int(b)) for a, b in edges]


def _matching(text: str, main: str) -> NDArray[np.bool_]:
    """Tell which characters of a text stand in blocks of the main content, line breaks between two of them included."""
    lines = [tuple(_WORD.findall(line.casefold())) for line in main.split("\n")]
    words = [word for line in lines for word in line]
    known = set(_shingles(words))
    short = {line for line in lines if 0 < len(line) < _SHINGLE}
    blocks = [(m.start(), m.end(), _WORD.findall(m[0].casefold())) for m in re.finditer(r"[^\n]+", text)]
    is_main = []
    for _, _, block in blocks:
        own = _shingles(block)
        is_main.append(bool(own) and sum(shingle in known for shingle in own) >= _ENOUGH * len(own))
    kept = np.zeros(len(text), dtype=bool)
    if not any(is_main):
        return kept
    first, last = is_main.index(True), len(is_main) - 1 - is_main[::-1].index(True)
    after = -1
    for number in range(first, last + 1):
        start, end, block = blocks[number]
        if is_main[number] or tuple(block) in short:
            kept[start:end] = True
            if after == number - 1 and number > first:
                kept[blocks[after][1] : start] = True
            after = number
    return kept


def _shingles(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[k:] for k in range(_SHINGLE)), strict=False))


def _smallest(markup: Markup, kept: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the span of the smallest element that holds all characters that are kept."""
    places = np.flatnonzero(kept & (markup.ends > markup.starts))
    first, last = int(markup.starts[places[0]]), int(markup.ends[places[-1]])
    around = [e for e in markup.elements if e.is_whole and e.start <= first and e.end >= last]
    return (around[-1].start, around[-1].end) if around else (0, len(markup.source))


def _holds_no_text(markup: Markup, start: int, end: int) -> bool:
    """Tell whether a stretch of the source holds no text."""
    low, high = np.searchsorted(markup.starts, (start, end))
    return not (markup.ends[low:high] > markup.starts[low:high]).any()
