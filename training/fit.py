"""Fit the model: corpus to artifact, the same every time.

1. The first stage is fitted on the sentences of the pieces: once without each fold of voices, and once on all.
2. Documents are composed of the pieces of each fold. The first stage that has not seen the fold scores their
   sentences, so the second stage learns from scores as they are on houses never seen.
3. The second stage is fitted on these documents: once without each fold, which gives the held-out probabilities that
   calibration, threshold and figures come from, and several times on all, whose mean is shipped.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import scipy
import sklearn
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from detector import artifact
from detector.labels import LABELS, UNWANTED
from detector.lexicon import load_lexicon
from detector.model import calibrated, smoothed
from detector.policy import removable
from training.calibration import choose_threshold, fit_calibration
from training.compose import Composer, fold_of
from training.encoding import as_document, encode
from training.first_stage import fit_first
from training.headlines import fit_headlines
from training.records import Corpus, read_corpus
from training.second_stage import Scored, Standard, compose_and_score, fit_network

__all__ = ["Held", "Settings", "cross_validate", "fit"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a fit depends on beside the corpus.

    Attributes
    ----------
    seed : int
    n_folds : int
        Folds of voices.
    n_documents : int
        Composed documents for each fold and language.
    inverse_regularization : float
        ``C`` of the first stage.
    hidden, members : int
        Units of each network of the second stage, and how many there are.
    epochs : int
    alpha, noise : float
        L2 penalty and input noise of the second stage.
    editorial_weight : float
        Weight of editorial sentences in the second stage.
    max_loss : float
        Highest part of the editorial characters that the default threshold may lose on held-out voices. The composed
        documents hold many times the near-misses of real ones.
    """

    seed: int = 7
    n_folds: int = 5
    n_documents: int = 2200
    inverse_regularization: float = 2.0
    hidden: int = 64
    members: int = 4
    epochs: int = 6
    alpha: float = 1e-2
    noise: float = 0.3
    editorial_weight: float = 6.0
    max_loss: float = 0.0075


@dataclass(frozen=True, slots=True)
class Held:
    """Composed documents with probabilities from models that have seen no voice of theirs.

    Attributes
    ----------
    scored : list of Scored
    probabilities : ndarray of float32, shape (n_sentences, 5)
        Of all sentences, in order.
    labels, chars, blocks, owners : ndarray of int64, shape (n_sentences,)
        Label, length, block and document of each sentence.
    slope, intercept, threshold : float
    """

    scored: list[Scored]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    chars: NDArray[np.int64]
    blocks: NDArray[np.int64]
    owners: NDArray[np.int64]
    slope: float
    intercept: float
    threshold: float

    def removed(self, threshold: float) -> NDArray[np.bool_]:
        """Return which sentences the policy removes at a threshold, an array of shape (n_sentences,)."""
        return removable(self.probabilities[:, UNWANTED].sum(axis=1), threshold, self.blocks, self.owners)

    @property
    def figures(self) -> dict[str, float]:
        """Recall of promotion and teasers and loss of editorial text, by characters, at the default threshold."""
        gone = self.removed(self.threshold)
        names = {"held_out_recall": "promotion", "held_out_teasers": "teaser", "held_out_loss": "editorial"}
        out = {}
        for name, label in names.items():
            chars = np.where(self.labels == LABELS.index(label), self.chars, 0)
            out[name] = round(float(chars[gone].sum() / max(1, chars.sum())), 5)
        return out


@dataclass(frozen=True, slots=True)
class _Fitted:
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    standard: Standard
    networks: list[MLPClassifier]


def cross_validate(corpus: Corpus, settings: Settings, say: Callable[[str], None] = print, n_jobs: int = 2) -> Held:
    """Score composed documents by models that have seen no voice of theirs.

    Parameters
    ----------
    corpus : Corpus
    settings : Settings
    say : callable
        Gets a line of progress now and then.
    n_jobs : int
        Processes.

    Returns
    -------
    Held
    """
    return _run(corpus, settings, say, n_jobs, members=0)[0]


