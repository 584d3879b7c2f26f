"""A detector that needs no judgement: a sentence that says "Reklame" is promotion, any other is editorial.

With it the tests of markup and feeds say what they expect to go, whatever the trained model thinks of their sentences.
"""

from collections.abc import Collection

from detector import Detector, Headline, Language, Result, Segment
from detector.cleaning import cut
from detector.labels import DEFAULT_REMOVE
from detector.segmentation import segment

WORD = "Reklame"


class MarkedDetector(Detector):
    def __init__(self) -> None:
        pass

    def is_promotion(self, text: str, start: int, end: int) -> bool:
        return WORD in text[start:end]

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
        sentences = segment(text)
        segments = []
        for start, end in zip(sentences.starts.tolist(), sentences.ends.tolist(), strict=True):
            is_promotion = self.is_promotion(text, start, end)
            segments.append(Segment(start, end, "promotion" if is_promotion else "editorial", 1.0, is_promotion and "promotion" in remove))
        cleaned, _ = cut(text, segments)
        n = sum(s.label == "promotion" for s in segments)
        verdict = "editorial" if not n else "promotional" if n == len(segments) else "mixed"
        return Result(cleaned, tuple(segments), Language("de", 1.0), None, float(n > 0), verdict)

    def score_headline(self, title: str) -> Headline:
        return Headline(0.5)
