"""The features against a slow and obvious reference."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import detector
from detector.features import extract
from detector.folding import DIGIT, fold, is_word
from detector.headline import read_titles
from detector.lexicon import HEAD_LETTERS, TAIL_LETTERS, load_lexicon
from detector.ngrams import GRAM_LENGTHS, N_BITS
from detector.segmentation import SEPARATOR, segment, segment_all
from detector.shape import SHAPE_NAMES
from detector.words import BASE, hash_word

MASK = (1 << 64) - 1
MULTIPLIERS = (
    0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3, 0x1D8E4E27C47D124F,
    0x9FB21C651E98DF25, 0xC3A5C85C97CB3127,
)  # fmt: skip
EDGE = 0x2545F4914F6CDD1D
LEXICON = (Path(detector.__file__).parent / "data" / "lexicon.txt").read_text(encoding="utf-8")
ENTRIES = [{e for line in part.splitlines()[1:] for e in line.partition(":")[2].split()} for part in ("\n" + LEXICON).split("\n[")[1:]]
EVERYTHING = st.text(alphabet=st.characters(codec=None, exclude_categories=[]), max_size=120)
WORDS = st.lists(
    st.sampled_from(["Aktie", "kaufen", "Sie", "jetzt", "12,5", "Prozent.", "Gratis-Analyse", "Ä", "👉", "\n", "!"]), max_size=30
)


def _finish(value: int, kind: int) -> int:
    value ^= value >> 29
    return ((value * MULTIPLIERS[kind]) & MASK) >> (64 - N_BITS)


def reference(text: str) -> list[tuple[int, int]]:
    """Return (sentence, bucket) of each n-gram, word by word."""
    folded, s = fold(text), segment(text)
    out = []
    for number, (start, end) in enumerate(zip(s.starts.tolist(), s.ends.tolist(), strict=True)):
        codes = [int(c) for c, p in zip(folded.codes, folded.positions, strict=True) if start <= p < end]
        words: list[list[int]] = []
        inside = False
        for code, flag in zip(codes, is_word(np.array(codes, dtype=np.uint16)).tolist() if codes else [], strict=True):
            if flag and not inside:
                words.append([])
            if flag:
                words[-1].append(code)
            inside = flag
        strings = ["".join(map(chr, w[:1] if w[0] == DIGIT else w)) for w in words]
        whole = [hash_word(w) for w in strings]
        prefix = [hash_word(w[:5]) for w in strings]
        for k, w in enumerate(strings):
            out.append((number, _finish(whole[k], 0)))
            if len(w) > 5:
                out.append((number, _finish(prefix[k], 1)))
                out.append((number, _finish(hash_word(w[-5:]), 2)))
            out.append((number, _finish(((whole[k - 1] if k else EDGE) * 3 + whole[k]) & MASK, 3)))
            pair = ((prefix[k - 1] if k else EDGE) * 3 + prefix[k]) & MASK
            out.append((number, _finish(pair, 4)))
            if k:
                out.append((number, _finish(((prefix[k - 2] if k > 1 else EDGE) * 5 + pair) & MASK, 5)))
        classes = [c + 1 for w in strings if (c := class_of(w)) >= 0]
        for before, own in zip([0, *classes], classes, strict=False):
            out.append((number, _finish(own, 6)))
            out.append((number, _finish((before * BASE + own) & MASK, 7)))
    return sorted(out)


def class_of(word: str) -> int:
    """Return the class of a folded word by the lexicon's rules, entry by entry."""
    ways = [word, *(word[:n] + "*" for n in HEAD_LETTERS if len(word) >= n), *("*" + word[-n:] for n in TAIL_LETTERS if len(word) >= n)]
    return next((k for way in ways for k, entries in enumerate(ENTRIES) if way in entries), -1)


@given(st.one_of(EVERYTHING, WORDS.map(" ".join)))
@example("")
@example("a")
@example("Eins. Zwei drei.\n\nVier")
@example("Kaufen Sie jetzt!AnzeigeSparen Sie 50 Prozent")
def test_n_grams_equal_the_reference(text: str) -> None:
    s = segment(text)
    features = extract(fold(text), s)
    assert sorted(zip(features.sentences.tolist(), features.buckets.tolist(), strict=True)) == reference(text)
    assert sum(features.gram_counts) == len(features.buckets)
    assert len(features.gram_counts) == len(GRAM_LENGTHS)


