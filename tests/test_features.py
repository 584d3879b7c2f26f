"""The features against a slow and obvious reference."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector.features import extract
from detector.folding import DIGIT, fold, is_letter
from detector.ngrams import GRAM_LENGTHS, N_BITS
from detector.segmentation import segment
from detector.shape import SHAPE_NAMES
from detector.words import hash_word

MASK = (1 << 64) - 1
MULTIPLIERS = (
    0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3, 0x1D8E4E27C47D124F, 0xEB44ACCAB455D165,
)  # fmt: skip
EDGE = 0x2545F4914F6CDD1D
EVERYTHING = st.text(alphabet=st.characters(codec=None, exclude_categories=[]), max_size=120)
WORDS = st.lists(
    st.sampled_from(["Aktie", "kaufen", "Sie", "jetzt", "12,5", "Prozent.", "Gratis-Analyse", "Ä", "👉", "\n", "!"]), max_size=30
)


def _finish(value: int, kind: int) -> int:
    value ^= value >> 29
    return ((value * MULTIPLIERS[kind]) & MASK) >> (64 - N_BITS)


def reference(text: str) -> list[tuple[int, int]]:
    """Return (sentence, bucket) of each n-gram, word by word."""
    from detector.folding import is_word

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
            out += [(number, _finish(hash_word(piece), 6)) for piece in _pieces("".join(map(chr, words[k])))]
    return sorted(out)


def _pieces(word: str) -> list[str]:
    """Return the runs of four of a word between blanks, those with a digit inside left out."""
    padded = f" {word} "
    runs = (padded[k : k + 4] for k in range(len(padded) - 3))
    return [run for run in runs if is_letter(np.array([ord(run[1]), ord(run[2])], dtype=np.uint16)).all()]


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
