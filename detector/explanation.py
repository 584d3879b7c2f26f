"""Why a segment has its label: the words and the surroundings that moved its score."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.features import Features
from detector.folding import Folded
from detector.labels import EDITORIAL, LABELS
from detector.model import Model, gram_values
from detector.result import Evidence

__all__ = ["Explainer", "strongest"]

_MOST: Final = 5
_LEAST_SHARE: Final = 0.03


def strongest(
    text: str, folded: Folded, features: Features, weights: NDArray[np.floating[Any]], extra: dict[str, float] | None = None
) -> tuple[Evidence, ...]:
    """Return the words that carry the most of a sum of n-gram weights.

    Parameters
    ----------
    text : str
    folded : Folded
    features : Features
    weights : ndarray of float, shape (n_grams,)
        What each n-gram adds; zero for those that do not count.
    extra : dict of str to float, optional
        Further contributions by name.

    Returns
    -------
    tuple of Evidence
        Strongest first; shares are parts of all positive contributions.
    """
    by_word = np.bincount(features.gram_words, weights, minlength=len(features.words))
    sums: dict[str, float] = {}
    for k in np.flatnonzero(by_word > 0).tolist():
        begin, end = folded.positions[features.words[k, 0]], folded.positions[features.words[k, 1] - 1] + 1
        word = text[begin:end]
        sums[word] = sums.get(word, 0.0) + float(by_word[k])
    sums |= {name: value for name, value in (extra or {}).items() if value > 0}
    total = sum(sums.values())
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    return tuple(Evidence(word, round(value / total, 4)) for word, value in ranked if value >= _LEAST_SHARE * total)


class Explainer:
    """Explain the segments of one analysed text.

    Parameters
    ----------
    model : Model
    text : str
    folded : Folded
    features : Features
    logits, probabilities : ndarray of shape (n_sentences, 5)
        Scores of the first and of the second stage.
    """

    def __init__(
        self,
        model: Model,
        text: str,
        folded: Folded,
        features: Features,
        logits: NDArray[np.float32],
        probabilities: NDArray[np.float32],
    ) -> None:
        self._text, self._folded, self._features = text, folded, features
        self._logits, self._probabilities = logits, probabilities
        values = gram_values(features, len(logits))
        self._weights = np.zeros((len(values), len(LABELS)), dtype=np.float32)
        self._weights[:, 1:] = model.weights[features.buckets] * values[:, None]

    def explain(self, first: int, last: int, label: int) -> tuple[Evidence, ...]:
        """Return the evidence for the label of the sentences ``first`` to ``last``, inclusive.

        The words' part is their weight for the label against ``editorial`` (for ``editorial``: against the likeliest
        other label); what the second stage adds to that is the part of the context.
        """
        inside = (self._features.sentences >= first) & (self._features.sentences <= last)
        rows = slice(first, last + 1)
        if label == EDITORIAL:
            others = self._probabilities[rows].mean(axis=0)
            others[EDITORIAL] = -1
            rival = int(others.argmax())
        else:
            rival = EDITORIAL
        weights = np.where(inside, self._weights[:, label] - self._weights[:, rival], 0)
        words = float(np.mean(self._logits[rows, label] - self._logits[rows, rival]))
        odds = np.log(np.maximum(self._probabilities[rows], 1e-6))
        whole = float(np.mean(odds[:, label] - odds[:, rival]))
        n = last - first + 1
        return strongest(self._text, self._folded, self._features, weights / n, {"(context)": whole - words})
