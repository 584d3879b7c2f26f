"""The five labels, their meaning, and which of them are removed unless the caller says otherwise."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = ["DEFAULT_REMOVE", "EDITORIAL", "LABELS", "MEANINGS", "UNWANTED", "Label"]

Label = Literal["editorial", "promotion", "teaser", "disclosure", "boilerplate"]

LABELS: Final[tuple[Label, ...]] = get_args(Label)
"""All labels, in the order of every array that has a label axis."""

EDITORIAL: Final = LABELS.index("editorial")
"""Column of ``editorial`` on a label axis."""

UNWANTED: Final[tuple[int, ...]] = (LABELS.index("promotion"), LABELS.index("teaser"))
"""Columns of the labels that lead the reader away from the article."""

DEFAULT_REMOVE: Final[tuple[Label, ...]] = ("promotion", "teaser")
"""Labels that are removed by default."""

MEANINGS: Final[dict[Label, str]] = {
    "editorial": "The reporting itself: news, figures, analysis, the author's opinion, quotations, ratings.",
    "promotion": "Text that wants the reader to buy, subscribe, register, download, click or call for an offer.",
    "teaser": "Text that lures to another piece of content, of the same house or of a partner.",
    "disclosure": "What the law or good practice wants said: conflicts of interest, risk warnings, no advice.",
    "boilerplate": "What frames the text: bylines, credits, copyright lines, navigation, share buttons, tables.",
}
"""One sentence of meaning per label."""
