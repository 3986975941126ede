"""Following a collection over Braid: snapshot, changes, heartbeats, resuming, and refusals."""

import asyncio
import json
import random
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from coterie.sync import endless_response, opening, topic_reader
from tests.people import PASSWORD, Browser, Community, Person
from tests.serving import Register, serving, settings_for
from tests.sync.braid_reader import BraidStream, Follow


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


async def fetched(person: Person, path: str) -> tuple[str, dict[str, Any]]:
    """A collection's version and state, by a plain GET."""
    answer = await person.get(path)
    assert answer.status == 200, answer.body
    return json.loads(answer.headers["version"]), answer.body


def standing(state: dict[str, Any]) -> dict[str, Any]:
    """The messages that are not deleted: what a fresh snapshot holds."""
    return {key: message for key, message in state.items() if not message["deleted"]}


async def test_it_works(community: Community, follow: Follow) -> None:
    first = await community.member.send(community.channel, "hello")
    stream = await follow(community.owner, messages_of(community))
    assert stream.status == 209
    snapshot = await stream.next()
    assert snapshot.key is None
    assert stream.state == {first["id"]: first}
    second = await community.member.send(community.channel, "h\N{LATIN SMALL LETTER E WITH ACUTE}llo")
    update = await stream.next()
    assert (update.key, json.loads(update.body)) == (second["id"], second)
    assert update.parents == [snapshot.version]


async def test_the_head_is_what_clients_look_for(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community), Subscribe="?1", Heartbeats="7.5s")
    assert stream.headers["subscribe"] == "?1"
    assert stream.headers["heartbeats"] == "7.5s"
    assert stream.headers["content-type"] == "application/http-history"
    assert stream.headers["repr-type"] == "application/json"
    assert stream.headers["cache-control"] == "no-cache, no-transform, no-store"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in stream.headers
    assert "content-length" not in stream.headers
    assert await stream.read_chunk() == b"\r\n"
    assert stream.headers["current-version"] == json.dumps((await stream.next()).version)


async def test_heartbeats_come_when_nothing_changes(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community), Heartbeats="1s")
    await stream.next()
    assert await stream.read_chunk() == b"\r\n"
    sent = await community.member.send(community.channel, "after a while")
    assert (await stream.next()).key == sent["id"]


