"""The way from corpus to artifact, on a small corpus."""

import json
from pathlib import Path

import numpy as np
import pytest

from detector import Detector
from detector.features import extract
from detector.folding import fold
from detector.labels import EDITORIAL
from detector.segmentation import segment
from training.__main__ import main
from training.attacks import ATTACKS, disguised
from training.calibration import choose_threshold, fit_calibration
from training.compose import Composer, fold_of
from training.encoding import encode, grams_matrix
from training.evaluate import attack_figures, held_out_figures, measure_articles, read_articles, reliability
from training.fit import Settings, cross_validate, fit
from training.records import Corpus, read_corpus
from training.report import with_quality

SMALL = Settings(n_folds=2, n_documents=12, members=1, epochs=2)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    whole = read_corpus()
    return Corpus(whole.documents[::12], whole.fragments[::16], whole.headlines[::20], "small")


def test_composed_documents_are_labelled_to_the_character(corpus: Corpus) -> None:
    composer = Composer(corpus.documents, corpus.fragments, 3)
    for _ in range(60):
        document = composer.compose("de")
        at = 0
        for span in document.spans:
            assert not document.text[at : span.start].strip()
            assert document.text[span.start : span.end].strip()
            at = span.end
        assert not document.text[at:].strip()


def test_composing_is_deterministic(corpus: Corpus) -> None:
    one, other = (Composer(corpus.documents, corpus.fragments, 5) for _ in range(2))
    assert [one.compose("en") for _ in range(20)] == [other.compose("en") for _ in range(20)]
    assert Composer(corpus.documents, corpus.fragments, 6).compose("en") != Composer(corpus.documents, corpus.fragments, 5).compose("en")


def test_a_voice_has_one_fold() -> None:
    assert fold_of("de", "wire", 5) == fold_of("de", "wire", 5)
    assert {fold_of("de", f"voice_{k}", 5) for k in range(60)} == set(range(5))


def test_training_computes_the_sums_that_the_detector_computes(detector: Detector, corpus: Corpus) -> None:
    model = detector.model
    for document in corpus.documents[:20]:
        e = encode(document)
        sums = grams_matrix(e.features, len(e.sentences)) @ model.weights.astype(np.float32) + model.bias
        logits = model.logits(e.features, len(e.sentences))
        np.testing.assert_allclose(logits[:, 1:], sums, atol=1e-4)
        assert not logits[:, EDITORIAL].any()
        again = extract(fold(document.text), segment(document.text))
        assert (again.buckets == e.features.buckets).all()


def test_two_fits_give_the_same_artifact(corpus: Corpus, tmp_path: Path) -> None:
    one, other = (fit(tmp_path / name, corpus, SMALL, say=lambda _: None, n_jobs=jobs) for name, jobs in (("a", 1), ("b", 2)))
    assert one["digest"] == other["digest"]
    result = Detector(tmp_path / "a").clean("Der Dax stieg. Jetzt Report sichern!", language="de")
    assert result.segments


def test_held_out_figures_add_up(corpus: Corpus) -> None:
    held = cross_validate(corpus, SMALL, say=lambda _: None, n_jobs=1)
    assert held.probabilities.shape == (len(held.labels), 5)
    np.testing.assert_allclose(held.probabilities.sum(axis=1), 1, atol=1e-4)
    figures = held_out_figures(held)
    assert figures["all"]["recall"]["value"] == pytest.approx(held.figures["held_out_recall"], abs=1e-4)
    assert figures["all"]["documents"] == len(held.scored) == sum(row["documents"] for row in figures["plans"].values())
    nothing = held_out_figures(held, np.zeros(len(held.labels), dtype=bool))
    assert nothing["all"]["recall"]["value"] == nothing["all"]["loss"]["value"] == 0
    assert sum(b["chars"] for b in reliability(held)) == held.chars.sum()


def test_the_threshold_keeps_to_the_allowed_loss() -> None:
    scores = np.array([0.1, 0.6, 0.8, 0.9])
    labels, chars, each = np.array([0, 0, 1, 0]), np.array([970, 20, 50, 10]), np.arange(4)
    assert 0.6 < choose_threshold(scores, labels, chars, each, each, 0.01) <= 0.9
    assert choose_threshold(scores, labels, chars, each, each, 0.0) > 0.9
    assert choose_threshold(scores, labels, chars, each, each, 1.0) == pytest.approx(0.3)
    # In one text the second sentence goes with its neighbours, so only a threshold above their joint score saves it.
    assert choose_threshold(scores, labels, chars, 0 * each, 0 * each, 0.015) > 0.8


