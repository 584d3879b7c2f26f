"""What stands around a sentence, as the inputs of the second stage.

The first stage reads the words of a sentence and nothing else. The second stage sees the first stage's logits of the
sentence, of its neighbours, its block and its text, beside the shape of the sentence and of the lines next to it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.labels import EDITORIAL, LABELS
from detector.segmentation import run_heads
from detector.shape import SHAPE_NAMES

__all__ = ["N_INPUTS", "context_inputs", "relative"]

_OTHERS: Final = [k for k in range(len(LABELS)) if k != EDITORIAL]
_REACH: Final = 3
_WINDOW: Final = 6
_CLIP: Final = 6.0
_BESIDE: Final = [
    SHAPE_NAMES.index(name)
    for name in ("log_chars", "ends_stop", "ends_question", "ends_colon", "ends_open", "own_line", "n_arrow", "title_case", "far_words",
                 "second_person", "house_we", "formal_you")
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


def context_inputs(
    logits: NDArray[np.float32], shape: NDArray[np.float32], blocks: NDArray[np.int64], texts: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Build the inputs of the second stage.

    Parameters
    ----------
    logits : ndarray of shape (n_sentences, 5)
        First-stage logits.
    shape : ndarray of shape (n_sentences, n_shape)
    blocks, texts : ndarray of int64, shape (n_sentences,)
        Block and text of each sentence, ascending. Nothing is seen beyond the ends of a text.

    Returns
    -------
    ndarray of float32, shape (n_sentences, N_INPUTS)
    """
    n = len(logits)
    out = np.empty((n, N_INPUTS), dtype=np.float32)
    if not n:
        return out
    z = relative(logits) / 2
    heads, sizes = run_heads(texts)
    # All texts in one array with zeros around each.
    at = np.arange(n) + _WINDOW + np.repeat(np.arange(len(heads)) * 2 * _WINDOW, sizes)
    padded = np.zeros((n + 2 * _WINDOW * len(heads), _N + len(_BESIDE)), dtype=np.float32)
    padded[at, :_N] = z
    padded[at, _N:] = shape[:, _BESIDE]
    lengths = np.repeat(sizes, sizes)[:, None]

    column = len(SHAPE_NAMES)
    out[:, :column] = shape

    def put(values: NDArray[np.floating[Any]]) -> None:
        nonlocal column
        out[:, column : column + values.shape[1]] = values
        column += values.shape[1]

    put(padded[at[:, None] + np.arange(-_REACH, _REACH + 1), :_N].reshape(n, -1))
    put(padded[at - 1, _N:])
    put(padded[at + 1, _N:])
    # Mean of the block without the sentence itself, means of the windows before and after, mean and maximum of the text.
    block_heads, block_sizes = run_heads(blocks)
    block_sums = np.repeat(np.add.reduceat(z, block_heads, axis=0), block_sizes, axis=0)
    put((block_sums - z) / np.maximum(np.repeat(block_sizes, block_sizes) - 1, 1)[:, None])
    sums = np.zeros((len(padded) + 1, _N))
    np.cumsum(padded[:, :_N], axis=0, out=sums[1:])
    put((sums[at] - sums[at - _WINDOW]) / _WINDOW)
    put((sums[at + _WINDOW + 1] - sums[at + 1]) / _WINDOW)
    put(np.repeat(np.add.reduceat(1 / (1 + np.exp(-2 * z)), heads, axis=0), sizes, axis=0) / lengths)
    put(np.repeat(np.maximum.reduceat(z, heads, axis=0), sizes, axis=0))
    return out
