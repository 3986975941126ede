"""The law of the gate: what is refused is refused alike by every interface, and leaves nothing behind.

No row, no position, no usage, and nothing on the bus. Every interface gets the same hundred writes.
"""

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest

from coterie import errors
from coterie.chat_room.queries import set_chat_room
from coterie.database.pool import OwnConnection
from coterie.errors import CoterieError
from coterie.http.rate_limits import Limit, Limits
from coterie.log.append import CHANNEL
from coterie.messages.limits import MESSAGES
from coterie.permissions.bits import Permission
from coterie.space.space import Space
from coterie.usage.counting import Usage
from tests.messages.interfaces import INTERFACES, Interface, Write
from tests.messages.refusals import REFUSALS, Refusal, State
from tests.people import Community, Person, Socket, befriend
from tests.serving import serving, settings_for
from tests.usage.conftest import community_on

pytestmark = pytest.mark.strict

STORED: Final = (
    *("messages", "message_edits", "mentions", "client_versions", "polls", "scheduled_events"),
    *("slow_mode_sends", "usage_tracking WHERE metric = 'messages_sent'"),
    "topics WHERE id IN (SELECT id FROM channels)",
)

CHANNELS: Final = ("channel", "a blocked conversation", "a conversation of others")

Fingerprint = dict[str, str | None]


@dataclass
class World:
    """The cast on a server of its own, with what the writes name: channels and messages by the words of `refusals`.

    `heard` are the bus messages about channels and conversations.
    """

    community: Community
    rows: OwnConnection
    socket: Socket
    strange: Socket
    ids: dict[str, str]
    own: dict[str, str]
    heard: list[str]

    async def fingerprint(self) -> Fingerprint:
        """What is stored of messages, by table."""
        rows = "(SELECT md5(string_agg(it::text, ' ' ORDER BY it::text)) FROM (SELECT * FROM {}) AS it)"
        row = await self.rows.fetchrow("SELECT " + ", ".join(map(rows.format, STORED)))
        assert row is not None
        return dict(zip(STORED, row, strict=True))

    def write(self, refusal: Refusal) -> Write:
        is_strange = refusal.state == "not a member"
        return Write(
            self.community.outsider if is_strange else self.community.member,
            self.strange if is_strange else self.socket,
            self.ids[refusal.at],
            self.own.get(refusal.at, str(uuid4())),
            refusal.content,
            {**refusal.more, **{name: self.ids[what] for name, what in refusal.named.items()}},
            is_conversation="conversation" in refusal.at,
        )

    async def override(self, deny: int) -> None:
        setting = {"user_id": self.community.member.id, "allow": 0, "deny": deny}
        await self.community.owner.expect(200, "PUT", f"/api/channels/{self.community.channel}/overrides", setting)


@pytest.fixture
async def world(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[World]:
    async with serving(settings_for(database_url)) as server:
        community = await community_on(server, http)
        rows, heard = await asyncpg.connect(database_url), list[str]()
        await set_chat_room(rows, UUID(community.channel))
        ids, own = await _furnish(community)
        await rows.add_listener(CHANNEL, lambda *received: heard.append(str(received[-1])))
        socket, strange = await community.member.socket(), await community.outsider.socket()
        yield World(community, rows, socket, strange, ids, own, heard)
        await rows.close()


async def _furnish(community: Community) -> tuple[dict[str, str], dict[str, str]]:
    """Everything that the writes name, by word; and the member's own message in each channel."""
    owner, member, channel = community.owner, community.member, community.channel
    own = await member.send(channel, "hello", nonce="first")
    deleted, pinned = await owner.send(channel, "to be deleted"), await owner.send(channel, "to be pinned")
    path = f"/api/channels/{channel}/messages"
    reply = await owner.expect(201, "POST", f"{path}/{pinned['id']}/thread", {"content": "a reply"})
    await owner.expect(204, "POST", f"{path}/{pinned['id']}/pin")
    [system] = [each for each in await owner.expect(200, "GET", path) if each["type"] == "system"]
    await owner.expect(204, "DELETE", f"/api/messages/{deleted['id']}")
    elsewhere = await owner.send(community.voice, "elsewhere")
    blocked = await _conversation(owner, member)
    others = await _conversation(owner, community.outsider)
    before = await member.send(blocked, "hello")
    await owner.expect(204, "PUT", f"/api/blocks/{member.id}")
    ids = {
        "channel": channel,
        "nowhere": str(uuid4()),
        "a conversation of others": others,
        "a blocked conversation": blocked,
        "elsewhere": elsewhere["id"],
        "deleted": deleted["id"],
        "system": system["id"],
        "reply": reply["id"],
    }
    return ids, {"channel": own["id"], "a blocked conversation": before["id"]}


async def _conversation(one: Person, other: Person) -> str:
    """Their direct conversation, which friends have."""
    await befriend(one, other)
    found: dict[str, Any] = await one.expect(200, "POST", "/api/conversations", {"participant_ids": [other.id]})
    return str(found["id"])


@contextlib.asynccontextmanager
async def automod(world: World, rules: dict[str, Any]) -> AsyncIterator[None]:
    """These rules of automod, and no others."""
    path = f"/api/servers/{world.community.server}/automod"
    if rules:
        await world.community.owner.expect(200, "PATCH", path, {"enabled": True, **rules})
    yield
    if rules:
        off = {name: None if name.endswith(("limit", "percent", "hours")) else False for name in rules}
        kept = {name: value for name, value in off.items() if value is None or name.endswith("enabled")}
        await world.community.owner.expect(200, "PATCH", path, {"enabled": False, **kept})


def in_state(world: World, state: State) -> AbstractAsyncContextManager[None]:
    """The state, set up and undone."""
    if state in FAULTS:
        return contextlib.nullcontext() if state == "" else _faulty(FAULTS[state])
    return {
        "banned": _banned,
        "may not view": lambda world: _denied(world, Permission.VIEW_CHANNEL),
        "may not send": lambda world: _denied(world, Permission.SEND_MESSAGES),
        "timed out": _timed_out,
        "timed out and may not send": _timed_out_and_denied,
        "rate limited and may not send": _limited_and_denied,
        "slow mode": _slow,
        "slow mode and used up": _slow_and_used_up,
    }[state](world)


def _refuse(entry: errors.Entry) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise CoterieError(entry, retry_after=1)

    return refuse


def _limit(limits: Limits, limit: Limit, user_id: UUID, cost: int = 1) -> None:
    if limit is MESSAGES:
        raise CoterieError(errors.RATE_LIMITED, retry_after=1)


def _full(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Space, "check", _refuse(errors.DISK_FULL))


def _limited(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Limits, "action", _limit)


def _used_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Usage, "limit", lambda usage, user_id, metric: 0 if metric == "messages_sent" else None)


