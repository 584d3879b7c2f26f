"""Documents to what the estimators read: sentences, features, labels, sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from detector.features import Features, extract
from detector.folding import fold
from detector.headline import read_titles
from detector.labels import LABELS
from detector.model import gram_values
from detector.ngrams import N_BITS
from detector.segmentation import Sentences, segment
from training.records import Document, Fragment, Span

__all__ = ["N_BUCKETS", "Encoded", "as_document", "encode", "grams_matrix", "sentence_labels"]

N_BUCKETS: Final = 1 << N_BITS
"""Columns of the sparse matrices."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document as numbers, with the label of each sentence."""

    document: Document
    sentences: Sentences
    features: Features
    labels: NDArray[np.int64]


def encode(document: Document) -> Encoded:
    """Segment a document, compute its features and label its sentences."""
    sentences = segment(document.text)
    titles = read_titles([document.title]).features if document.title else None
    return Encoded(document, sentences, extract(fold(document.text), sentences, titles), sentence_labels(document, sentences))


def sentence_labels(document: Document, sentences: Sentences) -> NDArray[np.int64]:
    """Return the label that most characters of each sentence have, as an index into ``LABELS``."""
    paint = np.full(len(document.text), len(LABELS))
    for span in document.spans:
        paint[span.start : span.end] = LABELS.index(span.label)
    counts = (np.bincount(paint[a:b], minlength=len(LABELS) + 1) for a, b in zip(sentences.starts, sentences.ends, strict=True))
    return np.array([c[: len(LABELS)].argmax() for c in counts], dtype=np.int64)


def grams_matrix(features: Features, n_sentences: int, keep: NDArray[np.bool_] | None = None) -> csr_matrix:
    """Return the n-grams of a text as a sparse matrix.

    Parameters
    ----------
    features : Features
    n_sentences : int
    keep : ndarray of bool, shape (n_grams,), optional
        N-grams to keep; the values of the others are dropped.

    Returns
    -------
    csr_matrix of shape (n_sentences, 2**N_BITS)
        Times the weights it gives the very sums that the detector computes.
    """
    kept = slice(None) if keep is None else keep
    values = gram_values(features, n_sentences)[kept]
    return csr_matrix((values, (features.sentences[kept], features.buckets[kept])), shape=(n_sentences, N_BUCKETS))


def as_document(fragment: Fragment) -> Document:
    """Return a fragment as a document without a title."""
    return Document(fragment.lang, fragment.kind, fragment.voice, "", fragment.text, (Span(0, len(fragment.text), fragment.label),))