async def test_they_come_unasked_too(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    assert stream.headers["heartbeats"] == "25s"


async def test_a_snapshot_holds_the_newest(community: Community, follow: Follow) -> None:
    sent = [await community.member.send(community.channel, f"{number}") for number in range(4)]
    stream = await follow(community.owner, messages_of(community) + "?limit=2")
    await stream.next()
    assert list(stream.state) == [sent[3]["id"], sent[2]["id"]]


async def test_edits_reactions_and_deletions_are_changes_of_the_value(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    sent = await community.member.send(community.channel, "helo")
    await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"})
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    for _ in range(4):
        await stream.next()
    values = [json.loads(update.body) for update in stream.updates[1:]]
    assert [update.key for update in stream.updates[1:]] == [sent["id"]] * 3
    assert [value["content"] for value in values] == ["helo", "hello", ""]
    assert values[-1]["deleted"] is True


async def test_what_a_resume_skips_was_known(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    await community.member.send(community.channel, "seen")
    seen = await stream.next()
    stream.cut()
    missed = [await community.member.send(community.channel, f"missed {number}") for number in range(3)]
    again = await follow(community.owner, messages_of(community), Parents=seen.headers["version"])
    assert [(await again.next()).key for _ in missed] == [message["id"] for message in missed]
    assert again.updates[0].parents == [seen.version]
    assert json.loads(again.headers["current-version"]) == again.updates[-1].version


async def test_a_reader_who_is_up_to_date_is_sent_nothing(community: Community, follow: Follow) -> None:
    await community.member.send(community.channel, "known")
    version, _ = await fetched(community.owner, messages_of(community))
    stream = await follow(community.owner, messages_of(community), Parents=json.dumps(version))
    assert (stream.status, json.loads(stream.headers["current-version"])) == (209, version)
    sent = await community.member.send(community.channel, "new")
    update = await stream.next()
    assert (update.key, update.parents) == (sent["id"], [version])


async def test_of_several_parents_the_least_counts(community: Community, follow: Follow) -> None:
    versions = [(await fetched(community.owner, messages_of(community)))[0]]
    for number in range(2):
        await community.member.send(community.channel, f"{number}")
        versions.append((await fetched(community.owner, messages_of(community)))[0])
    named = ", ".join(json.dumps(version) for version in [versions[2], "mine-1", versions[1]])
    stream = await follow(community.owner, messages_of(community), Parents=named)
    assert (await stream.next()).parents == [versions[1]]


@pytest.mark.parametrize("parents", ["", '"mine-1"', '"1@ffffffffffff"', '"{ahead}"', '"{elsewhere}"', '"{negative}"'])
async def test_parents_that_are_unknown_get_a_snapshot(community: Community, follow: Follow, parents: str) -> None:
    sent = await community.member.send(community.channel, "hello")
    tag = (await fetched(community.owner, messages_of(community)))[0].partition("@")[2]
    elsewhere, _ = await fetched(community.owner, f"/sync/servers/{community.server}")
    header = parents.format(ahead=f"2@{tag}", elsewhere=elsewhere, negative=f"-1@{tag}")
    stream = await follow(community.owner, messages_of(community), Parents=header)
    snapshot = await stream.next()
    assert (stream.status, snapshot.key, list(stream.state)) == (209, None, [sent["id"]])


async def test_below_the_floor_there_is_only_a_snapshot(
    community: Community, follow: Follow, shared_database_url: str
) -> None:
    for number in range(3):
        await community.member.send(community.channel, f"{number}")
    tag = (await fetched(community.owner, messages_of(community)))[0].partition("@")[2]
    connection = await asyncpg.connect(shared_database_url)
    await connection.execute("UPDATE topics SET floor = 2 WHERE id = $1", community.channel)
    await connection.close()
    for position, is_snapshot in ((1, True), (2, False)):
        stream = await follow(community.owner, messages_of(community), Parents=f'"{position}@{tag}"')
        assert ((await stream.next()).key is None) == is_snapshot
        stream.cut()


async def test_without_subscribe_the_changes_end(community: Community, follow: Follow) -> None:
    version, _ = await fetched(community.owner, messages_of(community))
    sent = [await community.member.send(community.channel, f"{number}") for number in range(3)]
    path, parents = messages_of(community), json.dumps(version)
    stream = await follow(community.owner, path, Subscribe=None, Parents=parents)
    assert (stream.status, "subscribe" in stream.headers) == (209, False)
    assert [update.key for update in await stream.read_to_end()] == [message["id"] for message in sent]


async def test_state_and_changes_are_the_fresh_state_whatever_is_cut(community: Community, follow: Follow) -> None:
    """Random writers, and a reader cut off at random bytes: each change once, in order, to the current state."""
    seed = random.randrange(2**32)
    chance, path = random.Random(seed), messages_of(community) + "?limit=1000"
    writing = asyncio.create_task(_write(community, random.Random(seed + 1)))
    state: dict[str, Any] = {}
    version: str | None = None
    seen: list[int] = []
    is_last = False
    while not is_last:
        is_last = writing.done()
        stream = await follow(community.owner, path, Parents=version and json.dumps(version), Heartbeats="1s")
        stream.state, stream.version = state, version
        await _read_some(stream, None if is_last else chance.randrange(1, 6000), writing)
        state, version = stream.state, stream.version
        seen += [int(update.version.partition("@")[0]) for update in stream.updates]
    await writing
    assert seen == sorted(set(seen)), f"a change came twice or out of order (seed {seed})"
    assert standing(state) == (await fetched(community.owner, path))[1], f"seed {seed}"


async def _read_some(stream: BraidStream, size: int | None, writing: asyncio.Task[None]) -> None:
    """Read this number of bytes and cut the connection, wherever that is; or read to the newest version."""
    if size is None:
        current = json.loads(stream.headers["current-version"])
        await stream.until(current)
    while size is not None and len(stream.raw) < size and not writing.done():
        chunk = await stream.read_chunk()
        stream.rest += chunk[: max(0, size - len(stream.raw) + len(chunk))]
    stream.cut()
    stream.take_complete()


async def _write(community: Community, chance: random.Random) -> None:
    known: list[str] = []
    for _ in range(60):
        operation = chance.random()
        if operation < 0.5 or not known:
            content = "\N{PILE OF POO}" * chance.randrange(1, 30)
            known.append((await community.member.send(community.channel, content))["id"])
        elif operation < 0.85:
            change = {"content": f"edited {chance.random()}"}
            await community.member.expect(200, "PATCH", f"/api/messages/{chance.choice(known)}", change)
        else:
            await community.member.expect(204, "DELETE", f"/api/messages/{known.pop(chance.randrange(len(known)))}")


async def test_a_slow_reader_is_caught_up_from_the_log(
    community: Community, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_reader, "QUEUE_LIMIT", 3)
    stream = await follow(community.owner, messages_of(community), limit=1024)
    await stream.next()
    content = "x" * 4000
    sent = [await community.member.send(community.channel, f"{number} {content[:3990]}") for number in range(300)]
    keys = [(await stream.next()).key for _ in sent]
    assert keys == [message["id"] for message in sent]


async def test_a_client_that_does_not_read_is_cut_off(
    community: Community, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(endless_response, "SEND_SECONDS", 0.2)
        stalled = await follow(community.owner, messages_of(community), limit=1024)
        await stalled.next()
        await asyncio.gather(*(community.member.send(community.channel, "x" * 4000) for _ in range(1500)))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await stalled.until("never")
    again = await follow(community.owner, messages_of(community), Parents=json.dumps(stalled.version), limit=2**20)
    await again.until(json.loads(again.headers["current-version"]))
    assert len(stalled.updates) - 1 + len(again.updates) == 1500


async def test_outsiders_and_strangers_see_nothing(community: Community, follow: Follow, register: Register) -> None:
    for path in (messages_of(community), f"/sync/servers/{community.server}"):
        assert (await follow(community.outsider, path)).status == 404
        assert (await follow(community.outsider, path, Authorization=None)).status == 401
        assert (await community.outsider.get(path)).code == "not_found"
    for path in (
        f"/sync/channels/{uuid4()}/messages",
        f"/sync/servers/{uuid4()}",
        "/sync/channels/x/messages",
        "/sync/",
    ):
        assert (await community.owner.get(path)).code == "not_found"
    assert (await community.owner.get(messages_of(community).replace("channels", "conversations"))).status == 404


async def test_a_former_member_receives_nothing_more(community: Community, follow: Follow) -> None:
    streams = [
        await follow(community.member, path) for path in (messages_of(community), f"/sync/servers/{community.server}")
    ]
    for each in streams:
        await each.next()
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await community.owner.send(community.channel, "is anybody there?")
    for each in streams:
        assert not [update for update in await each.read_to_end() if b"anybody" in update.body]
    again = await follow(community.member, messages_of(community), Parents=json.dumps(streams[0].version))
    assert again.status == 404


async def test_a_deleted_channel_or_server_ends_its_streams(community: Community, follow: Follow) -> None:
    messages = await follow(community.member, messages_of(community))
    structure = await follow(community.member, f"/sync/servers/{community.server}")
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{community.channel}")
    await messages.read_to_end()
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}")
    updates = await structure.read_to_end()
    assert (updates[-1].key, updates[-1].body) == (f"channels/{community.channel}", b"")


async def test_logging_out_ends_the_streams_of_that_session(community: Community, follow: Follow) -> None:
    streams = [await follow(community.member, path) for path in (messages_of(community), "/sync/me")]
    other = await follow(community.owner, messages_of(community))
    await community.member.expect(204, "POST", "/api/auth/logout")
    for each in streams:
        await each.read_to_end()
    sent = await community.owner.send(community.channel, "goodbye")
    await other.next()
    assert (await other.next()).key == sent["id"]
    assert (await follow(community.member, messages_of(community))).status == 401


async def test_a_server_is_followed_with_its_channels_and_members(community: Community, follow: Follow) -> None:
    path, server = f"/sync/servers/{community.server}", f"/api/servers/{community.server}"
    stream = await follow(community.owner, path)
    await stream.next()
    assert stream.state.keys() == {
        "server",
        *(f"channels/{channel}" for channel in (community.channel, community.voice)),
        *(f"members/{person.id}" for person in (community.owner, community.member)),
    }
    await community.owner.expect(200, "PATCH", server, {"name": "Society"})
    await community.owner.expect(201, "POST", f"{server}/channels", {"name": "news", "type": "text"})
    await community.owner.expect(200, "PATCH", f"{server}/channels/{community.channel}", {"topic": "all"})
    await community.owner.expect(204, "DELETE", f"{server}/channels/{community.voice}")
    await community.outsider.expect(201, "POST", f"{server}/join")
    await community.outsider.expect(200, "PATCH", "/api/users/@me", {"bio": "new here"})
    await community.member.expect(204, "DELETE", f"{server}/leave")
    version, state = await fetched(community.owner, path)
    await stream.until(version)
    assert stream.state == state
    assert state["server"]["name"] == "Society"
    assert state[f"members/{community.outsider.id}"]["bio"] == "new here"


async def test_what_was_read_of_a_channel_that_is_gone(community: Community, follow: Follow) -> None:
    stream = await follow(community.member, "/sync/me")
    await stream.next()
    await community.owner.send(community.channel, "hello")
    await community.member.expect(204, "POST", f"/api/channels/{community.channel}/ack")
    assert (await stream.next()).key == f"read_marks/{community.channel}"
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{community.channel}")
    version, state = await fetched(community.member, "/sync/me")
    await stream.until(version)
    assert stream.state == state


async def test_your_own_data_is_followed(community: Community, follow: Follow) -> None:
    person, server = community.outsider, f"/api/servers/{community.server}"
    stream = await follow(person, "/sync/me")
    await stream.next()
    await person.expect(200, "PATCH", "/api/users/@me", {"bio": "gardener"})
    await person.expect(201, "POST", f"{server}/join")
    await person.send(community.channel, "hello")
    await person.expect(200, "POST", "/api/auth/login", {"username": person.username, "password": PASSWORD})
    version, state = await fetched(person, "/sync/me")
    await stream.until(version)
    assert stream.state == state
    assert state["profile"]["bio"] == "gardener"
    assert f"servers/{community.server}" in state
    assert len([key for key in state if key.startswith("sessions/")]) == 2
    await person.expect(204, "DELETE", f"{server}/leave")
    assert (await stream.next()).body == b""
    assert stream.state == (await fetched(person, "/sync/me"))[1]


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Version": '"a-1"'}, "Parents"),
        ({"Merge_Type": "dt"}, "Merge-Type"),
        ({"Parents": '"a'}, "JSON strings"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    community: Community, follow: Follow, headers: dict[str, str], word: str
) -> None:
    stream = await follow(community.owner, messages_of(community), **headers)
    assert stream.status == 400
    body = json.loads(await stream.reader.readexactly(int(stream.headers["content-length"])))
    assert word in body["error"]


async def test_a_single_message_cannot_be_followed(community: Community, follow: Follow) -> None:
    sent = await community.member.send(community.channel, "hello")
    stream = await follow(community.owner, f"{messages_of(community)}/{sent['id']}")
    assert stream.status == 400


async def test_readers_at_different_versions_get_their_own_parents(community: Community, follow: Follow) -> None:
    fresh = await follow(community.owner, messages_of(community))
    await fresh.next()
    old = fresh.version
    first = await community.member.send(community.channel, "one")
    await fresh.next()
    await community.member.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": "two"})
    await fresh.next()
    behind = await follow(community.owner, messages_of(community), Parents=json.dumps(old))
    assert (await behind.next()).parents == [old]
    assert behind.updates[0].body == fresh.updates[-1].body
    assert fresh.updates[-1].parents == [fresh.updates[-2].version]


async def test_how_many_streams_one_account_may_have(
    community: Community, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "STREAMS_LIMIT", 2)
    for _ in range(2):
        assert (await follow(community.owner, messages_of(community))).status == 209
    refused = await follow(community.owner, "/sync/me")
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    assert (await follow(community.member, messages_of(community))).status == 209


async def test_streams_of_another_process_receive_it_too(
    community: Community, follow: Follow, shared_database_url: str
) -> None:
    async with serving(settings_for(shared_database_url)) as other:
        elsewhere = Browser(other.url, community.owner.http, community.owner.token)
        stream = await follow(elsewhere, messages_of(community))
        await stream.next()
        sent = [await community.member.send(community.channel, f"{number}") for number in range(3)]
        assert [(await stream.next()).key for _ in sent] == [message["id"] for message in sent]
        await community.owner.expect(204, "POST", "/api/auth/logout")
        assert await stream.read_to_end() == []


async def test_a_server_that_ends_cuts_its_streams_and_another_resumes_them(
    community: Community, follow: Follow, shared_database_url: str
) -> None:
    async with serving(settings_for(shared_database_url)) as other:
        stream = await follow(Browser(other.url, community.owner.http, community.owner.token), messages_of(community))
        await stream.next()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await stream.next()
    sent = await community.member.send(community.channel, "meanwhile")
    again = await follow(community.owner, messages_of(community), Parents=json.dumps(stream.version))
    assert (await again.next()).key == sent["id"]
