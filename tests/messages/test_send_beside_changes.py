"""Sending to a server while its members change what does not touch the author's permissions, and what does."""

import asyncio

from coterie.permissions.bits import Permission
from tests.people import Browser, Community, Person
from tests.serving import serving, settings_for

SENDS = 150


async def _keep_changing(member: Person, done: asyncio.Event, server: str) -> int:
    """Changes that every member receives, as fast as one account can make them."""
    changes = 0

    async def one_by_one(path: str, field: str) -> None:
        nonlocal changes
        while not done.is_set():
            changes += 1
            await member.expect(200, "PATCH", path, {field: f"v{changes}"})

    me = f"/api/servers/{server}/members/@me"
    await asyncio.gather(
        *(one_by_one("/api/users/@me", "bio") for _ in range(4)), *(one_by_one(me, "nickname") for _ in range(4))
    )
    return changes


async def test_profiles_and_nicknames_of_others_delay_nobody(community: Community) -> None:
    done = asyncio.Event()
    changing = asyncio.create_task(_keep_changing(community.member, done, community.server))
    path = f"/api/channels/{community.channel}/messages"
    statuses = [(await community.owner.post(path, {"content": f"{number}"})).status for number in range(SENDS)]
    done.set()
    assert await changing > SENDS / 10
    assert statuses.count(201) == SENDS


async def test_what_takes_the_right_away_holds_at_once_everywhere(
    community: Community, shared_database_url: str
) -> None:
    """Also in a process that decided by what it knew before, and while profiles change."""
    done = asyncio.Event()
    changing = asyncio.create_task(_keep_changing(community.owner, done, community.server))
    overrides = f"/api/channels/{community.channel}/overrides"
    path = f"/api/channels/{community.channel}/messages"
    async with serving(settings_for(shared_database_url)) as other:
        member = Browser(other.url, community.member.http, community.member.token)
        for _ in range(5):
            for denied, status in ((int(Permission.SEND_MESSAGES), 403), (0, 201)):
                body = {"user_id": community.member.id, "allow": 0, "deny": denied}
                await community.owner.expect(200, "PUT", overrides, body)
                await member.expect(status, "POST", path, {"content": "may I?"})
    done.set()
    await changing
