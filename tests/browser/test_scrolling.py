"""Whatever happens around a reader, the end of a list stays the end, and a row that is read stays where it is.

A random visit changes the window, the size of the text, panels, pickers, the edit box, pictures, messages, and where
the reader is. SCROLL_SEED repeats one visit; SCROLL_VISITS is the number of further visits at random, SCROLL_STEPS
that of steps in each.
"""

import asyncio
import os
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from playwright.async_api import CDPSession, Route, expect

from tests.browser.conftest import Visit
from tests.browser.files import pick, picture
from tests.browser.test_history import open_history, write
from tests.browser.visitor import Visitor
from tests.people import Community, Person

FIXED: Final = (1, 2, 3, 1514232830)
STEPS: Final = int(os.environ.get("SCROLL_STEPS", "45"))
MESSAGES: Final = 130
AT_END_PX: Final = 8
HEIGHTS: Final = (480, 560, 640, 660, 768, 900, 1080)
WIDTHS: Final = (360, 390, 820, 960, 1366, 1440)
TEXT_PX: Final = (14, 16, 20, 24, 32)

SETTLED: Final = """async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    for (let count = 0; count < 3; count++) await frame();
}"""

SEEN: Final = """(log) => {
    const { top, bottom } = log.getBoundingClientRect();
    const edges = (each) => {
        const box = each.getBoundingClientRect();
        return { top: box.top - top, bottom: box.bottom - top };
    };
    const rows = [...log.querySelectorAll("[data-message]")].map((row) => ({ id: row.dataset.message, ...edges(row) }));
    const box = log.querySelector("[data-typed-in]");
    return {
        rows: rows.filter((row) => row.bottom > 0 && row.top < bottom - top),
        all: rows,
        box: box ? edges(box) : null,
        height: log.clientHeight,
        above: log.scrollTop,
        below: log.scrollHeight - log.clientHeight - log.scrollTop,
    };
}"""
"""What is on the screen, relative to the upper edge of the list."""

seeds: Final = (
    [int(os.environ["SCROLL_SEED"])]
    if "SCROLL_SEED" in os.environ
    else [
        FIXED[0],
        *(pytest.param(seed, marks=pytest.mark.extended("another visit")) for seed in FIXED[1:]),
        *(random.SystemRandom().randrange(2**32) for _ in range(int(os.environ.get("SCROLL_VISITS", "0")))),
    ]
)


