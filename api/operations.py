"""What a resource says of itself: its routes, and the part of the OpenAPI document that describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint
from pydantic import BaseModel

__all__ = ["Operation", "Resource"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes
    ----------
    name : str
        Its ``operationId``.
    method, path : str
    summary, description : str
    answer : type of BaseModel, or str
        Body of the answer 200; a string is the media type of one that is not JSON.
    body : type of BaseModel, optional
        Body of the request.
    examples : mapping of str to (str, value)
        Examples of the request's body, each with a summary.
    streams : mapping of str to str
        Media types in which the same address takes and gives a line for each document, with an example.
    documents : mapping of str to value
        Media types of a body that is handed through as it is, with an example; the answer is of the same type.
    headers : mapping of str to str
        Further headers of the answer 200, which are numbers, with their descriptions.
    problems : tuple of str
        Kinds of problems beside those that any request may meet.
    parameters : tuple of dict
        Of the query.
    has_tag : bool
        Whether the answer has an entity tag.
    is_guarded : bool
        Whether API keys and the rate limit are asked.
    """

    name: str
    method: str
    path: str
    summary: str
    description: str
    answer: type[BaseModel] | str
    body: type[BaseModel] | None = None
    examples: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    streams: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    has_tag: bool = False
    is_guarded: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """A blueprint and what it offers."""

    blueprint: Blueprint
    operations: tuple[Operation, ...] = ()
