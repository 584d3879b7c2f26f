"""Measure the recipe on voices that were held out, and the shipped model on labelled articles."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from detector import CorpusError, Detector
from detector.labels import LABELS, UNWANTED, Label
from training.attacks import ATTACKS, disguised
from training.fit import Held
from training.headlines import held_out_scores
from training.records import Headline

__all__ = ["attack_figures", "headline_figures", "held_out_figures", "measure_articles", "read_articles", "reliability"]

_N_RESAMPLES: Final = 500
_PERCENTILES: Final = (2.5, 97.5)
_SIDES: Final = {"recall": "promotion", "teasers": "teaser", "loss": "editorial"}


def _rates(counts: NDArray[np.float64]) -> dict[str, float | None]:
    """Return recall, teasers and loss from the sums of characters: columns are (all, removed) of the three labels."""
    out: dict[str, float | None] = {}
    for k, name in enumerate(_SIDES):
        total, removed = counts[2 * k], counts[2 * k + 1]
        out[name] = round(float(removed / total), 5) if total else None
    return out


def _with_intervals(counts: NDArray[np.float64], seed: int = 0) -> dict[str, Any]:
    """Return the rates of documents with 95 % intervals of the bootstrap over documents (Efron, 1979)."""
    generator = np.random.default_rng(seed)
    n = len(counts)
    samples = [_rates(counts[generator.integers(0, n, n)].sum(axis=0)) for _ in range(_N_RESAMPLES)]
    out: dict[str, Any] = {"documents": n}
    for name, value in _rates(counts.sum(axis=0)).items():
        values = [rate for s in samples if (rate := s[name]) is not None]
        interval = [round(float(x), 5) for x in np.percentile(values, _PERCENTILES)] if values else None
        out[name] = {"value": value, "interval": interval}
    return out


def held_out_figures(held: Held, gone: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """Return the figures of the held-out documents, whole and by language, plan and voice.

    Parameters
    ----------
    held : Held
    gone : ndarray of bool, shape (n_sentences,), optional
        Which sentences are removed; by default what the policy removes.

    Returns
    -------
    dict
        ``all``, ``languages``, ``plans`` and ``voices`` (the weakest twenty, by loss), ``macro_f1`` over the labels.
    """
    if gone is None:
        gone = held.removed(held.threshold)
    per_document = np.zeros((len(held.scored), 6))
    for k, label in enumerate(_SIDES.values()):
        chars = np.where(held.labels == LABELS.index(label), held.chars, 0)
        per_document[:, 2 * k] = np.bincount(held.owners, chars, len(held.scored))
        per_document[:, 2 * k + 1] = np.bincount(held.owners, chars * gone, len(held.scored))

    def grouped(key: Callable[[int], str]) -> dict[str, Any]:
        rows = defaultdict(list)
        for k in range(len(held.scored)):
            rows[key(k)].append(k)
        return {name: _with_intervals(per_document[rows[name]]) for name in sorted(rows)}

    voices = grouped(lambda k: f"{held.scored[k].document.lang}/{held.scored[k].document.voice}")
    weakest = sorted(voices.items(), key=lambda item: -(item[1]["loss"]["value"] or 0))[:20]
    return {
        "all": _with_intervals(per_document),
        "languages": grouped(lambda k: held.scored[k].document.lang),
        "plans": grouped(lambda k: held.scored[k].document.kind),
        "voices": dict(weakest),
        "macro_f1": _macro_f1(held, gone),
    }


def _macro_f1(held: Held, gone: NDArray[np.bool_]) -> float:
    rest = held.probabilities.copy()
    rest[:, UNWANTED] = -1
    said = np.where(gone, np.array(UNWANTED)[held.probabilities[:, UNWANTED].argmax(axis=1)], rest.argmax(axis=1))
    return _f1_of(Counter({(int(g), int(s)): int(held.chars[(held.labels == g) & (said == s)].sum()) for g in range(5) for s in range(5)}))


def _f1_of(pairs: Counter[tuple[int, int]]) -> float:
    scores = []
    for k in range(len(LABELS)):
        gold, said = sum(pairs[k, s] for s in range(len(LABELS))), sum(pairs[g, k] for g in range(len(LABELS)))
        if gold:
            scores.append(2 * pairs[k, k] / (gold + said))
    return round(float(np.mean(scores)), 4)


def reliability(held: Held, n_bins: int = 10) -> list[dict[str, float]]:
    """Return, for bins of the score of promotion and teaser together, the mean score and the true share.

    Returns
    -------
    list of dict
        ``score`` and ``share`` in [0, 1], ``chars``: how many characters are in the bin.
    """
    unwanted = held.probabilities[:, UNWANTED].sum(axis=1)
    truth = np.isin(held.labels, UNWANTED)
    bins = np.minimum((unwanted * n_bins).astype(int), n_bins - 1)
    out = []
    for k in range(n_bins):
        inside = bins == k
        if inside.any():
            weights = held.chars[inside]
            out.append(
                {
                    "score": round(float(np.average(unwanted[inside], weights=weights)), 4),
                    "share": round(float(np.average(truth[inside], weights=weights)), 4),
                    "chars": int(weights.sum()),
                }
            )
    return out


def headline_figures(headlines: Sequence[Headline], n_folds: int) -> dict[str, float]:
    """Return the area under the ROC curve of held-out headlines, by language.

    Grades of 0.75 and 1 are clickbait, grades of 0 and 0.25 are not; those of 0.5 do not count.
    """
    scores = held_out_scores(headlines, n_folds)
    out = {}
    for lang in sorted({h.lang for h in headlines}):
        rows = [k for k, h in enumerate(headlines) if h.lang == lang and h.clickbait != 0.5]
        out[lang] = round(float(roc_auc_score([headlines[k].clickbait > 0.5 for k in rows], scores[rows])), 4)
    return out


def read_articles(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Read labelled articles.

    Parameters
    ----------
    paths : iterable of Path
        JSON lines: ``{"id", "lang", "tier", "title", "text", "spans", "doubt"}``; ``doubt`` lists pairs of offsets whose
        characters do not count.

    Returns
    -------
    list of dict

    Raises
    ------
    CorpusError
        If a line is not such an article.
    """
    out = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                article = json.loads(line)
                _paint(article)
                out.append({"tier": "article", "title": None, **article, "lang": article["lang"]})
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(f"{path}:{number}: not a labelled article: {error!r}") from None
    return out


