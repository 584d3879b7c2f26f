import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.command import main
from detector import Detector

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


@pytest.mark.parametrize("arguments", [[], ["clean"], ["serve", "--port", "99999"], ["serve", "--workers", "0"], ["nonsense"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["clean"], ["batch"], ["serve"]])
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
