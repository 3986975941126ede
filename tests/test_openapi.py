"""The OpenAPI document tells the truth: the live server is asked everything that it describes, well and badly."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coterie.application import openapi_document
from tests.people import Browser, Community
from tests.serving import LiveServer, settings_for

PATH = "/api/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
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
"""Answers that tell how the server does, also when it does not do well."""


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


async def test_bounds_are_told(document: dict[str, Any]) -> None:
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
    """And the other way round: everything else answers 401 to somebody who is not logged in."""
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


async def test_the_server_does_what_the_document_says(community: Community, live_server: LiveServer) -> None:
    message = await community.owner.send(community.channel, "hello")
    real = {
        "server_id": community.server,
        "channel_id": community.channel,
        "message_id": message["id"],
        "user_id": community.member.id,
        "emoji": "x",
    }
    answers = await asyncio.to_thread(ask_everything, live_server.url, community.owner.login["access_token"], real)
    assert len(answers) >= 40
    assert all(answers.values())
    reached = [called for called, statuses in answers.items() if any(status < 300 for status in statuses)]
    assert len(reached) >= 25, f"only these were ever answered well: {reached}"


def ask_everything(url: str, token: str, real: dict[str, str]) -> dict[str, list[int]]:
    """Call every operation with what fits and with what does not, on things that exist and on others."""
    schema: Any = schemathesis.openapi.from_url(url + PATH)
    found = [result.ok() for result in schema.get_all_operations()]
    answers: dict[str, list[int]] = {}
    for operation in sorted(found, key=lambda each: (each.method == "delete", "logout" in each.path)):
        names = {parameter.name for parameter in operation.path_parameters}
        known = {name: value for name, value in real.items() if name in names}
        statuses = answers[operation.label] = ask(operation, GenerationMode.POSITIVE, known, token)
        if known:
            statuses += ask(operation, GenerationMode.POSITIVE, {}, token)
        statuses += ask(operation, GenerationMode.NEGATIVE, {}, token)
    return answers


def ask(operation: Any, mode: GenerationMode, path_parameters: dict[str, str], token: str) -> list[int]:
    statuses: list[int] = []

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(mode, path_parameters=path_parameters or None))
    def call(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)
        statuses.append(response.status_code)

    try:
        call()
    except hypothesis.errors.Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE, "nothing can be wrong in a call without parameters"
    return statuses
