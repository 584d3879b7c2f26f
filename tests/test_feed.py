"""Feeds in, feeds out: RSS 2.0, RSS 1.0, Atom and JSON Feed in several encodings."""

import io
import json
import time
from pathlib import Path
from xml.sax.saxutils import escape

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marked import MarkedDetector
from test_detector import REPORT
from test_html import OFFER, paragraphs
from test_markup import SOURCES

from detector import Detector, EncodingError, FeedError, FeedItem, FeedResult, InputError, clean_feed
from detector.feed import clean_feed as same

FOLDER = Path(__file__).parent / "feeds"
FIXTURES = sorted(path for path in FOLDER.iterdir() if not path.name.endswith(".expected.json"))
REAL = sorted((Path(__file__).parents[2] / "shared" / "real" / "feeds").glob("*.xml"))
CODECS = {"atom-utf16.xml": "utf-16", "rss-latin1.xml": "latin-1", "wrong-encoding.xml": "cp1252"}


def rss(*bodies: str, head: str = "", kind: str = "description") -> bytes:
    items = "".join(f"<item><title>T</title><guid>{k}</guid><{kind}>{body}</{kind}></item>" for k, body in enumerate(bodies))
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'{head}<rss version="2.0" {space}><channel>{items}</channel></rss>'.encode()


def test_bodies_of_which_nearly_everything_would_go_stay_for_the_cautious(marked: MarkedDetector) -> None:
    document = rss("Reklame. Reklame.", "Der Dax stieg. Reklame.", "Der Dax fiel.")
    bold, cautious = clean_feed(marked, document), clean_feed(marked, document, is_cautious=True)
    assert bold.document == rss("", "Der Dax stieg.", "Der Dax fiel.")
    assert cautious.document == rss("Reklame. Reklame.", "Der Dax stieg.", "Der Dax fiel.")
    assert [item.is_changed for item in cautious.items] == [False, True, False]
    assert [item.verdict for item in cautious.items] == [item.verdict for item in bold.items] == ["promotional", "mixed", "editorial"]
    assert b"Reklame" not in clean_feed(marked, document, is_cautious=True, drop="promotional").document
    with pytest.raises(InputError, match="is_cautious"):
        clean_feed(marked, document, is_cautious="yes")  # type: ignore[arg-type]


def entries(document: bytes) -> list[tuple[object, ...]]:
    """Return what must survive of a feed, as another parser reads it."""
    return [(e.get("id"), e.get("link"), e.get("title"), e.get("published")) for e in feedparser.parse(io.BytesIO(document)).entries]


def without(text: str, pieces: list[str]) -> str:
    at, rest = 0, []
    for piece in pieces:
        where = text.index(piece, at)
        rest.append(text[at:where])
        at = where + len(piece)
    return "".join(rest) + text[at:]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_fixtures(marked: MarkedDetector, path: Path) -> None:
    document, expected = path.read_bytes(), json.loads(path.with_name(path.name + ".expected.json").read_text("utf-8"))
    codec = CODECS.get(path.name, "utf-8")
    result = clean_feed(marked, document)
    assert result.document.decode(codec) == without(document.decode(codec), expected["cut"])
    assert result.format == expected["format"]
    assert [[item.title, item.verdict, item.is_changed] for item in result.items] == expected["items"]
    assert clean_feed(marked, result.document).document == result.document
    assert clean_feed(marked, document, remove=()).document == document
    dropped = clean_feed(marked, document, drop="promotional")
    assert dropped.document.decode(codec) == without(document.decode(codec), expected["cut_when_dropped"])
    assert [item.is_dropped for item in dropped.items] == [item.verdict == "promotional" for item in result.items]
    if path.suffix == ".xml":
        assert not feedparser.parse(io.BytesIO(dropped.document)).bozo or path.name == "wrong-encoding.xml"
        assert entries(result.document) == entries(document)
        assert len(entries(dropped.document)) == sum(not item.is_dropped for item in dropped.items)
    else:
        assert len(json.loads(dropped.document)["items"]) == sum(not item.is_dropped for item in dropped.items)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_marks(marked: MarkedDetector, path: Path) -> None:
    document = path.read_bytes()
    result = clean_feed(marked, document, mark=True)
    if path.suffix == ".xml":
        tags = [[tag.term for tag in e.get("tags", [])] for e in feedparser.parse(io.BytesIO(result.document)).entries]
    else:
        tags = [item["tags"] for item in json.loads(result.document)["items"]]
    for item, own in zip(result.items, tags, strict=True):
        score = "" if item.clickbait is None else f",clickbait={item.clickbait:.2f}"
        assert f"promo-detector:verdict={item.verdict}{score}" in own
    assert clean_feed(marked, result.document, mark=True).document == result.document


