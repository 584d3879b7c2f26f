"""The detector as a whole: what goes, what stays, and what must always hold."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detector import LABELS, Detector, InputError, Result

EXAMPLE = (Path(__file__).parent.parent / "examples" / "article.txt").read_text(encoding="utf-8")

REPORT = (
    "Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent auf 231 Millionen Euro, "
    "wie das Unternehmen am Donnerstag in Dortmund mitteilte.\n\n"
    "Vorstandschef Peter Wellhöner führte das Plus auf die Nachfrage aus der Chemie zurück. An seiner Prognose für das Jahr hält er fest.\n\n"
    "{}\n\n"
    "An der Börse legten die Papiere am Vormittag um 2,8 Prozent auf 22,35 Euro zu. Im Index der mittelgroßen Werte gehörten sie damit zu "
    "den Gewinnern.\n\n"
    "Die Zahlen für das Gesamtjahr will Harkort am 12. März veröffentlichen."
)
STORY = (
    "Harrowgate Steel lowered its forecast for annual core profit on Wednesday after an unplanned outage at its Teesmouth furnace.\n\n"
    "Chief Executive Dermot Vane said the company had secured slab from third parties, but at a cost. Shares fell 8.6% in early trading.\n\n"
    "{}\n\n"
    "Analysts at two London brokerages said they expected consensus estimates to fall by around 12%. One of them kept a hold rating.\n\n"
    "Harrowgate left its dividend policy unchanged. It is due to publish full-year results on May 21."
)


def removed(text: str, result: Result) -> list[str]:
    return [text[s.start : s.end] for s in result.segments if s.removed]


@pytest.mark.parametrize(
    ("name", "frame", "offer", "near_miss"),
    [
        ("free analysis", REPORT, "Harkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ...",
         "Analysten raten zum Kauf der Harkort-Aktie und sehen das Kursziel bei 26 Euro."),
        ("newsletter", REPORT, "[Sie wollen morgens wissen, was wichtig wird? Dann melden Sie sich hier kostenlos für unseren Newsletter an.]",
         "Über den Rückgang hatte zuerst der Newsletter eines Branchendienstes berichtet."),
        ("free report", STORY, "Want the latest picks from our research team? Download our free report with the best stocks for the coming month. Click here.",
         "The company published its sustainability report on Tuesday and plans to cut emissions by 7% a year."),
        ("question and analysis", STORY, "Is it time to buy Harrowgate Steel? Our analysts have put everything you need to know into one free report. Click here to read it.",
         "Is it time to buy the shares? Not before the furnace is back, said an analyst at a London brokerage."),
    ],
)  # fmt: skip
def test_offers_go_and_near_misses_stay(detector: Detector, name: str, frame: str, offer: str, near_miss: str) -> None:
    with_offer, with_near_miss = frame.format(offer), frame.format(near_miss)
    assert removed(with_offer, detector.clean(with_offer)) == [offer]
    assert detector.clean(with_near_miss).text == with_near_miss


def test_the_bundled_example_loses_its_lure_and_its_closing_block(detector: Detector) -> None:
    result = detector.clean(EXAMPLE)
    gone = "\n".join(removed(EXAMPLE, result))
    assert gone.startswith(
        "Jetzt noch bei Nordlicht Software zugreifen? Oder ist der Zug schon abgefahren?\nNordlicht Software: Einsteigen"
    )
    assert gone.endswith("Zur Studie geht es hier ...")
    assert result.text.endswith("am 14. November vor.")
    assert "Reicht das, um die hohe Bewertung zu rechtfertigen?" in result.text
    assert "Kaufempfehlung" in result.text
    assert result.verdict == "mixed"


COMPANIES = ("Siemens", "Zalando", "Castlemoor", "Novo Nordisk", "Rheinmetall", "BYD")


@pytest.mark.parametrize("company", COMPANIES)
def test_no_company_carries_the_decision(detector: Detector, company: str) -> None:
    text = EXAMPLE.replace("Nordlicht Software", company).replace("6. November", "23. Februar")
    gone = "\n".join(removed(text, detector.clean(text)))
    assert gone.startswith(f"Jetzt noch bei {company} zugreifen?")
    assert gone.endswith("Zur Studie geht es hier ...")
    assert gone.count("\n") == 3


@pytest.mark.parametrize(
    ("name", "disguise"),
    [
        ("capitals", str.upper),
        ("Cyrillic letters", lambda t: t.replace("a", "а").replace("e", "е")),
        ("zero-width spaces", lambda t: t.replace("e", "e\u200b")),
        ("soft hyphens", lambda t: t.replace("n", "n\u00ad")),
        ("digits for letters", lambda t: t.replace("Gratis", "Gr4tis").replace("sichern", "s1chern")),
        ("entities", lambda t: t.replace("G", "&#71;").replace("ä", "&auml;")),
    ],
)
def test_disguised_offers_go_too(detector: Detector, name: str, disguise: object) -> None:
    offer = disguise("Harkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ...")  # type: ignore[operator]
    text = REPORT.format(offer)
    assert removed(text, detector.clean(text)) == [offer]


TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                *EXAMPLE.split("\n\n"),
                "Anzeige",
                "AnzeigeJetzt kaufen!",
                "Click here.",
                "Der Dax stieg.",
                "\n",
                "\n\n",
                " ",
                "\r\n",
                "👉",
                "Lesen Sie auch:",
            ]
        ),
        max_size=12,
    ).map("".join),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from([(), ("promotion",), ("promotion", "teaser"), LABELS]))
@example("", ())
@example("\x00\ud800\u202e", ("promotion",))
def test_what_always_holds(detector: Detector, text: str, remove: tuple[str, ...]) -> None:
    result = detector.clean(text, language="de", remove=remove)
    at = 0
    for segment in result.segments:
        assert not text[at : segment.start].strip()
        assert text[segment.start : segment.end].strip() == text[segment.start : segment.end] != ""
        assert segment.label in LABELS
        assert 0 <= segment.score <= 1
        assert not segment.removed or segment.label in remove
        at = segment.end
    assert not text[at:].strip()
    kept = "".join("".join(text[s.start : s.end].split()) for s in result.segments if not s.removed)
    assert "".join(result.text.split()) == kept
    assert 0 <= result.promotional_share <= 1
    if not any(s.removed for s in result.segments):
        assert result.text == text
    again = detector.clean(result.text, language="de", remove=remove)
    assert again.text == result.text


def test_segments_split_by_a_later_pass_have_no_white_space_at_their_ends(detector: Detector) -> None:
    report, offer = EXAMPLE.split("\n\n")[0], next(p for p in EXAMPLE.split("\n\n") if p.startswith("Wie steht"))
    text = (report + offer) * 2
    for segment in detector.clean(text, language="de", remove=("promotion",)).segments:
        assert text[segment.start : segment.end].strip() == text[segment.start : segment.end] != ""


def test_removing_nothing_returns_the_identical_string(detector: Detector) -> None:
    result = detector.clean(EXAMPLE, remove=())
    assert result.text == EXAMPLE
    assert any(s.label == "promotion" for s in result.segments)


def test_clean_many_keeps_the_order(detector: Detector) -> None:
    texts = [EXAMPLE, "", "Der Dax stieg.", EXAMPLE[:400]]
    expected = [detector.clean(t, language="de") for t in texts]
    assert list(detector.clean_many(iter(texts), language="de")) == expected
    assert list(detector.clean_many(texts * 12, language="de", n_jobs=2)) == expected * 12


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, max_size=5))
def test_articles_do_not_change_each_other(detector: Detector, texts: list[str]) -> None:
    titles = [text[:20] if k % 2 else None for k, text in enumerate(texts)]
    for result, text, title in zip(detector.clean_many(texts, titles=titles, language="de"), texts, titles, strict=True):
        alone = detector.clean(text, title=title, language="de")
        assert (result.text, result.verdict) == (alone.text, alone.verdict)
        assert [(s.start, s.end, s.label, s.removed) for s in result.segments] == [
            (s.start, s.end, s.label, s.removed) for s in alone.segments
        ]
        assert [s.score for s in result.segments] == pytest.approx([s.score for s in alone.segments], abs=2e-3)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("too few titles", {"texts": ["", ""], "titles": [None]}, "titles: not as many as the texts"),
        ("too many titles", {"texts": [""], "titles": [None, ""]}, "titles: not as many as the texts"),
        ("jobs", {"texts": [], "n_jobs": 0}, "n_jobs: 0 is not a whole number from 1 on"),
        ("no string among the texts", {"texts": ["", 3]}, "text: expected a string, got int"),
    ],
)
def test_bad_input_of_many_names_value_and_range(detector: Detector, name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(detector.clean_many(**arguments))  # type: ignore[arg-type]


def test_empty_text_is_valid(detector: Detector) -> None:
    result = detector.clean("")
    assert (result.text, result.segments, result.verdict, result.headline, result.language.code) == ("", (), "editorial", None, "und")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NUL bytes", "Der Dax\x00 stieg.\x00\x00"),
        ("lone surrogates", "Der \ud83d Dax \udc00 stieg."),
        ("right to left", "\u202eDer Dax\u202c stieg um 3 Prozent. \u0627\u0644\u0633\u0644\u0627\u0645"),
        ("a megabyte in one line", "Der Kurs stieg um drei Prozent auf neue Höhen. " * 22000),
        ("a megabyte without a blank", "x" * 1_000_000),
        ("twenty thousand lines", "Kurs 12,5\n" * 20000),
    ],
)
def test_hostile_text_gives_a_result(detector: Detector, name: str, text: str) -> None:
    result = detector.clean(text, language="de")
    assert "".join(result.text.split()) in "".join(text.split()) or result.text == ""


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("bytes", {"text": b"x"}, "text: expected a string, got bytes"),
        ("nothing", {"text": None}, "text: expected a string, got NoneType"),
        ("title", {"text": "", "title": 3}, "title: expected a string or nothing, got int"),
        ("language", {"text": "", "language": "german!"}, "language: 'german!' is not a language tag"),
        ("label", {"text": "", "remove": ["ads"]}, "remove: 'ads' is not a label; allowed are editorial"),
        ("threshold", {"text": "", "threshold": 1.5}, "threshold: 1.5 is not a number from 0 to 1"),
    ],
)
def test_bad_input_names_value_and_range(detector: Detector, name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        detector.clean(**arguments)  # type: ignore[arg-type]


def test_a_lower_threshold_removes_no_less(detector: Detector) -> None:
    sizes = [len(detector.clean(EXAMPLE, threshold=t).text) for t in (0.2, 0.5, 0.8, 0.95, 1.0)]
    assert sizes == sorted(sizes)


def test_every_removal_has_its_reasons(detector: Detector) -> None:
    result = detector.clean(EXAMPLE, explain=True)
    for segment in result.segments:
        if segment.removed:
            assert segment.evidence
            assert all(e.text in EXAMPLE or e.text == "(context)" for e in segment.evidence)
            assert 0 < sum(e.share for e in segment.evidence) <= 1.001
    assert not any(s.evidence for s in detector.clean(EXAMPLE).segments)


@pytest.mark.parametrize(
    ("bait", "sober"),
    [
        ("Diese Aktie könnte sich jetzt verdoppeln!", "Siemens hebt Prognose für das Gesamtjahr an"),
        ("Kaufen oder verkaufen? Jetzt wird's ernst!", "Was bedeutet die Zinssenkung für Bauherren?"),
        ("You won't believe what this billionaire just bought", "Alphabet raises dividend by 5% after strong quarter"),
        ("This one stock could make you rich", "Oil falls 2% as OPEC signals higher output"),
    ],
)
def test_headlines(detector: Detector, bait: str, sober: str) -> None:
    assert detector.score_headline(bait).score > 0.6
    assert detector.score_headline(bait).evidence
    assert detector.score_headline(sober).score < 0.5


def test_headline_of_a_result(detector: Detector) -> None:
    headline = detector.clean("Text.", title="Diese Aktie könnte sich jetzt verdoppeln!").headline
    assert headline is not None
    assert headline.score > 0.6
    assert detector.score_headline("  ").score == 0


def test_the_detector_imports_neither_scikit_learn_nor_flask() -> None:
    code = (
        "import sys; from detector import Detector; Detector().clean('Der Dax stieg am Montag.', title='Dax steigt');"
        "print(sorted(m for m in ('sklearn', 'scipy', 'flask', 'gunicorn', 'matplotlib') if m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "package", ["detector", "training", "api", "integrations", "integrations.langchain", "integrations.miniflux", "integrations.scrapy"]
)
def test_public_names_are_sorted_and_there(package: str) -> None:
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])
    assert sorted(names, key=lambda n: (not n.isupper(), n)) == list(names)
    assert all(hasattr(module, n) for n in names)
