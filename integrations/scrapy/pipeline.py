"""An item pipeline that takes promotion out of the fields of scraped items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from detector import Detector, ExtraMissing, Result
from detector.caution import is_doubtful
from detector.result import Verdict

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["PromoPipeline"]

TEXT_FIELDS: Final = ("text",)
HTML_FIELDS: Final = ("html",)
TITLE_FIELD: Final = "title"


class PromoPipeline:
    """Take promotion and teasers out of the fields of each item.

    Parameters
    ----------
    detector : Detector
    text_fields, html_fields, page_fields : sequence of str
        Fields that hold plain text, fragments of HTML, and whole pages; those that an item lacks are passed over, and so
        are values that are no strings.
    title_field : str
        Field of the headline.
    result_field : str, optional
        Field that gets what was found: ``verdict``, ``promotional_share`` and ``clickbait`` (None without a headline), of
        the longest of the fields.
    is_dropping : bool
        Whether items that are promotional as a whole are dropped.
    crawler : Crawler, optional
        Its statistics count, as ``promo_detector/…``: ``items``, ``changed``, ``promotional``, ``no_text``.

    Raises
    ------
    ExtraMissing
        If Scrapy is not installed.

    Notes
    -----
    A field of which nearly everything would go is left as it is: a wrong guess must not empty an article.

    Examples
    --------
    >>> PromoPipeline(Detector()).process_item({"title": "Dax steigt", "text": "Der Dax stieg am Montag um 2 Prozent."})
    {'title': 'Dax steigt', 'text': 'Der Dax stieg am Montag um 2 Prozent.'}
    """

    def __init__(
        self,
        detector: Detector,
        *,
        text_fields: Sequence[str] = TEXT_FIELDS,
        html_fields: Sequence[str] = HTML_FIELDS,
        page_fields: Sequence[str] = (),
        title_field: str = TITLE_FIELD,
        result_field: str | None = None,
        is_dropping: bool = False,
        crawler: Crawler | None = None,
    ) -> None:
        try:
            from itemadapter import ItemAdapter
            from scrapy.exceptions import DropItem
        except ModuleNotFoundError as error:
            raise ExtraMissing("scrapy", (error.name or "scrapy").partition(".")[0]) from None
        self._adapt, self._drop = ItemAdapter, DropItem
        self._detector = detector
        self._fields = [*((name, "text") for name in text_fields), *((name, "html") for name in html_fields)]
        self._fields += [(name, "page") for name in page_fields]
        self._title_field, self._result_field, self._is_dropping = title_field, result_field, is_dropping
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PromoPipeline:
        """Make the pipeline that the settings ``PROMO_DETECTOR_…`` ask for; Scrapy calls this."""
        settings = crawler.settings
        model = settings.get("PROMO_DETECTOR_MODEL")
        return cls(
            Detector() if model is None else Detector(model),
            text_fields=settings.getlist("PROMO_DETECTOR_TEXT_FIELDS", [*TEXT_FIELDS]),
            html_fields=settings.getlist("PROMO_DETECTOR_HTML_FIELDS", [*HTML_FIELDS]),
            page_fields=settings.getlist("PROMO_DETECTOR_PAGE_FIELDS"),
            title_field=settings.get("PROMO_DETECTOR_TITLE_FIELD", TITLE_FIELD),
            result_field=settings.get("PROMO_DETECTOR_RESULT_FIELD"),
            is_dropping=settings.getbool("PROMO_DETECTOR_DROP"),
            crawler=crawler,
        )

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Clean an item.

        Parameters
        ----------
        item : any that itemadapter knows
            Changed in place.
        spider
            Older versions of Scrapy hand it over; it is not used.

        Returns
        -------
        any
            The item.

        Raises
        ------
        DropItem
            If the item is promotional as a whole and such items are dropped.
        """
        adapter = self._adapt(item)
        title = adapter.get(self._title_field)
        title = title if isinstance(title, str) else None
        longest: tuple[int, Result] | None = None
        is_changed = False
        for name, kind in self._fields:
            value = adapter.get(name)
            if not isinstance(value, str):
                continue
            result, cleaned = self._clean(value, kind, title)
            longest = max(longest or (-1, result), (len(value), result), key=lambda pair: pair[0])
            if cleaned != value:
                adapter[name] = cleaned
                is_changed = True
        self._count("items")
        if longest is None:
            self._count("no_text")
            return item
        result = longest[1]
        if is_changed:
            self._count("changed")
        verdict: Verdict = result.verdict
        if verdict == "promotional":
            self._count("promotional")
            if self._is_dropping:
                raise self._drop(f"promotional as a whole: {result.promotional_share:.0%}")
        if self._result_field is not None:
            clickbait = None if result.headline is None else result.headline.score
            adapter[self._result_field] = {
                "verdict": verdict,
                "promotional_share": result.promotional_share,
                "clickbait": clickbait,
            }
        return item

    def _clean(self, value: str, kind: str, title: str | None) -> tuple[Result, str]:
        if kind == "text":
            result = self._detector.clean(value, title=title)
            return result, value if is_doubtful(value, result) else result.text
        is_page = kind == "page"
        found = self._detector.clean_html(value, page=is_page, title=title)
        if not is_doubtful(found.extracted, found):
            return found, found.html
        # Of a page its main content stays, as it is.
        return found, self._detector.clean_html(value, page=True, title=title, remove=()).html if is_page else value

    def _count(self, what: str) -> None:
        if self._crawler is not None and self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"promo_detector/{what}")