@dataclass
class Walk:
    """A reader who does and suffers random things; `anchor` is a row and its lower edge, or None at the end."""

    reader: Visitor
    browser: CDPSession
    writer: Person
    channel: str
    other: str
    chance: random.Random
    anchor: tuple[str, float] | None = None
    count: int = 0

    async def step(self) -> str:
        """Do one thing, and compare; returns its name."""
        does, weight = zip(*self.things(), strict=True)
        thing = self.chance.choices(does, weight)[0]
        await thing()
        await self.settle()
        await self.compare()
        return str(getattr(thing, "__name__", thing))

    def things(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        return [
            (self.scroll, 5),
            (self.to_end, 3),
            (self.news, 4),
            (self.resize, 5),
            (self.text_size, 3),
            (self.reaction, 2),
            (self.edited_elsewhere, 2),
            (self.thread, 3),
            (self.members, 2),
            (self.search, 2),
            (self.emoji, 2),
            (self.draft, 2),
            (self.edit, 3),
            (self.home, 1),
            (self.other_channel, 3),
            (self.reload, 1),
        ]

    async def settle(self) -> None:
        await self.reader.page.evaluate(SETTLED)

    async def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.reader.log.evaluate(SEEN)
        return found

    async def compare(self) -> None:
        seen = await self.seen()
        if seen["box"]:
            box = seen["box"]
            if box["bottom"] - box["top"] < seen["height"]:
                assert box["top"] > -1, box
            assert box["bottom"] < seen["height"] + 1, (box, seen["height"])
        elif self.anchor is None:
            assert seen["below"] <= 1, f"{seen['below']} px below the end"
        elif seen["above"] > 0 and seen["below"] > 1:
            key, bottom = self.anchor
            row = next(row for row in seen["all"] if row["id"] == key)
            assert abs(row["bottom"] - bottom) <= 1, f"moved by {row['bottom'] - bottom} px"

    async def read(self) -> None:
        """The reader has scrolled: what is in the view now is where they are."""
        seen = await self.seen()
        first = seen["rows"][0]
        self.anchor = None if seen["below"] < AT_END_PX else (first["id"], first["bottom"])

    async def scroll(self) -> None:
        await self.reader.log.evaluate("(log, by) => (log.scrollTop += by)", self.chance.randint(-900, 500))
        await self.settle()
        await self.read()

    async def to_end(self) -> None:
        await self.reader.log.evaluate("(log) => (log.scrollTop = log.scrollHeight)")
        await self.settle()
        await self.read()

    async def news(self) -> None:
        self.count += 1
        text = f"news {self.count} " + "and more " * self.chance.randint(0, 40)
        await self.writer.send(self.channel, text)
        await expect(self.reader.log.get_by_text(f"news {self.count} ")).to_have_count(1)

    async def resize(self) -> None:
        size = {"width": self.chance.choice(WIDTHS), "height": self.chance.choice(HEIGHTS)}
        await self.reader.page.set_viewport_size(size)  # type: ignore[arg-type]

    async def text_size(self) -> None:
        """That of the browser, from which media queries and rem derive."""
        chosen = self.chance.choice(TEXT_PX)
        await self.browser.send("Page.setFontSizes", {"fontSizes": {"standard": chosen}})

    async def some(self) -> str:
        """Any message that is loaded."""
        found: str = self.chance.choice((await self.seen())["all"])["id"]
        return found

    async def reaction(self) -> None:
        path = f"/api/channels/{self.channel}/messages/{await self.some()}/reactions"
        emoji = self.chance.choice(["👍", "🎉", "🚲", "🍰"])
        await self.writer.call("PUT", f"{path}/{emoji}")
        await asyncio.sleep(0.1)  # it may come now, or amid the next step

    async def edited_elsewhere(self) -> None:
        body = {"content": "changed " + "to these words " * self.chance.randint(0, 40)}
        await self.writer.call("PATCH", f"/api/messages/{await self.some()}", json=body)
        await asyncio.sleep(0.1)  # it may come now, or amid the next step

    async def press(self, name: str) -> bool:
        """The button of this name, if there is one."""
        button = self.reader.button(name).first
        if not await button.is_visible():
            return False
        await button.dispatch_event("click")
        return True

    async def thread(self) -> None:
        if await self.press("Close thread"):
            return
        row = self.reader.log.locator(f'[data-message="{(await self.seen())["rows"][-1]["id"]}"]')
        button = row.get_by_role("button", name="Open thread")
        while not await button.count():  # while the list scrolls, a row under the pointer is not pointed at
            await row.dispatch_event("pointerover", {"pointerType": "mouse", "bubbles": True})
            await self.settle()
        await button.dispatch_event("click")

    async def members(self) -> None:
        if not await self.press("Hide members"):
            await self.press("Show members")

    async def search(self) -> None:
        await self.reader.page.keyboard.press("Control+f")
        await self.settle()
        if self.chance.random() < 0.5:
            await self.reader.page.keyboard.press("Escape")

    async def emoji(self) -> None:
        composer = self.reader.page.locator("form", has=self.reader.page.locator("#composer"))
        if not await composer.get_by_role("button", name="Emoji", exact=True).is_visible():
            return  # there is no room for it: large text in a narrow window
        await self.focus_composer()
        await self.reader.page.keyboard.press("Control+Shift+e")
        await expect(self.reader.page.get_by_role("dialog", name="Choose an emoji")).to_be_visible()
        await self.settle()
        await self.compare()
        await self.reader.page.keyboard.press("Escape")

    async def focus_composer(self) -> None:
        await self.reader.page.evaluate("document.querySelector('#composer').focus()")

    async def draft(self) -> None:
        await self.reader.page.evaluate(
            """(text) => {
                const field = document.querySelector("#composer");
                field.value = text;
                field.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            self.chance.choice(["", "a", "a\nb\nc", "a\nb\nc\nd\ne\nf\ng"]),
        )

    async def edit(self) -> None:
        """Their newest message: with ↑, something typed, and the window made lower as by a phone's keyboard."""
        await self.reader.page.evaluate("document.querySelector('#composer').value = ''")
        await self.draft_nothing()
        await self.focus_composer()
        await self.reader.page.keyboard.press("ArrowUp")
        await expect(self.reader.log.locator("[data-typed-in] textarea")).to_be_focused()
        await self.settle()
        await self.compare()
        await self.reader.page.keyboard.press("Shift+Enter")
        await self.settle()
        await self.compare()
        await self.resize()
        await self.settle()
        await self.compare()
        await self.reader.log.locator("[data-typed-in] textarea").press("Escape")
        await expect(self.reader.log.locator("[data-typed-in]")).to_have_count(0)

    async def draft_nothing(self) -> None:
        await self.reader.page.evaluate(
            "document.querySelector('#composer').dispatchEvent(new Event('input', { bubbles: true }))"
        )

    async def other_channel(self) -> None:
        """There and back: the list stays, and receives what happens meanwhile."""
        await self.reader.page.evaluate("(other) => { here = location.hash; location.hash = other; }", self.other)
        await expect(self.reader.composer("Lounge")).to_be_visible()
        await self.settle()
        if self.chance.random() < 0.5:
            await self.reader.page.set_viewport_size(
                {"width": self.chance.choice(WIDTHS), "height": self.chance.choice(HEIGHTS)}
            )
        await self.reader.page.evaluate("location.hash = here")
        await self.is_loaded()

    async def home(self) -> None:
        """There and back: the place is kept."""
        await self.reader.page.evaluate("here = location.hash; location.hash = '#/'")
        await expect(self.reader.log).to_have_count(0)
        await self.reader.page.evaluate("location.hash = here")
        await self.is_loaded()

    async def reload(self) -> None:
        await self.reader.page.reload()
        await self.is_loaded()

    async def is_loaded(self) -> None:
        await expect(self.reader.log).to_have_attribute("aria-busy", "false")
        await asyncio.sleep(0.2)  # pictures come late, now or amid the next step


@pytest.mark.parametrize("seed", seeds)
async def test_nothing_moves_what_is_read(visit: Visit, community: Community, seed: int) -> None:
    await write(community, range(1000, 1040))
    reader = await open_history(visit, community, MESSAGES)
    await pick(reader, picture("one.png"), picture("two.png", (480, 900)))
    await reader.composer().press("Enter")
    await expect(reader.button(re.compile("^Open picture"))).to_have_count(2)
    await write(community, [2000, 2001, 2003])
    chance = random.Random(seed)

    async def late(route: Route) -> None:
        if route.request.resource_type == "image":
            await asyncio.sleep(0.3)  # after the rows
        await route.continue_()

    await reader.page.route("**/*", late)
    other = f"#/s/{community.server}/{community.voice}"
    browser = await reader.page.context.new_cdp_session(reader.page)
    walk = Walk(reader, browser, community.owner, community.channel, other, chance)
    done = ["open"]
    await walk.settle()
    await walk.compare()
    try:
        for _ in range(STEPS):
            done.append(await walk.step())  # noqa: PERF401 (what was done is told if it fails)
    except BaseException as error:
        error.add_note(f"SCROLL_SEED={seed}, after {' '.join(done)}")
        raise
