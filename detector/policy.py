"""Scores to decisions: which label a sentence gets, and whether it is removed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError
from detector.labels import LABELS, UNWANTED, Label

__all__ = ["check_remove", "check_threshold", "decide", "grown", "removable"]

_LOWER_PART: Final = 0.6
"""The lower threshold as a part of the upper one."""

_LURE_PART: Final = 0.8
"""The threshold of short blocks, as a part of the upper one, in a text that surely holds an offer."""

_LURE_SENTENCES: Final = 2
"""Sentences of a short block."""


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


def grown(unwanted: NDArray[np.floating[Any]], threshold: float, owners: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """Tell which sentences are promotional: those that reach the threshold, and what hangs together with them.

    A run of neighbours that all reach a lower threshold goes as a whole when one of them reaches the upper one
    (hysteresis thresholding; Canny, "A computational approach to edge detection", 1986). So an offer's neutral
    sentences follow its clear ones, while a doubtful sentence that stands alone is kept.

    Parameters
    ----------
    unwanted : ndarray of shape (n_sentences,)
        Probability of promotion and teaser together.
    threshold : float
        In [0, 1].
    owners : ndarray of int64, shape (n_sentences,), optional
        Text of each sentence, ascending; runs end where it changes. By default all are of one text.

    Returns
    -------
    ndarray of bool, shape (n_sentences,)
    """
    weak = unwanted >= _LOWER_PART * threshold
    begins = np.ones(len(weak), dtype=bool)
    begins[1:] = weak[1:] & ~weak[:-1]
    if owners is not None:
        begins[1:] |= owners[1:] != owners[:-1]
    runs = np.cumsum(begins) - 1
    strong = np.bincount(runs, weak & (unwanted >= threshold)) > 0
    return np.asarray(weak & strong[runs]) if len(weak) else weak


def removable(
    unwanted: NDArray[np.floating[Any]], threshold: float, blocks: NDArray[np.int64], owners: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Tell which sentences are promotional, lone lures included.

    What `grown` finds, and in a text where it finds something also the short blocks that come near the threshold: the
    line of its own between two paragraphs is the anchor of the offer that returns at the end.

    Parameters
    ----------
    unwanted : ndarray of shape (n_sentences,)
        Probability of promotion and teaser together.
    threshold : float
        In [0, 1].
    blocks, owners : ndarray of int64, shape (n_sentences,)
        Block and text of each sentence, ascending; by default all are of one text.

    Returns
    -------
    ndarray of bool, shape (n_sentences,)
    """
    clear = grown(unwanted, threshold, owners)
    if not clear.any():
        return clear
    texts = np.zeros(len(blocks), dtype=np.int64) if owners is None else owners
    has_offer = (np.bincount(texts, clear) > 0)[texts]
    is_short = (np.bincount(blocks) <= _LURE_SENTENCES)[blocks]
    return np.asarray(clear | (has_offer & is_short & grown(unwanted, _LURE_PART * threshold, owners)))


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
