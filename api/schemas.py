"""What goes in and out, as pydantic models; the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, LiteralString, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from detector.labels import Label
from detector.result import Verdict

__all__ = [
    "BatchAnswer",
    "BatchDocument",
    "BatchItem",
    "BatchRequest",
    "CleanAnswer",
    "CleanRequest",
    "Defaults",
    "FeedOptions",
    "HeadlineAnswer",
    "HeadlineRequest",
    "LabelsAnswer",
    "ModelAnswer",
    "OffsetUnit",
    "ProblemDocument",
    "StatusAnswer",
]

OffsetUnit = Literal["code_point", "utf16", "utf8"]

_SCHEMAS: Final = "#/components/schemas/"


class _In(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Decision(_In):
    language: str | None = Field(
        None, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", max_length=35, description="Language tag such as de; detected without it."
    )
    remove: list[Label] | None = Field(
        None, description="Labels of the segments to remove: by default promotion and teaser. An empty list only labels."
    )
    threshold: float | None = Field(
        None, ge=0, le=1, description="Probability from which a sentence counts as promotion or teaser; by default the model's own."
    )


class Defaults(_Decision):
    """How articles are cleaned, unless one says otherwise."""

    explain: bool = Field(False, description="Whether each segment carries its text, its score for each label, and its evidence.")
    insist: bool = Field(False, description="Whether segments are removed even where nearly the whole text would go.")
    offset_unit: OffsetUnit = Field(
        "code_point", description="Unit of start and end: Unicode code points, UTF-16 units (as in JavaScript and Java) or UTF-8 bytes."
    )


class FeedOptions(_Decision):
    """How a feed is cleaned."""

    mark: bool = Field(False, description="Whether each item gets a category with its verdict and the clickbait score of its title.")
    drop: Literal["promotional"] | None = Field(None, description="Verdict of the items to drop; none without it.")
    insist: bool = Field(False, description="Whether promotion is removed even from items of which nearly everything would go.")


def _without_default(schema: dict[str, Any]) -> None:
    # What stands in the place of a field that was not sent is nothing that could be sent.
    del schema["default"]


def _mistake(kind: LiteralString, message: LiteralString, field: str) -> ValidationError:
    # Raised like this, a mistake of the whole points to a field.
    line = InitErrorDetails(type=PydanticCustomError(kind, message), loc=(field,), input=None)
    return ValidationError.from_exception_data("CleanRequest", [line])


class CleanRequest(Defaults):
    """An article to clean: either text or html."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["html"]}]})

    text: str = Field("", description="The article in plain text; may be empty.", json_schema_extra=_without_default)
    html: str = Field(
        "", description="The article in HTML, a fragment or a document, however broken; may be empty.", json_schema_extra=_without_default
    )
    page: bool = Field(False, description="Whether the HTML is a whole page, of which only the main content counts.")
    title: str | None = Field(None, description="Its headline, which is scored for clickbait and tells what the article is about.")
    url: str | None = Field(
        None, pattern=r"^https?://\S+$", max_length=2048, description="Where it is from. It is never fetched, and changes nothing so far."
    )

    @property
    def is_html(self) -> bool:
        """Whether the article came in HTML."""
        return "html" in self.model_fields_set

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if "text" not in self.model_fields_set and not self.is_html:
            raise _mistake("missing_source", "Send the article as text or as html; one of them is required", "text")
        if "text" in self.model_fields_set and self.is_html:
            raise _mistake("two_sources", "Send either text or html, not both", "html")
        if self.page and not self.is_html:
            raise _mistake("text_page", "Only html can be a page", "page")
        return self


def _check_id(value: Any) -> str | int:
    # A union of pydantic would name the type it tried in the pointer of the mistake.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise PydanticCustomError("id", "Input should be a string or a whole number")
    return value


Id = Annotated[
    Any,
    PlainValidator(_check_id),
    WithJsonSchema({"type": ["string", "integer"], "description": "The caller's name for the document; it comes back with the result."}),
]


class BatchDocument(CleanRequest):
    """An article of a batch; what it does not say is taken from the defaults."""

    id: Id


class BatchRequest(_In):
    """Articles to clean, in one request."""

    documents: Annotated[
        list[Any], WithJsonSchema({"type": "array", "items": {"$ref": _SCHEMAS + "BatchDocument"}, "title": "Documents"})
    ] = Field(description="A document that is not valid gets a problem of its own; the others are cleaned.")
    defaults: Defaults = Field(default=Defaults(), description="What holds for the documents that do not say otherwise.")


class HeadlineRequest(_In):
    """Headlines to score."""

    titles: list[str] = Field(description="The headlines.")


class EvidenceAnswer(_Out):
    """A reason for a score."""

    text: str = Field(description="The word as it stands in the text, or (context) for what stands around it and for its form.")
    share: float = Field(gt=0, le=1, description="Its part of all that spoke for the label.")


