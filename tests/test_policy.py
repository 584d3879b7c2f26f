import numpy as np
import pytest

from detector import InputError
from detector.labels import LABELS
from detector.policy import check_remove, check_threshold, decide, grown, removable

ONE = np.zeros(1, dtype=np.int64)


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
        ("a clear sentence takes its doubtful neighbours along", [0.1, 0.7, 0.95, 0.65, 0.1], 0.9, [0, 1, 1, 1, 0]),
        ("a doubtful sentence alone stays", [0.1, 0.85, 0.1], 0.9, [0, 0, 0]),
        ("a clearly editorial one between ends the run", [0.95, 0.2, 0.7], 0.9, [1, 0, 0]),
        ("nothing", [], 0.9, []),
        ("threshold 0 takes all", [0.0, 0.1], 0.0, [1, 1]),
        ("threshold 1 takes only certainty", [0.99, 1.0], 1.0, [1, 1]),
    ],
)
def test_removal_grows_from_clear_sentences(name: str, scores: list[float], threshold: float, expected: list[int]) -> None:
    assert grown(np.array(scores), threshold).astype(int).tolist() == expected


def test_runs_end_with_the_text() -> None:
    assert grown(np.array([0.95, 0.7]), 0.9, np.array([0, 1])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("name", "scores", "blocks", "expected"),
    [
        ("a lure goes where an offer is certain", [0.1, 0.85, 0.1, 0.99], [0, 1, 2, 3], [0, 1, 0, 1]),
        ("a lone question stays where no offer is", [0.1, 0.85, 0.1, 0.2], [0, 1, 2, 3], [0, 0, 0, 0]),
        ("in a paragraph the full threshold holds", [0.1, 0.85, 0.1, 0.99], [0, 0, 0, 1], [0, 0, 0, 1]),
        ("far below the threshold nothing goes", [0.1, 0.7, 0.1, 0.99], [0, 1, 2, 3], [0, 0, 0, 1]),
    ],
)
def test_lures_go_with_the_offer_they_anchor(name: str, scores: list[float], blocks: list[int], expected: list[int]) -> None:
    assert removable(np.array(scores), 0.9, np.array(blocks)).astype(int).tolist() == expected
