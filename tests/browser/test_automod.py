"""Automod in the server settings: rules, words, the trial, the log, and what its author sees of a refused message."""

from playwright.async_api import expect

from tests.automod.calls import logged
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.roles.ranks import Ranks

__all__ = ["axe"]


async def test_a_word_is_forbidden_and_its_message_refused(
    owner: Visitor, member: Visitor, community: Community, axe: str
) -> None:
    await community.member.send(community.channel, "You old rascal")
    panel = await settings(owner, "Automod")
    await expect(panel).to_contain_text("No forbidden words yet.")
    await panel.get_by_label("New word").fill("Rascal")
    await panel.get_by_role("button", name="Add word").click()
    await expect(panel.get_by_role("button", name="Remove “rascal”")).to_be_visible()
    await panel.get_by_role("switch", name="Automod is on").check()
    await panel.get_by_role("switch", name="Refuse forbidden words").check()
    await panel.get_by_role("switch", name="Limit capital letters").press("Space")
    await expect(panel.get_by_label("Most capital letters, in percent")).to_have_value("70")
    await panel.get_by_role("switch", name="Limit capital letters").press("Space")
    await expect(panel.get_by_label("Most capital letters, in percent")).to_have_count(0)
    await panel.get_by_role("button", name="Try on last week").click()
    await expect(panel).to_contain_text("these rules for texts would have refused 1.")
    await expect(panel.get_by_role("listitem").filter(has_text="You old rascal")).to_have_count(1)
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()

    await member.say("What a rascal!")
    await expect(member.page.get_by_text("This contains a word that this server doesn't allow.").first).to_be_visible()
    await expect(owner.message("What a rascal!")).to_have_count(0)
    member.complaints.clear()  # Chromium reports the refusal by itself
    ranks = Ranks(community, community.owner, community.owner)
    assert await logged(ranks) == [("word_filter", "delete", "rascal")]

    await owner.page.get_by_role("tab", name="Bans").click()
    await owner.page.get_by_role("tab", name="Automod").click()
    await expect(panel.get_by_role("listitem").filter(has_text="What a rascal!")).to_contain_text("Forbidden word")
    await owner.page.set_viewport_size({"width": 360, "height": 740})
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    assert await owner.page.evaluate("document.querySelector('dialog').scrollWidth") <= 360
    await panel.get_by_label("New word").fill("r*s")
    await panel.get_by_label("Matches").select_option("Pattern for a word")
    await panel.get_by_label("New word").press("Enter")
    await expect(panel.get_by_role("listitem").filter(has_text="r*s")).to_contain_text("Pattern for a word")
    await panel.get_by_role("button", name="Remove “rascal”").click()
    await expect(panel.get_by_label("New word")).to_be_focused()
    await panel.get_by_role("button", name="Remove “r*s”").click()
    await expect(panel).to_contain_text("No forbidden words yet.")
    await member.say("What a lovely rascal!")
    await owner.sees("What a lovely rascal!")
