"""Records of the corpus: documents, fragments and headlines, read from JSON lines and validated.

Layout of ``training/corpus/``; every line is one JSON object::

    documents/*.jsonl   {"lang", "kind", "voice", "title", "text", "spans": [{"start", "end", "label"}, ...]}
    fragments/*.jsonl   {"lang", "label", "kind", "voice", "text"}
    headlines/*.jsonl   {"lang", "kind", "voice", "text", "clickbait"}

``lang`` is ``de`` or ``en``; ``kind`` names what the text is, ``voice`` the kind of house it imitates, both in
lower_snake_case; ``spans`` are sorted, do not overlap, and hold every character that is not white space;
``clickbait`` is one of 0, 0.25, 0.5, 0.75 and 1.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from detector.errors import CorpusError
from detector.labels import LABELS, Label

__all__ = ["CORPUS", "GRADES", "LANGUAGES", "Corpus", "Document", "Fragment", "Headline", "Span", "read_corpus"]

CORPUS: Final = Path(__file__).parent / "corpus"
LANGUAGES: Final = ("de", "en")
GRADES: Final = (0, 0.25, 0.5, 0.75, 1)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text with its label; ``end`` is exclusive."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text whose every character is labelled."""

    lang: str
    kind: str
    voice: str
    title: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A passage of one label."""

    lang: str
    label: Label
    kind: str
    voice: str
    text: str


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline with its clickbait grade, from 0 to 1."""

    lang: str
    kind: str
    voice: str
    text: str
    clickbait: float


@dataclass(frozen=True, slots=True)
class Corpus:
    """All records, in the order of file names and lines, and the digest of their files."""

    documents: tuple[Document, ...]
    fragments: tuple[Fragment, ...]
    headlines: tuple[Headline, ...]
    digest: str


def read_corpus(folder: Path = CORPUS) -> Corpus:
    """Read and validate the corpus.

    Parameters
    ----------
    folder : Path
        Folder with ``documents``, ``fragments`` and ``headlines``.

    Returns
    -------
    Corpus

    Raises
    ------
    CorpusError
        If a file is not UTF-8, a line is not JSON or a record breaks the schema; the message names file and line.
    """
    digest = hashlib.sha256()
    records: dict[str, list[Any]] = {"documents": [], "fragments": [], "headlines": []}
    for name, parse in (("documents", _document), ("fragments", _fragment), ("headlines", _headline)):
        for path in sorted((folder / name).glob("*.jsonl")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
            for where, record in _lines(path):
                records[name].append(parse(record, where))
    if not any(records.values()):
        raise CorpusError(f"{folder}: no records; expected documents/, fragments/ and headlines/ with *.jsonl files")
    documents, fragments, headlines = (tuple(r) for r in records.values())
    return Corpus(documents, fragments, headlines, digest.hexdigest())


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: byte {error.start} is not valid UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise CorpusError(f"{where}: not JSON: {error.msg} at column {error.colno}") from None
        if not isinstance(record, dict):
            raise CorpusError(f"{where}: expected an object, got {type(record).__name__}")
        yield where, record


def _checked(record: dict[str, Any], where: str, extra: tuple[str, ...]) -> dict[str, Any]:
    expected = {"lang", "kind", "voice", "text", *extra}
    if set(record) != expected:
        missing, unknown = expected - set(record), set(record) - expected
        raise CorpusError(f"{where}: missing fields {sorted(missing)}, unknown fields {sorted(unknown)}")
    if record["lang"] not in LANGUAGES:
        raise CorpusError(f"{where}: lang {record['lang']!r} is not one of {LANGUAGES}")
    for field in ("kind", "voice"):
        if not isinstance(record[field], str) or not _NAME.fullmatch(record[field]):
            raise CorpusError(f"{where}: {field} {record[field]!r} is not a lower_snake_case name")
    if not isinstance(record["text"], str) or not record["text"].strip():
        raise CorpusError(f"{where}: text is empty or not a string")
    return record


def _label(value: object, where: str) -> Label:
    for label in LABELS:
        if value == label:
            return label
    raise CorpusError(f"{where}: label {value!r} is not one of {LABELS}")


def _document(record: dict[str, Any], where: str) -> Document:
    r = _checked(record, where, ("title", "spans"))
    text, at, spans = r["text"], 0, []
    for number, span in enumerate(r["spans"]):
        try:
            start, end, label = int(span["start"]), int(span["end"]), _label(span["label"], where)
        except (KeyError, TypeError, ValueError):
            raise CorpusError(f"{where}: span {number} {span!r} lacks a start, an end or a label") from None
        if not at <= start < end <= len(text):
            raise CorpusError(f"{where}: span {number} [{start}, {end}) does not follow {at} within 0 to {len(text)}")
        if text[at:start].strip():
            raise CorpusError(f"{where}: characters {at} to {start} belong to no span")
        spans.append(Span(start, end, label))
        at = end
    if text[at:].strip():
        raise CorpusError(f"{where}: characters {at} to {len(text)} belong to no span")
    return Document(r["lang"], r["kind"], r["voice"], r["title"], text, tuple(spans))


def _fragment(record: dict[str, Any], where: str) -> Fragment:
    r = _checked(record, where, ("label",))
    return Fragment(r["lang"], _label(r["label"], where), r["kind"], r["voice"], r["text"])


def _headline(record: dict[str, Any], where: str) -> Headline:
    r = _checked(record, where, ("clickbait",))
    if r["clickbait"] not in GRADES:
        raise CorpusError(f"{where}: clickbait {r['clickbait']!r} is not one of {GRADES}")
    return Headline(r["lang"], r["kind"], r["voice"], r["text"], float(r["clickbait"]))
