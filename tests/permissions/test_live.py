"""A user who loses the right to view a channel loses it at once, in every process; regained, it is there at once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from coterie.database import pool as pools
from coterie.database.pool import OwnConnection
from coterie.permissions.bits import DEFAULT, Permission
from tests.laws.world import servers
from tests.people import Browser, Community, Person, Socket
from tests.roles.ranks import Ranks, rank
from tests.serving import gather_community, over_both_buses, serving, settings_for
from tests.sync.braid_reader import BraidStream, Follow

VIEW, SEND = int(Permission.VIEW_CHANNEL), int(Permission.SEND_MESSAGES)

Call = tuple[str, str, Any]


@dataclass(frozen=True)
class Way:
    """Calls of the owner that close the channel to the member, and that open it again."""

    closing: list[Call]
    opening: list[Call]


async def ways_of(ranks: Ranks) -> dict[str, Way]:
    """Everything that decides what a user can view; each leaves the channel as it was."""
    key = await ranks.role("key", 0, 2, ranks.member)
    await ranks.override(deny=VIEW, role_id=ranks.server)
    await ranks.override(allow=VIEW, role_id=key["id"])
    overrides, server = ranks.overrides, f"/api/servers/{ranks.server}"
    own = {"user_id": ranks.member.id, "allow": 0, "deny": 0}
    of_role = {"role_id": key["id"], "allow": VIEW, "deny": 0}
    return {
        "the role": Way(
            [("DELETE", ranks.held(ranks.member, key), None)], [("PUT", ranks.held(ranks.member, key), None)]
        ),
        "the member's override": Way(
            [("PUT", overrides, {**own, "deny": VIEW})],
            [("PUT", overrides, own)],
        ),
        "the role's override": Way(
            [("PUT", overrides, {**of_role, "allow": 0})],
            [("PUT", overrides, of_role)],
        ),
        "everybody's override, and the default": Way(
            [
                ("PATCH", server, {"default_permissions": DEFAULT & ~VIEW}),
                ("PUT", overrides, {"role_id": ranks.server, "allow": 0, "deny": 0}),
                ("PUT", overrides, {**of_role, "allow": 0}),
            ],
            [("PATCH", server, {"default_permissions": DEFAULT})],
        ),
        "what the role may": Way(
            [
                ("PATCH", server, {"default_permissions": DEFAULT & ~VIEW}),
            ],
            [("PATCH", ranks.one(key), {"permissions": VIEW | SEND})],
        ),
        "the role itself": Way(
            [("DELETE", ranks.one(key), None)],
            [("PUT", overrides, {**own, "allow": VIEW | SEND})],
        ),
        "ownership": Way(
            [
                ("PUT", overrides, own),
            ],
            [("PUT", f"{server}/owner", {"user_id": ranks.member.id})],
        ),
    }


async def carry_out(person: Person, calls: list[Call]) -> None:
    for method, path, body in calls:
        answer = await person.call(method, path, json=body)
        assert answer.status in (200, 204), (method, path, answer.body)


def about(socket: Socket, channel: str, since: int) -> list[dict[str, Any]]:
    """The frames that name a channel anywhere, of those that came after the first ones."""
    return [frame for frame in socket.frames[since:] if channel in str(frame)]


async def use(ranks: Ranks, speaker: Socket) -> dict[str, Any]:
    """Everything that causes an event in a channel."""
    person, channel = speaker.person, ranks.channel
    await speaker.say("TYPING_START", {"channel_id": channel})
    sent = await person.send(channel, "only for us")
    path = f"/api/channels/{channel}/messages/{sent['id']}"
    await person.expect(204, "PUT", f"{path}/reactions/x")
    await person.expect(204, "POST", f"{path}/pin")
    await person.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "still only for us"})
    await person.expect(200, "PATCH", f"/api/servers/{ranks.server}/channels/{channel}", {"topic": "secret"})
    await ranks.override(deny=16, user_id=ranks.owner.id)
    await person.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    return sent


async def assert_gone(ranks: Ranks, person: Person) -> None:
    """Nothing answers as if the channel were there."""
    channel = ranks.channel
    for path in ("messages", "pinned-messages", "overrides", "permissions"):
        assert (await person.get(f"/api/channels/{channel}/{path}")).status == 404
    listed = await person.expect(200, "GET", f"/api/servers/{ranks.server}/channels")
    assert channel not in {each["id"] for each in listed}
    assert (await person.post(f"/api/channels/{channel}/messages", {"content": "hello?"})).status == 404
    assert (await person.get(f"/sync/channels/{channel}/messages")).status == 404
    assert channel not in str((await person.get(f"/sync/servers/{ranks.server}")).body)


@pytest.mark.longer
@over_both_buses
async def test_every_way_in_and_out_works_at_once_everywhere(database_url: str, bus_url: str) -> None:
    async with servers(database_url, 2, bus_url) as (here, there), aiohttp.ClientSession() as http:

        async def register(name: str = "person") -> Person:
            return await Person.register(Browser(here.url, http), name)

        ranks = await rank(await gather_community(register), register)
        ways = await ways_of(ranks)
        elsewhere = Person(Browser(there.url, http), ranks.member.login)
        watching = [await ranks.member.socket(), await elsewhere.socket()]
        admin = await Person(Browser(there.url, http), ranks.admin.login).socket()
        for name, way in ways.items():
            starts = [len(socket.frames) for socket in watching]
            await carry_out(ranks.owner, way.closing)
            for socket, start in zip(watching, starts, strict=True):
                gone = await socket.wait_for(lambda frame: names("DELETE", frame, ranks.channel, socket.frames[start:]))  # noqa: B023
                assert gone["previous"] == gone["position"], name
            await use(ranks, admin)
            for socket, start in zip(watching, starts, strict=True):
                await socket.settle()
                [*before, last] = about(socket, ranks.channel, start)
                assert last["t"] == "CHANNEL_DELETE", (name, last)
                assert {frame["t"] for frame in before} <= {"CHANNEL_OVERRIDE_UPDATE", "CHANNEL_OVERRIDE_DELETE"}, name
                await assert_gone(ranks, socket.person)
            await assert_comes_back(ranks, way, watching, admin)


def names(what: str, frame: dict[str, Any], channel: str, frames: list[dict[str, Any]]) -> bool:
    """Whether it is one of these frames, and says that a channel comes or goes."""
    return frame.get("t") == f"CHANNEL_{what}" and frame["d"]["id"] == channel and frame in frames


async def assert_comes_back(ranks: Ranks, way: Way, watching: list[Socket], speaker: Socket) -> None:
    """The channel is sent with its position and its overrides, and continues from there without a gap."""
    starts = [len(socket.frames) for socket in watching]
    await carry_out(ranks.owner, way.opening)
    shown = []
    for socket, start in zip(watching, starts, strict=True):
        shown.append(await socket.wait_for(lambda frame: names("CREATE", frame, ranks.channel, socket.frames[start:])))  # noqa: B023
    overrides = await ranks.member.expect(200, "GET", ranks.overrides)
    sent = await speaker.person.send(ranks.channel, "welcome back")
    for socket, start, found in zip(watching, starts, shown, strict=True):
        frame = await socket.wait_for(lambda frame: frame.get("d") == sent)
        assert found["positions"] == {ranks.channel: frame["previous"]}
        told = {each["d"]["id"]: each["d"] for each in socket.frames[start:] if each["t"] == "CHANNEL_OVERRIDE_UPDATE"}
        assert told == {each["id"]: each for each in overrides}


async def test_a_former_member_receives_nothing_more(ranks: Ranks) -> None:
    socket = await ranks.member.socket()
    await ranks.member.expect(204, "DELETE", f"/api/servers/{ranks.server}/leave")
    await socket.wait_for_type("SERVER_DELETE")
    start = len(socket.frames)
    await use(ranks, await ranks.owner.socket())
    await ranks.role("new", 0, 1)
    await socket.settle()
    assert not about(socket, ranks.server, start)
    assert not about(socket, ranks.channel, start)


async def test_a_resume_shows_what_is_gone(ranks: Ranks) -> None:
    socket = await ranks.member.socket()
    positions = socket.ready["positions"]
    await socket.close()
    await ranks.owner.send(ranks.channel, "said before")
    await ranks.override(deny=VIEW, user_id=ranks.member.id)
    back = await ranks.member.socket()
    assert ranks.channel not in back.ready["positions"]
    assert ranks.channel not in str(back.ready)
    await back.say("RESUME", {"positions": positions})
    gone = await back.wait_for_type("TOPIC_GONE")
    assert gone["d"] == {"topic": ranks.channel, "topics": [ranks.channel]}
    await back.settle()
    assert [frame["t"] for frame in about(back, ranks.channel, 0)] == ["TOPIC_GONE"]


async def test_ready_holds_the_overrides_of_visible_channels(ranks: Ranks) -> None:
    seen = await ranks.override(deny=SEND, user_id=ranks.admin.id)
    hidden = await ranks.owner.expect(
        200,
        "PUT",
        f"/api/channels/{ranks.community.voice}/overrides",
        {"role_id": ranks.server, "allow": 0, "deny": VIEW},
    )
    member, owner = await ranks.member.socket(), await ranks.owner.socket()
    assert member.ready["channel_overrides"] == {ranks.channel: [seen]}
    assert owner.ready["channel_overrides"] == {ranks.channel: [seen], ranks.community.voice: [hidden]}
    roles = await ranks.member.expect(200, "GET", ranks.path)
    assert member.ready["server_roles"] == {ranks.server: roles}


async def test_streams_end_with_the_right_and_begin_again_with_what_is_left(ranks: Ranks, follow: Follow) -> None:
    messages, server = f"/sync/channels/{ranks.channel}/messages", f"/sync/servers/{ranks.server}"
    await ranks.owner.send(ranks.channel, "hello")
    streams = [await follow(ranks.member, path) for path in (messages, server)]
    versions = [(await stream.next()).version for stream in streams]
    await ranks.override(deny=VIEW, user_id=ranks.member.id)
    await ranks.owner.send(ranks.channel, "only for us")
    for stream in streams:
        assert ranks.channel not in str(await stream.read_to_end())
    again = await follow(ranks.member, messages, Parents=f'"{versions[0]}"')
    assert again.status == 404
    back = await follow(ranks.member, server, Parents=f'"{versions[1]}"')
    assert (await back.next()).key is None, "a snapshot"
    assert ranks.channel not in str(back.state)
    await ranks.override(user_id=ranks.member.id)
    assert ranks.channel not in str(await back.read_to_end())
    assert f"channels/{ranks.channel}" in await snapshot_of(await follow(ranks.member, server))


async def snapshot_of(stream: BraidStream) -> dict[str, Any]:
    await stream.next()
    return stream.state


async def test_a_stream_of_the_server_drops_the_overrides_of_what_goes(ranks: Ranks, follow: Follow) -> None:
    """State plus changes is the state that is fetched again, apart from members' roles, which are ignored."""
    await ranks.override(deny=16, role_id=ranks.roles["helper"]["id"])
    await ranks.override(deny=16, user_id=ranks.member.id)
    stream = await follow(ranks.owner, f"/sync/servers/{ranks.server}")
    await stream.next()
    await ranks.owner.expect(204, "DELETE", ranks.one(ranks.roles["helper"]))
    await ranks.owner.expect(204, "DELETE", f"/api/servers/{ranks.server}/channels/{ranks.channel}")
    answer = await ranks.owner.get(f"/sync/servers/{ranks.server}")
    await stream.until(answer.headers["version"].strip('"'))
    assert stream.state == answer.body
    assert not [key for key in stream.state if key.startswith("overrides/")]


