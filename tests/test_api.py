"""The service in process: what goes in, what comes out, and what is refused."""

import gzip
import json
import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.schemas import BatchAnswer, CleanAnswer, HeadlineAnswer, LabelsAnswer, ModelAnswer
from api.settings import Settings
from detector import LABELS, Detector
from detector.labels import DEFAULT_REMOVE

ARTICLE = """Nordlicht Software hat nach einem starken dritten Quartal die Ziele für das laufende Jahr erhöht.
Der Kieler Anbieter erwartet nun einen Umsatz zwischen 412 und 420 Millionen Euro.

Die Aktie gewann am Donnerstag gut sechs Prozent auf 58,40 Euro. „Das ist ein Erfolg“, sagte die Vorstandschefin 😀.

Wie steht es wirklich um Nordlicht Software? Unsere Redaktion hat die Zahlen durchleuchtet und sagt Ihnen in einer
kostenfreien Studie, was Aktionäre tun sollten. Sichern Sie sich Ihr Exemplar, solange es verfügbar ist."""

OFFER = "Wie steht es wirklich um Nordlicht? Unsere Redaktion sagt Ihnen in einer kostenfreien Studie, was Aktionäre tun sollten. Sichern Sie sich Ihr Exemplar, solange es verfügbar ist."


def clean(client: FlaskClient, **body: Any) -> Any:
    response = client.post("/v1/clean", json=body)
    assert response.status_code == 200, response.text
    return response.get_json()


def test_the_answer_is_the_librarys_result(client: FlaskClient, detector: Detector) -> None:
    answer = clean(client, text=ARTICLE, title="Ziele erhöht", language="de", remove=["promotion"], threshold=0.5, explain=True)
    expected = detector.clean(ARTICLE, title="Ziele erhöht", language="de", remove=("promotion",), threshold=0.5, explain=True)
    CleanAnswer.model_validate(answer)
    assert answer["text"] == expected.text != ARTICLE
    assert answer["language"] == {"code": "de", "score": 1.0}
    assert (answer["verdict"], answer["promotional_share"]) == (expected.verdict, expected.promotional_share)
    assert expected.headline is not None
    assert answer["headline"]["score"] == expected.headline.score
    assert answer["model_version"] == detector.model.manifest["digest"][:12]
    for segment, wanted in zip(answer["segments"], expected.segments, strict=True):
        assert (segment["start"], segment["end"], segment["label"]) == (wanted.start, wanted.end, wanted.label)
        assert (segment["score"], segment["removed"]) == (wanted.score, wanted.removed)
        assert segment["text"] == ARTICLE[wanted.start : wanted.end]
        assert [e["text"] for e in segment["evidence"]] == [e.text for e in wanted.evidence]
        assert list(segment["scores"]) == list(LABELS)
        assert segment["scores"][wanted.label] == pytest.approx(wanted.score, abs=2e-4)
        assert sum(segment["scores"].values()) == pytest.approx(1, abs=1e-3)


def test_without_explain_segments_are_small(client: FlaskClient) -> None:
    segment = clean(client, text=ARTICLE)["segments"][0]
    assert set(segment) == {"start", "end", "label", "score", "removed"}


def test_empty_text_is_valid(client: FlaskClient) -> None:
    answer = clean(client, text="")
    assert (answer["text"], answer["segments"], answer["headline"], answer["warnings"]) == ("", [], None, [])


def test_null_means_not_said(client: FlaskClient) -> None:
    said = clean(client, text=ARTICLE, title=None, language=None, remove=None, threshold=None, url=None)
    assert said == clean(client, text=ARTICLE)


def test_remove_nothing_only_labels(client: FlaskClient) -> None:
    answer = clean(client, text=ARTICLE, remove=[])
    assert answer["text"] == ARTICLE
    assert "promotion" in [segment["label"] for segment in answer["segments"]]
    assert not any(segment["removed"] for segment in answer["segments"])


