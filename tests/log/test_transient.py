"""Delivery to crowds: its cost grows with the number of users, and smaller audiences receive everything."""

import json
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from coterie.identifiers import new_id
from coterie.log import transient
from coterie.log.event import BusMessage, Event
from coterie.log.transient import TransientDelivery
from tests.log.world import Recorder

RATE, BURST = 100.0, 10.0
"""A thousand frames at once, and a hundred per second from then on."""


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transient, "FRAMES_PER_SECOND", RATE)
    monkeypatch.setattr(transient, "BURST_SECONDS", BURST)
    monkeypatch.setattr(transient, "WAITING_SECONDS", 1000.0)


@dataclass
class World:
    """Audiences with their followers, and a clock that only moves when the test moves it."""

    topics: dict[UUID, list[Recorder]] = field(default_factory=dict)
    now: float = 1000.0
    version: int = 0

    def __post_init__(self) -> None:
        self.transient = TransientDelivery(lambda topic: self.topics.get(topic, []), lambda: self.now)

    def audience(self, size: int) -> UUID:
        topic = new_id()
        self.topics[topic] = [Recorder() for _ in range(size)]
        return topic

    def tell(self, *audience: UUID, key: str = "", type: str = "PRESENCE_UPDATE", version: int | None = None) -> None:
        self.version += 1
        is_state = type == "PRESENCE_UPDATE"
        position = (version or self.version) if is_state else 0
        notification = BusMessage(position=position, key=key or f"{new_id()}", type=type, audience=audience)
        self.transient.take(notification, Event(None, position, type, notification.key, "{}"))

    def move(self, seconds: float, *audiences: UUID) -> None:
        """Let time pass, and the timers fire."""
        self.now += seconds
        for audience in audiences:
            self.transient.proceed(audience)

    def frames(self, audience: UUID) -> list[list[Event]]:
        return [each.events for each in self.topics[audience]]


@pytest.fixture
async def world() -> World:
    """In a test with a running loop, for the timers; none fires by itself before the test is over."""
    return World()


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


async def test_each_receives_it_once_by_whatever_route(world: World) -> None:
    one, other = world.audience(1), world.audience(1)
    both, friend = Recorder(), Recorder()
    world.topics[one].append(both)
    world.topics[other].append(both)
    friends = new_id()
    world.transient.attend(friend, [friends])
    world.transient.attend(both, [friends])
    world.tell(one, other, friends)
    assert [len(each.events) for each in (*world.topics[one], world.topics[other][0], friend)] == [1, 1, 1, 1]


async def test_a_listener_who_stopped_receives_nothing(world: World) -> None:
    friends, others, listener = new_id(), new_id(), Recorder()
    world.transient.attend(listener, [friends, others])
    world.transient.ignore(listener, [friends, new_id()])
    world.tell(friends)
    world.tell(others)
    assert len(listener.events) == 1
    world.transient.leave(listener)
    world.transient.leave(listener)
    world.tell(others)
    assert len(listener.events) == 1


async def test_what_was_overtaken_is_dropped(world: World) -> None:
    place = world.audience(1)
    for version in (5, 4, 5, 6):
        world.tell(place, key="somebody", version=version)
    world.tell(place, key="somebody else", version=1)
    assert [event.position for event in world.frames(place)[0]] == [5, 6, 1]


async def test_a_few_people_learn_everything_however_often_it_changes(world: World) -> None:
    """Late, and only the last frame of each user."""
    place = world.audience(50)
    for round in range(3):
        for person in range(50):
            world.tell(place, key=f"person {person}", version=round + 1)
    for _ in range(100):
        world.move(1, place)
    for events in world.frames(place):
        last = {event.key: event.position for event in events}
        assert last == {f"person {person}": 3 for person in range(50)}
        assert len(events) < 150
        assert "PRESENCE_RESET" not in types(events)


