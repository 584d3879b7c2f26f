"""``POST /v1/batch``: many articles, in one body or as a stream of lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, stream_with_context
from pydantic import ValidationError

from api.answers import cleaned, json_bytes, json_response
from api.body import JSON, NDJSON, lines, parse_json, read_model, stated_type
from api.exchange import current
from api.logs import log_failure
from api.operations import Operation, Resource
from api.problems import Problem, document, validation_problem
from api.query import parameters, read_query
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import BatchAnswer, BatchDocument, BatchRequest, Defaults
from api.service import service

__all__ = ["RESOURCE"]

blueprint = Blueprint("batch", __name__)


@blueprint.post("/v1/batch")
def batch() -> Response:
    """Clean many articles."""
    if stated_type(JSON, NDJSON) == NDJSON:
        # Anything that is wrong with the options is said before the stream begins.
        return Response(stream_with_context(_streamed(read_query(Defaults).model_dump(exclude_unset=True))), content_type=NDJSON)
    asked, body = read_model(BatchRequest)
    limit = service().settings.max_documents
    if len(asked.documents) > limit:
        detail = f"{len(asked.documents)} documents; at most {limit} are taken at once, and any number as {NDJSON}"
        raise Problem("invalid", detail, [("/documents", detail)])
    tag = entity_tag(body)
    if is_repeat(tag):
        return not_modified(tag)
    defaults = asked.defaults.model_dump(exclude_unset=True)
    results = [_item(value, defaults, ("documents", number)) for number, value in enumerate(asked.documents)]
    return tagged(json_response({"results": results}), tag)


def _streamed(defaults: dict[str, Any]) -> Iterator[bytes]:
    """Yield a line for each line that is not empty, those together that came together."""
    number = 0
    try:
        for together in lines():
            answers = []
            for number, line in enumerate(together, number + 1):  # noqa: B020 the count goes on
                if line is None or line.strip():
                    answers.append(_answer(number, line, defaults))
            yield b"".join(answers)
    except Problem as problem:
        # The stream has begun, so its status is sent; what broke it is its last line.
        yield json_bytes({"line": number + 1, **_failed(None, problem)})


def _answer(number: int, line: bytes | None, defaults: dict[str, Any]) -> bytes:
    """Return the answer to a line."""
    try:
        if line is None:
            raise Problem("too-large", f"The line has more than {service().settings.max_body_bytes} bytes.")
        item = _item(parse_json(line), defaults, ())
    except Problem as problem:
        item = _failed(None, problem)
    return json_bytes({"line": number, **item})


def _item(value: Any, defaults: dict[str, Any], where: tuple[str | int, ...]) -> dict[str, Any]:
    """Return the result of a document, or its problem; nothing it holds can harm the others."""
    name = value.get("id") if isinstance(value, dict) else None
    name = name if isinstance(name, (str, int)) and not isinstance(name, bool) else None
    try:
        article = BatchDocument.model_validate({**defaults, **value} if isinstance(value, dict) else value)
        return {"id": name, "result": cleaned(article)}
    except ValidationError as error:
        return _failed(name, validation_problem(error, where))
    except Problem as problem:
        return _failed(name, problem)
    except Exception as error:
        log_failure(error)
        return _failed(name, Problem("failed", "The document was not cleaned. The log has more under the request's id."))


def _failed(name: str | int | None, problem: Problem) -> dict[str, Any]:
    return {"id": name, "problem": document(problem, current().request_id)}


_OF_A_STREAM = "Of a stream only, as its default."

RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="batch",
            method="POST",
            path="/v1/batch",
            summary="Clean many articles",
            description="Results come in the order of the documents, each with its id, and a document that is not valid has a problem in "
            "the place of a result. As application/x-ndjson, documents of any number stream in, one a line, and results stream out, "
            "one a line, with the number of the line; empty lines have no answer. A client reads while it sends.",
            answer=BatchAnswer,
            body=BatchRequest,
            examples={
                "two": (
                    "Two articles and a mistake",
                    {
                        "documents": [
                            {"id": "a", "text": "Der Dax schloss am Freitag im Plus."},
                            {"id": 2, "text": "Shares fell 3 percent.\n\nSubscribe now to get our free report!", "title": "Shares fall"},
                            {"id": "c", "text": None},
                        ],
                        "defaults": {"remove": ["promotion"], "explain": False},
                    },
                ),
            },
            streams={NDJSON: '{"id": 1, "text": "Der Dax schloss am Freitag im Plus."}\n{"id": 2, "text": "Shares fell 3 percent."}\n'},
            problems=("busy",),
            parameters=parameters(
                {
                    "language": f"Language of the texts. {_OF_A_STREAM}",
                    "remove": f"Labels to remove, separated by commas; empty to label only. {_OF_A_STREAM}",
                    "threshold": f"Threshold. {_OF_A_STREAM}",
                    "explain": f"Whether to give reasons. {_OF_A_STREAM}",
                    "insist": f"Whether to remove nearly everything where it is so. {_OF_A_STREAM}",
                    "offset_unit": f"Unit of the offsets. {_OF_A_STREAM}",
                }
            ),
            has_tag=True,
        ),
    ),
)
