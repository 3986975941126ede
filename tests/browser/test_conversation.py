"""Two people talk and see each other at once; an outsider learns nothing of it."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from coterie.database.pool import OwnConnection
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Person
from tests.serving import Register


def unique(word: str) -> str:
    return f"{word} {uuid4().hex[:8]}"


async def make_large(rows: OwnConnection, name: str) -> None:
    """So that a server is among the fifty that are shown, whatever other tests created."""
    await rows.execute("UPDATE servers SET member_count = 1000 WHERE name = $1", name)


@pytest.fixture
async def people(register: Register) -> tuple[Person, Person]:
    """Alice and Bob."""
    return await register("alice"), await register("bob")


@pytest.fixture
async def alice(visit: Visit, people: tuple[Person, Person]) -> Visitor:
    return await visit(people[0])


@pytest.fixture
async def bob(visit: Visit, people: tuple[Person, Person]) -> Visitor:
    return await visit(people[1], color_scheme="dark")


@pytest.fixture
async def club(people: tuple[Person, Person], alice: Visitor, bob: Visitor, rows: OwnConnection) -> str:
    """A public server of alice's that bob joined; both look at #general."""
    name = unique("Club")
    owner, member = people
    templates = await owner.expect(200, "GET", "/api/server-templates")
    [template] = [each["id"] for each in templates if each["name"] == "Community"]
    creation = {"name": name, "is_public": True, "template_id": template}
    server = await owner.expect(201, "POST", "/api/servers", creation)
    await member.expect(201, "POST", f"/api/servers/{server['id']}/join")
    await make_large(rows, name)
    for visitor in (alice, bob):
        await visitor.open_server(name)
        await visitor.open_channel("general")
    return name


@pytest.mark.usefixtures("club")
async def test_two_people_talk(alice: Visitor, bob: Visitor) -> None:
    await alice.say("Is anybody here?")
    await bob.sees("Is anybody here?")
    await bob.say("I am.")
    await alice.sees("I am.")
    await expect(alice.message("I am.")).to_contain_text(bob.name)
    await expect(alice.composer()).to_have_value("")


@pytest.mark.usefixtures("club")
async def test_an_edit_and_a_deletion_show_at_once(alice: Visitor, bob: Visitor) -> None:
    await alice.say("the frist word")
    await bob.sees("the frist word")
    await alice.composer().press("ArrowUp")
    editing = alice.page.get_by_role("textbox", name="Edit message")
    await expect(editing).to_have_value("the frist word")
    await editing.fill("the first word")
    await editing.press("Enter")
    await bob.sees("the first word")
    await expect(bob.message("the first word")).to_contain_text("(edited)")
    await alice.act_on("the first word", "Delete message")
    await alice.page.get_by_role("alertdialog").get_by_role("button", name="Delete message").click()
    await expect(alice.log.get_by_role("article")).to_have_count(0)
    await alice.button("Dismiss", exact=True).click()
    await expect(bob.log.get_by_role("article")).to_have_count(0)


async def delete(visitor: Visitor, content: str) -> None:
    await visitor.act_on(content, "Delete message")
    await visitor.page.get_by_role("alertdialog").get_by_role("button", name="Delete message").click()
    await expect(visitor.message(content)).to_have_count(0)


@pytest.mark.usefixtures("club")
async def test_a_deletion_can_be_undone_until_the_page_is_left(alice: Visitor, bob: Visitor) -> None:
    await alice.say("the first word")
    await bob.sees("the first word")
    await delete(alice, "the first word")
    await bob.say("and the next")
    await alice.sees("and the next")
    await alice.button("Undo").click()
    await alice.sees("the first word")
    assert not any("DELETE /api/messages" in answer for answer in alice.answers)
    await delete(alice, "the first word")
    await alice.page.reload()
    await expect(bob.message("the first word")).to_have_count(0)
    await alice.sees("and the next")
    await expect(alice.message("the first word")).to_have_count(0)


