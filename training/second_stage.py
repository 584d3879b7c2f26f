"""The second stage: a small network over what stands around a sentence, learned from composed documents."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from detector.context import context_inputs
from detector.labels import EDITORIAL
from training.compose import Composer
from training.encoding import encode, grams_matrix
from training.records import Document

__all__ = ["Scored", "Standard", "compose_and_score", "fit_network"]

_REACH: Final = 3.0
"""Inputs are clipped at this many standard deviations, so that no odd page drives the network to certainty."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A composed document with the inputs that the first stage gives the second.

    Attributes
    ----------
    document : Document
    spans : ndarray of int64, shape (n_sentences, 2)
        Begin and end of each sentence.
    inputs : ndarray of float32, shape (n_sentences, n_inputs)
    blocks, labels, chars : ndarray of int64, shape (n_sentences,)
        Block, label and length of each sentence.
    """

    document: Document
    spans: NDArray[np.int64]
    inputs: NDArray[np.float32]
    blocks: NDArray[np.int64]
    labels: NDArray[np.int64]
    chars: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Standard:
    """Clipping and standardization of the inputs.

    Attributes
    ----------
    low, high : ndarray of float32, shape (n_inputs,)
    mean, scale : ndarray of float32, shape (n_inputs,)
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def of(cls, inputs: NDArray[np.float32]) -> Standard:
        """Measure the inputs."""
        mean, deviation = inputs.mean(axis=0), inputs.std(axis=0) + np.float32(1e-3)
        return cls(mean - _REACH * deviation, mean + _REACH * deviation, mean, 1 / deviation)

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Clip and standardize inputs of shape (n_sentences, n_inputs)."""
        return (np.clip(inputs, self.low, self.high) - self.mean) * self.scale


def compose_and_score(composer: Composer, n_documents: int, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> list[Scored]:
    """Compose documents in both languages and score their sentences with the first stage.

    Parameters
    ----------
    composer : Composer
        Over pieces that the first stage has not seen.
    n_documents : int
        Documents for each language.
    weights : ndarray of shape (2**N_BITS, 5)
    bias : ndarray of shape (5,)

    Returns
    -------
    list of Scored
        Documents with at least one sentence.
    """
    out = []
    for lang in composer.languages:
        for _ in range(n_documents):
            e = encode(composer.compose(lang))
            if len(e.sentences):
                logits = np.asarray(grams_matrix(e.features, len(e.sentences)) @ weights + bias, dtype=np.float32)
                inputs = context_inputs(logits, e.features.shape, e.sentences.blocks, e.sentences.texts)
                spans = np.stack([e.sentences.starts, e.sentences.ends], axis=1)
                out.append(Scored(e.document, spans, inputs, e.sentences.blocks, e.labels, e.sentences.ends - e.sentences.starts))
    return out


def fit_network(
    inputs: NDArray[np.float32],
    labels: NDArray[np.int64],
    hidden: int,
    alpha: float,
    epochs: int,
    noise: float,
    editorial_weight: float,
    seed: int,
) -> MLPClassifier:
    """Fit one member of the second stage.

    Parameters
    ----------
    inputs : ndarray of shape (n_sentences, n_inputs)
        Standardized.
    labels : ndarray of int64, shape (n_sentences,)
    hidden : int
        Units of the hidden layer.
    alpha : float
        L2 penalty.
    epochs : int
    noise : float
        Standard deviation of what is added to the inputs, against trust in any one of them (Bishop, "Training with
        noise is equivalent to Tikhonov regularization", 1995).
    editorial_weight : float
        Weight of editorial sentences against all others: a lost paragraph is worse than an offer left in.
    seed : int

    Returns
    -------
    MLPClassifier
    """
    network = MLPClassifier((hidden,), alpha=alpha, batch_size=256, max_iter=epochs, random_state=seed, learning_rate_init=1e-3)
    jitter = np.random.default_rng(seed).standard_normal(inputs.shape, dtype=np.float32)
    with threadpool_limits(1), warnings.catch_warnings():  # sums in one order, whatever the number of cores
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is the regularization
        network.fit(inputs + np.float32(noise) * jitter, labels, sample_weight=np.where(labels == EDITORIAL, editorial_weight, 1.0))
    return network