def _overloaded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("coterie.log.writer.QUEUE_LIMIT", 0)


FAULTS: Final[dict[State, tuple[Any, ...]]] = {
    "": (),
    "not a member": (),
    "used up": (_used_up,),
    "rate limited": (_limited,),
    "disk full": (_full,),
    "disk full and rate limited": (_full, _limited),
    "overloaded": (_overloaded,),
}


@contextlib.asynccontextmanager
async def _faulty(faults: tuple[Any, ...]) -> AsyncIterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for fault in faults:
            fault(patch)
        yield


@contextlib.asynccontextmanager
async def _banned(world: World) -> AsyncIterator[None]:
    community = world.community
    path = f"/api/servers/{community.server}/members/{community.member.id}"
    await community.owner.expect(204, "POST", f"{path}/ban", {})
    yield
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/bans/{community.member.id}")
    await community.member.expect(201, "POST", f"/api/servers/{community.server}/join")


@contextlib.asynccontextmanager
async def _denied(world: World, permission: Permission) -> AsyncIterator[None]:
    await world.override(int(permission))
    yield
    await world.override(0)


@contextlib.asynccontextmanager
async def _timed_out(world: World) -> AsyncIterator[None]:
    community = world.community
    path = f"/api/servers/{community.server}/members/{community.member.id}/timeout"
    await community.owner.expect(200, "POST", path, {"duration_minutes": 5})
    yield
    await community.owner.expect(204, "DELETE", path)


@contextlib.asynccontextmanager
async def _timed_out_and_denied(world: World) -> AsyncIterator[None]:
    async with _denied(world, Permission.SEND_MESSAGES), _timed_out(world):
        yield


@contextlib.asynccontextmanager
async def _limited_and_denied(world: World) -> AsyncIterator[None]:
    async with _denied(world, Permission.SEND_MESSAGES), _faulty((_limited,)):
        yield


@contextlib.asynccontextmanager
async def _slow_and_used_up(world: World) -> AsyncIterator[None]:
    async with _slow(world), _faulty((_used_up,)):
        yield


@contextlib.asynccontextmanager
async def _slow(world: World) -> AsyncIterator[None]:
    """The member has just written."""
    community = world.community
    path = f"/api/servers/{community.server}/channels/{community.channel}"
    await community.owner.expect(200, "PATCH", path, {"slow_mode_seconds": 3600})
    await world.rows.execute("DELETE FROM slow_mode_sends")
    await community.member.send(community.channel, f"my turn {uuid4().hex}")
    yield
    await community.owner.expect(200, "PATCH", path, {"slow_mode_seconds": 0})


async def refused(world: World, interface: Interface, asked: list[Refusal]) -> list[str | None]:
    """The code that each of these writes gets, all in the same state; asserts that none has changed anything."""
    async with automod(world, asked[0].rules), in_state(world, asked[0].state):
        await world.rows.execute(
            "UPDATE messages SET created_at = now() WHERE content = 'hello'"
        )  # for spam and repeats
        before = await world.fingerprint()
        world.heard.clear()
        codes = []
        for refusal in asked:
            codes.append(await interface(world.write(refusal)))
            after = await world.fingerprint()
            topics = [f'"topic":"{id}"' for word, id in world.ids.items() if word in CHANNELS]
            assert {table for table in before if before[table] != after[table]} == set(), refusal
            assert not [each for each in world.heard if any(topic in each for topic in topics)], refusal
        return codes


@pytest.mark.parametrize("interface", INTERFACES)
async def test_every_interface_refuses_alike_and_stores_nothing(world: World, interface: str) -> None:
    owner, server = world.community.owner, world.community.server
    await owner.expect(201, "POST", f"/api/servers/{server}/automod/words", {"word": "rascal"})
    by_state = defaultdict[str, list[Refusal]](list)
    for refusal in REFUSALS:
        if interface in refusal.by:
            by_state[f"{refusal.rules} {refusal.state}"].append(refusal)
    for asked in by_state.values():
        codes = await refused(world, INTERFACES[interface], asked)
        assert [(each, code) for each, code in zip(asked, codes, strict=True) if code != each.code] == []


def test_there_are_a_hundred() -> None:
    assert len(REFUSALS) >= 100
