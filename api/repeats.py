"""Requests that were answered before: an entity tag over model, options and body."""

from __future__ import annotations

import hashlib

from flask import Response, request

from api.service import service

__all__ = ["entity_tag", "is_repeat", "not_modified", "tagged"]


def entity_tag(body: bytes = b"") -> str:
    """Return the tag of the answer to this request.

    The options are part of the body or of the address; the same body to the same model gives the same answer.
    """
    shared = service()
    digest = hashlib.sha256()
    for part in (shared.detector.model.manifest["digest"], shared.package_version, request.full_path):
        digest.update(f"{part}\n".encode("utf-8", "surrogatepass"))
    digest.update(body)
    return digest.hexdigest()[:32]


def is_repeat(tag: str) -> bool:
    """Tell whether the caller has the answer with this tag."""
    known = request.if_none_match
    return not known.star_tag and known.contains_weak(tag)


def tagged(response: Response, tag: str) -> Response:
    """Give a response its tag; the caller may keep it, but asks each time whether it still holds."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def not_modified(tag: str) -> Response:
    """Return the answer to a repeat."""
    return tagged(Response(status=304), tag)
