"""Fit the model: corpus to artifact, the same every time.

1. The first stage, a multinomial logistic regression over hashed n-grams, is fitted on the sentences of the pieces.
   It is fitted once for each fold of voices that is left out, and once on all.
2. Documents are composed of the pieces of each fold. The first stage that has not seen the fold scores their
   sentences, so the second stage learns from scores as they are on houses never seen.
3. The second stage, a small network, is fitted on these documents. Fitted once more without each fold, it gives the
   held-out probabilities on which temperature and threshold are chosen.
4. Headlines: a logistic regression over the same features, with the grade as the probability.
"""

from __future__ import annotations

import platform
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import scipy
import sklearn
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from detector import artifact
from detector.context import context_inputs
from detector.features import GRAM_LENGTHS, N_BITS, Features, extract, title_hashes
from detector.folding import fold
from detector.headline import whole
from detector.labels import LABELS, UNWANTED
from detector.model import gram_values
from detector.segmentation import Sentences, segment
from training.compose import Composer, fold_of
from training.records import Corpus, Document, Fragment, Headline, Span, read_corpus

__all__ = ["Settings", "encode", "fit", "fit_first", "grams_matrix", "sentence_labels"]

_N_BUCKETS: Final = 1 << N_BITS
_WORD: Final = re.compile(r"[^\W\d_]+")
_PROMOTION: Final = LABELS.index("promotion")
_REPORT_LIKE: Final = frozenset("advertorial fund_plug hot_stock_house_ad".split())
_SOFT: Final = 0.3
"""Weight, in the first stage, of offers of the kinds above: most of their sentences, read alone, are reporting."""


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
    hidden : int
        Units of each member of the second stage.
    members : int
        Networks whose mean is the second stage.
    epochs : int
    alpha : float
        L2 penalty of the second stage.
    max_loss : float
        Highest part of the editorial characters that the default threshold may lose on held-out voices.
    """

    seed: int = 7
    n_folds: int = 5
    n_documents: int = 700
    inverse_regularization: float = 4.0
    hidden: int = 48
    members: int = 3
    epochs: int = 14
    alpha: float = 1e-3
    max_loss: float = 0.004


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document as numbers, with the label of each sentence."""

    document: Document
    sentences: Sentences
    features: Features
    labels: NDArray[np.int64]


def encode(document: Document) -> Encoded:
    """Segment a document, compute its features and label its sentences."""
    sentences = segment(document.text)
    title = title_hashes(fold(document.title)) if document.title else None
    return Encoded(document, sentences, extract(fold(document.text), sentences, title), sentence_labels(document, sentences))


def sentence_labels(document: Document, sentences: Sentences) -> NDArray[np.int64]:
    """Return the label that most characters of each sentence have, as an index into ``LABELS``."""
    paint = np.full(len(document.text), len(LABELS))
    for span in document.spans:
        paint[span.start : span.end] = LABELS.index(span.label)
    counts = (np.bincount(paint[a:b], minlength=len(LABELS) + 1) for a, b in zip(sentences.starts, sentences.ends, strict=True))
    return np.array([c[: len(LABELS)].argmax() for c in counts], dtype=np.int64)


def grams_matrix(features: Features, n_sentences: int, keep: NDArray[np.bool_] | None = None) -> csr_matrix:
    """Return the n-grams of a text as a sparse matrix.

    Parameters
    ----------
    features : Features
    n_sentences : int
    keep : ndarray of bool, shape (n_grams,), optional
        N-grams to keep; the values of the others are dropped.

    Returns
    -------
    csr_matrix of shape (n_sentences, 2**N_BITS)
        Times the weights it gives the very sums that the detector computes.
    """
    kept = slice(None) if keep is None else keep
    values = gram_values(features, n_sentences)[kept]
    return csr_matrix((values, (features.sentences[kept], features.buckets[kept])), shape=(n_sentences, _N_BUCKETS))


def _as_document(fragment: Fragment) -> Document:
    return Document(fragment.lang, fragment.kind, fragment.voice, "", fragment.text, (Span(0, len(fragment.text), fragment.label),))


def _never_lower(pieces: Sequence[Encoded]) -> frozenset[str]:
    """Return the words of the English pieces that never stand in lower case: names of companies, people and places."""
    lower: set[str] = set()
    upper: set[str] = set()
    for piece in pieces:
        if piece.document.lang == "en":
            for word in _WORD.findall(piece.document.text):
                (lower if word.islower() else upper).add(word.lower())
    return frozenset(upper - lower)


