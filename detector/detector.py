"""The detector: the one place that chains the steps from a text to a `Result`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from detector import cleaning, language, policy, tracing
from detector.artifact import SHIPPED
from detector.batches import Article, checked, gather
from detector.errors import InputError
from detector.headline import Titles, read_titles, score_titles
from detector.labels import DEFAULT_REMOVE, LABELS
from detector.markup import Markup, read
from detector.model import Model
from detector.page import main_content
from detector.pruning import cut, prune
from detector.reading import read_texts
from detector.result import Headline, HtmlResult, Language, Result, Segment
from detector.verdict import promotional_share, verdict_of

__all__ = ["Detector"]


@dataclass(frozen=True, slots=True)
class _Options:
    """What holds for all texts of a call."""

    language: Language | None
    removed: tuple[bool, ...]
    threshold: float
    explain: bool


class Detector:
    """Separate editorial text from promotional text.

    Parameters
    ----------
    path : path, optional
        Folder of an artifact; by default the one that comes with the package.

    Raises
    ------
    ArtifactError
        If the artifact is missing, tampered with or of another format.

    Examples
    --------
    >>> detector = Detector()
    >>> result = detector.clean("Der Umsatz stieg um 4 Prozent auf 2,1 Milliarden Euro, teilte der Konzern mit.")
    >>> result.verdict, [segment.label for segment in result.segments]
    ('editorial', ['editorial'])
    """

    def __init__(self, path: str | os.PathLike[str] = SHIPPED) -> None:
        self.path = path
        self.model = Model.load(path)

    def clean(
        self,
        text: str,
        *,
        title: str | None = None,
        language: str | None = None,
        remove: Collection[str] = DEFAULT_REMOVE,
        threshold: float | None = None,
        explain: bool = False,
    ) -> Result:
        """Label the segments of an article and remove the unwanted ones.

        Parameters
        ----------
        text : str
            The article; may be empty.
        title : str, optional
            Its headline, which is scored for clickbait and tells what the article is about.
        language : str, optional
            Language tag such as ``de``; by default the language is detected.
        remove : collection of str
            Labels of the segments to remove; empty to label only.
        threshold : float, optional
            Probability, in [0, 1], from which a sentence counts as promotion or teaser; by default the model's own.
        explain : bool
            Whether each segment carries its evidence and the scores of all labels.

        Returns
        -------
        Result
            Cleaning its text again changes nothing.

        Raises
        ------
        InputError
            If an argument is of the wrong type or outside its range.
        """
        options = self._check(language, remove, threshold, explain)
        return self._clean_batch([checked(text, title)], options)[0]

    def clean_html(
        self,
        html: str,
        *,
        page: bool = False,
        title: str | None = None,
        language: str | None = None,
        remove: Collection[str] = DEFAULT_REMOVE,
        threshold: float | None = None,
        explain: bool = False,
    ) -> HtmlResult:
        """Label the segments of an article in HTML and remove the unwanted ones with their elements.

        Parameters
        ----------
        html : str
            A fragment or a document, however broken; may be empty.
        page : bool
            Whether it is a whole page, of which only the main content counts. Needs the extra ``page`` (trafilatura).
        title, language, remove, threshold, explain
            As for `clean`.

        Returns
        -------
        HtmlResult
            Cleaning its HTML again, as a fragment, changes nothing.

        Raises
        ------
        InputError
            If an argument is of the wrong type or outside its range.
        ExtraMissing
            If ``page`` is asked for and the extra is not installed.

        Notes
        -----
        Everything outside the removed stretches is the caller's HTML, character by character. An element goes when all its
        text does, else only text goes, so that no tag loses its partner.

        Examples
        --------
        >>> report = (
        ...     "<p>Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet.</p>"
        ...     "<p>Analysten raten zum Kauf der Aktie und sehen das Kursziel bei 26 Euro.</p>"
        ... )
        >>> offer = "<div class='box'><b>Harkort: Kaufen oder verkaufen?</b> Jetzt Gratis-Analyse sichern und weiterlesen ...</div>"
        >>> result = Detector().clean_html(report + offer, title="Harkort verdient mehr")
        >>> result.html == report
        True
        >>> [(report + offer)[span.start : span.end] for span in result.segments[-1].html_spans]
        ['Harkort: Kaufen oder verkaufen?', ' Jetzt Gratis-Analyse sichern und weiterlesen ...']
        """
        if not isinstance(html, str):
            raise InputError("html", f"expected a string, got {type(html).__name__}")
        if not isinstance(page, bool):
            raise InputError("page", f"expected true or false, got {page!r}")
        places = main_content(html) if page else None
        source = html if places is None else "".join(html[a:b] for a, b in places)
        return self.clean_markup(
            read(source),
            np.concatenate([np.arange(a, b) for a, b in places]) if places else None,
            title=title,
            language=language,
            remove=remove,
            threshold=threshold,
            explain=explain,
        )[0]

    def clean_markup(self, markup: Markup, places: NDArray[np.int64] | None = None, **options: Any) -> tuple[HtmlResult, NDArray[np.int64]]:
        """Clean markup that was read before.

        Parameters
        ----------
        markup : Markup
        places : ndarray of int64, shape (len(markup.source),), optional
            Where each character of the source stands in the caller's string; by default it is the caller's string.
        **options
            As for `clean`.

        Returns
        -------
        result : HtmlResult
        kept : ndarray of int64
            Offsets in ``markup.source`` of the characters of ``result.html``.

        Examples
        --------
        >>> result, kept = Detector().clean_markup(read("<p>Der Dax stieg.</p>"), language="de")
        >>> result.html, len(kept)
        ('<p>Der Dax stieg.</p>', 21)
        """
        first = result = self.clean(markup.text, **options)
        segments = list(first.segments)
        current, kept = markup, np.arange(len(markup.source))
        while any(s.removed for s in result.segments):
            gone = prune(current, tracing.staying(current, result.segments))
            if not gone.any():
                break
            kept = kept[~gone]
            current = read(cut(current.source, gone), markup.kind)
            if current.text == result.text:
                break
            # Without its neighbours a text may read differently in its markup: what is left is judged until nothing more goes.
            result = self.clean(current.text, **{**options, "language": "und"})
            if any(s.removed for s in result.segments):
                segments = cleaning.refine(markup.text, segments, list(result.segments), tracing.origins(markup, current, kept))
        caller = markup if places is None else tracing.moved(markup, places)
        spans = caller.spans([(s.start, s.end) for s in segments])
        share = promotional_share(markup.text, segments)
        told = {
            "text": current.text,
            "segments": tuple(tracing.in_html(s, where) for s, where in zip(segments, spans, strict=True)),
            "promotional_share": round(share, 4),
            "verdict": verdict_of(share),
            "html": current.source,
            "extracted": markup.text,
        }
        return HtmlResult(**{field.name: getattr(first, field.name) for field in fields(Result)} | told), kept

    def clean_many(
        self,
        texts: Iterable[str],
        *,
        titles: Iterable[str | None] | None = None,
        language: str | None = None,
        remove: Collection[str] = DEFAULT_REMOVE,
        threshold: float | None = None,
        explain: bool = False,
        n_jobs: int = 1,
    ) -> Iterator[Result]:
        """Clean articles, several at a time; the results come in the order of the texts, and are those of `clean`.

        Parameters
        ----------
        texts : iterable of str
            Read as the results are asked for, some dozens ahead.
        titles : iterable of str or None, optional
            A headline for each text.
        language, remove, threshold, explain
            As for `clean`, for all texts.
        n_jobs : int
            Processes; they share the memory of the model.

        Yields
        ------
        Result

        Raises
        ------
        InputError
            If an argument is of the wrong type or outside its range, or the titles are not as many as the texts.

        Examples
        --------
        >>> [r.verdict for r in Detector().clean_many(["Der Dax schloss kaum verändert.", ""], language="de")]
        ['editorial', 'editorial']
        """
        options = self._check(language, remove, threshold, explain)
        if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs < 1:
            raise InputError("n_jobs", f"{n_jobs!r} is not a whole number from 1 on")
        batches = gather(texts, titles)
        if n_jobs == 1:
            results: Iterable[list[Result]] = (self._clean_batch(batch, options) for batch in batches)
        else:
            results = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(_clean_elsewhere)(self.path, b, options) for b in batches)
        return (result for batch in results for result in batch)

    def score_headline(self, title: str) -> Headline:
        """Score how much of a headline is clickbait.

        Parameters
        ----------
        title : str

        Returns
        -------
        Headline
            With its evidence.

        Raises
        ------
        InputError
            If the title is not a string.

        Examples
        --------
        >>> detector = Detector()
        >>> bait = detector.score_headline("Diese Aktie könnte sich jetzt verdoppeln!")
        >>> bait.score > detector.score_headline("Siemens hebt die Prognose für 2026 an").score
        True
        """
        if not isinstance(title, str):
            raise InputError("title", f"expected a string, got {type(title).__name__}")
        return score_titles(self.model, read_titles([title]), 1, explain=True)[0]

    def _check(self, stated: str | None, remove: Collection[str], threshold: float | None, explain: bool) -> _Options:
        labels = policy.check_remove(remove)
        limit = policy.check_threshold(threshold)
        removed = tuple(label in labels for label in LABELS)
        return _Options(language.check_language(stated), removed, self.model.threshold if limit is None else limit, explain)

    def _clean_batch(self, batch: Sequence[Article], options: _Options) -> list[Result]:
        texts = [text for text, _ in batch]
        has_title = any(title is not None for _, title in batch)
        titles = read_titles([title or "" for _, title in batch]) if has_title else None
        segments = self._read(texts, titles, options)
        cleaned, origins = [], []
        for text, own in zip(texts, segments, strict=True):
            short, kept = cleaning.cut(text, own)
            cleaned.append(short)
            origins.append(kept)
        again = [any(s.removed for s in own) for own in segments]
        while any(again):
            # What is left is read again until nothing more goes, so that cleaning the answer changes nothing. A text that
            # is done goes in empty, for the titles keep their numbers.
            left = [text if more else "" for text, more in zip(cleaned, again, strict=True)]
            for k, late in enumerate(self._read(left, titles, options)):
                again[k] = any(s.removed for s in late)
                if again[k]:
                    segments[k] = cleaning.refine(texts[k], segments[k], late, origins[k])
                    cleaned[k], kept = cleaning.cut(cleaned[k], late)
                    origins[k] = np.where(kept >= 0, origins[k][kept], -1)
        headlines = score_titles(self.model, titles, len(texts), options.explain) if titles else []
        out = []
        for k, (text, title) in enumerate(batch):
            share = promotional_share(text, segments[k])
            headline = None if title is None else headlines[k]
            told = options.language or language.detect(text)
            out.append(Result(cleaned[k], tuple(segments[k]), told, headline, round(share, 4), verdict_of(share)))
        return out

    def _read(self, texts: Sequence[str], titles: Titles | None, options: _Options) -> list[list[Segment]]:
        reading = read_texts(self.model, texts, titles, options.threshold)
        return reading.segments(options.removed, self.model if options.explain else None)


@lru_cache(maxsize=2)
def _loaded(path: str) -> Detector:
    return Detector(path)


def _clean_elsewhere(path: str | os.PathLike[str], batch: list[Article], options: _Options) -> list[Result]:
    """Clean a batch in a process of its own, whose detector is loaded once."""
    return _loaded(os.fspath(path))._clean_batch(batch, options)
