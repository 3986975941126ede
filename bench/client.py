"""The web client in a real Chromium: the cost of the first load, and of navigating.

The browser has one core to itself; the server and PostgreSQL have the other. Sizes are what the network carried, with
gzip, which every browser accepts from every address. What the page does is in `client.js`.
"""

import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page, ViewportSize, async_playwright

from bench import corpus
from bench.figures import Curve, Figure, at_most
from bench.traffic import Traffic
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
FRAME_MS: Final = 33.3
"""Two frames at 60 Hz: users notice one that takes longer."""
SLOWED: Final = 4
"""How much slower the processor is for a phone's figures."""
TASK_MS: Final = 100.0
STAY_MS: Final = 5_000
"""How long a visit lasts: by then the service worker, its compiled script and the channel's messages are stored."""
CLEARING_MS: Final = 500
BARE: Final = "/icons/touch-180.png"

SCRIPT: Final = Path(__file__).parent / "client.js"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
VIEW: Final[ViewportSize] = {"width": 1280, "height": 800}
GROWTH: Final = "scrolling back through a channel of 100,000 messages"


async def run(bench: Bench) -> list[Figure | Curve]:
    async with bench.instance() as instance, _chromium() as browser:
        await _fill(bench, instance.rows)
        people = iter(range(PEOPLE))
        found: list[Figure | Curve] = [await _login(bench, instance, browser)]
        found += await _loads(bench, instance, browser, people)
        found += await _starts(bench, instance, browser, people)
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
        await context.add_init_script(f"localStorage['coterie-signed-in'] ??= '{person_id(person)}'")
        host, path = instance.address.host, "/api/auth"  # where the server replaces it
        await context.add_cookies([{"name": REFRESH_COOKIE, "value": str(person), "domain": host, "path": path}])
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


async def _leave(page: Page) -> None:
    """Stay a while, and go; wait until the browser has cleared up."""
    await page.wait_for_timeout(STAY_MS)
    await page.goto("about:blank")
    await page.wait_for_timeout(CLEARING_MS)


async def _login(bench: Bench, instance: Instance, browser: Browser) -> Figure:
    """The log-in page of a browser that was never here, until its form can be filled in."""
    context = await browser.new_context(viewport=VIEW)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
    traffic = Traffic()
    traffic.listen(session)
    await page.goto(_origin(instance))
    await page.locator("input[type=password]").wait_for()
    await page.wait_for_load_state("networkidle")
    await context.close()
    script = traffic.sizes["script"] / 1000
    bench.tell(f"log-in page: {script:.0f} kB of script")
    return Figure("web: log-in page, script", script, "kB", script, at_most(90, "kB"), note=str(traffic))


async def _starts(bench: Bench, instance: Instance, browser: Browser, people: Iterator[int]) -> list[Figure]:
    """The second load on a slow processor: the longest task, and what moved without an action of the user."""
    tasks: list[float] = []
    shifts: list[float] = []
    times: list[float] = []
    async with _page(instance, browser, next(people)) as (page, session):
        await _open(page, instance)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        for _ in range(2 if bench.is_quick else 5):
            await _leave(page)
            times.append(await _open(page, instance))
            await page.wait_for_load_state("networkidle")
            started = await page.evaluate("bench.started")
            tasks.append(max(started["tasks"], default=0.0))
            shifts.append(started["shift"])
    slowed = f"{SLOWED} times slower processor"
    bench.tell(f"{slowed}: {median(times):.0f} ms, longest task {median(tasks):.0f} ms; layout shift {max(shifts):.3f}")
    return [
        _plain(f"web: second load, {slowed}", median(times), "ms", spread=times),
        Figure(
            f"web: longest task of it, {slowed}",
            median(tasks),
            "ms",
            median(tasks),
            at_most(TASK_MS, "ms"),
            spread=tasks,
        ),
        Figure("web: layout shift of a second load", max(shifts), "", max(shifts), at_most(0.001, "")),
    ]


async def _loads(bench: Bench, instance: Instance, browser: Browser, people: Iterator[int]) -> list[Figure]:
    """With an empty browser storage, and again with what it stored."""
    cold: list[float] = []
    warm: list[float] = []
    bare: list[float] = []
    traffics: list[Traffic] = []
    for person in itertools.islice(people, 1 if bench.is_quick else 5):
        async with _page(instance, browser, person) as (page, session):
            for times in (cold, warm):
                traffic = Traffic()
                traffic.listen(session)
                times.append(await _open(page, instance))
                await page.wait_for_load_state("networkidle")
                traffic.stop(session)
                traffics.append(traffic)
                await _leave(page)
            await page.goto(f"{_origin(instance)}{BARE}")
            bare.append(float(await page.evaluate("bench.firstPaint()")))
    first, again = traffics[:2]
    bench.tell(f"first load: {first.program:.0f} kB ({first}), {median(cold):.0f} ms; again {median(warm):.0f} ms")
    return [
        Figure("web: first load, program", first.program, "kB", first.program, at_most(200, "kB"), note=str(first)),
        _plain("web: first load, data", first.data, "kB", note="pages of messages and lists of members with gzip"),
        _plain("web: first load, requests", first.requests, "", note="the live connection is one more"),
        _plain("web: first load, to the first message", median(cold), "ms", spread=cold),
        _plain("web: second load, program", again.program, "kB", note=str(again)),
        Figure(
            "web: second load, to the first message",
            median(warm),
            "ms",
            median(warm),
            at_most(200, "ms"),
            median(bare),
            "a picture alone",
            spread=warm,
        ),
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
        Figure("web: to a channel just left", median(known), "ms", median(known), at_most(50, "ms"), spread=known),
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
