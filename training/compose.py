"""Training documents from the pieces of the corpus, built as the world builds them.

A report is taken, near-misses, offers, teasers, notices and bylines are put where houses put them, some lines of them
get lost, line breaks collapse, sentences are glued, and an offer comes to name the company that the report is about.
Everything is drawn from one seeded generator, so the same corpus and seed give the same documents.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from detector.labels import Label
from training.names import COMPANIES, INVENTED
from training.records import Document, Fragment, Span

__all__ = ["Composer", "fold_of"]

Part = tuple[str, Label]
"""A stretch of text with its label."""

Block = list[Part]
"""The parts of one line, in order."""

_COMPANY: Final = re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, COMPANIES), key=len, reverse=True)) + r")(?!\w)")
_BULLETS: Final = ("• ", "- ", "* ", "→ ", "» ", "✓ ", "► ", "+++ ", "👉 ", "🔥 ", "1. ")
_MARKS: Final = {"de": ("Anzeige", "Werbung", "ANZEIGE", "- Anzeige -", "Anzeige:"), "en": ("Advertisement", "Sponsored", "Ad", "Promoted")}


def fold_of(lang: str, voice: str, n_folds: int) -> int:
    """Return the fold of a voice; all texts of one voice of one language share a fold.

    Parameters
    ----------
    lang, voice : str
    n_folds : int

    Returns
    -------
    int
        In [0, n_folds).
    """
    value = 2166136261
    for char in f"{lang}/{voice}":
        value = (value ^ ord(char)) * 16777619 % (1 << 32)  # FNV-1a, stable between runs
    return (value >> 7) % n_folds


@dataclass(frozen=True, slots=True)
class _Pool:
    """The pieces of one language from which documents are composed."""

    articles: Sequence[Document]
    mixed: Sequence[Document]
    fragments: dict[str, list[Fragment]]


class Composer:
    """Compose labelled documents.

    Parameters
    ----------
    documents : iterable of Document
    fragments : iterable of Fragment
    seed : int
        Seed of the generator.
    """

    def __init__(self, documents: Iterable[Document], fragments: Iterable[Fragment], seed: int) -> None:
        self._random = random.Random(seed)
        by_lang: dict[str, dict[str, list[Fragment]]] = defaultdict(lambda: defaultdict(list))
        for fragment in fragments:
            by_lang[fragment.lang][fragment.label].append(fragment)
            if fragment.kind in ("inline_lure", "native_ad", "native_oneliner", "stock_mail", "pump_mail", "advertorial"):
                by_lang[fragment.lang][fragment.kind].append(fragment)
        documents = tuple(documents)
        self._pools = {}
        for lang in sorted(by_lang):
            whole = [d for d in documents if d.lang == lang]
            plain = [d for d in whole if not {s.label for s in d.spans} & {"promotion", "teaser"} and d.title]
            self._pools[lang] = _Pool(plain, [d for d in whole if d not in plain], by_lang[lang])

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which there are pieces."""
        return tuple(self._pools)

    def compose(self, lang: str) -> Document:
        """Compose one document.

        Parameters
        ----------
        lang : {"de", "en"}

        Returns
        -------
        Document
            Its ``kind`` names the plan it was built by.
        """
        draw, pool = self._random, self._pools[lang]
        roll = draw.random()
        if roll < 0.10:
            return self._only_offer(lang, pool)
        if roll < 0.21:
            return self._short_note(lang, pool)
        if roll < 0.45 and pool.mixed:
            source = draw.choice(pool.mixed)
            return self._finish(lang, "mixed", source, _blocks_of(source))
        source = draw.choice(pool.articles)
        blocks = _blocks_of(source)
        if draw.random() < 0.25:
            begin = draw.randrange(max(1, len(blocks) - 3))
            blocks = blocks[begin : begin + draw.randint(3, 12)]
        self._add(blocks, pool, "editorial", draw.choice((0, 0, 0, 1)), first=1)
        plan = draw.choices(
            ("plain", "seed", "end", "middle", "both", "start", "native", "hybrid", "page"), (30, 20, 12, 15, 8, 3, 7, 5, 6)
        )[0]
        if plan in ("end", "both", "seed"):
            for _ in range(1 if plan == "seed" else draw.choice((1, 1, 1, 2, 3))):
                self._put(blocks, self._offer(pool, plan), len(blocks))
        if pool.fragments["inline_lure"] and draw.random() < {"seed": 1.0, "end": 0.6, "both": 0.6, "middle": 0.35}.get(plan, 0):
            self._put(blocks, self._piece(pool, "inline_lure"), draw.randint(1, max(1, len(blocks) - 2)))
        if plan in ("middle", "both"):
            for _ in range(draw.choice((1, 1, 2, 2, 3, 4))):
                self._put(blocks, self._offer(pool, plan), draw.randint(1, len(blocks)))
        if plan == "start":
            self._put(blocks, self._offer(pool, plan), 0)
        if plan == "native":
            self._native(lang, blocks, pool)
        if plan == "hybrid":
            self._hybrid(blocks, pool)
        if plan == "page":
            self._add(blocks, pool, "teaser", draw.randint(2, 5), first=1)
            self._add(blocks, pool, "boilerplate", draw.randint(2, 7), first=0)
            self._add(blocks, pool, "promotion", draw.choice((0, 1, 1, 2)), first=1)
        self._frame(blocks, pool)
        return self._finish(lang, plan, source, blocks)

    # Plans

    def _only_offer(self, lang: str, pool: _Pool) -> Document:
        """A mail or an advertorial: nothing but the offer, with or without its notice."""
        names = [k for k in ("stock_mail", "stock_mail", "pump_mail", "advertorial", "promotion") if pool.fragments[k]]
        blocks: list[Block] = []
        for _ in range(self._random.choice((1, 1, 2))):
            self._put(blocks, self._piece(pool, self._random.choice(names)), len(blocks))
        if self._random.random() < 0.4 and pool.fragments["disclosure"]:
            self._put(blocks, self._piece(pool, "disclosure"), len(blocks))
        source = Document(lang, "offer", "offer", "", "", ())
        return self._finish(lang, "offer", source, blocks)

    def _short_note(self, lang: str, pool: _Pool) -> Document:
        """Editorial passages without an article around them, sometimes with an offer behind."""
        blocks: list[Block] = []
        first = self._piece(pool, "editorial")
        akin = [f for f in pool.fragments["editorial"] if f.kind == first.kind]
        for piece in (first, *self._random.choices(akin, k=self._random.randint(0, 4))):
            self._put(blocks, piece, len(blocks))
        if self._random.random() < 0.35:
            self._put(blocks, self._offer(pool, "note"), len(blocks))
        return self._finish(lang, "note", Document(lang, "note", "note", "", "", ()), blocks)

    def _native(self, lang: str, blocks: list[Block], pool: _Pool) -> None:
        names = [k for k in ("native_ad", "native_oneliner") if pool.fragments[k]] or ["promotion"]
        for _ in range(self._random.choice((1, 1, 2, 3))):
            lines = [part for _ in range(self._random.choice((1, 2, 2))) for part in _lines(self._piece(pool, self._random.choice(names)))]
            if self._random.random() < 0.6:
                lines.insert(0, self._random.choice(_MARKS[lang]))
            if self._random.random() < 0.5:
                self._put(blocks, [("".join(lines), "promotion")], self._random.randint(1, len(blocks)))
            else:
                at = self._random.randint(1, len(blocks))
                blocks[at:at] = [[(line, "promotion")] for line in lines]

    def _hybrid(self, blocks: list[Block], pool: _Pool) -> None:
        """End, or interrupt, an editorial paragraph with an offer."""
        long = [k for k, b in enumerate(blocks) if len(b) == 1 and b[0][1] == "editorial" and len(b[0][0]) > 120]
        for k in self._random.sample(long, min(len(long), self._random.choice((1, 1, 2)))):
            offer = " ".join(_lines(self._piece(pool, "promotion"))[:2])
            text = blocks[k][0][0]
            cut = text.rfind(". ", 0, int(len(text) * 0.7)) + 1 if self._random.random() < 0.3 else 0
            if cut > 40:
                blocks[k] = [(text[:cut], "editorial"), (" " + offer, "promotion"), (text[cut:], "editorial")]
            else:
                blocks[k] = [(text, "editorial"), (" " + offer, "promotion")]

    def _frame(self, blocks: list[Block], pool: _Pool) -> None:
        """Put bylines, notices and pointers where houses put them."""
        draw = self._random
        for label, share, places in (
            ("boilerplate", 0.3, "start"), ("boilerplate", 0.25, "end"), ("disclosure", 0.25, "end"), ("teaser", 0.2, "end"),
            ("teaser", 0.18, "any"), ("boilerplate", 0.08, "any"), ("disclosure", 0.04, "any"),
        ):  # fmt: skip
            if draw.random() < share and pool.fragments[label]:
                at = {"start": 0, "end": len(blocks), "any": draw.randint(0, len(blocks))}[places]
                self._put(blocks, self._piece(pool, label), at)

    # Pieces

    def _piece(self, pool: _Pool, name: str) -> Fragment:
        return self._random.choice(pool.fragments[name])

    def _add(self, blocks: list[Block], pool: _Pool, name: str, count: int, first: int) -> None:
        for _ in range(count if pool.fragments[name] else 0):
            self._put(blocks, self._piece(pool, name), self._random.randint(min(first, len(blocks)), len(blocks)))

    def _offer(self, pool: _Pool, plan: str) -> list[Part]:
        """An offer with what happens to offers on their way: lost lines, brackets, bullets, capitals."""
        draw = self._random
        lines = _lines(self._piece(pool, "promotion"))
        if len(lines) > 1 and draw.random() < 0.3:
            kind = draw.random()
            lines = lines[1:] if kind < 0.35 else lines[:-1] if kind < 0.7 else [x for x in lines if draw.random() < 0.7] or lines[:1]
        if plan == "middle" and len(lines) <= 2 and draw.random() < 0.25 and not lines[0].startswith(("[", "(")):
            lines[0], lines[-1] = "[" + lines[0], lines[-1]
            lines[-1] += "]"
        if draw.random() < 0.06:
            bullet = draw.choice(_BULLETS)
            lines = [bullet + x for x in lines]
        if draw.random() < 0.04:
            lines[0] = lines[0].upper()
        if draw.random() < (0.4 if plan == "middle" else 0.15):
            lines = [" ".join(lines[: draw.randint(1, len(lines))])]
        return [(line, "promotion") for line in lines]

    def _put(self, blocks: list[Block], piece: Fragment | list[Part], at: int) -> None:
        parts = [(line, piece.label) for line in _lines(piece)] if isinstance(piece, Fragment) else piece
        blocks[at:at] = [[part] for part in parts]

    # Text

    def _finish(self, lang: str, plan: str, source: Document, blocks: list[Block]) -> Document:
        """Name the same company everywhere, choose the line breaks and join."""
        draw = self._random
        report = " ".join(text for block in blocks for text, label in block if label == "editorial")
        known = _COMPANY.findall(report) or [draw.choice((*COMPANIES, *INVENTED))]
        hero = max(set(known), key=lambda name: (known.count(name), name))
        stand_in = draw.choice((*COMPANIES, *INVENTED)) if draw.random() < 0.7 else hero

        def renamed(text: str, label: Label) -> str:
            if label == "editorial":
                return text.replace(hero, stand_in)
            found = _COMPANY.search(text)
            return text.replace(found.group(), stand_in) if found else text

        between = draw.choices(("\n\n", "\n", " ", "", " \n \n"), (38, 32, 18, 10 if lang == "de" else 4, 2))[0]
        loose = draw.random() if draw.random() < 0.25 else 0.0  # part of the breaks that are single though others are double
        tight = draw.random() * 0.8  # the same for the lines of one offer or list
        if draw.random() < 0.12:
            blocks = [[part] for block in blocks for part in self._split_lines(block)]
        text, spans = "", []
        for number, block in enumerate(blocks):
            if number:
                inner = block[0][1] == blocks[number - 1][0][1] != "editorial"
                text += "\n" if between == "\n\n" and draw.random() < (tight if inner else loose) else between
            for raw, label in block:
                piece = renamed(raw, label)
                if between == "" and label == "editorial" and lang == "de" and draw.random() < 0.5:
                    piece = self._unlinked(piece)
                begin = len(text) + len(piece) - len(piece.lstrip())
                text += piece
                if piece.strip():
                    spans.append(Span(begin, begin + len(piece.strip()), label))
        title = source.title.replace(hero, stand_in) if draw.random() < 0.75 else ""
        return Document(lang, plan, source.voice, title, text, tuple(spans))

    def _split_lines(self, block: Block) -> list[Part]:
        """Give each sentence of an editorial paragraph a line of its own."""
        if len(block) > 1 or block[0][1] != "editorial":
            return block
        return [(line, "editorial") for line in re.split(r"(?<=[a-zäöüß]{3}[.!?]) (?=[A-ZÄÖÜ])", block[0][0])]

    def _unlinked(self, text: str) -> str:
        """Glue a few words as happens where links are cut out of a page."""
        words = text.split(" ")
        for _ in range(max(1, len(words) // 40)):
            at = self._random.randrange(len(words))
            if at + 2 < len(words) and words[at + 1][:1].isupper():
                words[at : at + 3] = ["".join(words[at : at + 3])]
        return " ".join(words)


def _lines(piece: Fragment | list[Part]) -> list[str]:
    text = piece.text if isinstance(piece, Fragment) else "\n".join(p for p, _ in piece)
    return [line.strip() for line in text.split("\n") if line.strip()]


def _blocks_of(document: Document) -> list[Block]:
    """Split a document at its line breaks into blocks of labelled parts."""
    blocks: list[Block] = [[]]
    at = 0
    for span in document.spans:
        if "\n" in document.text[at : span.start] and blocks[-1]:
            blocks.append([])
        lead = document.text[at : span.start].rpartition("\n")[2] if blocks[-1] else ""
        for k, line in enumerate(document.text[span.start : span.end].split("\n")):
            if k and blocks[-1]:
                blocks.append([])
            if line.strip():
                blocks[-1].append(((lead if not k else "") + line.strip(), span.label))
        at = span.end
    return [b for b in blocks if b]
