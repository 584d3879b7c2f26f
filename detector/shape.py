"""Sentences to dense features: length, signs, persons, place, and how much a sentence belongs to its text."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.folding import DIGIT, SPACE, Folded, is_letter, is_word
from detector.segmentation import Sentences
from detector.words import Words, hash_word

__all__ = ["SHAPE_NAMES", "measure_shape"]

_MARK_REACH: Final = 7
_CLOSING: Final = "\"')]>*-"

# Closed classes of words whose number in a sentence is a feature of its own; own lists.
_WORD_CLASSES: Final = {
    "second_person": "du dein deine deinem deinen deiner deines dir dich euch euer eure eurem euren eurer ihnen you your yours yourself",
    "first_person_house": "wir uns unser unsere unserem unseren unserer unseres we our ours us",
    "first_person_single": "ich mein meine meinem meinen meiner mir mich i my mine me",
    "reporting": "sagte sagt teilte hiess laut zufolge schrieb schreibt erklarte betonte nannte sprach berichtete said says according told "
    "added reported noted wrote announced",
    "question_word": "was wie warum wer wann welche welcher welches wohin what how why who when which whether lohnt should",
    "here": "hier hierzu here klick klicken click link",
    "mark": "anzeige werbung advertisement sponsored promoted advertorial",
    "number_word": "prozent euro dollar milliarden millionen punkte percent million billion points pence",
}

_COUNTED: Final = {
    "n_exclaim": "!", "n_question": "?", "n_quote": "\"'", "n_arrow": ">", "n_bullet": "*", "n_currency": "$", "n_percent": "%",
    "n_at": "@#_", "n_slash_dot": "/", "n_bar": "|+~", "n_colon": ":", "n_comma": ",;",
}  # fmt: skip
_SIGNS: Final = "?!:.,;\"'()[]>*$%&/|@#+-_~"
SHAPE_NAMES: Final = (
    "log_chars", "log_words", "upper_share", "digit_share", "letter_share", "ends_stop", "ends_question",
    "ends_exclaim", "ends_colon", "ends_ellipsis", "ends_open", "starts_bracket", "ends_bracket", "n_exclaim",
    "n_question", "n_quote", "n_arrow", "n_bullet", "n_currency", "n_percent", "n_at", "n_slash_dot", "n_bar",
    "n_symbol", "n_colon", "n_comma", "title_case", "all_caps_words", "formal_you",
    *_WORD_CLASSES,
    "far_words", "far_names", "title_words", "own_line", "block_begin", "block_end", "gap_before", "gap_after",
    "block_sentences", "block_position", "position", "from_start", "from_end", "is_first_block", "text_sentences",
    "text_blocks", "after_mark",
)  # fmt: skip
"""Names of the columns of ``Features.shape``."""


def measure_shape(
    folded: Folded,
    sentences: Sentences,
    begins: NDArray[np.int64],
    stops: NDArray[np.int64],
    words: Words,
    title_words: frozenset[int] | None,
) -> NDArray[np.float32]:
    """Measure the shape of the sentences of a text.

    Parameters
    ----------
    folded : Folded
    sentences : Sentences
    begins, stops : ndarray of int64, shape (n_sentences,)
        Begin and end of each sentence as indices into the folded codes.
    words : Words
    title_words : frozenset of int, optional
        Prefix hashes of the title's words.

    Returns
    -------
    ndarray of float32, shape (n_sentences, len(SHAPE_NAMES))
    """
    starts, ends, owner, is_number = words.starts, words.ends, words.owners, words.is_number
    h_word, h_prefix, first_word = words.whole, words.prefix, words.is_first
    n = len(sentences)
    out = np.zeros((len(SHAPE_NAMES), n), dtype=np.float32)
    if not n:
        return out.T
    column = dict(zip(SHAPE_NAMES, out, strict=True))
    codes = folded.codes
    chars = np.maximum(stops - begins, 1).astype(np.float32)
    n_words = np.bincount(owner, minlength=n).astype(np.float32)
    at_least_one = np.maximum(n_words, 1)

    # Signs are counted by one pass over the characters that are neither letters, digits nor blanks.
    sign_at = np.flatnonzero(~is_word(codes) & (codes != SPACE))
    sign_owner = np.searchsorted(begins, sign_at, side="right") - 1
    known = sign_owner >= 0
    sign_at, sign_owner = sign_at[known], sign_owner[known]
    sign = _sign_table()[np.minimum(codes[sign_at], 255)]
    counts = np.bincount(sign_owner * (len(_SIGNS) + 1) + sign, minlength=n * (len(_SIGNS) + 1)).reshape(n, -1)

    def count(signs: str) -> NDArray[np.float32]:
        total = counts[:, [_SIGNS.index(s) for s in signs]].sum(axis=1)
        return np.asarray(np.minimum(total, 6) / 2, dtype=np.float32)

    column["log_chars"][:] = np.log1p(chars) / 4
    column["log_words"][:] = np.log1p(n_words) / 3
    sums = np.zeros(codes.size + 1, dtype=np.int32)
    for name, mask in (("upper_share", folded.is_upper), ("digit_share", codes == DIGIT), ("letter_share", is_letter(codes))):
        np.cumsum(mask, out=sums[1:])
        column[name][:] = (sums[stops] - sums[begins]) / chars
    last = codes[np.maximum(stops - 1, 0)]
    prior = codes[np.maximum(stops - 2, 0)]
    inner = np.where(_signs_table(_CLOSING)[last], prior, last)
    dots = ((inner == ord(".")) & (codes[np.maximum(stops - 2, 0)] == ord("."))) | (inner == 0x2026)
    column["ends_stop"][:] = (inner == ord(".")) & ~dots
    column["ends_question"][:] = inner == ord("?")
    column["ends_exclaim"][:] = inner == ord("!")
    column["ends_colon"][:] = last == ord(":")
    column["ends_ellipsis"][:] = dots
    column["ends_open"][:] = is_word(inner)
    column["starts_bracket"][:] = _signs_table("[(")[codes[begins % max(codes.size, 1)]]
    column["ends_bracket"][:] = _signs_table("])")[last]
    for name, signs in _COUNTED.items():
        column[name][:] = count(signs)
    column["n_symbol"][:] = np.minimum(counts[:, len(_SIGNS)], 6) / 2

    capital = folded.is_upper[starts]
    second = folded.is_upper[np.minimum(starts + 1, codes.size - 1)] & (ends - starts >= 3)
    column["title_case"][:] = np.bincount(owner, capital, n) / at_least_one
    column["all_caps_words"][:] = np.minimum(np.bincount(owner, second, n), 6) / 2
    table, classes = _class_table()
    found = np.minimum(np.searchsorted(table, h_word), len(table) - 1)
    hit = np.flatnonzero(table[found] == h_word)
    n_classes = len(_WORD_CLASSES)
    by_class = np.bincount(owner[hit] * n_classes + classes[found[hit]], minlength=n * n_classes).reshape(n, -1)
    for k, name in enumerate(_WORD_CLASSES):
        column[name][:] = np.minimum(by_class[:, k], 4) / 2
    formal = capital & ~first_word & np.isin(h_word, _formal())
    column["formal_you"][:] = np.minimum(np.bincount(owner, formal, n), 4) / 2

    _far(column, owner, h_prefix, (ends - starts) >= 4, capital & ~first_word & ((ends - starts) >= 3) | is_number, n)
    if title_words:
        content = ((ends - starts) >= 4) & np.isin(h_prefix, np.array(sorted(title_words), dtype=np.uint64))
        column["title_words"][:] = np.minimum(np.bincount(owner, content, n), 4) / 2
    _place(column, sentences)
    _after_mark(column, (by_class[:, list(_WORD_CLASSES).index("mark")] > 0) & (n_words <= 2))
    return np.ascontiguousarray(out.T)


def _far(
    column: dict[str, NDArray[np.float32]],
    owner: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    is_content: NDArray[np.bool_],
    is_name: NDArray[np.bool_],
    n: int,
) -> None:
    """Fill the shares of words that also occur more than two sentences away: how much a sentence belongs to its text."""
    at = np.flatnonzero(is_content | is_name)
    for name in ("far_words", "far_names"):
        column[name][:] = 0.5
    if not at.size:
        return
    order = np.argsort(hashes[at], kind="stable")
    ranked = hashes[at][order]
    begin = np.ones(len(at), dtype=bool)
    begin[1:] = ranked[1:] != ranked[:-1]
    group = np.cumsum(begin) - 1
    heads = np.flatnonzero(begin)
    tails = np.append(heads[1:], len(at)) - 1
    where = owner[at][order]
    far = np.empty(len(at), dtype=bool)
    far[order] = (where[heads][group] < where - 2) | (where[tails][group] > where + 2)
    for name, mask in (("far_words", is_content[at]), ("far_names", is_name[at])):
        total = np.bincount(owner[at][mask], minlength=n)
        share = np.bincount(owner[at][mask], far[mask], n) / np.maximum(total, 1)
        column[name][:] = np.where(total > 0, share, 0.5)


def _place(column: dict[str, NDArray[np.float32]], sentences: Sentences) -> None:
    """Fill the features that say where a sentence stands."""
    n = len(sentences)
    blocks = sentences.blocks
    n_blocks = int(blocks[-1]) + 1
    heads = np.searchsorted(blocks, np.arange(n_blocks))
    sizes = np.diff(np.append(heads, n))
    within = np.arange(n) - heads[blocks]
    size = sizes[blocks]
    widest = min(int(sentences.gaps[1:].max(initial=1)), 2)  # a text without blank lines has its paragraphs at single breaks
    after = np.append(sentences.gaps[1:], 2)
    column["own_line"][:] = size == 1
    column["block_begin"][:] = within == 0
    column["block_end"][:] = within == size - 1
    column["gap_before"][:] = np.minimum(sentences.gaps, widest) / widest
    column["gap_after"][:] = np.minimum(after, widest) / widest
    column["block_sentences"][:] = np.minimum(np.log1p(size) / 2, 2)
    column["block_position"][:] = (within + 0.5) / size
    column["position"][:] = (np.arange(n) + 0.5) / n
    column["from_start"][:] = 1 / (1 + np.arange(n))
    column["from_end"][:] = 1 / (1 + np.arange(n)[::-1])
    column["is_first_block"][:] = blocks == 0
    column["text_sentences"][:] = min(np.log1p(n) / 3, 2)
    column["text_blocks"][:] = min(np.log1p(n_blocks) / 3, 2)


def _after_mark(column: dict[str, NDArray[np.float32]], is_mark: NDArray[np.bool_]) -> None:
    """Fill how close behind the mark of an advertisement a sentence stands: 1 for the mark itself, 0 from the seventh on."""
    n = len(is_mark)
    last = np.maximum.accumulate(np.where(is_mark, np.arange(n), -_MARK_REACH))
    column["after_mark"][:] = np.maximum(1 - (np.arange(n) - last) / _MARK_REACH, 0)


@lru_cache(maxsize=1)
def _class_table() -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    pairs = sorted((hash_word(w), k) for k, words in enumerate(_WORD_CLASSES.values()) for w in words.split())
    return np.array([h for h, _ in pairs], dtype=np.uint64), np.array([k for _, k in pairs])


@lru_cache(maxsize=1)
def _sign_table() -> NDArray[np.int64]:
    table = np.full(256, len(_SIGNS), dtype=np.int64)
    for k, sign in enumerate(_SIGNS):
        table[ord(sign)] = k
    return table


@lru_cache(maxsize=8)
def _signs_table(signs: str) -> NDArray[np.bool_]:
    """Return which folded codes are among some signs."""
    table = np.zeros(1 << 16, dtype=bool)
    table[[ord(sign) for sign in signs]] = True
    return table


@lru_cache(maxsize=1)
def _formal() -> NDArray[np.uint64]:
    return np.array([hash_word(w) for w in ("sie", "ihr", "ihre", "ihrem", "ihren", "ihrer", "ihres", "ihnen")], dtype=np.uint64)
