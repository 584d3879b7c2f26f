from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cleaning import cut
from detector.result import Segment
from detector.segmentation import segment


def as_segments(text: str, removed: Callable[[int], bool]) -> list[Segment]:
    s = segment(text)
    return [Segment(a, b, "promotion", 1.0, removed(k)) for k, (a, b) in enumerate(zip(s.starts.tolist(), s.ends.tolist(), strict=True))]


@pytest.mark.parametrize(
    ("name", "text", "removed", "expected"),
    [
        ("nothing removed", "  A b.\n\nC d. ", [], "  A b.\n\nC d. "),
        ("middle paragraph", "Eins.\n\nZwei.\n\nDrei.", [1], "Eins.\n\nDrei."),
        ("the wider gap stays", "Eins.\nZwei.\n\nDrei.", [1], "Eins.\n\nDrei."),
        ("last paragraph", "Eins.\n\nZwei.\n", [1], "Eins."),
        ("first paragraph", "\n Eins.\n\nZwei.\n", [0], "Zwei.\n"),
        ("sentence in a paragraph", "Eins. Zwei. Drei.", [1], "Eins. Drei."),
        ("glued on both sides", "Das half.AnzeigeDer Rest kam.", [1], "Das half. Der Rest kam."),
        ("everything", " Eins. Zwei. ", [0, 1], ""),
        ("two in a row", "Eins.\nZwei.\n\n\nDrei. Vier.", [1, 2], "Eins.\n\n\nVier."),
    ],
)
def test_white_space_around_what_is_cut(name: str, text: str, removed: list[int], expected: str) -> None:
    assert cut(text, as_segments(text, lambda k: k in removed))[0] == expected


@given(st.text(alphabet="ab .!\n\t\r\u00a0A", max_size=80), st.lists(st.booleans(), min_size=80, max_size=80))
def test_kept_pieces_are_the_callers_own(text: str, flags: list[bool]) -> None:
    segments = as_segments(text, lambda k: flags[k])
    cleaned, origins = cut(text, segments)
    assert len(cleaned) == len(origins)
    assert all(cleaned[k] == text[o] for k, o in enumerate(origins.tolist()) if o >= 0)
    assert all(cleaned[k] == " " for k, o in enumerate(origins.tolist()) if o < 0)
    assert (np.diff(origins[origins >= 0]) > 0).all()
    kept = {k for s in segments if not s.removed for k in range(s.start, s.end)}
    assert kept <= set(origins.tolist())
    gone = {k for s in segments if s.removed for k in range(s.start, s.end)}
    assert not gone & set(origins.tolist())
