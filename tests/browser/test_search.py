"""What was said is found by its words, and shown where it was said."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.people import Community

__all__ = ["axe"]

OLDER = 70


async def test_a_message_is_found_and_shown_where_it_is(visit: Visit, community: Community, axe: str) -> None:
    first = await community.owner.send(community.channel, "we meet at the <b>lighthouse</b>")
    thread = f"/api/channels/{community.channel}/messages/{first['id']}/thread"
    await community.owner.expect(201, "POST", thread, {"content": "with a lantern"})
    for number in range(OLDER):
        await community.owner.send(community.channel, f"talk of the day {number}")
    await community.owner.expect(200, "PATCH", "/api/users/@me", {"display_name": "The Host"})
    member = await visit(community.member, permissions=["clipboard-read", "clipboard-write"])
    await member.open_server("Club")
    await member.open_channel("general")
    await member.sees(f"talk of the day {OLDER - 1}")

    await member.page.keyboard.press("Control+f")
    panel = member.page.get_by_role("region", name="Search")
    field = panel.get_by_role("searchbox", name="Search Club")
    await expect(field).to_be_focused()
    assert await found(member, axe) == []
    await panel.get_by_role("button", name="from:").click()
    await expect(field).to_have_value("from:")
    await field.press_sequentially("host")
    await panel.get_by_role("option", name="The Host").click()
    await expect(field).to_have_value(f"from:{community.owner.username} ")
    await field.fill("lighth in:general")
    hit = panel.get_by_role("listitem")
    await expect(hit).to_have_count(1)
    await expect(hit).to_contain_text("The Host")
    await expect(hit).to_contain_text("we meet at the <b>lighthouse</b>")
    await expect(hit.locator("mark")).to_have_text("lighth")
    assert await found(member, axe) == []
    await hit.get_by_role("button").click()
    row = member.message("we meet at the <b>lighthouse</b>")
    await expect(row).to_be_in_viewport()
    await expect(row).to_be_focused()

    # The link to a message leads back to it, from among the newest.
    await row.press("l")
    await expect(member.page.get_by_text("Copied.")).to_be_visible()
    await member.say(await member.page.evaluate("navigator.clipboard.readText()"))
    link = member.log.get_by_role("link", name="Message in #general")
    await expect(link).to_be_in_viewport()
    await expect(row).not_to_be_in_viewport()
    await link.click()
    await expect(row).to_be_in_viewport()
    await expect(row).to_be_focused()

    # A reply in a thread is shown there, beside the message that it belongs to.
    await field.fill("lantern")
    await hit.filter(has_text="lantern").get_by_role("button").click()
    await expect(member.page.get_by_role("complementary", name="Thread")).to_contain_text("with a lantern")

    await field.fill("talk of the day")
    await expect(panel.get_by_role("status")).to_have_text(f"{OLDER} messages")
    await expect(hit).to_have_count(25)
    await panel.get_by_role("button", name="Show more").click()
    await expect(hit).to_have_count(50)
    await field.fill("before:never")
    await expect(panel.get_by_role("alert")).to_be_visible()
    member.complaints.clear()  # Chromium reports the refusal itself
    await field.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(row).to_be_visible()


@pytest.mark.extended("web/tests read the filters")
async def test_a_filter_that_names_nothing_says_so(visit: Visit, community: Community) -> None:
    await community.owner.send(community.channel, "tea at four")
    member = await visit(community.member)
    await member.open_server("Club")
    await member.open_channel("general")
    await member.page.keyboard.press("Control+f")
    panel = member.page.get_by_role("region", name="Search")
    field = panel.get_by_role("searchbox", name="Search Club")
    await field.fill("tea in:nowhere from:nobody_here")
    await expect(panel).to_contain_text("There is no channel named “nowhere” here.")
    await expect(panel).to_contain_text("No one here has the username “nobody_here”.")
    await field.fill(f"tea in:general from:{community.owner.username}")
    await expect(panel.get_by_role("listitem")).to_contain_text("tea at four")
    await panel.get_by_role("button", name="has:").click()
    await expect(field).to_have_value(f"tea in:general from:{community.owner.username} has:")


@pytest.mark.extended("tests/search find them; web/tests read the filters")
async def test_files_and_links_are_found_without_words(visit: Visit, community: Community, axe: str) -> None:
    for words in ("tea at four", "cake: https://example.org/cake", "tea: https://example.org/tea"):
        await community.owner.send(community.channel, words)
    member = await visit(community.member, place=community.place)
    await member.page.keyboard.press("Control+f")
    panel = member.page.get_by_role("region", name="Search")
    shown = panel.get_by_role("combobox", name="Show")
    hit = panel.get_by_role("listitem").filter(has=member.page.locator("time"))
    await shown.select_option("Links")
    await expect(hit).to_have_count(2)
    assert await found(member, axe) == []
    await panel.get_by_role("searchbox", name="Search Club").fill("tea")
    await expect(hit).to_have_count(1)
    await shown.select_option("Files")
    await expect(panel.get_by_role("status")).to_have_text("No results.")
    await shown.select_option("Everything")
    await expect(hit).to_have_count(2)


@pytest.mark.extended("tests/search has both orders")
async def test_the_oldest_come_first_if_chosen(visit: Visit, community: Community, axe: str) -> None:
    for number in range(30):
        await community.owner.send(community.channel, f"tea {number}.")
    member = await visit(community.member)
    await member.open_server("Club")
    await member.open_channel("general")
    await member.page.keyboard.press("Control+f")
    panel = member.page.get_by_role("region", name="Search")
    await panel.get_by_role("searchbox", name="Search Club").fill("tea")
    hit = panel.get_by_role("listitem")
    await expect(hit.first).to_contain_text("tea 29.")
    order = panel.get_by_role("combobox", name="Sort by")
    await expect(order.get_by_role("option")).to_have_text(["Newest first", "Oldest first"])
    await order.select_option("Oldest first")
    await expect(hit.first).to_contain_text("tea 0.")
    await panel.get_by_role("button", name="Show more").click()
    await expect(hit).to_have_count(30)
    await expect(hit.last).to_contain_text("tea 29.")
    assert await found(member, axe) == []
