"""Decisions to cleaned HTML, true to the byte.

Text goes character by character, elements go whole or not at all, so that no tag loses its partner. An element goes when
nothing is left of the text it held. What holds no text, such as an image, goes with the text it stands in or between, and
when it links to where a removed link leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.markup import Markup
from detector.nodes import Element
from detector.tags import START, VOID, attributes

__all__ = ["cut", "prune"]

_FIXED: Final = frozenset("body colgroup head html td th".split())
"""Elements that stay, emptied: without them a document or the columns of a table would lose their shape."""

_SOLID: Final = re.compile(r"\S+")
_PLAIN: Final = re.compile("[ \\n\\t]+")
_SEAM: Final = re.compile(r"<[A-Za-z/!?]|&#?\w{1,32};?|\]\]>")
"""What two pieces of text must not make when they come to meet: a tag, an entity, the end of a CDATA section."""
_REACH: Final = 40
"""Characters on each side of a seam that can have a part in it."""


def prune(markup: Markup, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which characters of a source go when some of its text does.

    Parameters
    ----------
    markup : Markup
    kept : ndarray of bool, shape (len(markup.text),)
        Which characters of the text stay.

    Returns
    -------
    ndarray of bool, shape (len(markup.source),)
        What goes: all that the removed characters came from, and elements that are whole.

    Examples
    --------
    >>> from detector.markup import read
    >>> markup = read('<p>Eins.</p><p class="ad"><a href="/x"><img src="y"> Zwei!</a></p>')
    >>> gone = prune(markup, np.arange(len(markup.text)) < 5)
    >>> "".join(c for c, is_gone in zip(markup.source, gone.tolist()) if not is_gone)
    '<p>Eins.</p>'
    """
    n = len(markup.source)
    real = markup.ends > markup.starts
    solid = np.zeros(len(kept), dtype=bool)
    for match in _SOLID.finditer(markup.text):
        solid[match.start() : match.end()] = True
    gone = _covered(n, markup.starts[real & ~kept], markup.ends[real & ~kept])
    if not gone.any():
        return gone
    elements = [element for element in markup.elements if element.is_whole and element.name not in _FIXED]
    bounds = np.array([(e.start, e.end) for e in elements], dtype=np.int64).reshape(-1, 2)
    low, high = np.searchsorted(markup.starts, bounds).T

    def count(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        total = np.concatenate(([0], np.cumsum(which)))
        return np.asarray(total[high] - total[low], dtype=np.int64)

    n_solid, n_left = count(solid & real), count(solid & real & kept)
    is_emptied = (n_left == 0) & ((n_solid > 0) | ((count(real) > 0) & (count(real & kept) == 0)))
    gone |= _covered(n, *bounds[is_emptied].T)
    for start, end in _orphans(markup, elements, n_solid == 0, n_left > 0, gone, kept[solid], markup.starts[solid]):
        gone[start:end] = True
    needed = real & _needed(markup.text, kept, solid)
    gone &= ~_covered(n, markup.starts[needed], markup.ends[needed])
    return _without_seams(markup.source, gone)


def cut(source: str, gone: NDArray[np.bool_]) -> str:
    """Return a source without the characters that go.

    Examples
    --------
    >>> cut("abcd", np.array([False, True, True, False]))
    'ad'
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([True], gone, [True])))).reshape(-1, 2)
    return "".join(source[start:end] for start, end in edges.tolist())


def _needed(text: str, kept: NDArray[np.bool_], solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which of the kept characters must outlive their element: of the white space between two words, no more than parts them."""
    is_plain = np.zeros(len(kept), dtype=bool)
    for match in _PLAIN.finditer(text):
        is_plain[match.start() : match.end()] = True
    is_plain &= kept
    gaps = np.cumsum(solid & kept)
    has_plain = np.bincount(gaps, is_plain) > 0
    return kept & (solid | is_plain | ~has_plain[gaps])


def _covered(n: int, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of n places lie in one of the spans."""
    steps = np.zeros(n + 1, dtype=np.int64)
    np.add.at(steps, starts, 1)
    np.add.at(steps, ends, -1)
    return np.asarray(np.cumsum(steps[:-1]) > 0)


def _orphans(
    markup: Markup,
    elements: list[Element],
    is_bare: NDArray[np.bool_],
    is_kept: NDArray[np.bool_],
    gone: NDArray[np.bool_],
    stays: NDArray[np.bool_],
    places: NDArray[np.int64],
) -> Iterator[tuple[int, int]]:
    """Find images, rules and whatever else holds no text, that belonged to what was removed.

    Parameters
    ----------
    markup : Markup
    elements : list of Element
        Those that may go whole.
    is_bare, is_kept : ndarray of bool, shape (len(elements),)
        Whether each has no text, and whether some of its text stays.
    gone : ndarray of bool, shape (len(markup.source),)
        What goes so far.
    stays, places : ndarray of shape (n_characters,)
        For each character that is no white space, whether it stays and where it stands in the source.

    Yields
    ------
    (start, end)
    """
    units = [unit for unit in _units(markup, elements, is_bare) if not gone[unit[0]]]
    if not units:
        return
    links = [(element, kept) for element, kept in zip(elements, is_kept.tolist(), strict=True) if element.name == "a"]
    lost = {_target(_link(markup, element.first)) for element, _ in links if gone[element.start]}
    lost -= {_target(_link(markup, element.first)) for element, kept in links if kept} | {""}
    for (start, end, own), after in zip(units, np.searchsorted(places, [unit[0] for unit in units]).tolist(), strict=True):
        is_led = after > 0 and not stays[after - 1]
        is_followed = after < len(places) and not stays[after]
        is_sponsored = any("sponsored" in link.get("rel", "").lower() for link in own)
        if (is_led and is_followed) or any(_target(link) in lost for link in own) or (is_sponsored and (is_led or is_followed)):
            yield start, end


def _units(markup: Markup, elements: list[Element], is_bare: NDArray[np.bool_]) -> list[tuple[int, int, list[dict[str, str]]]]:
    """Return the spans of the largest elements that hold no text, each with the links in it."""
    bare = [element for element, is_empty in zip(elements, is_bare.tolist(), strict=True) if is_empty]
    units: list[tuple[int, int, list[dict[str, str]]]] = []
    tokens = markup.tokens
    position, number = 0, 0
    while number < len(tokens):
        while position < len(bare) and bare[position].first < number:
            position += 1
        if position < len(bare) and bare[position].first == number:
            element = bare[position]
            inner = (k for k in range(number, element.stop) if tokens[k].kind == START and tokens[k].name == "a")
            units.append((element.start, element.end, [_link(markup, k) for k in inner]))
            number = element.stop
        else:
            token = tokens[number]
            if token.kind == START and token.name in VOID and token.name != "br":
                units.append((token.start, token.end, []))
            number += 1
    return units


def _link(markup: Markup, number: int) -> dict[str, str]:
    token = markup.tokens[number]
    return attributes(markup.source[token.start : token.end])


def _target(link: dict[str, str]) -> str:
    return link.get("href", "").strip()


def _without_seams(source: str, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep what would make markup of its two neighbours by going."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], gone, [False])))).reshape(-1, 2)
    for start, end in edges.tolist():
        left = source[max(0, start - _REACH) : start]
        if any(m.start() < len(left) < m.end() for m in _SEAM.finditer(left + source[end : end + _REACH])):
            gone[start:end] = False
    return gone
