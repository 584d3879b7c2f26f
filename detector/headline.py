"""How much of a headline is clickbait, by the same features as the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.explanation import strongest
from detector.features import Features, extract
from detector.folding import Folded, fold
from detector.model import Model, gram_values
from detector.result import Headline
from detector.segmentation import SEPARATOR, Sentences

__all__ = ["Titles", "read_titles", "score_titles"]


@dataclass(frozen=True, slots=True)
class Titles:
    """Headlines, each of them one sentence.

    Attributes
    ----------
    text : str
        The headlines joined.
    folded : Folded
    sentences : Sentences
        One for each headline that is not empty; ``texts`` is its number.
    features : Features
    """

    text: str
    folded: Folded
    sentences: Sentences
    features: Features


def read_titles(titles: Sequence[str]) -> Titles:
    """Compute the features of headlines."""
    rows: list[tuple[int, ...]] = []
    offset = 0
    for number, title in enumerate(titles):
        bare = title.strip()
        if bare:
            begin = offset + title.index(bare)
            rows.append((begin, begin + len(bare), number, len(rows), 0))
        offset += len(title) + len(SEPARATOR)
    sentences = Sentences(*np.array(rows, dtype=np.int64).reshape(-1, 5).T)
    text = SEPARATOR.join(titles)
    folded = fold(text)
    return Titles(text, folded, sentences, extract(folded, sentences))


def score_titles(model: Model, titles: Titles, n_titles: int, explain: bool) -> list[Headline]:
    """Score headlines.

    Parameters
    ----------
    model : Model
    titles : Titles
    n_titles : int
        How many there are, the empty ones included.
    explain : bool
        Whether to name the words that moved a score.

    Returns
    -------
    list of Headline
        Score 0 for an empty headline.
    """
    out = [Headline(0.0)] * n_titles
    features = titles.features
    n = len(titles.sentences)
    weights = model.headline[features.buckets].astype(np.float32) * gram_values(features, n)
    logits = np.bincount(features.sentences, weights, n) + features.shape @ model.headline_shape + model.headline_bias
    for k, (number, score) in enumerate(zip(titles.sentences.texts.tolist(), (1 / (1 + np.exp(-logits))).tolist(), strict=True)):
        own = np.where(features.sentences == k, weights, 0) if explain else None
        evidence = () if own is None else strongest(titles.text, titles.folded, features, own)
        out[number] = Headline(round(score, 4), evidence)
    return out
