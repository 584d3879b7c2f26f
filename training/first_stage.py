"""The first stage: a linear model over the hashed n-grams of a sentence, without its context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import vstack
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from detector.folding import fold
from detector.labels import LABELS
from detector.ngrams import GRAM_LENGTHS
from training.encoding import N_BUCKETS, Encoded, grams_matrix
from training.records import Document

__all__ = ["fit_first"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_PROMOTION: Final = LABELS.index("promotion")
_REPORT_LIKE: Final = frozenset(["advertorial", "fund_plug", "hot_stock_house_ad"])
_SOFT: Final = 0.3
"""Weight of offers of the kinds above: most of their sentences, read alone, are reporting."""


def fit_first(pieces: Sequence[Encoded], inverse_regularization: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit the first stage.

    Parameters
    ----------
    pieces : sequence of Encoded
    inverse_regularization : float
        ``C`` of the logistic regression.

    Returns
    -------
    weights : ndarray of float32, shape (2**N_BITS, 5)
    bias : ndarray of float32, shape (5,)
    """
    names = _never_lower(pieces)
    matrices = []
    for piece in pieces:
        # The values stay those of all n-grams, as the detector computes them; n-grams with a name get no weight.
        keep = _is_nameless(piece, names) if piece.document.lang == "en" else None
        matrices.append(grams_matrix(piece.features, len(piece.sentences), keep))
    matrix = vstack(matrices).tocsr()
    labels = np.concatenate([p.labels for p in pieces])
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=N_BUCKETS))
    model = LogisticRegression(C=inverse_regularization, max_iter=300, tol=1e-3)
    soft = np.concatenate([np.full(len(p.sentences), _weight(p.document)) for p in pieces])
    with threadpool_limits(1):  # sums in one order, whatever the number of cores
        model.fit(matrix[:, used], labels, sample_weight=np.where(labels == _PROMOTION, soft, 1))
    weights = np.zeros((N_BUCKETS, len(LABELS)), dtype=np.float32)
    weights[np.ix_(used, model.classes_)] = model.coef_.T
    bias = np.full(len(LABELS), -20, dtype=np.float32)
    bias[model.classes_] = model.intercept_
    return weights, bias


def _never_lower(pieces: Sequence[Encoded]) -> frozenset[str]:
    """Return the words of the English pieces that never stand in lower case: names of companies, people and places."""
    lower: set[str] = set()
    upper: set[str] = set()
    for piece in pieces:
        if piece.document.lang == "en":
            for word in _WORD.findall(piece.document.text):
                (lower if word.islower() else upper).add(word.lower())
    return frozenset(upper - lower)


def _is_nameless(piece: Encoded, names: frozenset[str]) -> NDArray[np.bool_]:
    """Return which n-grams of a piece contain no name."""
    features = piece.features
    text = piece.document.text
    positions = fold(text).positions
    begins, ends = positions[features.words[:, 0]], positions[features.words[:, 1] - 1] + 1
    owner = features.sentences[: len(features.words)]  # the first kind of n-gram is the word itself
    is_name = np.array([text[a:b].lower() in names for a, b in zip(begins.tolist(), ends.tolist(), strict=True)], dtype=bool)
    lengths = np.repeat(list(GRAM_LENGTHS.values()), features.gram_counts)
    nameless = np.ones(len(features.buckets), dtype=bool)
    for back in range(3):
        at = np.maximum(features.gram_words - back, 0)
        nameless &= ~((lengths > back) & is_name[at] & (owner[at] == features.sentences))
    return nameless


def _weight(document: Document) -> float:
    return _SOFT if document.kind in _REPORT_LIKE else 1.0
