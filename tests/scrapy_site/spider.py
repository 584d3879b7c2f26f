"""A spider such as a reader of news writes one: the articles of a house, as text, as HTML and as pages."""

from typing import Any, ClassVar

import scrapy


class HouseSpider(scrapy.Spider):
    name = "house"
    custom_settings: ClassVar[dict[str, Any]] = {
        "ITEM_PIPELINES": {"integrations.scrapy.PromoPipeline": 300},
        "PROMO_DETECTOR_TEXT_FIELDS": ["text"],
        "PROMO_DETECTOR_HTML_FIELDS": ["body"],
        "PROMO_DETECTOR_PAGE_FIELDS": ["page"],
        "PROMO_DETECTOR_RESULT_FIELD": "promo",
        "PROMO_DETECTOR_DROP": True,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, start: str) -> None:
        super().__init__()
        self.start_urls = [start]

    def parse(self, response):
        yield from response.follow_all(css="nav a", callback=self.parse_article)

    def parse_article(self, response):
        yield {
            "url": response.url,
            "title": response.css("h1::text").get(),
            "body": response.css("article").get(),
            "text": "\n\n".join("".join(p.css("::text").getall()) for p in response.css("article p")),
            "page": response.text,
        }
