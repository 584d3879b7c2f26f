"""The body of a request: read within its bounds, unpacked, parsed without leniency."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any, Final, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from api.deadlines import deadlines
from api.exchange import current
from api.problems import Problem, validation_problem
from api.service import service

__all__ = ["JSON", "NDJSON", "lines", "parse_json", "read_document", "read_model", "stated_type"]

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

PIECE_BYTES: Final = 64 * 1024
"""How much of a body is read at once."""

STREAM_PIECE_BYTES: Final = 8 * 1024
"""How much of a stream is read at once; less, so that answers do not wait for many lines."""

M = TypeVar("M", bound=BaseModel)


def _mimetype(allowed: tuple[str, ...]) -> str:
    stated = request.mimetype
    if stated not in allowed:
        raise Problem("media-type", f"The body is {stated or 'of no stated type'}; expected {' or '.join(allowed)}.")
    return stated


def stated_type(*allowed: str) -> str:
    """Return the media type of the request's body.

    Raises
    ------
    Problem
        If it is none of those allowed, or another character set than UTF-8 is stated.
    """
    stated = _mimetype(allowed)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise Problem("media-type", f"The character set is {charset}; expected utf-8.")
    return stated


def _is_packed() -> bool:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        detail = f"The body is encoded with {encoding}; expected gzip or nothing."
        raise Problem("media-type", detail, headers={"Accept-Encoding": "gzip"})
    return encoding.endswith("gzip")


def _cut_off(detail: str = "The body ended before its stated length.", error: Exception | None = None) -> Problem:
    if isinstance(error, TimeoutError) or deadlines.is_late(request.environ.get("gunicorn.socket")):
        return Problem("too-slow", f"The body did not arrive within {service().settings.read_timeout_s:g} seconds.")
    return Problem("cut-off", detail)


def _received(piece_bytes: int) -> Iterator[bytes]:
    """Yield the body as it comes, each piece in time."""
    client, timeout_s = request.environ.get("gunicorn.socket"), service().settings.read_timeout_s
    stream = request.stream
    is_whole = piece_bytes == PIECE_BYTES
    n_missing = request.content_length or 0
    deadlines.expect(client, timeout_s)
    try:
        while True:
            try:
                piece = stream.read(piece_bytes)
            except (HTTPException, OSError, EOFError) as error:
                raise _cut_off(error=error) from error
            except Exception as error:
                # The server's parser has errors of its own for a body in chunks that breaks off or is no body.
                if type(error).__module__.partition(".")[0] != "gunicorn":
                    raise
                raise _cut_off("The chunks of the body are broken, or end early.") from error
            n_missing -= len(piece)
            if not piece:
                if n_missing > 0 or deadlines.is_late(client):
                    raise _cut_off()
                return
            if not is_whole:
                deadlines.arrived(client)
            yield piece
            if not is_whole:
                deadlines.expect(client, timeout_s)
    finally:
        deadlines.arrived(client)


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip in bounded steps; several members may follow each other."""
    unpacker, has_begun = zlib.decompressobj(wbits=31), False
    for piece in pieces:
        data = piece
        while data:
            if unpacker.eof:
                unpacker, has_begun = zlib.decompressobj(wbits=31), False
            try:
                out = unpacker.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise Problem("cut-off", f"The body is not gzip: {error}.") from None
            has_begun = True
            if out:
                yield out
            data = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if has_begun and not unpacker.eof:
        raise _cut_off("The gzip body ends early.")


def _whole() -> bytes:
    """Return the body, of which never more than the limit is held."""
    settings = service().settings
    is_packed = _is_packed()
    if (request.content_length or 0) > settings.max_body_bytes:
        raise Problem("too-large", f"The body has {request.content_length} bytes; at most {settings.max_body_bytes} are read.")

    def counted() -> Iterator[bytes]:
        n_bytes = 0
        for piece in _received(PIECE_BYTES):
            n_bytes += len(piece)
            if n_bytes > settings.max_body_bytes:
                raise Problem("too-large", f"The body has more than {settings.max_body_bytes} bytes.")
            yield piece

    # One block that grows, and goes back to the system as a whole; many small ones would leave holes.
    body = bytearray()
    for part in _inflated(counted()) if is_packed else counted():
        body += part
        if len(body) > settings.max_inflated_bytes:
            raise Problem("too-large", f"Unpacked, the body has more than {settings.max_inflated_bytes} bytes.")
    return bytes(body)


def lines() -> Iterator[list[bytes | None]]:
    """Yield the lines of a streamed body, those together that come together; None for one that is longer than a body may be.

    No more than one line and one piece of the body are held.

    Raises
    ------
    Problem
        If the body breaks off.
    """
    limit = service().settings.max_body_bytes
    pieces = _received(STREAM_PIECE_BYTES)
    held: list[bytes] = []
    n_held, is_too_long = 0, False
    for piece in _inflated(pieces) if _is_packed() else pieces:
        *ends, rest = piece.split(b"\n")
        complete: list[bytes | None] = []
        for end in ends:
            complete.append(None if is_too_long or n_held + len(end) > limit else b"".join((*held, end)))
            held, n_held, is_too_long = [], 0, False
        if complete:
            yield complete
        n_held += len(rest)
        if n_held > limit:
            held, is_too_long = [], True
        elif rest:
            held.append(rest)
    if is_too_long or held:
        yield [None if is_too_long else b"".join(held)]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {json.dumps(twice[:80])} stands twice in one object")
    return found


def parse_json(data: bytes) -> Any:
    """Parse JSON, strictly: UTF-8, no name twice in an object, no NaN or Infinity.

    Raises
    ------
    Problem

    Examples
    --------
    >>> parse_json(b'{"text": "x"}')
    {'text': 'x'}
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise Problem("malformed", f"Byte {error.start} (0x{data[error.start]:02x}) is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Problem("malformed", f"{error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise Problem("malformed", "The values are nested too deeply.") from None
    except ValueError as error:
        message = "A number has too many digits" if "integer string conversion" in str(error) else str(error)
        raise Problem("malformed", f"{message}.") from None


def _read() -> bytes:
    exchange = current()
    with exchange.timed("read"):
        body = _whole()
    exchange.saw(body)
    return body


def read_document(*allowed: str) -> tuple[str, bytes]:
    """Read the body as it is; its encoding is its own affair.

    Parameters
    ----------
    *allowed : str
        Media types.

    Returns
    -------
    media_type : str
    body : bytes
        Unpacked.

    Raises
    ------
    Problem
    """
    return _mimetype(allowed), _read()


def read_model(model: type[M]) -> tuple[M, bytes]:
    """Read the body as JSON and check it.

    Parameters
    ----------
    model : type of BaseModel

    Returns
    -------
    value : BaseModel
    body : bytes
        Unpacked.

    Raises
    ------
    Problem
    """
    stated_type(JSON)
    body = _read()
    with current().timed("parse"):
        try:
            return model.model_validate(parse_json(body)), body
        except ValidationError as error:
            raise validation_problem(error) from None
