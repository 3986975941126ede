"""The OpenAPI document tells the truth to everybody: the live server is asked all that it describes, well and badly, by
seven people who stand differently to what they ask about. No answer is a server error, and each has the described form.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
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

from coterie.database.pool import open_pool
from tests.people import Browser, Person
from tests.permissions.cast import Cast, Club
from tests.serving import serving, settings_for

pytestmark = [
    pytest.mark.longer,
    pytest.mark.extended("every route with every user; tests/permissions asks each once, and test_openapi its shape"),
]

PATH = "/api/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 2
ASKING = ("anonymous", "outsider", "timed_out", "member", "moderator", "operator", "owner")
"""In this order for each call: who may least comes first, since the owner ends things. The operator administers the
instance, and is not a member."""

Tokens = dict[str, str | None]
Answers = dict[str, dict[str, list[int]]]


@pytest.fixture
async def club(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Club, Tokens]]:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path / "files"))
    pool = await open_pool(settings)
    async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(server.url, http)
        made: dict[str, Person] = {}

        async def register(name: str = "person") -> Person:
            made[name] = await Person.register(browser, name)
            return made[name]

        cast = await Cast.gather(register, browser, pool)
        club = await Club.found(cast)
        yield club, {name: made[name].token if name in made else None for name in ASKING}
    await pool.close()


async def test_the_server_does_what_the_document_says(club: tuple[Club, Tokens]) -> None:
    place, tokens = club
    url = place.owner.url
    answers = await asyncio.to_thread(ask_everything, url, tokens, place.ids)
    assert len(answers) >= 130
    assert all(answers.values())
    reached = {called for called, by in answers.items() if any(status < 300 for each in by.values() for status in each)}
    assert len(reached) >= 100, f"these were never answered well: {sorted(answers.keys() - reached)}"


def ask_everything(url: str, tokens: Tokens, real: dict[str, str]) -> Answers:
    """Call every operation with what fits and with what does not, on things that exist and on others."""
    schema: Any = schemathesis.openapi.from_url(url + PATH)
    found = [result.ok() for result in schema.get_all_operations()]
    answers: Answers = {}
    for operation in sorted(found, key=lambda each: ("logout" in each.path, each.method == "delete")):
        names = {parameter.name for parameter in operation.path_parameters}
        known = {name: value for name, value in real.items() if name in names}
        by = answers[operation.label] = {name: [] for name in ASKING}
        ask(operation, GenerationMode.POSITIVE, known, tokens, by)
        ask(operation, GenerationMode.NEGATIVE, {}, tokens, by)
    return answers


def ask(operation: Any, mode: GenerationMode, known: dict[str, str], tokens: Tokens, by: dict[str, list[int]]) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(mode, path_parameters=known or None))
    def call(case: Any) -> None:
        for name, token in tokens.items():
            response = case.call(headers={"Authorization": f"Bearer {token}"} if token else {})
            is_missing = response.status_code == HTTPStatus.NOT_IMPLEMENTED  # what this instance has not set up
            case.validate_response(response, checks=CHECKS[1:] if is_missing else CHECKS)
            by[name].append(response.status_code)

    try:
        call()
    except hypothesis.errors.Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE, "nothing can be wrong in a call without parameters"
