"""A long history scrolls back and forth without a jump, and keeps few messages on the page."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Community

COUNT = 360
MOST_ROWS = 300
STEP_PX = 240

# Scrolls in steps from within the page, and after each compares where the text that was being read stands
# with where the step alone would have put it. Answers the worst deviation and the most rows on the page.
SCROLL = """
async ([log, step, isDone]) => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rows = () => [...log.querySelectorAll("article")];
  let worst = 0, most = 0, lost = 0;
  for (let steps = 0; steps < 3000 && !rows().some((row) => row.innerText.includes(isDone)); steps++) {
    const view = log.getBoundingClientRect();
    const middle = (view.top + view.bottom) / 2;
    const read = rows().find((row) => row.getBoundingClientRect().bottom > middle).querySelector(".text");
    const before = read.getBoundingClientRect().top;
    const room = step < 0 ? -log.scrollTop : log.scrollHeight - log.clientHeight - log.scrollTop;
    const moved = step < 0 ? Math.max(step, room) : Math.min(step, room);
    log.scrollTop += step;
    await frame();
    await frame();
    if (read.isConnected) worst = Math.max(worst, Math.abs(read.getBoundingClientRect().top - before + moved));
    else lost += 1;
    most = Math.max(most, rows().length);
  }
  return { worst, most, lost };
}
"""


@pytest.fixture
async def reader(visit: Visit, community: Community) -> Visitor:
    """The member, in front of the newest of many messages of different lengths."""
    await write(community, [0])
    await asyncio.gather(*(write(community, range(first, COUNT - 1, 8)) for first in range(1, 9)))
    await write(community, [COUNT - 1])
    reader = await visit(community.member, viewport={"width": 1100, "height": 700})
    await reader.open_server("Club")
    await reader.open_channel("general")
    await expect(numbered(reader, COUNT - 1)).to_be_in_viewport()
    return reader


async def write(community: Community, numbers: Iterable[int]) -> None:
    for number in numbers:
        author = community.owner if number % 4 < 2 else community.member
        await author.send(community.channel, f"message {number}. " + "word after word " * (number * 7 % 19))


def numbered(reader: Visitor, number: int) -> Any:
    return reader.log.get_by_role("article").filter(has_text=f"message {number}.")


async def scroll(reader: Visitor, step: int, until: str) -> dict[str, float]:
    log = await reader.log.element_handle()
    measured: dict[str, float] = await reader.page.evaluate(SCROLL, [log, step, until])
    return measured


async def first_in_view(reader: Visitor) -> int:
    """The number of a message that stands well within the view."""
    text = await reader.log.evaluate(
        """(log) => [...log.querySelectorAll("article")].find(
             (row) => row.getBoundingClientRect().top > log.getBoundingClientRect().top + 60).innerText"""
    )
    return int(re.search(r"message (\d+)\.", text)[1])  # type: ignore[index]


async def test_scrolling_back_and_forth_never_jumps(reader: Visitor) -> None:
    for step, until, shown in ((-STEP_PX, "message 0.", 0), (STEP_PX, f"message {COUNT - 1}.", COUNT - 1)):
        measured = await scroll(reader, step, until)
        assert measured["lost"] == 0
        assert measured["worst"] < 3
        assert 50 < measured["most"] <= MOST_ROWS
        await expect(numbered(reader, shown)).to_have_count(1)
    await expect(reader.page.get_by_role("heading", name="Welcome to #general")).to_have_count(0)


async def test_a_reader_is_not_carried_away_by_new_messages(reader: Visitor, community: Community) -> None:
    await scroll(reader, -STEP_PX, f"message {COUNT - 60}.")
    anchor = numbered(reader, await first_in_view(reader))
    before = await anchor.bounding_box()
    for number in range(3):
        await community.owner.send(community.channel, f"news {number}")
    pill = reader.button("3 new messages")
    await expect(pill).to_be_visible()
    after = await anchor.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1
    await pill.click()
    await expect(reader.message("news 2")).to_be_in_viewport()
    await expect(pill).to_have_count(0)


async def test_jumping_to_the_present_from_the_beginning(reader: Visitor, community: Community) -> None:
    await scroll(reader, -700, "message 0.")
    await expect(numbered(reader, COUNT - 1)).to_have_count(0)
    await community.owner.send(community.channel, "the latest")
    await reader.button("1 new message").click()
    await expect(reader.message("the latest")).to_be_in_viewport()
    await reader.say("and my answer")
    await expect(reader.message("and my answer")).to_be_in_viewport()


async def test_somebody_at_the_end_stays_at_the_end(reader: Visitor, community: Community) -> None:
    for number in range(5):
        await community.owner.send(community.channel, f"line {number}")
        await expect(reader.message(f"line {number}")).to_be_in_viewport()
    await reader.composer().fill("a\nb\nc\nd\ne\nf")
    await expect(reader.message("line 4")).to_be_in_viewport()
