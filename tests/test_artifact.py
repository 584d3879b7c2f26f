import json
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest

from detector import ArtifactIncompatible, ArtifactMissing, ArtifactTampered, Detector, artifact
from detector.artifact import SHIPPED, load, save


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "artifact"))


def _restate(folder: Path) -> None:
    """Make the manifest agree with the model file again, so that only the content is at fault."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["digest"] = hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_copy_loads_and_answers_alike(copy: Path, detector: Detector) -> None:
    text = "Der Umsatz stieg. Jetzt den kostenlosen Report sichern!"
    assert Detector(copy).clean(text, language="de") == detector.clean(text, language="de")


def test_arrays_are_read_only_and_shared(copy: Path) -> None:
    arrays, _ = load(copy)
    assert isinstance(arrays["weights"], np.memmap)
    assert not arrays["weights"].flags.writeable


@pytest.mark.parametrize("name", ["model.joblib", "manifest.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtifactMissing, match=name):
        load(copy)


def test_one_flipped_bit_is_refused_before_unpickling(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray((copy / "model.joblib").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.joblib").write_bytes(data)
    monkeypatch.setattr(artifact, "_ArrayUnpickler", None)
    with pytest.raises(ArtifactTampered, match="SHA-256"):
        load(copy)


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a function", {"weights": _Evil()}),
        ("an object array", {"weights": np.array([_Evil()], dtype=object)}),
        ("a class", {"weights": Path("x")}),
    ],
)
def test_types_that_are_not_plain_are_refused(copy: Path, capsys: pytest.CaptureFixture[str], name: str, value: object) -> None:
    joblib.dump(value, copy / "model.joblib")
    _restate(copy)
    with pytest.raises(ArtifactIncompatible):
        load(copy)
    assert "executed" not in capsys.readouterr().out


def test_plain_pickle_of_code_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "model.joblib").write_bytes(pickle.dumps(_Evil()))
    _restate(copy)
    with pytest.raises(ArtifactIncompatible, match="allowed are arrays and plain values"):
        load(copy)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("field", "value"), [("format", 99), ("labels", ["editorial"])])
def test_another_format_is_refused(copy: Path, field: str, value: object) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, field: value}))
    with pytest.raises(ArtifactIncompatible, match=field):
        load(copy)


def test_arrays_of_another_model_are_refused(tmp_path: Path) -> None:
    save(tmp_path, {"weights": np.zeros(3)}, {})
    with pytest.raises(ArtifactIncompatible, match="expected"):
        Detector(tmp_path)


def test_saving_twice_gives_the_same_digest(tmp_path: Path) -> None:
    arrays = {"b": np.arange(5.0), "a": np.ones((2, 2), dtype=np.float16)}
    assert save(tmp_path / "1", arrays, {})["digest"] == save(tmp_path / "2", dict(reversed(arrays.items())), {})["digest"]
    assert sorted(p.name for p in (tmp_path / "1").iterdir()) == ["manifest.json", "model.joblib"]


def test_the_shipped_artifact_is_small() -> None:
    assert (SHIPPED / "model.joblib").stat().st_size < 8_000_000


def test_a_model_of_another_lexicon_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["lexicon"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactIncompatible, match="trained with lexicon '000"):
        Detector(copy)
