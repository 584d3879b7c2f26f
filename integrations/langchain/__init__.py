"""LangChain: a document transformer.

Its base class is LangChain's, so it is made when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detector import ExtraMissing

if TYPE_CHECKING:
    from integrations.langchain.transformer import PromoRemover

__all__ = ["PromoRemover"]


def __getattr__(name: str) -> Any:
    if name != "PromoRemover":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from integrations.langchain.transformer import PromoRemover
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "langchain_core":
            raise
        raise ExtraMissing("langchain", "langchain-core") from None
    return PromoRemover
