"""The routes of second factors: setting one up, logging in with it, and every way to get around it."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection, open_pool
from coterie.process.refusals import Exit
from coterie.second_factor import totp
from coterie.second_factor.actions import seal_again
from coterie.second_factor.step import PURPOSE, SecondFactorStep
from coterie.settings.sealing import Sealing
from tests.commands.test_commands import refused, succeed
from tests.people import PASSWORD, Answer, Browser, Person
from tests.serving import LiveServer, Register

PATH = "/api/auth/second-factor"
OWNED = {"current_password": PASSWORD}


@dataclass
class Owner:
    """A person with an authenticator app."""

    person: Person
    browser: Browser
    rows: OwnConnection
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    async def set_up(self) -> "Owner":
        made = await self.person.expect(201, "POST", PATH, OWNED)
        self.secret = made["secret"]
        self.codes = (await self.person.expect(200, "POST", f"{PATH}/confirm", {"code": self.code()}))["recovery_codes"]
        return self

    def code(self) -> str:
        """Of the next period: it is valid for at least a minute, however slow the test is."""
        return totp.code(self.secret, int(time.time()) // totp.PERIOD + 1)

    async def later(self) -> None:
        """As if no code of this time had been used."""
        await self.rows.execute("UPDATE second_factors SET used_period = 0 WHERE user_id = $1", UUID(self.person.id))

    async def log_in(self, password: str = PASSWORD) -> Answer:
        return await self.browser.post("/api/auth/login", {"username": self.person.username, "password": password})

    async def challenge(self) -> str:
        answer = await self.log_in()
        assert (answer.status, answer.code, answer.body["steps"]) == (401, "login_step_required", ["second_factor"])
        found: str = answer.body["challenge"]
        return found

    async def step(self, code: str, challenge: str | None = None) -> Answer:
        named = {"challenge": challenge or await self.challenge(), "step": "second_factor"}
        return await self.browser.post("/api/auth/login/step", {**named, "answer": {"code": code}})

    async def state(self) -> Any:
        return await self.person.expect(200, "GET", PATH)

    async def events(self) -> list[str]:
        """What happened to the account, the oldest first, without logins and lists."""
        found = await self.person.expect(200, "GET", "/api/users/@me/security-events")
        return [each["type"] for each in reversed(found)]


@pytest.fixture
async def owner(register: Register, browser: Browser, rows: OwnConnection) -> Owner:
    return await Owner(await register(), browser, rows).set_up()


async def test_it_works(register: Register, browser: Browser, rows: OwnConnection) -> None:
    owner = Owner(await register(), browser, rows)
    off = {"is_enabled": False, "enabled_at": None, "recovery_codes_left": 0, "recovery_codes_used": 0}
    assert await owner.state() == off
    made = await owner.person.expect(201, "POST", PATH, OWNED)
    assert made["address"] == totp.address(made["secret"], "Coterie", owner.person.username)
    assert await owner.state() == off, "not before it is confirmed"
    assert (await owner.log_in()).status == 200
    await owner.set_up()
    state = await owner.state()
    assert (state["is_enabled"], state["recovery_codes_left"], state["recovery_codes_used"]) == (True, 10, 0)
    await owner.later()
    answer = await owner.step(owner.code())
    assert answer.status == 200
    assert (await Person(browser, answer.body).expect(200, "GET", "/api/users/@me"))["id"] == owner.person.id
    assert await owner.events() == [
        "auth.registered", "auth.login", "auth.login", "auth.second_factor_enabled", "auth.login",
    ]  # fmt: skip


async def test_a_code_works_once(owner: Owner) -> None:
    assert (await owner.step(owner.code())).code == "wrong_step_answer", "it has confirmed the key"
    await owner.later()
    code, challenges = owner.code(), [await owner.challenge() for _ in range(4)]
    answers = await asyncio.gather(*(owner.step(code, each) for each in challenges))
    assert sorted(each.status for each in answers) == [200, 401, 401, 401]
    assert {each.code for each in answers if each.status == 401} == {"wrong_step_answer"}
    earlier = totp.code(owner.secret, int(time.time()) // totp.PERIOD)
    assert (await owner.step(earlier)).code == "wrong_step_answer", "a later one was used"


async def test_a_recovery_code_works_once_instead(owner: Owner) -> None:
    first, second, *_ = owner.codes
    assert (await owner.step(first.upper().replace("-", " "))).status == 200
    assert (await owner.step(first)).code == "wrong_step_answer"
    assert (await owner.step(second)).status == 200
    state = await owner.state()
    assert (state["recovery_codes_left"], state["recovery_codes_used"]) == (8, 2)
    assert (await owner.events()).count("auth.recovery_code_used") == 2


async def test_new_recovery_codes_replace_the_former_ones(owner: Owner) -> None:
    await owner.step(owner.codes[0])
    new = (await owner.person.expect(201, "POST", f"{PATH}/recovery-codes", OWNED))["recovery_codes"]
    assert not set(new) & set(owner.codes)
    assert (await owner.step(owner.codes[1])).code == "wrong_step_answer"
    assert (await owner.step(new[0])).status == 200
    state = await owner.state()
    assert (state["recovery_codes_left"], state["recovery_codes_used"]) == (9, 1)


async def test_removing_it(owner: Owner) -> None:
    await owner.person.expect(204, "POST", f"{PATH}/remove", OWNED)
    assert (await owner.log_in()).status == 200
    assert not (await owner.state())["is_enabled"]
    await owner.person.expect(404, "POST", f"{PATH}/remove", OWNED)
    await owner.person.expect(404, "POST", f"{PATH}/recovery-codes", OWNED)
    assert "auth.second_factor_removed" in await owner.events()
    await owner.set_up()
    assert (await owner.log_in()).code == "login_step_required"


@pytest.mark.parametrize("path", ["", "/recovery-codes", "/remove"])
async def test_each_change_needs_the_password(owner: Owner, path: str) -> None:
    before = await owner.rows.fetch("SELECT * FROM second_factors JOIN recovery_codes USING (user_id)")
    assert (await owner.person.post(PATH + path, {"current_password": "wrong one"})).code == "wrong_password"
    assert (await owner.person.post(PATH + path, {})).status in (400, 422)
    assert await owner.rows.fetch("SELECT * FROM second_factors JOIN recovery_codes USING (user_id)") == before


async def test_what_is_confirmed_stays(owner: Owner) -> None:
    assert (await owner.person.post(PATH, OWNED)).code == "second_factor_enabled"
    assert (await owner.person.post(f"{PATH}/confirm", {"code": owner.code()})).code == "second_factor_enabled"
    await owner.later()
    assert (await owner.step(owner.code())).status == 200


async def test_confirming_needs_a_code_of_the_newest_key(
    register: Register, browser: Browser, rows: OwnConnection
) -> None:
    owner = Owner(await register(), browser, rows)
    assert (await owner.person.post(f"{PATH}/confirm", {"code": "123456"})).status == 404
    former = (await owner.person.expect(201, "POST", PATH, OWNED))["secret"]
    owner.secret = (await owner.person.expect(201, "POST", PATH, OWNED))["secret"]
    wrong = totp.code(former, int(time.time()) // totp.PERIOD + 1)
    for code in (wrong, "", "12345", "not a code at all"):
        answer = await owner.person.post(f"{PATH}/confirm", {"code": code})
        assert (answer.status, answer.code) in ((400, "wrong_code"), (400, "invalid"))
    assert (await owner.log_in()).status == 200
    await owner.person.expect(200, "POST", f"{PATH}/confirm", {"code": owner.code()})


@pytest.mark.parametrize("answer", [None, "123456", {"code": 5}, {}, {"code": ""}, ["x"]])
async def test_an_answer_of_another_form(owner: Owner, answer: Any) -> None:
    body = {"challenge": await owner.challenge(), "step": "second_factor", "answer": answer}
    assert (await owner.browser.post("/api/auth/login/step", body)).status in (400, 422)


async def test_the_codes_of_another_account_are_wrong(owner: Owner, register: Register) -> None:
    other = await Owner(await register(), owner.browser, owner.rows).set_up()
    await owner.later()
    await other.later()
    assert (await owner.step(other.code())).code == "wrong_step_answer"
    assert (await owner.step(other.codes[0])).code == "wrong_step_answer"
    assert (await other.step(other.codes[0])).status == 200


async def test_a_new_password_leaves_it(owner: Owner) -> None:
    await owner.rows.execute("UPDATE users SET email = 'x@example.org' WHERE id = $1", UUID(owner.person.id))
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    await owner.person.expect(204, "POST", "/api/auth/change-password", body)
    assert (await owner.log_in("quite another one")).code == "login_step_required"


async def test_the_tables_have_no_secret(owner: Owner) -> None:
    rows = [
        *await owner.rows.fetch("SELECT * FROM second_factors"),
        *await owner.rows.fetch("SELECT * FROM recovery_codes"),
    ]
    text = str([dict(row) for row in rows])
    plain = [code.replace("-", "") for code in owner.codes]
    assert not [each for each in (owner.secret, *owner.codes, *plain) if each in text]


async def test_the_operator_removes_it_and_the_owner_sees_that(owner: Owner, live_server: LiveServer) -> None:
    url, name = live_server.settings.database_url, owner.person.username
    challenge = await owner.challenge()
    said = await asyncio.to_thread(succeed, "user", "remove-second-factor", name, url=url)
    assert said == f"{name} has no second factor any more and is logged out everywhere.\n"
    await owner.person.expect(401, "GET", PATH)
    assert (await owner.step(owner.codes[0], challenge)).code == "challenge_ended"
    answer = await owner.log_in()
    events = await Person(owner.browser, answer.body).expect(200, "GET", "/api/users/@me/security-events")
    assert "admin.second_factor_removed" in [each["type"] for each in events]
    await asyncio.to_thread(refused, Exit.NOT_FOUND, "user", "remove-second-factor", name, url=url)


async def test_after_a_change_of_the_secret(owner: Owner, live_server: LiveServer) -> None:
    """The previous secret still reads the key, which is then encrypted with the new one."""
    database = await open_pool(live_server.settings)
    user_id, present = UUID(owner.person.id), live_server.settings.jwt_secret
    changed, forgotten = "another secret, long enough to be one", "one that nobody knows any more"
    await owner.later()
    for sealing, is_right in (
        (Sealing(PURPOSE, forgotten), False),
        (Sealing(PURPOSE, changed, present), True),
    ):
        assert await SecondFactorStep(sealing).use(database, user_id, owner.code()) is is_right
    try:
        await seal_again(database, Sealing(PURPOSE, changed, present))
        await owner.later()
        assert await SecondFactorStep(Sealing(PURPOSE, changed)).use(database, user_id, owner.code())
    finally:
        await seal_again(database, Sealing(PURPOSE, present, changed))
        await database.close()