def measure_articles(detector: Detector, articles: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Measure a detector on labelled articles by characters that are not white space.

    Parameters
    ----------
    detector : Detector
    articles : iterable of dict
        As `read_articles` returns them.

    Returns
    -------
    dict
        Figures with bootstrap intervals under ``all`` and each ``"lang tier"``, and ``macro_f1``.
    """
    rows: defaultdict[str, list[NDArray[np.float64]]] = defaultdict(list)
    pairs: Counter[tuple[int, int]] = Counter()
    for article in articles:
        gold = _paint(article)
        result = detector.clean(article["text"], title=article["title"] or None)
        counts = np.zeros(6)
        for segment in result.segments:
            there = np.bincount(gold[segment.start : segment.end], minlength=len(LABELS) + 1)
            for k, label in enumerate(LABELS):
                pairs[k, LABELS.index(segment.label)] += int(there[k])
                if label in _SIDES.values():
                    side = 2 * list(_SIDES.values()).index(label)
                    counts[side] += there[k]
                    counts[side + 1] += there[k] * segment.removed
        rows["all"].append(counts)
        rows[f"{article['lang']} {article['tier']}"].append(counts)
    return {**{name: _with_intervals(np.array(rows[name])) for name in sorted(rows)}, "macro_f1": _f1_of(pairs)}


def attack_figures(detector: Detector, articles: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the recall of promotion when it is disguised in each way, and undisguised under ``none``.

    Parameters
    ----------
    detector : Detector
    articles : sequence of dict
        As `read_articles` returns them.

    Returns
    -------
    dict of str to float
        In [0, 1].
    """
    attacks: dict[str, Callable[[str], str]] = {"none": str, **ATTACKS}
    figures = {name: measure_articles(detector, [disguised(a, attack) for a in articles]) for name, attack in attacks.items()}
    return {name: figure["all"]["recall"]["value"] for name, figure in figures.items()}


def _paint(article: dict[str, Any]) -> NDArray[np.int64]:
    """Return the label of each character; those that do not count have the number after the last label."""
    text: str = article["text"]
    gold = np.full(len(text), len(LABELS))
    for span in article["spans"]:
        label: Label = span["label"]
        gold[span["start"] : span["end"]] = LABELS.index(label)
    for start, end in article.get("doubt") or ():
        gold[start:end] = len(LABELS)
    gold[[k for k, char in enumerate(text) if char.isspace()]] = len(LABELS)
    return gold
