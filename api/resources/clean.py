"""``POST /v1/clean``: one article."""

from __future__ import annotations

from flask import Blueprint, Response

from api.answers import cleaned, json_response
from api.body import read_model
from api.operations import Operation, Resource
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import CleanAnswer, CleanRequest

__all__ = ["RESOURCE"]

blueprint = Blueprint("clean", __name__)


@blueprint.post("/v1/clean")
def clean() -> Response:
    """Clean one article."""
    article, body = read_model(CleanRequest)
    tag = entity_tag(body)
    if is_repeat(tag):
        return not_modified(tag)
    return tagged(json_response(cleaned(article)), tag)


_OFFER = (
    "Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.\n\n"
    "Harkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ..."
)

_HTML = (
    "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.</p>"
    '<div class="box"><b>Harkort: Kaufen oder verkaufen?</b> <a href="/x">Jetzt Gratis-Analyse sichern und weiterlesen ...</a></div>'
)

_PAGE = (
    f"<html><head><title>Harkort</title></head><body><nav>Start</nav><main><h1>Harkort verdient mehr</h1><article>{_HTML}</article></main>"
    "<footer>Impressum</footer></body></html>"
)

_ADVERTORIAL = (
    "Wie steht es wirklich um Nordlicht? Unsere Redaktion sagt Ihnen in einer kostenfreien Studie, was Aktionäre tun sollten. "
    "Sichern Sie sich Ihr Exemplar, solange es verfügbar ist."
)

RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="clean",
            method="POST",
            path="/v1/clean",
            summary="Clean an article",
            description="Labels the segments of an article and removes promotion and teasers, or the labels asked for. If nearly "
            "everything would go, the text comes back unchanged with the warning mostly_promotional, unless the caller insists. An "
            "article in HTML comes back as it came but for the elements and the text that were removed.",
            answer=CleanAnswer,
            body=CleanRequest,
            examples={
                "article": ("An article with an offer", {"text": _OFFER, "title": "Harkort verdient mehr"}),
                "label_only": ("Only label, with reasons", {"text": _OFFER, "remove": [], "explain": True, "offset_unit": "utf16"}),
                "insist": (
                    "Nothing but an offer, removed all the same",
                    {
                        "text": _ADVERTORIAL,
                        "insist": True,
                    },
                ),
                "html": ("An article in HTML", {"html": _HTML, "title": "Harkort verdient mehr"}),
                "page": ("A whole page", {"html": _PAGE, "page": True}),
                "empty": ("An empty text", {"text": ""}),
            },
            problems=("busy",),
            has_tag=True,
        ),
    ),
)
