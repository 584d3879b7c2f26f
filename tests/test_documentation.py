"""What docs/api.md shows is what happens: each example runs as it stands, but for the port."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunningServer

from api.problems import KINDS

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def of(tongue: str) -> list[str]:
    return [code for found, code in EXAMPLES if found == tongue]


def run(command: list[str], code: str, server: RunningServer, folder: Path) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    assert "localhost" in code
    assert "8080" in code
    code = code.replace("localhost:8080", f"127.0.0.1:{server.port}").replace('"localhost", 8080', f'"127.0.0.1", {server.port}')
    assert "8080" not in code
    done = subprocess.run([*command, code], capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout.strip()
    return done.stdout


CURL = [
    lambda out: json.loads(out)["segments"][-1]["removed"],
    lambda out: json.loads(out)["verdict"] == "promotional" and json.loads(out)["text"] == "",
    lambda out: json.loads(out)["html"].endswith("bei 26 Euro.</p>") and "Quartal" in json.loads(out)["html"],
    lambda out: "Gratis" not in out and "26 Euro.&lt;/p&gt;" in out and "promo-detector:verdict=mixed" in out,
    lambda out: ["problem" in item for item in json.loads(out)["results"]] == [False, False, True],
    lambda out: [json.loads(line)["line"] for line in out.splitlines()] == [1, 2],
    lambda out: len(json.loads(out)["headlines"]) == 2,
    lambda out: out == "304\n",
    lambda out: json.loads(out)["text"] == "Der Dax stieg.",
    lambda out: json.loads(out)["pointer"] == "/remove/1",
]


@pytest.mark.parametrize(("number", "code"), [*enumerate(of("bash"))])
def test_each_line_of_curl_runs(server: RunningServer, tmp_path: Path, number: int, code: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert CURL[number](run(["bash", "-c"], code, server, tmp_path))


PYTHON: list[Any] = [
    lambda out: out.startswith("Der Pumpenbauer") and "promotion True Harkort: Kaufen" in out and out.count("Gratis") == 0,
    lambda out: "Gratis" not in out.partition("editorial")[0] and "promotion ['Harkort: Kaufen oder verkaufen?'" in out,
    lambda out: out.startswith("1 1 0\n<p>Der Pumpenbauer") and out.endswith("bei 26 Euro.</p>\n"),
    lambda out: out == "1000 cleaned\n",
    lambda out: len(out.splitlines()) == 2,
]


@pytest.mark.parametrize(("number", "code"), [*enumerate(of("python"))])
def test_each_example_in_python_runs(server: RunningServer, tmp_path: Path, number: int, code: str) -> None:
    assert PYTHON[number](run([sys.executable, "-c"], code, server, tmp_path))


JAVASCRIPT: list[Any] = [
    lambda out: "promotion true Harkort: Kaufen" in out,
    lambda out: "Gratis" not in out.partition("editorial")[0] and "promotion Harkort: Kaufen oder verkaufen?" in out,
    lambda out: out == "true\n",
    lambda out: out == "1 editorial\n2 editorial\n",
    lambda out: float(out.split()[0]) > 0.5,
]


@pytest.mark.parametrize(("number", "code"), [*enumerate(of("javascript"))])
def test_each_example_in_javascript_runs(server: RunningServer, tmp_path: Path, number: int, code: str) -> None:
    assert JAVASCRIPT[number](run(["node", "--input-type=module", "-e"], code, server, tmp_path))


def test_there_are_examples_in_each_tongue() -> None:
    assert (len(of("bash")), len(of("python")), len(of("javascript"))) == (len(CURL), len(PYTHON), len(JAVASCRIPT))


def test_the_problem_that_is_shown_is_the_one_that_comes(server: RunningServer) -> None:
    shown = json.loads(of("json")[0])
    came = server.ask("/v1/clean", {"text": "", "remove": ["teaser", "ads"]}).json()
    assert {**came, "request_id": ""} == {**shown, "request_id": ""}


def test_each_kind_of_problem_is_in_the_table() -> None:
    rows = TEXT.partition("| status | end of `type`")[2]
    assert not [kind for kind, (status, _) in KINDS.items() if f"`{kind}`" not in rows or str(status) not in rows]
