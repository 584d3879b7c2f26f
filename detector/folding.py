r"""Characters to folded codes: one small alphabet for all the ways a letter can be written.

Folding makes ``GRATIS``, ``gr\u0430tis`` (a Cyrillic letter), ``g\u200bratis``, ``g r a t i s``, ``gr4tis`` and
``&#103;ratis`` read alike, and never moves an offset: each folded code knows the character it came from.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DIGIT",
    "LATIN_LOOK_ALIKES",
    "OTHER_SCRIPTS",
    "SPACE",
    "Folded",
    "code_points",
    "fold",
    "is_letter",
    "is_word",
]

DIGIT: Final = ord("0")
SPACE: Final = ord(" ")
_DROPPED: Final = 0
_OTHER_LETTER: Final = 0xFFFE
_OTHER_SYMBOL: Final = 0xFFFD
_TABLE_SIZE: Final = 0x20000
"""Folded by table: the basic and the first supplementary plane; what lies above counts as a symbol."""

# Letters of other scripts that a reader takes for Latin ones; from the confusables of Unicode Technical Standard 39,
# restricted to the lower and upper case of Cyrillic, Greek and Armenian.
_CONFUSABLES: Final = dict(
    zip(
        "аеорсухіјѕԁһԛԝмтквнгпАВЕКМНОРСТУХІЈЅαεοριυνκτχηωγΑΒΕΖΗΙΚΜΝΟΡΤΥΧօսոցհ",
        "aeopcyxijsdhqwmtkbnrnabekmhopctyxijsaeopiuvktxnwyabezhikmnoptyxouught",
        strict=False,
    )
)
OTHER_SCRIPTS: Final = re.compile("[\u0370-\u058f]")
"""Characters of the scripts from which the look-alikes come."""

LATIN_LOOK_ALIKES: Final = {ord(char): base.upper() if char.isupper() else base for char, base in _CONFUSABLES.items()}
"""Look-alikes to the Latin letters that a reader takes them for, one for one, for `str.translate`."""

_CLASSES: Final = {
    '"': '"„“”«»‹›‟″❝❞＂',
    "'": "'‘’‚‛`´′",
    "-": "-‐‑‒–—―−",
    "*": "*•◦‣▪■●◆✔✓✅☑★☆⭐·",
    ">": ">→➔➜➤►▶▸⇒»›⟶👉☛",
    "$": "$€£¥₹₿",
}
_LEET: Final = {ord(a): ord(b) for a, b in zip("0134578", "oieastb", strict=True)}
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as folded codes.

    Attributes
    ----------
    codes : ndarray of uint16, shape (n_codes,)
        Folded codes; letters are lower case without marks, every digit is ``0``, all white space is one space.
    positions : ndarray of int64, shape (n_codes,)
        Offset of each code's character in the original text, strictly increasing.
    is_upper : ndarray of bool, shape (n_codes,)
        Whether the original character was an upper-case letter.
    """

    codes: NDArray[np.uint16]
    positions: NDArray[np.int64]
    is_upper: NDArray[np.bool_]


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint16], NDArray[np.bool_], NDArray[np.uint8]]:
    """Build the fold table, the upper-case table and the kind of each folded code (1 letter, 2 digit, 0 other)."""
    fold_to = np.full(_TABLE_SIZE, _OTHER_SYMBOL, dtype=np.uint16)
    upper = np.zeros(_TABLE_SIZE, dtype=bool)
    special = {ord(c): ord(k) for k, members in _CLASSES.items() for c in members}
    for point in range(_TABLE_SIZE):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        if point < 0x80:
            fold_to[point] = SPACE if char.isspace() else DIGIT if char.isdigit() else ord(char.lower())
            upper[point] = char.isupper()
        elif char.isspace():
            fold_to[point] = SPACE
        elif point in special:
            fold_to[point] = special[point]
        elif char.isalnum():
            base = _CONFUSABLES.get(char)
            if base is None and (point < 0x3000 or 0xFB00 <= point < 0xFB07 or 0xFF00 <= point < 0xFF60 or point > 0x1D3FF):
                base = unicodedata.normalize("NFKD", char)[:1]
                base = "s" if char in "ßẞ" else "o" if char in "øØ" else _CONFUSABLES.get(base, base)
            base = (base or char).lower()[:1]
            if base.isdecimal():
                fold_to[point] = DIGIT
            elif ord(base) < _OTHER_SYMBOL:
                fold_to[point] = ord(base)
            else:
                fold_to[point] = _OTHER_LETTER
            upper[point] = char.isupper()
        elif unicodedata.category(char) in ("Mn", "Me", "Cf"):
            fold_to[point] = _DROPPED
        elif point < _OTHER_SYMBOL and point < 0x2200:
            fold_to[point] = point
    fold_to[0] = _OTHER_SYMBOL
    kind = np.zeros(0x10000, dtype=np.uint8)
    kind[np.unique(fold_to)] = [2 if c == DIGIT else 1 if c == _OTHER_LETTER or (c and chr(c).isalpha()) else 0 for c in np.unique(fold_to)]
    return fold_to, upper, kind


