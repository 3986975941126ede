"""Where a channel opens, the bar for unread messages above, and that only what was seen counts as read."""

from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_history import PAGE, numbered, open_history, write
from tests.browser.test_touch import COVER, PHONE
from tests.browser.visitor import Visitor
from tests.people import Community, Person
from tests.variants import in_test_all

SMALL: Final = ((1366, 640, "100%"), (360, 640, "100%"), (960, 600, "100%"), (1440, 900, "200%"))
FROM_END: Final = "(log) => log.scrollHeight - log.clientHeight - log.scrollTop"
MANY: Final = 120


async def count(person: Person, channel: str) -> int:
    listed = await person.expect(200, "GET", "/api/users/@me/unread")
    return next((each["unread_count"] for each in listed if each["channel_id"] == channel), 0)


async def is_at_end(reader: Visitor) -> None:
    handle = await reader.log.element_handle()
    await reader.page.wait_for_function(f"(log) => Math.abs(({FROM_END})(log)) <= 1", arg=handle)


@pytest.mark.parametrize(("width", "height", "size"), [SMALL[0], *in_test_all("test_scrolling resizes", *SMALL[1:])])
async def test_opens_at_the_end_of_any_window(
    visit: Visit, community: Community, width: int, height: int, size: str
) -> None:
    await write(community, range(60))
    reader = await visit(community.member, viewport={"width": width, "height": height})
    await reader.page.add_init_script(
        f"document.addEventListener('readystatechange', () => document.documentElement.style.fontSize = '{size}')"
    )
    for _ in range(2):
        await reader.page.goto(f"{reader.url}/#/s/{community.server}/{community.channel}")
        await reader.page.reload()
        await expect(numbered(reader, 59)).to_be_in_viewport()
        await is_at_end(reader)


@pytest.mark.extended("test_scrolling walks through pages, windows and new messages at random")
async def test_unread_messages_above(visit: Visit, community: Community) -> None:
    await community.owner.send(community.channel, "known")
    await community.member.expect(204, "POST", f"/api/channels/{community.channel}/ack")
    for number in range(MANY):
        await community.owner.send(community.channel, f"message {number}.")
    reader = await visit(community.member, place=community.place)
    bar = reader.page.get_by_role("group", name="Unread messages")
    await expect(bar).to_contain_text("99+ new since")
    await expect(numbered(reader, MANY - 1)).to_be_in_viewport()
    await is_at_end(reader)
    assert await count(community.member, community.channel) == 100

    await bar.get_by_role("button", name="Jump").click()
    await expect(numbered(reader, 0)).to_be_focused()
    await expect(reader.log.get_by_role("separator", name="New")).to_be_in_viewport()
    await expect(bar).to_have_count(0)
    await expect(reader.channel("general")).to_have_accessible_name("general, unread messages")

    await reader.log.evaluate("(log) => (log.scrollTop = log.scrollHeight)")  # over what was not seen
    await expect(bar).to_be_visible()
    await bar.get_by_role("button", name="Mark as read").click()
    await expect(bar).to_have_count(0)
    await expect(reader.channel("general")).to_have_accessible_name("general")
    await expect(reader.composer()).to_be_focused()


async def test_reading_to_the_end_marks_as_read(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, PAGE - 10)
    await expect(reader.page.get_by_role("group", name="Unread messages")).to_contain_text("new since")
    await reader.log.evaluate(
        """async (log) => {
             for (; log.scrollTop > 0; log.scrollTop -= log.clientHeight / 2)
               await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)));
           }"""
    )
    await expect(reader.channel("general")).to_have_accessible_name("general")


@pytest.mark.extended("tests/inbox mark; web/tests count")
async def test_marked_as_unread(visit: Visit, community: Community) -> None:
    first, *_ = [await community.owner.send(community.channel, text) for text in ("one", "two", "three")]
    reader = await visit(community.member, place=community.place)
    await expect(reader.channel("general")).to_have_accessible_name("general")
    await reader.act_on("two", "Mark as unread")
    await expect(reader.channel("general")).to_have_accessible_name("general, unread messages")
    await community.owner.send(community.channel, "four")
    await reader.sees("four")
    await expect(reader.channel("general")).to_have_accessible_name("general, unread messages")
    assert await count(community.member, community.channel) == 3
    await reader.page.goto(f"{reader.url}/#/")
    await reader.open_server("Club")
    await expect(reader.channel("general")).to_have_accessible_name("general")
    await expect(reader.log.get_by_role("separator", name="New")).to_be_visible()
    assert first["seq"] > 0


@pytest.mark.extended("test_scrolling walks through pages, windows and new messages at random")
async def test_the_place_is_kept(visit: Visit, community: Community) -> None:
    reader = await open_history(visit, community, 2 * PAGE)
    await reader.log.evaluate("(log) => (log.scrollTop -= 1500)")
    where: Any = "(log) => [...log.querySelectorAll('article')].find((row) => row.getBoundingClientRect().top > 150)"
    row = (await reader.log.evaluate_handle(where)).as_element()
    assert row is not None
    key = await row.get_attribute("data-message")
    before = await row.bounding_box()
    await reader.page.goto(f"{reader.url}/#/")
    await expect(reader.log).to_have_count(0)
    await reader.open_server("Club")
    again = reader.log.locator(f'[data-message="{key}"]')
    await expect(again).to_be_in_viewport()
    after = await again.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) <= 1
    await reader.page.reload()
    await expect(again).to_be_in_viewport()
    reloaded = await again.bounding_box()
    assert reloaded is not None
    assert abs(before["y"] - reloaded["y"]) <= 1
    await reader.button("Jump to the present").click()
    await expect(numbered(reader, 2 * PAGE - 1)).to_be_in_viewport()
    await reader.page.reload()
    await expect(numbered(reader, 2 * PAGE - 1)).to_be_in_viewport()


async def test_editing_above_a_phones_keyboard(visit: Visit, community: Community) -> None:
    await write(community, range(20))
    await community.member.send(community.channel, "mine " + "and so on " * 60)
    await community.owner.send(community.channel, "the last")
    phone = await visit(community.member, **PHONE)
    await phone.page.goto(f"{phone.url}/#/s/{community.server}/{community.channel}")
    await expect(phone.message("the last")).to_be_in_viewport()
    mine = phone.log.get_by_role("article").filter(has_text="mine and")
    await mine.focus()
    await mine.press("e")
    box = phone.log.get_by_role("textbox", name="Edit message")
    await expect(box).to_be_focused()
    await phone.page.evaluate(COVER, 460)
    for part in (box, phone.button("Cancel"), phone.button("Save")):
        await expect(part).to_be_in_viewport(ratio=0.99)
    top = await phone.page.locator("#composer").bounding_box()
    save = await phone.button("Save").bounding_box()
    assert top is not None
    assert save is not None
    assert save["y"] + save["height"] <= top["y"]
    await box.fill("changed")
    await phone.button("Save").click()
    await phone.sees("changed")
