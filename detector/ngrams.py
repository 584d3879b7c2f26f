"""Words to hashed n-grams.

Each hash of words is finished by the multiplication and the shift of Fibonacci hashing (Knuth, The Art of Computer
Programming 3, section 6.4), with a multiplier for each kind of n-gram.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.words import BASE, Words

__all__ = ["AFFIX_LETTERS", "GRAM_LENGTHS", "N_BITS", "hash_grams"]

N_BITS: Final = 19
"""Binary logarithm of the number of n-gram buckets."""

AFFIX_LETTERS: Final = 5
"""Letters of a prefix and of a suffix: inflection mostly lies beyond the fifth letter of a German or English word."""

GRAM_LENGTHS: Final = {
    "word": 1, "prefix": 1, "suffix": 1, "word_pair": 2, "prefix_pair": 2, "prefix_triple": 3, "class": 1, "class_pair": 1,
}  # fmt: skip
"""Kinds of n-grams with their length in words; words without a class may stand between those of a class pair."""

_MULTIPLIERS: Final = np.array(
    [
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
        0xE7037ED1A0B428DB,
        0x8EBC6AF09C88C6E3,
        0x589965CC75374CC3,
        0x1D8E4E27C47D124F,
        0x9FB21C651E98DF25,
        0xC3A5C85C97CB3127,
    ],
    dtype=np.uint64,
)
_EDGE: Final = np.uint64(0x2545F4914F6CDD1D)
_THREE: Final = np.uint64(3)
_FIVE: Final = np.uint64(5)


def hash_grams(words: Words, classes: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, ...]]:
    """Hash the n-grams of all kinds.

    Parameters
    ----------
    words : Words
    classes : ndarray of int16, shape (n_words,)
        Class of each word, -1 for those that have none.

    Returns
    -------
    buckets : ndarray of int64, shape (n_grams,)
        In [0, 2**N_BITS).
    last_words : ndarray of int64, shape (n_grams,)
        Last word of each n-gram.
    counts : tuple of int
        How many there are of each kind in ``GRAM_LENGTHS``, whose order they keep.
    """
    n = len(words)
    if not n:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), (0,) * len(GRAM_LENGTHS)
    every = np.arange(n)
    first, whole, prefix = words.is_first, words.whole, words.head(AFFIX_LETTERS)
    before_word, before_prefix, before_both = np.full((3, n), _EDGE)
    before_word[1:] = whole[:-1]
    before_prefix[1:] = prefix[:-1]
    before_both[2:] = prefix[:-2]
    before_word[first] = before_prefix[first] = before_both[first] = _EDGE
    before_both[1:][first[:-1]] = _EDGE
    pair = before_prefix * _THREE + prefix
    long = np.flatnonzero(words.lengths > AFFIX_LETTERS)
    inner = np.flatnonzero(~first)
    classed = np.flatnonzero(classes >= 0)
    own = classes[classed].astype(np.uint64) + np.uint64(1)
    before_own = np.zeros_like(own)
    before_own[1:] = np.where(words.owners[classed[1:]] == words.owners[classed[:-1]], own[:-1], np.uint64(0))
    parts = (
        (whole, every),
        (prefix[long], long),
        (words.tail(AFFIX_LETTERS)[long], long),
        (before_word * _THREE + whole, every),
        (pair, every),
        ((before_both * _FIVE + pair)[inner], inner),
        (own, classed),
        (before_own * np.uint64(BASE) + own, classed),
    )
    counts = [len(at) for _, at in parts]
    hashes = np.concatenate([h for h, _ in parts])
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.repeat(_MULTIPLIERS, counts)
    hashes >>= np.uint64(64 - N_BITS)
    return hashes.view(np.int64), np.concatenate([at for _, at in parts]), tuple(counts)