@pytest.mark.parametrize(
    ("unit", "encoding", "width"), [("code_point", "utf-32-le", 4), ("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)]
)  # fmt: skip
@pytest.mark.parametrize("text", [ARTICLE, "😀 Öl.\n\n" + ARTICLE, "\ud83d Der Dax stieg.\n\n\ude00 " + ARTICLE])
def test_offsets_slice_in_the_unit_asked_for(client: FlaskClient, unit: str, encoding: str, width: int, text: str) -> None:
    answer = clean(client, text=text, offset_unit=unit, explain=True)
    data = text.encode(encoding, "surrogatepass")
    assert answer["offset_unit"] == unit
    assert answer["segments"]
    at = 0
    for segment in answer["segments"]:
        piece = data[segment["start"] * width : segment["end"] * width].decode(encoding, "surrogatepass")
        assert piece == segment["text"]
        assert not data[at : segment["start"] * width].decode(encoding, "surrogatepass").strip()
        at = segment["end"] * width
    assert not data[at:].decode(encoding, "surrogatepass").strip()


def test_nearly_nothing_left_comes_back_unchanged_unless_the_caller_insists(client: FlaskClient, detector: Detector) -> None:
    wanted = detector.clean(OFFER)
    assert wanted.text == "", "the text must be one that would go"
    soft = clean(client, text=OFFER)
    assert soft["text"] == OFFER
    assert soft["verdict"] == "promotional"
    assert [warning["code"] for warning in soft["warnings"]] == ["mostly_promotional"]
    assert not any(segment["removed"] for segment in soft["segments"])
    hard = clean(client, text=OFFER, insist=True)
    assert (hard["text"], hard["warnings"]) == ("", [])
    assert all(segment["removed"] for segment in hard["segments"])


def test_asking_for_every_label_does_not_empty_an_article_either(client: FlaskClient) -> None:
    answer = clean(client, text=ARTICLE, remove=list(LABELS))
    assert (answer["text"], answer["verdict"]) == (ARTICLE, "mixed")
    assert answer["warnings"][0]["code"] == "mostly_promotional"
    assert clean(client, text=ARTICLE, remove=list(LABELS), insist=True)["text"] == ""


def test_only_labelling_an_offer_needs_no_warning(client: FlaskClient) -> None:
    assert clean(client, text=OFFER, remove=[])["warnings"] == []


@pytest.mark.parametrize(("language", "codes"), [("de", []), ("en", []), ("fr", ["language"])])
def test_other_languages_are_warned_of(client: FlaskClient, language: str, codes: list[str]) -> None:
    assert [w["code"] for w in clean(client, text="Le chiffre d'affaires augmente.", language=language)["warnings"]] == codes


def test_no_address_is_ever_fetched(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    text = ARTICLE + "\n\nhttps://example.org/a"
    assert clean(client, text=text, url="https://example.org/a", title="https://example.org") == clean(
        client, text=text, title="https://example.org"
    )


def test_lone_surrogates_come_back(client: FlaskClient) -> None:
    response = client.post("/v1/clean", data=b'{"text": "Der \\ud83d Dax"}', content_type="application/json")
    assert response.get_json()["text"] == "Der \ud83d Dax"


def test_text_is_answered_in_utf8(client: FlaskClient) -> None:
    assert "erhöht" in client.post("/v1/clean", json={"text": ARTICLE}).data.decode()


# Batches


def test_a_bad_document_fails_alone_and_the_order_is_kept(client: FlaskClient) -> None:
    documents = [
        {"id": "a", "text": ARTICLE},
        {"id": 2, "text": 3},
        "no document",
        {"text": "without an id"},
        {"id": True, "text": "a truth is no id"},
        {"id": "d", "text": OFFER, "remove": [], "explain": False},
        {"id": "e", "text": "", "colour": "red"},
        {"id": 10**30, "text": ""},
    ]
    response = client.post("/v1/batch", json={"documents": documents, "defaults": {"explain": True}})
    results = BatchAnswer.model_validate(response.get_json()).results
    assert [item.id for item in results] == ["a", 2, None, None, None, "d", "e", 10**30]
    assert [item.problem.status if item.problem else 200 for item in results] == [200, 422, 422, 422, 422, 200, 422, 200]
    problems = [item.problem.pointer for item in results if item.problem]
    assert problems == ["/documents/1/text", "/documents/2", "/documents/3/id", "/documents/4/id", "/documents/6/colour"]
    assert results[0].result
    assert results[0].result.segments[0].evidence is not None, "the defaults hold"
    assert results[5].result
    assert results[5].result.segments[0].evidence is None, "a document's own word goes before them"
    assert results[5].result.text == OFFER


def test_a_batch_answers_what_clean_answers(client: FlaskClient) -> None:
    answer = client.post("/v1/batch", json={"documents": [{"id": 1, "text": ARTICLE, "title": "Ziele"}]}).get_json()
    assert answer["results"][0]["result"] == clean(client, text=ARTICLE, title="Ziele")


def test_a_failure_inside_one_document_spares_the_others(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Detector.clean
    monkeypatch.setattr(Detector, "clean", lambda self, text, **k: 1 / 0 if text == "bad" else original(self, text, **k))
    answer = client.post("/v1/batch", json={"documents": [{"id": 1, "text": "bad"}, {"id": 2, "text": "Der Dax stieg."}]})
    first, second = answer.get_json()["results"]
    assert first["problem"]["status"] == 500
    assert "division" not in answer.text
    assert second["result"]["text"] == "Der Dax stieg."


def stream(client: FlaskClient, lines: list[Any], query: str = "") -> list[Any]:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    response = client.post(f"/v1/batch{query}", data=data, content_type="application/x-ndjson")
    assert response.status_code == 200, response.text
    assert response.content_type == "application/x-ndjson"
    return [json.loads(line) for line in response.data.splitlines()]


def test_a_stream_answers_line_by_line(client: FlaskClient) -> None:
    lines = [{"id": 1, "text": ARTICLE}, b"", b"{", {"id": "b", "text": 1}, b"\xff", {"id": "c", "text": ""}, b"[]"]
    answers = stream(client, lines)
    assert [(a["id"], a["line"]) for a in answers] == [(1, 1), (None, 3), ("b", 4), (None, 5), ("c", 6), (None, 7)]
    assert [a["problem"]["status"] if "problem" in a else 200 for a in answers] == [200, 400, 422, 400, 200, 422]
    assert answers[0]["result"] == clean(client, text=ARTICLE)
    assert answers[2]["problem"]["pointer"] == "/text"


def test_defaults_of_a_stream_stand_in_the_query(client: FlaskClient) -> None:
    lines = [{"id": 1, "text": ARTICLE}, {"id": 2, "text": ARTICLE, "remove": ["promotion"]}]
    one, two = stream(client, lines, "?remove=&explain=true&threshold=0.5&offset_unit=utf8&language=de")
    assert one["result"] == clean(
        client, text=ARTICLE, remove=[], explain=True, threshold=0.5, offset_unit="utf8", language="de"
    )  # fmt: skip
    assert two["result"]["text"] != ARTICLE


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("remove=ads", "/remove/0"),
        ("threshold=x", "/threshold"),
        ("threshold=nan", "/threshold"),
        ("explain=2", "/explain"),
        ("colour=red", "/colour"),
    ],
)
def test_wrong_defaults_of_a_stream_are_refused_before_it_begins(client: FlaskClient, query: str, pointer: str) -> None:
    response = client.post(f"/v1/batch?{query}", data=b"", content_type="application/x-ndjson")
    assert (response.status_code, response.get_json()["pointer"]) == (422, pointer)


def test_a_line_that_is_too_long_is_skipped() -> None:
    client = create_app(Settings(max_body_bytes=2000)).test_client()
    answers = stream(client, [{"id": 1, "text": "x"}, {"id": 2, "text": "y" * 30_000}, {"id": 3, "text": "z"}, b"w" * 9000])
    assert [(a["line"], a.get("problem", {}).get("status")) for a in answers] == [(1, None), (2, 413), (3, None), (4, 413)]


def test_too_many_documents_are_refused() -> None:
    client = create_app(Settings(max_documents=2)).test_client()
    for path, body, pointer in (
        ("/v1/batch", {"documents": [{"id": n, "text": ""} for n in range(3)]}, "/documents"),
        ("/v1/headline", {"titles": ["a", "b", "c"]}, "/titles"),
    ):
        response = client.post(path, json=body)
        assert (response.status_code, response.get_json()["pointer"]) == (422, pointer)


# Headlines, labels, model, health


def test_headlines_are_scored_in_order(client: FlaskClient, detector: Detector) -> None:
    titles = ["Diese Aktie könnte sich jetzt verdoppeln!", "", "Siemens hebt die Prognose für 2026 an"]
    answer = client.post("/v1/headline", json={"titles": titles}).get_json()
    HeadlineAnswer.model_validate(answer)
    assert [item["title"] for item in answer["headlines"]] == titles
    assert [item["score"] for item in answer["headlines"]] == [detector.score_headline(title).score for title in titles]
    assert answer["headlines"][0]["evidence"]


def test_labels_and_model(client: FlaskClient, detector: Detector) -> None:
    labels = LabelsAnswer.model_validate(client.get("/v1/labels").get_json()).labels
    assert [label.name for label in labels] == list(LABELS)
    assert [label.name for label in labels if label.removed_by_default] == list(DEFAULT_REMOVE)
    assert [label.threshold is not None for label in labels] == [False, True, True, False, False]
    model = ModelAnswer.model_validate(client.get("/v1/model").get_json())
    assert model.manifest["digest"] == detector.model.manifest["digest"]
    assert model.figures == detector.model.manifest["figures"]


def test_health_and_readiness(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
    monkeypatch.setattr(Detector, "clean", lambda *a, **k: 1 / 0)
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["status"]) == (503, 503)
    assert int(response.headers["Retry-After"]) > 0


# Problems

JSON = "application/json"


@pytest.mark.parametrize(
    ("name", "data", "status", "detail", "pointer"),
    [
        ("nothing", b"", 400, "Expecting value at character 0", None),
        ("not JSON", b"{", 400, "Expecting", None),
        ("not UTF-8", b'{"text": "\xff"}', 400, "Byte 10 (0xff) is not UTF-8", None),
        ("UTF-16", '{"text": ""}'.encode("utf-16"), 400, "is not UTF-8", None),
        ("deeply nested", b"[" * 100_000, 400, "nested too deeply", None),
        ("deeply nested in a field", b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "nested too deeply", None),
        ("deeply nested objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "nested too deeply", None),
        ("a name twice", b'{"text": "a", "text": "b"}', 400, 'the name "text" stands twice', None),
        ("NaN", b'{"text": "", "threshold": NaN}', 400, "NaN is not a number", None),
        ("infinity", b'{"text": "", "threshold": -Infinity}', 400, "-Infinity is not a number", None),
        ("a number of 9999 digits", b'{"text": "", "threshold": ' + b"9" * 9999 + b"}", 400, "too many digits", None),
        ("two values", b'{"text": ""} {}', 400, "Extra data", None),
        ("not an object", b"[]", 422, "the body", ""),
        ("a huge float", b'{"text": "", "threshold": 1e999}', 422, "less than or equal to 1", "/threshold"),
        ("a huge integer", b'{"text": "", "threshold": ' + b"9" * 400 + b"}", 422, "valid number", "/threshold"),
        ("no text", b"{}", 422, "required", "/text"),
        ("text of another type", b'{"text": 3}', 422, "valid string", "/text"),
        ("text that is null", b'{"text": null}', 422, "valid string", "/text"),
        ("unknown field", b'{"text": "", "a/b~": 1}', 422, "not known", "/a~1b~0"),
        ("unknown label", b'{"text": "", "remove": ["teaser", "ads"]}', 422, "'editorial', 'promotion'", "/remove/1"),
        ("remove of another type", b'{"text": "", "remove": "teaser"}', 422, "valid list", "/remove"),
        ("unhashable label", b'{"text": "", "remove": [{}]}', 422, "'editorial'", "/remove/0"),
        ("threshold too large", b'{"text": "", "threshold": 2}', 422, "less than or equal to 1", "/threshold"),
        ("threshold is true", b'{"text": "", "threshold": true}', 422, "valid number", "/threshold"),
        ("threshold as text", b'{"text": "", "threshold": "0.5"}', 422, "valid number", "/threshold"),
        ("language", b'{"text": "", "language": "?"}', 422, "pattern", "/language"),
        ("language with a line end", b'{"text": "", "language": "de\\n"}', 422, "pattern", "/language"),
        ("url of another scheme", b'{"text": "", "url": "file:///etc/passwd"}', 422, "pattern", "/url"),
        ("explain", b'{"text": "", "explain": "yes"}', 422, "valid boolean", "/explain"),
        ("offset unit", b'{"text": "", "offset_unit": "byte"}', 422, "'utf16'", "/offset_unit"),
    ],
)  # fmt: skip
def test_bad_bodies_are_problem_documents(
    client: FlaskClient, name: str, data: bytes, status: int, detail: str, pointer: str | None
) -> None:
    response = client.post("/v1/clean", data=data, content_type=JSON)
    problem = json.loads(response.data)
    assert response.status_code == problem["status"] == status, problem
    assert response.content_type == "application/problem+json"
    assert detail in problem["detail"], problem
    assert problem.get("pointer") == pointer
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert "Traceback" not in response.text


def test_all_mistakes_are_listed(client: FlaskClient) -> None:
    problem = client.post("/v1/clean", json={"text": 1, "threshold": 7, "x": 0}).get_json()
    assert sorted(error["pointer"] for error in problem["errors"]) == ["/text", "/threshold", "/x"]
    problem = client.post("/v1/clean", json={"text": ""} | {f"x{n}": 0 for n in range(1000)}).get_json()
    assert len(problem["errors"]) == 20


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "APPLICATION/JSON"])
def test_types_that_mean_json(client: FlaskClient, content_type: str) -> None:
    assert client.post("/v1/clean", data=b'\xef\xbb\xbf{"text": ""}', content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/clean", {"Content-Type": "text/plain"}, 415),
        ("POST", "/v1/clean", {}, 415),
        ("POST", "/v1/clean", {"Content-Type": "application/x-ndjson"}, 415),
        ("POST", "/v1/clean", {"Content-Type": "application/json; charset=latin-1"}, 415),
        ("POST", "/v1/clean", {"Content-Type": JSON, "Content-Encoding": "br"}, 415),
        ("POST", "/v1/batch", {"Content-Type": "text/csv"}, 415),
        ("GET", "/v1/clean", {}, 405),
        ("DELETE", "/v1/labels", {}, 405),
        ("GET", "/v1/nowhere", {}, 404),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/static/nothing.css", {}, 404),
        ("GET", "/static/../app.py", {}, 404),
        ("GET", "/docs/index.html", {}, 404),
    ],
)  # fmt: skip
def test_wrong_addresses_and_types(client: FlaskClient, method: str, path: str, headers: dict[str, str], status: int) -> None:
    response = client.open(path, method=method, data=b"x" if method == "POST" else None, headers=headers)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert ("Allow" in response.headers) == (status == 405)


