"""Text to blocks and sentences, by offsets.

A block is a line: a paragraph, a heading, a list item. A sentence is the unit that the model labels. Both lie between
white space; together the sentences hold every character of the text that is not white space.

Feeds and archives deliver articles whose line breaks are lost, with or without a space where they were. So a sentence
also ends at a full stop that a capital letter follows directly, at the mark of an advertisement, and, shortly after a
mark that is glued to the next word, where a lower-case letter runs into a capital one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.folding import LATIN_LOOK_ALIKES, OTHER_SCRIPTS

__all__ = ["MAX_SENTENCE_CHARS", "SEPARATOR", "Sentences", "run_heads", "segment", "segment_all"]

MAX_SENTENCE_CHARS: Final = 600
"""A longer run without any sentence end is cut at white space, so that no unit grows without bound."""

SEPARATOR: Final = "\n\n"
"""What stands between texts laid end to end; nothing that is read of a text reaches over it."""

_UPPER: Final = "A-ZÄÖÜÀ-ÞĀŁŚŠŽ"
_LOWER: Final = "a-zäöüßà-ÿāłśšž"
_OPEN: Final = "\"'„“‚‘»«›‹(\\[¿¡"
_CLOSE: Final = "\"'”“’‘»«›‹)\\]"

_BLOCK: Final = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

# Words before a full stop that end no sentence. Own list; the German ones follow Duden's, the English ones the
# Chicago Manual's lists of common abbreviations, restricted to what financial texts use.
_ABBREVIATIONS: Final = frozenset(
    """
    abs abt allg anm art aufl bd betr bzgl bzw ca chr co corp dgl dipl dr ebd ehem einschl engl etc evtl exkl ff
    fr frz geb gem gest ggf ggü hrsg inc inkl insb int jan feb mär apr jun jul aug sep sept okt nov dez jh jhd
    kap kfm lat lt ltd max mind min mio mrd mr mrs ms nr op orig pl pos prof rd resp rs sen sog st std str stv
    tel tsd ua usf usw usd vgl vol vorm vs wg zb zt zzgl no vs gen gov hon jr sr sgt rep rev est dept dist al
    approx avg bros cf cos e.g i.e eg ie fig mt messrs p.a u.a z.b d.h u.s u.k
    """.split()
)
_LONG_WORD: Final = max(map(len, _ABBREVIATIONS)) + 1
_MAY_END: Final = frozenset("co corp inc ltd usw etc u.s u.k p.a".split())
_OPENER: Final = re.compile(r"(?:Der|Die|Das|Ein|Eine|Im|In|The|A|An|It|He|She|But|And|However|This|That|While|If|We|Our|As)\b")
_MONTHS: Final = re.compile(
    "Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Quartal|Halbjahr|Jahrhundert|Etage|Platz|Rang|Mal|Tag|Woche|Auflage|Geschäfts"
)
_OPENING: Final = "\"'„“‚‘»«›‹([¿¡"

# Ways in which a sentence ends. Each expression begins with a set of characters, which the engine scans for fast, and
# rules out most of what ends none by itself.
_STOP: Final = re.compile(rf"[.!?…]++[{_CLOSE}]*+(?:(?=\s++[^{_LOWER}])|(?=[{_OPEN}]?[{_UPPER}][{_LOWER}]))")
_MARK_PARTS: Final = ("nzeige", "NZEIGE", "erbung", "ERBUNG", "dvertisement", "DVERTISEMENT", "ponsored", "romoted")
_MARK: Final = re.compile(
    rf"(?<!\w)(?:Anzeige|ANZEIGE|Werbung|WERBUNG|Advertisement|ADVERTISEMENT|Sponsored|Promoted)(?:(?=[{_UPPER}\d]\w)|(?=:?\s)|(?=[a-z]+\.[a-z]))"
)
_BULLET: Final = "•►▶➤✔✅☑→|*·‣▪"
_ANY_BULLET: Final = re.compile(rf"[{_BULLET}]")
_ITEM: Final = re.compile(rf"(?<=\s)[{_BULLET}](?=\s)")
_CUE: Final = re.compile(r"[A-Z]{4,}(?: [A-Z]{2,}){0,3}:")
_CHAIN_CHARS: Final = 320
_CAMEL: Final = re.compile(rf"(?<=[{_LOWER}]{{2}})(?=[{_UPPER}][{_LOWER}]+[\s:,-]|[{_UPPER}]{{3}}[{_UPPER}\s]|\d+\s[{_UPPER}])")


def run_heads(numbers: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each run of equal numbers begins, and how long it is, such as the blocks of sentences or the texts."""
    n = len(numbers)
    begins = np.ones(n, dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=begins[1:])
    heads = np.flatnonzero(begins)
    sizes = np.full(len(heads), n, dtype=np.int64)
    sizes[:-1] = heads[1:]
    return heads, sizes - heads


