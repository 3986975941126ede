"""EVENT_UPDATE: who is sent what of an event, and that a resume leads to the same."""

import asyncio
from typing import Any

from tests.people import Community, Person, Socket
from tests.scheduled_events.calls import announce, answer, counts
from tests.serving import over_both_buses

pytestmark = over_both_buses


async def seen_by(person: Person, channel: str, message: str) -> Any:
    return await person.expect(200, "GET", f"/api/channels/{channel}/messages/{message}")


def held(socket: Socket, channel: str) -> dict[str, Any]:
    """The newest of each message that a client was sent."""
    return {frame["d"]["id"]: frame["d"] for frame in socket.frames if frame.get("topic") == channel}


async def test_everyone_gets_the_counts_and_only_their_own_answer(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    sockets = [(person, await person.socket()) for person in (owner, member, member)]
    outside = await community.outsider.socket()
    sent = await announce(owner, channel)
    await answer(owner, sent, "coming")
    await answer(member, sent, "declined")
    await owner.expect(200, "PATCH", f"/api/events/{sent['id']}", {"name": "Chess"})
    for person, socket in sockets:
        frame = await socket.wait_for(lambda frame: frame.get("position") == 4)
        fresh = await seen_by(person, channel, sent["id"])
        assert (frame["t"], frame["d"]) == ("EVENT_UPDATE", fresh)
        assert (counts(fresh["event"]), fresh["event"]["name"]) == ((0, 1, 1), "Chess")
        assert fresh["event"]["user_answer"] == ("coming" if person is owner else "declined")
        assert [frame["t"] for frame in socket.frames if frame.get("topic") == channel] == [
            "MESSAGE_CREATE",
            *["EVENT_UPDATE"] * 3,
        ]
    await outside.settle()
    assert not outside.of("EVENT_UPDATE", "MESSAGE_CREATE")


async def test_who_was_away_resumes_to_the_newest(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    sent = await announce(owner, channel)
    socket = await member.socket()
    positions = socket.ready["positions"]
    await socket.close()
    await answer(member, sent, "interested")
    await answer(owner, sent, "coming")
    await owner.expect(200, "POST", f"/api/events/{sent['id']}/cancel")
    back = await member.socket()
    await back.say("RESUME", {"positions": {channel: positions[channel]}})
    frame = await back.wait_for(lambda frame: frame.get("topic") == channel)
    assert (frame["t"], frame["previous"], frame["position"]) == ("EVENT_UPDATE", 1, 4)
    assert frame["d"] == await seen_by(member, channel, sent["id"])
    assert (frame["d"]["event"]["is_cancelled"], frame["d"]["event"]["user_answer"]) == (True, "interested")


async def test_many_answers_at_once_lead_everyone_to_the_same(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    sent = await announce(owner, channel)
    sockets = [(person, await person.socket()) for person in (owner, member) for _ in range(2)]
    given = ("coming", None, "declined", "interested")
    await asyncio.gather(*(answer(person, sent, given[n % 4]) for n in range(8) for person in (owner, member)))
    for person, socket in sockets:
        await socket.settle()
        fresh = await seen_by(person, channel, sent["id"])
        assert held(socket, channel)[sent["id"]]["event"] == fresh["event"]


async def test_deleting_ends_it(community: Community) -> None:
    sent = await announce(community.member, community.channel)
    await answer(community.owner, sent, "coming")
    socket = await community.owner.socket()
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    frame = await socket.wait_for_type("MESSAGE_DELETE")
    assert (frame["d"]["event"], frame["d"]["content"], frame["d"]["deleted"]) == (None, "", True)
