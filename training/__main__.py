"""Train and measure: ``python -m training {check,fit,evaluate,gate}``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from detector import Detector, DetectorError
from detector.artifact import SHIPPED
from detector.labels import UNWANTED
from training.breadth import measure, near_duplicates, skeleton_repeats
from training.evaluate import attack_figures, headline_figures, held_out_figures, measure_articles, read_articles, reliability
from training.fit import Held, Settings, cross_validate, fit
from training.records import CORPUS, LANGUAGES, Corpus, read_corpus
from training.report import model_card, plot, with_quality

ROOT: Final = Path(__file__).parent.parent
FIGURES: Final = ROOT / "docs" / "figures.json"
README: Final = ROOT / "README.md"
FLOORS: Final = Path(__file__).parent / "floors.json"
_SLACK: Final = 0.9
"""A new floor stands at this part of the measured recall; a ceiling of loss at the measured loss over it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code: 0 done, 1 a floor or a limit is broken, 2 wrong usage or data."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (DetectorError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and measure the model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--corpus", type=Path, default=CORPUS, help="folder of the corpus (default: the project's own)")
    shared.add_argument("--jobs", type=int, default=2, help="processes (default: %(default)s)")

    check = commands.add_parser("check", parents=[shared], help="validate the corpus and measure its breadth")
    check.add_argument("--list", action="store_true", help="list near-duplicates and repeated skeletons")
    check.set_defaults(run=_check)
    fitting = commands.add_parser("fit", parents=[shared], help="train the model and write its artifact")
    fitting.add_argument("--out", type=Path, default=SHIPPED, help="folder for the artifact (default: the shipped one)")
    fitting.set_defaults(run=_fit)
    evaluate = commands.add_parser("evaluate", parents=[shared], help="measure on held-out voices and write MODEL_CARD.md")
    evaluate.add_argument(
        "--articles",
        type=Path,
        nargs="*",
        default=(),
        help="labelled articles, JSON lines, to measure the shipped model on, plain and disguised; the README gets the figures",
    )
    evaluate.set_defaults(run=_evaluate)
    gate = commands.add_parser("gate", parents=[shared], help="fail when a pinned floor is broken")
    gate.add_argument("--lower-floors", action="store_true", help="write the floors anew from what is measured now, even if they fall")
    gate.set_defaults(run=_gate)
    return parser


def _say(start: float) -> Any:
    return lambda line: print(f"{time.monotonic() - start:6.0f} s  {line}", file=sys.stderr, flush=True)


def _check(options: argparse.Namespace) -> int:
    corpus = read_corpus(options.corpus)
    print(f"{'':22}{'pieces':>8}{'words':>9}{'voices':>8}{'kinds':>7}{'largest':>9}{'even':>7}  vocabulary at 1/4, 1/2, 3/4, 1")
    for (lang, label), b in measure(corpus).items():
        growth = ", ".join(map(str, b.vocabulary))
        print(f"{lang} {label:19}{b.n_pieces:8}{b.n_words:9}{b.n_voices:8}{b.n_kinds:7}{b.largest_voice:9.3f}{b.evenness:7.3f}  {growth}")
    n_duplicates = 0
    for lang in LANGUAGES:
        texts = [d.text for d in corpus.documents if d.lang == lang] + [f.text for f in corpus.fragments if f.lang == lang]
        pairs, repeats = near_duplicates(texts), skeleton_repeats(f.text for f in corpus.fragments if f.lang == lang)
        n_duplicates += len(pairs)
        print(f"{lang}: {len(pairs)} near-duplicates, {len(repeats)} repeated skeletons among {len(texts)} texts")
        if options.list:
            for a, b_, part in pairs:
                print(f"  {part:.2f}  {texts[a][:90]!r}\n        {texts[b_][:90]!r}")
            for text, n in repeats:
                print(f"  {n} x {text[:100]!r}")
    return 1 if n_duplicates else 0


def _fit(options: argparse.Namespace) -> int:
    manifest = fit(options.out, read_corpus(options.corpus), say=_say(time.monotonic()), n_jobs=options.jobs)
    print(f"{options.out}: {manifest['bytes']} bytes, digest {manifest['digest']}")
    return 0


