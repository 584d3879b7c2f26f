"""Text to blocks and sentences, by offsets.

A block is a line: a paragraph, a heading, a list item. A sentence is the unit that the model labels. Both lie between
white space; together the sentences hold every character of the text that is not white space.

Feeds and archives deliver articles whose line breaks are lost, with or without a space where they were. So a sentence
also ends at a full stop that a capital letter follows directly, at the mark of an advertisement, and, shortly after a
mark that is glued to the next word, where a lower-case letter runs into a capital one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_SENTENCE_CHARS", "Sentences", "segment"]

MAX_SENTENCE_CHARS: Final = 600
"""A longer run without any sentence end is cut at white space, so that no unit grows without bound."""

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
_MAY_END: Final = frozenset("co corp inc ltd usw etc u.s u.k p.a".split())
_OPENER: Final = re.compile(r"(?:Der|Die|Das|Ein|Eine|Im|In|The|A|An|It|He|She|But|And|However|This|That|While|If|We|Our|As)\b")
_MONTHS: Final = re.compile(
    "Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Quartal|Halbjahr|Jahrhundert|Etage|Platz|Rang|Mal|Tag|Woche|Auflage|Geschäfts"
)
_OPENING: Final = "\"'„“‚‘»«›‹([¿¡"

# Ways in which a sentence ends. Each expression begins with a set of characters, which the engine scans for fast.
_STOP: Final = re.compile(rf"[.!?…]+[{_CLOSE}]*")
_GLUED_STOP: Final = re.compile(rf"[{_OPEN}]?[{_UPPER}][{_LOWER}]")
_MARK: Final = re.compile(
    rf"(?<!\w)(?:Anzeige|ANZEIGE|Werbung|WERBUNG|Advertisement|ADVERTISEMENT|Sponsored|Promoted)(?:(?=[{_UPPER}\d]\w)|(?=:?\s)|(?=[a-z]+\.[a-z]))"
)
_ITEM: Final = re.compile(r"(?<=\s)[•►▶➤✔✅☑→|*·‣▪](?=\s)")
_CUE: Final = re.compile(r"[A-Z]{4,}(?: [A-Z]{2,}){0,3}:")
_CHAIN_CHARS: Final = 320
_CAMEL: Final = re.compile(rf"(?<=[{_LOWER}]{{2}})(?=[{_UPPER}][{_LOWER}]+[\s:,-]|[{_UPPER}]{{3}}[{_UPPER}\s]|\d+\s[{_UPPER}])")


@dataclass(frozen=True, slots=True)
class Sentences:
    """Spans of the sentences of one text, in order.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_sentences,)
        Offsets in code points; ``ends`` are exclusive. No span begins or ends with white space.
    blocks : ndarray of int64, shape (n_sentences,)
        Number of the block that holds the sentence, from 0, without gaps.
    gaps : ndarray of int64, shape (n_sentences,)
        Line breaks between this sentence and the one before it (0 inside a block; 2 or more mean a blank line).
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
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
    starts: list[int] = []
    ends: list[int] = []
    blocks: list[int] = []
    gaps: list[int] = []
    block = -1
    after = 0
    for start, end in _block_spans(text):
        gap = text.count("\n", after, start) or (text.count("\r", after, start) or 1 if block >= 0 else 0)
        after = end
        block += 1
        for begin, stop in _sentences(text[start:end]):
            starts.append(start + begin)
            ends.append(start + stop)
            blocks.append(block)
            gaps.append(gap)
            gap = 0
    return Sentences(*(np.array(x, dtype=np.int64) for x in (starts, ends, blocks, gaps)))


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


def _sentences(body: str) -> list[tuple[int, int]]:
    """Split one block, given without white space at its ends, into spans."""
    cuts = [m.end() for m in _STOP.finditer(body) if _is_end(body, m)]
    extra = [m.start() for m in _ITEM.finditer(body)]
    if ":" in body:
        extra += [m.start() for m in _CUE.finditer(body) if not body[: m.start()].rstrip()[-1:].isupper()]
    for mark in _MARK.finditer(body):
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
        lead = len(piece) - len(piece.lstrip())
        stripped = len(piece.strip())
        if stripped:
            spans.extend(_bounded(body, begin + lead, begin + lead + stripped))
        begin = cut
    return spans


def _is_end(body: str, match: re.Match[str]) -> bool:
    """Tell whether a stop with its closing marks really ends a sentence."""
    end = match.end()
    if end >= len(body):
        return False
    stop = match.group()
    if not body[end].isspace():
        before = body[match.start() - 1 : match.start()]
        return bool(_GLUED_STOP.match(body, end)) and (before.islower() or before in '0123456789%€$)]"“” ' or len(stop) > 1)
    follow = body[end : end + 24].lstrip()
    if not follow:
        return False
    opening = follow.lstrip(_OPENING)[:1]
    if stop[0] != ".":
        # A question inside a quotation goes on in lower case: "Was nun?", fragt der Händler.
        return not (opening.islower() or follow[0] in ",;–-")
    if follow[0] == "(" and len(body) - end < 40 and body.endswith(")"):
        return True  # the agency's mark behind the last sentence
    if opening.islower() or follow[0] in ",;:":
        return False
    if stop != ".":
        return True
    head = body[max(0, match.start() - 20) : match.start()].split()
    word = head[-1].lstrip(_OPENING).lower() if head else ""
    if len(word) > 8:
        return True
    if not word:
        return False
    if word.isdigit() and len(word) <= 2:
        return not _MONTHS.match(follow) and not opening.isdigit() and match.start() > len(word) + 40
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
