"""What the service writes down: JSON, one object a line, to standard error. Never a word of an article."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Final

import structlog
from flask import g, has_request_context

__all__ = ["configure", "log_failure", "logger"]

_NAME: Final = "promo_detector"
_READERS: Final = ("courlan", "htmldate", "justext", "trafilatura")
"""Libraries that read articles and may quote them."""

_SHARED: Final[list[Any]] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def _without_messages(_logger: Any, _method: str, event: Any) -> Any:
    """Replace an exception by its type and the places it came through: its message may quote an article."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["where"] = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return event


def logger() -> Any:
    """Return the logger of the service; until `configure` was called it says what any Python library would."""
    return structlog.wrap_logger(
        logging.getLogger(_NAME),
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def log_failure(error: Exception) -> None:
    """Write down an error that nobody expected, by its type and the places it came through."""
    exchange = g.get("exchange") if has_request_context() else None
    logger().error("failure", request_id=exchange.request_id if exchange else None, exc_info=error)


def configure(level: str) -> None:
    """Let every logger of the process, gunicorn's too, write JSON lines to standard error.

    Parameters
    ----------
    level : str
        ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                _without_messages,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _READERS:
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
