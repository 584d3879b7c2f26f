"""The ways in from outside: the HTTP service and the command."""

from api.app import create_app

__all__ = ["create_app"]
