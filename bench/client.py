"""The web client in a real Chromium: the cost of the first load, and of navigating.

The browser has one core to itself; the server and PostgreSQL have the other. Sizes are what the network carried, with
gzip, which every browser accepts from every address. What the page does is in `client.js`.
"""

import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page, ViewportSize, async_playwright

from bench import corpus
from bench.figures import Curve, Figure, at_most
from bench.wire import WrongError
from bench.world import PAST, Bench, Instance, Rows, channel_id, make_people, make_server, person_id, server_id, settle
from coterie.http.credentials import REFRESH_COOKIE
from coterie.identifiers import new_id

HISTORY: Final = 100_000
VISITED: Final = 50
PAGES: Final = 150
PEOPLE: Final = 12
OLD: Final = 10
SCROLLED: Final = (1_000, 2_000, 5_000, 10_000, 20_000)
QUICK_SCROLLED: Final = (500, 1_000)
STEP_PX: Final = 240
FRAME_MS: Final = 50.0
"""Users notice a frame that takes longer than this."""

SCRIPT: Final = Path(__file__).parent / "client.js"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
VIEW: Final[ViewportSize] = {"width": 1280, "height": 800}
GROWTH: Final = "scrolling back through a channel of 100,000 messages"
KINDS: Final = {"Script": "script", "Stylesheet": "style", "Font": "fonts", "Fetch": "data", "Document": "page"}


