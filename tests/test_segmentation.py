import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.segmentation import MAX_SENTENCE_CHARS, Sentences, segment


def sentences(text: str) -> list[str]:
    s = segment(text)
    return [text[a:b] for a, b in zip(s.starts.tolist(), s.ends.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("two sentences", "Der Kurs stieg. Danach fiel er.", ["Der Kurs stieg.", "Danach fiel er."]),
        ("date", "Das Treffen am 13. Januar dauerte bis in die frühen Morgenstunden.", 1),
        ("abbreviations", "Das Plus betrug ca. 3 Mrd. Euro, z. B. bei Siemens.", 1),
        ("initial", "Analyst J. Miller bleibt vorsichtig.", 1),
        ("question inside a quotation", "„Was nun?“, fragt der Händler.", 1),
        ("decimal number", "Das Papier kostet 18.807 Punkte oder 3.5 Dollar.", 1),
        ("domain", "Mehr steht auf finanzen.example und Amazon.com gab nach.", 1),
        ("year at the end", "So war es im Jahr 2024. Danach kam die Wende.", 2),
        ("glued sentences", "Der Dax stieg um 2 Prozent.Danach fiel er.", ["Der Dax stieg um 2 Prozent.", "Danach fiel er."]),
        ("glued mark", "Das half.AnzeigeVergessen Sie Gold! Kaufen Sie Silber.", ["Das half.", "Anzeige", "Vergessen Sie Gold!", "Kaufen Sie Silber."]),
        ("word that begins like a mark", "Die Anzeigenerlöse sanken.", 1),
        ("chain behind a glued mark", "AnzeigeBörsenradarDiese Aktie steigtDer Dax verlor am Mittag.",
         ["Anzeige", "Börsenradar", "Diese Aktie steigt", "Der Dax verlor am Mittag."]),
        ("camel case elsewhere", "Bei PayPal und YouTube stieg der TecDAX-Anteil deutlich an.", 1),
        ("agency mark behind the last sentence", "Die Aktie fiel. (dpa)", ["Die Aktie fiel.", "(dpa)"]),
        ("list items", "Vorteile: • günstig • schnell", ["Vorteile:", "• günstig", "• schnell"]),
        ("cue in capitals", "Rates may fall. READ ALSO: Ten facts about gold", ["Rates may fall.", "READ ALSO: Ten facts about gold"]),
        ("ellipsis", "Weiterlesen ... Danach geht es weiter.", 2),
    ],
)  # fmt: skip
def test_sentence_ends(name: str, text: str, expected: int | list[str]) -> None:
    found = sentences(text)
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize(
    ("name", "text", "n_blocks"),
    [
        ("paragraphs", "Eins.\n\nZwei.", 2),
        ("single line breaks", "Eins.\nZwei.", 2),
        ("carriage returns", "Eins.\r\n\r\nZwei.\rDrei.", 3),
        ("hard-wrapped sentence", "You could have bought the shares\nfor a few cents.", 1),
        ("words of a link on a line of their own", "according to \ndata\n of the agency", 1),
        ("heading before a paragraph", "Ausblick\nDer Vorstand bleibt vorsichtig.", 2),
    ],
)
def test_blocks(name: str, text: str, n_blocks: int) -> None:
    blocks = segment(text).blocks
    assert blocks[-1] + 1 == n_blocks


def test_gaps_count_line_breaks() -> None:
    assert segment("Eins.\n\nZwei. Drei.\nVier.").gaps.tolist() == [0, 2, 0, 1]


@given(st.text())
@example("\x1c\x85\u2028 \n")
@example("AnzeigeAnzeigeAa Bb.Cc")
@example("x" * 2000)
def test_spans_tile_the_text_up_to_white_space(text: str) -> None:
    s = segment(text)
    at = 0
    for start, end in zip(s.starts.tolist(), s.ends.tolist(), strict=True):
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        assert end - start <= MAX_SENTENCE_CHARS
        at = end
    assert not text[at:].strip()


def test_look_alike_letters_do_not_hide_where_a_sentence_ends() -> None:
    plain = "Der Kurs stieg.AnzeigeKaufen Sie Gold! Die Co. KG wuchs."
    disguised = plain.translate(str.maketrans("aeKM", "аеКМ"))
    assert disguised != plain
    for one, other in zip(columns(segment(plain)), columns(segment(disguised)), strict=True):
        assert one.tolist() == other.tolist()


def columns(s: Sentences) -> tuple[NDArray[np.int64], ...]:
    return s.starts, s.ends, s.texts, s.blocks, s.gaps
