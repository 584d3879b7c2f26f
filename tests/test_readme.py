"""What the README shows is what happens."""

import doctest
import re
from pathlib import Path

import pytest

from detector import Detector

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_library_example_runs() -> None:
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False).failed == 0


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_both_commands_are_targets(command: str) -> None:
    assert command in README
    assert re.search(rf"^{command.split()[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_model_card_is_of_the_shipped_model(detector: Detector) -> None:
    card = (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert detector.model.manifest["digest"][:12] in card


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)]+)\)|`((?:docs|benchmarks)/[\w./-]+)`|`([A-Z_]+\.md)`", README))
def test_what_the_readme_points_to_exists(path: tuple[str, str, str]) -> None:
    assert (ROOT / "".join(path)).exists()
