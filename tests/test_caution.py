"""When a removal is doubtful."""

import pytest

from detector import Language, Result, Segment
from detector.caution import is_doubtful
from detector.result import Verdict


@pytest.mark.parametrize(
    ("name", "n_removed", "verdict", "is_expected"),
    [
        ("nothing goes", 0, "editorial", False),
        ("nothing goes of an offer that is only labelled", 0, "promotional", False),
        ("a little goes", 2, "mixed", False),
        ("less than four fifths go", 7, "mixed", False),
        ("four fifths go", 8, "mixed", True),
        ("all goes", 10, "editorial", True),
        ("a little goes of what is promotional as a whole", 1, "promotional", True),
    ],
)
def test_removals(name: str, n_removed: int, verdict: Verdict, is_expected: bool) -> None:
    text = "  1234567\n\n890\n"
    end = n_removed + 2 if n_removed <= 7 else n_removed + 4
    segments = (Segment(2, end, "promotion", 1.0, True), Segment(end, len(text), "editorial", 1.0, False)) if n_removed else ()
    assert is_doubtful(text, Result("", segments, Language("de", 1.0), None, 0.5, verdict)) == is_expected


def test_of_nothing_nothing_goes() -> None:
    assert not is_doubtful("", Result("", (), Language("de", 1.0), None, 0.0, "editorial"))