@dataclass(frozen=True, slots=True)
class Sentences:
    """Spans of the sentences of one text, or of several laid end to end, in order.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_sentences,)
        Offsets in code points; ``ends`` are exclusive. No span begins or ends with white space.
    texts : ndarray of int64, shape (n_sentences,)
        Number of the text that holds the sentence, from 0; a text without sentences leaves a gap.
    blocks : ndarray of int64, shape (n_sentences,)
        Number of the block that holds the sentence, from 0, without gaps; no two texts share a block.
    gaps : ndarray of int64, shape (n_sentences,)
        Line breaks between this sentence and the one before it (0 inside a block; 2 or more mean a blank line).
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    texts: NDArray[np.int64]
    blocks: NDArray[np.int64]
    gaps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)


def segment(text: str) -> Sentences:
    r"""Split a text into blocks and sentences.

    Parameters
    ----------
    text : str
        Any string, empty too.

    Returns
    -------
    Sentences
        Everything between two spans, before the first and after the last is white space.

    Examples
    --------
    >>> text = "Der Kurs stieg um 2 Prozent.AnzeigeJetzt lesen!\nDie 3. Auflage folgt."
    >>> [text[a:b] for a, b in zip(*(x.tolist() for x in (segment(text).starts, segment(text).ends)))]
    ['Der Kurs stieg um 2 Prozent.', 'Anzeige', 'Jetzt lesen!', 'Die 3. Auflage folgt.']
    """
    return segment_all([text])


def segment_all(texts: Sequence[str]) -> Sentences:
    """Split several texts, each on its own, into blocks and sentences.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    Sentences
        Offsets count in the texts joined by `SEPARATOR`.
    """
    rows: list[tuple[int, int, int, int, int]] = []
    block = offset = 0
    for number, text in enumerate(texts):
        if OTHER_SCRIPTS.search(text):
            text = text.translate(LATIN_LOOK_ALIKES)  # a disguised mark, capital or abbreviation counts as what it looks like
        after = 0
        special = _Special.of(text)
        for start, end in _block_spans(text):
            gap = text.count("\n", after, start) or (text.count("\r", after, start) or 1 if after else 0)
            after = end
            for begin, stop in _sentences(text[start:end], special):
                rows.append((offset + start + begin, offset + start + stop, number, block, gap))
                gap = 0
            block += 1
        offset += len(text) + len(SEPARATOR)
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Sentences(*np.ascontiguousarray(table.T))


@dataclass(frozen=True, slots=True)
class _Special:
    """Which of the rarer ways to end a sentence a text may hold; found once, for they are looked for in each block."""

    items: bool
    cues: bool
    marks: bool

    @classmethod
    def of(cls, text: str) -> _Special:
        return cls(bool(_ANY_BULLET.search(text)), ":" in text, any(part in text for part in _MARK_PARTS))


def _block_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the lines, without white space at their ends; a line that runs on is one with the next."""
    spans: list[tuple[int, int]] = []
    for match in _BLOCK.finditer(text):
        line = match.group()
        body = line.strip()
        if not body:
            continue
        start = match.start() + len(line) - len(line.lstrip())
        if spans and _runs_on(text, spans[-1][1], start):
            spans[-1] = (spans[-1][0], start + len(body))
        else:
            spans.append((start, start + len(body)))
    return spans


