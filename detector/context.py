"""What stands around a sentence, as the inputs of the second stage.

The first stage reads the words of a sentence and nothing else. The second stage sees the first stage's logits of the
sentence, of its neighbours, its block and its text, beside the shape of the sentence and of the lines next to it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.labels import EDITORIAL, LABELS
from detector.shape import SHAPE_NAMES

__all__ = ["N_INPUTS", "context_inputs", "relative"]

_OTHERS: Final = [k for k in range(len(LABELS)) if k != EDITORIAL]
_REACH: Final = 3
_WINDOW: Final = 6
_CLIP: Final = 6.0
_BESIDE: Final = [
    SHAPE_NAMES.index(name)
    for name in ("log_chars", "ends_stop", "ends_question", "ends_colon", "ends_open", "own_line", "n_arrow", "title_case", "far_words",
                 "second_person", "first_person_house", "formal_you")
]  # fmt: skip
_N: Final = len(_OTHERS)
N_INPUTS: Final = len(SHAPE_NAMES) + _N * (2 * _REACH + 1) + 2 * len(_BESIDE) + 5 * _N
"""Number of columns of `context_inputs`."""


def relative(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logits of the four other labels against ``editorial``, clipped.

    Parameters
    ----------
    logits : ndarray of shape (n_sentences, 5)

    Returns
    -------
    ndarray of float32, shape (n_sentences, 4)
    """
    difference = logits[:, _OTHERS] - logits[:, EDITORIAL : EDITORIAL + 1]
    return np.asarray(np.clip(difference, -_CLIP, _CLIP), dtype=np.float32)


def context_inputs(logits: NDArray[np.float32], shape: NDArray[np.float32], blocks: NDArray[np.int64]) -> NDArray[np.float32]:
    """Build the inputs of the second stage for one text.

    Parameters
    ----------
    logits : ndarray of shape (n_sentences, 5)
        First-stage logits.
    shape : ndarray of shape (n_sentences, n_shape)
    blocks : ndarray of int64, shape (n_sentences,)
        Block numbers, ascending.

    Returns
    -------
    ndarray of float32, shape (n_sentences, N_INPUTS)
    """
    n = len(logits)
    z = relative(logits) / 2
    padded = np.zeros((n + 2 * _WINDOW, _N), dtype=np.float32)
    padded[_WINDOW : _WINDOW + n] = z
    out = np.empty((n, N_INPUTS), dtype=np.float32)
    at = len(SHAPE_NAMES)
    out[:, :at] = shape
    for shift in range(-_REACH, _REACH + 1):
        out[:, at : at + _N] = padded[_WINDOW + shift : _WINDOW + shift + n]
        at += _N
    wide = len(_BESIDE)
    beside = shape[:, _BESIDE]
    out[:, at : at + 2 * wide] = 0
    out[1:, at : at + wide] = beside[:-1]
    out[:-1, at + wide : at + 2 * wide] = beside[1:]
    at += 2 * wide

    # Mean of the block without the sentence itself, highest neighbour within reach, means of the window and the text.
    heads = np.searchsorted(blocks, np.arange(blocks[-1] + 1)) if n else np.zeros(0, dtype=np.int64)
    if n:
        size = np.diff(np.append(heads, n)).astype(np.float32)[:, None]
        total = np.add.reduceat(z, heads, axis=0)
        out[:, at : at + _N] = (total[blocks] - z) / np.maximum(size[blocks] - 1, 1)
    at += _N
    sums = np.zeros((n + 2 * _WINDOW + 1, _N), dtype=np.float32)
    np.cumsum(padded, axis=0, out=sums[1:])
    before = sums[_WINDOW : _WINDOW + n] - sums[:n]
    after = sums[2 * _WINDOW + 1 : 2 * _WINDOW + 1 + n] - sums[_WINDOW + 1 : _WINDOW + 1 + n]
    out[:, at : at + _N] = before / _WINDOW
    out[:, at + _N : at + 2 * _N] = after / _WINDOW
    at += 2 * _N
    soft = 1 / (1 + np.exp(-2 * z))
    out[:, at : at + _N] = soft.mean(axis=0) if n else 0
    at += _N
    out[:, at : at + _N] = z.max(axis=0) if n else 0
    return out
