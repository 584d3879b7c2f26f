"""Sentences to numbers: hashed n-grams and shape, computed once for a whole text.

Nothing here loops over characters, words or sentences in Python, and training builds its sparse matrix from the very
arrays that the detector scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.folding import Folded
from detector.ngrams import hash_grams
from detector.segmentation import Sentences
from detector.shape import measure_shape
from detector.words import find_words

__all__ = ["Features", "extract", "title_hashes"]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of the sentences of one text.

    Attributes
    ----------
    buckets : ndarray of int64, shape (n_grams,)
        Bucket of each n-gram, in [0, 2**N_BITS).
    sentences : ndarray of int64, shape (n_grams,)
        Sentence of each n-gram.
    shape : ndarray of float32, shape (n_sentences, len(SHAPE_NAMES))
        Dense features, each roughly in [-1, 3].
    words : ndarray of int64, shape (n_words, 2)
        Begin and end of each word, as indices into the folded codes.
    gram_words : ndarray of int64, shape (n_grams,)
        Last word of each n-gram, for explanations.
    gram_counts : tuple of int
        How many of the n-grams, in order, are of each kind in ``GRAM_LENGTHS``.
    """

    buckets: NDArray[np.int64]
    sentences: NDArray[np.int64]
    shape: NDArray[np.float32]
    words: NDArray[np.int64]
    gram_words: NDArray[np.int64]
    gram_counts: tuple[int, ...]


def extract(folded: Folded, sentences: Sentences, title_words: frozenset[int] | None = None) -> Features:
    """Compute the features of all sentences of a text.

    Parameters
    ----------
    folded : Folded
        The folded text.
    sentences : Sentences
        Its sentences, by offsets of the original text.
    title_words : frozenset of int, optional
        Prefix hashes of the title's words, from `title_hashes`.

    Returns
    -------
    Features
    """
    begins = np.searchsorted(folded.positions, sentences.starts)
    stops = np.searchsorted(folded.positions, sentences.ends)
    words = find_words(folded.codes, begins)
    buckets, last_words, counts = hash_grams(folded.codes, words)
    shape = measure_shape(folded, sentences, begins, stops, words, title_words)
    return Features(buckets, words.owners[last_words], shape, np.stack([words.starts, words.ends], axis=1), last_words, counts)


def title_hashes(folded: Folded) -> frozenset[int]:
    """Return the prefix hashes of the words of four letters or more in a title."""
    words = find_words(folded.codes, np.zeros(1, dtype=np.int64))
    return frozenset(words.prefix[words.ends - words.starts >= 4].tolist())
