"""Separate what the newsroom wrote from what the sales desk slipped in.

>>> from detector import Detector
>>> Detector().clean("Die Aktie fiel am Montag um 3 Prozent.", language="de").text
'Die Aktie fiel am Montag um 3 Prozent.'
"""

from detector.detector import Detector
from detector.errors import (
    ArtifactError,
    ArtifactIncompatible,
    ArtifactMissing,
    ArtifactTampered,
    CorpusError,
    DetectorError,
    EncodingError,
    ExtraMissing,
    FeedError,
    InputError,
)
from detector.feed import FeedItem, FeedResult, clean_feed
from detector.labels import LABELS
from detector.result import Evidence, Headline, HtmlResult, HtmlSegment, Language, Result, Segment, Span

__all__ = [
    "LABELS",
    "ArtifactError",
    "ArtifactIncompatible",
    "ArtifactMissing",
    "ArtifactTampered",
    "CorpusError",
    "Detector",
    "DetectorError",
    "EncodingError",
    "Evidence",
    "ExtraMissing",
    "FeedError",
    "FeedItem",
    "FeedResult",
    "Headline",
    "HtmlResult",
    "HtmlSegment",
    "InputError",
    "Language",
    "Result",
    "Segment",
    "Span",
    "clean_feed",
]
