"""Calibration and threshold, chosen on voices that were held out."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from detector.labels import EDITORIAL, UNWANTED
from detector.policy import removable

__all__ = ["choose_threshold", "fit_calibration"]

_THRESHOLDS: Final = np.round(np.concatenate([np.arange(0.3, 0.95, 0.005), np.arange(0.95, 0.9991, 0.001)]), 3)
_LEAST: Final = 1e-5


def fit_calibration(probabilities: NDArray[np.float32], labels: NDArray[np.int64], chars: NDArray[np.int64]) -> tuple[float, float]:
    """Fit slope and intercept of the calibration of promotion and teaser together.

    Parameters
    ----------
    probabilities : ndarray of shape (n_sentences, 5)
    labels, chars : ndarray of int64, shape (n_sentences,)
        Characters weigh alike.

    Returns
    -------
    slope, intercept : float
    """
    unwanted = np.clip(probabilities[:, UNWANTED].sum(axis=1).astype(np.float64), _LEAST, 1 - _LEAST)
    odds = np.log(unwanted / (1 - unwanted))[:, None]
    model = LogisticRegression(C=1e6).fit(odds, np.isin(labels, UNWANTED), sample_weight=chars / chars.mean())
    return round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)


def choose_threshold(
    unwanted: NDArray[np.floating[Any]],
    labels: NDArray[np.int64],
    chars: NDArray[np.int64],
    blocks: NDArray[np.int64],
    owners: NDArray[np.int64],
    max_loss: float,
) -> float:
    """Return the lowest threshold that loses no more than a given part of the editorial characters.

    Parameters
    ----------
    unwanted : ndarray of shape (n_sentences,)
        Probability of promotion and teaser together.
    labels, chars, blocks, owners : ndarray of int64, shape (n_sentences,)
        Label, length, block and document of each sentence.
    max_loss : float
        In [0, 1].

    Returns
    -------
    float
        From 0.3 to 0.999.
    """
    editorial = labels == EDITORIAL
    total = chars[editorial].sum()
    for threshold in _THRESHOLDS:
        if chars[editorial & removable(unwanted, float(threshold), blocks, owners)].sum() <= max_loss * total:
            return float(threshold)
    return float(_THRESHOLDS[-1])