def _cross_validated(options: argparse.Namespace) -> tuple[Corpus, Settings, Held]:
    corpus, settings = read_corpus(options.corpus), Settings()
    return corpus, settings, cross_validate(corpus, settings, _say(time.monotonic()), options.jobs)


def _curve(held: Held) -> list[dict[str, float]]:
    sums = {k: max(1, int(held.chars[held.labels == k].sum())) for k in (0, 1)}
    out = []
    for threshold in np.round(np.concatenate([np.arange(0.05, 0.95, 0.05), np.arange(0.95, 0.999, 0.005)]), 3).tolist():
        gone = held.removed(threshold)
        recall, loss = (float(held.chars[gone & (held.labels == k)].sum() / sums[k]) for k in (1, 0))
        out.append({"threshold": threshold, "recall": round(recall, 4), "loss": round(loss, 5)})
    return out


def _evaluate(options: argparse.Namespace) -> int:
    corpus, settings, held = _cross_validated(options)
    detector = Detector()
    figures: dict[str, Any] = {
        "manifest": {k: detector.model.manifest[k] for k in ("digest", "bytes", "corpus")},
        "threshold": held.threshold,
        "calibration": [held.slope, held.intercept],
        "held_out": held_out_figures(held),
        "reliability": reliability(held),
        "curve": _curve(held),
        "headlines": headline_figures(corpus.headlines, settings.n_folds),
    }
    if options.articles:
        articles = read_articles(options.articles)
        figures["articles"] = measure_articles(detector, articles)
        figures["attacks"] = attack_figures(detector, articles)
        README.write_text(with_quality(README.read_text(encoding="utf-8"), figures), encoding="utf-8")
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    plot(figures, FIGURES.parent)
    card = model_card(figures, measure(corpus))
    (ROOT / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    print(card)
    for text in _worst(held):
        print(text)
    return 0


def _worst(held: Held, most: int = 12) -> list[str]:
    """Return the sentences of held-out editorial text with the highest score."""
    unwanted = held.probabilities[:, UNWANTED].sum(axis=1)
    order = [k for k in np.argsort(-unwanted).tolist() if held.labels[k] == 0]
    firsts = np.searchsorted(held.owners, np.arange(len(held.scored)))
    out: dict[str, None] = {}
    for k in order:
        scored = held.scored[held.owners[k]]
        start, end = scored.spans[k - firsts[held.owners[k]]].tolist()
        out.setdefault(f"{unwanted[k]:.3f}  {scored.document.lang}/{scored.document.voice}: {scored.document.text[start:end][:140]!r}")
        if len(out) == most:
            break
    return list(out)


def _gate(options: argparse.Namespace) -> int:
    corpus, settings, held = _cross_validated(options)
    headlines = headline_figures(corpus.headlines, settings.n_folds)
    figures = {**held.figures, **{f"headlines_{lang}": value for lang, value in headlines.items()}}
    if options.lower_floors or not FLOORS.exists():
        pinned = {name: round(value / _SLACK if "loss" in name else value * _SLACK, 5) for name, value in figures.items()}
        FLOORS.write_text(json.dumps({"corpus": corpus.digest, "figures": pinned}, indent=1) + "\n", encoding="utf-8")
        print(f"{FLOORS.name} written anew")
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    broken = []
    for name, floor in floors["figures"].items():
        fine = figures[name] <= floor if "loss" in name else figures[name] >= floor
        print(f"{'ok    ' if fine else 'BROKEN'}  {name}: {figures[name]}, pinned {floor}")
        if not fine:
            broken.append(f"{name} is {figures[name]}, pinned {floor}")
    for what, digest in (
        ("the floors were pinned", floors["corpus"]),
        ("the shipped model was trained", Detector().model.manifest["corpus"]),
    ):
        if digest != corpus.digest:
            broken.append(f"{what} on corpus {digest[:12]}, this one is {corpus.digest[:12]}")
    for reason in broken:
        print(f"gate: {reason}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