def _run(corpus: Corpus, settings: Settings, say: Callable[[str], None], n_jobs: int, members: int) -> tuple[Held, _Fitted]:
    folds = range(settings.n_folds)
    say(f"encoding {len(corpus.documents)} documents and {len(corpus.fragments)} fragments")
    pieces = [encode(d) for d in (*corpus.documents, *map(as_document, corpus.fragments))]
    numbers = [fold_of(p.document.lang, p.document.voice, settings.n_folds) for p in pieces]
    left_out = (*folds, -1) if members else tuple(folds)

    say(f"first stage: {len(left_out)} fits on {sum(len(p.sentences) for p in pieces)} sentences")
    with Parallel(n_jobs=n_jobs) as parallel:
        first = parallel(
            delayed(fit_first)([p for p, number in zip(pieces, numbers, strict=True) if number != k], settings.inverse_regularization)
            for k in left_out
        )
        say(f"composing {2 * settings.n_documents * settings.n_folds} documents")
        composers = [
            Composer(
                [d for d in corpus.documents if fold_of(d.lang, d.voice, settings.n_folds) == k],
                [f for f in corpus.fragments if fold_of(f.lang, f.voice, settings.n_folds) == k],
                settings.seed * 1000 + k,
            )
            for k in folds
        ]
        by_fold: list[list[Scored]] = parallel(delayed(compose_and_score)(composers[k], settings.n_documents, *first[k]) for k in folds)
        scored = [s for part in by_fold for s in part]
        labels, chars = np.concatenate([s.labels for s in scored]), np.concatenate([s.chars for s in scored])
        owners = np.repeat(np.arange(len(scored)), [len(s.labels) for s in scored])
        fold_numbers = np.repeat(np.arange(settings.n_folds), [sum(len(s.labels) for s in part) for part in by_fold])
        inputs = np.concatenate([s.inputs for s in scored])
        standard = Standard.of(inputs)
        inputs = standard(inputs)

        say(f"second stage: {settings.n_folds + members} fits on {len(labels)} sentences")
        shared = (settings.hidden, settings.alpha, settings.epochs, settings.noise, settings.editorial_weight)
        jobs = [(fold_numbers != k, settings.seed) for k in folds] + [(fold_numbers >= 0, settings.seed + m) for m in range(members)]
        networks = parallel(delayed(fit_network)(inputs[rows], labels[rows], *shared, seed) for rows, seed in jobs)
    raw = np.zeros((len(labels), len(LABELS)))
    for k in folds:
        rows = fold_numbers == k
        raw[np.ix_(rows, networks[k].classes_)] = networks[k].predict_proba(inputs[rows])
    n_blocks = np.array([s.blocks[-1] + 1 for s in scored])
    blocks = np.concatenate([s.blocks for s in scored]) + np.repeat(np.cumsum(n_blocks) - n_blocks, [len(s.labels) for s in scored])
    smooth = smoothed(raw, blocks)
    slope, intercept = fit_calibration(smooth, labels, chars)
    probabilities = calibrated(smooth, slope, intercept)
    threshold = choose_threshold(probabilities[:, UNWANTED].sum(axis=1), labels, chars, blocks, owners, settings.max_loss)
    held = Held(scored, probabilities, labels, chars, blocks, owners, slope, intercept, threshold)
    weights, bias = first[-1]
    return held, _Fitted(weights, bias, standard, networks[settings.n_folds :])


def fit(
    folder: Path = artifact.SHIPPED,
    corpus: Corpus | None = None,
    settings: Settings | None = None,
    say: Callable[[str], None] = print,
    n_jobs: int = 2,
) -> dict[str, Any]:
    """Fit the model and write its artifact.

    Parameters
    ----------
    folder : Path
        Where the artifact goes.
    corpus : Corpus, optional
        By default the project's own.
    settings : Settings, optional
    say : callable
        Gets a line of progress now and then.
    n_jobs : int
        Processes.

    Returns
    -------
    dict
        The manifest.
    """
    corpus = corpus or read_corpus()
    settings = settings or Settings()
    held, fitted = _run(corpus, settings, say, n_jobs, settings.members)
    say(f"calibration {held.slope} {held.intercept}, threshold {held.threshold}, on held-out voices {held.figures}")
    say(f"headlines: one fit on {len(corpus.headlines)}")
    headline = fit_headlines(corpus.headlines)
    standard, networks = fitted.standard, fitted.networks
    arrays = {
        "weights": (fitted.weights[:, 1:] - fitted.weights[:, :1]).astype(np.float16),
        "bias": fitted.bias[1:] - fitted.bias[0],
        "low": standard.low,
        "high": standard.high,
        # The first layer takes raw inputs: their standardization becomes part of it.
        "hidden": (standard.scale[:, None] * np.concatenate([n.coefs_[0] for n in networks], axis=1)).astype(np.float32),
        "hidden_bias": np.concatenate([n.intercepts_[0] - (standard.mean * standard.scale) @ n.coefs_[0] for n in networks]).astype(
            np.float32
        ),
        # The answer is the mean over the members.
        "output": (np.concatenate([n.coefs_[1] for n in networks]) / len(networks)).astype(np.float32),
        "output_bias": np.mean([n.intercepts_[1] for n in networks], axis=0).astype(np.float32),
        "slope": np.array(held.slope),
        "intercept": np.array(held.intercept),
        "threshold": np.array(held.threshold),
        "headline": headline.weights.astype(np.float16),
        "headline_shape": headline.shape,
        "headline_bias": np.array(headline.bias),
    }
    manifest = {
        "corpus": corpus.digest,
        "lexicon": load_lexicon().digest,
        "n_documents": len(corpus.documents),
        "n_fragments": len(corpus.fragments),
        "n_headlines": len(corpus.headlines),
        "figures": held.figures,
        "settings": asdict(settings),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "joblib": joblib.__version__,
        },
    }
    return artifact.save(folder, arrays, manifest)
