"""Settings: from the environment, from options, and refused at start with a clear message."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.command import main
from api.settings import PREFIX, Settings, SettingsError, read_settings

LONG = "a-key-that-is-long-enough"


def test_options_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "PORT", "9000")
    monkeypatch.setenv(PREFIX + "WORKERS", "3")
    monkeypatch.setenv(PREFIX + "THREADS", "")
    settings = read_settings(port="9001")
    assert (settings.port, settings.workers, settings.threads) == (9001, 3, 8)


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "API_KEYS", f"{LONG}, {LONG}2,")
    monkeypatch.setenv(PREFIX + "CORS_ORIGINS", "https://a.test,http://b.test:8080")
    settings = read_settings()
    assert settings.keys() == (LONG, LONG + "2")
    assert settings.cors_origins == ("https://a.test", "http://b.test:8080")
    assert LONG not in repr(settings)


def test_keys_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"# the cron job\n{LONG}\n\n{LONG}3\n")
    assert read_settings(api_keys_file=tmp_path / "keys", api_keys=f"{LONG}2").keys() == (f"{LONG}2", LONG, f"{LONG}3")


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("port", {"port": "99999"}, "--port or PROMO_DETECTOR_PORT: Input should be less than or equal to 65535"),
        ("port as text", {"port": "http"}, "--port or PROMO_DETECTOR_PORT: Input should be a valid integer"),
        ("workers", {"workers": "0"}, "--workers or PROMO_DETECTOR_WORKERS: Input should be greater than or equal to 1"),
        ("level", {"log_level": "loud"}, "--log-level or PROMO_DETECTOR_LOG_LEVEL: Input should be 'debug', 'info'"),
        ("short key", {"api_keys": "short"}, "--api-keys or PROMO_DETECTOR_API_KEYS: key 1 is not a string of at least 16"),
        ("key with a blank", {"api_keys": f"{LONG},{LONG} {LONG}"}, "--api-keys or PROMO_DETECTOR_API_KEYS: key 2 is not a string"),
        ("origin", {"cors_origins": "example.org"}, "--cors-origins or PROMO_DETECTOR_CORS_ORIGINS: 'example.org' is not an origin"),
        ("origin with a path", {"cors_origins": "https://a.test/x"}, "--cors-origins or PROMO_DETECTOR_CORS_ORIGINS: 'https://a.test/x'"),
        ("timeout", {"read_timeout_s": "nan"}, "--read-timeout-s or PROMO_DETECTOR_READ_TIMEOUT_S: Input should be"),
        ("sizes", {"max_body_bytes": "9000", "max_inflated_bytes": "8000"}, "max_inflated_bytes is less than max_body_bytes"),
        ("no file of keys", {"api_keys_file": "no/file"}, "the file of keys no/file cannot be read: No such file or directory"),
    ],
)
def test_wrong_values_are_named(name: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(**given)
    assert str(caught.value).startswith(message)
    assert "short" not in str(caught.value).replace("shorter", "")


def test_an_empty_file_of_keys_does_not_open_the_service(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# none yet\n")
    with pytest.raises(SettingsError, match="holds none"):
        read_settings(api_keys_file=tmp_path / "keys")


def test_a_variable_that_nobody_reads_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(PREFIX + "PROT", "8080")
    assert main(["serve"]) == 2
    assert "PROMO_DETECTOR_PROT is no setting" in capsys.readouterr().err


def test_help_lists_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')} " in text
        assert f"[{PREFIX}{name.upper()}]" in text
        assert field.description


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--port", "99999"], 2, "promo-detector: --port or PROMO_DETECTOR_PORT: Input should be less than"),
        (["--model", "no/model"], 4, "promo-detector: no/model/model.joblib: no such file"),
    ],
)
def test_a_service_that_cannot_start_says_why_in_one_line(arguments: list[str], code: int, message: str) -> None:
    done = subprocess.run([sys.executable, "-m", "api.command", "serve", *arguments], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


_WITHOUT = """
import sys
for name in ("flask", "flask_swagger_ui", "gunicorn", "prometheus_client", "pydantic", "pydantic_settings", "structlog", "werkzeug"):
    sys.modules[name] = None
from api.command import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_works_without_the_libraries_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Der Dax stieg.")
    done = subprocess.run([sys.executable, "-c", _WITHOUT, "clean", str(tmp_path / "a.txt")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Der Dax stieg.\n"), done.stderr
    done = subprocess.run([sys.executable, "-c", _WITHOUT, "serve"], capture_output=True, text=True)
    assert done.returncode == 4
    assert done.stderr == "promo-detector: serving needs pydantic, which comes with: pip install 'promo-detector[server]'\n"
