"""Disguises of promotional text: the ways in which letters are bent so that filters do not see the words."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from detector.labels import LABELS, UNWANTED

__all__ = ["ATTACKS", "disguised"]

_LOOK_ALIKE: Final = str.maketrans("aeopcxyiABEKMHOPCTX", "аеорсхуіАВЕКМНОРСТХ")
_LEET: Final = str.maketrans("oeiastO", "0314570")


def _entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c.isalpha() and k % 3 == 0 else c for k, c in enumerate(text))


def _zero_width(text: str) -> str:
    return "".join(c + "\u200b" if c.isalpha() and k % 2 else c for k, c in enumerate(text))


def _leet(text: str) -> str:
    """Bend the first letter inside each longer word that a digit can stand for."""
    words = text.split(" ")
    for k, word in enumerate(words):
        at = next((j for j in range(1, len(word) - 1) if word[j] in "oeiast" and word.isalpha()), 0)
        if at and len(word) > 5:
            words[k] = word[:at] + word[at].translate(_LEET) + word[at + 1 :]
    return " ".join(words)


def _spaced(text: str) -> str:
    """Space out every fourth word of five letters or more."""
    words = text.split(" ")
    long = [k for k, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    for k in long[::4]:
        words[k] = " ".join(words[k])
    return " ".join(words)


def _emoji(text: str) -> str:
    draw = random.Random(0)  # noqa: S311  the same emoji every time
    return "".join(c + (draw.choice("🔥👉💰🚀") + " " if c == " " else "") for c in text)


ATTACKS: Final[dict[str, Callable[[str], str]]] = {
    "look-alike letters": lambda text: text.translate(_LOOK_ALIKE),
    "zero-width characters": _zero_width,
    "spaced letters": _spaced,
    "capitals": str.upper,
    "leetspeak": _leet,
    "emoji between words": _emoji,
    "HTML entities": _entities,
}
"""Disguises by name."""


def disguised(article: dict[str, Any], attack: Callable[[str], str]) -> dict[str, Any]:
    """Disguise the promotion and the teasers of a labelled article.

    Parameters
    ----------
    article : dict
        ``{"text", "spans", "doubt", …}`` as for `training.evaluate.measure_articles`.
    attack : callable
        Disguises a string.

    Returns
    -------
    dict
        The article with the spans, and what is in doubt, moved along; a stretch in doubt inside a disguised span grows to
        the whole of it.
    """
    names = {LABELS[k] for k in UNWANTED}
    text, spans, doubt, moved = "", [], [], []
    at = 0
    for span in article["spans"]:
        text += article["text"][at : span["start"]]
        piece = article["text"][span["start"] : span["end"]]
        start = len(text)
        text += attack(piece) if span["label"] in names else piece
        spans.append({**span, "start": start, "end": len(text)})
        moved.append((span, spans[-1]))
        at = span["end"]
    text += article["text"][at:]
    for begin, end in article.get("doubt") or ():
        for old, new in moved:
            low, high = max(begin, old["start"]), min(end, old["end"])
            if low < high and old["label"] in names:
                doubt.append([new["start"], new["end"]])
            elif low < high:
                doubt.append([new["start"] + low - old["start"], new["start"] + high - old["start"]])
    return {**article, "text": text, "spans": spans, "doubt": doubt}
