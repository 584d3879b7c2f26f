"""Miniflux: a handler for its signed webhook that cleans new entries and writes them back."""

from integrations.miniflux.application import create_app
from integrations.miniflux.calls import Caller, CallError
from integrations.miniflux.entries import Entries, by_library, by_service
from integrations.miniflux.webhook import Webhook

__all__ = ["CallError", "Caller", "Entries", "Webhook", "by_library", "by_service", "create_app"]
