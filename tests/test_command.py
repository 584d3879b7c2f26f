import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.command import main
from detector import Detector, clean_feed

EXAMPLE = Path(__file__).parent.parent / "examples" / "article.txt"


def run(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "api.command", *arguments], input=stdin, capture_output=True, env={**os.environ, **(env or {})}
    )


def test_clean_prints_the_cleaned_text(capfdbinary: pytest.CaptureFixture[bytes], detector: Detector) -> None:
    assert main(["clean", str(EXAMPLE)]) == 0
    assert capfdbinary.readouterr().out.decode() == detector.clean(EXAMPLE.read_text("utf-8")).text + "\n"


def test_clean_reads_standard_input(detector: Detector) -> None:
    done = run("clean", "-", "--json", stdin=EXAMPLE.read_bytes())
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(json.dumps(detector.clean(EXAMPLE.read_text("utf-8")).to_dict()))


def test_show_names_label_and_score_and_strikes_what_goes(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["clean", str(EXAMPLE), "--show", "--explain", "--title", "Nordlicht hebt Prognose an"]) == 0
    out = capfdbinary.readouterr().out.decode()
    assert "\x1b[31;9mJetzt noch bei Nordlicht Software zugreifen?" in out
    assert "clickbait 0." in out
    assert "verdict mixed" in out


@pytest.mark.parametrize(
    ("name", "arguments", "code", "message"),
    [
        ("missing file", ["clean", "no/such/file.txt"], 3, "promo-detector: no/such/file.txt: No such file or directory"),
        ("unknown label", ["clean", str(EXAMPLE), "--remove", "ads"], 3, "promo-detector: remove: 'ads' is not a label; allowed are"),
        ("threshold", ["clean", str(EXAMPLE), "--threshold", "7"], 3, "promo-detector: threshold: 7.0 is not a number from 0 to 1"),
        ("missing model", ["clean", str(EXAMPLE), "--model", "no/model"], 4, "promo-detector: no/model/model.joblib: no such file"),
    ],
)
def test_errors_are_one_line(capsys: pytest.CaptureFixture[str], name: str, arguments: list[str], code: int, message: str) -> None:
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_broken_utf8_names_the_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_bytes(b"Der Dax \xff stieg")
    assert main(["clean", str(tmp_path / "a.txt")]) == 3
    assert "byte 8 (0xff) is not valid UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["clean"], ["feed"], ["feed", "x", "--drop", "y"], ["serve", "--colour", "red"], ["nonsense"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["clean"], ["batch"], ["feed"], ["serve"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    assert "usage: promo-detector" in capsys.readouterr().out


def test_batch_keeps_ids_and_reports_bad_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], detector: Detector) -> None:
    lines = [
        json.dumps({"id": 7, "text": "Der Dax stieg.", "language": "de"}),
        "{",
        "",
        json.dumps({"id": "b", "text": EXAMPLE.read_text("utf-8"), "title": "Nordlicht"}),
        json.dumps({"id": "c"}),
        json.dumps({"text": ""}),
        json.dumps({"text": 5}),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert main(["batch", str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), "--quiet"]) == 1
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [a.get("id") for a in answers] == [7, "b", None]
    assert answers[1]["text"] == detector.clean(EXAMPLE.read_text("utf-8"), title="Nordlicht").text
    errors = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].rsplit(":", 1)[1] for line in errors] == ["2", "5", "7"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_batch_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "x"}))
    assert main(["batch", str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), "--threshold", "0.5", "--quiet"]) == 0
    assert main(["batch", str(tmp_path / "none.jsonl"), str(tmp_path / "new.jsonl")]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_reader_that_leaves_early_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api.command", "clean", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stdin is not None
    with io.BufferedWriter(process.stdin) as source:  # type: ignore[type-var]
        source.write(b"Der Dax stieg am Montag weiter. " * 20000)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    process.stderr.close()


HTML = "<div>\n<p>Der Dax stieg am Montag um 2 Prozent.</p>\n</div>"


def test_clean_html_prints_the_html_as_it_came(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, detector: Detector) -> None:
    source = "".join(f"<p>{part}</p>\r\n" for part in EXAMPLE.read_text("utf-8").split("\n\n"))
    (tmp_path / "a.html").write_bytes(source.encode())
    assert main(["clean", str(tmp_path / "a.html"), "--html"]) == 0
    out = capfdbinary.readouterr().out.decode()
    assert out == detector.clean_html(source).html != source
    assert main(["clean", str(tmp_path / "a.html"), "--html", "--remove", ""]) == 0
    assert capfdbinary.readouterr().out.decode() == source


def test_clean_html_as_json_and_shown(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(HTML, encoding="utf-8")
    assert main(["clean", str(tmp_path / "a.html"), "--html", "--json"]) == 0
    answer = json.loads(capfdbinary.readouterr().out)
    assert answer["html"] == HTML
    assert answer["segments"][0]["html_spans"] == [{"start": 9, "end": 46}]
    assert main(["clean", str(tmp_path / "a.html"), "--html", "--show"]) == 0
    assert "editorial" in capfdbinary.readouterr().out.decode()


def test_a_page_is_html(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_text(HTML, encoding="utf-8")
    assert main(["clean", str(tmp_path / "a.html"), "--page"]) == 0
    printed = capfdbinary.readouterr()
    assert "<p>Der Dax" in printed.out.decode()
    assert printed.err == b""
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert main(["clean", str(tmp_path / "a.html"), "--page"]) == 4
    assert capfdbinary.readouterr().err == b"promo-detector: trafilatura is not installed; install promo-detector[page]\n"


FEED = Path(__file__).parent / "feeds" / "rss-latin1.xml"


def test_feed_gives_the_bytes_back(capfdbinary: pytest.CaptureFixture[bytes], detector: Detector) -> None:
    assert main(["feed", str(FEED), "--remove", ""]) == 0
    assert capfdbinary.readouterr().out == FEED.read_bytes()
    assert main(["feed", str(FEED), "--mark", "--drop", "promotional"]) == 0
    assert capfdbinary.readouterr().out == clean_feed(detector, FEED.read_bytes(), mark=True, drop="promotional").document


def test_feed_reads_standard_input() -> None:
    done = run("feed", "-", "--remove", "", stdin=FEED.read_bytes())
    assert (done.returncode, done.stdout, done.stderr) == (0, FEED.read_bytes(), b"")


def test_a_feed_that_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>&a;</rss>", encoding="utf-8")
    assert main(["feed", str(tmp_path / "a.xml")]) == 3
    assert capsys.readouterr().err == "promo-detector: feed: document type declarations are not accepted\n"
