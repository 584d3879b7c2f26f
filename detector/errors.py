"""The tree of errors that this library raises.

::

    DetectorError
    ├── InputError          the caller's value is of the wrong type or outside its range
    │   ├── EncodingError   bytes that are not UTF-8, or not of the encoding they state
    │   └── FeedError       a feed that cannot or must not be read
    ├── ExtraMissing        an optional part of the installation is not there
    ├── ArtifactError       the trained model cannot be used
    │   ├── ArtifactMissing     a file of the artifact is not there
    │   ├── ArtifactTampered    the digest differs from the manifest's
    │   └── ArtifactIncompatible  another format version, or a type that is not allowed
    └── CorpusError         a record of the corpus breaks its schema
"""

from __future__ import annotations

__all__ = [
    "ArtifactError",
    "ArtifactIncompatible",
    "ArtifactMissing",
    "ArtifactTampered",
    "CorpusError",
    "DetectorError",
    "EncodingError",
    "ExtraMissing",
    "FeedError",
    "InputError",
]


class DetectorError(Exception):
    """Base of every error this project raises on purpose."""


class InputError(DetectorError, ValueError):
    """A value that the caller gave is of the wrong type or outside its range.

    Parameters
    ----------
    field : str
        Name of the argument or the JSON field.
    message : str
        What is wrong, with the value and the allowed range.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class EncodingError(InputError):
    """Bytes that are not valid UTF-8, or not of the encoding that their document states."""


class FeedError(InputError):
    """A feed that is not well-formed, of no known format, or that declares a document type or entities."""


class ExtraMissing(DetectorError):
    """A package is missing that only an optional part of this one needs.

    Parameters
    ----------
    extra : str
        Name of the optional part.
    package : str
    """

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(f"{package} is not installed; install promo-detector[{extra}]")
        self.extra = extra
        self.package = package


class ArtifactError(DetectorError):
    """The trained model cannot be used."""


class ArtifactMissing(ArtifactError):
    """A file of the artifact is not there."""


class ArtifactTampered(ArtifactError):
    """The bytes of the artifact do not have the digest that its manifest states."""


class ArtifactIncompatible(ArtifactError):
    """The artifact has another format version or holds a type that is not allowed."""


class CorpusError(DetectorError):
    """A record of the corpus breaks its schema; the message names file and line."""
