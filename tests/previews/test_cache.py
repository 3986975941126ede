"""The cache of previews: made once, kept for a while, bounded."""

import asyncio

import pytest

from coterie import errors
from coterie.errors import CoterieError
from coterie.previews.cache import OVERHEAD, REFUSED_SECONDS, SECONDS, Cache


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Maker:
    """Makes "1", "2", and so on, each when the test allows it."""

    def __init__(self) -> None:
        self.made = 0
        self.go = asyncio.Event()
        self.go.set()
        self.begun = asyncio.Event()
        self.refusal: CoterieError | None = None

    async def __call__(self) -> str:
        self.made += 1
        self.begun.set()
        made = self.made
        await self.go.wait()
        if self.refusal:
            raise self.refusal
        return str(made)


def cache(entries: int = 100, size: int = 1_000_000, clock: Clock | None = None) -> Cache[str]:
    return Cache(entries, size, len, clock or Clock())


async def test_it_works() -> None:
    kept, make = cache(), Maker()
    assert "a" not in kept
    assert [await kept.get("a", make) for _ in range(3)] == ["1", "1", "1"]
    assert "a" in kept
    assert await kept.get("b", make) == "2"


async def test_it_is_made_once_for_all_who_wait() -> None:
    kept, make = cache(), Maker()
    make.go.clear()
    waiting = [asyncio.create_task(kept.get("a", make)) for _ in range(10)]
    await make.begun.wait()
    assert "a" in kept
    waiting[0].cancel()  # the first to ask leaves, and the others get it all the same
    await asyncio.wait(waiting[:1])
    make.go.set()
    assert await asyncio.gather(*waiting[1:]) == ["1"] * 9


async def test_it_is_kept_for_a_day() -> None:
    clock = Clock()
    kept, make = cache(clock=clock), Maker()
    await kept.get("a", make)
    clock.now += SECONDS - 1
    assert await kept.get("a", make) == "1"
    clock.now += 2
    assert await kept.get("a", make) == "2"


async def test_a_refusal_is_kept_for_a_moment() -> None:
    clock = Clock()
    kept, make = cache(clock=clock), Maker()
    make.refusal = CoterieError(errors.UNREACHABLE)
    for _ in range(3):
        with pytest.raises(CoterieError) as caught:
            await kept.get("a", make)
        assert caught.value.entry is errors.UNREACHABLE
    assert make.made == 1
    clock.now += REFUSED_SECONDS + 1
    make.refusal = None
    assert await kept.get("a", make) == "2"


async def test_an_accident_is_not_kept() -> None:
    kept, make = cache(), Maker()

    async def fail() -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await kept.get("a", fail)
    assert await kept.get("a", make) == "1"


async def test_the_number_is_bounded() -> None:
    kept, make = cache(entries=2), Maker()
    for key in ("a", "b", "a", "c"):
        await kept.get(key, make)
    assert [key for key in "abc" if key in kept] == ["a", "c"], "the one used longest ago made room"


async def test_the_bytes_are_bounded() -> None:
    kept, make = cache(size=2 * (OVERHEAD + 2)), Maker()
    for key in ("a", "b", "c"):
        await kept.get(key, make)
    assert [key for key in "abc" if key in kept] == ["b", "c"]

    async def large() -> str:
        return "x" * 10_000

    assert len(await kept.get("d", large)) == 10_000
    assert not [key for key in "abcd" if key in kept], "what is too large for all is not kept either"
    assert await kept.get("a", make) == "4"
    assert "a" in kept


async def test_it_ends_what_is_under_way() -> None:
    kept, make = cache(), Maker()
    make.go.clear()
    waiting = asyncio.create_task(kept.get("a", make))
    await make.begun.wait()
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