def _runs_on(text: str, end: int, start: int) -> bool:
    """Tell whether the line break between two lines stands inside a sentence.

    So it is in mails with hard-wrapped lines, and where the words of a link got lines of their own.
    """
    gap = text[end:start]
    if gap.count("\n") != 1 or text[end - 1] in ".!?:…":
        return False
    first = text[start]
    return first.islower() or first in ",.;)" or (((len(gap) > 1 and gap[0] in " \xa0") or gap[-1] in " \xa0") and "\t" not in gap)


def _sentences(body: str, special: _Special) -> list[tuple[int, int]]:
    """Split one block, given without white space at its ends, into spans."""
    cuts = [m.end() for m in _STOP.finditer(body) if _is_end(body, m.start(), m.end())]
    extra = [m.start() for m in _ITEM.finditer(body)] if special.items else []
    if special.cues and ":" in body:
        extra += [m.start() for m in _CUE.finditer(body) if not body[: m.start()].rstrip()[-1:].isupper()]
    for mark in _MARK.finditer(body) if special.marks else ():
        extra += mark.span()
        if not body[mark.end() : mark.end() + 1].isspace():
            # A glued advertisement is a chain of sponsors and headlines without any mark between them.
            extra += [m.start() for m in _CAMEL.finditer(body, mark.end(), mark.end() + _CHAIN_CHARS)]
    if extra:
        cuts = sorted({*cuts, *extra})
    spans: list[tuple[int, int]] = []
    begin = 0
    for cut in (*cuts, len(body)):
        if cut <= begin:
            continue
        piece = body[begin:cut]
        bare = piece.lstrip()
        start = cut - len(bare)
        stop = start + len(bare.rstrip())
        if stop - start > MAX_SENTENCE_CHARS:
            spans.extend(_bounded(body, start, stop))
        elif stop > start:
            spans.append((start, stop))
        begin = cut
    return spans


def _is_end(body: str, start: int, end: int) -> bool:
    """Tell whether a stop with its closing marks, which white space or a capital letter follows, ends a sentence."""
    if not body[end].isspace():
        before = body[start - 1 : start]
        return before.islower() or before in '0123456789%€$)]"“” ' or end - start > 1
    if body[end + 1].isupper() and (
        end - start > 1 or body[start] != "." or (start >= _LONG_WORD and body[start - _LONG_WORD : start].isalpha())
    ):
        return True
    follow = body[end : end + 24].lstrip()
    if not follow:
        return False
    first = follow[0]
    opening = follow.lstrip(_OPENING)[:1] if first in _OPENING else first
    if body[start] != ".":
        # A question inside a quotation goes on in lower case: "Was nun?", fragt der Händler.
        return not (opening.islower() or first in ",;–-")
    if first == "(" and len(body) - end < 40 and body.endswith(")"):
        return True  # the agency's mark behind the last sentence
    if opening.islower() or first in ",;:":
        return False
    if end - start > 1:
        return True
    head = body[max(0, start - 20) : start].split()
    word = head[-1].lstrip(_OPENING).lower() if head else ""
    if len(word) > _LONG_WORD:
        return True
    if not word:
        return False
    if word.isdigit() and len(word) <= 2:
        return not _MONTHS.match(follow) and not opening.isdigit() and start > len(word) + 40
    if len(word) == 1:
        return not word.isalpha()
    if word in _ABBREVIATIONS or (len(word) <= 5 and "." in word):
        return word in _MAY_END and bool(_OPENER.match(follow))
    return True


def _bounded(body: str, begin: int, end: int) -> list[tuple[int, int]]:
    """Cut a span that is too long at white space, or hard where there is none."""
    spans = []
    while end - begin > MAX_SENTENCE_CHARS:
        cut = body.rfind(" ", begin + MAX_SENTENCE_CHARS // 2, begin + MAX_SENTENCE_CHARS)
        cut = begin + MAX_SENTENCE_CHARS if cut < 0 else cut
        stop = begin + len(body[begin:cut].rstrip())
        if stop > begin:
            spans.append((begin, stop))
        begin = cut + len(body[cut:end]) - len(body[cut:end].lstrip())
    if end > begin:
        spans.append((begin, end))
    return spans
