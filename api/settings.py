"""What the operator may set, by environment variable or by option of ``promo-detector serve``."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from detector.artifact import SHIPPED

__all__ = ["MIN_KEY_CHARS", "PREFIX", "Settings", "SettingsError", "add_options", "read_settings"]

PREFIX: Final = "PROMO_DETECTOR_"
"""Begin of each environment variable."""

MIN_KEY_CHARS: Final = 16
"""Shortest API key: shorter ones can be guessed."""

MAX_DEADLINE_S: Final = 3600

_ORIGIN: Final = re.compile(r"\*|https?://[A-Za-z0-9.-]+(:\d{1,5})?")


class SettingsError(ValueError):
    """A setting has a value that is not allowed; the message names the option, the variable and the reason."""


class Settings(BaseSettings):
    """The settings of the service; `add_options` and the README list them.

    Examples
    --------
    >>> Settings(workers=4).workers
    4
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(2, ge=1, le=256, description="processes")
    threads: int = Field(8, ge=1, le=256, description="threads a process, each serves one connection at a time")
    model: Path = Field(SHIPPED, description="folder of a trained model, by default the one that comes with the package")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="keys that open /v1, separated by commas; without any, it is open. Prefer variable or file: options can be seen",
    )
    api_keys_file: Path | None = Field(None, description="file with further keys, one a line; lines that begin with # are skipped")
    rate_limit: int = Field(
        0, ge=0, le=1_000_000, description="requests a minute to /v1 for each key, or each address where there are no keys; 0 for no limit"
    )
    proxies: int = Field(0, ge=0, le=10, description="reverse proxies in front, whose X-Forwarded headers are believed")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins whose pages may call /v1, separated by commas, or * for all"
    )
    max_body_bytes: int = Field(8 * 1024 * 1024, ge=1024, le=1 << 30, description="largest body, and largest line of a stream, in bytes")
    max_inflated_bytes: int = Field(32 * 1024 * 1024, ge=1024, le=1 << 30, description="largest body after gzip is undone, in bytes")
    max_documents: int = Field(1000, ge=1, le=100_000, description="most documents or titles of a request; a stream has no limit")
    max_concurrent: int = Field(2, ge=1, le=256, description="articles that a process cleans at the same time")
    queue_timeout_s: float = Field(10.0, gt=0, le=MAX_DEADLINE_S, description="seconds an article waits for its turn before 503")
    read_timeout_s: float = Field(30.0, gt=0, le=MAX_DEADLINE_S, description="seconds a client may take for a body, or a part of a stream")
    write_timeout_s: float = Field(60.0, gt=0, le=MAX_DEADLINE_S, description="seconds a client may take to read a part of an answer")
    keep_alive_s: int = Field(30, ge=1, le=MAX_DEADLINE_S, description="seconds an idle connection is kept open")
    graceful_timeout_s: int = Field(30, ge=1, le=MAX_DEADLINE_S, description="seconds that running requests get at a stop or a reload")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")

    @field_validator("api_keys", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("api_keys")
    @classmethod
    def _keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for number, key in enumerate(value, 1):
            _check_key(key.get_secret_value(), f"key {number}")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://example.org, nor *")
        return value

    @model_validator(mode="after")
    def _files(self) -> Settings:
        self.keys()
        return self

    @model_validator(mode="after")
    def _sizes(self) -> Settings:
        if self.max_inflated_bytes < self.max_body_bytes:
            raise ValueError("max_inflated_bytes is less than max_body_bytes")
        return self

    def keys(self) -> tuple[str, ...]:
        """Return all API keys, those of the file included.

        Raises
        ------
        ValueError
            If the file cannot be read or holds a key that is too short.
        """
        keys = [key.get_secret_value() for key in self.api_keys]
        if self.api_keys_file is not None:
            try:
                lines = self.api_keys_file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
                raise ValueError(f"the file of keys {self.api_keys_file} cannot be read: {reason}") from None
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith("#"):
                    keys.append(_check_key(line.strip(), f"line {number} of {self.api_keys_file}"))
            if not keys:
                raise ValueError(f"the file of keys {self.api_keys_file} holds none, and would leave the service open")
        return tuple(keys)


def _check_key(key: str, where: str) -> str:
    if len(key) < MIN_KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"{where} is not a string of at least {MIN_KEY_CHARS} printable ASCII characters without a blank")
    return key


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each setting; one that is not given leaves the setting to the environment."""
    for name, field in Settings.model_fields.items():
        default = "the package's" if field.default is SHIPPED else field.default
        known = f" (default: {default})" if default not in ((), None) else ""
        parser.add_argument(
            _option(name), default=argparse.SUPPRESS, metavar=name.upper(), help=f"{field.description} [{PREFIX}{name.upper()}]{known}"
        )


def read_settings(**given: Any) -> Settings:
    """Read and check the settings.

    Parameters
    ----------
    **given
        Values that go before the environment's.

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        If a value is not allowed, or an environment variable of our prefix is none of the settings.
    """
    for variable in sorted(os.environ):
        if variable.upper().startswith(PREFIX) and variable.upper().removeprefix(PREFIX).lower() not in Settings.model_fields:
            raise SettingsError(f"{variable} is no setting; 'promo-detector serve --help' lists them")
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        name = str(first["loc"][0]) if first["loc"] else ""
        raise SettingsError(f"{_option(name)} or {PREFIX}{name.upper()}: {message}" if name else message) from None
