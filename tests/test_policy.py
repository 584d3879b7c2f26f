import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector import InputError
from detector.labels import LABELS
from detector.policy import check_remove, check_threshold, decide, removable

ONE = np.zeros(1, dtype=np.int64)


def in_one(scores: list[float]) -> NDArray[np.int64]:
    """Return the numbers of sentences that are all of one block."""
    return np.zeros(len(scores), dtype=np.int64)


@pytest.mark.parametrize(
    ("name", "row", "threshold", "label"),
    [
        ("clear report", [0.9, 0.05, 0.02, 0.02, 0.01], 0.5, "editorial"),
        ("clear offer", [0.05, 0.9, 0.02, 0.02, 0.01], 0.5, "promotion"),
        ("offer and teaser count together", [0.25, 0.3, 0.4, 0.03, 0.02], 0.6, "teaser"),
        ("offer below the threshold", [0.3, 0.6, 0.02, 0.05, 0.03], 0.8, "editorial"),
        ("below the threshold, then the likeliest of the rest", [0.1, 0.5, 0.1, 0.2, 0.1], 0.8, "disclosure"),
        ("threshold 0 calls all promotional", [0.99, 0.006, 0.001, 0.002, 0.001], 0.0, "promotion"),
        ("threshold 1 calls nothing promotional", [0.01, 0.98, 0.005, 0.003, 0.002], 1.0, "editorial"),
    ],
)
def test_decisions(name: str, row: list[float], threshold: float, label: str) -> None:
    assert LABELS[decide(np.array([row], dtype=np.float32), threshold, ONE, ONE)[0]] == label


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), "0.5", True])
def test_threshold_outside_its_range_names_value_and_range(threshold: object) -> None:
    with pytest.raises(InputError, match=r"threshold: .* is not a number from 0 to 1"):
        check_threshold(threshold)  # type: ignore[arg-type]


@pytest.mark.parametrize("remove", ["promotion", ["advert"], 3, None])
def test_unknown_labels_name_value_and_labels(remove: object) -> None:
    with pytest.raises(InputError, match=r"remove: .* allowed are editorial, promotion, teaser, disclosure, boilerplate"):
        check_remove(remove)  # type: ignore[arg-type]


def test_allowed_values_pass() -> None:
    assert check_threshold(None) is None
    assert check_threshold(1) == 1.0
    assert check_remove(()) == frozenset()
    assert check_remove(["teaser"]) == {"teaser"}


@pytest.mark.parametrize(
    ("name", "scores", "threshold", "expected"),
    [
        ("a clear sentence takes its likely neighbours along", [0.1, 0.7, 0.97, 0.65, 0.1], 0.8, [0, 1, 1, 1, 0]),
        ("a likely sentence alone stays", [0.1, 0.75, 0.1], 0.8, [0, 0, 0]),
        ("a doubtful sentence between clear ones goes", [0.95, 0.25, 0.95], 0.8, [1, 1, 1]),
        ("a doubtful sentence beside a clear one stays", [0.25, 0.95, 0.25], 0.8, [0, 1, 0]),
        ("a clearly editorial one between ends the run", [0.95, 0.1, 0.7], 0.8, [1, 0, 0]),
        ("many weak ones do not make a clear one", [0.7, 0.7, 0.7, 0.7, 0.7], 0.8, [0, 0, 0, 0, 0]),
        ("nothing", [], 0.8, []),
        ("threshold 0 takes all", [0.0, 0.1], 0.0, [1, 1]),
        ("threshold 1 takes only certainty", [0.99, 0.1, 1.0], 1.0, [0, 0, 1]),
    ],
)
def test_runs_are_removed_as_a_whole(name: str, scores: list[float], threshold: float, expected: list[int]) -> None:
    assert removable(np.array(scores), threshold, in_one(scores)).astype(int).tolist() == expected


def test_runs_end_with_the_text() -> None:
    assert removable(np.array([0.99, 0.7]), 0.8, np.zeros(2, dtype=np.int64)).tolist() == [True, True]
    assert removable(np.array([0.99, 0.7]), 0.8, np.array([0, 1]), np.array([0, 1])).tolist() == [True, False]


SCORES = st.lists(st.floats(0, 1), max_size=12)


@given(SCORES, st.floats(0.01, 0.99))
def test_each_run_begins_and_ends_with_a_likely_sentence(scores: list[float], threshold: float) -> None:
    gone = removable(np.array(scores), threshold, in_one(scores))
    for before, own, after, score in zip([False, *gone], gone, [*gone[1:], False], scores, strict=False):
        if own:
            assert score >= 0.25 * threshold
            assert (before and after) or score >= 0.65 * threshold


@given(st.lists(SCORES, max_size=4), st.floats(0, 1))
def test_texts_are_decided_each_on_its_own(texts: list[list[float]], threshold: float) -> None:
    owners = np.repeat(np.arange(len(texts)), [len(t) for t in texts])
    together = removable(np.array([s for t in texts for s in t]), threshold, owners, owners)
    assert together.tolist() == [bool(own) for t in texts for own in removable(np.array(t), threshold, in_one(t))]


@pytest.mark.parametrize(
    ("name", "scores", "blocks", "expected"),
    [
        ("a lone line goes where an offer is certain", [0.1, 0.8, 0.1, 0.99], [0, 1, 2, 3], [0, 1, 0, 1]),
        ("so does one of two sentences", [0.1, 0.8, 0.8, 0.1, 0.99], [0, 1, 1, 2, 3], [0, 1, 1, 0, 1]),
        ("a lone line stays where no offer is", [0.1, 0.8, 0.1, 0.2], [0, 1, 2, 3], [0, 0, 0, 0]),
        ("a sentence in a paragraph stays", [0.1, 0.8, 0.1, 0.99], [0, 1, 1, 2], [0, 0, 0, 1]),
        ("a long block stays", [0.1, 0.8, 0.8, 0.8, 0.1, 0.99], [0, 1, 1, 1, 2, 3], [0, 0, 0, 0, 0, 1]),
        ("far below the threshold nothing goes", [0.1, 0.5, 0.1, 0.99], [0, 1, 2, 3], [0, 0, 0, 1]),
    ],
)
def test_lone_lines_go_with_the_offer_they_anchor(name: str, scores: list[float], blocks: list[int], expected: list[int]) -> None:
    assert removable(np.array(scores), 0.9, np.array(blocks)).astype(int).tolist() == expected


def test_an_offer_in_another_text_anchors_nothing() -> None:
    numbers = np.arange(2)
    assert removable(np.array([0.8, 0.99]), 0.9, numbers, numbers).tolist() == [False, True]
