"""HTML in, HTML out: what goes, what stays, and what must always hold."""

import gzip
import html
import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from marked import MarkedDetector
from selectolax.lexbor import LexborHTMLParser
from test_detector import REPORT, STORY
from test_markup import HOSTILE, SOURCES

from detector import Detector, ExtraMissing, HtmlResult, InputError
from detector.markup import read
from detector.nodes import nest
from detector.page import main_content
from detector.tags import END, START, tokenize

FIXTURES = sorted((Path(__file__).parent / "html").glob("*.html"))
REAL = sorted((Path(__file__).parents[2] / "shared" / "real" / "html").glob("*.html.gz"))
OFFER = "Harkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ..."


def load(path: Path) -> str:
    return path.read_bytes().decode()


def squeezed(text: str) -> str:
    return "".join(text.split())


def check(detector: Detector, source: str) -> HtmlResult:
    """Clean a source and check what must hold for any."""
    markup = read(source)
    result, kept = detector.clean_markup(markup)
    assert result.html == "".join(source[k] for k in kept.tolist())
    assert (np.diff(kept) > 0).all()
    assert read(result.html).text == result.text
    assert result.extracted == markup.text
    if not any(s.removed for s in result.segments):
        assert result.html == source
    assert detector.clean_html(result.html).html == result.html
    for segment in result.segments:
        pieces = [html.unescape(source[span.start : span.end]) for span in segment.html_spans]
        assert squeezed("".join(pieces)) == squeezed(markup.text[segment.start : segment.end])
        ends = [x for span in segment.html_spans for x in (span.start, span.end)]
        assert ends == sorted(set(ends))
    # Tags stay or go as a whole, and an end tag goes with its start tag.
    stays = np.zeros(len(source), dtype=bool)
    stays[kept] = True
    tokens = tokenize(source)
    for token in tokens:
        if token.kind in (START, END):
            assert len(set(stays[token.start : token.end].tolist())) < 2
    for element in nest(tokens):
        if element.is_closed and element.end > tokens[element.stop - 1].start:
            assert stays[element.start] == stays[element.end - 1]
    left = [(t.kind, t.name) for t in tokens if t.kind in (START, END) and t.end > t.start and stays[t.start]]
    assert [(t.kind, t.name) for t in tokenize(result.html) if t.kind in (START, END) and t.end > t.start] == left
    return result


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixtures(marked: MarkedDetector, path: Path) -> None:
    source, expected = load(path), json.loads(path.with_suffix(".json").read_text("utf-8"))
    result = check(marked, source)
    assert result.extracted == expected["extracted"]
    at, rest = 0, []
    for piece in expected["cut"]:
        where = source.index(piece, at)
        rest.append(source[at:where])
        at = where + len(piece)
    assert result.html == "".join(rest) + source[at:]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SOURCES)
def test_what_always_holds(marked: MarkedDetector, source: str) -> None:
    check(marked, source)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SOURCES)
def test_what_always_holds_with_the_trained_model(detector: Detector, source: str) -> None:
    check(detector, source + "<p>" + "</p><p>".join(REPORT.format(OFFER).split("\n\n")) + "</p>" + source)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_give_a_result(marked: MarkedDetector, name: str) -> None:
    source = HOSTILE[name][:150_000] + "<p>Eins.</p><p>Reklame!</p>"
    result = marked.clean_html(source)
    assert len(result.html) <= len(source)
    assert marked.clean_html(source, remove=()).html == source


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_give_a_result(name: str) -> None:
    source = HOSTILE[name][:400_000]
    begin = time.process_time()
    stretches = main_content(source)
    assert time.process_time() - begin < 10
    assert all(0 <= a < b <= len(source) for a, b in stretches)


@pytest.mark.parametrize(
    "piece", ["<p>Reklame!</p>", "<p>Gut.</p><p>Reklame!</p><a href=x><img></a>", "Gut.<br>Reklame!<br>", "<b>Reklame!</b> Gut. "]
)
def test_many_removals_take_linear_time(marked: MarkedDetector, piece: str) -> None:
    source = piece * (500_000 // len(piece))
    begin = time.process_time()
    result = marked.clean_html(source)
    assert time.process_time() - begin < 30
    assert "Reklame" not in result.html


def paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part)}</p>\n" for part in text.split("\n\n"))


@pytest.mark.parametrize(
    ("name", "frame", "offer", "wrap"),
    [
        ("box with banner", REPORT, OFFER, '<div class="box"><a href="/x" rel="sponsored"><img src="b.png"></a><p><b>{}</b></p></div>\n'),
        ("link in a list", REPORT, OFFER, '<ul class="links"><li><a href="/x?utm_source=a">{}</a></li></ul>\n'),
        ("aside", STORY, "Want the latest picks from our research team? Download our free report with the best stocks for the coming month. Click here.", "<aside><h3></h3><p>{}</p></aside>\n"),
    ],
)  # fmt: skip
def test_the_trained_model_takes_offers_out_with_their_wrappers(detector: Detector, name: str, frame: str, offer: str, wrap: str) -> None:
    box = wrap.format(html.escape(offer))
    head, tail = frame.split("{}")
    source = paragraphs(head.strip()) + "<figure><img src='werk.jpg'></figure>\n" + box + paragraphs(tail.strip())
    result = check(detector, source)
    assert result.html == source.replace(box.rstrip("\n"), "")
    assert result.verdict == "mixed"
    assert result.to_dict()["segments"][-1]["html_spans"][0]["start"] == source.rindex("<p>") + 3


