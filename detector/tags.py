"""HTML to tokens, each with its place in the source.

The parsers that are maintained tell how elements nest but not where they stand. This room finds the places: it cuts a
source into text, tags and the rest as section 13.2.5 of the HTML standard ("Tokenization") has it, in one pass and in
linear time. `nodes` asks a maintained parser how the tags nest.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["CDATA", "END", "OTHER", "RAW", "START", "TEXT", "VOID", "Token", "attributes", "tokenize"]

TEXT: Final = 0
"""Text in which entities count."""
START: Final = 1
"""A start tag."""
END: Final = 2
"""An end tag."""
RAW: Final = 3
"""What stands inside a script, a style and their like."""
CDATA: Final = 4
"""A CDATA section of XML, marks included."""
OTHER: Final = 5
"""Comments, declarations, processing instructions, and a tag that never ends."""

VOID: Final = frozenset("area base br col embed frame hr img input keygen link meta param source track wbr".split())
"""Elements that have no content; section 13.1.2 of the HTML standard, with the obsolete ones of 13.2.6."""

_RAW_NAMES: Final = frozenset("iframe noembed noframes noscript script style textarea title xmp".split())
_FOREIGN: Final = frozenset(["math", "svg"])
# Start tags that end foreign content: section 13.2.6.5 of the HTML standard.
_BREAKOUT: Final = frozenset(
    """
    b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr
    ol p pre ruby s small span strong strike sub sup table tt u ul var
    """.split()
)
_WS: Final = r"\t\n\f\r "
# All quantifiers are possessive, so that a tag is read once however it ends. A quote that is never closed reaches to the end.
_VALUE: Final = rf"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^{_WS}>"'][^{_WS}>]*+)"""
_NAME: Final = rf"[^{_WS}/>][^{_WS}/>=]*+"
_ATTRIBUTES: Final = rf"(?:[{_WS}/]++|{_NAME}(?:[{_WS}]*+=[{_WS}]*+{_VALUE}?+)?+)*+"
_OPENING: Final = re.compile(r"<(?=[A-Za-z/!?])")
_TAG: Final = re.compile(rf"<(/?)([A-Za-z][^{_WS}/>]*+){_ATTRIBUTES}>")
_ATTRIBUTE: Final = re.compile(rf"({_NAME})(?:[{_WS}]*+=[{_WS}]*+({_VALUE})?+)?+")
_COMMENT_END: Final = re.compile(r"--!?>")
_ESCAPES: Final = re.compile(rf"<!--|-->|<(/?)script(?=[{_WS}/>])", re.IGNORECASE)


class Token(NamedTuple):
    """A piece of the source: its kind, its span, and the name of a tag in lower case (else empty)."""

    kind: int
    start: int
    end: int
    name: str


def tokenize(source: str, *, is_xml: bool = False) -> list[Token]:
    """Cut a source into tokens.

    Parameters
    ----------
    source : str
        Any string.
    is_xml : bool
        Whether it is the content of a well-formed XML element: tags may close themselves, CDATA sections hold text, no
        element is raw, and names lose their prefix.

    Returns
    -------
    list of Token
        In order; together they tile the source.

    Examples
    --------
    >>> [(token.kind, token.name, token.end) for token in tokenize("<p title='a>b'>Eins &lt; 2")]
    [(1, 'p', 15), (0, '', 26)]
    """
    out: list[Token] = []
    add = out.append
    at, text, n = 0, 0, len(source)
    foreign = 0
    while (opening := _OPENING.search(source, at)) is not None:
        begin = opening.start()
        tag = _TAG.match(source, begin)
        if tag is None:
            end = _other(source, begin, is_xml)
            if begin > text:
                add(Token(TEXT, text, begin, ""))
            add(Token(CDATA if is_xml and source.startswith("<![CDATA[", begin) else OTHER, begin, end, ""))
            at = text = end
            continue
        if begin > text:
            add(Token(TEXT, text, begin, ""))
        at = text = tag.end()
        slash, name = tag.groups()
        name = name.lower()
        if is_xml:
            name = name.rpartition(":")[2]
        if slash:
            foreign = max(0, foreign - (name in _FOREIGN))
            add(Token(END, begin, at, name))
            continue
        add(Token(START, begin, at, name))
        closes_itself = source[at - 2] == "/"
        if foreign and name in _BREAKOUT:
            foreign = 0
        if is_xml or foreign:
            if closes_itself:
                add(Token(END, at, at, name))
            elif foreign and name in _FOREIGN:
                foreign += 1
        elif name in _FOREIGN:
            if closes_itself:
                add(Token(END, at, at, name))
            else:
                foreign = 1
        elif name in _RAW_NAMES:
            at = text = _raw_end(source, at, name)
            if tag.end() < at:
                add(Token(RAW, tag.end(), at, ""))
        elif name == "plaintext":
            break
    if text < n:
        add(Token(TEXT, text, n, ""))
    return out


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a start tag, names in lower case, values as they stand without their quotes.

    Examples
    --------
    >>> attributes('<a HREF="/x?a=1&amp;b" rel=sponsored hidden>')
    {'href': '/x?a=1&amp;b', 'rel': 'sponsored', 'hidden': ''}
    """
    found: dict[str, str] = {}
    name = re.match(rf"<[^{_WS}/>]*", tag)
    for match in _ATTRIBUTE.finditer(tag, name.end() if name else 0, len(tag) - 1):
        key, value = match.groups("")
        found.setdefault(key.lower(), value[1:-1] if value[:1] in ("'", '"') else value)
    return found


def _other(source: str, begin: int, is_xml: bool) -> int:
    """Return the end of what begins like a tag and is none."""
    n = len(source)
    if source.startswith("<!--", begin):
        if source.startswith((">", "->"), begin + 4):
            return source.index(">", begin + 4) + 1
        match = _COMMENT_END.search(source, begin + 4)
        return match.end() if match else n
    mark = "]]>" if is_xml and source.startswith("<![CDATA[", begin) else "?>" if is_xml and source.startswith("<?", begin) else ">"
    if source[begin + 1 : begin + 3].lstrip("/")[:1].isascii() and source[begin + 1 : begin + 3].lstrip("/")[:1].isalpha():
        return n  # a tag whose end is missing swallows the rest
    end = source.find(mark, begin + 1)
    return n if end < 0 else end + len(mark)


def _raw_end(source: str, at: int, name: str) -> int:
    """Return where the end tag of a raw element begins, or the end of the source."""
    if name != "script":
        match = re.compile(rf"</{name}(?=[{_WS}/>])", re.IGNORECASE).search(source, at)
        return match.start() if match else len(source)
    # A script inside a comment inside a script needs an end tag of its own ("script data double escaped state").
    is_escaped = is_doubled = False
    for match in _ESCAPES.finditer(source, at):
        if match[0] == "<!--":
            is_escaped = True
        elif match[0] == "-->":
            is_escaped = is_doubled = False
        elif match[1] and not is_doubled:
            return match.start()
        else:
            is_doubled = is_escaped and not match[1]
    return len(source)
