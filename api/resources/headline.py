"""``POST /v1/headline``: headlines, scored for clickbait."""

from __future__ import annotations

from flask import Blueprint, Response

from api.answers import evidence, json_response
from api.body import read_model
from api.operations import Operation, Resource
from api.problems import Problem
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import HeadlineAnswer, HeadlineRequest
from api.service import service

__all__ = ["RESOURCE"]

blueprint = Blueprint("headline", __name__)


@blueprint.post("/v1/headline")
def headline() -> Response:
    """Score headlines."""
    asked, body = read_model(HeadlineRequest)
    shared = service()
    limit = shared.settings.max_documents
    if len(asked.titles) > limit:
        detail = f"{len(asked.titles)} titles; at most {limit} are taken at once"
        raise Problem("invalid", detail, [("/titles", detail)])
    tag = entity_tag(body)
    if is_repeat(tag):
        return not_modified(tag)
    with shared.turn():
        scores = [shared.detector.score_headline(title) for title in asked.titles]
    headlines = [
        {"title": title, "score": score.score, "evidence": evidence(score.evidence)}
        for title, score in zip(asked.titles, scores, strict=True)
    ]
    return tagged(json_response({"model_version": shared.model_version, "headlines": headlines}), tag)


RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="headline",
            method="POST",
            path="/v1/headline",
            summary="Score headlines",
            description="Scores how much of each headline is clickbait, and names the words that moved the score.",
            answer=HeadlineAnswer,
            body=HeadlineRequest,
            examples={
                "two": ("Bait, and news", {"titles": ["Diese Aktie könnte sich jetzt verdoppeln!", "Siemens hebt die Prognose an"]}),
                "none": ("None", {"titles": []}),
            },
            problems=("busy",),
            has_tag=True,
        ),
    ),
)
