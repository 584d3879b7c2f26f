"""The handler as its environment asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from detector import Detector
from integrations.miniflux.calls import Caller
from integrations.miniflux.entries import Entries, by_library, by_service
from integrations.miniflux.webhook import Webhook

__all__ = ["create_app"]


def create_app(environ: Mapping[str, str] | None = None) -> Webhook:
    """Make the WSGI application.

    Parameters
    ----------
    environ : mapping of str to str, optional
        By default the environment of the process. ``MINIFLUX_URL``, ``MINIFLUX_API_KEY`` and ``MINIFLUX_WEBHOOK_SECRET``
        are needed. With ``CLEAN_URL`` (and ``CLEAN_KEY``) a promo-detector service cleans, else this process does.

    Returns
    -------
    Webhook

    Raises
    ------
    ValueError
        If one is missing or is no address.
    ArtifactError
        If this process cleans and the model cannot be used.
    """
    environ = os.environ if environ is None else environ
    names = ("MINIFLUX_URL", "MINIFLUX_API_KEY", "MINIFLUX_WEBHOOK_SECRET")
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise ValueError(f"{' and '.join(missing)} must be set")
    url, key, secret = (environ[name] for name in names)
    miniflux = Caller(url, {"X-Auth-Token": key})
    service = environ.get("CLEAN_URL")
    if service:
        keys = {"X-Api-Key": environ["CLEAN_KEY"]} if environ.get("CLEAN_KEY") else {}
        clean = by_service(Caller(service, keys))
    else:
        clean = by_library(Detector())
    return Webhook(secret, Entries(clean, miniflux).handle)
