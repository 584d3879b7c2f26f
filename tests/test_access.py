"""Keys, the rate limit, and pages of other origins."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.access import Keyring, Limiter
from api.settings import Settings

KEYS = ("first-key-of-the-cron-job", "second-key-of-the-cron-job")
ARTICLE = {"text": "Der Dax stieg."}


def client_of(**settings: Any) -> FlaskClient:
    app: Flask = create_app(Settings(**settings))
    return app.test_client()


def test_several_keys_open_the_service() -> None:
    client = client_of(api_keys=",".join(KEYS))
    for key in KEYS:
        assert client.post("/v1/clean", json=ARTICLE, headers={"Authorization": f"Bearer {key}"}).status_code == 200
        assert client.post("/v1/clean", json=ARTICLE, headers={"Authorization": f"bearer  {key}"}).status_code == 200
        assert client.post("/v1/clean", json=ARTICLE, headers={"X-Api-Key": key}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {KEYS[0][:-1]}"},
        {"Authorization": f"Bearer {KEYS[0]}x"},
        {"Authorization": f"Basic {KEYS[0]}"},
        {"Authorization": "Bearer"},
        {"Authorization": KEYS[0]},
        {"X-Api-Key": ",".join(KEYS)},
        {"X-Api-Key": "ü"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/clean"), ("POST", "/v1/batch"), ("GET", "/v1/model"), ("GET", "/v1/nowhere")])
def test_without_a_key_nothing_opens(headers: dict[str, str], method: str, path: str) -> None:
    response = client_of(api_keys=KEYS).open(path, method=method, headers=headers)
    assert (response.status_code, response.get_json()["status"]) == (401, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_what_an_operator_asks_needs_no_key() -> None:
    client = client_of(api_keys=KEYS)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/"):
        assert client.get(path).status_code == 200


def test_a_file_of_keys_may_go_once_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(KEYS[0])
    client = client_of(api_keys_file=tmp_path / "keys")
    (tmp_path / "keys").unlink()
    assert client.get("/v1/labels", headers={"X-Api-Key": KEYS[0]}).status_code == 200
    assert 'id="key"' in client.get("/").text


def test_a_key_is_compared_with_all_of_the_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr("api.access.hmac.compare_digest", lambda a, b: compared.append(a) or a == b)
    assert Keyring(KEYS).name_of(KEYS[0]) is not None
    assert len(compared) == len(KEYS)


def test_the_rate_limit_is_for_each_key() -> None:
    client = client_of(api_keys=KEYS, rate_limit=2)
    codes = [client.get("/v1/labels", headers={"X-Api-Key": key}).status_code for key in (KEYS[0], KEYS[0], KEYS[0], KEYS[1])]
    assert codes == [200, 200, 429, 200]
    response = client.get("/v1/labels", headers={"X-Api-Key": KEYS[0]})
    assert response.content_type == "application/problem+json"
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert client.get("/healthz").status_code == 200, "only what a client asks is counted"


def test_without_keys_the_rate_limit_is_for_each_address() -> None:
    client = client_of(rate_limit=1)
    ask = lambda address: client.get("/v1/labels", environ_base={"REMOTE_ADDR": address}).status_code  # noqa: E731
    assert [ask("192.0.2.1"), ask("192.0.2.1"), ask("192.0.2.2")] == [200, 429, 200]


@pytest.mark.parametrize(("proxies", "codes"), [(0, [200, 429]), (1, [200, 200])])
def test_a_proxys_word_is_only_believed_where_one_stands(proxies: int, codes: list[int]) -> None:
    client = client_of(rate_limit=1, proxies=proxies)
    assert [client.get("/v1/labels", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in (1, 2)] == codes


def test_a_bucket_empties_evenly() -> None:
    limiter = Limiter(60)
    assert [limiter.wait("a", now=100.0) for _ in range(60)] == [0.0] * 60
    assert limiter.wait("a", now=100.0) == pytest.approx(1.0)
    assert limiter.wait("a", now=100.5) == pytest.approx(0.5)
    assert limiter.wait("a", now=101.0) == 0.0
    assert limiter.wait("a", now=101.0) > 0
    assert limiter.wait("b", now=101.0) == 0.0
    assert [limiter.wait("a", now=1000.0) for _ in range(61)].count(0.0) == 60, "what was not used is not saved up"


def _count(limiter: Limiter, counts: Any) -> None:
    counts.put(sum(limiter.wait("a", now=1.0) == 0 for _ in range(500)))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_all_workers_count_together() -> None:
    context = multiprocessing.get_context("fork")
    limiter, counts = Limiter(700), context.SimpleQueue()
    workers = [context.Process(target=_count, args=(limiter, counts)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert sum(counts.get() for _ in workers) == 700
    for worker in workers:
        worker.join()


def test_other_origins_are_off_by_default(client: FlaskClient) -> None:
    for response in (
        client.post("/v1/clean", json=ARTICLE, headers={"Origin": "https://example.org"}),
        client.options("/v1/clean", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ("https://example.org", "https://example.org", "https://example.org"),
        ("https://example.org", "https://example.org.evil.test", None),
        ("https://example.org", "http://example.org", None),
        ("*", "https://anywhere.test", "*"),
    ],
)
def test_origins_that_may_call(origins: str, origin: str, allowed: str | None) -> None:
    client = client_of(cors_origins=origins, api_keys=KEYS)
    asked = client.options("/v1/clean", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked.headers.get("Access-Control-Allow-Origin") == allowed
    assert ("Access-Control-Allow-Headers" in asked.headers) == (allowed is not None)
    called = client.post("/v1/clean", json=ARTICLE, headers={"Origin": origin, "X-Api-Key": KEYS[0]})
    assert called.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Origin" in called.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in client.get("/metrics", headers={"Origin": origin}).headers
