"""Laws of /realtime: wherever streams are cut, every message is sent once, in order, to everyone who can see it."""

import asyncio
import random
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from tests.messenger.conftest import Listen, Stream
from tests.people import Community, Person


async def test_what_was_missed_comes_once(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    await community.owner.send(community.channel, "before")
    await stream.wait_for_text("before")
    stream.cut()
    for number in range(5):
        await community.owner.send(community.channel, f"{number}")
    again = await listen(community.member, stream.last_id)
    await community.owner.send(community.channel, "live")
    await again.wait_for_text("live")
    assert again.texts() == ["0", "1", "2", "3", "4", "live"]
    query = f"?types=message&last_event_id={stream.last_id}"
    by_query = await listen(community.member, query=query)
    await by_query.wait_for_text("live")
    assert by_query.texts() == again.texts()


async def test_an_id_is_good_before_anything_happened(community: Community, listen: Listen) -> None:
    stream = await listen(community.member, query="?types=message")
    while b"\n\n" not in stream.rest:
        stream.rest += await stream.response.content.readany()
    stream.last_id = stream.rest.decode().partition("\n")[0].removeprefix("id: ")
    stream.cut()
    await community.owner.send(community.channel, "missed")
    again = await listen(community.member, stream.last_id)
    await again.wait_for_text("missed")


@pytest.mark.parametrize("moved_limit", [1, 100])
async def test_cuts_anywhere_lose_nothing_and_double_nothing(
    community: Community, listen: Listen, moved_limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several users write into several channels while the reader is cut off again and again."""
    monkeypatch.setattr("coterie.messenger.bookmark.MOVED_LIMIT", moved_limit)
    chance = random.Random(moved_limit)
    channels = [community.channel, *[await channel(community, f"room-{number}") for number in range(3)]]
    stream = await listen(community.member)
    sent: dict[str, list[str]] = {each: [] for each in channels}

    async def write(person: Person, name: str) -> None:
        for number in range(25):
            place = chance.choice(channels)
            await person.send(place, f"{name} {number}")

    writing = [asyncio.create_task(write(community.owner, f"w{number}")) for number in range(3)]
    seen: list[dict[str, str]] = []
    while not all(task.done() for task in writing):
        stream = await read_and_cut(stream, community.member, listen, chance.randrange(1, 6), seen)
    for place in channels:  # each channel catches up by itself
        await community.owner.send(place, f"the last of {place}")
    for place in channels:
        await stream.wait_for_text(f"the last of {place}")
    seen.extend(messages(stream))
    for place in channels:
        newest = await community.owner.expect(200, "GET", f"/api/channels/{place}/messages?limit=100")
        sent[place] = [message["content"] for message in reversed(newest)]
        assert [each["text"] for each in seen if each["channel"] == place] == sent[place]
    assert sum(map(len, sent.values())) == 75 + len(channels)


async def read_and_cut(
    stream: Stream, person: Person, listen: Listen, count: int, seen: list[dict[str, str]]
) -> Stream:
    """Read some messages, if that many come soon, and reconnect."""
    try:
        async with asyncio.timeout(0.5):  # if that many come soon; any number will do
            while len(stream.texts()) < count:
                assert await stream.next() is not None
    except TimeoutError:
        pass
    seen.extend(messages(stream))
    stream.cut()
    return await listen(person, stream.last_id)


def messages(stream: Stream) -> list[dict[str, str]]:
    found = [told.payload for told in stream.told if told.name == "message"]
    return [{"text": each["text"], "channel": each["channel_id"]} for each in found]


async def channel(community: Community, name: str) -> str:
    path, body = f"/api/servers/{community.server}/channels", {"name": name, "type": "text"}
    return str((await community.owner.expect(201, "POST", path, body))["id"])


async def test_a_channel_created_meanwhile_is_sent_from_its_beginning(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    stream.cut()
    place = await channel(community, "new")
    await community.owner.send(place, "first")
    again = await listen(community.member, stream.last_id)
    await again.wait_for_text("first")
    await community.owner.send(place, "second")
    await again.wait_for_text("second")
    again.cut()
    third = await listen(community.member, again.last_id)
    await community.owner.send(place, "third")
    await third.wait_for_text("third")
    assert third.texts() == ["third"]


async def test_what_is_entered_while_listening_is_followed(community: Community, listen: Listen) -> None:
    stream = await listen(community.outsider)
    await community.owner.send(community.channel, "before")
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    await stream.wait_for(lambda told: told.name == "server_create")
    await community.owner.send(community.channel, "welcome")
    await stream.wait_for_text("welcome")
    stream.cut()
    await community.owner.send(community.channel, "missed")
    again = await listen(community.outsider, stream.last_id)
    await again.wait_for_text("missed")
    assert stream.texts() + again.texts() == ["welcome", "missed"]


@pytest.mark.parametrize(
    "last_id", ["nonsense", "7", "é".encode().decode("latin-1"), f"{UUID(int=7).hex}.", "a" * 5000]
)
async def test_an_unknown_id_starts_again_and_says_so(community: Community, listen: Listen, last_id: str) -> None:
    await community.owner.send(community.channel, "before")
    stream = await listen(community.member, last_id)
    assert [told.payload["status"] for told in stream.told] == ["reset", "connected"]
    await community.owner.send(community.channel, "after")
    await stream.wait_for_text("after")
    assert stream.texts() == ["after"]


async def test_nobody_can_use_the_id_of_another(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    await community.owner.send(community.channel, "hello")
    await stream.wait_for_text("hello")
    taken = await listen(community.outsider, stream.last_id)
    assert taken.told[0].payload["status"] == "reset"
    await taken.settle(community.outsider)
    assert taken.texts() == []


async def test_an_id_stays_small_and_its_base_is_kept_bounded(
    community: Community, listen: Listen, rows: OwnConnection
) -> None:
    for number in range(30):
        await channel(community, f"room-{number}")
    last_ids = []
    for number in range(40):
        stream = await listen(community.member)
        await community.owner.send(community.channel, f"{number}")
        await stream.wait_for_text(f"{number}")
        last_ids.append(stream.last_id or "")
        stream.cut()
    assert max(map(len, last_ids)) < 60
    statement = """
        SELECT count(*) FROM realtime_cursors JOIN sessions ON sessions.id = session_id WHERE user_id = $1
    """
    assert await rows.fetchval(statement, UUID(community.member.id)) == 32
    gone, kept = await listen(community.member, last_ids[0]), await listen(community.member, last_ids[-1])
    assert [each.told[0].payload["status"] for each in (gone, kept)] == ["reset", "connected"]
