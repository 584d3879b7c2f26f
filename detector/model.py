"""Features to scores: the words of a sentence first, then the sentence in its context.

The first stage is a linear model over hashed n-grams; its weights lie in one table, a row a bucket. The second stage is
a small network over the inputs of `detector.context`; the mean of its members is calibrated by one exponent.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector import artifact
from detector.context import context_inputs
from detector.errors import ArtifactIncompatible
from detector.features import N_BITS, Features
from detector.labels import LABELS

__all__ = ["Model", "gram_values"]

_N_LABELS = len(LABELS)


def gram_values(features: Features, n_sentences: int) -> NDArray[np.float32]:
    """Return the value of each n-gram: one over the root of the number of n-grams in its sentence.

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


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model.

    Attributes
    ----------
    weights : ndarray of float16, shape (2**N_BITS, 6)
        First-stage weights: a column a label, then the headline's.
    bias : ndarray of float32, shape (5,)
    hidden, hidden_bias : ndarray of float32, shapes (n_inputs, n_hidden) and (n_hidden,)
        First layer of all members side by side; it takes raw inputs, their standardization is part of it.
    output, output_bias : ndarray of float32, shapes (n_members, n_hidden / n_members, 5) and (n_members, 5)
    temperature : float
        Divisor of the logits, fitted on voices that were held out (Guo et al., "On calibration of modern neural
        networks", 2017).
    threshold : float
        Default threshold of the policy.
    headline_shape : ndarray of float32, shape (n_shape,)
    headline_bias : float
    manifest : dict
    """

    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    temperature: float
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
        scalars = ("temperature", "threshold", "headline_bias")
        expected = set(cls.__dataclass_fields__) - {"manifest"}
        if set(arrays) != expected:
            raise ArtifactIncompatible(f"{folder}: holds {sorted(arrays)}, expected {sorted(expected)}")
        if arrays["weights"].shape != (1 << N_BITS, _N_LABELS + 1):
            raise ArtifactIncompatible(f"{folder}: weights have shape {arrays['weights'].shape}")
        return cls(**{k: v.item() if k in scalars else np.asarray(v) for k, v in arrays.items()}, manifest=manifest)

    def logits(self, features: Features, n_sentences: int) -> NDArray[np.float32]:
        """Return the first stage's logits, an array of shape (n_sentences, 5)."""
        rows = self.weights[features.buckets].astype(np.float32)
        rows *= gram_values(features, n_sentences)[:, None]
        out = np.empty((n_sentences, _N_LABELS), dtype=np.float32)
        for k in range(_N_LABELS):
            out[:, k] = np.bincount(features.sentences, rows[:, k], n_sentences)
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
        hidden = np.maximum(context_inputs(logits, shape, blocks) @ self.hidden + self.hidden_bias, 0)
        members, width, _ = self.output.shape
        scores = np.einsum("nmh,mhk->nk", hidden.reshape(-1, members, width), self.output) + self.output_bias.sum(axis=0)
        scores /= members * self.temperature
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return np.asarray(scores, dtype=np.float32)
