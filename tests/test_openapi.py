"""The OpenAPI document is complete and readable; `tests/access` checks that the server does what it describes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coterie.application import openapi_document
from tests.people import Browser
from tests.serving import settings_for

PATH = "/api/openapi.json"
CLIENT = Path(__file__).parents[1] / "web" / "openapi.json"


@pytest.fixture
async def document(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = await browser.expect(200, "GET", PATH)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_it_works(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {"/api/auth/register", "/api/servers", "/api/channels/{channel_id}/messages"} <= document["paths"].keys()
    assert document == json.loads(json.dumps(openapi_document(settings_for("postgresql://nowhere/nothing"))))


async def test_every_operation_reads_well(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for called, operation in operations(document):
        assert len(operation["summary"]) >= 8, called
        assert {*operation["tags"]} <= tags.keys(), called
        assert operation["operationId"].isidentifier(), called
    assert all(tags.values())


HEALTH = [("GET /api/health", "503"), ("GET /api/health/ready", "503")]
"""Responses that report the server's health, also when it is bad."""


async def test_every_refusal_has_the_same_shape(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for called, operation in operations(document):
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        for status, answer in refusals.items():
            if (called, status) not in HEALTH:
                assert answer == {"$ref": f"#/components/responses/Refusal{status}"}, called
        assert ("401" in refusals) or operation["security"] == [], called
        assert ("requestBody" in operation) == ("422" in refusals), called
        assert "429" in refusals or "/health" in called, called
    for answer in responses.values():
        assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert set(document["components"]["schemas"]["Error"]["required"]) == {"error", "code"}


async def test_bounds_are_documented(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    content = schemas["MessageCreation"]["properties"]["content"]
    assert (content["minLength"], content["maxLength"]) == (1, 4000)
    username = schemas["Registration"]["properties"]["username"]
    assert (username["minLength"], username["maxLength"]) == (2, 32)
    [limit] = [
        parameter
        for parameter in document["paths"]["/api/servers/{server_id}/members"]["get"]["parameters"]
        if parameter["name"] == "limit"
    ]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 5000)


async def test_what_needs_no_login_says_so(document: dict[str, Any], browser: Browser) -> None:
    """The other way round: everything else answers 401 to an anonymous caller."""
    for called, operation in operations(document):
        method, _, path = called.partition(" ")
        nobody = "00000000-0000-7000-8000-000000000000"
        for parameter in operation.get("parameters", []):
            path = path.replace(f"{{{parameter['name']}}}", nobody)
        if operation["security"] != []:
            assert (await browser.call(method, path)).status == 401, called


def test_the_clients_copy_is_the_documents() -> None:
    written = json.loads(CLIENT.read_text())
    served = json.loads(json.dumps(openapi_document(settings_for("postgresql://nowhere/nothing"))))
    assert written == served, "make the client's copy again: coterie openapi > web/openapi.json, then npm run types"
