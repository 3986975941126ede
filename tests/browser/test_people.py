"""Friends: requests, direct conversations, groups, blocking, and ending a friendship."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person, befriend
from tests.serving import Register


async def ask(visitor: Visitor, name: str, message: str = "") -> Locator:
    """Send a friend request; returns the dialog, which says what became of it."""
    await home(visitor, "Friends")
    await visitor.button("Add a friend").first.click()
    dialog = visitor.page.get_by_role("dialog", name="Add a friend")
    await dialog.get_by_label("Username or email").fill(name)
    await dialog.get_by_label("Message").fill(message)
    await dialog.get_by_role("button", name="Send request").click()
    return dialog


def sidebar(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("navigation", name="Home")


async def home(visitor: Visitor, place: str) -> None:
    """Open something in the sidebar at home; its name may include what is new there."""
    await sidebar(visitor).get_by_role("button", name=re.compile(f"^{re.escape(place)}(,? .*)?$")).click()


async def tab(visitor: Visitor, name: str) -> Locator:
    """Open one of the lists of the friends' screen."""
    await home(visitor, "Friends")
    await visitor.page.get_by_role("tab", name=re.compile(f"^{name}")).click()
    return visitor.page.get_by_role("tabpanel")


def writing(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("textbox", name=f"Message {name}")


async def say(visitor: Visitor, words: str, to: str) -> None:
    await writing(visitor, to).fill(words)
    await writing(visitor, to).press("Enter")


@pytest.fixture
async def people(register: Register) -> list[Person]:
    return [await register(name) for name in ("anna", "ben", "clara")]


async def test_two_people_become_friends_by_a_request(visit: Visit, people: list[Person]) -> None:
    anna, ben = [await visit(person) for person in people[:2]]
    dialog = await ask(anna, ben.name, "we met at the lake")
    await expect(dialog.get_by_role("status").first).to_contain_text("Friend request sent")
    await anna.page.keyboard.press("Escape")
    await expect((await tab(anna, "Pending")).get_by_role("listitem").filter(has_text=ben.name)).to_be_visible()

    await expect(sidebar(ben).get_by_role("button", name="Friends, 1 pending request")).to_be_visible()
    waiting = (await tab(ben, "Pending")).get_by_role("listitem").filter(has_text=anna.name)
    await expect(waiting).to_contain_text("we met at the lake")
    await waiting.get_by_role("button", name=f"Accept the friend request from {anna.name}").click()
    for visitor, friend in ((anna, ben), (ben, anna)):
        await expect((await tab(visitor, "Online")).get_by_role("listitem")).to_contain_text(friend.name)
        await expect(sidebar(visitor).get_by_role("button", name=friend.name, exact=True)).to_be_visible()
    assert not any("we met at the lake" in frame for frame in ben.frames if "MESSAGE_CREATE" in frame)


@pytest.mark.extended("tests/friends tries each request, and the other tests here what people see")
async def test_requests_that_cross_make_friends(visit: Visit, people: list[Person]) -> None:
    anna = await visit(people[0])
    asked = await people[1].expect(200, "POST", "/api/friends/request", {"to_user_id": people[0].id})
    assert asked["status"] == "pending"
    dialog = await ask(anna, people[1].username)
    await expect(dialog.get_by_role("status").first).to_contain_text("you're now friends")
    await anna.page.keyboard.press("Escape")
    await expect((await tab(anna, "All")).get_by_role("listitem")).to_contain_text(people[1].username)


@pytest.mark.extended("tests/friends tries each request, and the other tests here what people see")
async def test_requests_are_refused_cancelled_and_rejected_in_clear_words(visit: Visit, people: list[Person]) -> None:
    anna, ben = [await visit(person) for person in people[:2]]
    dialog = await ask(anna, "nobody_of_this_name")
    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    await anna.page.keyboard.press("Escape")
    await (await ask(anna, ben.name)).get_by_role("button", name="Close").last.click()
    sent = (await tab(anna, "Pending")).get_by_role("button", name=f"Cancel the friend request to {ben.name}")
    await sent.click()
    await expect(anna.page.get_by_text("No pending requests")).to_be_visible()
    await (await ask(anna, ben.name)).get_by_role("button", name="Close").last.click()
    panel = await tab(ben, "Pending")
    await panel.get_by_role("button", name=f"Decline the friend request from {anna.name}").click()
    for visitor in (anna, ben):
        await expect((await tab(visitor, "Pending")).get_by_text("No pending requests")).to_be_visible()
    await expect((await tab(anna, "All")).get_by_text("No friends yet")).to_be_visible()


@pytest.mark.extended("test_conversation has two people talk")
async def test_friends_talk(visit: Visit, people: list[Person], tmp_path: Path) -> None:
    await befriend(people[0], people[1])
    anna, ben = [await visit(person) for person in people[:2]]
    await (await tab(anna, "All")).get_by_role("button", name=f"Message {ben.name}").click()
    await say(anna, "hello ben", ben.name)
    await expect(sidebar(ben).get_by_role("button", name=f"{anna.name} 1 unread message")).to_contain_text("hello ben")
    rail = ben.page.get_by_role("navigation", name="Servers", exact=True)
    await expect(rail.get_by_role("button", name="Home, 1 new")).to_be_visible()
    await rail.get_by_role("button", name=f"{anna.name}, 1 unread message").click()
    await ben.sees("hello ben")
    await expect(sidebar(ben).get_by_role("button", name=anna.name, exact=True)).to_be_visible()
    await expect(anna.page.get_by_text("Read", exact=True)).to_be_visible()

    await writing(ben, anna.name).press_sequentially("hi")
    await expect(anna.page.get_by_role("status", name="Who is typing")).to_have_text(f"{ben.name} is typing")
    await writing(ben, anna.name).fill("")
    await ben.act_on("hello ben", "Reply")
    await say(ben, "hello anna", anna.name)
    await expect(anna.message("hello anna").get_by_role("button", name="hello ben")).to_be_visible()
    await anna.act_on("hello anna", "Add a reaction")
    await anna.message("hello anna").get_by_role("button", name="React with 🎉").click()
    await expect(ben.message("hello anna").get_by_role("button", name="🎉, 1")).to_be_visible()
    await writing(ben, anna.name).press("ArrowUp")
    editing = ben.page.get_by_role("textbox", name="Edit message")
    await editing.fill("hello again")
    await editing.press("Enter")
    await anna.sees("hello again")
    await expect(sidebar(anna).get_by_role("button", name=ben.name, exact=True)).to_contain_text("hello again")

    picture = tmp_path / "notes.txt"
    picture.write_text("what we said")
    async with ben.page.expect_file_chooser() as chooser:
        await ben.button("Attach files").click()
    await (await chooser.value).set_files(picture)
    await say(ben, "my notes", anna.name)
    await expect(anna.message("my notes").get_by_text("notes.txt")).to_be_visible()

    await anna.page.reload()
    await anna.sees("hello again")
    await expect(anna.page.get_by_role("heading", name=ben.name, level=1)).to_be_visible()


@pytest.mark.extended("tests/friends tries each request, and the other tests here what people see")
async def test_a_conversation_is_hidden_until_the_next_message(visit: Visit, people: list[Person]) -> None:
    await befriend(people[0], people[1])
    anna = await visit(people[0])
    await home(anna, people[1].username)
    await anna.button("Conversation menu").click()
    await anna.page.get_by_role("menuitem", name="Hide conversation").click()
    entry = sidebar(anna).get_by_role("button", name=re.compile(f"^{people[1].username}"))
    await expect(entry).to_have_count(0)
    await anna.page.reload()
    await expect(anna.page.get_by_role("heading", name="Friends", exact=True)).to_be_visible()
    await expect(entry).to_have_count(0)
    conversation = (await people[1].expect(200, "GET", "/api/conversations"))["conversations"][0]["id"]
    await people[1].send(conversation, "are you there?")
    await expect(entry).to_contain_text("are you there?")


@pytest.mark.extended("tests/conversations tries each step; test_conversation has two people talk")
async def test_a_group_is_made_named_handed_over_and_left(visit: Visit, people: list[Person]) -> None:
    for friend in people[1:]:
        await befriend(people[0], friend)
    anna, ben, clara = [await visit(person) for person in people]
    await anna.button("New conversation").click()
    dialog = anna.page.get_by_role("dialog", name="New conversation")
    for visitor in (ben, clara):
        await dialog.get_by_label("Find people").fill(visitor.name)
        await dialog.get_by_label("Find people").press("Enter")
    await dialog.get_by_label("Group name").fill("Lake trip")
    await dialog.get_by_role("button", name="Create group").click()
    await say(anna, "who brings a boat?", "Lake trip")
    for visitor in (ben, clara):
        await home(visitor, "Lake trip")
        await visitor.sees("who brings a boat?")
    await anna.page.get_by_role("button", name="Read by everyone").click()
    await expect(anna.page.get_by_role("dialog").get_by_text(clara.name)).to_be_visible()
    await anna.page.keyboard.press("Escape")

    await home(clara, "Friends")
    await ben.button("Conversation menu").click()
    await ben.page.get_by_role("menuitem", name="Name and description").click()
    await ben.page.get_by_label("Group name").fill("Lake and sea")
    await ben.button("Save").click()
    await expect(ben.log.get_by_role("article").last).to_contain_text("You named the group “Lake and sea”.")
    entry = sidebar(clara).get_by_role("button", name="Lake and sea", exact=True)  # so nothing is unread in it
    await expect(entry).to_contain_text(f"{ben.name} named the group “Lake and sea”.")
    await entry.click()
    await expect(clara.page.get_by_role("heading", name="Lake and sea", level=1)).to_be_visible()
    await expect(clara.log.get_by_role("article").last).to_contain_text(f"{ben.name} named the group “Lake and sea”.")

    members = anna.page.get_by_role("complementary", name="People in this conversation")
    await members.get_by_role("button", name=f"More actions for {ben.name}").click()
    await anna.page.get_by_role("menuitem", name="Make group owner").click()
    await anna.page.get_by_role("alertdialog").get_by_role("button", name="Make group owner").click()
    theirs = ben.page.get_by_role("complementary", name="People in this conversation")
    await theirs.get_by_role("button", name=f"More actions for {clara.name}").click()
    await ben.page.get_by_role("menuitem", name="Remove from group").click()
    await ben.page.get_by_role("alertdialog").get_by_role("button", name="Remove from group").click()
    await expect(clara.page.get_by_text("You're no longer in this conversation.")).to_be_visible()
    heard = len(clara.frames)
    await say(ben, "a secret", "Lake and sea")
    await anna.sees("a secret")
    await expect(anna.log.get_by_text(f"You made {ben.name} the owner of the group.")).to_be_visible()
    await expect(anna.log.get_by_text(f"{ben.name} removed {clara.name}.")).to_be_visible()
    await members.get_by_role("button", name="Leave group").click()
    await anna.page.get_by_role("alertdialog").get_by_role("button", name="Leave group").click()
    await expect(sidebar(anna).get_by_role("button", name="Lake and sea")).to_have_count(0)
    await expect(theirs.get_by_role("listitem")).to_have_count(1)
    await expect(ben.log.get_by_role("article").last).to_contain_text(f"{anna.name} left.")
    assert not any("a secret" in frame for frame in clara.frames[heard:])


@pytest.mark.extended("tests/friends blocks; the other tests here have the same profile")
async def test_a_blocked_user_cannot_write_until_unblocked(visit: Visit, people: list[Person]) -> None:
    await befriend(people[0], people[1])
    anna, ben = [await visit(person) for person in people[:2]]
    for visitor, other in ((anna, ben), (ben, anna)):
        await home(visitor, other.name)
    await anna.button("Conversation menu").click()
    await anna.page.get_by_role("menuitem", name="Block").click()
    await anna.page.get_by_role("alertdialog").get_by_role("button", name="Block").click()
    await expect(anna.page.get_by_text(f"You blocked {ben.name}")).to_be_visible()
    await expect(writing(anna, ben.name)).to_have_count(0)

    # He is not notified: he finds out when he writes, and only that it fails.
    await expect(writing(ben, anna.name)).to_be_visible()
    assert not any("BLOCK_CREATE" in frame for frame in ben.frames)
    await say(ben, "are you angry?", anna.name)
    await expect(ben.page.get_by_text(f"You can't message {anna.name} right now.")).to_be_visible()
    await expect(writing(ben, anna.name)).to_have_count(0)
    ben.complaints.clear()  # Chromium reports each refusal by itself
    await expect(anna.log.get_by_text("are you angry?")).to_have_count(0)
    assert not any("are you angry?" in frame for frame in anna.frames)
    await expect((await tab(ben, "All")).get_by_text("No friends yet")).to_be_visible()

    await (await tab(anna, "Blocked")).get_by_role("button", name=f"Unblock {ben.name}").click()
    await expect(anna.page.get_by_text("No one is blocked")).to_be_visible()
    await home(anna, ben.name)
    await say(anna, "no, all is well", ben.name)
    await home(ben, anna.name)
    await ben.sees("no, all is well")
    await say(ben, "good", anna.name)
    await anna.sees("good")


@pytest.mark.extended("tests/friends tries each request, and the other tests here what people see")
async def test_what_a_blocked_person_says_in_a_group_is_folded_away(visit: Visit, people: list[Person]) -> None:
    for friend in people[1:]:
        await befriend(people[0], friend)
    ids = [person.id for person in people[1:]]
    group = await people[0].expect(201, "POST", "/api/conversations", {"participant_ids": ids, "name": "Trio"})
    await people[0].expect(204, "PUT", f"/api/blocks/{people[1].id}")
    await people[1].send(group["id"], "listen to me")
    anna = await visit(people[0])
    await home(anna, "Trio")
    await expect(anna.log.get_by_text("Blocked message")).to_be_visible()
    await expect(anna.page.get_by_text("listen to me")).to_have_count(0)
    await anna.log.get_by_role("button", name="Show").click()
    await anna.sees("listen to me")


@pytest.mark.extended("tests/friends tries each request, and the other tests here what people see")
async def test_friends_part(visit: Visit, people: list[Person]) -> None:
    await befriend(people[0], people[1])
    anna, ben = [await visit(person) for person in people[:2]]
    panel = await tab(anna, "All")
    await panel.get_by_role("button", name=f"More actions for {ben.name}").click()
    await anna.page.get_by_role("menuitem", name="Remove friend").click()
    await anna.page.get_by_role("alertdialog").get_by_role("button", name="Remove friend").click()
    for visitor in (anna, ben):
        await expect((await tab(visitor, "All")).get_by_text("No friends yet")).to_be_visible()
    await home(ben, anna.name)
    await expect(writing(ben, anna.name)).to_be_visible()


@pytest.mark.extended("tests/friends and tests/presence try each choice; test_settings saves in the same way")
async def test_privacy_and_status_are_chosen(visit: Visit, people: list[Person]) -> None:
    await befriend(people[0], people[1])
    anna, ben = [await visit(person) for person in people[:2]]
    await anna.button("Your account and status").click()
    await anna.page.get_by_role("menuitem", name="Account settings").click()
    await anna.page.get_by_role("tab", name="Privacy", exact=True).click()
    requests = anna.page.get_by_role("group", name="Who can send you friend requests")
    await requests.get_by_role("radio", name="No one").check()
    await anna.page.get_by_role("switch", name="Read receipts").uncheck()
    await anna.page.reload()
    await anna.button("Your account and status").click()
    await anna.page.get_by_role("menuitem", name="Account settings").click()
    await anna.page.get_by_role("tab", name="Privacy", exact=True).click()
    await expect(requests.get_by_role("radio", name="No one")).to_be_checked()
    await expect(anna.page.get_by_role("switch", name="Read receipts")).not_to_be_checked()
    await anna.page.keyboard.press("Escape")

    await home(ben, anna.name)
    await say(ben, "did you read this?", anna.name)
    await home(anna, ben.name)
    await anna.sees("did you read this?")
    await expect(ben.page.get_by_text("Delivered", exact=True)).to_be_visible()
    await expect(ben.page.get_by_text("Read", exact=True)).to_have_count(0)

    await anna.button("Your account and status").click()
    await anna.page.get_by_role("menuitem", name="Set a custom status").click()
    await anna.page.get_by_label("What are you up to?").fill("at the lake")
    await anna.page.get_by_label("Clear after").select_option("1 hour")
    await anna.page.get_by_label("Activity").fill("Reading Middlemarch")
    await anna.button("Save").click()
    header = ben.page.get_by_role("main").locator("header").first
    await expect(header).to_contain_text("at the lake")
    await header.get_by_role("button", name=anna.name, exact=True).click()
    card = ben.page.get_by_role("dialog", name=anna.name)
    await expect(card).to_contain_text("Reading Middlemarch")
    await anna.button("Your account and status").click()
    await anna.page.get_by_role("menuitem", name="Set a custom status").click()
    await expect(anna.page.get_by_label("Activity")).to_have_value("Reading Middlemarch")
    await expect(anna.page.get_by_label("Clear after")).to_have_value("kept")
    await anna.page.get_by_label("Activity").fill("")
    await anna.button("Save").click()
    await expect(card).not_to_contain_text("Reading Middlemarch")
    await ben.page.keyboard.press("Escape")
    await anna.button("Your account and status").click()
    await anna.page.get_by_role("menuitemcheckbox", name="Invisible").click()
    await expect(header).to_contain_text(re.compile("Last seen|Offline"))
