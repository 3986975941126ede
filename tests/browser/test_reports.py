"""Reports: the dialog, the moderators' list and what they decide, the administrators' list, and your own."""

import re

import pytest
from playwright.async_api import expect

from coterie.database.pool import OwnConnection
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.reports.calls import own, promote, report
from tests.serving import Register

__all__ = ["axe"]

NARROW = {"width": 360, "height": 740}


async def account_section(visitor: Visitor, section: str) -> None:
    await visitor.button("Your account and status").click()
    await visitor.page.get_by_role("menuitem", name="Settings").click()
    await visitor.page.get_by_role("tab", name=section, exact=True).click()


async def test_a_message_is_reported_read_and_resolved(owner: Visitor, community: Community, axe: str) -> None:
    await community.member.send(community.channel, "What came before")
    await community.member.send(community.channel, "Rude words")
    await owner.message("Rude words").click(button="right")
    await owner.page.get_by_role("menuitem", name="Report message").click()
    dialog = owner.page.get_by_role("dialog", name="Report message")
    await expect(dialog).to_contain_text("The moderators of Club will read your report.")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_label("What is wrong?").select_option("Harassment")
    await dialog.get_by_label("Details").fill("Not here, please.")
    await dialog.get_by_role("button", name="Send report").click()
    await expect(owner.page.get_by_text("Report sent.")).to_be_visible()
    [made] = await own(community.owner)
    assert (made["category"], made["reason"]) == ("harassment", "Not here, please.")

    panel = await settings(owner, "Reports")
    row = panel.get_by_role("listitem")
    await expect(row).to_contain_text("Rude words")
    await expect(row).to_contain_text(f"Harassment, reported by {community.owner.username}")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await row.get_by_role("button", name=re.compile("^Review")).press("Enter")
    heading = panel.get_by_role("heading", name=f"Message from {community.member.username}")
    await expect(heading).to_be_focused()
    await expect(panel).to_contain_text("What came before")
    await owner.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    assert await owner.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]

    await panel.get_by_label("Note for others who decide").fill("Second time.")
    await panel.get_by_role("button", name="Add note").click()
    await expect(panel.get_by_role("listitem").filter(has_text="Second time.")).to_have_count(1)
    await panel.get_by_role("button", name="Time out").click()
    form = owner.page.get_by_role("dialog", name=re.compile("^Time out"))
    await form.get_by_role("button", name="Time out").click()
    await expect(form).to_have_count(0)
    await panel.get_by_role("button", name="Delete message").click()
    asking = owner.page.get_by_role("alertdialog")
    await asking.get_by_role("button", name="Delete message").click()
    await expect(asking).to_have_count(0)
    await panel.get_by_label("Answer to the person who reported it").fill("Thank you.")
    await panel.get_by_role("button", name="Resolve").click()
    await expect(panel).to_contain_text(f"Resolved by {community.owner.username}")
    await expect(owner.page.get_by_text("Your report was dealt with. Thank you.")).to_be_visible()
    await panel.get_by_role("button", name="Back to the list").click()
    await expect(panel).to_contain_text("No reports here.")
    await panel.get_by_label("Show").select_option("Resolved")
    await expect(panel.get_by_role("listitem")).to_contain_text("Rude words")
    await owner.page.keyboard.press("Escape")
    await expect(owner.message("Rude words")).to_have_count(0)


@pytest.mark.extended("tests/reports has the queue; the other test here reports and reads")
async def test_a_new_report_appears_and_leads_to_its_message(
    owner: Visitor, community: Community, register: Register
) -> None:
    panel = await settings(owner, "Reports")
    await expect(panel).to_contain_text("No reports here.")
    guest = await register("guest")
    await guest.expect(201, "POST", f"/api/servers/{community.server}/join")
    await report(guest, await community.member.send(community.channel, "Rude words"))
    await panel.get_by_role("button", name=re.compile("^Review")).click()
    await panel.get_by_role("link", name="Show in channel").click()
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await owner.sees("Rude words")


@pytest.mark.extended("a message is reported in the same dialog")
async def test_a_server_is_reported_to_the_administrators(
    member: Visitor, visit: Visit, community: Community, register: Register, rows: OwnConnection, axe: str
) -> None:
    await member.choose("Report server")
    dialog = member.page.get_by_role("dialog", name="Report Club")
    await expect(dialog).to_contain_text("The administrators of this instance will read your report.")
    await dialog.get_by_role("button", name="Send report").click()
    await expect(dialog).to_have_count(0)
    await account_section(member, "Your reports")
    await expect(member.page.get_by_role("tabpanel").get_by_role("listitem")).to_contain_text("A server")
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []

    chief = await register("chief")
    await promote(rows, chief)
    visitor = await visit()
    await visitor.log_in(chief.username)
    await account_section(visitor, "Administration")
    await visitor.page.get_by_role("tab", name="Reports", exact=True).click()
    panel = visitor.page.get_by_role("tabpanel", name="Reports")
    await panel.get_by_role("button", name="Review: The server Club").first.click()
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Dismiss").click()
    await expect(member.page.get_by_text("Your report was reviewed, and nothing was done.").first).to_be_visible()