async def test_a_crowd_is_asked_to_fetch(world: World) -> None:
    place = world.audience(500)
    for _ in range(1_000):
        world.tell(place)
    told = {len(events) for events in world.frames(place)}
    assert told == {3}, "what a thousand frames are enough for, begun ones included"
    world.move(30, place)
    for events in world.frames(place):
        assert types(events[3:]) == ["PRESENCE_RESET"]
        assert json.loads(events[-1].data) == {"server_id": str(place), "spread_seconds": 6}
    world.move(3600, place)
    world.tell(place)
    assert {types(events)[-1] for events in world.frames(place)} == {"PRESENCE_UPDATE"}


async def test_a_crowd_is_notified_when_it_has_come_to_rest(world: World) -> None:
    place = world.audience(500)
    for _ in range(1_200):
        world.tell(place)
        world.move(0.01, place)
    assert "PRESENCE_RESET" not in types(world.frames(place)[0])
    world.move(30, place)
    assert types(world.frames(place)[0]).count("PRESENCE_RESET") == 1


async def test_a_crowd_that_never_rests_is_notified_now_and_then(world: World) -> None:
    place = world.audience(500)
    seconds = 600
    for _ in range(seconds * 10):
        world.tell(place)
        world.move(0.1, place)
    resets = types(world.frames(place)[0]).count("PRESENCE_RESET")
    assert 10 <= resets <= seconds / transient.PATIENCE_SECONDS
    assert sum(map(len, world.frames(place))) <= RATE * (BURST + seconds) + 2 * 500


@pytest.mark.parametrize("size", [10, 100, 1_000])
async def test_the_frames_grow_with_the_people(world: World, size: int) -> None:
    """Everyone connects at once: each receives a number of frames that does not depend on how many they are."""
    place = world.audience(size)
    for _ in range(size):
        world.tell(place)
    for _ in range(100):
        world.move(1, place)
    assert sum(map(len, world.frames(place))) <= RATE * BURST + 2 * size + 64 * size * (size <= 100)


async def test_nothing_waits_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """But one state is always sent: a user's friends, however many, receive their status."""
    monkeypatch.setattr(transient, "WAITING_SECONDS", 10.0)
    place, friends = world.audience(300), world.audience(5_000)
    for number in range(8):
        world.tell(place)
        world.tell(friends, key="the famous one", version=number + 1)
    world.move(100, place, friends)
    assert types(world.frames(place)[0]) == ["PRESENCE_UPDATE"] * 4 + ["PRESENCE_RESET"]
    assert [event.position for event in world.frames(friends)[0]] == [1, 8]


async def test_typing_in_a_crowd_is_dropped(world: World) -> None:
    place = world.audience(100)
    for _ in range(500):
        world.tell(place, type="TYPING_START")
    world.move(30, place)
    assert {len(events) for events in world.frames(place)} == {11}


async def test_what_is_neither_is_never_dropped(world: World) -> None:
    place = world.audience(100)
    for _ in range(500):
        world.tell(place, type="VOICE_SIGNAL")
    assert {len(events) for events in world.frames(place)} == {500}


async def test_a_crowd_does_not_hold_up_others(world: World) -> None:
    """A user who receives it through another audience gets it at once, and not again with the crowd."""
    crowd, few = world.audience(500), world.audience(2)
    world.topics[crowd].append(world.topics[few][0])
    for _ in range(20):
        world.tell(crowd)
    before = len(world.topics[few][0].events)
    world.tell(crowd, few)
    assert [len(each.events) for each in world.topics[few]] == [before + 1, 1]
    for _ in range(200):
        world.move(1, crowd)
    assert len(world.topics[crowd][0].events) == 21
    assert len(world.topics[few][0].events) == 21


async def test_all_are_asked_to_fetch_after_the_bus_was_silent(world: World) -> None:
    listeners = [Recorder() for _ in range(250)]
    world.transient.reset(listeners)
    assert {json.dumps(json.loads(each.events[0].data)) for each in listeners} == {
        '{"server_id": null, "spread_seconds": 3}'
    }


async def test_calm_audiences_are_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transient, "CROWDS_LIMIT", 10)
    for _ in range(100):
        world.tell(world.audience(1))
        world.now += 60
    assert len(world.transient._crowds) <= 11
