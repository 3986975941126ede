"""What a message can have, as users work with it: reactions, replies, threads, pins, mentions, edits, unread counts."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.test_conversation import alice, bob, club, people
from tests.browser.visitor import Visitor

__all__ = ["alice", "bob", "club", "people"]


@pytest.mark.usefixtures("club")
async def test_reactions_are_added_counted_and_taken_back(alice: Visitor, bob: Visitor) -> None:
    await alice.say("cake at four")
    await bob.act_on("cake at four", "Add a reaction")
    await bob.message("cake at four").get_by_role("button", name="React with 🎉").click()
    theirs = alice.message("cake at four").get_by_role("button", name="🎉, 1")
    await expect(theirs).to_have_attribute("aria-pressed", "false")
    await expect(bob.message("cake at four").get_by_role("button", name="🎉, 1")).to_have_attribute(
        "aria-pressed", "true"
    )
    await theirs.hover()
    await expect(theirs).to_have_attribute("data-tip", bob.name)
    await theirs.click()
    both = bob.message("cake at four").get_by_role("button", name="🎉, 2")
    await expect(both).to_have_attribute("aria-pressed", "true")
    await both.click()
    await expect(alice.message("cake at four").get_by_role("button", name="🎉, 1")).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.usefixtures("club")
async def test_a_reply_quotes_what_it_answers(alice: Visitor, bob: Visitor) -> None:
    await alice.say("tea or coffee?")
    await bob.act_on("tea or coffee?", "Reply")
    await expect(bob.page.get_by_text(f"Replying to {alice.name}")).to_be_visible()
    await bob.say("tea")
    quote = alice.message("tea").get_by_role("button", name="tea or coffee?")
    await expect(quote).to_contain_text(alice.name)
    await quote.click()
    await expect(alice.log.get_by_role("article").filter(has_text="tea or coffee?").first).to_be_focused()


@pytest.mark.usefixtures("club")
async def test_a_thread_beside_the_channel(alice: Visitor, bob: Visitor) -> None:
    await alice.say("where shall we go?")
    await bob.act_on("where shall we go?", "Open thread")
    panel = bob.page.get_by_role("complementary", name="Thread")
    await panel.get_by_role("textbox", name="Reply in thread").fill("to the sea")
    await panel.get_by_role("button", name="Send reply").click()
    await expect(panel.get_by_text("to the sea")).to_be_visible()
    await alice.message("where shall we go?").get_by_role("button", name="1 reply").click()
    theirs = alice.page.get_by_role("complementary", name="Thread")
    await expect(theirs.get_by_text("to the sea")).to_be_visible()
    await theirs.get_by_role("textbox", name="Reply in thread").fill("by train")
    await theirs.get_by_role("textbox", name="Reply in thread").press("Enter")
    await expect(panel.get_by_text("by train")).to_be_visible()
    await expect(bob.message("where shall we go?").get_by_role("button", name="2 replies")).to_be_visible()
    await expect(bob.log.get_by_text("by train")).to_have_count(0)
    await theirs.get_by_role("button", name="Close thread").click()
    await expect(theirs).to_have_count(0)


@pytest.mark.extended("tests/messages has threads; test_a_thread_beside_the_channel is the same pane")
@pytest.mark.usefixtures("club")
async def test_what_is_said_in_a_thread_is_a_message_like_any(alice: Visitor, bob: Visitor) -> None:
    await alice.say("where shall we go?")
    await alice.sent("where shall we go?")
    await alice.act_on("where shall we go?", "Open thread")
    panel, theirs = (each.page.get_by_role("complementary", name="Thread") for each in (alice, bob))
    field = panel.get_by_role("textbox", name="Reply in thread")
    await field.fill("to the sea")
    await field.press("Enter")
    await bob.message("where shall we go?").get_by_role("button", name="1 reply").click()
    reply = theirs.get_by_role("article").filter(has=bob.page.get_by_text("to the sea", exact=True))
    await reply.hover()
    await reply.get_by_role("button", name="Add a reaction").click()
    await reply.get_by_role("button", name="React with 🎉").click()
    await expect(panel.get_by_role("button", name="🎉, 1")).to_have_attribute("aria-pressed", "false")
    await reply.hover()
    await reply.get_by_role("button", name="Reply", exact=True).click()
    answer = theirs.get_by_role("textbox", name="Reply in thread")
    await answer.fill("which one?")
    await answer.press("Enter")
    await expect(panel.get_by_role("article").filter(has_text="which one?")).to_contain_text("to the sea")

    await field.press("ArrowUp")
    editing = panel.get_by_role("textbox", name="Edit message")
    await editing.fill("to the lake")
    await editing.press("Enter")
    changed = theirs.get_by_role("article").filter(has_text="(edited)")
    await expect(changed).to_contain_text("to the lake")
    mine = panel.get_by_role("article").filter(has_text="(edited)")
    await mine.hover()
    await mine.get_by_role("button", name="Delete message").click()
    await alice.page.get_by_role("alertdialog").get_by_role("button", name="Delete message").click()
    await expect(changed).to_have_count(0)

    await field.fill("not finished")
    await field.press("Escape")
    await expect(panel).to_have_count(0)
    await alice.message("where shall we go?").get_by_role("button", name="1 reply").click()
    await expect(field).to_have_value("not finished")


@pytest.mark.extended("tests/messages pins; the list beside the channel is that of test_thread_list")
@pytest.mark.usefixtures("club")
async def test_a_pinned_message_is_marked_and_listed_beside_the_channel(alice: Visitor, bob: Visitor) -> None:
    await alice.say("the rules")
    await bob.sees("the rules")
    pins, theirs = (each.page.get_by_role("region", name="Pinned messages") for each in (alice, bob))
    await bob.button("Pinned messages", exact=True).click()
    await expect(theirs).to_contain_text("No pinned messages yet.")
    await alice.act_on("the rules", "Pin")
    await expect(bob.message("the rules")).to_contain_text("Pinned")
    await expect(theirs.get_by_text("the rules")).to_be_visible()
    await bob.message("the rules").hover()
    await expect(bob.message("the rules").get_by_role("button", name="Copy text")).to_be_visible()
    await expect(bob.message("the rules").get_by_role("button", name="Pin")).to_have_count(0)
    await expect(theirs.get_by_role("button", name="Unpin")).to_have_count(0)
    line = bob.log.get_by_role("article", name=re.compile(f"{alice.name} pinned a message."))
    await line.get_by_role("button", name="Jump to message").click()
    await expect(bob.message("the rules")).to_be_focused()
    await bob.page.keyboard.press("ArrowDown")
    await expect(line).to_be_focused()
    await bob.button("Pinned messages", exact=True).click()
    await expect(theirs).to_have_count(0)
    await line.press("Enter")
    await bob.page.keyboard.press("ArrowRight")
    await expect(line.get_by_role("button", name="See all pinned messages")).to_be_focused()
    await bob.page.keyboard.press("Enter")
    await expect(theirs.get_by_text("the rules")).to_be_visible()
    await expect(alice.log.get_by_text("You pinned a message.")).to_be_visible()
    await expect(bob.channel("general")).to_have_accessible_name("general")

    toast = alice.page.get_by_role("status").filter(has_text="Message pinned.")
    await toast.get_by_role("button", name="Pinned messages").click()
    await pins.get_by_role("button", name="Unpin").click()
    await expect(pins).to_contain_text("No pinned messages yet.")
    await expect(theirs).to_contain_text("No pinned messages yet.")
    await expect(bob.message("the rules")).not_to_contain_text("Pinned")
    await expect(line).to_have_count(1)
    await alice.button("Inbox").click()
    await expect(pins).to_have_count(0)


@pytest.mark.extended("tests/messages keep the earlier texts; test_an_edit_and_a_deletion_show_at_once edits")
@pytest.mark.usefixtures("club")
async def test_an_edited_message_shows_what_it_said_before(alice: Visitor, bob: Visitor) -> None:
    await alice.say("the frist word")
    await alice.sent("the frist word")
    await alice.composer().press("ArrowUp")
    editing = alice.page.get_by_role("textbox", name="Edit message")
    await editing.fill("the first word")
    await editing.press("Enter")
    await bob.sees("the first word")
    await expect(bob.message("the first word").get_by_role("button", name="(edited)")).to_have_count(0)
    await alice.message("the first word").get_by_role("button", name="(edited)").click()
    await expect(alice.page.get_by_role("dialog").get_by_text("the frist word")).to_be_visible()


@pytest.mark.extended("test_inbox reads on one device what goes on the other")
@pytest.mark.usefixtures("club")
async def test_unread_messages_and_mentions_are_the_same_on_every_device(alice: Visitor, bob: Visitor) -> None:
    await bob.open_channel("rules")
    await alice.say(f"@{bob.name} hello")  # a name at the end would offer people, and Enter takes one
    await alice.say("and more")
    general = bob.page.get_by_role("button", name="general, unread messages, 1 mention")
    await expect(general).to_be_visible()
    await bob.page.reload()
    await expect(general).to_be_visible()
    await general.click()
    await expect(bob.log.get_by_text(re.compile(f"^@{bob.name}$"))).to_be_visible()
    await expect(bob.page.get_by_role("button", name="general", exact=True)).to_be_visible()
    await bob.open_channel("rules")
    await bob.page.reload()
    await expect(bob.page.get_by_role("button", name="general", exact=True)).to_be_visible()
