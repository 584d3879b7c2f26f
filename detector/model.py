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
from detector.ngrams import N_BITS

__all__ = ["Model", "calibrated", "gram_values", "smoothed"]

_N_LABELS: Final = len(LABELS)
_SHORT_BLOCK: Final = 6
_PULL: Final = 0.5
_LEAST: Final = 1e-5


def gram_values(features: Features, n_sentences: int) -> NDArray[np.float32]:
    """Return the value of each n-gram: one over the root of the number of n-grams of its group in its sentence.

    The n-grams of words are one group, the runs of letters another.

    Parameters
    ----------
    features : Features
    n_sentences : int

    Returns
    -------
    ndarray of float32, shape (n_grams,)
        The values of a group in a sentence have the Euclidean norm 1.
    """
    split = sum(features.gram_counts[:-1])
    values = np.empty(len(features.sentences), dtype=np.float32)
    for part in (slice(None, split), slice(split, None)):
        owners = features.sentences[part]
        counts = np.bincount(owners, minlength=n_sentences)
        values[part] = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)[owners]
    return values


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
    sizes = np.bincount(blocks)
    short = (sizes[blocks] <= _SHORT_BLOCK) & (sizes[blocks] > 1)
    out = np.asarray(probabilities, dtype=np.float32)
    if not short.any():
        return out
    logs = np.log(np.maximum(out, _LEAST))
    means = np.stack([np.bincount(blocks, logs[:, k]) for k in range(logs.shape[1])], axis=1) / np.maximum(sizes, 1)[:, None]
    joint = np.exp((1 - _PULL) * logs[short] + _PULL * means[blocks[short]])
    out = out.copy()
    out[short] = joint / joint.sum(axis=1, keepdims=True)
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
    weights : ndarray of float16, shape (2**N_BITS, 6)
        First-stage weights: a column a label, then the headline's.
    bias : ndarray of float32, shape (5,)
    low, high : ndarray of float32, shape (n_inputs,)
        Bounds to which the second stage's inputs are clipped.
    hidden, hidden_bias : ndarray of float32, shapes (n_inputs, n_hidden) and (n_hidden,)
        First layer of all members side by side; it takes raw inputs, their standardization is part of it.
    output, output_bias : ndarray of float32, shapes (n_members, n_hidden / n_members, 5) and (n_members, 5)
    slope, intercept : float
        Calibration of the score of promotion and teaser together, fitted on voices that were held out.
    threshold : float
        Default threshold of the policy.
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
        if arrays["weights"].shape != (1 << N_BITS, _N_LABELS + 1):
            raise ArtifactIncompatible(f"{folder}: weights have shape {arrays['weights'].shape}")
        values: dict[str, Any] = {k: v.item() if k in scalars else np.asarray(v) for k, v in arrays.items()}
        return cls(**values, manifest=manifest)

    def logits(self, features: Features, n_sentences: int) -> NDArray[np.float32]:
        """Return the first stage's logits, an array of shape (n_sentences, 5)."""
        # The value is the same for all n-grams of a sentence and group, so it is applied to their sum.
        split = sum(features.gram_counts[:-1])
        keys = features.sentences.copy()
        keys[split:] += n_sentences
        columns = self.weights.take(features.buckets, axis=0).T.astype(np.float64)
        counts = np.bincount(keys, minlength=2 * n_sentences)
        values = 1 / np.sqrt(np.maximum(counts, 1))
        out = np.empty((n_sentences, _N_LABELS), dtype=np.float32)
        for k in range(_N_LABELS):
            sums = np.bincount(keys, columns[k], 2 * n_sentences) * values
            out[:, k] = sums[:n_sentences] + sums[n_sentences:]
        out += self.bias
        return out

    def probabilities(self, logits: NDArray[np.float32], shape: NDArray[np.float32], blocks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the calibrated probabilities of the labels of the sentences of one text.

        Parameters
        ----------
        logits : ndarray of shape (n_sentences, 5)
        shape : ndarray of shape (n_sentences, n_shape)
        blocks : ndarray of int64, shape (n_sentences,)

        Returns
        -------
        ndarray of float32, shape (n_sentences, 5)
            In [0, 1], rows sum to 1.
        """
        inputs = np.clip(context_inputs(logits, shape, blocks), self.low, self.high)
        hidden = np.maximum(inputs @ self.hidden + self.hidden_bias, 0)
        members, width, _ = self.output.shape
        scores = np.einsum("nmh,mhk->nk", hidden.reshape(-1, members, width), self.output) + self.output_bias.sum(axis=0)
        scores /= members
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return calibrated(smoothed(scores, blocks), self.slope, self.intercept)
