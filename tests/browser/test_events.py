"""Events: planned in a dialog, answered by keyboard, listed for the server, changed, cancelled, and in the inbox."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from coterie.database.connection import Database
from coterie.database.pool import OwnConnection
from coterie.scheduled_events.keeping import keep
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.scheduled_events.calls import announce, answer
from tests.scheduled_events.conftest import database
from tests.variants import in_test_all

__all__ = ["axe", "database"]


async def test_planning_answering_changing_and_cancelling_are_seen_at_once(
    owner: Visitor, member: Visitor, axe: str
) -> None:
    await owner.choose("Events")
    events = owner.page.get_by_role("dialog", name="Events")
    await expect(events).to_contain_text("Nothing is planned yet.")
    await events.get_by_role("button", name="Plan an event").click()
    form = owner.page.get_by_role("dialog", name="Plan an event")
    await expect(form.get_by_label("Name")).to_be_focused()
    await expect(form.get_by_role("button", name="Plan event")).to_be_disabled()
    await form.get_by_label("Name").fill("Game night")
    day = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%d")
    await form.get_by_label("Starts").fill(f"{day}T18:30")
    await form.get_by_label(re.compile("^Ends")).fill(f"{day}T18:00")
    await form.get_by_label("Repeats").select_option("Every week")
    await form.get_by_label(re.compile("^Place")).fill("Town hall")
    await form.get_by_label("Description").fill("Bring snacks.")
    await form.get_by_label("Reminder").select_option("1 hour before")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await form.get_by_role("button", name="Plan event").click()
    await expect(form).to_be_visible()
    await form.get_by_label(re.compile("^Ends")).fill(f"{day}T21:00")
    await form.get_by_role("button", name="Plan event").click()
    await expect(form).to_be_hidden()
    entry = events.get_by_role("button", name=re.compile("Game night"))
    await expect(entry).to_contain_text("Every week")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []

    card = member.log.get_by_role("region", name="Event: Game night")
    await expect(card).to_contain_text("Town hall")
    await expect(card).to_contain_text("Bring snacks.")
    await expect(card).to_contain_text(re.compile(r"6:30.*9:00"))
    coming = card.get_by_role("button", name=re.compile("^Coming"))
    await coming.focus()
    await member.page.keyboard.press("Enter")
    await expect(coming).to_have_attribute("aria-pressed", "true")
    await expect(coming).to_have_accessible_name(re.compile("1 person"))
    await expect(coming).to_be_focused()
    await expect(entry).to_contain_text("1 person is coming")
    await expect(card.get_by_role("button", name="Edit the event")).to_have_count(0)
    await card.get_by_role("button", name="Who answered").click()
    people = member.page.get_by_role("dialog", name="Who answered")
    await expect(people.get_by_role("region", name="Coming", exact=True).get_by_role("listitem")).to_have_count(1)
    assert await found(member, axe) == []
    await member.page.keyboard.press("Escape")
    assert await found_in_themes(member, axe) == []

    await entry.click()
    await expect(events).to_be_hidden()
    own = owner.log.get_by_role("region", name="Event: Game night")
    await expect(own.get_by_role("button", name=re.compile("^Coming"))).to_have_attribute("aria-pressed", "false")
    await own.get_by_role("button", name="Edit the event").click()
    form = owner.page.get_by_role("dialog", name="Edit the event")
    await expect(form.get_by_label("Starts")).to_have_value(f"{day}T18:30")
    await expect(form.get_by_label("Reminder")).to_have_value("60")
    await form.get_by_label("Name").fill("Chess")
    await form.get_by_role("button", name="Save event").click()
    card = member.log.get_by_role("region", name="Event: Chess")
    await expect(card).to_contain_text("Every week")
    await expect(card.get_by_role("button", name=re.compile("^Coming"))).to_have_attribute("aria-pressed", "true")
    await owner.log.get_by_role("button", name="Cancel the event").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Cancel the event").click()
    await expect(card).to_contain_text("Cancelled")
    await expect(card.get_by_role("button", name=re.compile("^Coming"))).to_be_disabled()
    assert await found(member, axe) == []


@pytest.mark.extended("tests/scheduled_events send it; test_inbox shows what is in it")
async def test_a_reminder_is_in_the_channel_and_in_the_inbox(
    member: Visitor, community: Community, database: Database, rows: OwnConnection, axe: str
) -> None:
    sent = await announce(community.owner, community.channel, reminder_minutes=60)
    await answer(community.member, sent, "coming")
    past = datetime.now(UTC) - timedelta(seconds=1)
    await rows.execute("UPDATE scheduled_events SET remind_at = $2 WHERE message_id = $1", sent["id"], past)
    await keep(database)
    row = member.log.get_by_role("article").filter(has_text="Reminder: an event begins on")
    await expect(row).to_be_visible()
    await row.get_by_role("button", name="Jump to message").click()
    await expect(member.page.locator(f"[data-message='{sent['id']}']")).to_be_focused()
    await member.page.keyboard.press("Control+i")
    item = member.page.get_by_role("region", name="Inbox").get_by_role("listitem")
    await expect(item).to_contain_text("Reminds you of an event")
    await expect(item).to_contain_text("Reminder: an event begins on")
    assert await found(member, axe) == []


@pytest.mark.extended("an event is planned and answered above")
@pytest.mark.parametrize("language", ["de", *in_test_all("German has the longest words", "en", "es", "ar")])
async def test_it_fits_a_phone_in_every_language(visit: Visit, community: Community, language: str, axe: str) -> None:
    fields = {
        "description": "A long line " * 12,
        "place": "Donaudampfschifffahrtsgesellschaft" * 3,
        "repeat": "biweekly",
    }
    sent = await announce(community.member, community.channel, time_zone="Europe/Berlin", **fields)
    visitor = await visit(community.owner)
    await visitor.button("Your account and status").click()
    await visitor.page.get_by_role("menuitem", name="Account settings").click()
    await visitor.page.get_by_role("tab", name="Appearance and language").click()
    await visitor.page.get_by_label("Language", exact=True).select_option(language)
    await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
    await visitor.page.keyboard.press("Escape")
    await visitor.page.set_viewport_size({"width": 360, "height": 740})
    await visitor.page.goto(f"{visitor.url}/#/s/{community.server}/{community.channel}")
    card = visitor.page.locator(f"[data-message='{sent['id']}'] section")
    await expect(card.get_by_role("button")).to_have_count(6)
    assert await card.evaluate("(card) => card.scrollWidth - card.clientWidth") <= 0
    assert await found(visitor, axe) == []
    await card.get_by_role("button").nth(4).click()
    form = visitor.page.get_by_role("dialog")
    await expect(form.get_by_role("textbox").first).to_have_value("Game night")
    assert await form.evaluate("(form) => form.scrollWidth - form.clientWidth") <= 0
    assert await found(visitor, axe) == []
