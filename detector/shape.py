"""Sentences to dense features: length, signs, word classes, place, and how much a sentence belongs to its text."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.folding import DIGIT, SPACE, Folded, is_letter, is_word
from detector.lexicon import load_lexicon
from detector.ngrams import AFFIX_LETTERS
from detector.segmentation import Sentences, run_heads
from detector.words import Words

__all__ = ["SHAPE_NAMES", "measure_shape", "topic_keys"]

_MARK_REACH: Final = 7
_CLOSING: Final = "\"')]>*-"
_NAME_LETTERS: Final = 3
_CONTENT_LETTERS: Final = 4

_COUNTED: Final = {
    "n_exclaim": "!", "n_question": "?", "n_quote": "\"'", "n_arrow": ">", "n_bullet": "*", "n_currency": "$", "n_percent": "%",
    "n_at": "@#_", "n_slash_dot": "/", "n_bar": "|+~", "n_colon": ":", "n_comma": ",;",
}  # fmt: skip
_SIGNS: Final = "?!:.,;\"'()[]>*$%&/|@#+-_~"
_LETTER, _CAPITAL, _DIGIT, _BLANK, _SYMBOL = range(5)
_N_KINDS: Final = 5 + len(_SIGNS)

_LENGTHS: Final = ("log_chars", "log_words", "upper_share", "digit_share", "letter_share")
_ENDS: Final = (
    "ends_stop", "ends_question", "ends_exclaim", "ends_colon", "ends_ellipsis", "ends_open", "starts_bracket", "ends_bracket",
)  # fmt: skip
_CASES: Final = ("title_case", "all_caps_words", "formal_you")
_BELONGING: Final = ("far_words", "far_names", "title_words")
_PLACE: Final = (
    "own_line", "block_begin", "block_end", "gap_before", "gap_after", "block_sentences", "block_position", "position", "from_start",
    "from_end", "is_first_block", "text_sentences", "text_blocks",
)  # fmt: skip
_CLASSES: Final = load_lexicon().names
SHAPE_NAMES: Final = (*_LENGTHS, *_ENDS, *_COUNTED, "n_symbol", *_CASES, *_BELONGING, *_PLACE, "after_mark", *_CLASSES)
"""Names of the columns of ``Features.shape``; the last are those of the lexicon's classes."""

_COLUMN: Final = {name: k for k, name in enumerate(SHAPE_NAMES)}


def _columns(names: tuple[str, ...]) -> slice:
    return slice(_COLUMN[names[0]], _COLUMN[names[-1]] + 1)


