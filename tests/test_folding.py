import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.folding import fold


def folded(text: str) -> str:
    return "".join(map(chr, fold(text).codes.tolist()))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("capitals", "GRATIS SICHERN"),
        ("Cyrillic letters", "gr\u0430tis s\u0456chern"),
        ("Greek letters", "grαtis sιchern"),
        ("full-width letters", "ｇｒａｔｉｓ sichern"),
        ("mathematical letters", "𝐠𝐫𝐚𝐭𝐢𝐬 sichern"),
        ("zero-width space", "gra\u200btis si\u200dchern"),
        ("soft hyphen", "gra\u00adtis sichern"),
        ("spaced letters", "g r a t i s sichern"),
        ("digits for letters", "gr4tis s1chern"),
        ("HTML entities", "gr&#97;tis si&#x63;hern"),
        ("combining marks", "gra\u0301tis sichern"),
    ],
)
def test_disguises_read_like_the_plain_word(name: str, text: str) -> None:
    assert folded(text) == "gratis sichern"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("quarter", "Q4 und 5G", "q0 und 0g"),
        ("model number", "H100 und 10er", "h000 und 00er"),
        ("initials", "J. P. Morgan", "j. p. morgan"),
        ("three single letters", "a b c danach", "a b c danach"),
        ("mail address", "info@firma.de", "info@firma.de"),
        ("ampersand without entity", "S&P und AT&T; dann", "s&p und at&t; dann"),
        ("umlauts lose their marks", "Größe", "grose"),
    ],
)
def test_near_misses_stay(name: str, text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_positions_point_into_the_text_and_rise(text: str) -> None:
    result = fold(text)
    assert len(result.codes) == len(result.positions) == len(result.is_upper)
    assert (np.diff(result.positions) > 0).all()
    assert not len(result.positions) or 0 <= result.positions[0] <= result.positions[-1] < len(text)
    assert bool(text) == bool(len(result.codes))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_folding_twice_changes_nothing_for_plain_letters(text: str) -> None:
    once = "".join(c for c in folded(text) if c.isascii() and (c.isalpha() or c == " ")).strip()
    assert len(fold(once).codes) <= len(once)