def test_text_and_markup_are_judged_alike(detector: Detector) -> None:
    text = REPORT.format(OFFER)
    plain, marked_up = detector.clean(text, title="Harkort"), detector.clean_html(paragraphs(text), title="Harkort")
    assert marked_up.extracted == text
    assert marked_up.text == plain.text
    assert (marked_up.verdict, marked_up.promotional_share, marked_up.headline) == (plain.verdict, plain.promotional_share, plain.headline)
    assert [(s.start, s.end, s.label, s.score) for s in marked_up.segments] == [(s.start, s.end, s.label, s.score) for s in plain.segments]


def test_what_reads_differently_once_it_is_cut_is_judged_again() -> None:
    class Pedant(MarkedDetector):
        """Does not like a sentence that stands in the line below "Eins."."""

        def is_promotion(self, text: str, start: int, end: int) -> bool:
            return super().is_promotion(text, start, end) or text[:start].endswith("Eins.\n")

    source = "<div>Eins.</div><p>Reklame.</p><div>Zw&#101;i. Drei.</div><p>Vier.</p>"
    result = Pedant().clean_html(source)
    assert result.html == "<div>Eins.</div><div>Drei.</div><p>Vier.</p>"
    assert result.text == "Eins.\nDrei.\n\nVier."
    assert [(source[s.html_spans[0].start : s.html_spans[-1].end], s.removed) for s in result.segments] == [
        ("Eins.", False),
        ("Reklame.", True),
        ("Zw&#101;i.", True),
        ("Drei.", False),
        ("Vier.", False),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("bytes", {"html": b"<p>"}, "html: expected a string, got bytes"),
        ("page", {"html": "", "page": "yes"}, "page: expected true or false, got 'yes'"),
        ("label", {"html": "", "remove": ["ads"]}, "remove: 'ads' is not a label"),
    ],
)
def test_bad_input_names_value_and_range(detector: Detector, name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        detector.clean_html(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["", "   ", "<p></p>", "<!-- nichts -->", "<img src=x>"])
@pytest.mark.parametrize("page", [False, True])
def test_nothing_to_read_is_valid(detector: Detector, source: str, page: bool) -> None:
    result = detector.clean_html(source, page=page)
    assert (result.html, result.text, result.segments, result.verdict) == (source, "", (), "editorial")


PAGE = (
    "<!doctype html><html><head><title>Harkort</title><script>x()</script></head><body>"
    "<nav><ul><li><a href='/'>Startseite</a><li><a href='/m'>Märkte</a></ul></nav>"
    "<main><h1>Harkort verdient mehr</h1><article>\n{}<script>ad()</script><form><input><button>Los</button></form></article></main>"
    "<aside><p>Meistgelesen: <a href='/1'>Ganz andere Geschichte über ein ganz anderes Unternehmen</a></p></aside>"
    "<footer><p>Impressum und Datenschutz</p></footer></body></html>"
)


def test_a_page_is_reduced_to_its_main_content(detector: Detector) -> None:
    page = PAGE.format(paragraphs(REPORT.format(OFFER)))
    result = detector.clean_html(page, page=True)
    assert "Startseite" not in result.html
    assert "Impressum" not in result.html
    assert "<script" not in result.html
    assert "<form" not in result.html
    assert "Gratis-Analyse" in result.extracted
    assert "Gratis-Analyse" not in result.html
    for part in REPORT.split("\n\n"):
        assert part == "{}" or f"<p>{part}</p>" in result.html
    for segment in result.segments:
        pieces = [html.unescape(page[span.start : span.end]) for span in segment.html_spans]
        assert squeezed("".join(pieces)) == squeezed(result.extracted[segment.start : segment.end])
    assert detector.clean_html(result.html).html == result.html


def test_a_page_of_which_nothing_is_main_content_is_taken_whole() -> None:
    assert main_content("<p>kurz</p>") == [(0, 11)]


def test_the_extra_that_is_missing_is_named(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trafilatura", None)
    assert detector.clean_html("<p>a</p>").html == "<p>a</p>"
    with pytest.raises(ExtraMissing, match=r"trafilatura is not installed; install promo-detector\[page\]"):
        detector.clean_html("<p>a</p>", page=True)


def body_of(path: Path) -> list[str]:
    """Return the paragraphs that belong to a page, in the version that fits it best."""
    records = json.loads((path.parent / (re.sub(r"_\d{4}_.*", "", path.name) + ".expected.json")).read_text("utf-8"))
    bodies = []
    for record in records.values():
        if record.get("body"):
            sections = [part for section in record["body"]["sections"] for part in section["headline"] + section["paragraphs"]]
            bodies.append(list(record["body"]["summary"]) + sections)
    return max(bodies, key=len, default=[])


def words(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())


@pytest.mark.skipif(not REAL, reason="the pages are not part of the project")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name[:-8])
def test_real_pages(detector: Detector, path: Path) -> None:
    source = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    check(detector, source)
    assert detector.clean_html(source, remove=()).html == source
    body = LexborHTMLParser(source).body
    shown, read_ = words(body.text(deep=True) if body else ""), words(read(source).text)
    expected = [words(part) for part in body_of(path)]
    assert [part for part in expected if part in shown and part not in read_] == []
    within = words(read("".join(source[a:b] for a, b in main_content(source))).text)
    found = [part in within for part in expected if part in read_]
    assert sum(found) >= 0.75 * len(found)
