"""The snapshot of a server, with all its members: read once for all who ask for the same one, and never a wrong one."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.permissions.bits import Permission
from coterie.servers.snapshots import ServerSnapshots, SnapshotKey
from tests.people import Community


def key() -> SnapshotKey:
    return SnapshotKey(uuid4(), 1, frozenset(), frozenset())


class Source:
    """What is read; it counts how often."""

    def __init__(self, content: bytes = b"{}") -> None:
        self.content = content
        self.readings = 0

    async def __call__(self) -> bytes:
        self.readings += 1
        await asyncio.sleep(0.01)
        return self.content


async def test_all_who_ask_at_once_share_a_reading_and_so_do_those_who_come_a_moment_later() -> None:
    snapshots, asked, source = ServerSnapshots(kept_seconds=600), key(), Source()
    assert await asyncio.gather(*(snapshots.read(asked, source) for _ in range(20))) == [b"{}"] * 20
    assert await snapshots.read(asked, source) == b"{}"
    assert source.readings == 1


@pytest.mark.parametrize(
    "other", [{"position": 2}, {"visible": frozenset({uuid4()})}, {"restricted": frozenset({"bans"})}]
)
async def test_another_position_and_another_view_are_other_snapshots(other: dict[str, Any]) -> None:
    snapshots, asked = ServerSnapshots(), key()
    assert await snapshots.read(asked, Source(b"one")) == b"one"
    assert await snapshots.read(asked._replace(**other), Source(b"two")) == b"two"


async def test_what_is_kept_is_bounded() -> None:
    snapshots, source = ServerSnapshots(kept_bytes=5, kept_seconds=600), Source(b"four")
    first, second = key(), key()
    for _ in range(2):
        await snapshots.read(first, source)
        await snapshots.read(second, source)
    assert source.readings == 3


async def test_what_is_kept_is_dropped_soon() -> None:
    snapshots, asked, source = ServerSnapshots(kept_seconds=0.01), key(), Source()
    for _ in range(2):
        await snapshots.read(asked, source)
        await asyncio.sleep(0.05)
    assert source.readings == 2


async def test_one_who_goes_away_or_fails_takes_nobody_along() -> None:
    snapshots, asked = ServerSnapshots(), key()
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def read() -> bytes:
        has_begun.set()
        await may_end.wait()
        return b"{}"

    async def fail() -> bytes:
        await asyncio.sleep(0.01)
        raise ConnectionError

    first = asyncio.create_task(snapshots.read(asked, fail))
    await asyncio.sleep(0)
    leaving = asyncio.create_task(snapshots.read(asked, read))
    staying = asyncio.create_task(snapshots.read(asked, read))
    await has_begun.wait()
    leaving.cancel()
    may_end.set()
    assert await staying == b"{}"
    with pytest.raises(ConnectionError):
        await first
    assert leaving.cancelled()


async def test_each_sees_their_own_view_of_the_newest_state(community: Community) -> None:
    path = f"/sync/servers/{community.server}"
    hidden = f"channels/{community.voice}"
    for nickname in ("Ann", "Bea"):
        own = f"/api/servers/{community.server}/members/@me"
        await community.member.expect(200, "PATCH", own, {"nickname": nickname})
        people = [community.owner] * 3 + [community.member] * 3
        snapshots = [answer.body for answer in await asyncio.gather(*(person.get(path) for person in people))]
        assert {each[f"members/{community.member.id}"]["nickname"] for each in snapshots} == {nickname}
        assert [hidden in each for each in snapshots] == [True] * 3 + [nickname == "Ann"] * 3
        denial = {"user_id": community.member.id, "allow": 0, "deny": int(Permission.VIEW_CHANNEL)}
        await community.owner.expect(200, "PUT", f"/api/channels/{community.voice}/overrides", denial)
