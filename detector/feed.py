"""Feeds in, feeds out: the one place that chains the steps from the bytes of a feed to the bytes of the same feed, cleaned.

Bodies are cleaned where they stand: each character of a body knows the stretch of the document it came from, so what goes
is cut out of the document and nothing is written anew. Encoding, declaration, escapes and CDATA sections stay as they are.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from detector.caution import is_doubtful
from detector.detector import Detector
from detector.errors import EncodingError, InputError
from detector.items import MARK, Body, Document, FeedFormat
from detector.jsonfeed import parse_json
from detector.labels import DEFAULT_REMOVE
from detector.markup import read
from detector.pruning import cut
from detector.result import HtmlResult, Verdict
from detector.xmlfeed import parse_xml

__all__ = ["FeedItem", "FeedResult", "clean_feed"]

_DECLARED: Final = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CODECS: Final = re.compile(
    r"utf-8|utf-16(?:-[bl]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|shift_jis\w*|euc_\w+|iso2022_\w+|gb\w+|big5\w*|johab|tis-620|hz"
)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_TAG: Final = re.compile(r"<[A-Za-z/!?]")
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What was found in an item of a feed.

    Attributes
    ----------
    title : str or None
        Without markup.
    verdict : {"editorial", "mixed", "promotional"}
        Of its longest body; ``editorial`` without one.
    promotional_share : float
        Of its longest body, in [0, 1].
    clickbait : float or None
        Score of its title, in [0, 1]; None without one.
    is_changed : bool
        Whether something was removed from one of its bodies.
    is_dropped : bool
        Whether the answer lacks the item.
    """

    title: str | None
    verdict: Verdict
    promotional_share: float
    clickbait: float | None
    is_changed: bool
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class FeedResult:
    """A feed, cleaned.

    Attributes
    ----------
    document : bytes
        The caller's document without what was removed, in its own encoding.
    format : {"atom", "json", "rdf", "rss"}
        ``rdf`` is RSS 1.0.
    items : tuple of FeedItem
        In the order of the document, dropped ones included.
    """

    document: bytes
    format: FeedFormat
    items: tuple[FeedItem, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what was found as plain values that JSON can hold; the document is not among them."""
        return {"format": self.format, "items": [asdict(item) for item in self.items]}


def clean_feed(
    detector: Detector,
    document: bytes,
    *,
    mark: bool = False,
    drop: Literal["promotional"] | None = None,
    is_cautious: bool = False,
    language: str | None = None,
    remove: Collection[str] = DEFAULT_REMOVE,
    threshold: float | None = None,
) -> FeedResult:
    """Clean the items of a feed.

    Parameters
    ----------
    detector : Detector
    document : bytes
        RSS 2.0, RSS 1.0, Atom or JSON Feed, in the encoding that its byte order mark or declaration states, else UTF-8.
    mark : bool
        Whether each item gets a category such as ``promo-detector:verdict=mixed,clickbait=0.83``.
    drop : {"promotional"}, optional
        Verdict of the items to drop; by default none is dropped.
    is_cautious : bool
        Whether bodies of which nearly everything would go stay as they are.
    language, remove, threshold
        As for `Detector.clean`.

    Returns
    -------
    FeedResult
        The document is the caller's byte for byte outside the removals and the categories.

    Raises
    ------
    FeedError
        If the document is not well-formed, is no feed, or declares a document type.
    EncodingError
        If its encoding is not known, or its bytes would not come back the same.
    InputError
        If an argument is of the wrong type or outside its range.

    Examples
    --------
    >>> rss = b'<rss version="2.0"><channel><item><title>Dax</title><description>Der Dax stieg.</description></item></channel></rss>'
    >>> result = clean_feed(Detector(), rss)
    >>> result.format, result.document == rss, result.items[0].verdict
    ('rss', True, 'editorial')
    """
    if not isinstance(document, bytes):
        raise InputError("feed", f"expected bytes, got {type(document).__name__}")
    if not isinstance(mark, bool):
        raise InputError("mark", f"expected true or false, got {mark!r}")
    if not isinstance(is_cautious, bool):
        raise InputError("is_cautious", f"expected true or false, got {is_cautious!r}")
    if drop not in (None, "promotional"):
        raise InputError("drop", f"{drop!r} is not allowed; the only value is 'promotional'")
    options = {"language": language, "remove": remove, "threshold": threshold}
    detector.clean("", **options)  # type: ignore[arg-type]  # a feed without items is judged like any other
    text, codec = _decoded(document)
    feed = parse_json(text) if text.lstrip("\ufeff \t\r\n").startswith("{") else parse_xml(text)
    gone = np.zeros(len(text), dtype=bool)
    found = []
    for item in feed.items:
        title = None if item.title is None else read(item.title).text
        cleaned = [_clean_body(detector, body, gone, title, options, is_cautious) for body in item.bodies]
        found.append(_found(detector, title, cleaned, drop))
    _drop(feed, [item.is_dropped for item in found], gone)
    pieces, at = [], 0
    for item, one in zip(feed.items, found, strict=True):
        where = item.mark
        if mark and where is not None and not one.is_dropped:
            pieces += [cut(text[at : where.place], gone[at : where.place]), where.before, _term(one), where.after]
            at = where.place
    pieces.append(cut(text[at:], gone[at:]))
    return FeedResult("".join(pieces).encode(codec, "surrogateescape"), feed.format, tuple(found))


def _decoded(document: bytes) -> tuple[str, str]:
    """Decode a document so that encoding it again gives the same bytes; return the name of the codec too."""
    codec = next((name for bom, name in _BOMS if document.startswith(bom)), None)
    if codec is None and document[:4] in (b"<\0?\0", b"\0<\0?"):
        codec = "utf-16-le" if document[0] else "utf-16-be"
    if codec is None:
        codec = _declared(document)
    try:
        text = document.decode(codec, "surrogateescape")
        broken = len(re.findall("[\udc80-\udcff]", text)) if codec == "utf-8" else 0
        if broken and 2 * broken > sum(map((0x7F).__lt__, document)):
            # Not UTF-8 at all, whatever it says. Feeds of that kind are mostly of the Windows code page of Western Europe.
            text, codec = document.decode("cp1252", "surrogateescape"), "cp1252"
        is_same = text.encode(codec, "surrogateescape") == document
    except UnicodeError as error:
        raise EncodingError("feed", f"not valid {codec}: {error}") from None
    if not is_same:
        raise EncodingError("feed", f"{codec} does not give the same bytes back")
    return text, codec


def _declared(document: bytes) -> str:
    match = _DECLARED.match(document)
    if match is None:
        return "utf-8"
    stated = match[1].decode("ascii")
    try:
        name = codecs.lookup(stated).name
    except LookupError:
        name = ""
    if _CODECS.fullmatch(name) is None:
        raise EncodingError("feed", f"{stated!r} is not a known encoding")
    # The declaration was read as ASCII, so UTF-16 it is not.
    return "utf-8" if name in ("utf-16", "utf-16-le", "utf-16-be", "ascii") else name


def _clean_body(
    detector: Detector, body: Body, gone: NDArray[np.bool_], title: str | None, options: dict[str, Any], is_cautious: bool
) -> tuple[HtmlResult, bool]:
    """Clean a body and note down what goes from the document; tell whether something does."""
    # What is called HTML may be plain text; its blank lines then part paragraphs.
    is_plain = body.kind == "html" and not _TAG.search(body.value) and _BLANK_LINE.search(body.value.strip()) is not None
    result, kept = detector.clean_markup(read(body.value, "text" if is_plain else body.kind), title=title, **options)
    if is_cautious and is_doubtful(result.extracted, result):
        return result, False
    lost = np.ones(len(body.value), dtype=bool)
    lost[kept] = False
    starts, ends = body.starts[lost], body.ends[lost]
    gone[starts] = True
    for at in np.flatnonzero(ends - starts > 1).tolist():
        gone[starts[at] : ends[at]] = True
    return result, bool(lost.any())


def _found(detector: Detector, title: str | None, cleaned: list[tuple[HtmlResult, bool]], drop: str | None) -> FeedItem:
    longest = max((result for result, _ in cleaned), key=lambda result: len(result.extracted), default=None)
    verdict: Verdict = longest.verdict if longest else "editorial"
    return FeedItem(
        title=title,
        verdict=verdict,
        promotional_share=longest.promotional_share if longest else 0.0,
        clickbait=None if title is None else detector.score_headline(title).score,
        is_changed=any(is_changed for _, is_changed in cleaned),
        is_dropped=verdict == drop,
    )


def _drop(feed: Document, is_dropped: list[bool], gone: NDArray[np.bool_]) -> None:
    """Note down the items that go, each with one of the commas beside it."""
    has_kept = False
    for number, goes in enumerate(is_dropped):
        if not goes:
            has_kept = True
            continue
        spans = list(feed.cuts[number])
        if feed.ties and (has_kept or number + 1 < len(feed.ties)):
            spans.append(feed.ties[number if has_kept else number + 1])
        for start, end in spans:
            gone[start:end] = True


def _term(item: FeedItem) -> str:
    """Return the category that says what was found."""
    return f"{MARK}verdict={item.verdict}" + ("" if item.clickbait is None else f",clickbait={item.clickbait:.2f}")
