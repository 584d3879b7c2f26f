"""Word classes: what a word is about, read from a lexicon, so that a word never seen in training still counts.

``data/lexicon.txt`` names each class in brackets and lists its words, folded, for each language; ``word*`` stands for all
words that begin so, ``*words`` for all that end so; beginnings and ends have one of a few lengths. A whole word goes before
a beginning, a beginning before an end, the longer one before the shorter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.words import Words, find_words, hash_word

__all__ = ["HEAD_LETTERS", "TAIL_LETTERS", "Lexicon", "load_lexicon"]

HEAD_LETTERS: Final = (8, 6, 4)
"""Lengths of beginnings."""

TAIL_LETTERS: Final = (7, 5)
"""Lengths of ends."""

_PATH: Final = Path(__file__).parent / "data" / "lexicon.txt"
_SLOT_BITS: Final = 17
_MOST_TRIES: Final = 200
_MULTIPLIER: Final = np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Classes of words, to be looked up by hash.

    Attributes
    ----------
    names : tuple of str
        Names of the classes.
    digest : str
        SHA-256 of the file.
    keys : ndarray of uint64, shape (n_entries + 1,)
        Hashes of the entries, each mixed with the way in which it is looked up; the last one is of none.
    classes : ndarray of int16, shape (n_entries + 1,)
        Class of each entry; the last is -1.
    slots : ndarray of uint16, shape (2, 2**17)
        Entry at each slot of two hash tables: an entry that finds its slot in the first one taken lies in the second.
    salt : uint64
        Multiplier of the second table, with which no two entries there share a slot.
    """

    names: tuple[str, ...]
    digest: str
    keys: NDArray[np.uint64]
    classes: NDArray[np.int16]
    slots: NDArray[np.uint16]
    salt: np.uint64

    def classify(self, words: Words) -> NDArray[np.int16]:
        """Return the class of each word, -1 for those that have none, an array of shape (n_words,)."""
        hashes = [words.whole, *(words.head(n) for n in HEAD_LETTERS), *(words.tail(n) for n in TAIL_LETTERS)]
        keys = np.stack(hashes) ^ _WAYS[:, None]
        found = self.classes[self._entries(keys)]
        for way, letters in enumerate((*HEAD_LETTERS, *TAIL_LETTERS), 1):
            found[way][words.lengths < letters] = -1
        out: NDArray[np.int16] = found[0]
        for row in found[1:]:
            out = np.where(out < 0, row, out)
        return out

    def _entries(self, keys: NDArray[np.uint64]) -> NDArray[np.uint16]:
        first, second = (self.slots[k][_slots(keys, salt)] for k, salt in enumerate((_MULTIPLIER, self.salt)))
        none = np.uint16(len(self.keys) - 1)
        return np.where(self.keys[first] == keys, first, np.where(self.keys[second] == keys, second, none))


def _slots(keys: NDArray[np.uint64], multiplier: np.uint64) -> NDArray[np.uint64]:
    return (keys * multiplier) >> np.uint64(64 - _SLOT_BITS)


_WAYS: Final = np.array([hash_word(f"way {k}") for k in range(1 + len(HEAD_LETTERS) + len(TAIL_LETTERS))], dtype=np.uint64)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Load the lexicon that comes with the package; it is read once."""
    content = _PATH.read_bytes()
    names: list[str] = []
    words: list[str] = []
    ways: list[int] = []
    classes: list[int] = []
    for line in content.decode("ascii").splitlines():
        if line.startswith("["):
            names.append(line[1 : line.index("]")])
            continue
        entries = line.partition(":")[2].split()
        words += [entry.strip("*") for entry in entries]
        ways += map(_way, entries)
        classes += [len(names) - 1] * len(entries)
    codes = np.frombuffer(" ".join(words).encode("ascii"), dtype=np.uint8).astype(np.uint16)
    keys = np.append(find_words(codes, np.zeros(1, dtype=np.int64)).whole ^ _WAYS[ways], np.uint64(0))
    return Lexicon(tuple(names), hashlib.sha256(content).hexdigest(), keys, np.array([*classes, -1], dtype=np.int16), *_hash_tables(keys))


def _way(entry: str) -> int:
    """Return the way in which an entry is looked up: 0 whole, then by beginnings, then by ends."""
    if entry.endswith("*"):
        return 1 + HEAD_LETTERS.index(len(entry) - 1)
    return 1 + len(HEAD_LETTERS) + TAIL_LETTERS.index(len(entry) - 1) if entry.startswith("*") else 0


def _hash_tables(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint16], np.uint64]:
    """Return the two tables and the multiplier of the second, the first of a sequence that parts all its entries."""
    n = len(keys) - 1
    every = np.arange(n)
    slots = np.full((2, 1 << _SLOT_BITS), n, dtype=np.uint16)
    first = _slots(keys[:-1], _MULTIPLIER)
    slots[0][first] = every
    late = np.flatnonzero(slots[0][first] != every)
    for power in range(2, _MOST_TRIES):
        salt = np.uint64(pow(int(_MULTIPLIER), power, 1 << 64))
        second = _slots(keys[late], salt)
        if len(np.unique(second)) == len(late):
            slots[1][second] = late
            return slots, salt
    raise ValueError(f"{_PATH}: {n} entries do not fit the tables; enlarge them")
