"""NATS as the bus: what it carries, and that it may disappear and come back, or be missing at the start."""

import asyncio
from dataclasses import dataclass, field

import pytest

from coterie.log.nats_bus import BUNDLE_BYTES, NatsBus, subject_of
from tests.log.world import until
from tests.nats_server import PASSWORD, NatsServer, nats_server
from tests.patience import PATIENCE


@dataclass
class Ear:
    """A listener that keeps what it receives, and counts how often the log had to be read."""

    heard: list[str] = field(default_factory=list)
    losses: int = 0
    looks: int = 0
    catch_ups: int = 0

    def receive(self, payload: str) -> None:
        self.heard.append(payload)

    def on_disconnect(self) -> None:
        self.losses += 1

    async def catch_up(self) -> None:
        self.catch_ups += 1

    async def look(self) -> None:
        self.looks += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start does not wait long for NATS, and the log is asked often."""
    monkeypatch.setattr("coterie.log.nats_bus.START_SECONDS", 0.5)
    monkeypatch.setattr("coterie.log.nats_bus.LOOK_SECONDS", 0.2)


async def listening(url: str, subject: str = "test") -> tuple[NatsBus, Ear]:
    bus, ear = NatsBus(url, subject), Ear()
    await bus.start(ear)
    return bus, ear


async def test_every_process_receives_everything_in_order(nats_url: str) -> None:
    (here, near), (there, far) = [await listening(nats_url, "order") for _ in range(2)]
    said = [f"{number} {'é' * 1_000}" for number in range(BUNDLE_BYTES // 500)]
    for payload in said:
        here.publish(payload)
    await until(lambda: near.heard == said and far.heard == said)
    await here.stop()
    await there.stop()


async def test_what_waits_is_sent_before_the_end(nats_url: str) -> None:
    (ending, _), (staying, ear) = [await listening(nats_url, "end") for _ in range(2)]
    ending.publish("goodbye")
    await ending.stop()
    await until(lambda: ear.heard == ["goodbye"])
    await staying.stop()


async def test_instances_do_not_receive_each_others_messages(nats_url: str) -> None:
    (one, _), (other, ear) = [await listening(nats_url, subject_of(secret)) for secret in ("a" * 32, "b" * 32)]
    one.publish("not for you")
    other.publish("for you")
    await until(lambda: bool(ear.heard))
    assert ear.heard == ["for you"]
    await one.stop()
    await other.stop()


async def test_the_log_is_asked_regularly_and_after_each_loss() -> None:
    with nats_server() as server:
        bus, ear = await listening(server.url)
        await until(lambda: ear.looks > 0)
        server.kill()
        await until(lambda: ear.losses > 0)
        server.start()
        before = ear.catch_ups
        await until(lambda: ear.catch_ups > before)
        await heard_again(bus, ear)
        await bus.stop()


async def test_a_start_without_nats_continues_and_finds_it_later() -> None:
    server = NatsServer.new()
    bus, ear = await listening(server.url)
    assert ear.catch_ups > 0
    server.start()
    try:
        await heard_again(bus, ear)
        await bus.stop()
    finally:
        server.kill()


async def test_a_refused_login_is_said_without_the_password(nats_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = nats_url.replace(PASSWORD, "a-wrong-password")
    bus, ear = await listening(wrong)
    await until(lambda: ear.looks + ear.catch_ups > 1)
    await bus.stop()
    said = "".join(capsys.readouterr())
    assert "BUS_URL" in said
    assert "a-wrong-password" not in said


async def heard_again(bus: NatsBus, ear: Ear) -> None:
    """What is published while NATS is away is lost, so this publishes until it is received."""
    async with asyncio.timeout(PATIENCE):
        while not ear.heard:
            bus.publish("hello again")
            await asyncio.sleep(0.05)


async def test_nothing_ends_the_look_at_the_log(nats_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unforeseen error is logged, and the log is read again."""
    monkeypatch.setattr("coterie.log.nats_bus.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("coterie.log.nats_bus.RETRY_SECONDS", 0.01)

    class Failing(Ear):
        async def look(self) -> None:
            self.looks += 1
            raise RuntimeError("nobody thought of this")

    bus, ear = NatsBus(nats_url, "failing"), Failing()
    await bus.start(ear)
    await until(lambda: ear.looks > 2 and ear.catch_ups > 2)
    await bus.stop()
