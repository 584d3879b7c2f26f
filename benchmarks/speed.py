"""Time the detector beside named alternatives, all in one run, taking turns article by article.

Alternatives: the plain scikit-learn pipeline (HashingVectorizer over character 3- to 5-grams, logistic regression) and
fastText (supervised, character n-grams of 3 to 5, 10 dimensions) on the same sentences, and langdetect on the full text.
Run by ``make bench``; fastText takes part where the package fasttext-wheel could be installed, and with ``--articles`` its
labels are compared with the detector's.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import langdetect
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

from detector import LABELS, Detector, Result, Segment
from detector.artifact import SHIPPED
from detector.segmentation import segment
from training.compose import Composer
from training.encoding import as_document, encode
from training.evaluate import measure_articles, read_articles
from training.records import Corpus, read_corpus

SHORTEST, LONGEST = 2700, 3300
"""Lengths of the articles in characters; what counts is given for 3,000."""

BASE = "clean, language given"


def articles(corpus: Corpus, n: int) -> list[str]:
    """Compose articles of about 3,000 characters of the corpus's pieces, as many in each language."""
    composer = Composer(corpus.documents, corpus.fragments, 1)
    out: list[str] = []
    for lang in ("de", "en"):
        texts = (composer.compose(lang).text for _ in range(1_000_000))
        fitting = (text for text in texts if SHORTEST <= len(text) <= LONGEST)
        out += [next(fitting) for _ in range(n // 2)]
    return out


def sentences(text: str) -> list[str]:
    """Return the sentences of a text as strings."""
    s = segment(text)
    return [text[a:b] for a, b in zip(s.starts.tolist(), s.ends.tolist(), strict=True)]


def labelled_sentences(corpus: Corpus, step: int) -> tuple[list[str], list[int]]:
    """Return every so-manieth piece of the corpus as sentences with the numbers of their labels."""
    encoded = [encode(d) for d in (*corpus.documents, *map(as_document, corpus.fragments))[::step]]
    return [s for e in encoded for s in sentences(e.document.text)], [int(k) for e in encoded for k in e.labels]


def plain_pipeline(corpus: Corpus) -> Callable[[list[str]], object]:
    """Fit the plain pipeline on a tenth of the corpus; its speed does not depend on what it learned."""
    texts, labels = labelled_sentences(corpus, 10)
    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(3, 5), n_features=1 << 18)
    model = make_pipeline(vectorizer, SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=0)).fit(texts, labels)
    return model.predict_proba


class FastText:
    """FastText, trained on the corpus, with the detector's interface as far as `measure_articles` needs it."""

    def __init__(self, corpus: Corpus) -> None:
        import fasttext

        texts, labels = labelled_sentences(corpus, 1)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.writelines(f"__label__{k} {' '.join(text.split())}\n" for text, k in zip(texts, labels, strict=True))
            file.flush()
            self._model: Any = fasttext.train_supervised(file.name, minn=3, maxn=5, dim=10, thread=2, verbose=0).f

    def predict(self, texts: list[str]) -> list[int]:
        """Return the label numbers of sentences."""
        return [int(self._model.predict(text.replace("\n", " ") + "\n", 1, 0.0, "replace")[0][1][9:]) for text in texts]

    def clean(self, text: str, title: str | None = None) -> Result:
        """Label the sentences of a text."""
        s = segment(text)
        labels = [LABELS[k] for k in self.predict(sentences(text))]
        spans = zip(s.starts.tolist(), s.ends.tolist(), labels, strict=True)
        segments = tuple(Segment(a, b, label, 1.0, label in ("promotion", "teaser")) for a, b, label in spans)
        return replace(EMPTY, segments=segments)


EMPTY = Detector().clean("", language="de")


