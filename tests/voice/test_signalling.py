"""VOICE_SIGNAL over the gateway: between two users in the same voice channel."""

from typing import Any

import aiohttp
import pytest

from coterie.http.rate_limits import Rate
from coterie.voice.limits import SIGNALS
from tests.people import Browser, Community, Person, Socket
from tests.rates import set_rate
from tests.serving import Register, gather_community, over_both_buses, serving, settings_for
from tests.voice.calls import join, new_channel, voice

SDP = "v=0\r\n" + "a=candidate:1 1 udp 2113937151 192.0.2.1 54400 typ host\r\n" * 200


async def signal(socket: Socket, to: Person, **fields: Any) -> None:
    await socket.say("VOICE_SIGNAL", {"to_user_id": to.id, **fields})


@over_both_buses
async def test_it_works(community: Community) -> None:
    owner, member = await community.owner.socket(), await community.member.socket()
    second = await community.member.socket()
    third = await community.outsider.socket()
    for person in (community.owner, community.member):
        await join(person, community.voice)
    await signal(owner, community.member, type="offer", sdp=SDP)
    for socket in (member, second):
        told = (await socket.wait_for_type("VOICE_SIGNAL"))["d"]
        assert told == {
            "from_user_id": community.owner.id,
            "type": "offer",
            "sdp": SDP,
            "candidate": None,
            "stream_type": None,
        }
    await signal(member, community.owner, type="candidate", candidate='{"candidate":"x"}', stream_type={"a": [1]})
    told = (await owner.wait_for_type("VOICE_SIGNAL"))["d"]
    assert (told["candidate"], told["stream_type"]) == ('{"candidate":"x"}', {"a": [1]})
    await third.settle()
    assert not third.of("VOICE_SIGNAL")
    assert len(SDP) > 8_000, "longer than one notification of PostgreSQL"


async def handled(socket: Socket) -> None:
    """Wait until the server has handled everything that the socket has sent."""
    await socket.say("HEARTBEAT")
    socket.frames.remove(await socket.wait_for(lambda frame: frame.get("op") == "HEARTBEAT_ACK"))


async def test_only_within_one_channel(community: Community, register: Register) -> None:
    kitchen, elsewhere = await new_channel(community), await register("elsewhere")
    await elsewhere.expect(201, "POST", f"/api/servers/{community.server}/join")
    owner, member, other = [await person.socket() for person in (community.owner, community.member, elsewhere)]
    await signal(owner, community.member, type="offer", sdp="neither is in")
    await handled(owner)
    await join(community.owner, community.voice)
    await signal(owner, community.member, type="offer", sdp="one is in")
    await handled(owner)
    await join(elsewhere, kitchen)
    await signal(other, community.owner, type="offer", sdp="in two channels")
    await signal(owner, elsewhere, type="offer", sdp="in two channels")
    await handled(other)
    await handled(owner)
    await join(community.member, community.voice)
    await owner.wait_for(lambda frame: (frame.get("d") or {}).get("user_id") == community.member.id)
    await signal(owner, community.member, type="offer", sdp="now")
    await member.wait_for_type("VOICE_SIGNAL")
    await signal(owner, community.owner, type="offer", sdp="to oneself")
    for socket in (owner, member, other):
        await socket.settle()
    assert [frame["d"]["sdp"] for frame in member.of("VOICE_SIGNAL")] == ["now"]
    assert not owner.of("VOICE_SIGNAL")
    assert not other.of("VOICE_SIGNAL")


async def test_it_ends_with_the_place(community: Community) -> None:
    owner, member = await community.owner.socket(), await community.member.socket()
    for person in (community.owner, community.member):
        await join(person, community.voice)
    await signal(owner, community.member, type="offer", sdp="first")
    await member.wait_for_type("VOICE_SIGNAL")
    await community.member.expect(204, "DELETE", voice(community.voice))
    await owner.settle()
    await signal(owner, community.member, type="offer", sdp="second")
    await owner.settle()
    await member.settle()
    assert len(member.of("VOICE_SIGNAL")) == 1


async def test_what_is_no_signal_is_ignored(community: Community) -> None:
    owner, member = await community.owner.socket(), await community.member.socket()
    for person in (community.owner, community.member):
        await join(person, community.voice)
    for wrong in (None, {}, {"to_user_id": community.member.id}, {"to_user_id": "x", "type": "offer"}):
        await owner.say("VOICE_SIGNAL", wrong)
    await signal(owner, community.member, type="shout")
    await signal(owner, community.member, type="offer", sdp=17)
    await signal(owner, community.member, type="offer", sdp="good")
    await member.wait_for_type("VOICE_SIGNAL")
    assert [frame["d"]["sdp"] for frame in member.of("VOICE_SIGNAL")] == ["good"]


@pytest.mark.parametrize(("allowed", "sent"), [(SIGNALS.rate.burst, 100), (30, 60)])
async def test_signals_have_a_limit_of_their_own(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, allowed: int, sent: int
) -> None:
    """More than the limit for other frames and requests, but not without limit."""
    set_rate(monkeypatch, SIGNALS, Rate(0.001, allowed))
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
        owner, member = await community.owner.socket(), await community.member.socket()
        for person in (community.owner, community.member):
            await join(person, community.voice)
        for number in range(sent):
            await signal(owner, community.member, type="candidate", candidate=str(number))
        last = str(min(allowed, sent) - 1)
        await member.wait_for(lambda frame: (frame.get("d") or {}).get("candidate") == last)
        await owner.settle()
        await community.owner.send(community.channel, "all is sent")
        await member.wait_for_type("MESSAGE_CREATE")
        arrived = [frame["d"]["candidate"] for frame in member.of("VOICE_SIGNAL")]
        assert arrived == [str(number) for number in range(min(allowed, sent))]