def test_an_unexpected_error_shows_no_trace_and_logs_no_text(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Detector, text: str, **options: object) -> None:
        raise KeyError(text)

    monkeypatch.setattr(Detector, "clean", fail)
    response = client.post("/v1/clean", json={"text": "a secret article"})
    assert response.status_code == 500
    assert "KeyError" not in response.text
    assert "secret" not in response.text
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_service_that_is_busy_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(max_concurrent=1, queue_timeout_s=0.05))
    with app.extensions["promo-detector"]._turns:
        response = app.test_client().post("/v1/clean", json={"text": "x"})
        batch = app.test_client().post("/v1/batch", json={"documents": [{"id": 1, "text": "x"}]})
    assert (response.status_code, response.get_json()["type"]) == (503, "urn:promo-detector:problem:busy")
    assert int(response.headers["Retry-After"]) > 0
    assert batch.get_json()["results"][0]["problem"]["status"] == 503
    assert app.test_client().post("/v1/clean", json={"text": "x"}).status_code == 200


# Sizes and gzip


def test_a_body_that_is_too_large_is_refused() -> None:
    client = create_app(Settings(max_body_bytes=2000)).test_client()
    exact = json.dumps({"text": "x" * (2000 - len('{"text": ""}'))}).encode()
    assert len(exact) == 2000
    assert client.post("/v1/clean", data=exact, content_type=JSON).status_code == 200
    response = client.post("/v1/clean", data=exact + b" ", content_type=JSON)
    assert (response.status_code, response.headers["Connection"]) == (413, "close")


