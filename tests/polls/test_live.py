"""POLL_VOTE: who is sent what of a poll, and that a resume leads to the same."""

import asyncio
from functools import partial
from typing import Any

from tests.people import Community, Person, Socket
from tests.polls.calls import ask, vote, votes
from tests.serving import over_both_buses

pytestmark = over_both_buses


async def seen_by(person: Person, channel: str, message: str) -> Any:
    return await person.expect(200, "GET", f"/api/channels/{channel}/messages/{message}")


def fold(socket: Socket, channel: str) -> dict[str, Any]:
    """What a client holds that only keeps the newest of each message."""
    state: dict[str, Any] = {}
    for frame in socket.frames:
        if frame.get("topic") == channel:
            besides = ("poll_id", "updated_poll", "message_id", "user_id", "emoji")
            state[frame["d"]["id"]] = {name: each for name, each in frame["d"].items() if name not in besides}
    return state


def is_at(topic: str, position: int, frame: dict[str, Any]) -> bool:
    return frame.get("topic") == topic and frame.get("position") == position


async def test_everyone_gets_the_results_and_only_their_own_vote(community: Community) -> None:
    owner, member = community.owner, community.member
    sent = await ask(owner, community.channel)
    sockets = [await person.socket() for person in (owner, member, member)]
    outside = await community.outsider.socket()
    first, second, _ = [option["id"] for option in sent["poll"]["options"]]
    await vote(owner, sent, 0)
    for socket in sockets:  # each event has the viewer's newest vote
        await socket.wait_for(lambda frame: frame.get("t") == "POLL_VOTE")
    await vote(member, sent, 1)
    for socket, own in zip(sockets, (first, second, second), strict=True):
        await socket.wait_for(lambda frame: frame.get("t") == "POLL_VOTE" and frame["position"] == 3)
        frames = socket.of("POLL_VOTE")
        poll = frames[-1]["d"]["updated_poll"]
        assert (votes(poll), poll["user_vote"], poll["user_votes"]) == ([1, 1, 0], own, [own])
        assert [frame["d"]["poll_id"] for frame in frames] == [sent["id"]] * 2
        assert {frame["d"]["channel_id"] for frame in frames} == {community.channel}
        assert frames[-1]["d"]["poll"] == poll
        assert [(frame["previous"], frame["position"]) for frame in frames] == [(1, 2), (2, 3)]
    assert sockets[1].of("POLL_VOTE")[0]["d"]["updated_poll"]["user_vote"] is None
    await outside.settle()
    assert not outside.of("POLL_VOTE", "MESSAGE_CREATE")


async def test_other_changes_keep_the_viewers_vote(community: Community) -> None:
    """Old state and events are the fresh state, whatever happens to the message."""
    owner, member, channel = community.owner, community.member, community.channel
    sockets = {person: await person.socket() for person in (owner, member)}
    sent = await ask(owner, channel)
    await vote(member, sent, 2)
    path = f"/api/channels/{channel}/messages/{sent['id']}"
    await member.expect(204, "PUT", f"{path}/reactions/x")
    await owner.expect(201, "POST", f"{path}/thread", {"content": "a reply"})
    await owner.expect(200, "POST", f"/api/polls/{sent['id']}/close")
    await owner.expect(204, "POST", f"{path}/pin")
    for person, socket in sockets.items():
        fresh = await seen_by(person, channel, sent["id"])
        await socket.wait_for(partial(is_at, channel, fresh["version"]))
        held = fold(socket, channel)[sent["id"]]
        assert held["poll"] == fresh["poll"]
        assert held["version"] == fresh["version"]
        assert held["poll"]["user_vote"] == (sent["poll"]["options"][2]["id"] if person is member else None)
    [pinned] = await member.expect(200, "GET", f"/api/channels/{channel}/pinned-messages")
    assert pinned == await seen_by(member, channel, sent["id"])


async def test_who_was_away_resumes_to_the_newest(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    sent = await ask(owner, channel)
    socket = await member.socket()
    positions = socket.ready["positions"]
    await socket.close()
    await vote(member, sent, 0)
    await vote(owner, sent, 1)
    await vote(member, sent, 1)
    back = await member.socket()
    await back.say("RESUME", {"positions": {channel: positions[channel]}})
    frame = await back.wait_for(lambda frame: frame.get("topic") == channel)
    assert (frame["t"], frame["previous"], frame["position"]) == ("POLL_VOTE", 1, 4)
    fresh = await seen_by(member, channel, sent["id"])
    assert frame["d"]["updated_poll"] == fresh["poll"] == frame["d"]["poll"]
    assert (votes(fresh["poll"]), fresh["poll"]["user_vote"]) == ([0, 2, 0], sent["poll"]["options"][1]["id"])


async def test_deleting_ends_it(community: Community) -> None:
    """The tombstone has no poll, and neither have events about it."""
    sent = await ask(community.member, community.channel)
    await vote(community.owner, sent, 0)
    socket = await community.owner.socket()
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    frame = await socket.wait_for_type("MESSAGE_DELETE")
    assert (frame["d"]["poll"], frame["d"]["content"], frame["d"]["deleted"]) == (None, "", True)
    tombstone = await seen_by(community.owner, community.channel, sent["id"])
    assert (tombstone["poll"], tombstone["deleted"]) == (None, True)


async def test_many_votes_at_once_lead_everyone_to_the_same(community: Community) -> None:
    """The last frame of each connection is what a fresh read says to its user."""
    owner, member, channel = community.owner, community.member, community.channel
    sent = await ask(owner, channel, is_multiple=True)
    sockets = [(person, await person.socket()) for person in (owner, member) for _ in range(2)]
    await asyncio.gather(
        *(vote(person, sent, number % 3, (number + 1) % 3) for number in range(9) for person in (owner, member))
    )
    for person, socket in sockets:
        await socket.settle()
        held, fresh = fold(socket, channel)[sent["id"]], await seen_by(person, channel, sent["id"])
        assert held["poll"] == fresh["poll"]
