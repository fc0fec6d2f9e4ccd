"""The OpenAPI document is complete: an example for all that is sent and told, every error named."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from service.api.openapi.document import operations
from service.api.openapi.examples import EVENT_STREAM, JSON
from tests.service.conftest import LIMIT
from tests.service.wiki import COLLECTION, LEAVE_ID, key

# Bytes have no example in JSON.
PICTURE = "image/png"
# The protocol's own refusals; their words are its library's.
MCP_OWN = {("POST /mcp", status) for status in ("400", "403", "421")}
FREE = {"GET /healthz", "GET /readyz"}


@pytest.fixture(scope="module")
def document(keyed: httpx.Client) -> dict[str, Any]:
    told: dict[str, Any] = keyed.get("/openapi.json").json()
    return told


def fits(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What of ``value`` the schema does not allow."""
    whole = schema | {"components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def values(kind: str, example: Any) -> list[Any]:
    """What the schema of this type of body is of: the body itself, or each event of a stream."""
    if kind != EVENT_STREAM:
        return [example]
    return [
        {"event": "message"} | dict(line.split(": ", 1) for line in event.splitlines())
        for event in example.strip().split("\n\n")
    ]


def contents(document: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every body: of which operation, of the request or of which status, and of which type."""
    for name, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield name, "request", kind, content
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                yield name, status, kind, content


def test_every_body_has_a_schema_and_an_example_that_it_allows(document: dict[str, Any]) -> None:
    seen = 0
    for name, where, kind, content in contents(document):
        if kind != PICTURE:
            assert content["schema"], (name, where, kind)
            assert content["example"], (name, where, kind)
            for value in values(kind, content["example"]):
                assert fits(value, content["schema"], document) == [], (name, where)
            seen += 1
    assert seen > 150


def test_every_parameter_has_an_example_that_it_allows(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            wrong = fits(parameter["example"], parameter["schema"], document)
            assert wrong == [], (name, parameter["name"])


def test_every_operation_has_a_summary_and_every_reply_its_words(document: dict[str, Any]) -> None:
    names = [name for name, _ in operations(document)]
    assert len(names) == len(set(names)) == 20
    identities = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(identities)) == len(identities)
    for name, operation in operations(document):
        assert operation["summary"], name
        for status, response in operation["responses"].items():
            assert status.isdecimal(), (name, "no error is left to a default")
            assert response["description"], (name, status)
            assert "X-Request-Id" in response["headers"], (name, status)
            if status in {"429", "503"}:
                assert "Retry-After" in response["headers"] or name == "GET /readyz", name


def sent(name: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The method, path and body of the example of an operation."""
    method, _, path = name.partition(" ")
    known = {"document_id": LEAVE_ID, "name": COLLECTION, "deployment": COLLECTION, "number": 1}
    request: dict[str, Any] = {"method": method, "url": path.format(**known)}
    if "requestBody" in operation:
        request["json"] = operation["requestBody"]["content"][JSON]["example"]
    return request


def test_examples_do_what_they_say(keyed: httpx.Client, document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        request = sent(name, operation)
        reply = keyed.request(**request, headers=key("staff"))
        if name.endswith(".png"):
            assert reply.status_code == HTTPStatus.NOT_FOUND
            continue
        assert reply.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}, (name, reply.text)
        kind = reply.headers["Content-Type"].partition(";")[0]
        content = operation["responses"][str(reply.status_code)]["content"][kind]
        if kind == JSON:
            assert fits(reply.json(), content["schema"], document) == [], name
            assert members(reply.json()) >= members(content["example"]) - volatile(), name


def members(value: Any, place: str = "") -> set[str]:
    """The names of all members of a JSON value, each with its place."""
    if isinstance(value, dict):
        inner = (members(each, f"{place}.{name}") for name, each in value.items())
        return {f"{place}.{name}" for name in value}.union(*inner)
    if isinstance(value, list):
        return set[str]().union(*(members(each, f"{place}[]") for each in value))
    return set()


def volatile() -> set[str]:
    """Stages that an answer given again does not go through."""
    stages = ("embed", "lexical", "dense", "read")
    return {f".timings_ms.{stage}" for stage in stages}


def refused(client: httpx.Client, name: str, operation: dict[str, Any]) -> Iterator[httpx.Response]:
    """Replies of an operation to what it refuses."""
    request = sent(name, operation)
    yield client.request(**request | {"headers": {"Authorization": "Bearer wrong"}})
    headers = key("staff")
    if name == "POST /mcp":
        headers["Accept"] = "application/json"
    if "json" in request:
        typed = headers | {"Content-Type": JSON}
        plain: dict[str, Any] = {
            "method": request["method"],
            "url": request["url"],
            "headers": typed,
        }
        yield client.request(**plain, content=b"x" * (LIMIT + 1))
        yield client.request(**plain, content=b"\xff\xfe")
        if name != "POST /mcp":
            yield client.request(**plain, content=b'{"no": ')
            yield client.request(**plain, json={"question": " ", "unknown": []})
    for field in ("collection", "model", "knowledge_id", "document_id"):
        if field in request.get("json", {}):
            other = request["json"] | {field: "wikki"}
            yield client.request(request["method"], request["url"], json=other, headers=headers)
    if "{" in name:
        url = request["url"].replace(LEAVE_ID, "0" * 32).replace(COLLECTION, "wikki")
        yield client.request(request["method"], url, json=request.get("json"), headers=headers)


def test_what_is_refused_is_refused_as_documented(
    keyed: httpx.Client, document: dict[str, Any]
) -> None:
    statuses: set[int] = set()
    for name, operation in operations(document):
        for reply in refused(keyed, name, operation):
            if reply.status_code == HTTPStatus.OK:
                assert name in FREE | {"GET /metrics"}, name
                continue
            statuses.add(reply.status_code)
            told = operation["responses"].get(str(reply.status_code))
            assert told is not None, (name, reply.status_code, reply.text)
            if (name, str(reply.status_code)) in MCP_OWN:
                continue
            (kind,) = told["content"]
            assert reply.headers["Content-Type"] == kind, (name, reply.text)
            schema = told["content"][kind]["schema"]
            assert fits(reply.json(), schema, document) == [], (name, reply.text)
            for header in told["headers"]:
                assert header in reply.headers, (name, header)
    assert statuses >= {400, 401, 404, 413, 422}


def test_a_service_without_keys_asks_for_none(anonymous: httpx.Client, keyed: httpx.Client) -> None:
    with_keys, without = (each.get("/openapi.json").json() for each in (keyed, anonymous))
    assert "securitySchemes" not in without["components"]
    assert "security" not in without
    assert with_keys["paths"].keys() == without["paths"].keys()
    for name, operation in operations(with_keys):
        needs = operation.get("security", with_keys["security"])
        reply = keyed.request(**sent(name, operation))
        assert (reply.status_code == HTTPStatus.UNAUTHORIZED) == bool(needs and {} not in needs)
