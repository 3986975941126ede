"""The routes of bots: what they answer, and whom they admit."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from coterie.accounts import actions as accounts
from coterie.database.pool import OwnConnection, open_pool
from tests.people import Browser, Community, Person, Socket
from tests.serving import LiveServer, Register
from tests.shapes import Shape, assert_shape, is_text, is_time, is_uuid, nullable

BOT: Shape = {
    "id": is_uuid,
    "user_id": is_uuid,
    "name": is_text,
    "description": nullable(is_text),
    "created_by": is_uuid,
    "revoked_at": nullable(is_time),
    "created_at": is_time,
}


class Robot(Browser):
    """A program with the token of a bot."""

    async def call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bot {self.token}", **options.pop("headers", {})}
        return await super().call(method, path, headers=headers, **options)


@dataclass(frozen=True, slots=True)
class Made:
    """A bot, its token, and a program that uses it."""

    bot: dict[str, Any]
    token: str
    robot: Robot

    @property
    def path(self) -> str:
        return f"/api/bots/{self.bot['id']}"


async def create(person: Person, name: str = "Helper", **fields: Any) -> Made:
    made = await person.expect(201, "POST", "/api/bots", {"name": name, **fields})
    return Made(made["bot"], made["token"], Robot(person.url, person.http, made["token"]))


async def test_it_works(register: Register) -> None:
    person = await register()
    socket = await person.socket()
    made = await create(person, "  Ticket Helper 9 ", description="Answers")
    assert_shape(made.bot, BOT)
    assert re.fullmatch(r"[0-9a-f]{64}", made.token)
    assert re.fullmatch(r"ticket_helper_9-bot-[0-9a-f]{8}", made.bot["username"])
    assert (made.bot["name"], made.bot["created_by"]) == ("Ticket Helper 9", person.id)
    assert (await socket.wait_for_type("BOT_CREATE"))["d"] == made.bot
    assert await person.expect(200, "GET", "/api/bots") == {"bots": [made.bot]}
    assert await person.expect(200, "GET", made.path) == made.bot
    assert (await person.expect(200, "GET", "/sync/me"))[f"bots/{made.bot['id']}"] == made.bot
    me = await made.robot.expect(200, "GET", "/api/users/@me")
    assert (me["id"], me["username"], me["display_name"]) == (
        made.bot["user_id"],
        made.bot["username"],
        "Ticket Helper 9",
    )


@pytest.mark.parametrize(
    ("name", "slug"), [("Straße Ñ", "strae_n"), ("机器人", "a"), ("x" * 64, "x" * 19), ("--a--", "a"), ("A B", "a_b")]
)
async def test_the_name_of_its_account(register: Register, name: str, slug: str) -> None:
    made = await create(await register(), name)
    assert re.fullmatch(slug + "-bot-[0-9a-f]{8}", made.bot["username"])


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "---"}, {"name": "x" * 65}, {"description": "x" * 513}])
async def test_what_is_refused(register: Register, body: dict[str, Any]) -> None:
    person = await register()
    made = await create(person)
    assert (await person.post("/api/bots", {"name": "Bot", **body})).status in (400, 422)
    assert (await person.patch(made.path, body)).status in (400, 422)


async def test_changing(register: Register) -> None:
    person = await register()
    made = await create(person, description="Answers")
    socket = await person.socket()
    changed = await person.expect(200, "PATCH", made.path, {"name": "Other"})
    assert changed == {**made.bot, "name": "Other"}
    assert (await socket.wait_for_type("BOT_UPDATE"))["d"] == changed
    assert (await person.expect(200, "PATCH", made.path, {"description": None}))["description"] is None


async def test_it_joins_writes_and_is_logged(community: Community) -> None:
    made = await create(community.owner)
    robot = made.robot
    await robot.expect(201, "POST", f"/api/servers/{community.server}/join")
    path = f"/api/channels/{community.channel}/messages"
    first = await robot.expect(201, "POST", path, {"content": "x" * 100})
    await robot.expect(201, "POST", path, {"content": "second"})
    assert first["author_id"] == made.bot["user_id"]
    await robot.expect(204, "DELETE", f"/api/messages/{first['id']}")
    logs = (await community.owner.expect(200, "GET", f"{made.path}/logs"))["logs"]
    assert [(each["event"], each["detail"]) for each in logs] == [("message_sent", "second"), ("bot_created", None)]
    await robot.expect(201, "POST", path, {"content": "y" * 100})
    await community.owner.expect(204, "DELETE", made.path)
    logs = (await community.owner.expect(200, "GET", f"{made.path}/logs"))["logs"]
    assert [each["event"] for each in logs] == ["bot_revoked", "message_sent", "message_sent", "bot_created"]
    assert logs[1]["detail"] == "y" * 80


async def test_its_creator_only(register: Register) -> None:
    person, other = await register(), await register()
    made = await create(person)
    for caller in (other, made.robot):
        assert isinstance(caller, Browser)
        for method, path, body in (
            ("GET", made.path, None),
            ("PATCH", made.path, {"name": "Mine"}),
            ("DELETE", made.path, None),
            ("GET", f"{made.path}/logs", None),
            ("POST", f"{made.path}/token/regenerate", None),
        ):
            await caller.expect(404, method, path, body)
    assert await other.expect(200, "GET", "/api/bots") == {"bots": []}
    assert (await other.post("/api/bots/connect")).code == "bots_only"


async def test_what_bots_cannot_do(register: Register) -> None:
    made = await create(await register())
    for method, path, body in (
        ("POST", "/api/bots", {"name": "Child"}),
        ("GET", "/api/bots", None),
        ("POST", "/api/servers", {"name": "Server"}),
    ):
        answer = await made.robot.call(method, path, **({"json": body} if body else {}))
        assert (answer.status, answer.code) == (403, "people_only")
    for password in (made.token, ""):
        login = {"username": made.bot["username"], "password": password or "x"}
        anonymous = Browser(made.robot.url, made.robot.http)
        await anonymous.expect(401, "POST", "/api/auth/login", login)
    await anonymous.expect(401, "POST", "/api/auth/refresh", {"refresh_token": made.token})
    await made.robot.expect(200, "GET", "/api/users/@me")


async def robot_socket(made: Made, query: str) -> Socket:
    person = Person(Browser(made.robot.url, made.robot.http), {"access_token": "x", "user": {"id": "", "username": ""}})
    url = f"{made.robot.url.replace('http', 'ws', 1)}/ws?{query}"
    socket = Socket(person, await made.robot.http.ws_connect(url, max_msg_size=0))
    socket.reading = asyncio.create_task(socket._read())
    return socket


async def test_every_way_in(community: Community) -> None:
    made = await create(community.owner)
    access = (await made.robot.expect(200, "POST", "/api/bots/connect"))["access_token"]
    program = Browser(made.robot.url, made.robot.http, access)
    assert (await program.expect(200, "GET", "/api/users/@me"))["id"] == made.bot["user_id"]
    for query in (f"bot_token={made.token}", f"token={access}"):
        socket = await robot_socket(made, query)
        assert (await socket.wait_for_type("READY"))["d"]["user"]["id"] == made.bot["user_id"]
        await socket.close()
    for wrong in (f"bot_token={'0' * 64}", f"bot_token={made.token.upper()}", f"token={made.token}", "bot_token="):
        with pytest.raises(Exception, match="401"):
            await robot_socket(made, wrong)
    for header in (f"Bot {'0' * 64}", f"bot {made.token}", f"Bearer {made.token}", f"Bot  {made.token}"):
        answer = await program.get("/api/users/@me", headers={"Authorization": header})
        assert answer.status == 401, header


async def test_a_new_token_ends_the_old_one_at_once(community: Community) -> None:
    made = await create(community.owner)
    socket = await robot_socket(made, f"bot_token={made.token}")
    await socket.wait_for_type("READY")
    access = (await made.robot.expect(200, "POST", "/api/bots/connect"))["access_token"]
    renewed = await community.owner.expect(200, "POST", f"{made.path}/token/regenerate")
    assert renewed["bot"] == made.bot
    await socket.wait_for_close()
    await made.robot.expect(401, "GET", "/api/users/@me")
    await Browser(made.robot.url, made.robot.http, access).expect(401, "GET", "/api/users/@me")
    await Robot(made.robot.url, made.robot.http, renewed["token"]).expect(200, "GET", "/api/users/@me")


async def test_revoking_ends_it_for_good(community: Community) -> None:
    made = await create(community.owner)
    await made.robot.expect(200, "GET", "/api/users/@me")
    socket = await robot_socket(made, f"bot_token={made.token}")
    await socket.wait_for_type("READY")
    await community.owner.expect(204, "DELETE", made.path)
    await socket.wait_for_close()
    await made.robot.expect(401, "GET", "/api/users/@me")
    await community.owner.expect(404, "DELETE", made.path)
    assert (await community.owner.post(f"{made.path}/token/regenerate")).code == "bot_revoked"
    assert (await community.owner.patch(made.path, {"name": "Other"})).code == "bot_revoked"
    [listed] = (await community.owner.expect(200, "GET", "/api/bots"))["bots"]
    assert listed["revoked_at"] is not None


async def test_the_bots_of_a_disabled_account_end_with_it(community: Community, live_server: LiveServer) -> None:
    made = await create(community.member)
    await made.robot.expect(200, "GET", "/api/users/@me")
    socket = await robot_socket(made, f"bot_token={made.token}")
    await socket.wait_for_type("READY")
    database = await open_pool(live_server.settings)
    await accounts.disable(database, UUID(community.member.id))
    await database.close()
    await socket.wait_for_close()
    await made.robot.expect(401, "GET", "/api/users/@me")


async def test_the_table_has_no_token(register: Register, rows: OwnConnection) -> None:
    made = await create(await register())
    row = await rows.fetchrow("SELECT * FROM bots WHERE id = $1", UUID(made.bot["id"]))
    assert row is not None
    assert made.token not in str(dict(row))
    assert bytes.fromhex(made.token) != row["token_hash"]


async def test_its_creator_sees_what_was_done_to_tokens(register: Register) -> None:
    person = await register()
    made = await create(person)
    await person.expect(200, "POST", f"{made.path}/token/regenerate")
    await person.expect(204, "DELETE", made.path)
    events = await person.expect(200, "GET", "/api/users/@me/security-events")
    found = [(each["type"], each["details"]) for each in events if each["type"].startswith("bot.")]
    details = {"bot": made.bot["user_id"]}
    assert found == [("bot.revoked", details), ("bot.token_created", details), ("bot.created", details)]


async def test_fifty_are_enough(register: Register, rows: OwnConnection) -> None:
    person = await register()
    made = await create(person)
    await rows.execute(
        """
        WITH opened AS (
            INSERT INTO topics (id, kind) SELECT gen_random_uuid(), 'user' FROM generate_series(1, 49) RETURNING id
        ), made AS (
            INSERT INTO users (id, username, is_bot, created_at)
            SELECT id, 'many-bot-' || left(id::text, 8), TRUE, now() FROM opened RETURNING id
        )
        INSERT INTO bots (id, user_id, name, created_by, created_at, revoked_at)
        SELECT gen_random_uuid(), id, 'Bot', $1, now(), now() FROM made
        """,
        UUID(person.id),
    )
    assert (await person.post("/api/bots", {"name": "Last"})).code == "too_many_bots"
    await person.expect(204, "DELETE", made.path)