@pytest.mark.parametrize("reason", ["no permission", "timed out", "not a channel"])
async def test_a_member_who_cannot_write_is_not_typing(ranks: Ranks, rows: OwnConnection, reason: str) -> None:
    owner, member = await ranks.owner.socket(), await ranks.member.socket()
    await member.say("TYPING_START", {"channel_id": ranks.channel})
    await owner.wait_for_type("TYPING_START")
    where = ranks.server if reason == "not a channel" else ranks.channel
    if reason == "no permission":
        await ranks.override(deny=SEND, role_id=ranks.server)
    if reason == "timed out":
        await rows.execute(
            """
            INSERT INTO member_timeouts (server_id, user_id, expires_at, created_at)
            VALUES ($1, $2, now() + interval '1 hour', now())
            """,
            ranks.server,
            ranks.member.id,
        )
        await ranks.reread(rows)
        member = await ranks.member.socket()
    await member.settle()
    start = len(owner.frames)
    await member.say("TYPING_START", {"channel_id": where})
    await member.settle()
    await owner.settle()
    assert not [frame for frame in owner.frames[start:] if frame["t"] == "TYPING_START"]


@dataclass
class Crowd:
    """Many sockets of one member, and the statements that their server makes."""

    ranks: Ranks
    sockets: list[Socket]
    statements: list[str]