@pytest.mark.extended("tests/messages refuses it, and web/tests/permissions.test.ts hides it")
@pytest.mark.usefixtures("club")
async def test_nobody_can_edit_what_another_wrote(alice: Visitor, bob: Visitor) -> None:
    await alice.say("mine")
    await bob.sees("mine")
    await bob.message("mine").hover()
    await expect(bob.message("mine").get_by_role("button", name="Copy text")).to_be_visible()
    for name in ("Edit message", "Delete message"):
        await expect(bob.message("mine").get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.usefixtures("club")
async def test_who_is_typing_and_who_is_here(alice: Visitor, bob: Visitor) -> None:
    await bob.composer().press_sequentially("well")
    typing = alice.page.get_by_role("status", name="Who is typing")
    await expect(typing).to_have_text(f"{bob.name} is typing")
    await bob.composer().press("Enter")
    await expect(typing).to_have_text("")
    members = alice.page.get_by_role("complementary", name="Members")
    await expect(members.get_by_role("heading", name=re.compile("Online"))).to_contain_text("2")
    await bob.button("Your account and status").click()
    await bob.page.get_by_role("menuitemcheckbox", name="Do not disturb").click()
    await expect(members.get_by_role("listitem").filter(has_text=bob.name)).to_contain_text("Do not disturb")
    await bob.page.close()
    await expect(members.get_by_role("listitem").filter(has_text=bob.name)).to_contain_text("Offline")


@pytest.mark.extended("test_attacks writes worse")
@pytest.mark.usefixtures("club")
async def test_what_people_write_is_never_markup(alice: Visitor, bob: Visitor) -> None:
    attack = '<img src=x onerror="document.title=1"> **bold** [x](javascript:alert(1)) <b>b</b>'
    await alice.say(attack)
    text = bob.log.get_by_role("article").filter(has_text="javascript:alert(1)")
    await expect(text).to_contain_text('<img src=x onerror="document.title=1"> bold [x](javascript:alert(1)) <b>b</b>')
    assert await bob.log.locator("article :is(img, b, a)").count() == 0
    assert await bob.log.locator("article strong").all_inner_texts() == [alice.name, "bold"]


@pytest.mark.extended("tests/permissions and tests/access ask every route and stream")
async def test_an_outsider_sees_nothing(alice: Visitor, bob: Visitor, visit: Visit, rows: OwnConnection) -> None:
    outsider = await visit()
    await outsider.register("outsider")
    name, secret = unique("Secret society"), unique("secret")
    await alice.create_server(name, is_public=False)
    await alice.open_channel("general")
    await alice.say(secret)
    await alice.sees(secret)
    server = re.search(r"#/s/([0-9a-f-]+)/([0-9a-f-]+)", alice.page.url)
    assert server is not None

    public = unique("Open house")
    await bob.create_server(public, "Everybody is welcome")
    await make_large(rows, public)
    await outsider.button("Refresh the list").click()
    card = outsider.page.get_by_role("listitem").filter(has=outsider.button(f"Join {public}"))
    await expect(card).to_contain_text("Everybody is welcome")
    await bob.choose("Server settings")
    await bob.page.get_by_label("Description").fill("Ring twice")
    await bob.button("Save").click()
    await expect(bob.page.get_by_text("Saved.")).to_be_visible()
    await outsider.button("Refresh the list").click()
    await expect(card).to_contain_text("Ring twice")
    await expect(outsider.page.get_by_text(name)).to_have_count(0)

    # The address of the channel opens nothing either.
    await outsider.page.goto(outsider.url + "/" + server.group(0))
    await outsider.page.reload()
    await outsider.is_home()
    seen = await outsider.page.content() + "".join(outsider.frames)
    for hidden in (name, secret, alice.name, server.group(1), server.group(2)):
        assert hidden not in seen
    assert any('"READY"' in frame for frame in outsider.frames)


@pytest.mark.extended("tests/permissions and tests/access ask every route and stream")
async def test_a_former_member_sees_nothing(alice: Visitor, bob: Visitor, club: str) -> None:
    await alice.say("before")
    await bob.sees("before")
    await bob.choose("Leave server")
    await bob.page.get_by_role("alertdialog").get_by_role("button", name="Leave server").click()
    await bob.is_home()
    heard = len(bob.frames)
    await alice.say("after")
    await alice.sees("after")
    members = alice.page.get_by_role("complementary", name="Members")
    await expect(members.get_by_role("listitem").filter(has_text=bob.name)).to_have_count(0)
    await bob.join_server(club)
    await bob.open_channel("general")
    await bob.sees("after")
    assert not any('"after"' in frame for frame in bob.frames[heard:])


async def test_the_owner_shapes_the_server(alice: Visitor, bob: Visitor, club: str) -> None:
    await alice.choose("Create channel")
    form = alice.page.get_by_role("dialog")
    await form.get_by_label("Channel name").fill("plans")
    await form.get_by_label("Topic").fill("What we do next")
    await form.get_by_role("button", name="Create channel").click()
    await bob.open_channel("plans")
    await expect(bob.page.get_by_role("heading", name="plans", exact=True)).to_be_visible()
    await alice.button("Edit channel plans").click()
    await alice.page.get_by_label("Channel name").fill("dreams")
    await alice.page.get_by_label("Slow mode").select_option("One message every 5 minutes per member")
    await alice.button("Save").click()
    await expect(bob.composer("dreams")).to_be_visible()
    await bob.say("first", "dreams")
    await bob.say("too soon", "dreams")
    await expect(bob.page.get_by_text("slow mode")).to_be_visible()
    bob.complaints.clear()  # Chromium reports each refusal by itself
    await alice.button("Edit channel dreams").click()
    await expect(alice.page.get_by_label("Slow mode")).to_have_value("300")
    await alice.button("Delete channel").click()
    await alice.page.get_by_role("alertdialog").get_by_role("button", name="Delete channel").click()
    await expect(bob.channel("dreams")).to_have_count(0)

    await alice.choose("Server settings")
    await alice.page.get_by_label("Server name").fill(f"{club} renamed")
    await alice.button("Save").click()
    await expect(bob.button(f"{club} renamed: server menu")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await alice.choose("Delete server")
    confirmation = alice.page.get_by_role("alertdialog")
    await expect(confirmation).to_contain_text("members · 5 channels")
    await expect(confirmation.get_by_role("button", name="Delete server")).to_be_disabled()
    await confirmation.get_by_role("textbox").fill(f"{club} renamed")
    await confirmation.get_by_role("button", name="Delete server").click()
    for visitor in (alice, bob):
        await visitor.is_home()


@pytest.mark.usefixtures("club")
async def test_unread_channels_are_marked_until_seen(alice: Visitor, bob: Visitor) -> None:
    await bob.open_channel("off-topic")
    await alice.say("psst")
    await expect(bob.channel("general")).to_have_accessible_name("general, unread messages")
    await bob.open_channel("general")
    await bob.sees("psst")
    await expect(bob.channel("general")).to_have_accessible_name("general")
    await expect(bob.channel("off-topic")).to_have_accessible_name("off-topic")


@pytest.mark.extended("tests/inbox counts, and test_unread_channels_are_marked_until_seen shows it")
async def test_what_was_said_before_one_joined_is_not_unread(alice: Visitor, bob: Visitor, rows: OwnConnection) -> None:
    name = unique("Old club")
    await alice.create_server(name)
    await make_large(rows, name)
    await alice.open_channel("off-topic")
    await alice.say("said long ago", "off-topic")
    await alice.sent("said long ago")
    await bob.join_server(name)
    await bob.open_channel("general")
    await bob.page.reload()
    await expect(bob.channel("off-topic")).to_have_accessible_name("off-topic")
    await alice.say("and said now", "off-topic")
    await expect(bob.channel("off-topic")).to_have_accessible_name("off-topic, unread messages")