def time_by_turns(contenders: dict[str, Callable[[str], object]], texts: list[str], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each contender on each text, medians of the rounds; all run on a text before the next one."""
    times: dict[str, list[list[float]]] = {name: [[] for _ in texts] for name in contenders}
    for _ in range(rounds):
        for k, text in enumerate(texts):
            for name, run in contenders.items():
                begin = time.perf_counter()
                run(text)
                times[name][k].append((time.perf_counter() - begin) * 1e3)
    return {name: [statistics.median(rows) for rows in per_text] for name, per_text in times.items()}


def start_up() -> tuple[float, float]:
    """Return the median seconds of ``python -c pass`` and of a first result in a fresh process."""
    out = []
    for code in ("pass", "from detector import Detector; Detector().clean('Der Dax stieg.', language='de')"):
        took = []
        for _ in range(7):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            took.append(time.perf_counter() - begin)
        out.append(statistics.median(took))
    return out[0], out[1]


def peak_memory(n_chars: int) -> float:
    """Return the highest resident memory, in MB, of a process that cleans a text of this length."""
    code = (
        "from pathlib import Path; from detector import Detector;"
        "line = 'Der Kurs stieg um drei Prozent auf neue Höhen, teilte der Konzern am Montag mit. ';"
        f"Detector().clean((line * ({n_chars} // len(line) + 1))[:{n_chars}], language='de');"
        "print(int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) / 1024)"
    )
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def per_second(run: Callable[[], object], n: int, rounds: int = 5) -> float:
    """Return how many articles a second a call manages that cleans ``n``, the median of the rounds."""
    took = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        took.append(time.perf_counter() - begin)
    return n / statistics.median(took)


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, nargs="*", default=(), help="labelled articles, JSON lines, to compare the labels on")
    parser.add_argument("--n", type=int, default=60, help="articles (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="times that each is cleaned (default: %(default)s)")
    options = parser.parse_args()
    corpus, detector = read_corpus(), Detector()
    texts = articles(corpus, options.n)
    plain = plain_pipeline(corpus)
    split = {text: sentences(text) for text in texts}
    langdetect.DetectorFactory.seed = 0
    contenders: dict[str, Callable[[str], object]] = {
        BASE: lambda text: detector.clean(text, language="de"),
        "label only, language given": lambda text: detector.clean(text, language="de", remove=()),
        "clean, language detected": detector.clean,
        "plain scikit-learn pipeline": lambda text: plain(split[text]),
        "langdetect on the full text": langdetect.detect,
    }
    rival = FastText(corpus) if importlib.util.find_spec("fasttext") else None
    if rival:
        contenders["fastText on the sentences"] = lambda text: rival.predict(split[text])
    for text in texts:
        detector.clean(text)
    times = time_by_turns(contenders, texts, options.rounds)
    with_offer = [any(s.removed for s in detector.clean(text, language="de").segments) for text in texts]
    n_chars = statistics.mean(map(len, texts))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"{len(texts)} articles of {n_chars:.0f} characters on average, {sum(with_offer)} with something to remove")
    base = statistics.median(times[BASE])
    for name, values in times.items():
        print(f"{name:34} {statistics.median(values):8.3f} ms   {statistics.median(values) / base:6.2f} times '{BASE}'")
    for name, kind in (("nothing to remove", False), ("something to remove", True)):
        values = [v for v, is_so in zip(times[BASE], with_offer, strict=True) if is_so == kind]
        print(f"{BASE + ', ' + name:42} {statistics.median(values) if values else float('nan'):.3f} ms")

    many = texts * 4
    loop = per_second(lambda: [detector.clean(text, language="de") for text in many], len(many))
    batched = per_second(lambda: list(detector.clean_many(many, language="de")), len(many))
    list(detector.clean_many(many[:64], language="de", n_jobs=2))  # wakes the processes
    spread = per_second(lambda: list(detector.clean_many(many * 4, language="de", n_jobs=2)), 4 * len(many))
    print(f"{'clean in a loop':34} {loop:8.0f} articles a second")
    print(f"{'clean_many':34} {batched:8.0f} articles a second   {batched / loop:.2f} times the loop")
    print(f"{'clean_many, two processes':34} {spread:8.0f} articles a second   {spread / batched:.2f} times one process")

    line = "Der Kurs stieg um drei Prozent auf neue Höhen, teilte der Konzern am Montag mit. "
    per_char = base / 1e3 / n_chars
    for name, text in (("1 MB in one line", line * (1_000_000 // len(line))), ("1 MB in 20,000 lines", (line[:49] + "\n") * 20_000)):
        rate = per_second(lambda text=text: detector.clean(text, language="de"), 1, 3)  # type: ignore[misc]
        print(f"{name:34} {1e3 / rate:8.0f} ms   {1 / rate / len(text) / per_char:6.2f} times the cost per character of an article")
    small, large = peak_memory(3000), peak_memory(1_000_000)
    print(f"{'resident memory of a process':34} {small:8.0f} MB after one article, {large:.0f} MB after 1 MB")
    print(f"{'artifact':34} {sum(f.stat().st_size for f in SHIPPED.glob('model.*')) / 1e6:8.1f} MB")
    empty, first = start_up()
    print(f"{'first result, fresh process':34} {first * 1e3:8.0f} ms   {(first - empty) * 1e3:.0f} ms more than 'python -c pass'")
    if options.articles:
        articles_of_others = read_articles(options.articles)
        named: dict[str, Any] = {"detector": detector, **({"fastText": rival} if rival else {})}
        for name, contender in named.items():
            print(f"{'macro F1 of ' + name:34} {measure_articles(contender, articles_of_others)['macro_f1']:8.3f}")


if __name__ == "__main__":
    main()
