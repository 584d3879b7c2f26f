"""Sentences to numbers: hashed n-grams and shape, computed once for a whole text or for many texts laid end to end.

Nothing here loops over characters, words or sentences in Python, and training builds its sparse matrix from the very
arrays that the detector scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.folding import Folded
from detector.lexicon import load_lexicon
from detector.ngrams import hash_grams
from detector.segmentation import Sentences
from detector.shape import measure_shape, topic_keys
from detector.words import find_words

__all__ = ["Features", "extract"]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of the sentences of one text or of several.

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
    topics : ndarray of uint64, shape (n_topic_words,)
        Keys of the words that can tell what a text is about, for the ``titles`` of `extract`.
    """

    buckets: NDArray[np.int64]
    sentences: NDArray[np.int64]
    shape: NDArray[np.float32]
    words: NDArray[np.int64]
    gram_words: NDArray[np.int64]
    gram_counts: tuple[int, ...]
    topics: NDArray[np.uint64]


def extract(folded: Folded, sentences: Sentences, titles: Features | None = None) -> Features:
    """Compute the features of all sentences.

    Parameters
    ----------
    folded : Folded
        The folded text, or the folded texts laid end to end.
    sentences : Sentences
        Their sentences, by offsets of the original text.
    titles : Features, optional
        Features of the titles, with the numbers of the texts that they belong to.

    Returns
    -------
    Features
    """
    begins = np.searchsorted(folded.positions, sentences.starts)
    stops = np.searchsorted(folded.positions, sentences.ends)
    words = find_words(folded.codes, begins)
    classes = load_lexicon().classify(words)
    buckets, last_words, counts = hash_grams(words, classes)
    topics = topic_keys(words, sentences.texts)
    shape = measure_shape(folded, sentences, begins, stops, words, classes, topics, None if titles is None else titles.topics)
    spans = np.stack([words.starts, words.ends], axis=1)
    return Features(buckets, words.owners[last_words], shape, spans, last_words, counts, topics[words.lengths >= 4])