CROWD = 50


@pytest.fixture
async def crowd(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    statements: list[str] = []

    class CountingConnection(pools._DatedConnection):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            self.add_query_logger(lambda logged: statements.append(logged.query))

    monkeypatch.setattr(pools, "_DatedConnection", CountingConnection)
    async with serving(settings_for(database_url)) as server, aiohttp.ClientSession() as http:

        async def register(name: str = "person") -> Person:
            return await Person.register(Browser(server.url, http), name)

        ranks = await rank(await gather_community(register), register)
        sockets = await asyncio.gather(*(ranks.member.socket() for _ in range(CROWD)))
        yield Crowd(ranks, sockets, statements)
        await asyncio.gather(*(socket.close() for socket in sockets))


async def test_no_listener_costs_a_statement(crowd: Crowd) -> None:
    """However many users lose or gain a channel. What the process does in the background is counted with it."""
    ranks = crowd.ranks
    body = {"role_id": ranks.server, "allow": 0}
    for deny, type in ((VIEW, "CHANNEL_DELETE"), (0, "CHANNEL_CREATE")):
        crowd.statements.clear()
        await ranks.owner.expect(200, "PUT", ranks.overrides, {**body, "deny": deny})
        for socket in crowd.sockets:
            await socket.wait_for_type(type)
        [(statement, count)] = Counter(crowd.statements).most_common(1)
        assert count < CROWD / 2, statement


async def test_a_burst_of_changes_leaves_everybody_with_what_they_may(ranks: Ranks) -> None:
    """Opened and closed many times while messages are sent: nobody ends up with a channel that they cannot view."""
    socket = await ranks.member.socket()
    speaking = asyncio.create_task(speak(ranks.owner, ranks.channel))
    for round in range(12):
        await ranks.override(deny=VIEW if round % 2 == 0 else 0, user_id=ranks.member.id)
    await ranks.override(deny=VIEW, user_id=ranks.member.id)
    last = await ranks.owner.send(ranks.channel, "the last")
    speaking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await speaking
    await socket.settle()
    is_open = True
    for frame in socket.frames:
        if frame.get("t") in ("CHANNEL_CREATE", "CHANNEL_DELETE"):
            is_open = frame["t"] == "CHANNEL_CREATE"
        if frame.get("topic") == ranks.channel:
            assert is_open, frame
    assert not is_open
    assert last["id"] not in str(socket.frames)


async def speak(person: Person, channel: str) -> None:
    while True:
        await person.send(channel, "words")


async def test_the_community_of_the_tests_sees_everything(community: Community) -> None:
    """Shows that what was not received above was withheld, and not lost."""
    socket = await community.member.socket()
    ranks = Ranks(community, community.member, community.member)
    await use(ranks, await community.owner.socket())
    await socket.settle()
    assert {frame["t"] for frame in about(socket, community.channel, 1)} == {
        "TYPING_START",
        "MESSAGE_CREATE",
        "REACTION_ADD",
        "MESSAGE_PIN",
        "MESSAGE_UPDATE",
        "CHANNEL_UPDATE",
        "CHANNEL_OVERRIDE_UPDATE",
        "MESSAGE_DELETE",
    }