class SpanAnswer(_Out):
    """A stretch of the caller's HTML."""

    start: int = Field(ge=0, description="Where it begins, in the unit asked for.")
    end: int = Field(ge=0, description="Where it ends, exclusive.")


class SegmentAnswer(_Out):
    """A maximal run of sentences of one label inside a block."""

    start: int = Field(ge=0, description="Where it begins in the caller's text, or in extracted, in the unit asked for.")
    end: int = Field(ge=0, description="Where it ends, exclusive.")
    label: Label
    score: float = Field(ge=0, le=1, description="Calibrated probability of the label.")
    removed: bool = Field(description="Whether the cleaned text lacks it.")
    text: str | None = Field(None, description="Its text; only with explain.")
    scores: dict[Label, float] | None = Field(None, description="The probability of each label; only with explain.")
    evidence: list[EvidenceAnswer] | None = Field(None, description="Reasons, strongest first; only with explain.")
    html_spans: list[SpanAnswer] | None = Field(
        None, description="Where its characters stand in the caller's HTML, in order; only for html. Between two of them stand tags."
    )


class LanguageAnswer(_Out):
    """A language."""

    code: str = Field(description="ISO 639 code, und where it cannot be told.")
    score: float = Field(ge=0, le=1, description="Its probability; 1 where the caller stated it.")


class HeadlineScore(_Out):
    """How much of a headline is clickbait."""

    score: float = Field(ge=0, le=1, description="Probability of clickbait.")
    evidence: list[EvidenceAnswer] = Field(description="The words that moved it, strongest first.")


class WarningAnswer(_Out):
    """Something the caller should know of."""

    code: Literal["mostly_promotional", "language"] = Field(
        description="mostly_promotional: nearly everything would have gone, so nothing was removed; send insist to have it removed. "
        "language: the text is neither German nor English, for which the model was made."
    )
    detail: str


class CleanAnswer(_Out):
    """A cleaned article."""

    text: str = Field(description="The caller's text without the removed segments; for html the text that is left in it.")
    html: str | None = Field(
        None, description="The caller's HTML without what was removed, byte for byte; with page its main content. Only for html."
    )
    extracted: str | None = Field(None, description="The text of the HTML before anything was removed; offsets count in it. Only for html.")
    language: LanguageAnswer
    model_version: str
    verdict: Verdict = Field(description="editorial: nothing promotional was found; promotional: nearly all is; mixed: between.")
    promotional_share: float = Field(ge=0, le=1, description="Part of the characters labelled promotion or teaser, white space aside.")
    headline: HeadlineScore | None = Field(description="Score of the title; null without one.")
    warnings: list[WarningAnswer]
    offset_unit: OffsetUnit
    segments: list[SegmentAnswer] = Field(
        description="They cover the whole text: between them stands nothing but white space, so a removal can be undone."
    )


class MistakeAnswer(_Out):
    """One of the mistakes in a body."""

    pointer: str = Field(description="JSON pointer (RFC 6901) to the field.")
    detail: str


class ProblemDocument(_Out):
    """A problem, as RFC 9457 has it."""

    type: str = Field(description="urn:promo-detector:problem: and the kind; the same for each problem of a kind.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What went wrong this time.")
    pointer: str | None = Field(None, description="JSON pointer to the first mistake in the body.")
    errors: list[MistakeAnswer] | None = Field(None, description="All mistakes in the body, up to twenty.")
    request_id: str | None = Field(None, description="The id of the request, to be found in the log.")


class BatchItem(_Out):
    """A document's result, or its problem."""

    id: str | int | None = Field(description="The caller's; null where none could be read.")
    line: int | None = Field(None, ge=1, description="Its line; only in a stream.")
    result: CleanAnswer | None = Field(None, description="Only where it was cleaned.")
    problem: ProblemDocument | None = Field(None, description="Only where it was not.")


class BatchAnswer(_Out):
    """The results of a batch, in the order of its documents."""

    results: list[BatchItem]


class HeadlineItem(HeadlineScore):
    """A scored headline."""

    title: str


class HeadlineAnswer(_Out):
    """Scores, in the order of the headlines."""

    model_version: str
    headlines: list[HeadlineItem]


class LabelAnswer(_Out):
    """A label."""

    name: Label
    meaning: str
    removed_by_default: bool
    threshold: float | None = Field(
        ge=0, le=1, description="Probability, of promotion and teaser together, from which a sentence gets one of the two; null for others."
    )


class LabelsAnswer(_Out):
    """All labels."""

    model_version: str
    labels: list[LabelAnswer]


class ModelAnswer(_Out):
    """The model that answers."""

    model_version: str
    package_version: str
    manifest: dict[str, Any] = Field(description="What the artifact says of itself: digest, corpus, settings, versions.")
    figures: dict[str, Any] = Field(description="What was measured when it was made.")


class StatusAnswer(_Out):
    """A state of the service."""

    status: Literal["ok", "ready"]
