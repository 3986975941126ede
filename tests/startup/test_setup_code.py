"""`serve` on an instance without accounts logs the set-up code once; `coterie setup-code` prints it again."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Final

import aiohttp
import pytest

from coterie.process.refusals import Exit
from coterie.startup.setup_code import derived_code
from tests.people import PASSWORD, SETUP_CODE, Answer, Browser
from tests.startup.conftest import SECRET, Databases, Running, Starter, coterie
from tests.variants import in_test_all

CODE: Final = derived_code(SECRET)
FORWARDED: Final = {"X-Forwarded-For": "203.0.113.7"}
"""The least that a proxy says of a stranger; others use HTTP/1.0, or pass on the public name."""

DIRECT: Final = {"Host": "127.0.0.1:3000"}
"""What a program on this machine sends."""


def given(databases: Databases, name: str, **variables: str) -> dict[str, str]:
    return {"DATABASE_URL": databases.url(name), "COTERIE_POOL_SIZE": "5", **variables}


def address_of(running: Running) -> str:
    return str(json.loads(running.line('"ready"'))["address"])


def register(address: str, headers: Mapping[str, str] = FORWARDED, **fields: str) -> Answer:
    async def post() -> Answer:
        async with aiohttp.ClientSession() as http:
            body = {"username": "someone", "password": PASSWORD, **fields}
            return await Browser(address, http).post("/api/auth/register", body, headers=dict(headers))

    return asyncio.run(post())


def lines_with(running: Running, text: str) -> list[str]:
    return [line for line in running.lines if text in line]


def test_the_code_is_as_strong_as_it_looks() -> None:
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", CODE)
    assert derived_code(f"{SECRET}0") != CODE


@pytest.mark.parametrize("processes", ["2", *in_test_all("one of two is the harder case", "1")])
def test_serve_logs_it_once_and_needs_it(start: Starter, databases: Databases, processes: str) -> None:
    variables = given(databases, databases.new())
    running = start("serve", "--processes", processes, **variables)
    address = address_of(running)
    [said] = lines_with(running, "no accounts yet")
    assert json.loads(said)["setup_code"] == CODE
    assert "coterie user create" in said

    assert register(address).code == "setup_code_required"
    assert coterie("setup-code", variables=variables).output == f"{CODE}\n"
    first = register(address, setup_code=CODE.lower())
    assert (first.status, first.body["user"]["is_admin"]) == (201, True)
    refused = coterie("setup-code", variables=variables)
    refused.assert_refused(Exit.NOT_ALLOWED_HERE, "has accounts", "coterie user create")
    assert running.end() == 0
    assert len(lines_with(running, CODE)) == 1

    again = start("serve", **variables)
    address_of(again)
    assert again.end() == 0
    assert lines_with(again, "accounts found")
    assert not lines_with(again, CODE)


def test_a_program_on_this_machine_needs_none_before_there_is_a_proxy(start: Starter, databases: Databases) -> None:
    address = address_of(start("serve", **given(databases, databases.new())))
    for headers in (FORWARDED, {"Host": "chat.example.org"}, {**DIRECT, "Via": "1.1 proxy"}):
        assert register(address, headers).code == "setup_code_required"
    assert register(address, DIRECT).body["user"]["is_admin"] is True
    public = start("serve", **given(databases, databases.new(), COTERIE_PUBLIC_URL="https://chat.example.org"))
    assert register(address_of(public), DIRECT).code == "setup_code_required"


def test_a_code_of_the_operator_is_not_logged(start: Starter, databases: Databases) -> None:
    variables = given(databases, databases.new(), COTERIE_SETUP_CODE=SETUP_CODE)
    running = start("serve", **variables)
    address = address_of(running)
    assert coterie("setup-code", variables=variables).output == f"{SETUP_CODE}\n"
    assert register(address, DIRECT).code == "setup_code_required"
    assert register(address, setup_code=CODE).code == "setup_code_required"
    assert register(address, setup_code=SETUP_CODE).status == 201
    assert running.end() == 0
    assert lines_with(running, "COTERIE_SETUP_CODE")
    assert not lines_with(running, SETUP_CODE)
    assert not lines_with(running, CODE)


def test_an_account_from_the_command_line_needs_none(databases: Databases) -> None:
    variables = given(databases, databases.new())
    assert coterie("migrate", "run", variables=variables).code == 0
    made = coterie("user", "create", "admin", variables=variables, text=f"{PASSWORD}\n")
    assert "is an administrator" in made.output
    assert coterie("setup-code", variables=variables).code == Exit.NOT_ALLOWED_HERE


def test_development_on_this_machine_needs_none(start: Starter, databases: Databases) -> None:
    variables = given(databases, databases.new(), APP_ENV="development")
    running = start("serve", **variables)
    address = address_of(running)
    assert lines_with(running, "the first account to register becomes the administrator")
    coterie("setup-code", variables=variables).assert_refused(Exit.NOT_ALLOWED_HERE, "needs no set-up code")
    assert register(address).body["user"]["is_admin"] is True


@pytest.mark.parametrize("code", ["short", "with spaces in it, sixteen", "x" * 65])
def test_a_bad_code_is_refused(code: str) -> None:
    ended = coterie("serve", variables={"COTERIE_SETUP_CODE": code, "DATABASE_URL": "postgresql://a@127.0.0.1:1/b"})
    ended.assert_refused(Exit.SETTINGS, "COTERIE_SETUP_CODE", "16 to 64 characters")
    assert code not in ended.complaint


@pytest.mark.parametrize(("secret", "code"), [("", Exit.SECRET), ("changeme" * 5, Exit.SECRET)])
def test_the_command_needs_the_servers_secret(secret: str, code: Exit) -> None:
    """Another secret than the server's would print another code."""
    ended = coterie("setup-code", variables={"JWT_SECRET": secret, "DATABASE_URL": "postgresql://a@127.0.0.1:1/b"})
    ended.assert_refused(code, "JWT_SECRET")
