"""Tokens to elements: how the tags of a source nest.

Which start tag an end tag closes, and which elements end without one, is asked of libxml2 (through lxml). It reads a
copy that holds nothing but the tags, each with the number of its token, so that its answers lead back to the source.
Names that have a say in where others end keep them, the rest get a neutral one. Below a depth of 256 no more is asked;
that bounds the cost of any document, and what comes after it is read as if it had no elements.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from detector.tags import END, START, VOID, Token

__all__ = ["Element", "nest"]

# Elements whose end tag may be left out, and those that end them.
_TELLING: Final = frozenset("caption colgroup dd div dt h1 h2 h3 h4 h5 h6 li p table tbody td tfoot th thead tr".split())


MAX_DEPTH: Final = 256
"""Deeper elements are not looked for; libxml2's own limit for trees."""

_CHUNK: Final = 128
"""Tags between two looks at the depth. An end tag that closes nothing costs the parser as many steps as it is deep."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a source.

    Attributes
    ----------
    name : str
        In lower case.
    first, stop : int
        Numbers of its tokens, end-exclusive; its end tag is one of them if it has one.
    start, end : int
        Its span in the source.
    is_closed : bool
        Whether it has an end tag.
    is_whole : bool
        Whether it can be cut out without leaving a tag of its own behind.
    """

    name: str
    first: int
    stop: int
    start: int
    end: int
    is_closed: bool
    is_whole: bool


class _Listener:
    """Takes down which tokens open and end which elements, as the parser reports it."""

    def __init__(self, tokens: Sequence[Token], last: int) -> None:
        self.stops: dict[int, int] = {}
        self.closed: set[int] = set()
        self.closers: set[int] = set()
        self.parents: dict[int, int] = {}
        self.is_cut_short = False
        self._tokens = tokens
        self._last = last
        self._seen = -1
        self._open: list[tuple[int, int]] = []  # number of the start tag or -1, and of the innermost that has one
        self._ended: list[int] = []  # ended since the last tag, not known by what
        self._mark = -1  # end tag of which it is not known yet what it ends

    @property
    def depth(self) -> int:
        """Number of open elements."""
        return len(self._open)

    def start(self, _: str, attributes: dict[str, str]) -> None:
        number = int(attributes.get("n", -1))
        inner = self._open[-1][1] if self._open else -1
        if number >= 0:
            self._arrive(number)
            self.parents[number] = inner
            inner = number
        self._open.append((number, inner))

    def comment(self, text: str) -> None:
        self._arrive(int(text))
        self._mark = int(text)

    def end(self, _: str) -> None:
        number, _inner = self._open.pop()
        if number < 0:
            return
        self._ended.append(number)
        if self._mark >= 0 and self._tokens[number].name == self._tokens[self._mark].name:
            self.stops.update(dict.fromkeys(self._ended, self._mark))
            self.stops[number] = self._mark + 1
            self.closed.add(number)
            self.closers.add(self._mark)
            self._ended, self._mark = [], -1

    def data(self, _: str) -> None:
        """Take no notice of text; there is none."""

    def close(self) -> None:
        self.is_cut_short = self._seen < self._last
        self._arrive(self._seen + 1 if self.is_cut_short else len(self._tokens))

    def _arrive(self, number: int) -> None:
        self.stops.update(dict.fromkeys(self._ended, number))
        self._ended, self._mark = [], -1
        self._seen = number


def nest(tokens: Sequence[Token], *, is_xml: bool = False) -> list[Element]:
    """Find the elements.

    Parameters
    ----------
    tokens : sequence of Token
        Those of the whole source.
    is_xml : bool
        Whether the tags are those of well-formed XML, in which no element ends without its tag.

    Returns
    -------
    list of Element
        In order of their start tags; any two of them lie apart or one inside the other. Elements without content
        (``VOID``) are not among them.

    Examples
    --------
    >>> from detector.tags import tokenize
    >>> source = "<ul><li>a<li>b</ul>"
    >>> [source[e.start : e.end] for e in nest(tokenize(source))]
    ['<ul><li>a<li>b</ul>', '<li>a', '<li>b']
    """
    parts = ["<html><body>"]
    names: dict[str, str] = {}
    open_: dict[str, int] = defaultdict(int)
    ends: list[int] = []
    last = -1
    for number, (kind, _, _, name) in enumerate(tokens):
        if kind == START and (is_xml or name not in VOID):
            alias = names.get(name)
            if alias is None:
                alias = names[name] = name if name in _TELLING and not is_xml else f"x{len(names)}"
            open_[name] += 1
            last = number
            parts.append(f"<{alias} n={number}>")
        elif kind == END and open_[name]:
            open_[name] -= 1
            ends.append(number)
            parts.append(f"<!--{number}--></{names[name]}>")
    if not names:
        return []
    listener = _Listener(tokens, max([*ends[-1:], last]))
    parser = etree.HTMLParser(target=listener, huge_tree=True)
    for at in range(0, len(parts), _CHUNK):
        if listener.depth > MAX_DEPTH:
            break
        parser.feed("".join(parts[at : at + _CHUNK]))
    parser.close()

    strays: dict[str, list[int]] = defaultdict(list)
    for number in ends:
        if number not in listener.closers:
            strays[tokens[number].name].append(number)
    elements = []
    for number in sorted(listener.parents):
        name, stop, parent = tokens[number].name, listener.stops[number], listener.parents[number]
        is_closed = is_whole = number in listener.closed
        if not is_whole and not listener.is_cut_short:
            # Its end is implied. An end tag of its name that closes nothing may have been meant for it.
            stray = bisect_right(strays[name], number)
            limit = listener.stops[parent] if parent >= 0 else len(tokens)
            is_whole = stray == len(strays[name]) or strays[name][stray] >= limit
        end = tokens[stop - 1].end if stop else 0
        elements.append(Element(name, number, stop, tokens[number].start, end, is_closed, is_whole))
    return elements
