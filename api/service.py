"""What every request shares: the settings, the model, and whose turn it is to use it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final, cast

from flask import current_app

from api.exchange import current
from api.problems import Problem
from api.settings import Settings
from detector import Detector

__all__ = ["NAME", "Service", "service"]

NAME: Final = "promo-detector"
"""Name of the distribution, and of our entry in the application's extensions."""

_VERSION_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Service:
    """What every request shares.

    Attributes
    ----------
    settings : Settings
    detector : Detector
    document : dict
        The OpenAPI document.
    has_keys : bool
        Whether API keys are asked for.
    """

    settings: Settings
    detector: Detector
    document: dict[str, Any]
    has_keys: bool
    _turns: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        # More threads than a few would not clean faster, only all of them later.
        object.__setattr__(self, "_turns", threading.BoundedSemaphore(self.settings.max_concurrent))

    @property
    def model_version(self) -> str:
        """Begin of the digest of the model."""
        return str(self.detector.model.manifest["digest"])[:_VERSION_DIGITS]

    @property
    def package_version(self) -> str:
        """Version of this package."""
        return version(NAME)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn at the model.

        Raises
        ------
        Problem
            If the service is too busy.
        """
        exchange = current()
        with exchange.timed("wait"):
            has_turn = self._turns.acquire(timeout=self.settings.queue_timeout_s)
        if not has_turn:
            raise Problem("busy", f"No turn came up within {self.settings.queue_timeout_s:g} seconds.", headers={"Retry-After": "5"})
        try:
            with exchange.timed("clean"):
                yield
        finally:
            self._turns.release()


def service() -> Service:
    """Return the service of the application that is answering."""
    return cast(Service, current_app.extensions[NAME])
