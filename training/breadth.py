"""How broad the corpus is, in figures: repeats, vocabulary, balance.

A near-duplicate shares half of its word 5-grams with another text of its language. A skeleton is what is left of a text
when names and numbers become slots and only the first words of each line stay; two texts with one skeleton were
written to one template.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from training.records import Corpus

__all__ = ["Breadth", "measure", "near_duplicates", "skeleton", "skeleton_repeats"]

_SHINGLE: Final = 5
_NEAR: Final = 0.5
_LEAST_SHINGLES: Final = 12
"""Shorter texts, such as standing notices, do not count."""
_WORD: Final = re.compile(r"\w+")
_SLOT: Final = re.compile(r"\d[\d.,:%]*|\b[A-ZÄÖÜ][\w&.-]*(?: [A-ZÄÖÜ][\w&.-]*)*")
_SKELETON_WORDS: Final = 9


@dataclass(frozen=True, slots=True)
class Breadth:
    """Figures of the pieces of one language and label.

    Attributes
    ----------
    n_pieces, n_words, n_voices, n_kinds : int
    vocabulary : tuple of int
        Distinct words in the first quarter, half, three quarters and the whole of the words.
    largest_voice : float
        Share of the most frequent voice, in (0, 1].
    evenness : float
        Entropy of the voices over its maximum (Pielou, 1966), in [0, 1].
    """

    n_pieces: int
    n_words: int
    n_voices: int
    n_kinds: int
    vocabulary: tuple[int, ...]
    largest_voice: float
    evenness: float


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)}


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Find the pairs of texts that share at least half of the 5-grams of the shorter one.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    list of (int, int, float)
        Indices, smaller first, and the shared part in [0.5, 1].
    """
    sets = [s if len(s) >= _LEAST_SHINGLES else set() for s in map(_shingles, texts)]
    where: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for k, shingles in enumerate(sets):
        for shingle in shingles:
            where[shingle].append(k)
    shared: Counter[tuple[int, int]] = Counter()
    for owners in where.values():
        for i, a in enumerate(owners):
            for b in owners[i + 1 :]:
                shared[a, b] += 1
    pairs = ((a, b, n / min(len(sets[a]), len(sets[b]))) for (a, b), n in shared.items())
    return sorted((a, b, round(part, 3)) for a, b, part in pairs if part >= _NEAR)


def skeleton(text: str) -> str:
    """Return the skeleton of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> skeleton("kaufen Sie Siemens am 3. Mai?") == skeleton("kaufen Sie Allianz am 14. Juni?")
    True
    """
    lines = [_SLOT.sub("_", line).lower() for line in text.split("\n") if line.strip()]
    return "\n".join(" ".join(line.split()[:_SKELETON_WORDS]) for line in lines)


def skeleton_repeats(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Return the skeletons of at least four words that occur more than once, most frequent first."""
    counts = Counter(skeleton(t) for t in texts)
    return [(s, n) for s, n in counts.most_common() if n > 1 and len(re.findall(r"[^\W_]{2,}", s)) >= 4]


def measure(corpus: Corpus) -> dict[tuple[str, str], Breadth]:
    """Measure each language and label; whole documents count as ``document``, headlines as ``headline``.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    dict
        From (language, label) to its figures, sorted.
    """
    groups: defaultdict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for document in corpus.documents:
        groups[document.lang, "document"].append((document.text, document.kind, document.voice))
    for fragment in corpus.fragments:
        groups[fragment.lang, fragment.label].append((fragment.text, fragment.kind, fragment.voice))
    for headline in corpus.headlines:
        groups[headline.lang, "headline"].append((headline.text, headline.kind, headline.voice))
    return {key: _figures(groups[key]) for key in sorted(groups)}


def _figures(pieces: Sequence[tuple[str, str, str]]) -> Breadth:
    words = [w for text, _, _ in pieces for w in _words(text)]
    voices = Counter(voice for _, _, voice in pieces)
    shares = [n / len(pieces) for n in voices.values()]
    entropy = -sum(p * math.log(p) for p in shares)
    return Breadth(
        len(pieces),
        len(words),
        len(voices),
        len({kind for _, kind, _ in pieces}),
        tuple(len(set(words[: len(words) * quarter // 4])) for quarter in (1, 2, 3, 4)),
        round(max(shares), 4),
        round(entropy / math.log(len(shares)), 4) if len(shares) > 1 else 1.0,
    )
