"""What is installed is all that the packages need."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from conftest import ROOT

SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
FOLDERS = [ROOT / name.replace(".", "/") for name in SETUP["packages"]]


@pytest.mark.parametrize("name", SETUP["packages"])
def test_each_file_of_a_package_is_installed(name: str) -> None:
    folder = ROOT / name.replace(".", "/")
    patterns = ["*.py", *SETUP["package-data"].get(name, [])]
    files = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not any(path.is_relative_to(other) for other in FOLDERS if other != folder and other.is_relative_to(folder))
    ]
    needed = [f for f in files if "__pycache__" not in f and not f.startswith("freshrss/") and Path(f).name != "README.md"]
    assert [f for f in needed if not any(fnmatch(f, pattern) for pattern in patterns)] == []


def test_each_package_is_installed() -> None:
    found = {path.parent for top in ("api", "detector", "integrations", "training") for path in (ROOT / top).rglob("__init__.py")}
    assert found <= set(FOLDERS)
