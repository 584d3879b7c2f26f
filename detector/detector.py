"""The detector: the one place that chains the steps from a text to a `Result`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector import cleaning, language, policy, tracing
from detector.artifact import SHIPPED
from detector.errors import InputError
from detector.explanation import Explainer
from detector.features import Features, extract, title_hashes
from detector.folding import Folded, fold
from detector.headline import score_headline
from detector.labels import DEFAULT_REMOVE, LABELS, UNWANTED, Label
from detector.markup import Markup, read
from detector.model import Model
from detector.page import main_content
from detector.pruning import cut, prune
from detector.result import Headline, HtmlResult, Language, Result, Segment, Verdict
from detector.segmentation import Sentences, segment

__all__ = ["PROMOTIONAL_SHARE", "Detector"]

PROMOTIONAL_SHARE: Final = 0.8
"""Share of promotional characters from which a text counts as promotional as a whole."""


@dataclass(frozen=True, slots=True)
class _Analysis:
    """What one pass over a text found."""

    text: str
    folded: Folded
    sentences: Sentences
    features: Features
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]


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
            Whether each segment carries its evidence.

        Returns
        -------
        Result
            Cleaning its text again changes nothing.

        Raises
        ------
        InputError
            If an argument is of the wrong type or outside its range.
        """
        if not isinstance(text, str):
            raise InputError("text", f"expected a string, got {type(text).__name__}")
        if title is not None and not isinstance(title, str):
            raise InputError("title", f"expected a string or nothing, got {type(title).__name__}")
        labels = policy.check_remove(remove)
        limit = policy.check_threshold(threshold)
        stated = _language_of(language, text)
        limit = self.model.threshold if limit is None else limit
        removed = np.array([label in labels for label in LABELS])

        first = self._analyse(text, title, limit)
        segments = self._segments(first, removed, explain)
        cleaned, origins = cleaning.cut(text, [(s.start, s.end, s.removed) for s in segments])
        while any(s.removed for s in segments):
            # What is left is read again until nothing more goes, so that cleaning the answer changes nothing.
            again = self._analyse(cleaned, title, limit)
            late = self._segments(again, removed, explain)
            if not any(s.removed for s in late):
                break
            segments = _refined(text, segments, late, origins)
            cleaned, kept = cleaning.cut(cleaned, [(s.start, s.end, s.removed) for s in late])
            origins = np.where(kept >= 0, origins[kept], -1)
        share = _share(text, segments)
        headline = None if title is None else score_headline(self.model, title, explain)
        return Result(cleaned, tuple(segments), stated, headline, round(share, 4), _verdict(share))

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
                segments = _refined(markup.text, segments, list(result.segments), tracing.origins(markup, current, kept))
        caller = markup if places is None else tracing.moved(markup, places)
        spans = caller.spans([(s.start, s.end) for s in segments])
        share = _share(markup.text, segments)
        told = {
            "text": current.text,
            "segments": tuple(tracing.in_html(s, where) for s, where in zip(segments, spans, strict=True)),
            "promotional_share": round(share, 4),
            "verdict": _verdict(share),
            "html": current.source,
            "extracted": markup.text,
        }
        return HtmlResult(**{field.name: getattr(first, field.name) for field in fields(Result)} | told), kept

    def clean_many(self, texts: Iterable[str], **options: object) -> Iterator[Result]:
        """Clean articles one after the other; the results come in the order of the texts.

        Parameters
        ----------
        texts : iterable of str
        **options
            As for `clean`.

        Yields
        ------
        Result

        Examples
        --------
        >>> [r.verdict for r in Detector().clean_many(["Der Dax schloss kaum verändert.", ""], language="de")]
        ['editorial', 'editorial']
        """
        for text in texts:
            yield self.clean(text, **options)  # type: ignore[arg-type]

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
        return score_headline(self.model, title, explain=True)

    def _analyse(self, text: str, title: str | None, threshold: float) -> _Analysis:
        sentences = segment(text)
        folded = fold(text)
        features = extract(folded, sentences, title_hashes(fold(title)) if title else None)
        logits = self.model.logits(features, len(sentences))
        probabilities = self.model.probabilities(logits, features.shape, sentences.blocks)
        return _Analysis(
            text, folded, sentences, features, logits, probabilities, policy.decide(probabilities, threshold, sentences.blocks)
        )

    def _segments(self, a: _Analysis, removed: NDArray[np.bool_], explain: bool) -> list[Segment]:
        """Join the sentences of one label inside a block."""
        n = len(a.sentences)
        if not n:
            return []
        change = np.flatnonzero((np.diff(a.labels) != 0) | (np.diff(a.sentences.blocks) != 0)) + 1
        firsts = np.concatenate(([0], change))
        lasts = np.append(change, n) - 1
        chars = (a.sentences.ends - a.sentences.starts).astype(np.float64)
        scores = a.probabilities[np.arange(n), a.labels] * chars
        means = np.add.reduceat(scores, firsts) / np.add.reduceat(chars, firsts)
        explainer = Explainer(self.model, a.text, a.folded, a.features, a.logits, a.probabilities) if explain else None
        out = []
        for first, last, start, end, label, score in zip(
            firsts.tolist(),
            lasts.tolist(),
            a.sentences.starts[firsts].tolist(),
            a.sentences.ends[lasts].tolist(),
            a.labels[firsts].tolist(),
            means.tolist(),
            strict=True,
        ):
            evidence = explainer.explain(first, last, label) if explainer else ()
            out.append(Segment(start, end, LABELS[label], round(min(score, 1.0), 4), bool(removed[label]), evidence))
        return out


def _language_of(stated: str | None, text: str) -> Language:
    return language.check_language(stated) or language.detect(text)


def _refined(text: str, segments: list[Segment], late: list[Segment], origins: NDArray[np.int64]) -> list[Segment]:
    """Carry the removals of a later pass back to the caller's offsets, splitting segments where they are cut."""
    gone: list[tuple[int, int, Segment]] = []
    for segment_ in late:
        if segment_.removed:
            where = origins[segment_.start : segment_.end]
            where = where[where >= 0]
            for run in np.split(where, np.flatnonzero(np.diff(where) != 1) + 1):
                if run.size:
                    gone.append((int(run[0]), int(run[-1]) + 1, segment_))
    out: list[Segment] = []
    for old in segments:
        at = old.start
        for start, end, by in gone:
            if old.removed or end <= old.start or start >= old.end:
                continue
            start, end = max(start, old.start), min(end, old.end)
            out.extend(_trimmed(text, replace(old, start=at, end=start)))
            out.append(replace(by, start=start, end=end))
            at = end
        out.extend(_trimmed(text, replace(old, start=at)))
    return out


def _trimmed(text: str, segment_: Segment) -> list[Segment]:
    """Return a segment without white space at its ends, or nothing where nothing else is left."""
    piece = text[segment_.start : segment_.end]
    start = segment_.start + len(piece) - len(piece.lstrip())
    return [replace(segment_, start=start, end=start + len(piece.strip()))] if piece.strip() else []


def _share(text: str, segments: Iterable[Segment]) -> float:
    """Return the promotional part of the characters that are not white space."""
    names: tuple[Label, ...] = tuple(LABELS[k] for k in UNWANTED)
    counts = {True: 0, False: 0}
    for s in segments:
        counts[s.label in names] += sum(map(len, text[s.start : s.end].split()))
    return counts[True] / max(1, counts[True] + counts[False])


def _verdict(share: float) -> Verdict:
    return "editorial" if share == 0 else "promotional" if share >= PROMOTIONAL_SHARE else "mixed"