def test_gzip_bodies_are_unpacked(client: FlaskClient) -> None:
    body = json.dumps({"text": ARTICLE}).encode()
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    wanted = clean(client, text=ARTICLE)
    assert client.post("/v1/clean", data=gzip.compress(body), headers=headers).get_json() == wanted
    members = gzip.compress(body[:50]) + gzip.compress(b"") + gzip.compress(body[50:])
    assert client.post("/v1/clean", data=members, headers=headers).get_json() == wanted


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("not gzip", b'{"text": ""}', 400),
        ("cut off", gzip.compress(json.dumps({"text": ARTICLE}).encode())[:-9], 400),
        ("damaged", gzip.compress(json.dumps({"text": ARTICLE}).encode())[:-5] + b"\0\0\0\0\0", 400),
        ("something behind", gzip.compress(b'{"text": ""}') + b"behind", 400),
        ("a bomb", gzip.compress(b" " * 40_000_000), 413),
    ],
)
def test_bad_gzip(client: FlaskClient, name: str, data: bytes, status: int) -> None:
    for path, content_type in (("/v1/clean", JSON), ("/v1/headline", JSON), ("/v1/batch", JSON)):
        response = client.post(path, data=data, headers={"Content-Type": content_type, "Content-Encoding": "gzip"})
        assert response.status_code == status, response.text


