"""HTML to text, and the way back.

The text is what a browser would show: white space collapsed, entities decoded, a line break where a block begins or
ends, two around a paragraph, as `innerText` has it (section 3.2.7 of the HTML standard). What style or attribute hides,
scripts, templates and forms are no content. Each character knows the stretch of the source it came from.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from detector.flow import ENTITY, Flow
from detector.nodes import Element, nest
from detector.runs import Runs
from detector.tags import CDATA, END, START, TEXT, Token, attributes, tokenize

__all__ = ["Kind", "Markup", "decode", "read"]

Kind = Literal["html", "xhtml", "text"]
"""How a source is to be read: as HTML, as the content of a well-formed XML element, or as it stands."""

_HIDDEN: Final = frozenset(
    """
    area audio button canvas datalist iframe noembed noframes noscript object rp script select style svg template
    textarea title video
    """.split()
)
_LANDMARKS: Final = frozenset(["article", "h1", "main"])
"""What a whole page holds and an order form does not."""
_HIDING: Final = re.compile(r"hidden|none", re.IGNORECASE)
_HIDING_STYLE: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_BREAK: Final = re.compile("\n")


@dataclass(frozen=True, slots=True, eq=False)
class Markup:
    """A source and the text in it.

    Attributes
    ----------
    source : str
    text : str
        What a reader sees.
    starts, ends : ndarray of int64, shape (len(text),)
        Stretch of the source that each character of the text came from, ascending. A line break that only a tag stands
        for has an empty one.
    tokens : list of Token
    elements : list of Element
        In order of their start tags, hidden ones too.
    kind : {"html", "xhtml", "text"}
        How the source was read.
    """

    source: str
    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tokens: Sequence[Token]
    elements: Sequence[Element]
    kind: Kind

    def spans(self, bounds: Sequence[tuple[int, int]]) -> list[tuple[tuple[int, int], ...]]:
        """Return the stretches of the source that hold stretches of the text.

        Parameters
        ----------
        bounds : sequence of (start, end)
            Offsets into the text.

        Returns
        -------
        list of tuple of (start, end)
            Offsets into the source, ascending, end-exclusive, not touching. Between two of one stretch stand tags or
            white space that is not shown.

        Examples
        --------
        >>> markup = read("<p>Der <b>Dax</b> stieg &amp; fiel.</p>")
        >>> markup.text, markup.spans([(0, 23)])
        ('Der Dax stieg & fiel.', [((3, 7), (10, 13), (17, 35))])
        """
        is_real = self.ends > self.starts
        for match in _BREAK.finditer(self.text):
            # A line break that is a tag is none of the segment's own characters.
            is_real[match.start()] &= self.ends[match.start()] - self.starts[match.start()] == 1
        real = np.flatnonzero(is_real)
        starts, ends = self.starts[real], self.ends[real]
        breaks = np.flatnonzero(starts[1:] > ends[:-1]) + 1
        out: list[tuple[tuple[int, int], ...]] = []
        for low, high in np.searchsorted(real, np.array(bounds, dtype=np.int64).reshape(-1, 2)).tolist():
            if low >= high:
                out.append(())
                continue
            inner = breaks[np.searchsorted(breaks, low, "right") : np.searchsorted(breaks, high)]
            firsts = np.concatenate(([low], inner))
            lasts = np.append(inner, high) - 1
            out.append(tuple(zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)))
        return out


def read(source: str, kind: Kind = "html") -> Markup:
    r"""Read a source.

    Parameters
    ----------
    source : str
        Any string, broken markup too.
    kind : {"html", "xhtml", "text"}

    Returns
    -------
    Markup

    Examples
    --------
    >>> read("<h2>Zahlen</h2>\n<p>Umsatz &uuml;ber\n Plan<br>Ausblick <span hidden>x</span>bleibt</p>").text
    'Zahlen\n\nUmsatz über Plan\nAusblick bleibt'
    """
    if kind == "text":
        at = np.arange(len(source), dtype=np.int64)
        return Markup(source, source, at, at + 1, (), (), kind)
    tokens = tokenize(source, is_xml=kind == "xhtml")
    elements = nest(tokens, is_xml=kind == "xhtml")
    text = Flow(source)
    by_token = {element.first: element for element in elements}
    landmarks = [element.first for element in elements if element.name in _LANDMARKS]
    hidden = pre = 0
    for number, (tag, start, end, name) in enumerate(tokens):
        if number < hidden:
            continue
        if tag == TEXT:
            text.add(start, end, is_pre=number < pre)
        elif tag == CDATA:
            text.add_verbatim(start + 9, end - 3)
        elif tag == START:
            element = by_token.get(number)
            if element is not None and _is_hidden(element, source[start:end], landmarks):
                hidden = element.stop
                if name == "form":
                    text.cross(name, start)  # it is seen, though its words are no content
                continue
            if name == "br":
                text.break_line(start, end)
            else:
                text.cross(name, start)
                pre = max(pre, element.stop) if element is not None and name == "pre" else pre
        elif tag == END:
            text.cross(name, start)
    return Markup(source, *text.finish(), tokens, elements, kind)


def decode(source: str) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """Undo the escapes in the content of an XML element.

    Parameters
    ----------
    source : str
        Text with entities and CDATA sections; tags and comments are passed over.

    Returns
    -------
    value : str
    starts, ends : ndarray of int64, shape (len(value),)
        Stretch of the source that each character came from.

    Examples
    --------
    >>> value, starts, ends = decode("a&lt;b<![CDATA[>&]]>")
    >>> value, starts.tolist(), ends.tolist()
    ('a<b>&', [0, 1, 5, 15, 16], [1, 5, 6, 16, 17])
    """
    runs = Runs()
    for kind, start, end, _ in tokenize(source, is_xml=True):
        if kind == CDATA:
            runs.put(source[start + 9 : end - 3], start + 9, end - 3)
        elif kind == TEXT:
            at = start
            for match in ENTITY.finditer(source, start, end):
                runs.put(source[at : match.start()], at, match.start())
                runs.put(html.unescape(match[0]), *match.span())
                at = match.end()
            runs.put(source[at:end], at, end)
    return runs.finish()


def _is_hidden(element: Element, tag: str, landmarks: Sequence[int]) -> bool:
    """Tell whether nothing of an element is content."""
    if element.name in _HIDDEN or element.name == "form":
        # Without an end tag it would hide the rest of the document. Some systems put a whole page into one form.
        held = bisect_left(landmarks, element.first) < bisect_left(landmarks, element.stop)
        return element.is_closed and not (element.name == "form" and held)
    if element.name != "dialog" and _HIDING.search(tag) is None:
        return False
    found = attributes(tag)
    is_styled_away = _HIDING_STYLE.search(html.unescape(found.get("style", ""))) is not None
    return "hidden" in found or is_styled_away or (element.name == "dialog" and "open" not in found)