def json_feed(*flags: bool) -> bytes:
    items = [{"id": str(k), "content_text": "Reklame!" if flag else "Bericht."} for k, flag in enumerate(flags)]
    return json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode()


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=6))
def test_dropping_items_leaves_json_behind(marked: MarkedDetector, flags: list[bool]) -> None:
    for mark in (False, True):
        left = json.loads(clean_feed(marked, json_feed(*flags), drop="promotional", mark=mark).document)["items"]
        assert [item["id"] for item in left] == [str(k) for k, flag in enumerate(flags) if not flag]


def test_tags_that_are_no_list_are_left_alone(marked: MarkedDetector) -> None:
    document = b'{"version": "https://jsonfeed.org/version/1", "items": [{"tags": null}, {"_x": {"tags": []}}]}'
    result = clean_feed(marked, document, mark=True).document
    assert [item["tags"] for item in json.loads(result)["items"]] == [None, ["promo-detector:verdict=editorial"]]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SOURCES)
def test_a_body_comes_back_as_its_html_does(marked: MarkedDetector, source: str) -> None:
    source = "<b>" + source.replace("\x1f", "")
    expected = marked.clean_html(source).html
    escaped = clean_feed(marked, rss(escape(source), escape(source), kind="content:encoded")).document
    assert escaped == rss(escape(expected), escape(expected), kind="content:encoded")
    section = [f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>" for text in (source, expected)]
    if "]]>" not in source:
        assert clean_feed(marked, rss(section[0])).document == rss(section[1])
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"content_html": source}]}
    for is_ascii in (True, False):
        document = json.dumps(feed, ensure_ascii=is_ascii).encode("utf-8")
        assert json.loads(clean_feed(marked, document).document)["items"][0]["content_html"] == expected


@pytest.mark.parametrize(
    ("name", "body", "cleaned"),
    [
        ("escaped", "&lt;p&gt;A.&lt;/p&gt;&lt;p&gt;Reklame&amp;mdash;B!&lt;/p&gt;", "&lt;p&gt;A.&lt;/p&gt;"),
        ("numeric", "&#60;p>A.&#x3C;/p><![CDATA[<p>Reklame!</p>]]>", "&#60;p>A.&#x3C;/p><![CDATA[]]>"),
        ("two sections", "<![CDATA[<p>Kurs. Rek]]><![CDATA[lame!</p>]]>", "<![CDATA[<p>Kurs.]]><![CDATA[</p>]]>"),
        ("markup not escaped", "<p>A.</p><p>Reklame!</p>", "<p>A.</p>"),
        ("plain text", "A.\n\nReklame!\n\nB.", "A.\n\nB."),
        ("one line of text", "Kurs. Reklame &amp;amp; mehr! Ende.", "Kurs. Ende."),
        ("empty", "", ""),
        ("comment", "Kurs.<!-- Reklame! --> Reklame!", "Kurs.<!-- Reklame! -->"),
        ("a cut that would end the section", "<![CDATA[<i>Kurs.]]]]><![CDATA[Reklame!>Ende.</i>]]>", None),
    ],
)
def test_bodies(marked: MarkedDetector, name: str, body: str, cleaned: str | None) -> None:
    result = clean_feed(marked, rss(body))
    assert feedparser.parse(io.BytesIO(result.document)).bozo == 0
    if cleaned is not None:
        assert result.document == rss(cleaned)


def test_the_longest_body_gives_the_verdict(marked: MarkedDetector) -> None:
    document = rss("Reklame!</description><description>Ein langer Bericht. Und noch ein Satz dazu.")
    assert [(i.verdict, i.is_changed) for i in clean_feed(marked, document).items] == [("editorial", True)]


def test_with_the_trained_model(detector: Detector) -> None:
    body, clean = paragraphs(REPORT.format(OFFER)), paragraphs(REPORT.format(OFFER)).replace(f"<p>{OFFER}</p>", "")
    result = clean_feed(detector, rss(f"<![CDATA[{body}]]>", escape(body)))
    assert result.document == rss(f"<![CDATA[{clean}]]>", escape(clean))
    assert result.items[0].verdict == "mixed"
    assert 0 <= (result.items[0].clickbait or 0) <= 1
    assert result.to_dict()["items"][0]["title"] == "T"


