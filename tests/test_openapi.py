"""The OpenAPI document: valid, true in each example, and survived by the service when a fuzzer takes it at its word."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import RunningServer
from flask import Flask
from openapi_spec_validator import validate

from api import create_app

DOCUMENT = create_app().extensions["promo-detector"].document
OPERATIONS = [(method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]
EXAMPLES = [
    (method, path, media_type, name, example["value"])
    for method, path, operation in OPERATIONS
    for media_type, content in operation.get("requestBody", {"content": {}})["content"].items()
    for name, example in content["examples"].items()
]


def validate_against(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def resolved(value: dict[str, Any]) -> Any:
    node: Any = DOCUMENT
    if "$ref" not in value:
        return value
    for step in value["$ref"].removeprefix("#/").split("/"):
        node = node[step]
    return node


def validate_answer(method: str, path: str, status: int, content_type: str, body: bytes) -> None:
    responses = DOCUMENT["paths"][path][method]["responses"]
    content = resolved(responses[str(status)])["content"][content_type.partition(";")[0]]
    if content_type == "application/x-ndjson":
        for line in body.splitlines():
            validate_against("BatchItem", json.loads(line))
    elif "$ref" in content["schema"]:
        validate_against(content["schema"]["$ref"].rpartition("/")[2], json.loads(body))


def test_the_document_is_openapi() -> None:
    validate(DOCUMENT)


def test_each_address_of_the_api_is_described(app: Flask) -> None:
    machines = {"/", "/docs", '/docs/<any("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):name>', "/favicon.ico"}
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    assert rules - machines == set(DOCUMENT["paths"])


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_each_operation_is_explained(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    if "requestBody" in operation:
        assert {"400", "408", "413", "415", "422"} <= set(operation["responses"])
    if path.startswith("/v1/"):
        assert {"401", "429"} <= set(operation["responses"])


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_each_field_is_explained(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    assert schema["description"]
    plain = {"detail", "title", "status", "label", "language", "model_version", "warnings", "offset_unit", "headlines", "labels", "name"}
    for field, value in schema["properties"].items():
        assert "description" in value or field in {*plain, "meaning", "removed_by_default", "package_version", "results"}, (name, field)


def test_there_are_examples_for_each_body() -> None:
    assert {path for _, path, *_ in EXAMPLES} == {path for _, path, operation in OPERATIONS if "requestBody" in operation}


@pytest.mark.parametrize(("method", "path", "media_type", "name", "value"), EXAMPLES)
def test_each_example_is_answered_as_described(
    server: RunningServer, method: str, path: str, media_type: str, name: str, value: Any
) -> None:
    body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    answer = server.ask(path, body, {"Content-Type": media_type})
    assert answer.status == 200, answer.body
    validate_answer(method, path, 200, answer.headers["content-type"], answer.body)
    if media_type == "application/rss+xml":
        assert answer.headers["x-items-changed"] == "1", "it shows what it says"
    if name in ("article", "html", "insist"):
        assert any(segment["removed"] for segment in answer.json()["segments"]), "it shows what it says"
    if media_type == "application/json" and path not in ("/v1/batch", "/v1/feed"):  # the batch has a mistake on purpose
        schema = DOCUMENT["paths"][path][method]["requestBody"]["content"][media_type]["schema"]
        validate_against(schema["$ref"].rpartition("/")[2], value)


@pytest.mark.parametrize(("path"), [path for method, path, _ in OPERATIONS if method == "get"])
def test_each_address_to_read_is_answered_as_described(server: RunningServer, path: str) -> None:
    answer = server.ask(path)
    assert answer.status == 200
    validate_answer("get", path, 200, answer.headers["content-type"], answer.body)


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/clean", b"{", {}),
        ("/v1/clean", b"{}", {}),
        ("/v1/clean", b"{}", {"Content-Type": "text/plain"}),
        ("/v1/batch", b'{"documents": 1, "defaults": {"threshold": 7}}', {}),
        ("/v1/headline", b'{"titles": [1]}', {}),
        ("/v1/feed", b"<rss", {"Content-Type": "text/xml"}),
        ("/v1/feed?drop=all", b"<rss/>", {"Content-Type": "text/xml"}),
        ("/v1/feed", b"<rss/>", {"Content-Type": "text/html"}),
    ],
)
def test_problems_are_as_described(server: RunningServer, path: str, body: bytes, headers: dict[str, str]) -> None:
    answer = server.ask(path, body, headers)
    assert answer.status >= 400
    validate_answer("post", path.partition("?")[0], answer.status, answer.headers["content-type"], answer.body)


HOOKS = """
import json

import schemathesis


@schemathesis.serializer(
    "application/x-ndjson", "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"
)
def lines(context, value):
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else str(value).encode()


@schemathesis.serializer("application/feed+json")
def json_feed(context, value):
    return json.dumps(value).encode()
"""


def test_a_fuzzer_finds_no_server_error(server: RunningServer, tmp_path: Path) -> None:
    arguments = ["run", f"{server.url}/openapi.json", "--phases", "examples,coverage,fuzzing", "--max-examples", "60", "--seed", "7"]
    arguments += ["--generation-deterministic", "--continue-on-failure", "--no-color"]
    (tmp_path / "hooks.py").write_text(HOOKS, encoding="utf-8")
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)}
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *arguments, "--checks", checks],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    n_operations = len(OPERATIONS) - 1  # the document itself is not among them
    assert f"Tested: {n_operations}\n" in done.stdout, done.stdout[-3000:]
