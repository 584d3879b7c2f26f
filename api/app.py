"""The Flask application: the one place that puts the service together."""

from __future__ import annotations

from importlib.metadata import version

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import access, exchange, problems
from api.access import Limiter
from api.openapi import openapi
from api.resources import RESOURCES
from api.service import NAME, Service
from api.settings import Settings
from detector import Detector

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, limiter: Limiter | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    settings : Settings, optional
        By default those of the environment.
    limiter : Limiter, optional
        By default a new one; a server hands the same on when it reloads.

    Returns
    -------
    Flask

    Raises
    ------
    ArtifactError
        If the model cannot be used.

    Examples
    --------
    >>> client = create_app().test_client()
    >>> client.post("/v1/clean", json={"text": "Der Dax schloss am Freitag im Plus."}).get_json()["verdict"]
    'editorial'
    """
    settings = Settings() if settings is None else settings
    app = Flask("api")
    keys = settings.keys()
    app.extensions[NAME] = Service(settings, Detector(settings.model), openapi(RESOURCES, version(NAME)), bool(keys))
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    exchange.register(app, settings.write_timeout_s)
    access.register(app, keys, Limiter(settings.rate_limit) if limiter is None else limiter, settings.cors_origins)
    problems.register(app)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    return app