@pytest.mark.parametrize(
    ("name", "document", "error", "message"),
    [
        ("document type", rss("A.", head="<!DOCTYPE rss>"), FeedError, "feed: document type declarations are not accepted"),
        ("billion laughs", rss("&b;", head='<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'), FeedError, "document type declarations"),
        ("external entity", rss("&a;", head='<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), FeedError, "document type declarations"),
        ("unknown entity", rss("&nbsp;"), FeedError, r"not well-formed: undefined entity, line 1, column \d+"),
        ("not well-formed", b"<rss><channel></rss>", FeedError, "not well-formed: mismatched tag, line 1, column 17"),
        ("another document", b"<html><body/></html>", FeedError, "not RSS, Atom or JSON Feed: the document begins with an element 'html'"),
        ("nothing", b"", FeedError, "not well-formed: no element found"),
        ("not JSON", b"{]", FeedError, "feed: not JSON"),
        ("deep JSON", b'{"a":' * 100_000, FeedError, "feed: not JSON"),
        ("other JSON", b"{}", FeedError, "states no version of jsonfeed.org"),
        ("JSON without items", b'{"version": "https://jsonfeed.org/version/1"}', FeedError, "'items' is no list of objects"),
        ("unknown encoding", b'<?xml version="1.0" encoding="klingon"?><rss/>', EncodingError, "'klingon' is not a known encoding"),
        ("codec that is no encoding", b'<?xml version="1.0" encoding="punycode"?><rss/>', EncodingError, "'punycode' is not a known encoding"),
        ("odd bytes", b"\xff\xfe<\0r\0s\0s\0/\0>\0a", EncodingError, "not valid utf-16-le"),
    ],
)  # fmt: skip
def test_what_is_refused(marked: MarkedDetector, name: str, document: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        clean_feed(marked, document)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("text", {"document": "<rss/>"}, "feed: expected bytes, got str"),
        ("mark", {"mark": "yes"}, "mark: expected true or false, got 'yes'"),
        ("drop", {"drop": "editorial"}, "drop: 'editorial' is not allowed; the only value is 'promotional'"),
        ("remove", {"remove": ["ads"]}, "remove: 'ads' is not a label"),
    ],
)
def test_bad_input_names_value_and_range(detector: Detector, name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        clean_feed(detector, **{"document": rss(), **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16", "iso-8859-1", "windows-1252", "koi8-r", "shift_jis", "gb18030"]
)
def test_encodings_come_back(marked: MarkedDetector, codec: str) -> None:
    stated = "utf-8" if codec == "utf-8-sig" else "utf-16" if codec == "utf-16-le" else codec
    word = {"koi8-r": "Рынок", "shift_jis": "市場", "gb18030": "市场"}.get(codec, "Märkte")
    text = f'<?xml version="1.0" encoding="{stated}"?>' + rss(f"{word} steigen. Reklame!").decode()
    result = clean_feed(marked, text.encode(codec))
    assert result.document == text.replace(" Reklame!", "").encode(codec)


def test_bytes_of_no_encoding_come_back(marked: MarkedDetector) -> None:
    document = rss("Märkte \x80 stiegen. Reklame für alle!").replace(b"\xc2\x80", b"\x80")
    assert clean_feed(marked, document).document == document.replace(" Reklame für alle!".encode(), b"")


def test_many_items(marked: MarkedDetector) -> None:
    document = rss(*["&lt;p&gt;Bericht.&lt;/p&gt;&lt;p&gt;Reklame!&lt;/p&gt;"] * 4000)
    assert clean_feed(marked, document).document == rss(*["&lt;p&gt;Bericht.&lt;/p&gt;"] * 4000)


N = 20_000
JSON = '{{"version": "https://jsonfeed.org/version/1", "items": [{}]}}'
HOSTILE = {
    "deep XML": rss("<a>" * N + "Reklame!" + "</a>" * N),
    "deep HTML": rss("&lt;div>" * 2 * N + "Reklame!"),
    "escapes": rss("&#60;" * 4 * N),
    "sections": rss("<![CDATA[a]]>" * N),
    "attributes": rss("Reklame!").replace(b"<description>", b"<description " + b" ".join(b"a%d=''" % k for k in range(N)) + b">"),
    "items": b"<rss><channel>" + b"<item/>" * N + b"</channel></rss>",
    "one place listed again and again": b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' + b'<r:li r:resource="a"/>' * N + b'<item r:about="a"><description>Reklame!</description></item>' * 1000 + b"</r:RDF>",
    "JSON escapes": JSON.format(json.dumps({"content_html": "ü" * 4 * N})).encode(),
    "JSON items": JSON.format(",".join(["{}"] * N)).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_feeds_take_linear_time(marked: MarkedDetector, name: str) -> None:
    begin = time.process_time()
    clean_feed(marked, HOSTILE[name], mark=True, drop="promotional")
    assert time.process_time() - begin < 10


def test_the_public_names() -> None:
    assert same is clean_feed
    assert FeedResult.__slots__
    assert FeedItem.__slots__


@pytest.mark.skipif(not REAL, reason="the feeds are not part of the project")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_real_feeds(detector: Detector, path: Path) -> None:
    document = path.read_bytes()
    before = feedparser.parse(io.BytesIO(document))
    assert clean_feed(detector, document, remove=()).document == document
    result = clean_feed(detector, document, mark=True)
    after = feedparser.parse(io.BytesIO(result.document))
    assert after.bozo == before.bozo
    assert after.encoding == before.encoding
    assert len(after.entries) == len(before.entries) == len(result.items)
    assert entries(result.document) == entries(document)
    if len(document) < 30_000:
        once = clean_feed(detector, document).document
        assert clean_feed(detector, once).document == once
