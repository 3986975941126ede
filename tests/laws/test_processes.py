"""Users of different server processes receive each other's messages, and a killed process takes its users offline."""

import os
import signal

import aiohttp
import pytest

from tests.laws.world import servers
from tests.people import Browser, Person, Socket
from tests.serving import always_over_both_buses, gather_community

is_soaking = "LAWS_KILLS" in os.environ


@always_over_both_buses
async def test_people_on_different_processes_talk(database_url: str, bus_url: str) -> None:
    async with servers(database_url, 2, bus_url) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        owner = await community.owner.socket()
        member, outsider = [
            await Person(Browser(there.url, http), person.login).socket()
            for person in (community.member, community.outsider)
        ]
        await member.say("TYPING_START", {"channel_id": community.channel})
        typing = await owner.wait_for_type("TYPING_START")
        assert typing["d"]["user_id"] == community.member.id
        for speaker, hearer in ((member, owner), (owner, member)):
            sent = await speaker.person.send(community.channel, f"from {speaker.person.username}")
            await hearer.wait_for(lambda frame: frame.get("d") == sent)  # noqa: B023
        await presence_of(community.member, owner, "online")
        await outsider.settle()
        assert not outsider.of("MESSAGE_CREATE", "TYPING_START", "PRESENCE_UPDATE")


@pytest.mark.skipif(not is_soaking, reason="a process is missed after 16 seconds; `make soak` waits for it")
async def test_a_killed_process_takes_its_people_offline(database_url: str) -> None:
    async with servers(database_url, 2) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        owner = await community.owner.socket()
        await Person(Browser(there.url, http), community.member.login).socket()
        await presence_of(community.member, owner, "online")
        await there.end(signal.SIGKILL)
        await presence_of(community.member, owner, "offline")


async def presence_of(person: Person, seen_by: Socket, status: str) -> None:
    """It takes a while until a process is missed."""
    await seen_by.wait_for(
        lambda frame: (
            frame.get("t") == "PRESENCE_UPDATE" and (frame["d"]["user_id"], frame["d"]["status"]) == (person.id, status)
        )
    )