@dataclass
class Traffic:
    """What the network carried, in bytes by kind, including headers."""

    requests: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)

    def listen(self, session: CDPSession) -> None:
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._end)

    @property
    def program(self) -> float:
        """Kilobytes of what is the same for every user."""
        return (sum(self.sizes.values()) - self.data * 1000) / 1000

    @property
    def data(self) -> float:
        """Kilobytes of messages and everything else that is specific to the user."""
        return self.sizes.get("data", 0) / 1000

    def __str__(self) -> str:
        parts = sorted(self.sizes.items(), key=lambda part: -part[1])
        return ", ".join(f"{kind} {size / 1000:.1f} kB" for kind, size in parts)

    def _begin(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = KINDS.get(event["type"], "other")

    def _end(self, event: dict[str, Any]) -> None:
        kind = self._kinds.get(event["requestId"], "other")
        self.requests += 1
        self.sizes[kind] = self.sizes.get(kind, 0) + int(event["encodedDataLength"])


async def run(bench: Bench) -> list[Figure | Curve]:
    async with bench.instance() as instance, _chromium() as browser:
        await _fill(bench, instance.rows)
        people = iter(range(PEOPLE))
        found: list[Figure | Curve] = [*await _loads(bench, instance, browser, people)]
        for measure in (_switches, _scroll):
            async with _page(instance, browser, next(people)) as (page, session):
                await _open(page, instance)
                found += await measure(bench, page, session)
        return found


async def _fill(bench: Bench, rows: Rows) -> None:
    """A server with a long channel, number 0, and the channels that are visited in turn."""
    await make_people(rows, PEOPLE)
    await make_server(rows, 0, range(PEOPLE), range(VISITED + 1))
    await _write(rows, 0, HISTORY)
    for number in range(1, VISITED + 1):
        await _write(rows, number, PAGES)
    await settle(rows)
    bench.tell(f"{HISTORY:,} messages in one channel, {PAGES} in each of {VISITED}")


async def _write(rows: Rows, channel: int, count: int) -> None:
    """The newest message replies to one of the oldest."""
    columns = ("id", "channel_id", "author_id", "seq", "version", "content", "created_at", "reply_to")
    records = list(_records(channel, count))
    records[-1] = (*records[-1][:-1], records[OLD - 1][0])
    await rows.copy_records_to_table("messages", columns=columns, records=records)
    await rows.execute("UPDATE topics SET position = $2 WHERE id = $1", channel_id(channel), count)


def _records(channel: int, count: int) -> Iterator[tuple[Any, ...]]:
    """Numbered messages by several users, three in a row each; without links, which would be fetched."""
    for number, words in enumerate(corpus.messages(count), 1):
        author, text = person_id(number // 3 % PEOPLE), words.replace("https://", "")
        written = PAST + timedelta(seconds=60 * number)
        yield new_id(), channel_id(channel), author, number, number, f"message {number}. {text}", written, None


@contextlib.asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise WrongError("there is no Chromium on the PATH: install one, for example with apt-get install chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def _page(instance: Instance, browser: Browser, person: int) -> AsyncIterator[tuple[Page, CDPSession]]:
    """A fresh browser profile, whose user logged in on an earlier day."""
    context = await browser.new_context(viewport=VIEW)
    try:
        await context.add_init_script(path=SCRIPT)
        await context.add_init_script("localStorage.setItem('coterie-signed-in', '1')")
        url = f"{_origin(instance)}/api/auth"
        await context.add_cookies([{"name": REFRESH_COOKIE, "value": str(person), "url": url}])
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Performance.enable")
        await session.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
        yield page, session
    finally:
        await context.close()


def _origin(instance: Instance) -> str:
    return f"http://{instance.address.host}:{instance.address.port}"


async def _open(page: Page, instance: Instance) -> float:
    """Load the long channel; return the milliseconds to the paint of its first message."""
    await page.goto(f"{_origin(instance)}/#/s/{server_id(0)}/{channel_id(0)}")
    return float(await page.evaluate("bench.firstMessage"))


async def _loads(bench: Bench, instance: Instance, browser: Browser, people: Iterator[int]) -> list[Figure]:
    """With an empty browser storage, and again with what it stored."""
    cold: list[float] = []
    warm: list[float] = []
    traffics: list[Traffic] = []
    for person in itertools.islice(people, 1 if bench.is_quick else 5):
        async with _page(instance, browser, person) as (page, session):
            for times in (cold, warm):
                traffic = Traffic()
                traffic.listen(session)
                times.append(await _open(page, instance))
                await page.wait_for_load_state("networkidle")
                traffics.append(traffic)
                await page.goto("about:blank")
    first, again = traffics[:2]
    bench.tell(f"first load: {first.program:.0f} kB ({first}), {median(cold):.0f} ms; again {median(warm):.0f} ms")
    return [
        Figure("web: first load, program", first.program, "kB", first.program, at_most(200, "kB"), note=str(first)),
        _plain("web: first load, data", first.data, "kB", note="which is not compressed here; a proxy may do it"),
        _plain("web: first load, requests", first.requests, "", note="the live connection is one more"),
        _plain("web: first load, to the first message", median(cold), "ms", spread=cold),
        _plain("web: second load, program", again.program, "kB", note=str(again)),
        _plain("web: second load, to the first message", median(warm), "ms", spread=warm),
    ]


def _plain(name: str, measured: float, unit: str, **more: Any) -> Figure:
    """A figure without a budget."""
    return Figure(name, measured, unit, measured, **more)


async def _switches(bench: Bench, page: Page, session: CDPSession) -> list[Figure]:
    """Visit all channels, which are more than the client holds, and then switch between two."""
    before = await _heap(session)
    visited = 10 if bench.is_quick else VISITED
    first = [await _go(page, number) for number in range(1, visited + 1)]
    after = await _heap(session)
    again = [await _go(page, visited - turn % 2) for turn in range(10)]
    new, known = [each["ms"] for each in first], [each["ms"] for each in again]
    asked = median(each["asked"] for each in first)
    note = f"{asked:.0f} ms of it for the request; the slowest took {max(new):.0f} ms"
    bench.tell(
        f"to a new channel {median(new):.0f} ms, a known one {median(known):.0f} ms; {before:.1f} to {after:.1f} MB"
    )
    name = f"web: memory after {visited} channels"
    return [
        _plain("web: to a channel never seen", median(new), "ms", spread=new, note=note),
        _plain("web: to a channel just left", median(known), "ms", spread=known),
        Figure(name, after, "MB", after, None, before, "one channel", note="JavaScript's heap after a collection"),
    ]


async def _go(page: Page, number: int) -> dict[str, float]:
    """The milliseconds to the paint, and those of the request."""
    went: dict[str, float] = await page.evaluate(f"bench.go('channel-{number}')")
    return went


async def _scroll(bench: Bench, page: Page, session: CDPSession) -> list[Figure | Curve]:
    """Scroll back through the long channel, one step per frame, and then jump to one of its first messages."""
    frames: list[float] = []
    tasks: list[float] = []
    heaps, nodes = [(1, await _heap(session))], [(1, await _nodes(session))]
    for passed in QUICK_SCROLLED if bench.is_quick else SCROLLED:
        found = await page.evaluate("([step, until]) => bench.scroll(step, until)", [STEP_PX, HISTORY - passed])
        frames, tasks = frames + found["frames"], tasks + found["tasks"]
        heaps.append((passed, await _heap(session)))
        nodes.append((passed, await _nodes(session)))
    late = sum(1 for each in frames if each > FRAME_MS) / len(frames)
    bench.tell(f"{len(frames):,} frames, {late:.1%} late; {nodes[-1][1]:,.0f} nodes, {heaps[-1][1]:.1f} MB")
    await page.evaluate(f"bench.toPresent({HISTORY})")
    jump = float(await page.evaluate(f"bench.jump({OLD})"))
    reach, most = f"{nodes[-1][0]:,} messages", max(count for _, count in nodes)
    return [
        _plain("web: frames of a long scroll", median(frames), "ms", note=_frames_note(frames, tasks)),
        _plain("web: late frames of a long scroll", late * 100, "%", note=f"longer than {FRAME_MS:.0f} ms"),
        Figure(
            "web: nodes of the page", most, "", most / nodes[1][1], at_most(1.5), nodes[1][1], "early on", note=reach
        ),
        Figure(
            "web: memory after scrolling",
            heaps[-1][1],
            "MB",
            heaps[-1][1] / heaps[1][1],
            at_most(1.5),
            heaps[1][1],
            "early on",
            note=reach,
        ),
        _plain(f"web: to a message {HISTORY - OLD:,} messages ago", jump, "ms"),
        Curve(GROWTH, "nodes of the page", "messages", "number", nodes),
        Curve(GROWTH, "memory", "messages", "MB", heaps),
    ]


def _frames_note(frames: list[float], tasks: list[float]) -> str:
    steps = f"{STEP_PX} px in each of {len(frames):,}; the longest took {max(frames):.0f} ms"
    return f"{steps}; {len(tasks)} tasks over 50 ms, the longest {max(tasks, default=0):.0f} ms"


async def _heap(session: CDPSession) -> float:
    """Megabytes in use on JavaScript's heap."""
    await session.send("HeapProfiler.collectGarbage")
    return await _metric(session, "JSHeapUsedSize") / 1e6


async def _nodes(session: CDPSession) -> float:
    return await _metric(session, "Nodes")


async def _metric(session: CDPSession, name: str) -> float:
    answer = await session.send("Performance.getMetrics")
    return float(next(each["value"] for each in answer["metrics"] if each["name"] == name))