def topic_keys(words: Words, texts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a key of each word's beginning that no two texts share, an array of shape (n_words,).

    Parameters
    ----------
    words : Words
    texts : ndarray of int64, shape (n_sentences,)
        Text of each sentence.
    """
    salt = (texts.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9FB21C651E98DF25)
    return words.head(AFFIX_LETTERS) ^ salt[words.owners]


def measure_shape(
    folded: Folded,
    sentences: Sentences,
    begins: NDArray[np.int64],
    stops: NDArray[np.int64],
    words: Words,
    classes: NDArray[np.int16],
    topics: NDArray[np.uint64],
    title_topics: NDArray[np.uint64] | None,
) -> NDArray[np.float32]:
    """Measure the shape of sentences.

    Parameters
    ----------
    folded : Folded
    sentences : Sentences
    begins, stops : ndarray of int64, shape (n_sentences,)
        Begin and end of each sentence as indices into the folded codes.
    words : Words
    classes : ndarray of int16, shape (n_words,)
        Class of each word, -1 for those that have none.
    topics : ndarray of uint64, shape (n_words,)
        From `topic_keys`.
    title_topics : ndarray of uint64, optional
        Keys of the words of the titles.

    Returns
    -------
    ndarray of float32, shape (n_sentences, len(SHAPE_NAMES))
    """
    n = len(sentences)
    out = np.zeros((n, len(SHAPE_NAMES)), dtype=np.float32)
    if not n:
        return out
    n_words = np.bincount(words.owners, minlength=n)
    counts = _count_kinds(folded, begins)
    chars = np.maximum(stops - begins, 1)
    out[:, 0] = np.log1p(chars) / 4
    out[:, 1] = np.log1p(n_words) / 3
    out[:, 2] = counts[:, _CAPITAL]
    out[:, 3] = counts[:, _DIGIT]
    out[:, 4] = counts[:, _LETTER] + counts[:, _CAPITAL]
    out[:, 2:5] /= chars[:, None]
    _fill_ends(out[:, _columns(_ENDS)], folded.codes, begins, stops)
    out[:, _COLUMN["n_exclaim"] : _COLUMN["n_symbol"] + 1] = np.minimum(counts @ _sign_groups(), 6) / 2

    owners = words.owners
    capital = folded.is_upper[words.starts]
    shouted = folded.is_upper[np.minimum(words.starts + 1, folded.codes.size - 1)] & (words.ends - words.starts >= _NAME_LETTERS)
    formal = capital & ~words.is_first & ((classes == _CLASSES.index("pronoun")) | (classes == _CLASSES.index("second_person")))
    cases = out[:, _columns(_CASES)]
    cases[:, 0] = np.bincount(owners, capital, n) / np.maximum(n_words, 1)
    cases[:, 1] = np.minimum(np.bincount(owners[shouted], minlength=n), 6) / 2
    cases[:, 2] = np.minimum(np.bincount(owners[formal], minlength=n), 4) / 2

    named = np.flatnonzero(classes >= 0)
    per_class = np.bincount(owners[named] * len(_CLASSES) + classes[named], minlength=n * len(_CLASSES)).reshape(n, -1)
    out[:, len(SHAPE_NAMES) - len(_CLASSES) :] = np.minimum(per_class, 4) / 2

    belonging = out[:, _columns(_BELONGING)]
    is_content = words.lengths >= _CONTENT_LETTERS
    _fill_far(belonging, owners, topics, is_content, capital & ~words.is_first & (words.lengths >= _NAME_LETTERS) | words.is_number, n)
    if title_topics is not None and title_topics.size:
        told = owners[is_content][np.isin(topics[is_content], title_topics)]
        belonging[:, 2] = np.minimum(np.bincount(told, minlength=n), 4) / 2
    _fill_place(out[:, _columns(_PLACE)], sentences)
    out[:, _COLUMN["after_mark"]] = _after_mark((out[:, _COLUMN["mark"]] > 0) & (n_words <= 2), sentences.texts)
    return out


def _count_kinds(folded: Folded, begins: NDArray[np.int64]) -> NDArray[np.float32]:
    """Count the kinds of characters of each sentence, an array of shape (n_sentences, _N_KINDS)."""
    n = len(begins)
    lengths = np.diff(begins, append=folded.codes.size)
    kinds = _kind_table()[folded.codes[begins[0] :]]
    kinds += folded.is_upper[begins[0] :] & (kinds == _LETTER)
    keys = np.repeat(np.arange(0, n * _N_KINDS, _N_KINDS), lengths) + kinds
    return np.bincount(keys, minlength=n * _N_KINDS).reshape(n, _N_KINDS).astype(np.float32)


def _fill_ends(out: NDArray[np.float32], codes: NDArray[np.uint16], begins: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
    last = codes[np.maximum(stops - 1, 0)]
    prior = codes[np.maximum(stops - 2, 0)]
    inner = np.where(_signs_table(_CLOSING)[last], prior, last)
    stop = inner == ord(".")
    dots = (stop & (prior == ord("."))) | (inner == 0x2026)
    out[:, 0] = stop & ~dots
    out[:, 1] = inner == ord("?")
    out[:, 2] = inner == ord("!")
    out[:, 3] = last == ord(":")
    out[:, 4] = dots
    out[:, 5] = is_word(inner)
    out[:, 6] = _signs_table("[(")[codes[np.minimum(begins, codes.size - 1)]]
    out[:, 7] = _signs_table("])")[last]


def _fill_far(
    out: NDArray[np.float32],
    owners: NDArray[np.int64],
    topics: NDArray[np.uint64],
    is_content: NDArray[np.bool_],
    is_name: NDArray[np.bool_],
    n: int,
) -> None:
    """Fill the shares of words that also occur more than two sentences away: how much a sentence belongs to its text."""
    out[:, :2] = 0.5
    at = np.flatnonzero(is_content | is_name)
    if not at.size:
        return
    order = np.argsort(topics[at], kind="stable")
    heads, sizes = run_heads(topics[at][order])
    where = owners[at][order]
    earliest, latest = np.repeat((where[heads], where[heads + sizes - 1]), sizes, axis=1)
    far = np.empty(len(at), dtype=bool)
    far[order] = (earliest < where - 2) | (latest > where + 2)
    for k, mask in enumerate((is_content[at], is_name[at])):
        who = owners[at][mask]
        total = np.bincount(who, minlength=n)
        np.divide(np.bincount(who, far[mask], n), total, out=out[:, k], where=total > 0, casting="unsafe")


def _fill_place(out: NDArray[np.float32], sentences: Sentences) -> None:
    """Fill the features that say where a sentence stands."""
    n = len(sentences)
    every = np.arange(n)
    block_heads, block_sizes = run_heads(sentences.blocks)
    text_heads, text_sizes = run_heads(sentences.texts)
    head, size = np.repeat((block_heads, block_sizes), block_sizes, axis=1)
    begin, total = np.repeat((text_heads, text_sizes), text_sizes, axis=1)
    within, into = every - head, every - begin
    gaps = sentences.gaps
    after = np.full(n, 2)
    after[:-1] = np.where(into[1:] > 0, gaps[1:], 2)
    # A text without blank lines has its paragraphs at single breaks.
    widest = np.minimum(np.maximum.reduceat(np.where(into > 0, gaps, 1), text_heads), 2)
    n_blocks = sentences.blocks[text_heads + text_sizes - 1] - sentences.blocks[text_heads] + 1
    widest, n_blocks = np.repeat((widest, n_blocks), text_sizes, axis=1)
    out[:, 0] = size == 1
    out[:, 1] = within == 0
    out[:, 2] = within == size - 1
    out[:, 3] = np.minimum(gaps, widest) / widest
    out[:, 4] = np.minimum(after, widest) / widest
    out[:, 5] = np.minimum(np.log1p(size) / 2, 2)
    out[:, 6] = (within + 0.5) / size
    out[:, 7] = (into + 0.5) / total
    out[:, 8] = 1 / (1 + into)
    out[:, 9] = 1 / (total - into)
    out[:, 10] = head == begin
    out[:, 11:13] = np.minimum(np.log1p((total, n_blocks)) / 3, 2).T


def _after_mark(is_mark: NDArray[np.bool_], texts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how close behind the mark of an advertisement a sentence stands: 1 for the mark itself, 0 from the seventh on."""
    if not is_mark.any():
        return np.zeros(len(is_mark), dtype=np.float32)
    every = np.arange(len(is_mark))
    last = np.maximum.accumulate(np.where(is_mark, every, -_MARK_REACH))
    near = 1 - (every - last) / _MARK_REACH
    return np.where(texts[np.maximum(last, 0)] == texts, np.maximum(near, 0), 0).astype(np.float32)


@lru_cache(maxsize=1)
def _kind_table() -> NDArray[np.uint8]:
    """Return the kind of each folded code; a capital letter's is the next one."""
    codes = np.arange(1 << 16, dtype=np.uint16)
    table = np.where(is_letter(codes), _LETTER, _SYMBOL).astype(np.uint8)
    table[DIGIT], table[SPACE] = _DIGIT, _BLANK
    for k, sign in enumerate(_SIGNS):
        table[ord(sign)] = 5 + k
    return table


@lru_cache(maxsize=1)
def _sign_groups() -> NDArray[np.float32]:
    """Return which kinds of characters the counted features sum up, an array of shape (_N_KINDS, n_counted + 1)."""
    groups = np.zeros((_N_KINDS, len(_COUNTED) + 1), dtype=np.float32)
    for k, signs in enumerate(_COUNTED.values()):
        groups[[5 + _SIGNS.index(sign) for sign in signs], k] = 1
    groups[_SYMBOL, -1] = 1
    return groups


@lru_cache(maxsize=8)
def _signs_table(signs: str) -> NDArray[np.bool_]:
    """Return which folded codes are among some signs."""
    table = np.zeros(1 << 16, dtype=bool)
    table[[ord(sign) for sign in signs]] = True
    return table
