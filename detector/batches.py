"""Texts with their headlines, gathered into batches that are read together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Final

from detector.errors import InputError

__all__ = ["Article", "checked", "gather"]

Article = tuple[str, str | None]
"""A text and its headline."""

_MOST_TEXTS: Final = 32
_MOST_CHARS: Final = 200_000
"""A batch ends with the text that reaches one of these: enough to spread the cost of each step, and little memory."""


def checked(text: str, title: str | None) -> Article:
    """Return a text and its headline.

    Raises
    ------
    InputError
        If one of them is not a string.
    """
    if not isinstance(text, str):
        raise InputError("text", f"expected a string, got {type(text).__name__}")
    if title is not None and not isinstance(title, str):
        raise InputError("title", f"expected a string or nothing, got {type(title).__name__}")
    return text, title


def gather(texts: Iterable[str], titles: Iterable[str | None] | None) -> Iterator[list[Article]]:
    """Gather texts and headlines into batches.

    Raises
    ------
    InputError
        If one of them is not a string, or there are not as many headlines as texts.
    """
    batch: list[Article] = []
    n_chars = 0
    pairs = zip(texts, repeat(None) if titles is None else titles, strict=titles is not None)
    while True:
        try:
            pair = next(pairs, None)
        except ValueError as error:
            raise InputError("titles", f"not as many as the texts: {error}") from None
        if pair is None:
            break
        batch.append(checked(*pair))
        n_chars += len(pair[0])
        if len(batch) == _MOST_TEXTS or n_chars >= _MOST_CHARS:
            yield batch
            batch, n_chars = [], 0
    if batch:
        yield batch
