"""One pass over texts laid end to end: from characters to labelled segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from detector import policy
from detector.explanation import Explainer
from detector.features import Features, extract
from detector.folding import Folded, fold
from detector.headline import Titles
from detector.labels import LABELS
from detector.model import Model
from detector.result import Segment
from detector.segmentation import SEPARATOR, Sentences, run_heads, segment_all

__all__ = ["Reading", "read_texts"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass found.

    Attributes
    ----------
    text : str
        The texts joined.
    begins : list of int
        Offset of each text, and one past the end.
    folded : Folded
    sentences : Sentences
    features : Features
    logits, probabilities : ndarray of float32, shape (n_sentences, 5)
        Scores of the first stage, and of the second, calibrated.
    labels : ndarray of int64, shape (n_sentences,)
        Indices into ``LABELS``.
    """

    text: str
    begins: list[int]
    folded: Folded
    sentences: Sentences
    features: Features
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]

    def segments(self, removed: Sequence[bool], explain_with: Model | None = None) -> list[list[Segment]]:
        """Join the sentences of one label inside a block.

        Parameters
        ----------
        removed : sequence of bool
            Whether the segments of each label are removed.
        explain_with : Model, optional
            The model that the scores came from, where each segment shall carry its evidence and all scores.

        Returns
        -------
        list of list of Segment
            For each text, by its own offsets.
        """
        out: list[list[Segment]] = [[] for _ in self.begins[1:]]
        n = len(self.sentences)
        if not n:
            return out
        firsts, sizes = run_heads(self.sentences.blocks * len(LABELS) + self.labels)
        lasts = firsts + sizes - 1
        chars = (self.sentences.ends - self.sentences.starts).astype(np.float64)
        totals = np.add.reduceat(chars, firsts)
        means = np.minimum(np.add.reduceat(self.probabilities[np.arange(n), self.labels] * chars, firsts) / totals, 1)
        explainer: Explainer | None = None
        columns: list[tuple[float, ...]] = [()] * len(firsts)
        if explain_with:
            explainer = Explainer(explain_with, self.text, self.folded, self.features, self.logits, self.probabilities)
            weighted = np.add.reduceat(self.probabilities * chars[:, None], firsts) / totals[:, None]
            columns = [tuple(row) for row in weighted.clip(0, 1).round(4).tolist()]
        for first, last, number, start, end, label, score, column in zip(
            firsts.tolist(),
            lasts.tolist(),
            self.sentences.texts[firsts].tolist(),
            self.sentences.starts[firsts].tolist(),
            self.sentences.ends[lasts].tolist(),
            self.labels[firsts].tolist(),
            means.tolist(),
            columns,
            strict=True,
        ):
            begin = self.begins[number]
            evidence = explainer.explain(first, last, label) if explainer else ()
            out[number].append(Segment(start - begin, end - begin, LABELS[label], round(score, 4), removed[label], evidence, column))
        return out


def read_texts(model: Model, texts: Sequence[str], titles: Titles | None, threshold: float) -> Reading:
    """Read texts once.

    Parameters
    ----------
    model : Model
    texts : sequence of str
    titles : Titles, optional
        Their headlines, by the same numbers.
    threshold : float
        In [0, 1].

    Returns
    -------
    Reading
    """
    sentences = segment_all(texts)
    text = SEPARATOR.join(texts)
    folded = fold(text)
    features = extract(folded, sentences, titles.features if titles else None)
    logits = model.logits(features, len(sentences))
    probabilities = model.probabilities(logits, features.shape, sentences.blocks, sentences.texts)
    labels = policy.decide(probabilities, threshold, sentences.blocks, sentences.texts)
    begins = [0, *accumulate(len(t) + len(SEPARATOR) for t in texts)]
    return Reading(text, begins, folded, sentences, features, logits, probabilities, labels)
