import threading

import pytest

from detector import InputError
from detector.language import SAMPLE_CHARS, check_language, detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Die Aktie des Konzerns legte am Montag um drei Prozent zu.", "de"),
        ("Shares of the company rose three percent on Monday.", "en"),
        ("L'action du groupe a progressé de trois pour cent lundi.", "fr"),
        ("Le azioni del gruppo sono salite del tre per cento lunedì.", "it"),
        ("", "und"),
        ("123 %%% 456", "und"),
        ("\ud800\udfff", "und"),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert detect(text).code == code


def test_the_same_text_gets_the_same_answer_from_all_threads() -> None:
    text = "Der Umsatz wuchs, and the profit grew too. " * 9
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(detect(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1


def test_a_long_text_is_sampled() -> None:
    german = "Der Gewinn des Unternehmens stieg im vergangenen Jahr deutlich. " * 2000
    assert len(german) > 100 * SAMPLE_CHARS
    assert detect(german).code == "de"


@pytest.mark.parametrize(("given_", "code"), [("de", "de"), ("en-GB", "en"), ("DE_at", "de"), ("nds", "nds")])
def test_a_stated_language_is_taken(given_: str, code: str) -> None:
    language = check_language(given_)
    assert language is not None
    assert (language.code, language.score) == (code, 1.0)


@pytest.mark.parametrize("bad", ["", "d", "deutsch!", 3, "de-"])
def test_what_is_no_tag_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match="is not a language tag"):
        check_language(bad)  # type: ignore[arg-type]
