"""Words to hashed n-grams.

Each hash of words is finished by the multiplication and the shift of Fibonacci hashing (Knuth, The Art of Computer
Programming 3, section 6.4), with a multiplier for each kind of n-gram.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.folding import SPACE, is_letter
from detector.words import BASE, PREFIX, Words

__all__ = ["GRAM_LENGTHS", "N_BITS", "hash_grams"]

N_BITS: Final = 19
"""Binary logarithm of the number of n-gram buckets."""

GRAM_LENGTHS: Final = {"word": 1, "prefix": 1, "suffix": 1, "word_pair": 2, "prefix_pair": 2, "prefix_triple": 3, "letters": 1}
"""Kinds of n-grams with their length in words."""

_MULTIPLIERS: Final = tuple(
    np.uint64(m)
    for m in (
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
        0xE7037ED1A0B428DB,
        0x8EBC6AF09C88C6E3,
        0x589965CC75374CC3,
        0x1D8E4E27C47D124F,
        0xEB44ACCAB455D165,
    )
)
_EDGE: Final = np.uint64(0x2545F4914F6CDD1D)
_THREE: Final = np.uint64(3)
_FIVE: Final = np.uint64(5)


def hash_grams(codes: NDArray[np.uint16], words: Words) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, ...]]:
    """Hash the n-grams of all kinds.

    Parameters
    ----------
    codes : ndarray of uint16, shape (n_codes,)
        Folded codes.
    words : Words

    Returns
    -------
    buckets : ndarray of int64, shape (n_grams,)
        In [0, 2**N_BITS).
    last_words : ndarray of int64, shape (n_grams,)
        Last word of each n-gram.
    counts : tuple of int
        How many there are of each kind in ``GRAM_LENGTHS``, whose order they keep.
    """
    n = len(words.starts)
    if not n:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), (0,) * len(GRAM_LENGTHS)
    every = np.arange(n)
    first, prefix = words.is_first, words.prefix
    before_word = np.where(first, _EDGE, np.roll(words.whole, 1))
    before_prefix = np.where(first, _EDGE, np.roll(prefix, 1))
    before_both = np.where(first | np.roll(first, 1), _EDGE, np.roll(prefix, 2))
    pair = before_prefix * _THREE + prefix
    long = np.flatnonzero(words.lengths > PREFIX)
    inner = np.flatnonzero(~first)
    letters, letter_words = _letters(codes, words)
    parts = (
        (words.whole, every),
        (prefix[long], long),
        (words.suffix[long], long),
        (before_word * _THREE + words.whole, every),
        (pair, every),
        ((before_both * _FIVE + pair)[inner], inner),
        (letters, letter_words),
    )
    return (
        np.concatenate([_bucket(hashes, kind) for kind, (hashes, _) in enumerate(parts)]),
        np.concatenate([at for _, at in parts]),
        tuple(len(at) for _, at in parts),
    )


def _bucket(hashes: NDArray[np.uint64], kind: int) -> NDArray[np.int64]:
    mixed = hashes ^ (hashes >> np.uint64(29))
    return ((mixed * _MULTIPLIERS[kind]) >> np.uint64(64 - N_BITS)).astype(np.int64)


def _letters(codes: NDArray[np.uint16], words: Words) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return hash and word of each run of four letters; the blank before and the one after a word count as letters."""
    flags = np.zeros(codes.size + 1, dtype=np.int64)
    flags[words.starts] = 1
    owner = np.cumsum(flags)[:-1] - 1
    letter = is_letter(codes)
    second = np.flatnonzero(letter[:-1] & letter[1:])
    second = second[second + 1 < words.ends[owner[second]]]
    word = owner[second]
    padded = np.full(codes.size + 2, SPACE, dtype=np.uint64)
    padded[1:-1] = codes
    before = np.where(second > words.starts[word], padded[second], np.uint64(SPACE))
    after = np.where(second + 2 < words.ends[word], padded[second + 3], np.uint64(SPACE))
    base = np.uint64(BASE)
    return np.asarray(before + base * (padded[second + 1] + base * (padded[second + 2] + base * after)), dtype=np.uint64), word