def test_calibration_finds_a_known_slope() -> None:
    generator = np.random.default_rng(0)
    odds = generator.normal(0, 2, 20000)
    labels = (generator.random(20000) < 1 / (1 + np.exp(-(0.5 * odds - 1)))).astype(np.int64)
    unwanted = 1 / (1 + np.exp(-odds))
    probabilities = np.stack([1 - unwanted, unwanted, 0 * odds, 0 * odds, 0 * odds], axis=1).astype(np.float32)
    slope, intercept = fit_calibration(probabilities, labels, np.ones(20000, dtype=np.int64))
    assert slope == pytest.approx(0.5, abs=0.05)
    assert intercept == pytest.approx(-1, abs=0.08)


def test_labelled_articles_are_measured(detector: Detector, tmp_path: Path) -> None:
    text = "Der Umsatz stieg um 4 Prozent, teilte der Konzern am Dienstag in Köln mit."
    article = {
        "id": "a",
        "lang": "de",
        "tier": "article",
        "title": "",
        "text": text,
        "spans": [{"start": 0, "end": len(text), "label": "editorial"}],
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(article) + "\n")
    figures = measure_articles(detector, read_articles([tmp_path / "a.jsonl"]))
    assert figures["de article"]["loss"]["value"] == 0
    assert figures["de article"]["recall"]["value"] is None
    (tmp_path / "b.jsonl").write_text("{}\n")
    assert main(["check", "--corpus", str(tmp_path / "none")]) == 2
    with pytest.raises(Exception, match=r"b.jsonl:1: not a labelled article"):
        read_articles([tmp_path / "b.jsonl"])


@pytest.mark.parametrize("name", ATTACKS)
def test_disguises_move_the_spans_along(name: str) -> None:
    text = "Der Dax stieg am Montag. Jetzt gratis Report sichern! Der Euro fiel."
    labels = {"Der Dax stieg am Montag.": "editorial", "Jetzt gratis Report sichern!": "promotion", "Der Euro fiel.": "editorial"}
    spans = [{"start": text.index(part), "end": text.index(part) + len(part), "label": label} for part, label in labels.items()]
    other = disguised({"text": text, "spans": spans, "doubt": [[4, 7], [25, 30]]}, ATTACKS[name])
    parts = [other["text"][s["start"] : s["end"]] for s in other["spans"]]
    assert parts[0] == "Der Dax stieg am Montag."
    assert parts[1] == ATTACKS[name]("Jetzt gratis Report sichern!") != "Jetzt gratis Report sichern!"
    assert parts[2] == "Der Euro fiel."
    assert [other["text"][a:b] for a, b in other["doubt"]] == ["Dax", parts[1]]


def test_attacks_are_measured(detector: Detector) -> None:
    text = "Jetzt kostenlosen Report sichern und Newsletter abonnieren!"
    article = {
        "lang": "de",
        "tier": "article",
        "title": None,
        "text": text,
        "spans": [{"start": 0, "end": len(text), "label": "promotion"}],
    }
    assert set(attack_figures(detector, [article])) == {"none", *ATTACKS}


def test_the_readme_gets_its_figures_between_the_marks() -> None:
    row = {"documents": 3, **{name: {"value": 0.5, "interval": [0.4, 0.6]} for name in ("recall", "teasers", "loss")}}
    figures = {
        "articles": {"all": row, "de article": row, "macro_f1": 0.7},
        "headlines": {"de": 0.9, "en": 0.8},
        "attacks": {"none": 0.9, "capitals": 0.8, "leetspeak": 0.85},
    }
    readme = with_quality("Before.\n<!-- quality -->\nold\n<!-- /quality -->\nAfter.\n", figures)
    assert readme.startswith("Before.\n<!-- quality -->\nMeasured on 3 real articles")
    assert "| German reports | 3 | 0.500 | 0.500 | 0.5000 |" in readme
    assert "costs the most, capitals." in readme
    assert readme.endswith("<!-- /quality -->\nAfter.\n")
    assert with_quality(readme, figures) == readme


def test_the_shipped_model_was_trained_on_the_corpus_that_is_here(detector: Detector) -> None:
    assert detector.model.manifest["corpus"] == read_corpus().digest
