"""Words of a text and their hashes, all computed together from one prefix sum.

Notes
-----
The hash of the codes ``c[s], …, c[e-1]`` is the polynomial ``sum(c[i] * B**(i - s))`` modulo 2**64 (Rabin and Karp,
"Efficient randomized pattern-matching algorithms", 1987). With ``P`` the prefix sums of ``c[i] * B**i`` it equals
``(P[e] - P[s]) * B**-s``; ``B`` is odd, so its inverse exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.folding import DIGIT, is_word

__all__ = ["BASE", "Words", "find_words", "hash_word"]

BASE: Final = 0x9E3779B97F4A7C15
"""Base of the polynomial hash; odd, so that its powers have inverses."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, in order.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_words,)
        Begin and end as indices into the folded codes.
    owners : ndarray of int64, shape (n_words,)
        Sentence of each word.
    is_first : ndarray of bool, shape (n_words,)
        Whether a word is the first of its sentence.
    is_number : ndarray of bool, shape (n_words,)
        Whether a word begins with a digit; all numbers hash alike.
    lengths : ndarray of int64, shape (n_words,)
        Letters that the hashes read: 1 for numbers.
    whole : ndarray of uint64, shape (n_words,)
        Hash of each word.
    sums : ndarray of uint64, shape (n_codes + 1,)
        Prefix sums of the hash over the whole text.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    owners: NDArray[np.int64]
    is_first: NDArray[np.bool_]
    is_number: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    whole: NDArray[np.uint64]
    sums: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.starts)

    def head(self, letters: int) -> NDArray[np.uint64]:
        """Return the hash of the first letters of each word, of all where it has no more, an array of shape (n_words,)."""
        stops = self.starts + np.minimum(self.lengths, letters)
        return np.asarray((self.sums[stops] - self.sums[self.starts]) * _powers_for(self.sums.size)[1][self.starts])

    def tail(self, letters: int) -> NDArray[np.uint64]:
        """Return the hash of the last letters of each word, of all where it has no more, an array of shape (n_words,)."""
        stops = self.starts + self.lengths
        begins = np.maximum(self.starts, stops - letters)
        return np.asarray((self.sums[stops] - self.sums[begins]) * _powers_for(self.sums.size)[1][begins])


@lru_cache(maxsize=4)
def _powers(n_bits: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the first 2**n_bits powers of the base and of its inverse, modulo 2**64."""
    n = 1 << n_bits
    inverse = pow(BASE, -1, 1 << 64)
    out = []
    for base in (BASE, inverse):
        steps = np.full(n, base, dtype=np.uint64)
        steps[0] = 1
        out.append(np.multiply.accumulate(steps))
    return out[0], out[1]


def _powers_for(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return _powers(max(14, size.bit_length()))


def hash_word(word: str) -> int:
    """Return the polynomial hash of a folded word.

    Parameters
    ----------
    word : str
        Folded: lower case, without marks.

    Returns
    -------
    int
        In [0, 2**64).
    """
    value = 0
    for char in reversed(word):
        value = (value * BASE + ord(char)) % (1 << 64)
    return value


def find_words(codes: NDArray[np.uint16], begins: NDArray[np.int64]) -> Words:
    """Find and hash the words of a text.

    Parameters
    ----------
    codes : ndarray of uint16, shape (n_codes,)
        Folded codes.
    begins : ndarray of int64, shape (n_sentences,)
        Index of the first code of each sentence. A word also begins where a sentence does, for sentences may be glued.

    Returns
    -------
    Words
    """
    flags = np.zeros(codes.size + 1, dtype=np.int8)
    flags[:-1] = is_word(codes)
    before = np.concatenate((np.zeros(1, dtype=np.int8), flags[:-1]))
    before[begins] = 0
    starts = np.flatnonzero(flags > before)
    ends = np.flatnonzero((flags[:-1] > 0) & ((flags[1:] == 0) | (before[1:] == 0))) + 1
    owners = np.repeat(np.arange(len(begins)), np.diff(np.searchsorted(starts, begins), append=len(starts)))
    is_first = np.ones(len(starts), dtype=bool)
    is_first[1:] = owners[1:] != owners[:-1]

    powers, inverse = _powers_for(codes.size + 1)
    sums = np.zeros(codes.size + 1, dtype=np.uint64)
    np.cumsum(codes * powers[: codes.size], out=sums[1:])
    is_number = codes[starts] == DIGIT
    read = np.where(is_number, starts + 1, ends)
    whole = (sums[read] - sums[starts]) * inverse[starts]
    return Words(starts, ends, owners, is_first, is_number, read - starts, whole, sums)
