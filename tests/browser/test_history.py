"""A long history scrolls back and forth without a jump, and keeps few messages on the page."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Community

PAGE = 50
COUNT = 360
MOST_ROWS = 150
STEP_PX = 420

# Where an element is in the next picture that the user sees. Anything else that measures may find rows which have come
# and are moved into their place before that picture.
PAINTED = """
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const painted = (element) => new Promise((resolve) => {
    const observer = new IntersectionObserver(([entry]) => {
      observer.disconnect();
      resolve(entry.boundingClientRect);
    });
    observer.observe(element);
  });
"""

# Scrolls in steps from within the page, and after each compares where the text that was being read is
# with where the step alone would have put it. Returns the worst deviation and the most rows on the page.
SCROLL = f"""
async ([log, step, isDone]) => {{
  {PAINTED}
  const rows = () => [...log.querySelectorAll("article")];
  let worst = 0, most = 0, lost = 0;
  for (let steps = 0; steps < 3000 && !rows().some((row) => row.innerText.includes(isDone)); steps++) {{
    const view = log.getBoundingClientRect();
    const middle = (view.top + view.bottom) / 2;
    const read = rows().find((row) => row.getBoundingClientRect().bottom > middle).querySelector(".text");
    const before = (await painted(read)).top;
    const room = step < 0 ? -log.scrollTop : log.scrollHeight - log.clientHeight - log.scrollTop;
    const moved = step < 0 ? Math.max(step, room) : Math.min(step, room);
    log.scrollTop += step;
    await frame();
    const after = (await painted(read)).top;
    if (read.isConnected) worst = Math.max(worst, Math.abs(after - before + moved));
    else lost += 1;
    most = Math.max(most, rows().length);
  }}
  return {{ worst, most, lost }};
}}
"""


async def open_history(visit: Visit, community: Community, count: int) -> Visitor:
    """The member, at the newest of many messages of different lengths; the first is numbered 0."""
    await write(community, [0])
    await asyncio.gather(*(write(community, range(first, count - 1, 8)) for first in range(1, 9)))
    await write(community, [count - 1])
    reader = await visit(community.member, viewport={"width": 1100, "height": 700})
    await reader.open_server("Club")
    await reader.open_channel("general")
    await expect(numbered(reader, count - 1)).to_be_in_viewport()
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


@pytest.mark.extended("test_scrolling walks through pages, windows and new messages at random")
async def test_scrolling_back_and_forth_never_jumps(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, COUNT)
    for step, shown in ((-STEP_PX, 0), (STEP_PX, COUNT - 1)):
        measured = await scroll(reader, step, f"message {shown}.")
        assert measured["lost"] == 0
        assert measured["worst"] < 3
        assert PAGE < measured["most"] <= MOST_ROWS
        await expect(numbered(reader, shown)).to_have_count(1)

    # From the beginning, where the window no longer holds the newest messages, there is a way back.
    await scroll(reader, -2 * STEP_PX, "message 0.")
    await expect(numbered(reader, COUNT - 1)).to_have_count(0)
    await community.owner.send(community.channel, "the latest")
    await reader.button("1 new message").click()
    await expect(reader.message("the latest")).to_be_in_viewport()
    await reader.say("and my answer")
    await expect(reader.message("and my answer")).to_be_in_viewport()


# Goes to one edge of what is loaded, and remembers the row there.
TO_THE_EDGE = f"""
async ([log, isDown]) => {{
  {PAINTED}
  log.scrollTop = isDown ? log.scrollHeight : 0;
  await frame();
  window.edge = () => [...log.querySelectorAll("article")].at(isDown ? -1 : 0);
  window.row = edge();
  window.before = (await painted(row)).bottom;
}}
"""

# How far that row moved when the next page came.
AS_THE_PAGE_COMES = f"""
async () => {{
  {PAINTED}
  let worst = 0;
  for (let frames = 0; frames < 6; frames += edge() === row ? 0 : 1)
    worst = Math.max(worst, Math.abs((await painted(row)).bottom - before));
  return worst;
}}
"""


@pytest.mark.extended("test_scrolling delays pages")
async def test_a_page_that_comes_late_does_not_move_what_is_read(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, COUNT)
    await scroll(reader, -STEP_PX, f"message {PAGE}.")

    is_wanted = asyncio.Event()

    async def later(route: Route) -> None:
        await is_wanted.wait()
        await route.continue_()

    await reader.page.route("**/messages?*", later)
    log = await reader.log.element_handle()
    for is_down in (False, True):
        is_wanted.clear()
        await reader.page.evaluate(TO_THE_EDGE, [log, is_down])
        is_wanted.set()
        assert await reader.page.evaluate(AS_THE_PAGE_COMES) < 3


# Reaches the lower edge of what is loaded, again and again, in the moment in which the next page comes: the page is
# held back until then, and the browser reports the scrolling a frame later. Returns how far the row at the edge moved
# at most.
MEET_THE_PAGE = f"""
async ([log, isDone]) => {{
  {PAINTED}
  const fetched = window.fetch;
  let come = null;
  window.fetch = async (request) => {{
    const response = await fetched(request);
    if (!request.url.includes("after=")) return response;
    const page = await response.text();
    await new Promise((resolve) => (come = resolve));
    return new Response(page, response);
  }};
  const last = () => [...log.querySelectorAll("article")].at(-1);
  let worst = 0;
  while (!last().innerText.includes(isDone)) {{
    log.scrollTop = log.scrollHeight - log.clientHeight - 50;
    while (!come) await frame();
    const row = last();
    log.scrollTop = log.scrollHeight;
    const before = row.getBoundingClientRect().bottom;
    come();
    come = null;
    while (last() === row) await frame();
    worst = Math.max(worst, Math.abs((await painted(row)).bottom - before));
  }}
  return worst;
}}
"""


@pytest.mark.extended("test_scrolling delays pages")
async def test_a_page_that_comes_as_its_edge_is_reached_does_not_move_what_is_read(
    visit: Visit, community: Community
) -> None:
    reader = await open_history(visit, community, COUNT)
    await scroll(reader, -STEP_PX, "message 0.")
    log = await reader.log.element_handle()
    assert await reader.page.evaluate(MEET_THE_PAGE, [log, f"message {COUNT - 1}."]) < 3


async def test_a_reader_is_not_carried_away_by_new_messages(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, 2 * PAGE)
    await reader.log.evaluate("(log) => (log.scrollTop -= 900)")
    anchor = reader.log.get_by_role("article").and_(reader.page.locator(f'[data-message="{await in_view(reader)}"]'))
    before = await painted(anchor)
    for number in range(3):
        await community.owner.send(community.channel, f"news {number}")
    pill = reader.button("3 new messages")
    await expect(pill).to_be_visible()
    assert abs(await painted(anchor) - before) < 1
    await pill.click()
    await expect(reader.message("news 2")).to_be_in_viewport()
    await expect(pill).to_have_count(0)


async def painted(row: Locator) -> float:
    """The upper edge of a row in the next picture."""
    top: float = await row.evaluate(f"async (row) => {{ {PAINTED} return (await painted(row)).top; }}")
    return top


async def in_view(reader: Visitor) -> str:
    """The id of a message that is well within the view."""
    found: str = await reader.log.evaluate(
        """(log) => [...log.querySelectorAll("article")].find(
             (row) => row.getBoundingClientRect().top > log.getBoundingClientRect().top + 60).dataset.message"""
    )
    return found


@pytest.mark.extended("test_a_reader_is_not_carried_away_by_new_messages, and the walk of test_scrolling")
async def test_a_reader_at_the_end_stays_at_the_end(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, PAGE)
    for number in range(3):
        await community.owner.send(community.channel, f"line {number}")
        await expect(reader.message(f"line {number}")).to_be_in_viewport()
    await reader.composer().fill("a\nb\nc\nd\ne\nf")
    await expect(reader.message("line 2")).to_be_in_viewport()


@pytest.mark.extended("test_scrolling walks through pages, windows and new messages at random")
async def test_scrolling_away_while_messages_pour_in(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, 2 * PAGE)
    pouring = asyncio.create_task(write(community, range(1000, 1300)))
    for _ in range(12):
        away: int = await reader.log.evaluate(
            """async (log) => {
              log.scrollTop = log.scrollHeight;
              await new Promise((resolve) => setTimeout(resolve, 40));
              log.scrollTop -= 600;
              await new Promise((resolve) => setTimeout(resolve, 40));
              return log.scrollHeight - log.clientHeight - log.scrollTop;
            }"""
        )
        assert away > 500
    pouring.cancel()
    await asyncio.gather(pouring, return_exceptions=True)
