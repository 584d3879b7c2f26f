"""The service with HTML and with feeds, in process."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from flask import Flask
from flask.testing import FlaskClient
from marked import MarkedDetector
from test_api import OFFER, clean

from api import create_app
from api.schemas import BatchAnswer, CleanAnswer
from api.service import NAME
from api.settings import Settings
from detector import LABELS, Detector, clean_feed

FEEDS = sorted(path for path in (Path(__file__).parent / "feeds").iterdir() if not path.name.endswith(".expected.json"))
TYPES = {".xml": "application/rss+xml", ".json": "application/feed+json"}

REPORT = (
    "<!-- 😀 -->\n<p class=lead>Der Pumpenbauer <b>Harkort</b> hat im dritten Quartal mehr verdient als erwartet &mdash; der "
    "Umsatz stieg um 4,2&nbsp;Prozent 😀.</p>\n<p>Analysten raten zum Kauf der Aktie und sehen das Kursziel bei 26 Euro."
)
BOX = "<div class='box'><b>Harkort: Kaufen oder verkaufen? 😀</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</div>"
HTML = REPORT + BOX
PAGE = (
    "<!DOCTYPE html><html><head><title>Harkort</title></head><body><nav><a href='/'>Start</a></nav><main><h1>Harkort verdient mehr</h1>"
    f"<article>{REPORT}</p><p>Der Vorstand bekräftigte die Prognose für das laufende Jahr und will mehr in neue Werke investieren.</p>"
    f"{BOX}</article></main><footer>Impressum und Datenschutz</footer></body></html>"
)
ADVERTORIAL = f"<div id=x>\n<p>{OFFER}</p><img src=a.png></div>"


def test_html_is_answered_as_the_library_cleans_it(client: FlaskClient, detector: Detector) -> None:
    answer = clean(client, html=HTML, title="Harkort verdient mehr", explain=True)
    CleanAnswer.model_validate(answer)
    expected = detector.clean_html(HTML, title="Harkort verdient mehr", explain=True)
    assert answer["html"] == expected.html == REPORT
    assert (answer["text"], answer["extracted"]) == (expected.text, expected.extracted)
    assert (answer["verdict"], answer["promotional_share"]) == (expected.verdict, expected.promotional_share)
    for segment, wanted in zip(answer["segments"], expected.segments, strict=True):
        assert (segment["start"], segment["end"], segment["label"]) == (wanted.start, wanted.end, wanted.label)
        assert segment["text"] == expected.extracted[wanted.start : wanted.end]
        assert [(s["start"], s["end"]) for s in segment["html_spans"]] == [(s.start, s.end) for s in wanted.html_spans]


def test_text_has_nothing_of_html(client: FlaskClient) -> None:
    answer = clean(client, text="Der Dax stieg.")
    assert not {"html", "extracted"} & set(answer)
    assert "html_spans" not in answer["segments"][0]
    assert clean(client, text="<p>Der Dax stieg.</p>")["text"] == "<p>Der Dax stieg.</p>"


@pytest.mark.parametrize(("unit", "encoding", "width"), [("code_point", "utf-32-le", 4), ("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)])
def test_offsets_in_text_and_html_slice_in_the_unit_asked_for(client: FlaskClient, unit: str, encoding: str, width: int) -> None:
    answer = clean(client, html=HTML, offset_unit=unit, explain=True)
    text, html = answer["extracted"].encode(encoding), HTML.encode(encoding)
    assert "😀" in answer["extracted"]
    for segment in answer["segments"]:
        assert text[segment["start"] * width : segment["end"] * width].decode(encoding) == segment["text"]
        pieces = [html[s["start"] * width : s["end"] * width].decode(encoding) for s in segment["html_spans"]]
        plain = "".join("".join(pieces).replace("&mdash;", "—").replace("&nbsp;", " ").split())
        assert plain == "".join(segment["text"].split())


def test_html_may_be_empty_or_hold_no_text(client: FlaskClient) -> None:
    for html in ("", "<img src=a.png>", "<!-- nothing -->"):
        answer = clean(client, html=html)
        assert (answer["html"], answer["extracted"], answer["segments"], answer["verdict"]) == (html, "", [], "editorial")


def test_html_fails_soft(client: FlaskClient, detector: Detector) -> None:
    assert detector.clean_html(ADVERTORIAL).html != ADVERTORIAL, "it must be one that would go"
    soft = clean(client, html=ADVERTORIAL)
    assert (soft["html"], soft["text"], soft["verdict"]) == (ADVERTORIAL, soft["extracted"], "promotional")
    assert [warning["code"] for warning in soft["warnings"]] == ["mostly_promotional"]
    assert not any(segment["removed"] for segment in soft["segments"])
    hard = clean(client, html=ADVERTORIAL, insist=True)
    assert hard["html"] == detector.clean_html(ADVERTORIAL).html
    assert (hard["warnings"], hard["text"].strip()) == ([], "")
    assert clean(client, html=HTML, remove=list(LABELS))["html"] == HTML


def test_a_page_is_reduced_to_its_main_content(client: FlaskClient, detector: Detector) -> None:
    answer = clean(client, html=PAGE, page=True)
    assert answer["html"] == detector.clean_html(PAGE, page=True).html
    assert "Gratis" not in answer["html"]
    assert "Impressum" not in answer["html"]
    assert "Prognose" in answer["html"]
    assert "Impressum" in clean(client, html=PAGE)["html"]
    for segment in answer["segments"]:
        assert all(PAGE[s["start"] : s["end"]].strip() for s in segment["html_spans"]), "offsets count in the page that was sent"


def test_a_page_fails_soft_to_its_main_content(client: FlaskClient, detector: Detector) -> None:
    page = f"<html><body><nav>Start</nav><article><p>{OFFER}</p></article><footer>Impressum</footer></body></html>"
    soft = clean(client, html=page, page=True)
    assert soft["html"] == detector.clean_html(page, page=True, remove=()).html
    assert soft["warnings"][0]["code"] == "mostly_promotional"
    assert "kostenfreien Studie" in soft["html"]
    assert "Impressum" not in soft["html"]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({}, "/text", "one of them is required"),
        ({"title": "x"}, "/text", "one of them is required"),
        ({"text": "", "html": ""}, "/html", "not both"),
        ({"html": None}, "/html", "valid string"),
        ({"html": ["<p>"]}, "/html", "valid string"),
        ({"text": "", "page": True}, "/page", "Only html"),
        ({"html": "", "page": "true"}, "/page", "valid boolean"),
    ],
)
def test_either_text_or_html(client: FlaskClient, body: dict[str, Any], pointer: str, detail: str) -> None:
    response = client.post("/v1/clean", json=body)
    assert (response.status_code, response.get_json()["pointer"]) == (422, pointer)
    assert detail in response.get_json()["detail"]


def test_batches_take_html_too(client: FlaskClient) -> None:
    documents = [{"id": 1, "html": HTML}, {"id": 2, "text": "", "html": ""}, {"id": 3}, {"id": 4, "html": PAGE, "page": True}]
    answer = client.post("/v1/batch", json={"documents": documents, "defaults": {"offset_unit": "utf16"}}).get_json()
    BatchAnswer.model_validate(answer)
    first, second, third, fourth = answer["results"]
    assert first["result"] == clean(client, html=HTML, offset_unit="utf16")
    assert (second["problem"]["pointer"], third["problem"]["pointer"]) == ("/documents/1/html", "/documents/2/text")
    assert fourth["result"] == clean(client, html=PAGE, page=True, offset_unit="utf16")
    line = json.dumps(documents[0]).encode()
    streamed = client.post("/v1/batch?offset_unit=utf16", data=line, content_type="application/x-ndjson")
    assert json.loads(streamed.data)["result"] == first["result"]


def test_a_repeat_of_html_is_not_cleaned_again(client: FlaskClient) -> None:
    tag = client.post("/v1/clean", json={"html": HTML}).headers["ETag"]
    assert client.post("/v1/clean", json={"html": HTML}, headers={"If-None-Match": tag}).status_code == 304
    assert client.post("/v1/clean", json={"html": HTML + " "}, headers={"If-None-Match": tag}).status_code == 200
    assert client.post("/v1/clean", json={"text": HTML}, headers={"If-None-Match": tag}).status_code == 200


def test_the_log_has_no_word_of_a_page_nor_of_a_feed(serve: Serve) -> None:
    server = serve(log_level="debug", workers=1)
    word = "Quastenflosser"
    for html in (PAGE.replace("Prognose", word), f"<p {word}='{word}", f"\x00{word}", word):
        assert server.ask("/v1/clean", {"html": html, "page": True}).status == 200
    for document in (rss(word), f"<rss><{word}>".encode(), f"<!DOCTYPE {word}><rss/>".encode()):
        assert server.ask("/v1/feed", document, {"Content-Type": "text/xml"}).status in (200, 422)
    log = server.log_path.read_text(encoding="utf-8")
    assert word not in log
    assert {entry["event"] for entry in server.log() if entry["level"] in ("warning", "error")} <= {"request"}


# Feeds


@pytest.fixture
def marked_client(app: Flask) -> Iterator[FlaskClient]:
    """A client of a service that needs no judgement."""
    own = create_app()
    shared = own.extensions[NAME]
    marked = MarkedDetector()
    marked.model = shared.detector.model
    object.__setattr__(shared, "detector", marked)
    with own.test_client() as client:
        yield client


def rss(*bodies: str) -> bytes:
    items = "".join(f"<item><title>T</title><guid>{k}</guid><description>{body}</description></item>" for k, body in enumerate(bodies))
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    ("query", "options"), [("", {}), ("?mark", {"mark": True}), ("?mark=true&drop=promotional", {"mark": True, "drop": "promotional"})]
)
def test_a_feed_is_answered_as_the_library_cleans_it(marked_client: FlaskClient, path: Path, query: str, options: dict[str, Any]) -> None:
    document = path.read_bytes()
    response = marked_client.post(f"/v1/feed{query}", data=document, content_type=TYPES[path.suffix])
    assert response.status_code == 200, response.text
    expected = clean_feed(MarkedDetector(), document, is_cautious=True, **options)
    assert response.data == expected.document
    assert response.data != document
    assert response.content_type == TYPES[path.suffix]
    assert response.headers["X-Items"] == str(len(expected.items))
    assert response.headers["X-Items-Changed"] == str(sum(i.is_changed and not i.is_dropped for i in expected.items))
    assert response.headers["X-Items-Dropped"] == str(sum(i.is_dropped for i in expected.items))
    assert response.headers["X-Items-Promotional"] == str(sum(i.verdict == "promotional" for i in expected.items))


def test_items_that_are_promotional_as_a_whole_stay_unless_the_caller_insists_or_drops(marked_client: FlaskClient) -> None:
    document = rss("Reklame. Reklame.", "Der Dax stieg. Reklame.")

    def post(query: str) -> tuple[bytes, str, str]:
        response = marked_client.post(f"/v1/feed{query}", data=document, content_type="text/xml")
        return response.data, response.headers["X-Items-Changed"], response.headers["X-Items-Dropped"]

    assert post("") == (rss("Reklame. Reklame.", "Der Dax stieg."), "1", "0")
    assert post("?insist=false") == post("")
    assert post("?insist=true") == (rss("", "Der Dax stieg."), "2", "0")
    dropped, n_changed, n_dropped = post("?drop=promotional")
    assert (b"Reklame" in dropped, n_changed, n_dropped) == (False, "1", "1")
    assert post("?remove=")[0] == document


def test_nor_is_an_item_emptied_by_the_labels_that_are_asked_for(client: FlaskClient) -> None:
    document, query = rss("Der Dax stieg am Montag um 2 Prozent."), f"remove={','.join(LABELS)}"
    assert client.post(f"/v1/feed?{query}", data=document, content_type="text/xml").data == document
    assert client.post(f"/v1/feed?{query}&insist", data=document, content_type="text/xml").data == rss("")


def test_an_item_is_judged_by_the_model_and_the_options(client: FlaskClient, detector: Detector) -> None:
    document = rss(HTML.replace("&", "&amp;").replace("<", "&lt;"))
    response = client.post("/v1/feed?language=de&threshold=0.5", data=document, content_type="application/xml")
    assert response.data == clean_feed(detector, document, language="de", threshold=0.5).document != document
    assert client.post("/v1/feed?threshold=1", data=document, content_type="application/xml").data == document


@pytest.mark.parametrize(
    ("stated", "answered"),
    [
        ("text/xml; charset=ISO-8859-1", "text/xml; charset=ISO-8859-1"),
        ('application/atom+xml; type=feed; charset="utf-8"', "application/atom+xml; charset=utf-8"),
        ('application/rdf+xml; charset="a b"', "application/rdf+xml"),
        ("APPLICATION/RSS+XML", "application/rss+xml"),
    ],
)
def test_the_type_comes_back(marked_client: FlaskClient, stated: str, answered: str) -> None:
    document = b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss("Öl wurde teurer. Reklame.").decode().encode("latin-1")
    response = marked_client.post("/v1/feed", data=document, content_type=stated)
    assert response.headers["Content-Type"] == answered
    assert "Öl wurde teurer.<" in response.data.decode("latin-1")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>'


@pytest.mark.parametrize(
    ("name", "data", "status", "kind"),
    [
        ("nothing", b"", 422, "not-a-feed"),
        ("cut off", b'<rss version="2.0"><channel>', 422, "not-a-feed"),
        ("another document", b"<html><body/></html>", 422, "not-a-feed"),
        ("a document type", LAUGHS, 422, "not-a-feed"),
        ("an external entity", b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x"><rss/>', 422, "not-a-feed"),
        ("an unknown encoding", b'<?xml version="1.0" encoding="klingon"?><rss/>', 422, "not-a-feed"),
        ("no JSON feed", b'{"items": 3}', 422, "not-a-feed"),
        ("deeply nested", b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 50_000, 422, "not-a-feed"),
    ],
)
def test_what_is_no_feed_is_a_problem(client: FlaskClient, name: str, data: bytes, status: int, kind: str) -> None:
    response = client.post("/v1/feed", data=data, content_type="application/xml")
    problem = response.get_json()
    assert (response.status_code, problem["type"]) == (status, f"urn:promo-detector:problem:{kind}"), problem
    assert response.content_type == "application/problem+json"
    assert problem["detail"]
    assert "pointer" not in problem
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("mark=maybe", "/mark"), ("drop=all", "/drop"), ("remove=ads", "/remove/0"), ("threshold=2", "/threshold"), ("colour=red", "/colour")],
)
def test_wrong_options_of_a_feed(client: FlaskClient, query: str, pointer: str) -> None:
    response = client.post(f"/v1/feed?{query}", data=rss(""), content_type="application/xml")
    assert (response.status_code, response.get_json()["pointer"]) == (422, pointer)


@pytest.mark.parametrize("content_type", ["text/html", "application/x-ndjson", "text/plain", ""])
def test_other_types_are_no_feeds(client: FlaskClient, content_type: str) -> None:
    response = client.post("/v1/feed", data=rss(""), headers={"Content-Type": content_type} if content_type else {})
    assert (response.status_code, response.get_json()["type"].rpartition(":")[2]) == (415, "media-type")


def test_feeds_are_bounded_and_may_be_packed() -> None:
    document = rss("Der Dax stieg am Montag.", *["x" * 50] * 100)
    client = create_app(Settings(max_body_bytes=2000, max_inflated_bytes=4000)).test_client()
    packed = {"Content-Encoding": "gzip"}
    assert client.post("/v1/feed", data=document, content_type="text/xml").status_code == 413
    assert client.post("/v1/feed", data=gzip.compress(document), headers=packed, content_type="text/xml").status_code == 413
    assert client.post("/v1/feed", data=document[:100], headers=packed, content_type="text/xml").status_code == 400
    small = rss("Der Dax stieg am Montag.", *["x" * 50] * 10)
    response = client.post("/v1/feed", data=gzip.compress(small), headers=packed, content_type="text/xml")
    assert (response.status_code, response.data) == (200, small)


def test_a_repeat_of_a_feed_is_not_cleaned_again(client: FlaskClient) -> None:
    first = client.post("/v1/feed?mark", data=rss("Der Dax stieg."), content_type="text/xml")
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.post("/v1/feed?mark", data=rss("Der Dax stieg."), content_type="text/xml", headers=known).status_code == 304
    assert client.post("/v1/feed", data=rss("Der Dax stieg."), content_type="text/xml", headers=known).status_code == 200
    assert client.post("/v1/feed?mark", data=rss("Der Dax stieg."), content_type="application/xml", headers=known).status_code == 200


def test_a_feed_needs_a_key_where_one_is_asked_for() -> None:
    client = create_app(Settings(api_keys="correct-horse-battery")).test_client()
    assert client.post("/v1/feed", data=rss(""), content_type="text/xml").status_code == 401
    allowed = client.post("/v1/feed", data=rss(""), content_type="text/xml", headers={"X-Api-Key": "correct-horse-battery"})
    assert allowed.status_code == 200


def test_no_address_is_fetched_for_a_feed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    document = rss('&lt;img src="http://127.0.0.1:9/x"&gt;Der Dax stieg.')
    assert client.post("/v1/feed", data=document, content_type="text/xml").data == document