@given(st.one_of(EVERYTHING, WORDS.map(" ".join)))
def test_shape_is_finite_and_bounded(text: str) -> None:
    s = segment(text)
    shape = extract(fold(text), s).shape
    assert shape.shape == (len(s), len(SHAPE_NAMES))
    assert np.isfinite(shape).all()
    assert (np.abs(shape) <= 4).all()


@pytest.mark.parametrize(
    ("name", "text", "sentence", "value"),
    [
        ("ends_question", "Wer kauft das?", 0, 1),
        ("ends_question", "„Wer kauft das?“", 0, 1),
        ("ends_question", "Wer kauft das.", 0, 0),
        ("ends_ellipsis", "Weiterlesen ...", 0, 1),
        ("ends_ellipsis", "Weiterlesen…", 0, 1),
        ("ends_ellipsis", "Weiterlesen.", 0, 0),
        ("ends_colon", "Die Antwort:", 0, 1),
        ("starts_bracket", "[Zur Anmeldung]", 0, 1),
        ("second_person", "Du und dein Geld", 0, 1),
        ("free_of_charge", "Die Studie ist gratis", 0, 0.5),
        ("free_of_charge", "Gratisanalyse, kostenlose Studie", 0, 1),
        ("free_of_charge", "Die Studie ist teuer", 0, 0),
        ("formal_you", "Das sagen wir Ihnen", 0, 0.5),
        ("formal_you", "Das sagen sie ihnen", 0, 0),
        ("own_line", "Eins.\n\nZwei. Drei.", 0, 1),
        ("own_line", "Eins.\n\nZwei. Drei.", 1, 0),
        ("gap_before", "Eins.\n\nZwei.", 1, 1),
        ("gap_before", "Eins. Zwei.", 1, 0),
        ("after_mark", "Eins.\nAnzeige\nZwei.", 1, 1),
        ("after_mark", "Eins.\nDie Anzeigen brachten viel.\nZwei.", 2, 0),
        ("position", "Eins. Zwei.", 0, 0.25),
    ],
)
def test_shape_says_what_its_name_says(name: str, text: str, sentence: int, value: float) -> None:
    assert extract(fold(text), segment(text)).shape[sentence, SHAPE_NAMES.index(name)] == pytest.approx(value)


def test_words_of_the_report_elsewhere_count_as_its_own() -> None:
    text = (
        "Siemens baut Turbinen.\n\nDer Auftrag kam gestern.\n\nEr ist groß.\n\nDie Turbinen von Siemens laufen.\n\nGolduhren jetzt günstig."
    )
    far = extract(fold(text), segment(text)).shape[:, SHAPE_NAMES.index("far_words")]
    assert far[0] > 0.5
    assert far[3] > 0.5
    assert far[4] == 0


def test_words_of_the_title_count_in_their_own_text_only() -> None:
    texts = ["Siemens baut Turbinen.", "Siemens baut Turbinen."]
    title = read_titles(["", "Neue Turbinen"]).features
    column = extract(fold(SEPARATOR.join(texts)), segment_all(texts), title).shape[:, SHAPE_NAMES.index("title_words")]
    assert column.tolist() == [0, 0.5]


@given(st.lists(st.one_of(EVERYTHING, WORDS.map(" ".join)), min_size=2, max_size=4))
def test_texts_laid_end_to_end_have_the_features_of_each_alone(texts: list[str]) -> None:
    s = segment_all(texts)
    together = extract(fold(SEPARATOR.join(texts)), s)
    first = 0
    for number, text in enumerate(texts):
        alone = extract(fold(text), segment(text))
        n = int((s.texts == number).sum())
        own = (together.sentences >= first) & (together.sentences < first + n)
        pairs = sorted(zip((together.sentences[own] - first).tolist(), together.buckets[own].tolist(), strict=True))
        assert pairs == sorted(zip(alone.sentences.tolist(), alone.buckets.tolist(), strict=True))
        np.testing.assert_allclose(together.shape[first : first + n], alone.shape)
        first += n


def test_no_entry_of_the_lexicon_stands_twice() -> None:
    entries = [e for line in LEXICON.splitlines() if not line.startswith("[") for e in line.partition(":")[2].split()]
    assert len(entries) == len(set(entries))
    assert all(e.strip("*").isalpha() and e == e.lower() and e.isascii() for e in entries)
    assert len(load_lexicon().names) == len(set(load_lexicon().names)) == len(ENTRIES)
