"""A whole page to its main content.

What the main content is, trafilatura tells; it answers with text of its own making. So its words are looked up in the
page, block by block, and what is handed on is the page's own HTML without the blocks that are not part of it. It stops
at times where a page splits its article; paragraphs that are marked up just like those it found count too.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import ExtraMissing
from detector.markup import Markup, read
from detector.nodes import Element
from detector.pruning import prune
from detector.tags import START, attributes

__all__ = ["main_content"]

_SHINGLE: Final = 4
"""Words that must follow one another in both texts."""

_ENOUGH: Final = 0.75
"""Share of a block's shingles from which it is part of the main content; trafilatura joins and drops inline pieces."""

_MANY: Final = 15
"""Words of a paragraph that is taken for part of the main content because it is marked up as paragraphs of it are."""

_DEAD: Final = frozenset("button form input noscript script style template".split())
"""Elements without text of their own that a reader of the main content has no use for."""

_LONG: Final = 1000
"""Characters of a tag from which only its telling attributes are handed on."""

_SILENT: Final = logging.NullHandler()

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
    logging.getLogger("trafilatura").addHandler(_SILENT)
    markup = read(html)
    main = trafilatura.extract(_lightened(markup), include_comments=False, favor_recall=True) if markup.text else None
    kept = _matching(markup, main or "")
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


def _lightened(markup: Markup) -> str:
    """Return the page without the attributes that long tags carry; the parser of trafilatura takes the square of their number."""
    pieces, at = [], 0
    for kind, start, end, name in markup.tokens:
        if kind == START and end - start > _LONG:
            found = attributes(markup.source[start:end])
            telling = "".join(
                f' {key}="{found[key]}"' for key in ("class", "id", "itemprop", "role") if key in found and '"' not in found[key]
            )
            pieces += [markup.source[at:start], f"<{name}{telling}>"]
            at = end
    return "".join([*pieces, markup.source[at:]])


def _matching(markup: Markup, main: str) -> NDArray[np.bool_]:
    """Tell which characters of a text stand in blocks of the main content, line breaks between two of them included."""
    lines = [tuple(_WORD.findall(line.casefold())) for line in main.split("\n")]
    known = set(_shingles([word for line in lines for word in line]))
    short = {line for line in lines if 0 < len(line) < _SHINGLE}
    blocks = [(m.start(), m.end(), _WORD.findall(m[0].casefold())) for m in re.finditer(r"[^\n]+", markup.text)]
    is_main = []
    for _, _, words in blocks:
        own = _shingles(words)
        is_main.append(bool(own) and sum(shingle in known for shingle in own) >= _ENOUGH * len(own))
    kept = np.zeros(len(markup.text), dtype=bool)
    if not any(is_main):
        return kept
    looks = _looks(markup)
    family = Counter(looks.get(block[0]) for block, found in zip(blocks, is_main, strict=True) if found)
    for number, (start, _, words) in enumerate(blocks):
        is_main[number] |= len(words) >= _MANY and start in looks and family[looks[start]] > 1
    first, last = is_main.index(True), len(is_main) - 1 - is_main[::-1].index(True)
    before = -1
    for number in range(first, last + 1):
        start, end, words = blocks[number]
        if is_main[number] or tuple(words) in short:
            kept[start:end] = True
            if number > first and before == number - 1:
                kept[blocks[before][1] : start] = True
            before = number
    return kept


def _looks(markup: Markup) -> dict[int, tuple[str, ...]]:
    """Return how paragraphs are marked up: name and class of each and of the element around it, by their first character."""
    looks: dict[int, tuple[str, ...]] = {}
    real = np.flatnonzero(markup.ends > markup.starts)
    begins = markup.starts[real]
    around: list[Element] = []
    for element in markup.elements:
        while around and around[-1].stop <= element.first:
            around.pop()
        if element.name == "p" and around:
            tags = (markup.tokens[e.first] for e in (around[-1], element))
            look = tuple(x for t in tags for x in (t.name, attributes(markup.source[t.start : t.end]).get("class", "")))
            first = int(np.searchsorted(begins, element.start))
            if first < len(real):
                looks[int(real[first])] = look
        around.append(element)
    return looks


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