def _is_nameless(piece: Encoded, names: frozenset[str]) -> NDArray[np.bool_]:
    """Return which n-grams of a piece contain no name."""
    features = piece.features
    text = piece.document.text
    positions = fold(text).positions
    begins, ends = positions[features.words[:, 0]], positions[features.words[:, 1] - 1] + 1
    owner = features.sentences[: len(features.words)]  # the first kind of n-gram is the word itself
    is_name = np.array([text[a:b].lower() in names for a, b in zip(begins.tolist(), ends.tolist(), strict=True)], dtype=bool)
    lengths = np.repeat(list(GRAM_LENGTHS.values()), features.gram_counts)
    nameless = np.ones(len(features.buckets), dtype=bool)
    for back in range(3):
        at = np.maximum(features.gram_words - back, 0)
        nameless &= ~((lengths > back) & is_name[at] & (owner[at] == features.sentences))
    return nameless


def _weight(document: Document) -> float:
    return _SOFT if document.kind in _REPORT_LIKE else 1.0


def fit_first(pieces: Sequence[Encoded], settings: Settings) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit the first stage.

    Parameters
    ----------
    pieces : sequence of Encoded
    settings : Settings

    Returns
    -------
    weights : ndarray of float32, shape (2**N_BITS, 5)
    bias : ndarray of float32, shape (5,)
    """
    names = _never_lower(pieces)
    matrices = []
    for piece in pieces:
        # The values stay those of all n-grams, as the detector computes them; n-grams with a name get no weight.
        keep = _is_nameless(piece, names) if piece.document.lang == "en" else None
        matrices.append(grams_matrix(piece.features, len(piece.sentences), keep))
    matrix = vstack(matrices).tocsr()
    labels = np.concatenate([p.labels for p in pieces])
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=_N_BUCKETS))
    model = LogisticRegression(C=settings.inverse_regularization, max_iter=300, tol=1e-3)
    soft = np.concatenate([np.full(len(p.sentences), _weight(p.document)) for p in pieces])
    model.fit(matrix[:, used], labels, sample_weight=np.where(labels == _PROMOTION, soft, 1))
    weights = np.zeros((_N_BUCKETS, len(LABELS)), dtype=np.float32)
    weights[np.ix_(used, model.classes_)] = model.coef_.T
    bias = np.full(len(LABELS), -20, dtype=np.float32)
    bias[model.classes_] = model.intercept_
    return weights, bias


def _compose_and_score(
    corpus: Corpus, number: int, settings: Settings, weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Compose the documents of a fold; return inputs of the second stage, labels and characters of all sentences."""
    held = [d for d in corpus.documents if fold_of(d.lang, d.voice, settings.n_folds) == number]
    pieces = [f for f in corpus.fragments if fold_of(f.lang, f.voice, settings.n_folds) == number]
    composer = Composer(held, pieces, settings.seed * 1000 + number)
    inputs, labels, chars = [], [], []
    for lang in ("de", "en"):
        for _ in range(settings.n_documents):
            e = encode(composer.compose(lang))
            if len(e.sentences):
                logits = np.asarray(grams_matrix(e.features, len(e.sentences)) @ weights + bias, dtype=np.float32)
                inputs.append(context_inputs(logits, e.features.shape, e.sentences.blocks))
                labels.append(e.labels)
                chars.append(e.sentences.ends - e.sentences.starts)
    return np.concatenate(inputs), np.concatenate(labels), np.concatenate(chars)