def is_letter(codes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which folded codes are letters."""
    return np.asarray(_tables()[2][codes] == 1)


def is_word(codes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which folded codes are letters or digits."""
    return np.asarray(_tables()[2][codes] > 0)


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a string, lone surrogates included.

    Parameters
    ----------
    text : str

    Returns
    -------
    ndarray of uint32, shape (len(text),)
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def fold(text: str) -> Folded:
    r"""Fold a text.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    Folded

    Examples
    --------
    >>> bytes(fold("K\u041eST\u00adENLOS \u00c4").codes.astype("uint8")).decode()
    'kostenlos a'
    """
    fold_to, upper, _ = _tables()
    originals = code_points(text)
    points = np.minimum(originals, _TABLE_SIZE - 1)
    codes = fold_to[points]
    is_upper = upper[points]
    if "&" in text:
        _decode_entities(text, codes, is_upper)
    if not codes.all():
        if not codes.any():
            codes[0] = SPACE
        positions = np.flatnonzero(codes)
        codes, is_upper = codes[positions], is_upper[positions]
    else:
        positions = np.arange(codes.size)
    close = _spaced_letters(codes)
    if close is not None:
        codes, positions, is_upper = codes[close], positions[close], is_upper[close]
    _decode_leet(codes, originals, positions)
    return Folded(codes, positions, is_upper)


def _decode_entities(text: str, codes: NDArray[np.uint16], is_upper: NDArray[np.bool_]) -> None:
    """Write the character of each HTML entity at its ampersand and mark the rest as dropped."""
    fold_to, upper, _ = _tables()
    for match in _ENTITY.finditer(text):
        char = html.unescape(match.group())
        if len(char) == 1 and ord(char) < _TABLE_SIZE:
            start, end = match.span()
            codes[start] = fold_to[ord(char)]
            is_upper[start] = upper[ord(char)]
            codes[start + 1 : end] = _DROPPED


def _spaced_letters(codes: NDArray[np.uint16]) -> NDArray[np.bool_] | None:
    """Return the mask that closes ``s p a c e d`` letters, or None where there are none.

    Only runs of at least four single letters, each one blank from the next, are closed: initials, chemical
    formulas and enumerations are shorter.
    """
    if codes.size < 7:
        return None
    word = is_word(codes)
    padded = np.zeros(codes.size + 2, dtype=bool)
    padded[1:-1] = word
    single = word & ~padded[:-2] & ~padded[2:]
    step = np.zeros(codes.size, dtype=bool)  # a blank between two single letters
    step[1:-1] = (codes[1:-1] == SPACE) & single[:-2] & single[2:]
    run = step.copy()
    run[:-4] = step[:-4] & step[2:-2] & step[4:]
    if not run[:-4].any():
        return None
    closed = np.zeros(codes.size, dtype=bool)
    starts = np.flatnonzero(run[:-4])
    for shift in (0, 2, 4):
        closed[starts + shift] = True
    return ~closed


def _decode_leet(codes: NDArray[np.uint16], points: NDArray[np.uint32], positions: NDArray[np.int64]) -> None:
    """Replace single digits that stand for letters inside words, in place."""
    kind = _tables()[2][codes]
    letter = kind == 1
    candidate = kind == 2
    beside = np.zeros(codes.size, dtype=bool)
    beside[1:] |= letter[:-1]
    beside[:-1] |= letter[1:]
    suspects = np.flatnonzero(candidate & beside)
    if not suspects.size:
        return
    inside = letter | candidate
    for at in suspects.tolist():
        lo = at
        while lo and at - lo < 30 and inside[lo - 1]:
            lo -= 1
        hi = at + 1
        while hi < codes.size and hi - at < 30 and inside[hi]:
            hi += 1
        mixed = candidate[lo:hi]
        lone = not (mixed[1:] & mixed[:-1]).any()
        if lone and hi - lo - int(mixed.sum()) >= max(3, 2 * int(mixed.sum())) and int(points[positions[at]]) in _LEET:
            codes[at] = _LEET[int(points[positions[at]])]
