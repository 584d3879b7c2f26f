"""A document transformer that takes promotion out of documents, for the step between loading and splitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import BaseDocumentTransformer, Document

from detector import Detector, Result
from detector.caution import is_doubtful

__all__ = ["PromoRemover"]


class PromoRemover(BaseDocumentTransformer):
    """Take promotion and teasers out of documents.

    Parameters
    ----------
    detector : Detector, optional
        By default one with the model that comes with the package.
    is_html : bool
        Whether the documents hold HTML; by default they hold plain text.
    title_key : str
        Where the metadata has the headline.
    is_dropping : bool
        Whether documents that are promotional as a whole are left out.

    Notes
    -----
    The metadata gain ``promo_verdict``, ``promo_share`` and, with a headline, ``promo_clickbait``: single values, such as
    stores of vectors take. A document of which nearly everything would go keeps its content: a wrong guess must not empty
    an article. Documents are read whole, so transform before you split.

    Examples
    --------
    >>> document = Document(page_content="Der Dax stieg am Montag um 2 Prozent.", metadata={"title": "Dax steigt"})
    >>> PromoRemover().transform_documents([document])[0].metadata["promo_verdict"]
    'editorial'
    """

    def __init__(
        self, detector: Detector | None = None, *, is_html: bool = False, title_key: str = "title", is_dropping: bool = False
    ) -> None:
        self._detector = Detector() if detector is None else detector
        self._is_html, self._title_key, self._is_dropping = is_html, title_key, is_dropping

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> Sequence[Document]:
        """Clean documents.

        Parameters
        ----------
        documents : sequence of Document
        **kwargs
            None are known.

        Returns
        -------
        list of Document
            New ones, in their order, with the ids and the metadata of the old ones.

        Raises
        ------
        TypeError
            If an argument is not known.
        """
        if kwargs:
            raise TypeError(f"transform_documents() got an unexpected keyword argument {next(iter(kwargs))!r}")
        cleaned = [self._clean(document) for document in documents]
        return [document for document in cleaned if not self._is_dropping or document.metadata["promo_verdict"] != "promotional"]

    def _clean(self, document: Document) -> Document:
        title = document.metadata.get(self._title_key)
        title = title if isinstance(title, str) else None
        result: Result
        if self._is_html:
            result = found = self._detector.clean_html(document.page_content, title=title)
            text, content = found.extracted, found.html
        else:
            result = self._detector.clean(document.page_content, title=title)
            text, content = document.page_content, result.text
        metadata = {**document.metadata, "promo_verdict": result.verdict, "promo_share": result.promotional_share}
        if result.headline is not None:
            metadata["promo_clickbait"] = result.headline.score
        if is_doubtful(text, result):
            content = document.page_content
        return document.model_copy(update={"page_content": content, "metadata": metadata})
