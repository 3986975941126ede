"""Polls: created in a dialog, voted on by keyboard, with results that everyone sees at once, in a place that stays."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.patience import PATIENCE
from tests.people import Community
from tests.polls.calls import ask, vote
from tests.variants import in_test_all

__all__ = ["axe"]

LONG = "A rather long answer that needs a second line on a phone, and on some even a third"


def option(visitor: Visitor, text: str, role: Any = "radio") -> Locator:
    return visitor.log.get_by_role(role, name=re.compile(f"^{text}"))


def card(visitor: Visitor, question: str) -> Locator:
    return visitor.message(question).locator("form")


async def test_asking_voting_and_closing_are_seen_at_once(owner: Visitor, member: Visitor, axe: str) -> None:
    await owner.button("Create a poll").click()
    dialog = owner.page.get_by_role("dialog", name="Create a poll")
    await expect(dialog.get_by_label("Question")).to_be_focused()
    await expect(dialog.get_by_role("button", name="Create poll")).to_be_disabled()
    await dialog.get_by_label("Question").fill("Where shall we meet?")
    await dialog.get_by_label("Option 1").fill("Park")
    await dialog.get_by_label("Option 2").fill("Café")
    await dialog.get_by_role("button", name="Add an option").click()
    await expect(dialog.get_by_label(re.compile("^Option 3"))).to_be_focused()
    await dialog.get_by_label(re.compile("^Option 3")).fill("Nowhere")
    await dialog.get_by_role("button", name="Add an option").click()
    await dialog.get_by_role("button", name="Remove option 3").click()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name="Create poll").click()
    await expect(dialog).to_be_hidden()
    await expect(owner.button("Create a poll")).to_be_focused()

    await member.sees("Where shall we meet?")
    await expect(option(member, "Nowhere")).to_have_count(0)
    await expect(card(member, "Where shall we meet?")).to_contain_text("0 people voted · closes in 24 hours")
    await member.message("Where shall we meet?").focus()
    await member.page.keyboard.press("Enter")
    await option(member, "Park").focus()
    await member.page.keyboard.press("ArrowDown")
    await expect(option(member, "Café")).to_be_checked()
    await member.page.keyboard.press("Enter")
    for visitor in (owner, member):
        await expect(card(visitor, "Where shall we meet?")).to_contain_text("1 person voted")
        await expect(option(visitor, "Café")).to_have_accessible_name(re.compile("^Café 100%.*1 vote"))
    await expect(option(member, "Café")).to_have_accessible_name(re.compile("Your vote"))
    await expect(option(owner, "Café")).not_to_be_checked()
    await expect(member.button("Close the poll")).to_have_count(0)
    assert await found_in_themes(member, axe) == []

    await option(owner, "Park").check()
    await card(owner, "Where shall we meet?").get_by_role("button", name="Vote", exact=True).click()
    await expect(option(member, "Park")).to_have_accessible_name(re.compile("^Park 50%"))
    await expect(option(member, "Café")).to_be_checked()
    await member.button("Who voted").click()
    voters = member.page.get_by_role("dialog", name="Who voted")
    await expect(voters.get_by_role("region", name="Park")).to_contain_text(owner.name or "owner")
    await expect(voters.get_by_role("listitem")).to_have_count(2)
    assert await found(member, axe) == []
    await member.page.keyboard.press("Escape")

    await member.button("Take your vote back").click()
    await expect(option(owner, "Park")).to_have_accessible_name(re.compile("^Park 100%"))
    await expect(option(member, "Café")).not_to_be_checked()
    await owner.button("Close the poll").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Close the poll").click()
    await expect(owner.page.get_by_role("alertdialog")).to_be_hidden()
    for visitor in (owner, member):
        await expect(card(visitor, "Where shall we meet?")).to_contain_text("1 person voted · closed")
        await expect(option(visitor, "Park")).to_be_disabled()
        await expect(visitor.button("Vote", exact=True)).to_have_count(0)
    assert await found(member, axe) == []
    await member.page.reload()
    await expect(card(member, "Where shall we meet?")).to_contain_text("1 person voted · closed")


@pytest.mark.extended("tests/polls has every kind")
async def test_several_options_of_an_anonymous_poll_in_a_thread(
    owner: Visitor, member: Visitor, community: Community
) -> None:
    await community.owner.send(community.channel, "plans")
    await owner.act_on("plans", "Open thread")
    panel = owner.page.get_by_role("complementary", name="Thread")
    await panel.get_by_role("button", name="Create a poll").click()
    dialog = owner.page.get_by_role("dialog", name="Create a poll")
    await dialog.get_by_label("Question").fill("What do you bring?")
    await dialog.get_by_label("Option 1").fill("Cake")
    await dialog.get_by_label("Option 2").fill("Salad")
    await dialog.get_by_role("switch", name="Several options can be chosen").check()
    await dialog.get_by_role("switch", name="Anonymous").check()
    await dialog.get_by_label("Closes after").select_option("Never")
    await dialog.get_by_role("button", name="Create poll").click()
    await expect(panel.get_by_role("checkbox", name="Cake")).to_be_visible()
    await panel.get_by_role("checkbox", name="Cake").check()
    await panel.get_by_role("checkbox", name="Salad").check()
    await panel.get_by_role("button", name="Vote", exact=True).click()
    await expect(panel).to_contain_text("1 person voted · anonymous")
    await expect(panel.get_by_role("checkbox", name=re.compile("^Salad 100%"))).to_be_checked()
    await expect(panel.get_by_role("button", name="Who voted")).to_have_count(0)
    await expect(member.log.get_by_role("checkbox")).to_have_count(0)


@pytest.mark.extended("a poll is asked, voted on and closed above")
async def test_a_poll_is_not_edited(owner: Visitor, community: Community) -> None:
    """Neither by its menu nor by the shortcut for the last message."""
    await community.owner.send(community.channel, "before")
    await ask(community.owner, community.channel)
    await owner.message("Where shall we meet?").hover()
    await owner.message("Where shall we meet?").click(button="right")
    await expect(owner.page.get_by_role("menuitem", name="Delete")).to_be_visible()
    await expect(owner.page.get_by_role("menuitem", name="Edit")).to_have_count(0)
    await owner.page.keyboard.press("Escape")
    await owner.composer().focus()
    await owner.page.keyboard.press("ArrowUp")
    await expect(owner.page.get_by_role("textbox", name="Edit message")).to_have_value("before")


@pytest.mark.extended("a poll is asked, voted on and closed above")
@pytest.mark.parametrize(
    ("width", "language"), [(360, "de"), *in_test_all("German has the longest words", (1280, "en"), (360, "ar"))]
)
async def test_its_place_is_kept(visit: Visit, community: Community, width: int, language: str, axe: str) -> None:
    """Nothing moves as its code arrives, as votes are counted, nor when it closes."""
    ends_at = (datetime.now(UTC) + timedelta(minutes=59)).isoformat()
    fields = {"is_multiple": True, "is_anonymous": True, "ends_at": ends_at}
    sent = await ask(community.member, community.channel, "Park", LONG, question="Where?", **fields)
    visitor = await visit(community.owner)
    await visitor.button("Your account and status").click()
    await visitor.page.get_by_role("menuitem", name="Account settings").click()
    await visitor.page.get_by_role("tab", name="Appearance and language").click()
    await visitor.page.get_by_label("Language", exact=True).select_option(language)
    await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
    await visitor.page.keyboard.press("Escape")
    await visitor.page.set_viewport_size({"width": width, "height": 740})
    held, release = asyncio.Event(), asyncio.Event()

    async def wait(route: Route) -> None:
        held.set()
        await release.wait()
        await route.continue_()

    await visitor.page.route(re.compile(r"/assets/PollCard-.*\.js$"), wait)
    await visitor.page.goto(f"{visitor.url}/#/s/{community.server}/{community.channel}")
    row = visitor.page.locator(f"[data-message='{sent['id']}']")
    await expect(row.get_by_text(LONG)).to_be_visible()
    async with asyncio.timeout(PATIENCE):
        await held.wait()

    async def height() -> float:
        box = await row.bounding_box()
        assert box is not None
        return float(box["height"])

    before = await height()
    release.set()
    await expect(row.get_by_role("checkbox")).to_have_count(2)
    assert await height() == before
    overflow = "(card) => card.getBoundingClientRect().bottom - card.parentElement.getBoundingClientRect().bottom"
    assert await row.locator("form").evaluate(overflow) <= 0
    assert await row.locator("form").evaluate("(card) => card.scrollWidth - card.clientWidth") <= 0
    kept = "(card) => [...card.parentElement.querySelectorAll('.option')].map((each) => each.offsetTop)"
    tops = await row.locator("form").evaluate(kept)
    assert tops[:2] == tops[2:], "the options are where they were"
    await vote(community.owner, sent, 0, 1)
    await expect(row.get_by_role("checkbox").first).to_be_checked()
    assert await height() == before
    assert await found(visitor, axe) == []
    await community.member.expect(200, "POST", f"/api/polls/{sent['id']}/close")
    await expect(row.get_by_role("checkbox").first).to_be_disabled()
    assert await height() == before


async def test_a_choice_that_is_not_sent_yet_stays(visit: Visit, community: Community) -> None:
    """Others vote meanwhile, and a refused vote says why."""
    sent = await ask(community.owner, community.channel)
    visitor = await visit(community.member, place=community.place)
    await option(visitor, "Pool").check()
    await vote(community.owner, sent, 0)
    await expect(option(visitor, "Park")).to_have_accessible_name(re.compile("^Park 100%"))
    await expect(option(visitor, "Pool")).to_be_checked()
