"""The hub alone, over a real log: whatever the bus loses, repeats and reorders, nobody misses or sees too much."""

import asyncio
import itertools
import json
from collections.abc import Iterable
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coterie.log.read import Log, TopicRow
from coterie.permissions.authority import Authority
from coterie.sync.followable import Followable, everything
from coterie.sync.frames import SocketSender
from coterie.sync.live_connection import QUEUE_LIMIT, TOO_SLOW, LiveConnection
from coterie.sync.records import Answer
from tests.log.world import Reader, Recorder, World, apart, apply, connect, until

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


async def test_it_works(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    await world.send("one")
    world.deliver(*world.take())
    assert [(event.position, event.type) for event in recorder.events] == [(1, "MESSAGE_CREATE")]


async def test_a_repeat_is_dropped(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    await world.send()
    told = world.take()
    world.deliver(*told, *told, *told)
    await world.send()
    world.deliver(*told, *world.take(), *told)
    assert recorder.positions(world.channel) == [1, 2]


async def test_a_gap_is_read_from_the_log(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    for number in range(5):
        await world.send(str(number))
    world.deliver(world.take()[-1])
    await world.reaches(world.channel)
    assert recorder.positions(world.channel) == [1, 2, 3, 4, 5]


async def test_what_comes_too_early_waits_for_its_turn(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    for number in range(4):
        await world.send(str(number))
    world.deliver(*reversed(world.take()))
    await world.reaches(world.channel)
    assert recorder.positions(world.channel) == [1, 2, 3, 4]


async def test_a_gap_of_many_pages_is_healed_while_more_arrives(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    await asyncio.gather(*(world.send(str(number)) for number in range(1_100)))
    world.deliver(world.take()[-1])
    for _ in range(20):
        await world.send()
        world.deliver(*world.take())
    position = await world.reaches(world.channel)
    assert recorder.positions(world.channel) == list(range(1, position + 1))


@pytest.mark.parametrize("payload", ["", "nonsense", "[]", '{"topic":5}', '{"position":"x"}', "\x00"])
async def test_what_cannot_be_read_is_passed_over(world: World, payload: str) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    await world.send()
    world.deliver(payload, *world.take())
    assert recorder.positions(world.channel) == [1]


async def test_something_that_was_never_written_is_not_delivered(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    world.deliver(f'{{"topic":"{world.channel}","position":7}}')
    await world.send()
    world.deliver(*world.take())
    await until(lambda: world.hub.position(world.channel) >= 1)
    assert recorder.positions(world.channel)[0] == 1


async def test_a_topic_is_forgotten_with_its_last_subscriber(world: World) -> None:
    first, second = Recorder(), Recorder()
    for recorder in (first, second):
        await world.hub.subscribe(recorder, [world.channel])
    await world.send()
    world.deliver(*world.take())
    world.hub.unsubscribe(first, [world.channel])
    assert world.hub.count(world.channel) == 1
    world.hub.unsubscribe(second, [world.channel])
    assert (world.hub.count(world.channel), world.hub.position(world.channel)) == (0, 0)
    await world.send()
    world.deliver(*world.take())
    assert first.positions(world.channel) == second.positions(world.channel) == [1]


async def test_silence_of_the_bus_loses_nothing(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel, world.server])
    world.hub.on_disconnect()
    await world.send("unheard")
    await world.make_channel()
    world.take()
    await world.hub.catch_up()
    await world.send("heard")
    world.deliver(*world.take())
    for topic in (world.channel, world.server):
        await world.reaches(topic)
    assert recorder.positions(world.channel) == [1, 2]
    assert recorder.events[-1].type == "MESSAGE_CREATE"


async def test_a_look_finds_what_was_not_announced(world: World) -> None:
    recorder = Recorder()
    await world.hub.subscribe(recorder, [world.channel])
    await world.send("unheard")
    await world.hub.look()
    await world.reaches(world.channel)
    assert recorder.positions(world.channel) == [1]


async def test_all_topics_are_compared_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[int] = []
    topic_rows = Log.topic_rows

    async def counted(log: Log, topics: Iterable[UUID]) -> dict[UUID, TopicRow]:
        pages.append(len(list(topics)))
        return await topic_rows(log, topics)

    monkeypatch.setattr("coterie.log.hub.LOOK_PAGE", 10)
    recorder = Recorder()
    await world.hub.subscribe(recorder, [*(uuid4() for _ in range(34)), world.channel])
    await world.send("unheard")
    monkeypatch.setattr(Log, "topic_rows", counted)
    await world.hub.look()
    assert len(pages) == 4
    assert max(pages) <= 11, "with the home of the one channel"
    await world.reaches(world.channel)
    assert recorder.positions(world.channel) == [1]


async def test_a_reader_who_stalls_is_cut_off_and_resumes_where_they_were(world: World) -> None:
    slow = await connect(world, world.member)
    await asyncio.gather(*(world.send(str(number)) for number in range(QUEUE_LIMIT + 100)))
    world.deliver(*world.take())
    assert slow.ending == TOO_SLOW
    stood = slow.positions[world.channel]
    slow.close()
    again = Reader(await connect(world, world.member))
    again.connection.rewind({world.channel: stood})
    position = (await world.log.topic_rows([world.channel]))[world.channel].position
    await until(lambda: again.connection.positions[world.channel] == position and len(again.frames) >= position)
    links = [(frame["previous"], frame["position"]) for frame in again.frames]
    assert links == [(n, n + 1) for n in range(position)]
    await again.close()


async def test_a_slow_one_does_not_hold_up_the_others(world: World) -> None:
    slow, quick = await connect(world, world.member), Reader(await connect(world, world.owner))
    for _ in range(5):
        await asyncio.gather(*(world.send() for _ in range(QUEUE_LIMIT // 4)))
        world.deliver(*world.take())
        await until(lambda: quick.connection.positions[world.channel] == world.hub.position(world.channel))
    assert (slow.ending, quick.connection.ending) == (TOO_SLOW, None)
    slow.close()
    await quick.close()


async def test_what_is_sent_at_once_keeps_its_place_behind_what_waits(world: World) -> None:
    """The client takes some frames at once and others not; answers go the same two ways."""
    chance, reader = Random(1), Reader(await connect(world, world.member))
    taken = 0

    def write(frame: bytes) -> bool:
        nonlocal taken
        if chance.random() < 0.4:
            return False
        taken += 1
        reader.frames.append(json.loads(payload_of(frame)))
        return True

    reader.connection.sender = SocketSender(write)
    for number in range(60):
        await world.send(str(number))
        world.deliver(*world.take())
        if number % 3 == 0:
            reader.connection.send(Answer(b'{"t":"ANSWER","told":%d}' % (number + 1)))
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    await until(lambda: len(reader.frames) == 80)
    known = 0
    for frame in reader.frames:
        if frame["t"] == "ANSWER":
            assert frame["told"] == known
        else:
            assert (frame["previous"], frame["position"]) == (known, known + 1)
            known += 1
    assert 0 < taken < 80
    await reader.close()


async def test_nothing_is_sent_at_once_of_what_is_not_followed_any_more(world: World) -> None:
    reader = Reader(await connect(world, world.member))
    frames: list[bytes] = []

    def write(frame: bytes) -> bool:
        frames.append(frame)
        return True

    reader.connection.sender = SocketSender(write)
    await asyncio.sleep(0)
    await world.send("before")
    await world.leave()
    await world.send("after")
    world.deliver(*world.take())
    await until(lambda: world.channel not in reader.connection.positions)
    assert [b"before" in frame for frame in frames] == [True]
    assert "after" not in reader.contents()
    await reader.close()


async def test_a_removal_announced_late_still_comes_before_later_messages(world: World) -> None:
    reader = Reader(await connect(world, world.member))
    await world.send("before")
    before = world.take()
    await world.leave()
    world.take()
    await world.send("after")
    world.deliver(*before, *world.take())
    await until(lambda: world.channel not in reader.connection.positions)
    assert "after" not in reader.contents()
    await reader.close()


async def test_a_member_who_came_back_is_not_removed_by_old_changes(world: World) -> None:
    owner = await connect(world, world.owner)  # for whom the hub still has to deliver the old changes
    reader = Reader(await connect(world, world.member))
    await world.leave()
    old = world.take()
    await world.join()
    news = world.take()
    own = [payload for payload in [*old, *news] if f'"topic":"{world.member.user_id}"' in payload]
    world.deliver(*own)
    await until(lambda: world.channel in reader.connection.positions)
    world.deliver(*old, *news)
    await world.send("welcome back")
    world.deliver(*world.take())
    await until(lambda: "welcome back" in reader.contents())
    await reader.close()
    owner.close()


async def test_a_loss_between_the_two_readings_is_kept(world: World) -> None:
    """The permissions are read, then lost, and the news of it comes before they are read again."""
    first = await connect(world, world.owner)  # so that the hub knows the topics already
    readings: list[Followable] = []

    async def read() -> Followable:
        readings.append(await everything(world, world.member.user_id))
        if len(readings) == 2:  # read, but not looked at yet
            await world.leave()
            world.deliver(*world.take())
        return readings[-1]

    connection = LiveConnection(world.member, world)
    await connection.subscriptions.follow(read)
    assert len(readings) > 2
    assert connection.positions.keys() == {world.member.user_id}
    await world.send("gone")
    world.deliver(*world.take())
    assert world.hub.count(world.channel) == 1
    connection.close()
    first.close()


async def test_a_server_joined_between_its_rights_and_its_positions_is_followed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own topic is read after the join, so the news of it is not sent again."""
    await world.leave()
    world.take()
    memberships = world.permissions.memberships
    readings = 0

    async def joined_meanwhile(*arguments: Any) -> list[Authority]:
        nonlocal readings
        readings += 1
        found = await memberships(*arguments)
        if readings == 2:  # the last reading, as far as the connection can know
            await world.join()
        return found

    monkeypatch.setattr(world.permissions, "memberships", joined_meanwhile)
    connection = await connect(world, world.member)
    world.deliver(*world.take())
    assert world.channel in connection.positions
    reader = Reader(connection)
    await world.send("after it")
    world.deliver(*world.take())
    await until(lambda: reader.contents() == ["after it"])
    await reader.close()


async def test_a_channel_removed_between_the_two_readings_is_dropped(world: World) -> None:
    channel = await world.make_channel()
    world.take()
    readings: list[Followable] = []

    async def read() -> Followable:
        readings.append(await everything(world, world.member.user_id))
        if len(readings) == 1:
            await world.remove_channel(channel)
            world.deliver(*world.take())
        return readings[-1]

    connection = LiveConnection(world.member, world)
    await connection.subscriptions.follow(read)
    assert channel in readings[0].positions
    assert channel not in connection.positions
    assert world.hub.count(channel) == 0
    connection.close()


async def test_a_channel_that_came_and_went_is_not_followed(world: World) -> None:
    connection = await connect(world, world.member)
    channel = await world.make_channel()
    await world.remove_channel(channel)
    world.deliver(*world.take())
    reader = Reader(connection)
    await world.send("after it")
    world.deliver(*world.take())
    await until(lambda: reader.contents() == ["after it"])
    assert [frame["t"] for frame in reader.frames] == ["MESSAGE_CREATE"], "nothing happened that one could know"
    assert channel not in connection.positions
    assert world.hub.count(channel) == 0
    await reader.close()


def payload_of(frame: bytes) -> bytes:
    """What a short frame of a server holds."""
    return frame[4:] if frame[1] == 126 else frame[2:]


def disordered(told: list[str], chance: Random) -> list[str]:
    """What a bad bus delivers: some are lost, some come twice, all out of order."""
    kept = [payload for payload in told for _ in range(chance.choice([0, 1, 1, 1, 2]))]
    chance.shuffle(kept)
    return kept


@FEW
@given(chance=st.randoms(use_true_random=False), operations=st.lists(st.sampled_from("sscr"), min_size=1, max_size=25))
async def test_every_disorder_is_put_in_order(shared_database_url: str, chance: Random, operations: list[str]) -> None:
    """s: send; c: make a channel; r: remove one."""
    async with apart(shared_database_url) as world:
        recorder = Recorder()
        topics = [world.channel, world.server]
        states = {topic: await world.fresh(topic) for topic in topics}
        await world.hub.subscribe(recorder, topics)
        made: list[UUID] = []
        for operation in operations:
            if operation == "s":
                await world.send()
            elif operation == "r" and made:
                await world.remove_channel(made.pop())
            else:
                made.append(await world.make_channel())
            if chance.random() < 0.4:
                world.deliver(*disordered(world.take(), chance))
                await asyncio.sleep(chance.choice([0, 0, 0.003]))
        world.deliver(*disordered(world.take(), chance))
        await world.hub.look()
        for topic in topics:
            await world.reaches(topic)
            positions = recorder.positions(topic)
            assert all(before < after for before, after in itertools.pairwise(positions))
            apply(states[topic], [event for event in recorder.events if event.topic == topic])
            assert states[topic] == await world.fresh(topic)


@FEW
@given(chance=st.randoms(use_true_random=False), operations=st.lists(st.sampled_from("ssml"), min_size=4, max_size=25))
async def test_nobody_receives_what_was_sent_while_they_were_not_a_member(
    shared_database_url: str, chance: Random, operations: list[str]
) -> None:
    """s: send; m and l: the member joins or leaves. What is lost of the bus is lost for good until the end.

    Who joins again may read what was said meanwhile: it is history, and a gap may be healed across both.
    """
    async with apart(shared_database_url) as world:
        reader = Reader(await connect(world, world.member))
        is_in, secret = True, set()
        for number, operation in enumerate(operations):
            if operation == "s":
                await world.send(str(number))
                secret |= set() if is_in else {str(number)}
            elif is_in and operation == "l":
                await world.leave()
                is_in = False
            elif not is_in and operation == "m":
                await world.join()
                is_in = True
                secret.clear()
            if chance.random() < 0.5:
                world.deliver(*disordered(world.take(), chance))
                await asyncio.sleep(chance.choice([0, 0, 0.003]))
            assert not secret & set(reader.contents()), "told to somebody who is out"
        world.deliver(*disordered(world.take(), chance))
        await world.hub.look()
        await world.reaches(world.member.user_id)
        if is_in:
            await until(lambda: world.channel in reader.connection.positions)
            await world.send("last")
            world.deliver(*world.take())
            await until(lambda: "last" in reader.contents())
        assert not secret & set(reader.contents()), "told to somebody who is out"
        await reader.close()
