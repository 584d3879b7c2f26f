"""The corpus keeps its schema, its breadth and its distance from the articles that measure it."""

import json
import re
from pathlib import Path

import pytest

from detector import CorpusError
from training.breadth import near_duplicates, skeleton, skeleton_repeats
from training.records import CORPUS, Corpus, read_corpus

REAL = Path(__file__).parent.parent.parent / "shared" / "real"
OVERLAP_WORDS = 10
DOCUMENT = {
    "lang": "de",
    "kind": "a",
    "voice": "b",
    "title": "T",
    "text": "Eins. Zwei.",
    "spans": [{"start": 0, "end": 11, "label": "editorial"}],
}
FRAGMENT = {"lang": "de", "label": "promotion", "kind": "a", "voice": "b", "text": "Kaufen!"}
HEADLINE = {"lang": "en", "kind": "a", "voice": "b", "text": "Oil falls", "clickbait": 0.25}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def write(folder: Path, name: str, *lines: object) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / name / "x.jsonl").write_text(text, encoding="utf-8")


def test_a_small_corpus_is_read(tmp_path: Path) -> None:
    write(tmp_path, "documents", DOCUMENT)
    write(tmp_path, "fragments", FRAGMENT, "", FRAGMENT)
    write(tmp_path, "headlines", HEADLINE)
    corpus = read_corpus(tmp_path)
    assert (len(corpus.documents), len(corpus.fragments), len(corpus.headlines)) == (1, 2, 1)
    assert corpus.documents[0].spans[0].end == 11


@pytest.mark.parametrize(
    ("name", "folder", "record", "message"),
    [
        ("not JSON", "fragments", "{", r"x.jsonl:2: not JSON"),
        ("not an object", "fragments", "[]", r"x.jsonl:2: expected an object, got list"),
        ("missing field", "fragments", {**FRAGMENT, "label": None}, r"x.jsonl:2: label None is not one of"),
        ("unknown field", "fragments", {**FRAGMENT, "x": 1}, r"x.jsonl:2: missing fields \[\], unknown fields \['x'\]"),
        ("unknown language", "fragments", {**FRAGMENT, "lang": "fr"}, r"x.jsonl:2: lang 'fr' is not one of"),
        ("bad voice", "fragments", {**FRAGMENT, "voice": "Big House"}, r"x.jsonl:2: voice 'Big House' is not"),
        ("empty text", "fragments", {**FRAGMENT, "text": " "}, r"x.jsonl:2: text is empty"),
        ("grade", "headlines", {**HEADLINE, "clickbait": 0.3}, r"x.jsonl:2: clickbait 0.3 is not one of"),
        ("overlapping spans", "documents", {**DOCUMENT, "spans": [{"start": 0, "end": 8, "label": "editorial"},
                                                                  {"start": 5, "end": 11, "label": "editorial"}]}, r"x.jsonl:2: span 1 \[5, 11\) does not follow 8"),
        ("gap", "documents", {**DOCUMENT, "spans": [{"start": 6, "end": 11, "label": "editorial"}]}, r"x.jsonl:2: characters 0 to 6 belong to no span"),
        ("open end", "documents", {**DOCUMENT, "spans": [{"start": 0, "end": 5, "label": "editorial"}]}, r"x.jsonl:2: characters 5 to 11 belong to no"),
        ("span without end", "documents", {**DOCUMENT, "spans": [{"start": 0, "label": "editorial"}]}, r"x.jsonl:2: span 0"),
    ],
)  # fmt: skip
def test_each_error_names_file_and_line(tmp_path: Path, name: str, folder: str, record: object, message: str) -> None:
    write(tmp_path, folder, {"fragments": FRAGMENT, "headlines": HEADLINE, "documents": DOCUMENT}[folder], record)
    with pytest.raises(CorpusError, match=message):
        read_corpus(tmp_path)


def test_an_empty_folder_and_bad_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no records"):
        read_corpus(tmp_path)
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "x.jsonl").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match="byte 0 is not valid UTF-8"):
        read_corpus(tmp_path)


def test_near_duplicates_and_skeletons_are_found() -> None:
    one = "Der Konzern hebt nach einem starken Quartal seine Prognose für das laufende Jahr deutlich an und will in zwei Werken neue Leute einstellen."
    other = "Die Notenbank lässt nach langer Debatte ihren Leitzins bei zwei Prozent und wartet ab."
    assert near_duplicates([one, other, one.replace("deutlich", "etwas")])[0][:2] == (0, 2)
    assert near_duplicates([one, other]) == []
    repeated = ["Und was wird nun aus Siemens?", "Und was wird nun aus BASF?", "Und BASF?"]
    assert skeleton_repeats(repeated) == [(skeleton("Und was wird nun aus Bayer?"), 2)]


@pytest.mark.parametrize(
    ("lang", "label", "at_least"),
    [(lang, label, n) for lang in ("de", "en") for label, n in (("promotion", 1200), ("teaser", 300), ("disclosure", 250), ("boilerplate", 300), ("editorial", 600))],
)  # fmt: skip
def test_the_corpus_is_as_broad_as_it_claims(corpus: Corpus, lang: str, label: str, at_least: int) -> None:
    pieces = [f for f in corpus.fragments if f.lang == lang and f.label == label]
    assert len(pieces) >= at_least
    if label == "promotion":
        assert len({f.voice for f in pieces}) >= 40


@pytest.mark.parametrize("lang", ["de", "en"])
def test_whole_articles_and_headlines(corpus: Corpus, lang: str) -> None:
    plain = [d for d in corpus.documents if d.lang == lang and not {s.label for s in d.spans} & {"promotion", "teaser"}]
    assert len(plain) >= 150
    assert len({d.voice for d in plain}) >= 25
    headlines = [h for h in corpus.headlines if h.lang == lang]
    assert len(headlines) >= 1200
    assert 0.4 < sum(h.clickbait > 0.5 for h in headlines) / len(headlines) < 0.6


def _runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[k : k + OVERLAP_WORDS]) for k in range(len(words) - OVERLAP_WORDS + 1)}


# Sentences that the law or an exchange words; whoever writes a notice writes them so.
STANDING = re.compile(
    r"past performance|forward looking statements|safe harbor|kleinanleger|retail investor accounts|private securities litigation"
)


@pytest.mark.skipif(not REAL.is_dir(), reason="the articles that measure the model are not at hand")
def test_no_ten_words_are_shared_with_the_measuring_articles(corpus: Corpus) -> None:
    real: set[str] = set()
    for path in sorted(REAL.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            real |= _runs(json.loads(line)["text"])
    shared = {run for r in (*corpus.documents, *corpus.fragments, *corpus.headlines) for run in _runs(r.text) & real}
    assert {run for run in shared if not STANDING.search(run)} == set()


def test_the_corpus_is_where_the_package_says() -> None:
    assert CORPUS.is_dir()
