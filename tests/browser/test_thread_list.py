"""The list of a channel's threads, beside its messages."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.test_accessibility import axe
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]

NARROW = {"width": 360, "height": 740}


async def test_the_threads_of_a_channel_are_listed_and_opened(owner: Visitor, community: Community, axe: str) -> None:
    await owner.button("Threads").click()
    panel = owner.page.get_by_role("region", name="Threads")
    await expect(panel).to_contain_text("No threads yet.")
    paths = []
    for topic in ("Where to meet", "What to bring"):
        message = await community.owner.send(community.channel, topic)
        paths.append(f"/api/channels/{community.channel}/messages/{message['id']}/thread")
    for path, reply in zip((*paths, paths[0]), ("The park", "Cake", "The lake"), strict=True):
        await community.member.expect(201, "POST", path, {"content": reply})
    rows = panel.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Where to meet")
    await expect(rows.first).to_contain_text(re.compile(f"2 replies · last by .*{community.member.username}"))
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await rows.first.get_by_role("button", name="Open thread").press("Enter")
    await expect(panel).to_have_count(0)
    thread = owner.page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("The lake")).to_be_visible()


@pytest.mark.extended("tests/messages has threads; test_a_thread_beside_the_channel is the same pane")
async def test_on_a_phone_the_menu_of_the_channel_opens_the_list(owner: Visitor, community: Community) -> None:
    message = await community.owner.send(community.channel, "Where to meet")
    path = f"/api/channels/{community.channel}/messages/{message['id']}/thread"
    await community.member.expect(201, "POST", path, {"content": "The park"})
    await owner.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await expect(owner.button("Threads")).to_be_hidden()
    await owner.button("Show servers and channels").click()
    await owner.channel("general").click(button="right")
    await owner.page.get_by_role("menuitem", name="Threads").click()
    panel = owner.page.get_by_role("region", name="Threads")
    await expect(panel.get_by_role("listitem")).to_contain_text("Where to meet")
    assert await owner.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
