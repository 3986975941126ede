"""One message after the other to 100 and to 300 listeners, each sent when all of them have received the last.

Beside it, the barest application sends the same bytes over the same sockets.
"""

import time
from statistics import median
from typing import Final

from bench.fan_out import Crowd, gather, gather_bare, populate
from bench.figures import Figure, compared
from bench.world import Bench

LISTENERS: Final = (100, 300)


async def run(bench: Bench) -> list[Figure]:
    return [figure for count in LISTENERS for figure in await _to(bench, count)]


async def _to(bench: Bench, count: int) -> list[Figure]:
    async with bench.instance() as instance:
        await populate(instance, count)
        async with (
            bench.bare() as bare,
            gather(instance, count, people=count) as crowd,
            gather_bare(bare, count) as other,
        ):
            ceilings, waits = [], []
            for _ in range(bench.rounds):
                ceilings.append(await _waits(bench, other))
                waits.append(await _waits(bench, crowd))
    lasts = [(median(own) * 1000, median(least) * 1000) for own, least in zip(waits, ceilings, strict=True)]
    rates = [
        (count * len(own) / sum(own), count * len(least) / sum(least))
        for own, least in zip(waits, ceilings, strict=True)
    ]
    bench.tell(f"one message to {count}: {lasts[0][0]:.1f} ms until the last; bare {lasts[0][1]:.1f} ms")
    name = f"one message after the other to {count} listeners"
    return [
        compared(name, "deliveries/s", rates, None, "bare ASGI"),
        compared(f"{name}, until the last", "ms", lasts, None, "bare ASGI"),
    ]


async def _waits(bench: Bench, crowd: Crowd) -> list[float]:
    """Seconds from sending each message until the last listener has it."""
    waits, deadline = [], time.perf_counter() + bench.seconds
    while (began := time.perf_counter()) < deadline:
        await crowd.speak(1)
        waits.append(crowd.last - began)
    return waits
