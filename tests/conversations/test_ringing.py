"""Calls in conversations ring, are answered, declined or missed, and leave one line in the history."""

import asyncio
from typing import Any

import pytest

from coterie.database.pool import OwnConnection
from tests.conversations.test_direct import opened
from tests.conversations.test_groups import group
from tests.conversations.test_system_messages import history
from tests.people import Community, Person, Socket
from tests.serving import Register
from tests.voice.calls import join, voice


@pytest.fixture
async def people(register: Register) -> list[Person]:
    return [await register(name) for name in ("ann", "ben", "cleo")]


def declined(conversation: str) -> str:
    return f"/api/conversations/{conversation}/call/declined"


async def call_in(person: Person, conversation: str) -> dict[str, Any] | None:
    """The call, which is the same wherever a participant finds it."""
    shown = await person.expect(200, "GET", f"/api/conversations/{conversation}")
    listed = await person.expect(200, "GET", "/api/conversations")
    synced = await person.expect(200, "GET", f"/sync/conversations/{conversation}")
    socket = await person.socket()
    begun = [each["call"] for each in socket.ready["conversations"] if each["id"] == conversation]
    await socket.close()
    assert [shown["call"]] == begun == [each["call"] for each in listed["conversations"] if each["id"] == conversation]
    assert synced.get("call") == shown["call"]
    call: dict[str, Any] | None = shown["call"]
    return call


async def lines(person: Person, conversation: str) -> list[tuple[str, str, Any]]:
    """What the history says of calls: who called, in English, and the details."""
    told = [each for each in await history(person, conversation) if each["type"] == "system"]
    return [(each["author_id"], each["content"], each["type_details"]) for each in told]


async def called(socket: Socket, **fields: Any) -> dict[str, Any]:
    """Wait until the socket receives a call with these fields."""
    frame = await socket.wait_for(
        lambda frame: frame.get("t") == "CALL_UPDATE" and fields.items() <= frame["d"].items()
    )
    call: dict[str, Any] = frame["d"]
    return call


MISSED: dict[str, Any] = {"kind": "call", "seconds": None, "declined": []}


async def test_it_works(people: list[Person]) -> None:
    """A call rings the other participant until they join; it ends with its last participant, and leaves a line."""
    ann, ben, cleo = people
    conversation = await opened(ann, ben)
    sockets = [await person.socket() for person in people]
    await join(ann, conversation)
    begun = await called(sockets[1], caller_id=ann.id, ringing=[ben.id], declined=[], answered_at=None)
    assert begun == await called(sockets[0]) == await call_in(ben, conversation) == await call_in(ann, conversation)
    await join(ann, conversation)  # as after a reload: neither answers nor rings again
    await join(ben, conversation)
    answered = await called(sockets[0], ringing=[])
    assert answered["answered_at"] is not None
    assert answered == {**begun, "ringing": [], "answered_at": answered["answered_at"]}
    assert await call_in(ann, conversation) == answered
    await ann.expect(204, "DELETE", voice(conversation))
    assert await call_in(ann, conversation) == answered
    await ben.expect(204, "DELETE", voice(conversation))
    for socket in sockets[:2]:
        assert (await socket.wait_for_type("CALL_END"))["d"] == {"conversation_id": conversation}
        assert len(socket.of("CALL_UPDATE")) == 2
    assert await call_in(ann, conversation) is None
    [(author, content, details)] = await lines(ben, conversation)
    assert (author, content, details["kind"]) == (ann.id, "Call, 1 minute", "call")
    assert details["seconds"] < 60
    await sockets[2].settle()
    assert not sockets[2].of("CALL_UPDATE", "CALL_END", "DM_MESSAGE_CREATE")
    await cleo.expect(404, "PUT", declined(conversation))


async def test_a_caller_who_hangs_up_leaves_a_missed_call(people: list[Person]) -> None:
    ann, ben, _ = people
    conversation = await opened(ann, ben)
    socket = await ben.socket()
    await join(ann, conversation)
    await ann.expect(204, "DELETE", voice(conversation))
    await socket.wait_for_type("CALL_END")
    assert (await socket.wait_for_type("DM_MESSAGE_CREATE"))["d"]["type_details"] == MISSED
    assert await lines(ben, conversation) == [(ann.id, "Missed call", MISSED)]
    shown = await ben.expect(200, "GET", f"/api/conversations/{conversation}")
    assert (shown["last_message_preview"], shown["unread_count"]) == ("Missed call", 1)
    shown = await ann.expect(200, "GET", f"/api/conversations/{conversation}")
    assert shown["unread_count"] == 0


