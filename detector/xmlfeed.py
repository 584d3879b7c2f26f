"""RSS 2.0, RSS 1.0 and Atom: where the bodies of the items stand.

expat reads the document and tells the place of each element. Document types are refused as soon as they appear, so that
no entity is ever declared, and nothing outside the document is ever read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from detector.errors import FeedError
from detector.items import MARK, Body, BodyKind, Document, FeedFormat, Item, Mark
from detector.markup import decode

__all__ = ["parse_xml"]

_ATOM: Final = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_SCHEME: Final = "urn:x-promo-detector"
_TYPES: Final[dict[str, BodyKind]] = {
    "text": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
    "xhtml": "xhtml",
    "application/xhtml+xml": "xhtml",
}
"""What the types of Atom's text constructs mean; RFC 4287, section 3.1.1, and Atom 0.3."""
_START_TAG: Final = re.compile(r"""<(?:[^"'>]|"[^"]*+"|'[^']*+')*+>""")
_PREFIX: Final = re.compile(r"<([^\s/>:]+:)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Found:
    """An item while it is read; places are bytes of the copy that expat reads."""

    start: int
    space: str
    about: str | None
    end_tag: int = -1
    title: tuple[int, int, BodyKind] | None = None
    bodies: list[tuple[int, int, BodyKind]] = field(default_factory=list)


class _Reader:
    """Takes down where items and their bodies begin and end."""

    def __init__(self) -> None:
        self.format: FeedFormat | None = None
        self.found: list[_Found] = []
        self.listed: list[tuple[int, int, str]] = []  # entries of an RSS 1.0 table of contents
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._depth = 0
        self._item: _Found | None = None
        self._item_depth = 0
        self._body: tuple[int, BodyKind, bool] | None = None  # its start, kind, and whether it is the title
        self._child: tuple[int, int] | None = None  # a div of XHTML content, which stays
        self._has_children = False
        self._entry: tuple[int, str] | None = None

    def _refuse(self, *_: Any) -> None:
        raise FeedError("feed", "document type declarations are not accepted")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        place = self.parser.CurrentByteIndex
        self._depth += 1
        if self._depth == 1:
            self.format = _format(space, name)
        elif self._item is None:
            if (name == "entry" and space in _ATOM) if self.format == "atom" else name == "item":
                self._item = _Found(place, space, attributes.get(f"{_RDF} about"))
                self._item_depth = self._depth
            elif (space, name) == (_RDF, "li"):
                self._entry = (place, attributes.get(f"{_RDF} resource", attributes.get("resource", "")))
        elif self._body is not None:
            if self._depth == self._item_depth + 2:
                is_only = not self._has_children
                self._child = (place, -1) if is_only and (space, name) == (_XHTML, "div") else None
                self._has_children = True
        elif self._depth == self._item_depth + 1:
            kind = _kind(self._item.space, space, name, attributes)
            is_title = name == "title" and space == self._item.space
            if kind is not None:
                self._body, self._has_children, self._child = (place, kind, is_title), False, None

    def _end(self, _: str) -> None:
        place = self.parser.CurrentByteIndex
        if self._item is not None:
            if self._depth == self._item_depth:
                self._item.end_tag = place
                self.found.append(self._item)
                self._item = None
            elif self._depth == self._item_depth + 2 and self._child is not None:
                self._child = (self._child[0], place)
            elif self._depth == self._item_depth + 1 and self._body is not None:
                start, kind, is_title = self._body
                if self._has_children:
                    kind = "xhtml"
                if kind == "xhtml" and self._child is not None:
                    start, place = self._child
                if is_title:
                    self._item.title = (start, place, kind)
                else:
                    self._item.bodies.append((start, place, kind))
                self._body = None
        elif self._entry is not None:
            self.listed.append((self._entry[0], place, self._entry[1]))
            self._entry = None
        self._depth -= 1


def parse_xml(text: str) -> Document:
    """Find items and bodies of an XML feed.

    Parameters
    ----------
    text : str
        The whole document, decoded. What its declaration says of an encoding does not count; lone surrogates stand for
        bytes that could not be decoded.

    Returns
    -------
    Document

    Raises
    ------
    FeedError
        If it is not well-formed, is no feed, or declares a document type.

    Examples
    --------
    >>> text = "<rss><channel><item><title>A</title><description>B &lt;b&gt;C&lt;/b&gt;</description></item></channel></rss>"
    >>> item = parse_xml(text).items[0]
    >>> item.title, item.bodies[0].value
    ('A', 'B <b>C</b>')
    """
    data = _SURROGATE.sub("\ufffd", text).encode()
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FeedError(
            "feed", f"not well-formed: {expat.ErrorString(error.code)}, line {error.lineno}, column {error.offset + 1}"
        ) from None
    # Number of characters before each byte.
    chars = np.concatenate(([0], np.cumsum((np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80)))
    listed: dict[str, list[tuple[int, int]]] = {}
    for start, end, resource in reader.listed:
        listed.setdefault(resource, []).append(_whole(text, int(chars[start]), int(chars[end])))
    items, cuts = [], []
    for found in reader.found:
        start, end = int(chars[found.start]), int(chars[found.end_tag])
        title = _body(text, chars, *found.title) if found.title else None
        bodies = [_body(text, chars, *body) for body in found.bodies]
        mark = _mark(text, start, end, reader.format or "rss")
        items.append(Item(None if title is None else title.value, [body for body in bodies if body.value], mark))
        cuts.append([_whole(text, start, end), *listed.pop(found.about or "", [])])
    return Document(reader.format or "rss", items, cuts)


def _format(space: str, name: str) -> FeedFormat:
    if name == "rss":
        return "rss"
    if (space, name) == (_RDF, "RDF"):
        return "rdf"
    if name == "feed" and space in _ATOM:
        return "atom"
    raise FeedError("feed", f"not RSS, Atom or JSON Feed: the document begins with an element {name!r}")


def _kind(home: str, space: str, name: str, attributes: dict[str, str]) -> BodyKind | None:
    """Tell how a child of an item is to be read, None where it is neither title nor body."""
    if space in _ATOM and name in ("title", "summary", "content"):
        return None if "src" in attributes else _TYPES.get(attributes.get("type", "text").lower())
    if (space, name) == (home, "title"):
        return "text"
    if (space, name) in ((home, "description"), (_CONTENT, "encoded")):
        return "html"
    return "xhtml" if (space, name) == (_XHTML, "body") else None


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of an element, with its end tag and the white space before it."""
    if text.startswith("</", end):
        end = text.index(">", end) + 1
    while start and text[start - 1] in " \t\r\n":
        start -= 1
    return start, end


def _body(text: str, chars: NDArray[np.int64], first: int, last: int, kind: BodyKind) -> Body:
    """Return what stands between the tags of an element."""
    tag = _START_TAG.match(text, int(chars[first]))
    start, end = tag.end() if tag else 0, int(chars[last])
    if start > end:
        start = end
    if kind == "xhtml":
        at = np.arange(start, end)
        return Body(text[start:end], kind, at, at + 1)
    value, starts, ends = decode(text[start:end])
    return Body(value, kind, starts + start, ends + start)


def _mark(text: str, start: int, end: int, form: FeedFormat) -> Mark | None:
    """Return where and how a category is put into an item."""
    if not text.startswith("</", end) or text.find(MARK, start, end) >= 0:
        return None
    if form == "rdf":
        return Mark(end, f'<dc:subject xmlns:dc="{_DC}">', "</dc:subject>")
    colon = _PREFIX.match(text, start)
    prefix = colon[1] if colon else ""
    if form == "atom":
        return Mark(end, f'<{prefix}category scheme="{_SCHEME}" term="', '"/>')
    return Mark(end, f'<{prefix}category domain="{_SCHEME}">', f"</{prefix}category>")
