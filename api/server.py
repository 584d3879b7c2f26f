"""The application under gunicorn, a production WSGI server."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from threadpoolctl import threadpool_limits

from api.logs import configure
from api.settings import Settings
from detector import DetectorError

__all__ = ["serve"]

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 only a place for the files by which gunicorn sees that workers live
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Numbers of options of ``mallopt``, from glibc's ``malloc.h``."""


class _Log(Logger):  # type: ignore[misc]
    """Gunicorn's log, through the handler that all of the process writes to."""

    def setup(self, cfg: Any) -> None:
        # At its level of debug, gunicorn writes down addresses as they come.
        self.loglevel = max(logging.INFO, logging.getLogger().level)
        for log in (self.error_log, self.access_log):
            log.handlers[:] = []
            log.setLevel(self.loglevel)
            log.propagate = True
        # Our own log has a line for each request.
        self.access_log.disabled = True


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with the application loaded once, before the workers are forked, so that they share its memory."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        from api.access import Limiter
        from api.app import create_app

        self._settings, self._options = settings, options
        self._limiter = Limiter(settings.rate_limit)
        self._app = create_app(settings, self._limiter)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def reload(self) -> None:
        """Load the model and the file of keys anew, at the signal HUP; what is broken leaves the old ones at work."""
        from api.app import create_app

        log = logging.getLogger("gunicorn.error")
        try:
            self._app = create_app(self._settings, self._limiter)
        except (DetectorError, ValueError) as error:
            log.error("reload: the old model and keys stay at work: %s", error)
        super().reload()


def _free_place(workers: Any) -> int:
    taken = {getattr(worker, "place", None) for worker in workers}
    return next(place for place in range(len(taken) + 1) if place not in taken)


def _give_memory_back() -> None:
    """Let glibc give large blocks back to the system, and share arenas among threads.

    By itself it keeps what it once needed: an arena a thread, and blocks up to the size of the largest body.
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library, which has no such options
        tune = ctypes.CDLL(None).mallopt
        tune(_M_MMAP_THRESHOLD, 256 * 1024)
        tune(_M_ARENA_MAX, 2)


def serve(settings: Settings) -> None:
    """Serve until a signal ends it.

    ``HUP`` loads the model anew and replaces the workers one by one, without losing a request; ``TERM`` lets running
    requests end.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    ArtifactError
        If the model cannot be used.
    """
    configure(settings.log_level)
    arbiter_pid = os.getpid()
    folder = tempfile.mkdtemp(prefix="promo-detector-")
    # Read by prometheus-client when it is imported, which nothing above has done.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from api import metrics
    from api.worker import Worker

    Worker.head_timeout_s = min(Worker.head_timeout_s, settings.read_timeout_s)

    def pre_fork(arbiter: Any, worker: Any) -> None:
        worker.place = _free_place(arbiter.WORKERS.values())

    def post_fork(_arbiter: Any, worker: Any) -> None:
        metrics.take_place(worker.place)
        # The products of an article are small: threads of its own for each cost more than they save, many times so where
        # several workers share a few cores.
        threadpool_limits(1)
        _give_memory_back()

    def child_exit(_arbiter: Any, worker: Any) -> None:
        metrics.free_place(worker.place)

    options = {
        "bind": f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": Worker,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "logger_class": _Log,
        "keepalive": settings.keep_alive_s,
        "graceful_timeout": settings.graceful_timeout_s,
        "timeout": 60,
        "proc_name": "promo-detector",
        "control_socket_disable": True,
        "pre_fork": pre_fork,
        "post_fork": post_fork,
        "child_exit": child_exit,
    }
    try:
        _Server(settings, options).run()
    finally:
        # Workers come through here too when they end; the folder is the arbiter's.
        if os.getpid() == arbiter_pid:
            shutil.rmtree(folder, ignore_errors=True)
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]