def test_a_packed_stream(client: FlaskClient) -> None:
    lines = b"".join(json.dumps({"id": n, "text": "Der Dax stieg.", "language": "de"}).encode() + b"\n" for n in range(500))
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    response = client.post("/v1/batch", data=gzip.compress(lines), headers=headers)
    assert [json.loads(line)["id"] for line in response.data.splitlines()] == list(range(500))
    broken = client.post("/v1/batch", data=gzip.compress(lines)[:-20], headers=headers).data.splitlines()
    last = json.loads(broken[-1])
    assert (last["id"], last["problem"]["status"]) == (None, 400)


# Headers


def test_request_ids_are_kept_or_made(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "cron-7.3:x"}).headers["X-Request-Id"] == "cron-7.3:x"
    made = [client.get("/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"] for bad in ("", "a b", "ü", "x" * 129)]
    assert len(set(made)) == 4
    assert all(len(value) == 32 for value in made)


def test_server_timing_names_the_steps(client: FlaskClient) -> None:
    value = client.post("/v1/clean", json={"text": ARTICLE}).headers["Server-Timing"]
    steps = {part.split(";dur=")[0]: float(part.split(";dur=")[1]) for part in value.split(", ")}
    assert list(steps) == ["read", "parse", "wait", "clean", "total"]
    assert 0 < steps["clean"] <= steps["total"]


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/v1/clean", {"text": ARTICLE}, {"text": ARTICLE, "explain": True}),
        ("/v1/batch", {"documents": [{"id": 1, "text": ""}]}, {"documents": [{"id": 2, "text": ""}]}),
        ("/v1/headline", {"titles": ["a"]}, {"titles": ["b"]}),
    ],
)
def test_a_repeat_is_not_answered_twice(client: FlaskClient, path: str, body: Any, other: Any) -> None:
    first = client.post(path, json=body)
    tag = first.headers["ETag"]
    repeat = client.post(path, json=body, headers={"If-None-Match": f'"x", W/{tag}'})
    assert (repeat.status_code, repeat.data, repeat.headers["ETag"]) == (304, b"", tag)
    assert client.post(path, json=other, headers={"If-None-Match": tag}).status_code == 200
    assert client.post(path, json=body, headers={"If-None-Match": "*"}).status_code == 200
    assert client.post(path, json=body).headers["ETag"] == tag


