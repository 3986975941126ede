"""Passkeys over the wire: made with the password, used without it, and refused whatever is wrong with them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from coterie.passkeys import actions, challenges
from coterie.second_factor import totp
from tests.passkeys.device import PRESENT, Device
from tests.people import PASSWORD, Answer, Browser, Person
from tests.serving import serving, settings_for

ORIGIN = "https://chat.example"
PATH = "/api/auth/passkeys"
PROOF = {"current_password": PASSWORD}


@dataclass
class Owner:
    """A user, an anonymous caller, and the database."""

    person: Person
    browser: Browser
    rows: "asyncpg.Connection[Any]"

    async def options(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.person.expect(200, "POST", f"{PATH}/options", PROOF))["options"]
        return found

    async def add(self, device: Device, name: str = "My phone") -> dict[str, Any]:
        credential = device.make(await self.options())
        made: dict[str, Any] = await self.person.expect(201, "POST", PATH, {"name": name, "credential": credential})
        return made

    async def login_options(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.browser.expect(200, "POST", "/api/auth/passkey-login/options"))["options"]
        return found

    async def log_in(self, credential: Any) -> Answer:
        return await self.browser.post("/api/auth/passkey-login", {"credential": credential})

    async def sign_in(self, device: Device) -> Answer:
        return await self.log_in(device.sign(await self.login_options()))

    async def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.person.expect(200, "GET", PATH)
        return found

    async def events(self) -> list[str]:
        found = await self.person.expect(200, "GET", "/api/users/@me/security-events")
        return [each["type"] for each in found]


@pytest.fixture
async def owner(database_url: str, tmp_path: Path) -> AsyncIterator[Owner]:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path), COTERIE_PUBLIC_URL=ORIGIN)
    rows = await asyncpg.connect(database_url)
    async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(server.url, http)
        yield Owner(await Person.register(browser), browser, rows)
    await rows.close()


async def test_it_works(owner: Owner) -> None:
    device = Device(ORIGIN)
    made = await owner.add(device)
    assert (made["name"], made["is_synced"], made["last_used_at"]) == ("My phone", False, None)
    answer = await owner.sign_in(device)
    assert answer.status == 200
    assert answer.body["user"]["id"] == owner.person.id
    again = Person(owner.browser, answer.body)
    await again.expect(200, "GET", "/api/users/@me")
    [listed] = await owner.listed()
    assert listed["last_used_at"] is not None
    assert (await owner.sign_in(device)).status == 200
    assert "auth.passkey_added" in await owner.events()


async def test_it_is_two_factors_in_one(owner: Owner) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    setup = await owner.person.expect(201, "POST", "/api/auth/second-factor", PROOF)
    code = totp.code(setup["secret"], await owner.rows.fetchval("SELECT extract(epoch FROM now())::int / 30"))
    await owner.person.expect(200, "POST", "/api/auth/second-factor/confirm", {"code": code})
    assert (await owner.sign_in(device)).status == 200


async def test_making_and_removing_need_the_password(owner: Owner) -> None:
    wrong = {"current_password": "not the password"}
    assert (await owner.person.post(f"{PATH}/options", wrong)).code == "wrong_password"
    device = Device(ORIGIN)
    made = await owner.add(device)
    assert (await owner.person.post(f"{PATH}/{made['id']}/remove", wrong)).code == "wrong_password"
    await owner.person.expect(204, "POST", f"{PATH}/{made['id']}/remove", PROOF)
    assert await owner.listed() == []
    assert (await owner.sign_in(device)).code == "passkey_refused"
    assert (await owner.person.post(f"{PATH}/{made['id']}/remove", PROOF)).status == 404
    assert (await owner.events())[0] in {"auth.passkey_removed", "auth.login_failed"}


async def test_a_passkey_gets_another_name(owner: Owner) -> None:
    made = await owner.add(Device(ORIGIN))
    changed = await owner.person.expect(200, "PATCH", f"{PATH}/{made['id']}", {"name": "Work laptop"})
    assert changed == {**made, "name": "Work laptop"}
    assert (await owner.person.patch(f"{PATH}/{made['id']}", {"name": ""})).status == 400
    other = await Person.register(owner.browser)
    assert (await other.patch(f"{PATH}/{made['id']}", {"name": "mine"})).status == 404
    assert (await other.post(f"{PATH}/{made['id']}/remove", PROOF)).status == 404


async def test_each_is_on_one_account(owner: Owner) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    other = Owner(await Person.register(owner.browser), owner.browser, owner.rows)
    credential = device.make(await other.options())
    assert (await other.person.post(PATH, {"name": "copy", "credential": credential})).code == "passkey_exists"
    known = [each["id"] for each in (await owner.options())["excludeCredentials"]]
    assert len(known) == 1


async def test_an_account_has_a_number_of_them(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PASSKEY_LIMIT", 1)
    first, second = await owner.options(), await owner.options()
    await owner.person.expect(201, "POST", PATH, {"name": "one", "credential": Device(ORIGIN).make(first)})
    late = await owner.person.post(PATH, {"name": "two", "credential": Device(ORIGIN).make(second)})
    assert late.code == "too_many_passkeys"
    assert (await owner.person.post(f"{PATH}/options", PROOF)).code == "too_many_passkeys"


async def test_a_challenge_is_good_once(owner: Owner) -> None:
    device = Device(ORIGIN, counts=False)
    await owner.add(device)
    credential = device.sign(await owner.login_options())
    answers = await asyncio.gather(*(owner.log_in(credential) for _ in range(5)))
    assert sorted(each.status for each in answers) == [200, 401, 401, 401, 401]
    options = await owner.options()
    await owner.person.expect(201, "POST", PATH, {"name": "a", "credential": Device(ORIGIN).make(options)})
    again = await owner.person.post(PATH, {"name": "b", "credential": Device(ORIGIN).make(options)})
    assert again.code == "passkey_refused"


async def test_a_challenge_ends(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    monkeypatch.setattr(challenges, "LIFETIME", -challenges.LIFETIME)
    assert (await owner.sign_in(device)).code == "passkey_refused"


async def test_a_challenge_is_for_one_purpose_and_account(owner: Owner) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    making = await owner.options()
    assert (await owner.log_in(device.sign({"rpId": "chat.example", **making}))).code == "passkey_refused"
    other = await Person.register(owner.browser)
    credential = Device(ORIGIN).make(making)
    assert (await other.post(PATH, {"name": "theirs", "credential": credential})).code == "passkey_refused"


def of_another_page(device: Device) -> None:
    device.origin = "https://chat.example.evil.example"


def not_verified(device: Device) -> None:
    device.flags = PRESENT


def nobody_there(device: Device) -> None:
    device.flags = 0


def another_key(device: Device) -> None:
    device.key = Device(ORIGIN).key


def a_copy(device: Device) -> None:
    device.used = -1


@pytest.mark.parametrize("spoil", [of_another_page, not_verified, nobody_there, another_key, a_copy])
async def test_what_is_refused(owner: Owner, spoil: Callable[[Device], None]) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    assert (await owner.sign_in(device)).status == 200
    spoil(device)
    assert (await owner.sign_in(device)).code == "passkey_refused"


async def test_a_passkey_that_a_user_did_not_confirm_is_not_kept(owner: Owner) -> None:
    for device in (Device(ORIGIN, flags=PRESENT), Device("https://elsewhere.example")):
        credential = device.make(await owner.options())
        assert (await owner.person.post(PATH, {"name": "x", "credential": credential})).code == "passkey_refused"


@pytest.mark.parametrize("spoiled", [None, 3, "text", [], {}, {"response": {}}, {"rawId": "AAAA", "response": 3}])
async def test_any_credential_is_answered(owner: Owner, spoiled: Any) -> None:
    assert (await owner.log_in(spoiled)).code in {"passkey_refused", "unprocessable"}
    answer = await owner.person.post(PATH, {"name": "x", "credential": spoiled})
    assert answer.code in {"passkey_refused", "unprocessable"}


async def test_each_part_that_is_changed_or_missing_is_refused(owner: Owner) -> None:
    device = Device(ORIGIN)
    made = device.make(await owner.options())
    for part in made["response"]:
        for value in ("", "AAAA", 7, None):
            spoiled = deepcopy(made)
            spoiled["response"][part] = value
            answer = await owner.person.post(PATH, {"name": "x", "credential": spoiled})
            assert answer.code == "passkey_refused", (part, value)
    await owner.add(device)
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        for value in ("", "AAAA", 7, None):
            credential = device.sign(await owner.login_options())
            credential["response"][part] = value
            assert (await owner.log_in(credential)).code == "passkey_refused", (part, value)
    assert (await owner.sign_in(device)).status == 200


async def test_a_disabled_account_stays_out(owner: Owner) -> None:
    device = Device(ORIGIN)
    await owner.add(device)
    await owner.rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", owner.person.id)
    assert (await owner.sign_in(device)).code == "account_disabled"


async def test_strangers_store_nothing(owner: Owner) -> None:
    await asyncio.gather(*(owner.login_options() for _ in range(20)))
    assert await owner.rows.fetchval("SELECT count(*) FROM used_challenges") == 0


async def test_without_a_public_address_there_are_none(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path), COTERIE_PUBLIC_URL="")
    async with serving(settings) as server, aiohttp.ClientSession() as http:
        browser = Browser(server.url, http)
        person = await Person.register(browser)
        assert (await browser.expect(200, "GET", "/api/instance"))["has_passkeys"] is False
        assert (await person.post(f"{PATH}/options", PROOF)).code == "no_passkeys"
        assert (await browser.post("/api/auth/passkey-login/options")).code == "no_passkeys"
