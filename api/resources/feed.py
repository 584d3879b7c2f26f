"""``POST /v1/feed``: a feed in, the same feed out."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, Response, request

from api import metrics
from api.body import read_document
from api.exchange import current
from api.operations import Operation, Resource
from api.problems import Problem
from api.query import parameters, read_query
from api.repeats import entity_tag, is_repeat, not_modified, tagged
from api.schemas import FeedOptions
from api.service import service
from detector import EncodingError, FeedError, clean_feed
from detector.labels import DEFAULT_REMOVE

__all__ = ["RESOURCE"]

blueprint = Blueprint("feed", __name__)

XML: Final = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml")
JSON: Final = ("application/feed+json", "application/json")
_CHARSET: Final = re.compile(r"[A-Za-z0-9._:-]{1,40}")


@blueprint.post("/v1/feed")
def feed() -> Response:
    """Clean a feed."""
    options = read_query(FeedOptions)
    media_type, body = read_document(*XML, *JSON)
    charset = request.mimetype_params.get("charset", "")
    content_type = f"{media_type}; charset={charset}" if _CHARSET.fullmatch(charset) else media_type
    tag = entity_tag(content_type.encode() + b"\n" + body)
    if is_repeat(tag):
        return not_modified(tag)
    shared, exchange = service(), current()
    try:
        with shared.turn():
            result = clean_feed(
                shared.detector,
                body,
                mark=options.mark,
                drop=options.drop,
                is_cautious=not options.insist,
                language=options.language,
                remove=DEFAULT_REMOVE if options.remove is None else options.remove,
                threshold=options.threshold,
            )
    except (EncodingError, FeedError) as error:
        raise Problem("not-a-feed", error.message) from None
    exchange.n_documents += len(result.items)
    for item in result.items:
        metrics.DOCUMENTS.labels(item.verdict).inc()
    response = Response(result.document, content_type=content_type)
    response.headers["X-Items"] = str(len(result.items))
    response.headers["X-Items-Changed"] = str(sum(item.is_changed and not item.is_dropped for item in result.items))
    response.headers["X-Items-Dropped"] = str(sum(item.is_dropped for item in result.items))
    response.headers["X-Items-Promotional"] = str(sum(item.verdict == "promotional" for item in result.items))
    return tagged(response, tag)


_OFFER = (
    "&lt;p&gt;Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent.&lt;/p&gt;"
    "&lt;p&gt;&lt;b&gt;Harkort: Kaufen oder verkaufen?&lt;/b&gt; Jetzt Gratis-Analyse sichern und weiterlesen ...&lt;/p&gt;"
)
_RSS = (
    '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Haus</title><link>https://house.example/</link>'
    "<description>Nachrichten</description><item><title>Harkort verdient mehr</title><guid>1</guid>"
    f"<description>{_OFFER}</description></item></channel></rss>\n"
)
_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>House</title><id>urn:house</id><updated>2026-01-01T00:00:00Z</updated>'
    "<entry><title>Shares fall</title><id>urn:house:1</id><updated>2026-01-01T00:00:00Z</updated>"
    '<content type="html">&lt;p&gt;Shares fell 3 percent on Friday.&lt;/p&gt;</content></entry></feed>\n'
)
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    '<channel rdf:about="https://house.example/"><title>Haus</title></channel>'
    '<item rdf:about="https://house.example/1"><title>Der Dax stieg</title><description>Der Dax stieg am Freitag.</description></item>'
    "</rdf:RDF>\n"
)
_JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "House",
    "items": [{"id": "1", "title": "Shares fall", "content_html": "<p>Shares fell 3 percent on Friday.</p>"}],
}

RESOURCE = Resource(
    blueprint,
    (
        Operation(
            name="feed",
            method="POST",
            path="/v1/feed",
            summary="Clean a feed",
            description="Takes an RSS 2.0, RSS 1.0, Atom or JSON Feed document and gives the same document back, cleaned: its description, "
            "content:encoded, summary and content; all else, the encoding included, byte for byte. The encoding is the one that the "
            "document states. Items of which nearly everything would go stay as they are, unless the caller insists. Document types "
            "are refused, no entity is expanded, nothing is fetched.",
            answer="application/xml",
            documents={
                **dict.fromkeys(XML, _RSS),
                "application/atom+xml": _ATOM,
                "application/rdf+xml": _RDF,
                **dict.fromkeys(JSON, _JSON_FEED),
            },
            headers={
                "X-Items": "Items of the feed.",
                "X-Items-Changed": "Items from which something was removed.",
                "X-Items-Dropped": "Items that were dropped.",
                "X-Items-Promotional": "Items that are promotional as a whole.",
            },
            problems=("busy", "not-a-feed"),
            parameters=parameters(
                {
                    "mark": "Whether each item gets a category such as promo-detector:verdict=mixed,clickbait=0.83.",
                    "drop": "Verdict of the items to drop; none without it.",
                    "insist": "Whether promotion is removed even from items of which nearly everything would go.",
                    "language": "Language of the items; detected without it.",
                    "remove": "Labels to remove, separated by commas; by default promotion and teaser.",
                    "threshold": "Probability from which a sentence counts as promotion or teaser.",
                }
            ),
            has_tag=True,
        ),
    ),
)
