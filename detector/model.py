"""Features to scores: the words of a sentence first, then the sentence in its context.

The first stage is a linear model over hashed n-grams; its weights lie in one table, a row a bucket. The second stage is
a small network over the inputs of `detector.context`, whose members' mean is smoothed inside short blocks and calibrated.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector import artifact
from detector.context import context_inputs
from detector.errors import ArtifactIncompatible
from detector.features import Features
from detector.labels import LABELS, UNWANTED
from detector.lexicon import load_lexicon
from detector.ngrams import N_BITS
from detector.segmentation import run_heads

__all__ = ["Model", "calibrated", "gram_values", "smoothed"]

_N_OTHERS: Final = len(LABELS) - 1
_SHORT_BLOCK: Final = 6
_PULL: Final = 0.5
_LEAST: Final = 1e-5
_ROWS: Final = 32
_BLAS_SERIAL: Final = 1 << 18
"""Multiplications up to which OpenBLAS does a product of matrices in the calling thread (65,536 times its
``GEMM_MULTITHREAD_THRESHOLD`` of 4); waking further threads for more of so little costs many times what they save."""


def gram_values(features: Features, n_sentences: int) -> NDArray[np.float32]:
    """Return the value of each n-gram: one over the root of the number of n-grams of its sentence.

    Parameters
    ----------
    features : Features
    n_sentences : int

    Returns
    -------
    ndarray of float32, shape (n_grams,)
        The values of a sentence have the Euclidean norm 1.
    """
    counts = np.bincount(features.sentences, minlength=n_sentences)
    return (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)[features.sentences]


def smoothed(probabilities: NDArray[np.floating[Any]], blocks: NDArray[np.int64]) -> NDArray[np.float32]:
    """Draw the sentences of a short block together: a block is mostly one thing.

    Parameters
    ----------
    probabilities : ndarray of shape (n_sentences, 5)
    blocks : ndarray of int64, shape (n_sentences,)
        Ascending.

    Returns
    -------
    ndarray of float32, shape (n_sentences, 5)
        In blocks of at most six sentences, the normalized geometric mean of a sentence's own probabilities and the
        geometric mean of its block's; elsewhere unchanged.
    """
    out = np.array(probabilities, dtype=np.float32)
    if not len(out):
        return out
    heads, sizes = run_heads(blocks)
    logs = np.log(np.maximum(out, _LEAST))
    means = np.add.reduceat(logs, heads, axis=0) / sizes[:, None]
    short = np.repeat((sizes > 1) & (sizes <= _SHORT_BLOCK), sizes)
    joint = np.exp((1 - _PULL) * logs + _PULL * np.repeat(means, sizes, axis=0))
    joint /= joint.sum(axis=1, keepdims=True)
    out[short] = joint[short]
    return out


def calibrated(probabilities: NDArray[np.float32], slope: float, intercept: float) -> NDArray[np.float32]:
    """Calibrate the probability of promotion and teaser together (Platt, "Probabilistic outputs for support vector machines", 1999).

    Parameters
    ----------
    probabilities : ndarray of shape (n_sentences, 5)
    slope, intercept : float
        Of the logistic regression on the log odds of both together.

    Returns
    -------
    ndarray of float32, shape (n_sentences, 5)
        In [0, 1], rows sum to 1; the labels inside each of the two groups keep their proportions.
    """
    unwanted = np.clip(probabilities[:, UNWANTED].sum(axis=1), _LEAST, 1 - _LEAST)
    target = 1 / (1 + np.exp(-(slope * np.log(unwanted / (1 - unwanted)) + intercept)))
    out = probabilities * ((1 - target) / (1 - unwanted))[:, None]
    out[:, UNWANTED] = probabilities[:, UNWANTED] * (target / unwanted)[:, None]
    return np.asarray(out / out.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model.

    Attributes
    ----------
    weights : ndarray of float16, shape (2**N_BITS, 4)
        First-stage weights of the labels after ``editorial``, less that of ``editorial``.
    bias : ndarray of float32, shape (4,)
    low, high : ndarray of float32, shape (n_inputs,)
        Bounds to which the second stage's inputs are clipped.
    hidden, hidden_bias : ndarray of float32, shapes (n_inputs, n_hidden) and (n_hidden,)
        First layer of all members side by side; it takes raw inputs, their standardization is part of it.
    output, output_bias : ndarray of float32, shapes (n_hidden, 5) and (5,)
        Second layer; the mean over the members is part of it.
    slope, intercept : float
        Calibration of the score of promotion and teaser together, fitted on voices that were held out.
    threshold : float
        Default threshold of the policy.
    headline : ndarray of float16, shape (2**N_BITS,)
        Weights of the n-grams of headlines.
    headline_shape : ndarray of float32, shape (n_shape,)
    headline_bias : float
    manifest : dict
    """

    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    slope: float
    intercept: float
    threshold: float
    headline: NDArray[np.float16]
    headline_shape: NDArray[np.float32]
    headline_bias: float
    manifest: dict[str, Any]

    @classmethod
    def load(cls, folder: str | os.PathLike[str] = artifact.SHIPPED) -> Model:
        """Load a model from the folder of its artifact.

        Raises
        ------
        ArtifactError
            If the artifact is missing, tampered with or of another format.
        """
        arrays, manifest = artifact.load(folder)
        scalars = ("slope", "intercept", "threshold", "headline_bias")
        expected = set(cls.__dataclass_fields__) - {"manifest"}
        if set(arrays) != expected:
            raise ArtifactIncompatible(f"{folder}: holds {sorted(arrays)}, expected {sorted(expected)}")
        if manifest.get("lexicon") != load_lexicon().digest:
            raise ArtifactIncompatible(f"{folder}: trained with lexicon {manifest.get('lexicon')!r}, this one is {load_lexicon().digest!r}")
        if arrays["weights"].shape != (1 << N_BITS, _N_OTHERS):
            raise ArtifactIncompatible(f"{folder}: weights have shape {arrays['weights'].shape}")
        values: dict[str, Any] = {k: v.item() if k in scalars else np.asarray(v) for k, v in arrays.items()}
        return cls(**values, manifest=manifest)

    def logits(self, features: Features, n_sentences: int) -> NDArray[np.float32]:
        """Return the first stage's logits, that of ``editorial`` being 0, an array of shape (n_sentences, 5)."""
        # The four weights of a bucket are fetched as one number of eight bytes; the value is the same for all n-grams of a
        # sentence, so it is applied to their sum.
        rows = self.weights.view(np.uint64)[:, 0].take(features.buckets).view(np.float16).reshape(-1, _N_OTHERS).astype(np.float64)
        values = 1 / np.sqrt(np.maximum(np.bincount(features.sentences, minlength=n_sentences), 1))
        out = np.zeros((n_sentences, 1 + _N_OTHERS), dtype=np.float32)
        for k in range(_N_OTHERS):
            out[:, 1 + k] = np.bincount(features.sentences, rows[:, k], n_sentences) * values
        out[:, 1:] += self.bias
        return out

    def probabilities(
        self, logits: NDArray[np.float32], shape: NDArray[np.float32], blocks: NDArray[np.int64], texts: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the calibrated probabilities of the labels.

        Parameters
        ----------
        logits : ndarray of shape (n_sentences, 5)
        shape : ndarray of shape (n_sentences, n_shape)
        blocks, texts : ndarray of int64, shape (n_sentences,)

        Returns
        -------
        ndarray of float32, shape (n_sentences, 5)
            In [0, 1], rows sum to 1.
        """
        inputs = np.clip(context_inputs(logits, shape, blocks, texts), self.low, self.high)
        scores = np.empty((len(inputs), len(self.output_bias)), dtype=np.float32)
        scores[:] = self.output_bias
        n_inputs, n_hidden = self.hidden.shape
        step = max(1, _BLAS_SERIAL // (_ROWS * n_inputs))
        for row in range(0, len(inputs), _ROWS):
            rows = inputs[row : row + _ROWS]
            for at in range(0, n_hidden, step):
                hidden = rows @ self.hidden[:, at : at + step]
                hidden += self.hidden_bias[at : at + step]
                scores[row : row + _ROWS] += np.maximum(hidden, 0, out=hidden) @ self.output[at : at + step]
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return calibrated(smoothed(scores, blocks), self.slope, self.intercept)
