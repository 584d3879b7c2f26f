"""A string that is put together from stretches of another one, and knows of each character which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Runs"]


class Runs:
    """Runs of characters, in order.

    A run that is as long as its stretch maps to it character by character; any other maps as a whole.

    Examples
    --------
    >>> runs = Runs()
    >>> runs.put("a", 0, 1)
    >>> runs.put("&", 1, 6)
    >>> text, starts, ends = runs.finish()
    >>> text, starts.tolist(), ends.tolist()
    ('a&', [0, 1], [1, 6])
    """

    __slots__ = ("_ends", "_runs", "_starts")

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._runs)

    def put(self, run: str, start: int, end: int) -> None:
        """Add a run that came from a stretch."""
        self._runs.append(run)
        self._starts.append(start)
        self._ends.append(end)

    def trim(self, run: str) -> None:
        """Take this run off the end, as often as it stands there."""
        while self._runs and self._runs[-1] == run:
            self._runs.pop()
            self._starts.pop()
            self._ends.pop()

    def finish(self) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
        """Return the string, and start and end of the stretch of each character."""
        n = len(self._runs)
        lengths = np.fromiter(map(len, self._runs), dtype=np.int64, count=n)
        froms, tos = np.array(self._starts, dtype=np.int64), np.array(self._ends, dtype=np.int64)
        is_plain = np.repeat(tos - froms == lengths, lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        starts = np.repeat(froms, lengths) + np.where(is_plain, within, 0)
        ends = np.where(is_plain, starts + 1, np.repeat(tos, lengths))
        return "".join(self._runs), starts, ends
