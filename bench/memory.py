"""The memory of an idle listener, in Coterie and in the barest application that only holds the socket."""

import asyncio

from bench.fan_out import LISTENERS, gather, gather_bare, populate
from bench.figures import Figure, at_most
from bench.machine import resident_bytes
from bench.world import Bench, Running


async def run(bench: Bench) -> list[Figure]:
    async with bench.instance() as instance:
        await populate(instance, LISTENERS)
        before = await _settled(instance)
        async with gather(instance, LISTENERS):
            each = (await _settled(instance) - before) / LISTENERS / 1000
    async with bench.bare() as bare:
        before = await _settled(bare)
        async with gather_bare(bare, LISTENERS):
            least = (await _settled(bare) - before) / LISTENERS / 1000
    bench.tell(f"an idle listener: {each:.1f} kB; bare {least:.1f} kB")
    name, note = (
        "memory of an idle listener",
        "of 1,000 different people in one server; judged is what is over the bare",
    )
    return [Figure(name, each, "kB", each - least, at_most(30, "kB"), least, "bare ASGI", note=note)]


async def _settled(running: Running) -> int:
    await asyncio.sleep(3)
    return resident_bytes(running.process.pid)
