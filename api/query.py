"""Options that stand in the address."""

from __future__ import annotations

import contextlib
from typing import Any, Final, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from api.problems import validation_problem

__all__ = ["parameters", "read_query"]

M = TypeVar("M", bound=BaseModel)

_TRUTHS: Final = {"": True, "true": True, "false": False}


def read_query(model: type[M]) -> M:
    """Read the query of the request and check it.

    A list stands there separated by commas; a truth is ``true``, ``false`` or, for true, its name alone.

    Raises
    ------
    Problem
    """
    value: dict[str, Any] = {}
    for name, text in request.args.items():
        field = model.model_fields.get(name)
        value[name] = text
        if name == "remove":
            value[name] = [label for label in text.split(",") if label]
        elif field is not None and field.annotation is bool:
            value[name] = _TRUTHS.get(text, text)
        elif name == "threshold":
            with contextlib.suppress(ValueError):
                value[name] = float(text)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise validation_problem(error) from None


_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "language": {"type": "string"},
    "remove": {"type": "string"},
    "threshold": {"type": "number", "minimum": 0, "maximum": 1},
    "offset_unit": {"enum": ["code_point", "utf16", "utf8"]},
    "drop": {"enum": ["promotional"]},
}


def parameters(descriptions: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """Return the OpenAPI description of options in the address; those of no other schema are truths.

    Examples
    --------
    >>> parameters({"mark": "Whether items are marked."})
    ({'name': 'mark', 'in': 'query', 'schema': {'type': 'boolean'}, 'description': 'Whether items are marked.'},)
    """
    return tuple(
        {"name": name, "in": "query", "schema": _SCHEMAS.get(name, {"type": "boolean"}), "description": text}
        for name, text in descriptions.items()
    )
