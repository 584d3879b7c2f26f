"""Text as a browser lets it flow: white space collapsed, entities decoded, lines broken where tags say so."""

from __future__ import annotations

import html
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.runs import Runs

__all__ = ["ENTITY", "Flow"]

_PARAGRAPHS: Final = frozenset("blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul".split())
_LINES: Final = frozenset(
    """
    address article aside body caption center dd details dialog dir div dt fieldset figcaption footer form head header hgroup
    html legend li main menu nav optgroup option search section summary tbody tfoot thead tr
    """.split()
)
_CELLS: Final = frozenset(["td", "th"])
_WS: Final = " \t\n\r\f"
_BLANK: Final = re.compile(r"[ \t\n\r\f]{2,}+|[\t\n\r\f]")
"""A blank that is not just one space."""
ENTITY: Final = re.compile(r"&(?:#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[^\t\n\f <&#;]{1,32}+;?)")
"""An entity, in the manner of `html.unescape`."""
_ODD: Final = re.compile(f"{_BLANK.pattern}|{ENTITY.pattern}")


class Flow:
    r"""The text as it grows.

    Parameters
    ----------
    source : str
        What is added are stretches of it.

    Examples
    --------
    >>> source = "<p>Der  Dax</p><p>&amp; mehr</p>"
    >>> flow = Flow(source)
    >>> flow.add(3, 11, is_pre=False)
    >>> flow.cross("p", 15)
    >>> flow.add(18, 28, is_pre=False)
    >>> flow.finish()[0]
    'Der Dax\n\n& mehr'
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._runs = Runs()
        self._breaks = 0  # line breaks that tags ask for
        self._place = 0  # where they did
        self._brs: list[tuple[int, int]] = []
        self._has_cell = False
        self._ends_blank = True  # whether nothing, a line break or a blank came last

    def cross(self, name: str, place: int) -> None:
        """Pass a tag."""
        if name in _PARAGRAPHS or name in _LINES:
            self._breaks = max(self._breaks, 2 if name in _PARAGRAPHS else 1)
        elif name in _CELLS:
            self._has_cell = True
        else:
            return
        self._place = place

    def break_line(self, start: int, end: int) -> None:
        """Pass a ``br``."""
        self._brs.append((start, end))

    def add_verbatim(self, start: int, end: int) -> None:
        """Add a stretch of the source in which nothing stands for anything else, but white space collapses."""
        self._split(start, end, _BLANK)

    def add(self, start: int, end: int, *, is_pre: bool) -> None:
        """Add a stretch of the source."""
        self._split(start, end, ENTITY if is_pre else _ODD, is_pre)

    def _split(self, start: int, end: int, odd: re.Pattern[str], is_pre: bool = False) -> None:
        at = start
        for match in odd.finditer(self._source, start, end):
            begin = match.start()
            if begin > at:
                self._plain(at, begin, is_pre)
            at = match.end()
            if match[0][0] == "&":
                self._entity(match[0], begin, at, is_pre)
            else:
                self._blank(begin, at)
        if at < end:
            self._plain(at, end, is_pre)

    def _plain(self, start: int, end: int, is_pre: bool) -> None:
        if not is_pre:
            first = self._source[start]
            if first == " ":
                self._blank(start, start + 1)
                start += 1
            if end - start > 1 and self._source[end - 1] == " ":
                self._push(self._source[start : end - 1], start, end - 1)
                self._blank(end - 1, end)
                return
        if start < end:
            self._push(self._source[start:end], start, end)

    def _entity(self, entity: str, start: int, end: int, is_pre: bool) -> None:
        decoded = html.unescape(entity)
        if decoded in tuple(_WS) and not is_pre:
            self._blank(start, end)
        elif decoded:
            # An entity without its semicolon brings literal characters with it.
            tail = 0
            while tail < len(decoded) - 1 and decoded[-1 - tail] == entity[-1 - tail]:
                tail += 1
            self._push(decoded[: len(decoded) - tail], start, end - tail)
            if tail:
                self._push(decoded[len(decoded) - tail :], end - tail, end)

    def _blank(self, start: int, end: int) -> None:
        if not (self._ends_blank or self._breaks or self._brs or self._has_cell):
            self._runs.put(" ", start, end)
            self._ends_blank = True

    def _push(self, run: str, start: int, end: int) -> None:
        if self._breaks or self._brs or self._has_cell:
            self._turn()
        self._runs.put(run, start, end)
        self._ends_blank = False

    def _turn(self) -> None:
        """Put down the line breaks that have gathered."""
        self._runs.trim(" ")
        if len(self._runs):
            n = max(self._breaks, len(self._brs))
            places = sorted(self._brs + [(self._place, self._place)] * (n - len(self._brs)))
            for start, end in places:
                self._runs.put("\n", start, end)
            if not n:
                self._runs.put("\t", self._place, self._place)
        self._breaks, self._brs, self._has_cell = 0, [], False

    def finish(self) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
        """Return the text, and where its characters came from."""
        self._runs.trim(" ")
        return self._runs.finish()
