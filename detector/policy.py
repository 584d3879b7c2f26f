"""Scores to decisions: which label a sentence gets, and whether it is removed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError
from detector.labels import LABELS, UNWANTED, Label
from detector.segmentation import run_heads

__all__ = ["check_remove", "check_threshold", "decide", "removable"]

_INNER_PART: Final = 0.25
_EDGE_PART: Final = 0.65
"""Score that a sentence inside a run of removed sentences must reach, and at its ends, as parts of the threshold."""

_LURE_ODDS: Final = 1.4
"""How far below the threshold, in log odds, a lone line in a text with an offer may stay."""

_LURE_SENTENCES: Final = 2
"""Most sentences of a lone line."""

_LEAST: Final = 1e-6


def check_remove(remove: Collection[str]) -> frozenset[Label]:
    """Return the labels to remove as a set.

    Raises
    ------
    InputError
        If one of them is no label, or if a single string was given instead of a collection.
    """
    if isinstance(remove, str) or not isinstance(remove, Collection):
        raise InputError("remove", f"{remove!r} is not a collection of labels; allowed are {', '.join(LABELS)}")
    unknown = [label for label in remove if label not in LABELS]
    if unknown:
        raise InputError("remove", f"{unknown[0]!r} is not a label; allowed are {', '.join(LABELS)}")
    return frozenset(label for label in LABELS if label in remove)


def check_threshold(threshold: float | None) -> float | None:
    """Return the threshold.

    Raises
    ------
    InputError
        If it is not a number from 0 to 1.
    """
    if threshold is None:
        return None
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise InputError("threshold", f"{threshold!r} is not a number from 0 to 1")
    return float(threshold)


def removable(
    unwanted: NDArray[np.floating[Any]], threshold: float, blocks: NDArray[np.int64], texts: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Tell which sentences are promotional: runs of neighbours whose joint score reaches the threshold.

    A run holds sentences that reach a low score, and begins and ends with one that reaches a middle one, so that an offer's
    neutral sentences go with the clear ones around them while a doubtful sentence beside them is kept (hysteresis
    thresholding; Canny, "A computational approach to edge detection", 1986). Its joint score lies, on the scale of log
    odds, half way between the mean and the highest score of its sentences.

    In a text with such a run, a run that fills short blocks also goes when it comes near the threshold: the line of its own
    between two paragraphs is the anchor of the offer that returns at the end.

    Parameters
    ----------
    unwanted : ndarray of shape (n_sentences,)
        Probability of promotion and teaser together.
    threshold : float
        In [0, 1].
    blocks, texts : ndarray of int64, shape (n_sentences,)
        Block and text of each sentence, ascending; runs end with a text. By default all are of one text.

    Returns
    -------
    ndarray of bool, shape (n_sentences,)
    """
    out = np.zeros(len(unwanted), dtype=bool)
    low = unwanted >= _INNER_PART * threshold
    edges = np.flatnonzero(unwanted >= _EDGE_PART * threshold)
    if not edges.size:
        return out
    owners = np.zeros_like(blocks) if texts is None else texts
    # Two neighbouring edges belong to one run when nothing between them is too low and they are of one text.
    breaks = np.cumsum(~low)
    parted = (breaks[edges[1:]] != breaks[edges[:-1]]) | (owners[edges[1:]] != owners[edges[:-1]])
    firsts = edges[np.concatenate(([True], parted))]
    lasts = edges[np.concatenate((parted, [True]))]
    bounds = np.stack((firsts, lasts + 1), axis=1).ravel()
    odds = np.append(_log_odds(unwanted), 0.0)
    means = np.add.reduceat(odds, bounds)[::2] / (lasts - firsts + 1)
    joint = (means + np.maximum.reduceat(odds, bounds)[::2]) / 2
    limit = _log_odds(np.array(threshold))
    gone = joint >= limit
    if gone.any():
        heads, sizes = run_heads(blocks)
        begins_block = np.zeros(len(blocks) + 1, dtype=bool)
        begins_block[heads] = begins_block[-1] = True
        size = np.append(np.repeat(sizes, sizes), 0)
        is_short = np.maximum.reduceat(size, bounds)[::2] <= _LURE_SENTENCES
        has_offer = np.zeros(owners[-1] + 1, dtype=bool)
        has_offer[owners[firsts[gone]]] = True
        gone |= has_offer[owners[firsts]] & is_short & begins_block[firsts] & begins_block[lasts + 1] & (joint >= limit - _LURE_ODDS)
    for first, last in zip(firsts[gone].tolist(), lasts[gone].tolist(), strict=True):
        out[first : last + 1] = True
    return out


def _log_odds(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    bounded = np.clip(scores.astype(np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(bounded / (1 - bounded)))


def decide(probabilities: NDArray[np.float32], threshold: float, blocks: NDArray[np.int64], texts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the label of each sentence.

    ``promotion`` or ``teaser``, whichever is likelier, is said of the sentences that `removable` finds; of all others, the
    likeliest of the other labels.

    Parameters
    ----------
    probabilities : ndarray of shape (n_sentences, 5)
        In [0, 1], rows sum to 1.
    threshold : float
        In [0, 1].
    blocks, texts : ndarray of int64, shape (n_sentences,)
        Ascending.

    Returns
    -------
    ndarray of int64, shape (n_sentences,)
        Indices into ``LABELS``.
    """
    unwanted = probabilities[:, UNWANTED]
    rest = probabilities.copy()
    rest[:, UNWANTED] = -1
    likeliest = np.array(UNWANTED, dtype=np.int64)[unwanted.argmax(axis=1)]
    return np.asarray(np.where(removable(unwanted.sum(axis=1), threshold, blocks, texts), likeliest, rest.argmax(axis=1)), dtype=np.int64)
