"""When a removal is doubtful: it would take nearly the whole article, so a wrong guess would empty it.

The detector does what it is told. Those who clean for somebody who does not look, such as the service and what stands in
a reader, ask here first.
"""

from __future__ import annotations

from detector.result import Result
from detector.verdict import PROMOTIONAL_SHARE, n_solid

__all__ = ["is_doubtful"]


def is_doubtful(text: str, result: Result) -> bool:
    """Tell whether nearly everything was removed from a text.

    Parameters
    ----------
    text : str
        In which the offsets of the segments count.
    result : Result

    Returns
    -------
    bool
        True if something was removed and either the verdict is ``promotional`` or so large a part of the characters, white
        space aside, went as makes that verdict.

    Examples
    --------
    >>> from detector import Detector
    >>> text = "Der Dax stieg am Montag um 2 Prozent."
    >>> is_doubtful(text, Detector().clean(text))
    False
    """
    n_removed = sum(n_solid(text[s.start : s.end]) for s in result.segments if s.removed)
    if not n_removed:
        return False
    return result.verdict == "promotional" or n_removed >= PROMOTIONAL_SHARE * n_solid(text)
