"""Entries of Miniflux: cleaned, and written back where that changed something."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from detector import Detector
from detector.caution import is_doubtful
from integrations.miniflux.calls import Caller, CallError

__all__ = ["Clean", "Entries", "by_library", "by_service"]

logger = logging.getLogger(__name__)

Clean: TypeAlias = Callable[[str, str | None], str]
"""A function of HTML and its headline that returns the HTML cleaned."""


def by_library(detector: Detector) -> Clean:
    """Return a function that cleans in this process.

    HTML of which nearly everything would go comes back as it is: a wrong guess must not empty an article.

    Examples
    --------
    >>> by_library(Detector())("<p>Der Dax stieg am Montag um 2 Prozent.</p>", "Dax steigt")
    '<p>Der Dax stieg am Montag um 2 Prozent.</p>'
    """

    def clean(html: str, title: str | None) -> str:
        result = detector.clean_html(html, title=title)
        return html if is_doubtful(result.extracted, result) else result.html

    return clean


def by_service(caller: Caller) -> Clean:
    """Return a function that asks a promo-detector service.

    The service itself gives back unchanged what would go nearly as a whole.

    Raises
    ------
    CallError
        If the service refuses the HTML, or is away.
    """

    def clean(html: str, title: str | None) -> str:
        answer = caller.call("POST", "/v1/clean", {"html": html, "title": title})
        cleaned = answer.get("html") if isinstance(answer, dict) else None
        if not isinstance(cleaned, str):
            raise CallError("POST /v1/clean is answered without HTML", is_refused=False)
        return cleaned

    return clean


class Entries:
    """What is done with new entries.

    Parameters
    ----------
    clean : callable
    miniflux : Caller
        With the key of the user whose entries they are.

    Notes
    -----
    Nothing is written where nothing changed, nor an empty content, which Miniflux refuses. Writing sends no event, and
    cleaning what is clean changes nothing, so no entry is written twice.
    """

    def __init__(self, clean: Clean, miniflux: Caller) -> None:
        self._clean, self._miniflux = clean, miniflux

    def handle(self, entries: Iterable[Any]) -> Counter[str]:
        """Clean entries and write them back.

        Parameters
        ----------
        entries : iterable
            As they stand in the event.

        Returns
        -------
        Counter
            How many were ``written``, ``unchanged`` or ``failed``.
        """
        counts: Counter[str] = Counter()
        is_away = False
        for entry in entries:
            # One that is away for this entry is away for the next, and waiting for each would take hours.
            fate = "failed" if is_away else "unchanged"
            if not is_away:
                try:
                    fate = self._handle(entry)
                except CallError as error:
                    logger.warning("entry %s stays as it is: %s", entry["id"], error)
                    fate, is_away = "failed", not error.is_refused
                except Exception:
                    logger.exception("an entry stays as it is")
                    fate = "failed"
            counts[fate] += 1
        logger.info("entries: %s", ", ".join(f"{n} {fate}" for fate, n in sorted(counts.items())) or "none")
        return counts

    def _handle(self, entry: Any) -> str:
        if not isinstance(entry, dict) or type(entry.get("id")) is not int or not isinstance(entry.get("content"), str):
            raise ValueError("an entry without number or content")
        html, title = entry["content"], entry.get("title")
        cleaned = self._clean(html, title if isinstance(title, str) else None)
        if cleaned == html or not cleaned.strip():
            return "unchanged"
        self._miniflux.call("PUT", f"/v1/entries/{entry['id']}", {"content": cleaned})
        return "written"
