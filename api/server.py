"""The application under gunicorn, a production WSGI server."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from api.app import create_app

__all__ = ["serve"]


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def serve(host: str, port: int, workers: int, model: str | os.PathLike[str] | None = None) -> None:
    """Serve until a signal ends it.

    The model is loaded before the workers are forked, so they share its pages.

    Parameters
    ----------
    host : str
    port : int
        0 takes a free one.
    workers : int
        Processes.
    model : path, optional
        Folder of an artifact.
    """
    _Server(create_app(model), {"bind": f"{host}:{port}", "workers": workers, "timeout": 60, "graceful_timeout": 20}).run()