def _fit_network(inputs: NDArray[np.float32], labels: NDArray[np.int64], settings: Settings, seed: int) -> MLPClassifier:
    network = MLPClassifier(
        (settings.hidden,), alpha=settings.alpha, batch_size=256, max_iter=settings.epochs, random_state=seed, learning_rate_init=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is the regularization
        network.fit(inputs, labels)
    return network


def _temperature(log_odds: NDArray[np.float64], labels: NDArray[np.int64], chars: NDArray[np.int64]) -> float:
    """Return the divisor of the logits with the lowest held-out log loss, from a fixed grid."""

    def loss(t: float) -> float:
        z = log_odds / t
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return float(-np.average(log_p[np.arange(len(labels)), labels], weights=chars))

    return float(min(np.round(np.arange(0.7, 3.01, 0.05), 2), key=loss))


def _threshold(unwanted: NDArray[np.float64], labels: NDArray[np.int64], chars: NDArray[np.int64], max_loss: float) -> float:
    """Return the lowest threshold at which held-out voices lose no more than ``max_loss`` of their editorial text."""
    editorial = labels == 0
    total = chars[editorial].sum()
    for threshold in np.round(np.arange(0.5, 0.9951, 0.005), 3):
        if chars[editorial & (unwanted >= threshold)].sum() <= max_loss * total:
            return float(threshold)
    return 0.995


def _fit_headlines(headlines: Iterable[Headline]) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Fit the headline model; a grade g counts as g parts clickbait and 1 - g parts not."""
    rows, shapes, grades = [], [], []
    for headline in headlines:
        features = extract(fold(headline.text), whole(headline.text))
        rows.append(grams_matrix(features, 1))
        shapes.append(features.shape[0])
        grades.append(headline.clickbait)
    shape = np.array(shapes)
    matrix = hstack([vstack(rows), csr_matrix(shape)]).tocsr()
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]))
    both = vstack([matrix[:, used]] * 2).tocsr()
    targets = np.repeat([1, 0], len(grades))
    weights = np.concatenate([grades, 1 - np.array(grades)])
    model = LogisticRegression(C=3.0, max_iter=500)
    model.fit(both, targets, sample_weight=weights)
    full = np.zeros(matrix.shape[1], dtype=np.float32)
    full[used] = model.coef_[0]
    return full[:_N_BUCKETS], full[_N_BUCKETS:], float(model.intercept_[0])


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
    folds = range(settings.n_folds)
    say(f"encoding {len(corpus.documents)} documents and {len(corpus.fragments)} fragments")
    pieces = [encode(d) for d in (*corpus.documents, *map(_as_document, corpus.fragments))]
    fold_numbers = [fold_of(p.document.lang, p.document.voice, settings.n_folds) for p in pieces]

    say(f"first stage, {settings.n_folds + 1} fits on {sum(len(p.sentences) for p in pieces)} sentences")
    with Parallel(n_jobs=n_jobs) as parallel:
        first = parallel(
            delayed(fit_first)([p for p, k in zip(pieces, fold_numbers, strict=True) if k != left_out], settings)
            for left_out in (*folds, -1)
        )
        say(f"composing {2 * settings.n_documents * settings.n_folds} documents")
        scored = parallel(delayed(_compose_and_score)(corpus, k, settings, *first[k]) for k in folds)
        inputs, labels, chars = (np.concatenate([s[i] for s in scored]) for i in range(3))
        owner = np.repeat(np.arange(settings.n_folds), [len(s[1]) for s in scored])
        mean, scale = inputs.mean(axis=0), 1 / (inputs.std(axis=0) + 1e-3)
        standard = ((inputs - mean) * scale).astype(np.float32)

        say(f"second stage, {settings.n_folds + settings.members} fits on {len(labels)} sentences")
        jobs = [(owner != k, settings.seed) for k in folds] + [(owner >= 0, settings.seed + m) for m in range(settings.members)]
        networks = parallel(delayed(_fit_network)(standard[rows], labels[rows], settings, seed) for rows, seed in jobs)
    odds = np.zeros((len(labels), len(LABELS)))
    for k in folds:
        odds[owner == k] = np.log(np.maximum(networks[k].predict_proba(standard[owner == k]), 1e-9))
    temperature = _temperature(odds, labels, chars)
    tempered = np.exp(odds / temperature)
    tempered /= tempered.sum(axis=1, keepdims=True)
    unwanted = tempered[:, UNWANTED].sum(axis=1)
    threshold = _threshold(unwanted, labels, chars, settings.max_loss)
    gone = unwanted >= threshold
    figures = {
        "held_out_recall": round(float(chars[gone & (labels == 1)].sum() / chars[labels == 1].sum()), 4),
        "held_out_teasers": round(float(chars[gone & (labels == 2)].sum() / max(1, chars[labels == 2].sum())), 4),
        "held_out_loss": round(float(chars[gone & (labels == 0)].sum() / chars[labels == 0].sum()), 5),
    }
    say(f"temperature {temperature}, threshold {threshold}, on held-out voices {figures}")

    head_weights, head_shape, head_bias = _fit_headlines(corpus.headlines)
    weights, bias = first[-1]
    final = networks[settings.n_folds :]
    arrays = {
        "weights": np.concatenate([weights, head_weights[:, None]], axis=1).astype(np.float16),
        "bias": bias,
        "hidden": (scale[:, None] * np.concatenate([n.coefs_[0] for n in final], axis=1)).astype(np.float32),
        "hidden_bias": np.concatenate([n.intercepts_[0] - (mean * scale) @ n.coefs_[0] for n in final]).astype(np.float32),
        "output": np.stack([n.coefs_[1] for n in final]).astype(np.float32),
        "output_bias": np.stack([n.intercepts_[1] for n in final]).astype(np.float32),
        "temperature": np.array(temperature),
        "threshold": np.array(threshold),
        "headline_shape": head_shape,
        "headline_bias": np.array(head_bias),
    }
    manifest = {
        "corpus": corpus.digest,
        "n_documents": len(corpus.documents),
        "n_fragments": len(corpus.fragments),
        "n_headlines": len(corpus.headlines),
        "figures": figures,
        "settings": {name: getattr(settings, name) for name in Settings.__dataclass_fields__},
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "joblib": joblib.__version__,
        },
    }
    return artifact.save(folder, arrays, manifest)
