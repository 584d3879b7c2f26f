"""The language of a text, by langdetect on a bounded sample.

langdetect draws n-grams at random, so its generator is seeded for each text, and its profiles are loaded once, behind a
lock. Only the languages that a financial aggregator meets are compared: with fewer profiles the answer comes sooner and
strays less on short texts.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any, Final

from detector.errors import InputError
from detector.result import Language

__all__ = ["LANGUAGES", "SAMPLE_CHARS", "check_language", "detect"]

LANGUAGES: Final = ("de", "en", "fr", "it", "es", "nl", "pt", "pl", "sv", "da", "cs", "tr", "ru")
"""Languages that are told apart; a text in another one gets the nearest of them with its score."""

SAMPLE_CHARS: Final = 360
"""Characters of the sample, from three places of the text."""

_SEED: Final = 0
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_lock: Final = threading.Lock()
_factory: Any = None


def check_language(language: str | None) -> Language | None:
    """Return the language that the caller states, or None.

    Raises
    ------
    InputError
        If it is not a language tag such as ``de`` or ``en-GB``.
    """
    if language is None:
        return None
    if not isinstance(language, str) or not _CODE.fullmatch(language):
        raise InputError("language", f"{language!r} is not a language tag such as 'de', 'en' or 'en-GB'")
    return Language(language[:3].rstrip("-_").lower(), 1.0)


def _profiles() -> Any:
    global _factory
    if _factory is None:
        with _lock:
            if _factory is None:
                import langdetect
                from langdetect.detector_factory import DetectorFactory

                folder = Path(langdetect.__file__).parent / "profiles"
                factory = DetectorFactory()
                factory.set_seed(_SEED)
                factory.load_json_profile([(folder / code).read_text(encoding="utf-8") for code in LANGUAGES])
                _factory = factory
    return _factory


def _sample(text: str) -> str:
    """Return the text, or pieces of its begin, its middle and its end, cut at white space."""
    if len(text) <= SAMPLE_CHARS:
        return text
    third = SAMPLE_CHARS // 3
    pieces = []
    for at in (0, (len(text) - third) // 2, len(text) - third):
        piece = text[at : at + third]
        pieces.append(piece.partition(" ")[2] if at and " " in piece else piece)
    return " ".join(pieces)


def detect(text: str) -> Language:
    """Tell the language of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    Language
        ``und`` with score 0 where the text has no letters that tell.
    """
    from langdetect.lang_detect_exception import LangDetectException

    reader = _profiles().create()
    reader.append(_sample(text))
    try:
        best = reader.get_probabilities()[:1]
    except LangDetectException:
        best = []
    return Language(best[0].lang, round(best[0].prob, 4)) if best else Language("und", 0.0)
