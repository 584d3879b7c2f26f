"""How much of a headline is clickbait, by the same features as the sentences."""

from __future__ import annotations

import numpy as np

from detector.explanation import strongest
from detector.features import extract
from detector.folding import fold
from detector.model import Model, gram_values
from detector.result import Headline
from detector.segmentation import Sentences

__all__ = ["score_headline", "whole"]


def whole(text: str) -> Sentences:
    """Return a text without white space at its ends as one sentence."""
    n = int(bool(text))
    ends = np.full(n, len(text), dtype=np.int64)
    zeros = np.zeros(n, dtype=np.int64)
    return Sentences(zeros, ends, zeros, zeros)


def score_headline(model: Model, title: str, explain: bool) -> Headline:
    """Score a headline.

    Parameters
    ----------
    model : Model
    title : str
    explain : bool
        Whether to name the words that moved the score.

    Returns
    -------
    Headline
        Score 0 for an empty title.
    """
    title = title.strip()
    if not title:
        return Headline(0.0)
    folded = fold(title)
    features = extract(folded, whole(title))
    weights = model.weights[features.buckets, -1].astype(np.float32) * gram_values(features, 1)
    logit = float(weights.sum() + features.shape[0] @ model.headline_shape + model.headline_bias)
    score = float(1 / (1 + np.exp(-logit)))
    return Headline(round(score, 4), strongest(title, folded, features, weights) if explain else ())
