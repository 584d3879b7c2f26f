"""Offsets in the unit that the caller counts in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

__all__ = ["converter"]

_LAST: Final = {"utf8": (0x7F, 0x7FF, 0xFFFF), "utf16": (0xFFFF,)}
"""Last code points that take one unit, two units and so on."""


def converter(text: str, unit: str) -> Callable[[int], int]:
    """Return the function that turns offsets in code points into another unit.

    Parameters
    ----------
    text : str
    unit : str
        ``code_point``, ``utf16`` or ``utf8``.

    Notes
    -----
    A surrogate that stands alone counts as one unit of UTF-16 and, as it would be written, three bytes of UTF-8.

    Examples
    --------
    >>> [converter("Öl 😀!", unit)(4) for unit in ("code_point", "utf16", "utf8")]
    [4, 5, 8]
    """
    if unit == "code_point" or text.isascii():
        return lambda offset: offset
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    widths = np.ones(len(points), dtype=np.int64)
    for last in _LAST[unit]:
        widths += points > last
    ends = np.concatenate(([0], np.cumsum(widths)))
    return lambda offset: int(ends[offset])
