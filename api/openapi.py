"""The OpenAPI document, made of the resources' operations and of the schemas that pydantic generates."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.operations import Operation, Resource
from api.problems import KINDS, MEDIA_TYPE
from api.schemas import BatchDocument, BatchItem, ProblemDocument

__all__ = ["VERSION", "openapi"]

VERSION: Final = "3.1.0"
"""Of OpenAPI."""

_REF: Final = "#/components/schemas/{model}"
_BODY_PROBLEMS: Final = ("malformed", "cut-off", "too-slow", "too-large", "media-type", "invalid")
_GUARD_PROBLEMS: Final = ("unauthorized", "rate")
_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "X-Request-Id": {"description": "The caller's id of the request, or a new one.", "schema": {"type": "string"}},
    "Server-Timing": {"description": "Milliseconds of each step.", "schema": {"type": "string"}},
    "ETag": {
        "description": "Tag over model, options and body; sent back as If-None-Match it saves a repeat.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(model=model.__name__)}}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _document_schema(media_type: str) -> dict[str, Any]:
    return {"type": "object" if media_type.endswith("json") else "string", "description": "The document, as it is."}


def _answers(operation: Operation) -> dict[str, Any]:
    tag = ("ETag",) if operation.has_tag else ()
    content: dict[str, Any] = (
        {operation.answer: {"schema": {"type": "string"}}}
        if isinstance(operation.answer, str)
        else {"application/json": _content(operation.answer)}
    )
    for media_type in operation.streams:
        content[media_type] = {"schema": {"type": "string", "description": "Lines, each a BatchItem."}}
    for media_type in operation.documents:
        content[media_type] = {"schema": _document_schema(media_type)}
    numbers = {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}, "required": True}
        for name, text in operation.headers.items()
    }
    answers: dict[str, Any] = {
        "200": {"description": "The answer.", "headers": {**_headers("X-Request-Id", "Server-Timing", *tag), **numbers}, "content": content}
    }
    if tag:
        answers["304"] = {"description": "The answer is the one that If-None-Match names.", "headers": _headers("X-Request-Id", "ETag")}
    kinds = [
        *operation.problems,
        *(_BODY_PROBLEMS if operation.body or operation.documents else ()),
        *(_GUARD_PROBLEMS if operation.is_guarded else ()),
    ]
    for status in sorted({KINDS[kind][0] for kind in kinds}):
        titles = [KINDS[kind][1] for kind in dict.fromkeys(kinds) if KINDS[kind][0] == status]
        answers[str(status)] = {"$ref": f"#/components/responses/{HTTPStatus(status).name.title().replace('_', '')}"} if titles else {}
    return answers


def _problem_responses() -> dict[str, Any]:
    responses = {}
    for status in sorted({status for status, _ in KINDS.values()}):
        titles = [title for other, title in KINDS.values() if other == status]
        extra = ("Retry-After",) if status in (429, 503) else ()
        responses[HTTPStatus(status).name.title().replace("_", "")] = {
            "description": "; or: ".join(titles) + ".",
            "headers": _headers("X-Request-Id", "Server-Timing", *extra),
            "content": {MEDIA_TYPE: _content(ProblemDocument)},
        }
    return responses


def _described(operation: Operation) -> dict[str, Any]:
    value: dict[str, Any] = {
        "operationId": operation.name,
        "tags": ["articles" if operation.is_guarded else "operation"],
        "summary": operation.summary,
        "description": operation.description,
        "responses": _answers(operation),
    }
    parameters = list(operation.parameters)
    if operation.has_tag:
        schema = {"type": "string"}
        parameters.append({"name": "If-None-Match", "in": "header", "schema": schema, "description": "Tag of an answer that is known."})
    if parameters:
        value["parameters"] = parameters
    if operation.body is not None:
        content = _content(operation.body)
        content["examples"] = {name: {"summary": summary, "value": example} for name, (summary, example) in operation.examples.items()}
        value["requestBody"] = {"required": True, "content": {"application/json": content}}
        for media_type, example in operation.streams.items():
            schema = {"type": "string", "description": "Lines, each a BatchDocument."}
            value["requestBody"]["content"][media_type] = {"schema": schema, "examples": {"lines": {"value": example}}}
    if operation.documents:
        content = {
            media_type: {"schema": _document_schema(media_type), "examples": {"document": {"value": example}}}
            for media_type, example in operation.documents.items()
        }
        value["requestBody"] = {"required": True, "content": content}
    if operation.is_guarded:
        value["security"] = [{"bearer": []}, {"header": []}, {}]
    return value


def openapi(resources: Iterable[Resource], version: str) -> dict[str, Any]:
    """Make the OpenAPI document.

    Parameters
    ----------
    resources : iterable of Resource
    version : str
        Of the API, which is the package's.

    Returns
    -------
    dict
    """
    operations = [operation for resource in resources for operation in resource.operations]
    models: dict[type[BaseModel], JsonSchemaMode] = {
        BatchDocument: "validation",
        BatchItem: "serialization",
        ProblemDocument: "serialization",
    }
    for operation in operations:
        if operation.body is not None:
            models[operation.body] = "validation"
        if not isinstance(operation.answer, str):
            models[operation.answer] = "serialization"
    _, definitions = models_json_schema(list(models.items()), ref_template=_REF)
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": VERSION,
        "info": {
            "title": "promo-detector",
            "version": version,
            "summary": "Takes promotional text out of financial articles, German and English.",
            "description": "Post an article, get it back without what the sales desk slipped in, with each segment's label and score. "
            "Offsets are 0-based, end-exclusive. Errors are problem documents (RFC 9457). Bodies may be gzip (Content-Encoding). "
            "No address is ever fetched, and no article is logged or kept.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [
            {"name": "articles", "description": "What a client asks."},
            {"name": "operation", "description": "What an operator asks."},
        ],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "responses": _problem_responses(),
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, where the operator asks for one."},
                "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key in another header."},
            },
        },
    }
