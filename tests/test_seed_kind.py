"""The kind of block that started the project: a lure in the middle, an offer of heading, body and link line at the end.

The same wording with thirty other companies, and with parts of it lost on the way, as archives deliver it.
"""

from pathlib import Path

import pytest

from detector import Detector
from training.names import COMPANIES, INVENTED

PARAGRAPHS = (Path(__file__).parent.parent / "examples" / "article.txt").read_text(encoding="utf-8").strip().split("\n\n")
LURE, HEADING, BODY, LINK = 3, 6, 7, 8
OTHERS = (*COMPANIES[::8], *INVENTED[:12])[:30]


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("nothing lost", ()),
        ("link line lost", (LINK,)),
        ("heading lost", (HEADING,)),
        ("lure lost", (LURE,)),
        ("only the body is left", (LURE, HEADING, LINK)),
        ("heading and body are left", (LURE, LINK)),
        ("no offer at all", (LURE, HEADING, BODY, LINK)),
    ],
)
def test_other_companies_and_partial_survivals(detector: Detector, name: str, lost: tuple[int, ...]) -> None:
    wrong = []
    for company in OTHERS:
        blocks = {k: p.replace("Nordlicht Software", company) for k, p in enumerate(PARAGRAPHS) if k not in lost}
        expected = "\n\n".join(p for k, p in blocks.items() if k not in (LURE, HEADING, BODY, LINK))
        if detector.clean("\n\n".join(blocks.values())).text != expected:
            wrong.append(company)
    assert wrong == []
