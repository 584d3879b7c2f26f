"""The headline model: a logistic regression whose probability is the clickbait grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from detector.headline import read_titles
from detector.shape import SHAPE_NAMES
from training.compose import fold_of
from training.encoding import N_BUCKETS, grams_matrix
from training.records import Headline

__all__ = ["HeadlineModel", "fit_headlines", "held_out_scores"]

_C: Final = 3.0
_CLICKBAIT: Final = 0.5
"""Grades above count as clickbait and grades below as not, where a figure needs two classes."""


@dataclass(frozen=True, slots=True)
class HeadlineModel:
    """Weights of the n-grams and of the shape, and the bias."""

    weights: NDArray[np.float32]
    shape: NDArray[np.float32]
    bias: float


def _matrix(headlines: Sequence[Headline]) -> csr_matrix:
    features = read_titles([h.text for h in headlines]).features
    return hstack([grams_matrix(features, len(headlines)), csr_matrix(features.shape)]).tocsr()


def fit_headlines(headlines: Sequence[Headline]) -> HeadlineModel:
    """Fit the model; a grade g counts as g parts clickbait and 1 - g parts not.

    Parameters
    ----------
    headlines : sequence of Headline

    Returns
    -------
    HeadlineModel
    """
    grades = np.array([h.clickbait for h in headlines])
    matrix = _matrix(headlines)
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]))
    model = LogisticRegression(C=_C, max_iter=500)
    model.fit(vstack([matrix[:, used]] * 2).tocsr(), np.repeat([1, 0], len(grades)), sample_weight=np.concatenate([grades, 1 - grades]))
    full = np.zeros(N_BUCKETS + len(SHAPE_NAMES), dtype=np.float32)
    full[used] = model.coef_[0]
    return HeadlineModel(full[:N_BUCKETS], full[N_BUCKETS:], float(model.intercept_[0]))


def held_out_scores(headlines: Sequence[Headline], n_folds: int) -> NDArray[np.float64]:
    """Score each headline by a model that has seen none of its voice.

    The two languages of one fold are held out together: some ideas occur in both.

    Parameters
    ----------
    headlines : sequence of Headline
    n_folds : int

    Returns
    -------
    ndarray of float64, shape (n_headlines,)
        In [0, 1].
    """
    folds = np.array([fold_of("", h.voice, n_folds) for h in headlines])
    scores = np.zeros(len(headlines))
    for k in range(n_folds):
        if not (folds == k).any():
            continue
        model = fit_headlines([h for h, f in zip(headlines, folds, strict=True) if f != k])
        held = [h for h, f in zip(headlines, folds, strict=True) if f == k]
        logits = _matrix(held) @ np.concatenate([model.weights, model.shape]) + model.bias
        scores[folds == k] = 1 / (1 + np.exp(-logits))
    return scores
