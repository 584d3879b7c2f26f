"""What a feed holds, whatever its format: items with a title and bodies, and where they stand in the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARK", "Body", "BodyKind", "Document", "FeedFormat", "Item", "Mark"]

MARK: Final = "promo-detector:"
"""How the term of a category of ours begins."""

FeedFormat = Literal["atom", "json", "rdf", "rss"]
BodyKind = Literal["html", "xhtml", "text"]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A text of an item.

    Attributes
    ----------
    value : str
        As a reader program receives it, escapes undone.
    kind : {"html", "xhtml", "text"}
    starts, ends : ndarray of int64, shape (len(value),)
        Stretch of the document that each character came from.
    """

    value: str
    kind: BodyKind
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where in the document a category goes, and what stands before and behind its term."""

    place: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An item of a feed.

    Attributes
    ----------
    title : str or None
    bodies : sequence of Body
        Empty where an item has only a title.
    mark : Mark or None
        None where the item carries a category of ours already, or can carry none.
    """

    title: str | None
    bodies: Sequence[Body]
    mark: Mark | None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A feed.

    Attributes
    ----------
    format : {"atom", "json", "rdf", "rss"}
    items : sequence of Item
    cuts : sequence of sequence of (start, end)
        For each item, the stretches of the document that go when it is dropped.
    ties : sequence of (start, end)
        Comma before each item, in formats that part them so; empty in others.
    """

    format: FeedFormat
    items: Sequence[Item]
    cuts: Sequence[Sequence[tuple[int, int]]]
    ties: Sequence[tuple[int, int]] = ()
