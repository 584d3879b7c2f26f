"""Time the detector beside named alternatives, all in one run, taking turns article by article.

Alternatives: the plain scikit-learn pipeline (HashingVectorizer over character 3- to 5-grams, logistic regression) on the
same sentences, and langdetect on the full text. Run by ``make bench``.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import langdetect
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

from detector import Detector
from detector.segmentation import segment
from training.compose import Composer
from training.encoding import as_document, encode
from training.records import Corpus, read_corpus

CHARS = 3000
"""Length of the articles."""


def articles(corpus: Corpus, n: int) -> list[str]:
    """Compose articles of the corpus's pieces and cut them to length."""
    composer = Composer(corpus.documents, corpus.fragments, 1)
    texts = ("\n\n".join(composer.compose(lang).text for _ in range(4)) for lang in ("de", "en") for _ in range(n // 2))
    return [text[:CHARS] for text in texts]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text as strings."""
    s = segment(text)
    return [text[a:b] for a, b in zip(s.starts.tolist(), s.ends.tolist(), strict=True)]


def plain_pipeline(corpus: Corpus) -> Callable[[list[str]], object]:
    """Fit the plain pipeline on a tenth of the fragments; its speed does not depend on what it learned."""
    encoded = [encode(as_document(f)) for f in corpus.fragments[::10]]
    texts = [s for e in encoded for s in sentences(e.document.text)]
    labels = np.concatenate([e.labels for e in encoded])
    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(3, 5), n_features=1 << 18)
    model = make_pipeline(vectorizer, SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=0)).fit(texts, labels)
    return model.predict_proba


def time_by_turns(contenders: dict[str, Callable[[str], object]], texts: list[str], rounds: int) -> dict[str, float]:
    """Return the median time of each contender in milliseconds, all of them run on a text before the next one comes."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for text in texts:
            for name, run in contenders.items():
                begin = time.perf_counter()
                run(text)
                times[name].append((time.perf_counter() - begin) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def start_up() -> tuple[float, float]:
    """Return the median seconds of ``python -c pass`` and of a first result in a fresh process."""
    out = []
    for code in ("pass", "from detector import Detector; Detector().clean('Der Dax stieg.', language='de')"):
        took = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            took.append(time.perf_counter() - begin)
        out.append(statistics.median(took))
    return out[0], out[1]


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    corpus, detector = read_corpus(), Detector()
    texts = articles(corpus, options.articles)
    plain = plain_pipeline(corpus)
    split = {text: sentences(text) for text in texts}
    langdetect.DetectorFactory.seed = 0
    detector.clean(texts[0])
    medians = time_by_turns(
        {
            "clean, language given": lambda text: detector.clean(text, language="de"),
            "clean, language detected": detector.clean,
            "label only, language given": lambda text: detector.clean(text, language="de", remove=()),
            "plain scikit-learn pipeline": lambda text: plain(split[text]),
            "langdetect on the full text": langdetect.detect,
        },
        texts,
        options.rounds,
    )
    base = medians["clean, language given"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(texts)} articles of {CHARS} characters")
    for name, value in medians.items():
        print(f"{name:30} {value:8.3f} ms   {value / base:6.2f} times 'clean, language given'")
    line = "Der Kurs stieg um drei Prozent auf neue Höhen, teilte der Konzern am Montag mit. "
    for name, text in (("1 MB in one line", line * (1_000_000 // len(line))), ("1 MB in lines", (line + "\n") * (1_000_000 // len(line)))):
        begin = time.perf_counter()
        detector.clean(text, language="de")
        took = time.perf_counter() - begin
        per_char = took / len(text) / (base / 1e3 / CHARS)
        print(f"{name:30} {took * 1e3:8.0f} ms   {per_char:6.2f} times the cost per character of an article")
    empty, first = start_up()
    print(f"{'first result, fresh process':30} {first * 1e3:8.0f} ms   {(first - empty) * 1e3:.0f} ms more than 'python -c pass'")


if __name__ == "__main__":
    main()
