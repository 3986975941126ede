"""Calls in conversations ring on every tab of the other, until they are answered, declined or over."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from coterie.database.pool import OwnConnection
from tests.browser.calling import WATCH, hears, sees_pictures
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.themes import found_in_themes
from tests.browser.visitor import Visitor
from tests.patience import PATIENCE
from tests.people import Person, befriend
from tests.serving import Register
from tests.voice.calls import voice

pytestmark = pytest.mark.extended("voice needs a browser with a microphone; tests/voice tests the same over sockets")

__all__ = ["axe"]

# Notes the pitch of each tone that begins, and how many of them a page has silenced or played to the end.
LISTEN: Final = """
window.tones = [];
window.OscillatorNode = class extends OscillatorNode {
  constructor(context, options) { super(context, options); window.tones.push(options.frequency); }
};
"""
RING, RING_BACK, JOIN = 523, 480, 440

Open = Callable[[Person], Awaitable[Visitor]]


@pytest.fixture
async def friends(register: Register) -> tuple[Person, Person]:
    anna, ben = await register("anna"), await register("ben")
    await befriend(anna, ben)
    return anna, ben


@pytest.fixture
def opens(call: Visit) -> Open:
    """Opens the page of a person who has pressed something on it, so that it may make sounds."""

    async def open_page(person: Person) -> Visitor:
        visitor = await call(person, permissions=["microphone", "camera"])
        await visitor.page.context.add_init_script(WATCH)
        await visitor.page.context.add_init_script(LISTEN)
        await visitor.page.reload()
        await visitor.page.get_by_role("heading", name="Conversations").click()
        return visitor

    return open_page


def ringing(visitor: Visitor, caller: str) -> Locator:
    return visitor.page.get_by_role("alertdialog", name=f"{caller} is calling.")


async def conversation_of(anna: Person, ben: Person) -> str:
    made = await anna.call("POST", "/api/dm-channels", json={"user_id": ben.id})
    return str(made.body["id"])


async def sounds(visitor: Visitor, pitch: int) -> None:
    await visitor.page.wait_for_function("(pitch) => window.tones.includes(pitch)", arg=pitch)


async def calls(visitor: Visitor, name: str) -> None:
    home = visitor.page.get_by_role("navigation", name="Home")
    await home.get_by_role("button", name=name, exact=True).click()
    await visitor.button("Start a call").click()
    await expect(visitor.page.get_by_text(f"Calling {name}…").first).to_be_visible()


async def test_a_call_rings_until_it_is_answered(opens: Open, friends: tuple[Person, Person]) -> None:
    anna, ben = [await opens(person) for person in friends]
    other = Visitor(await ben.page.context.new_page(), ben.url)
    await other.page.goto(ben.page.url)
    await calls(anna, ben.name)
    await sounds(anna, RING_BACK)
    for tab in (ben, other):
        await expect(ringing(tab, anna.name)).to_be_focused()
    await sounds(ben, RING)
    await ben.page.keyboard.press("Tab")
    await expect(ben.button("Answer", exact=True)).to_be_focused()
    await ben.page.keyboard.press("Enter")
    for tab in (ben, other):
        await expect(ringing(tab, anna.name)).to_have_count(0)
    for visitor in (anna, ben):
        await hears(visitor, 1)
    await expect(anna.page.get_by_text(f"Calling {ben.name}…")).to_have_count(0)
    await sounds(anna, JOIN)
    await ben.button("Disconnect").click()
    await anna.button("Disconnect").click()
    await expect(anna.log.get_by_text("Call, 1 minute")).to_be_visible()
    assert not other.complaints
    assert RING not in await other.page.evaluate("window.tones"), "one tab rings, and it is the one that was used"


async def test_answering_with_the_camera_shows_it(opens: Open, friends: tuple[Person, Person]) -> None:
    anna, ben = [await opens(person) for person in friends]
    await calls(anna, ben.name)
    await ben.button("Answer with camera").click()
    await expect(ben.button("Turn off camera").first).to_be_visible()
    await sees_pictures(anna)


async def test_answer_and_decline_look_different_and_are_read_alike(
    opens: Open, friends: tuple[Person, Person], axe: str
) -> None:
    """Green and red, each with an icon, with enough contrast in every theme."""
    anna, ben = [await opens(person) for person in friends]
    await calls(anna, ben.name)
    await expect(ringing(ben, anna.name)).to_be_visible()
    for name, strongest in (("Answer", 1), ("Decline", 0)):
        button = ringing(ben, anna.name).get_by_role("button", name=name, exact=True)
        await expect(button.locator("svg")).to_have_count(1)
        colour = await button.evaluate("each => getComputedStyle(each).backgroundColor")
        parts = [int(part) for part in re.findall(r"\d+", colour)[:3]]
        assert parts.index(max(parts)) == strongest, (name, colour)
    assert await found_in_themes(ben, axe) == []


async def test_declining_ends_the_call_for_the_caller(opens: Open, friends: tuple[Person, Person]) -> None:
    anna, ben = [await opens(person) for person in friends]
    await calls(anna, ben.name)
    await ben.button("Decline").click()
    await expect(anna.page.get_by_text(f"{ben.name} declined the call.")).to_be_visible()
    await expect(anna.button("Disconnect")).to_have_count(0)
    await expect(anna.log.get_by_text("You called. No answer.")).to_be_visible()
    await expect(ringing(ben, anna.name)).to_have_count(0)
    home = ben.page.get_by_role("navigation", name="Home")
    await expect(home.get_by_text(f"Missed call from {anna.name}")).to_be_visible()
    await expect(home.get_by_role("button", name=anna.name, exact=True)).to_be_visible()  # nothing unread


async def test_nobody_answers(opens: Open, friends: tuple[Person, Person], rows: OwnConnection) -> None:
    anna, ben = [await opens(person) for person in friends]
    await calls(anna, ben.name)
    await expect(ringing(ben, anna.name)).to_be_visible()
    await rows.execute("UPDATE calls SET started_at = now() - interval '1 minute'")
    await expect(anna.page.get_by_text("No answer.", exact=True)).to_be_visible()
    await expect(anna.button("Disconnect")).to_have_count(0)
    await expect(ringing(ben, anna.name)).to_have_count(0)
    await expect(ben.page.get_by_text(f"Missed call from {anna.name}.")).to_be_visible()
    home = ben.page.get_by_role("navigation", name="Home")
    await home.get_by_role("button", name=f"{anna.name} 1 unread message").click()
    await expect(ben.log.get_by_text(f"Missed call from {anna.name}")).to_be_visible()
    await expect(home.get_by_role("button", name=anna.name, exact=True)).to_be_visible()
    assert await anna.page.get_by_role("button", name="unread message").count() == 0


async def test_ringing_survives_a_reload_and_ends_with_the_caller(opens: Open, friends: tuple[Person, Person]) -> None:
    ben = await opens(friends[1])
    conversation = await conversation_of(*friends)
    keeps = await friends[0].socket()
    await friends[0].expect(201, "POST", voice(conversation))
    await expect(ringing(ben, friends[0].username)).to_be_visible()
    ben.frames.clear()
    await ben.page.reload()
    async with asyncio.timeout(PATIENCE):
        while not any('"READY"' in frame for frame in ben.frames):  # noqa: ASYNC110 (it has no event)
            await asyncio.sleep(0.05)  # until then, what was stored is shown
    await expect(ringing(ben, friends[0].username)).to_be_visible()
    await friends[0].expect(204, "DELETE", voice(conversation))
    await expect(ringing(ben, friends[0].username)).to_have_count(0)
    await expect(ben.page.get_by_text(f"Missed call from {friends[0].username}.")).to_be_visible()
    await keeps.close()


@pytest.mark.parametrize("reason", ["dnd", "muted", "blocked"])
async def test_users_who_do_not_want_to_hear_of_it_do_not(
    opens: Open, friends: tuple[Person, Person], reason: str, register: Register
) -> None:
    anna, ben = friends
    third = await register("third")
    await befriend(ben, third)
    body = {"participant_ids": [anna.id, ben.id]}
    await befriend(third, anna)
    group = str((await third.expect(201, "POST", "/api/conversations", body))["id"])
    quiet: dict[str, tuple[str, str, Any]] = {
        "dnd": ("PATCH", "/api/users/@me", {"status": "dnd"}),
        "muted": ("PUT", f"/api/conversations/{group}/notifications", {"muted_until": "9999-12-31T00:00:00Z"}),
        "blocked": ("PUT", f"/api/blocks/{anna.id}", None),
    }
    visitor = await opens(ben)
    method, path, change = quiet[reason]
    assert (await ben.call(method, path, json=change)).status < 300
    keeps = await anna.socket()  # without a connection, they would leave the call after a moment
    await anna.expect(201, "POST", voice(group))
    await visitor.page.evaluate("(id) => (location.hash = `#/c/${id}`)", group)
    await expect(visitor.button("Join call")).to_be_visible()
    await expect(visitor.page.get_by_role("alertdialog")).to_have_count(0)
    await keeps.close()


async def test_escape_stops_the_ringing_here_and_a_stray_key_answers_nothing(
    opens: Open, friends: tuple[Person, Person]
) -> None:
    anna, ben = [await opens(person) for person in friends]
    await ben.page.get_by_role("navigation", name="Home").get_by_role("button", name=anna.name, exact=True).click()
    composer = ben.page.get_by_role("textbox", name=f"Message {anna.name}")
    await composer.fill("I am writi")
    await calls(anna, ben.name)
    await expect(ringing(ben, anna.name)).to_be_focused()
    await ben.page.keyboard.press("Space")
    await ben.page.keyboard.press("Enter")
    await expect(ringing(ben, anna.name)).to_be_visible()
    await ben.page.keyboard.press("Escape")
    await expect(ringing(ben, anna.name)).to_have_count(0)
    await expect(composer).to_be_focused()
    await expect(anna.page.get_by_text(f"Calling {ben.name}…").first).to_be_visible()
    await expect(ben.button("Join call")).to_be_visible()


async def test_a_button_stops_the_ringing_on_a_phone(opens: Open, friends: tuple[Person, Person]) -> None:
    anna, ben = [await opens(person) for person in friends]
    await ben.page.set_viewport_size({"width": 360, "height": 640})
    await calls(anna, ben.name)
    await ringing(ben, anna.name).get_by_role("button", name="Stop ringing here").click()
    await expect(ringing(ben, anna.name)).to_have_count(0)
    await expect(anna.page.get_by_text(f"Calling {ben.name}…").first).to_be_visible()
