"""The trained model on disk: a joblib file of plain arrays and a manifest that states its digest.

``model.joblib`` holds one dictionary of numpy arrays; ``manifest.json`` beside it holds the SHA-256 of that file, the
format version, the order of the labels, the versions of the libraries that trained it, the digest of the corpus and the
figures. The digest is checked before a byte is unpickled, and unpickling knows no type but arrays of numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler
from numpy.typing import NDArray

from detector.errors import ArtifactIncompatible, ArtifactMissing, ArtifactTampered
from detector.labels import LABELS

__all__ = ["FORMAT", "SHIPPED", "load", "save"]

FORMAT: Final = 2
"""Version of the layout of the arrays; an artifact of another version is refused."""

SHIPPED: Final = Path(__file__).parent / "data"
"""Folder of the artifact that comes with the package."""

_MODEL: Final = "model.joblib"
_MANIFEST: Final = "manifest.json"


def _plain_dtype(spec: Any, *rest: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(spec, *rest)
    if dtype.kind not in "fiub":
        raise ArtifactIncompatible(f"the artifact holds an array of type {dtype.str!r}; allowed are numbers and booleans")
    return dtype


class _ArrayUnpickler(NumpyUnpickler):  # type: ignore[misc]
    """Unpickle dictionaries, strings, numbers and arrays of numbers; refuse every other type."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "NumpyArrayWrapper" and module == "joblib.numpy_pickle":
            return NumpyArrayWrapper
        if module.partition(".")[0] == "numpy" and name in ("ndarray", "dtype"):
            return np.ndarray if name == "ndarray" else _plain_dtype
        raise ArtifactIncompatible(f"the artifact holds the type {module}.{name}; allowed are arrays and plain values")


def load(folder: str | os.PathLike[str] = SHIPPED) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Load an artifact.

    Parameters
    ----------
    folder : path
        Folder with ``model.joblib`` and ``manifest.json``.

    Returns
    -------
    arrays : dict of str to ndarray
        Memory-mapped and read-only, so that processes on one machine share them.
    manifest : dict

    Raises
    ------
    ArtifactMissing
        If one of the two files is not there.
    ArtifactTampered
        If the digest of the file is not the manifest's.
    ArtifactIncompatible
        If the format version or the labels differ, or a type is not allowed.
    """
    model, manifest_path = Path(folder) / _MODEL, Path(folder) / _MANIFEST
    for path in (model, manifest_path):
        if not path.is_file():
            raise ArtifactMissing(f"{path}: no such file; 'python -m training fit' makes it")
    try:
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactIncompatible(f"{manifest_path}: not JSON: {error}") from None
    if manifest.get("format") != FORMAT:
        raise ArtifactIncompatible(f"{manifest_path}: format {manifest.get('format')!r}, this version reads {FORMAT}")
    if manifest.get("labels") != list(LABELS):
        raise ArtifactIncompatible(f"{manifest_path}: labels {manifest.get('labels')!r}, expected {list(LABELS)}")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    if digest != manifest.get("digest"):
        raise ArtifactTampered(f"{model}: SHA-256 is {digest}, the manifest states {manifest.get('digest')!r}")
    with model.open("rb") as file:
        try:
            arrays = _ArrayUnpickler(str(model), file, False, mmap_mode="r").load()
        except ArtifactIncompatible:
            raise
        except Exception as error:
            raise ArtifactIncompatible(f"{model}: cannot be read: {type(error).__name__}: {error}") from None
    return arrays, manifest


def save(folder: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Write an artifact; the files are complete or not there at all.

    Parameters
    ----------
    folder : path
        Made where missing.
    arrays : mapping of str to ndarray
        Arrays of numbers only.
    manifest : mapping
        Further entries of the manifest; ``digest``, ``format``, ``labels`` and ``bytes`` are added.

    Returns
    -------
    dict
        The manifest as written.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    plain = {name: _fresh(arrays[name]) for name in sorted(arrays)}
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        model = Path(scratch) / _MODEL
        joblib.dump(plain, model)
        content = model.read_bytes()
        complete = {
            **manifest,
            "digest": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "format": FORMAT,
            "labels": list(LABELS),
        }
        written = Path(scratch) / _MANIFEST
        written.write_text(json.dumps(complete, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(model, target / _MODEL)
        os.replace(written, target / _MANIFEST)
    return complete


def _fresh(array: NDArray[Any]) -> NDArray[Any]:
    """Copy an array into one of the standard type object.

    Arrays that came from another process carry type objects of their own, which a pickle writes out one by one; equal
    content must give equal bytes.
    """
    copy: NDArray[Any] = np.empty(array.shape or (1,), dtype=np.dtype(array.dtype.str))
    copy[...] = array
    return copy
