"""JSON Feed: where the bodies of the items stand.

The standard library reads the document and judges it; a walk over its strings and brackets finds the places.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import FeedError
from detector.items import MARK, Body, BodyKind, Document, Item, Mark
from detector.runs import Runs

__all__ = ["parse_json"]

_KINDS: Final[dict[str, BodyKind]] = {"content_html": "html", "content_text": "text", "summary": "text"}
_ITEM: Final = ["{", "", "[", "items", "{", ""]
"""Brackets around the members of an item, each with the key that it stands at."""
_SIGN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


def parse_json(text: str) -> Document:
    r"""Find items and bodies of a JSON Feed.

    Parameters
    ----------
    text : str
        The whole document.

    Returns
    -------
    Document

    Raises
    ------
    FeedError
        If it is not JSON or no JSON Feed.

    Examples
    --------
    >>> text = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "content_html": "<b>\\u00fc</b>"}]}'
    >>> parse_json(text).items[0].bodies[0].value
    '<b>ü</b>'
    """
    try:
        feed = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise FeedError("feed", f"not JSON: {error}") from None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version")):
        raise FeedError("feed", "not a JSON Feed: it states no version of jsonfeed.org")
    if not isinstance(feed.get("items"), list) or not all(isinstance(item, dict) for item in feed["items"]):
        raise FeedError("feed", "not a JSON Feed: 'items' is no list of objects")
    return _Walk(text).document()


class _Walk:
    """One pass over the strings and brackets of a document that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.items: list[Item] = []
        self.spans: list[tuple[int, int]] = []
        self._start = -1
        self._tags: int | None = None  # behind the bracket that opens the item's tags; -1 where they are no list
        self._title: str | None = None
        self._bodies: list[Body] = []
        self._walk()

    def document(self) -> Document:
        """Return what was found."""
        ties = [(a[1], b[0]) for a, b in zip([(0, 0), *self.spans], self.spans, strict=False)]
        return Document("json", self.items, [[span] for span in self.spans], ties)

    def _walk(self) -> None:
        path: list[str] = []  # keys and brackets around the place
        key = ""
        is_key = False
        for match in _SIGN.finditer(self.text):
            sign = match[0]
            if sign in "{[":
                path += [sign, key]
                if path == _ITEM:
                    self._open(match.start())
                elif path == [*_ITEM, "[", "tags"]:
                    self._tags = match.end()
                key, is_key = "", sign == "{"
            elif sign in "}]":
                if path == _ITEM:
                    self._close(match.end())
                del path[-2:]
                key, is_key = "", False
            elif sign == ",":
                key, is_key = "", path[-2] == "{"
            elif sign == ":":
                is_key = False
            elif is_key:
                key = json.loads(sign)
                if key == "tags" and path == _ITEM:
                    self._tags = -1
            elif path == _ITEM:
                self._string(key, match.start() + 1, match.end() - 1)

    def _open(self, start: int) -> None:
        self._start, self._tags, self._title, self._bodies = start, None, None, []

    def _string(self, key: str, start: int, end: int) -> None:
        if key == "title":
            self._title = _unescaped(self.text, start, end)[0]
        elif key in _KINDS:
            value, starts, ends = _unescaped(self.text, start, end)
            if value:
                self._bodies.append(Body(value, _KINDS[key], starts, ends))

    def _close(self, end: int) -> None:
        mark = None
        if self._tags != -1 and self.text.find(MARK, self._start, end) < 0:
            place = self._start + 1 if self._tags is None else self._tags
            comma = "" if self.text[place:end].lstrip()[:1] in ("]", "}") else ", "
            before, after = ('"tags": ["', '"]') if self._tags is None else ('"', '"')
            mark = Mark(place, before, after + comma)
        self.items.append(Item(self._title, self._bodies, mark))
        self.spans.append((self._start, end))


def _unescaped(text: str, start: int, end: int) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """Undo the escapes of a string that stands between two quotation marks."""
    runs = Runs()
    at = start
    for match in _ESCAPE.finditer(text, start, end):
        runs.put(text[at : match.start()], at, match.start())
        decoded: Any = json.loads(f'"{match[0]}"')
        runs.put(decoded, *match.span())
        at = match.end()
    runs.put(text[at:end], at, end)
    return runs.finish()
