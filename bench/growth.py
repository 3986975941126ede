"""How costs grow: with offline members, channels, history, and listeners.

Cost is the processor time of the server and PostgreSQL together, so that it means the same on a busy machine. A
message's cost must not grow with anything that does not concern it.
"""

import contextlib
from collections.abc import AsyncIterator
from statistics import median
from typing import Final

from bench.fan_out import WINDOW, Crowd, gather
from bench.figures import Curve
from bench.world import Bench, Instance, make_history, make_people, make_server, settle

STEPS: Final = (1, 10, 100, 1_000, 10_000)
LISTENERS: Final = 10
WRITES: Final = f"what a message to {LISTENERS} listeners costs"
DELIVERIES: Final = "what a delivery costs"


async def run(bench: Bench) -> list[Curve]:
    steps = STEPS[:3] if bench.is_quick else STEPS
    write = "µs of processor time for a message"
    return [
        Curve(WRITES, "members who are not there", "how many", write, [await _members(bench, n) for n in steps]),
        Curve(WRITES, "channels of the server", "how many", write, [await _channels(bench, n) for n in steps]),
        Curve(WRITES, "messages in the channel before", "how many", write, [await _history(bench, n) for n in steps]),
        Curve(
            DELIVERIES,
            "listeners",
            "listeners",
            "µs of processor time for a delivery",
            [await _listeners(bench, n) for n in steps],
        ),
    ]


async def _members(bench: Bench, count: int) -> tuple[int, float]:
    async with _community(bench, LISTENERS, members=count) as crowd:
        return count, await _cost(bench, crowd, f"{count} members who are not there") * LISTENERS


async def _channels(bench: Bench, count: int) -> tuple[int, float]:
    async with _community(bench, LISTENERS, channels=count) as crowd:
        return count, await _cost(bench, crowd, f"{count} channels") * LISTENERS


async def _history(bench: Bench, count: int) -> tuple[int, float]:
    async with _community(bench, LISTENERS, history=count) as crowd:
        return count, await _cost(bench, crowd, f"{count} older messages") * LISTENERS


async def _listeners(bench: Bench, count: int) -> tuple[int, float]:
    async with _community(bench, count) as crowd:
        return count, await _cost(bench, crowd, f"{count} listeners")


@contextlib.asynccontextmanager
async def _community(
    bench: Bench, listeners: int, *, members: int = 0, channels: int = 1, history: int = 0
) -> AsyncIterator[Crowd]:
    """Few users with many sockets, because for a delivery it makes no difference whose they are."""
    async with bench.instance() as instance:
        await _populate(instance, LISTENERS + 1 + members, channels, history)
        async with gather(instance, listeners, people=LISTENERS) as crowd:
            yield crowd


async def _populate(instance: Instance, people: int, channels: int, history: int) -> None:
    await make_people(instance.rows, people)
    await make_server(instance.rows, 0, range(people), range(channels))
    await make_history(instance.rows, 0, 0, history)
    await settle(instance.rows)


async def _cost(bench: Bench, crowd: Crowd, what: str) -> float:
    """Microseconds of processor time per delivery, including its share of the message's own cost."""
    costs = []
    for _ in range(bench.rounds):
        rate, spent = await crowd.speak_for(bench.seconds / 4, WINDOW)
        costs.append(spent.server * 1e6 / (rate * spent.seconds))
    bench.tell(f"{what}: {median(costs):.1f} µs a delivery")
    return median(costs)