async def test_declining_stops_the_ringing_everywhere(people: list[Person]) -> None:
    ann, ben, _ = people
    conversation = await opened(ann, ben)
    phone, desk, caller = await ben.socket(), await ben.socket(), await ann.socket()
    await ben.expect(204, "PUT", declined(conversation))  # nothing rings
    await join(ann, conversation)
    await ann.expect(204, "PUT", declined(conversation))  # it does not ring the caller
    for _ in range(2):
        await ben.expect(204, "PUT", declined(conversation))
    for socket in (phone, desk, caller):
        await called(socket, ringing=[], declined=[ben.id], answered_at=None)
        await socket.settle()
        assert len(socket.of("CALL_UPDATE")) == 2
    await join(ben, conversation)  # changed their mind
    await called(caller, ringing=[], declined=[])


async def test_a_group_rings_until_everybody_has_answered(people: list[Person]) -> None:
    ann, ben, cleo = people
    conversation = await group(ann, ben, cleo)
    socket = await ann.socket()
    await join(ann, conversation)
    begun = await called(socket, answered_at=None)
    assert {*begun["ringing"]} == {ben.id, cleo.id}
    await join(ben, conversation)
    await called(socket, ringing=[cleo.id])
    await cleo.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{cleo.id}")
    await called(socket, ringing=[])
    assert await cleo.expect(404, "PUT", declined(conversation))


async def test_leaving_the_group_ends_the_call_before_the_line_that_says_so(people: list[Person]) -> None:
    ann, ben, cleo = people
    conversation = await group(ann, ben, cleo)
    await join(cleo, conversation)
    await cleo.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{cleo.id}")
    assert [(author, details["kind"]) for author, _, details in await lines(ann, conversation)] == [
        (cleo.id, "call"),
        (cleo.id, "participant_leave"),
    ]
    assert await call_in(ann, conversation) is None


async def test_a_call_rings_for_a_limited_time(people: list[Person], rows: OwnConnection) -> None:
    ann, ben, _ = people
    conversation = await opened(ann, ben)
    socket = await ann.socket()
    await join(ann, conversation)
    await rows.execute("UPDATE calls SET started_at = now() - interval '1 minute'")
    await called(socket, ringing=[], declined=[], answered_at=None)  # at the next beat
    await join(ben, conversation)  # it can still be joined
    await socket.wait_for(lambda frame: frame.get("t") == "CALL_UPDATE" and frame["d"]["answered_at"] is not None)


async def test_a_call_has_one_line_however_it_is_ended(people: list[Person]) -> None:
    """Both answer, decline and leave at once, again and again."""
    ann, ben, _ = people
    conversation = await opened(ann, ben)
    for _ in range(5):
        await join(ann, conversation)
        await asyncio.gather(
            ben.post(voice(conversation)), ben.call("PUT", declined(conversation)), ann.delete(voice(conversation))
        )
        await asyncio.gather(*(person.delete(voice(conversation)) for person in (ann, ben, ann, ben)))
        assert await call_in(ann, conversation) is None
    told = await lines(ann, conversation)
    assert 5 <= len(told) <= 10  # a join after the end begins another call
    assert {details["kind"] for _, _, details in told} == {"call"}


async def test_a_missed_call_is_unread_for_the_people_who_missed_it(people: list[Person]) -> None:
    """Not for the caller, nor for anyone who declined; it shows a conversation that was hidden."""
    ann, ben, cleo = people
    conversation = await group(ann, ben, cleo)
    await cleo.expect(204, "PUT", f"/api/conversations/{conversation}/hidden")
    await join(ann, conversation)
    await ben.expect(204, "PUT", declined(conversation))
    await ann.expect(204, "DELETE", voice(conversation))
    assert await lines(ann, conversation) == [(ann.id, "Missed call", {**MISSED, "declined": [ben.id]})]
    for person, count in ((ann, 0), (ben, 0), (cleo, 1)):
        shown = await person.expect(200, "GET", f"/api/conversations/{conversation}")
        assert (shown["unread_count"], shown["is_hidden"]) == (count, False)
        listed = await person.expect(200, "GET", "/api/users/@me/unread")
        assert [(each["unread_count"], each["mention_count"]) for each in listed] == [(1, 0)] * count
    await cleo.expect(204, "POST", f"/api/channels/{conversation}/ack")
    assert await cleo.expect(200, "GET", "/api/users/@me/unread") == []


async def test_a_call_that_was_answered_is_unread_for_nobody(people: list[Person]) -> None:
    ann, ben, cleo = people
    conversation = await group(ann, ben, cleo)
    for person in (ann, ben):
        await join(person, conversation)
    for person in (ann, ben):
        await person.expect(204, "DELETE", voice(conversation))
    assert await cleo.expect(200, "GET", "/api/users/@me/unread") == []


async def test_voice_channels_do_not_ring(community: Community) -> None:
    socket = await community.member.socket()
    await join(community.owner, community.voice)
    await community.member.expect(404, "PUT", declined(community.voice))
    await socket.settle()
    assert not socket.of("CALL_UPDATE")