@pytest.mark.parametrize("path", ["/v1/labels", "/v1/model"])
def test_what_does_not_change_has_a_tag(client: FlaskClient, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_repeat_saves_the_cleaning(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = client.post("/v1/clean", json={"text": ARTICLE}).headers["ETag"]
    monkeypatch.setattr(Detector, "clean", lambda *a, **k: 1 / 0)
    assert client.post("/v1/clean", json={"text": ARTICLE}, headers={"If-None-Match": tag}).status_code == 304


def test_no_answer_can_be_framed_or_sniffed(client: FlaskClient) -> None:
    for path in ("/", "/docs", "/healthz", "/nowhere", "/static/page.css"):
        with client.get(path) as response:
            headers = response.headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_metrics_count_articles_and_requests(client: FlaskClient) -> None:
    def values() -> list[float]:
        rows = client.get("/metrics").text.splitlines()
        return [
            sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(name) and all(part in row for part in parts))
            for name, *parts in (
                ("promo_detector_documents_total", 'verdict="mixed"'),
                ("promo_detector_request_seconds_count", 'method="POST"', 'route="/v1/clean"', 'status="422"'),
                ("promo_detector_chars_total",),
            )
        ]

    before = values()
    clean(client, text=ARTICLE)
    client.post("/v1/clean", json={}).close()  # a server closes what it sent
    after = values()
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, len(ARTICLE)]
