"""Writing: names and emoji are suggested, formatting has shortcuts, and all of it works by keyboard alone."""

import re
from io import BytesIO

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


def offers(visitor: Visitor, name: str = "People and roles") -> Locator:
    return visitor.page.get_by_role("listbox", name=name)


async def type_in(visitor: Visitor, text: str) -> None:
    """Key by key, as a person types."""
    await visitor.composer().press("Shift")
    await expect(visitor.composer()).to_have_attribute("aria-autocomplete", "list")
    await visitor.composer().press_sequentially(text)


async def test_a_person_is_offered_and_taken_by_keys(owner: Visitor, community: Community, axe: str) -> None:
    name = community.member.username
    await type_in(owner, f"hello @{name[:3]}")
    option = offers(owner).get_by_role("option", name=name)
    await expect(option).to_have_attribute("aria-selected", "true")
    await expect(owner.composer()).to_have_attribute("aria-activedescendant", await option.get_attribute("id") or "")
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Tab")
    await expect(owner.composer()).to_have_value(f"hello @{name} ")
    await expect(offers(owner)).to_have_count(0)
    await expect(owner.composer()).not_to_have_attribute("aria-activedescendant", re.compile("."))
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_what_is_selected_is_formatted_by_the_mouse(owner: Visitor) -> None:
    await type_in(owner, "so bold")
    await owner.composer().press("Control+a")
    bar = owner.page.get_by_role("toolbar", name="Formatting")
    await bar.get_by_role("button", name="Bold").click()
    await expect(owner.composer()).to_have_value("**so bold**")
    await expect(owner.composer()).to_be_focused()
    await bar.get_by_role("button", name="Spoiler").click()
    await expect(owner.composer()).to_have_value("**||so bold||**")
    await owner.composer().press("End")
    await expect(bar).to_have_count(0)


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_everybody_is_offered_to_those_who_may_mention_them(owner: Visitor, member: Visitor) -> None:
    await type_in(owner, "@every")
    await expect(offers(owner).get_by_role("option", name="everyone")).to_be_visible()
    await type_in(member, "@every")
    await member.page.keyboard.press("Control+a")
    await type_in(member, "@")
    await expect(offers(member).get_by_role("option").first).to_be_visible()
    await expect(offers(member).get_by_role("option", name="everyone")).to_have_count(0)


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_escape_closes_what_is_offered_until_another_name_begins(owner: Visitor) -> None:
    await type_in(owner, "@")
    await expect(offers(owner)).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await expect(offers(owner)).to_have_count(0)
    await type_in(owner, "e")
    await expect(owner.composer()).to_have_value("@e")
    await expect(offers(owner)).to_have_count(0)
    await type_in(owner, " #")
    await expect(offers(owner, "Channels")).to_be_visible()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_the_arrows_go_round(owner: Visitor) -> None:
    await type_in(owner, ":heart")
    options = offers(owner, "Emoji").get_by_role("option")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await owner.page.keyboard.press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await owner.page.keyboard.press("ArrowDown")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    assert await options.count() <= 8


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_emoji_by_name(owner: Visitor) -> None:
    await type_in(owner, "so :smile")
    await expect(offers(owner, "Emoji").get_by_role("option").first).to_be_visible()
    await type_in(owner, ":")
    await expect(owner.composer()).to_have_value("so 😄")
    await type_in(owner, " :thumbs")
    await owner.page.keyboard.press("Enter")
    await expect(owner.composer()).to_have_value(re.compile("^so 😄 👍"))


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_an_emoji_of_the_server_is_offered_and_shown(owner: Visitor, community: Community) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "PNG")
    form = aiohttp.FormData({"name": "wave"})
    form.add_field("image", picture.getvalue(), filename="wave.png", content_type="image/png")
    made = await community.owner.call("POST", f"/api/servers/{community.server}/emojis", data=form)
    assert made.status == 201
    await type_in(owner, ":wav")
    await expect(offers(owner, "Emoji").get_by_role("option", name=":wave:", exact=True)).to_have_attribute(
        "aria-selected", "true"
    )
    await owner.page.keyboard.press("Enter")
    await expect(owner.composer()).to_have_value(":wave: ")
    await owner.page.keyboard.press("Enter")
    await expect(owner.log.get_by_role("img", name=":wave:")).to_be_visible()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_a_channel_is_offered_and_becomes_a_link(owner: Visitor, community: Community) -> None:
    await community.owner.expect(
        201, "POST", f"/api/servers/{community.server}/channels", {"name": "garden", "type": "text"}
    )
    await type_in(owner, "see #gar")
    await owner.page.keyboard.press("Enter")
    await owner.page.keyboard.press("Enter")
    await owner.log.get_by_role("link", name="#garden").click()
    await expect(owner.composer("garden")).to_be_visible()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_a_channel_whose_name_has_spaces_becomes_a_link(owner: Visitor, community: Community) -> None:
    name = "Film Nights & Popcorn!"
    path = f"/api/servers/{community.server}/channels"
    await community.owner.expect(201, "POST", path, {"name": name, "type": "text"})
    await type_in(owner, "come to #film ni")
    await expect(offers(owner, "Channels").get_by_role("option")).to_have_text([re.compile(name)])
    await owner.page.keyboard.press("Enter")
    await type_in(owner, "tonight")
    await owner.page.keyboard.press("Enter")
    await owner.log.get_by_role("link", name=f"#{name}").click()
    await expect(owner.composer(name)).to_be_visible()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_formatting_by_keys_and_undone(owner: Visitor) -> None:
    await type_in(owner, "bold")
    await owner.page.keyboard.press("Control+a")
    await owner.page.keyboard.press("Control+b")
    await expect(owner.composer()).to_have_value("**bold**")
    await owner.page.keyboard.press("Control+i")
    await expect(owner.composer()).to_have_value("***bold***")
    await owner.page.keyboard.press("Control+z")
    await expect(owner.composer()).to_have_value("**bold**")
    await owner.page.keyboard.press("Control+b")
    await expect(owner.composer()).to_have_value("bold")


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_lists_continue(owner: Visitor) -> None:
    await type_in(owner, "1. one")
    await owner.page.keyboard.press("Shift+Enter")
    await type_in(owner, "two")
    await owner.page.keyboard.press("Shift+Enter")
    await owner.page.keyboard.press("Shift+Enter")
    await expect(owner.composer()).to_have_value("1. one\n2. two\n")
    await owner.page.keyboard.press("Enter")
    await expect(owner.log.get_by_role("listitem").filter(has_text="two")).to_be_visible()


@pytest.mark.extended("web/tests draw the same text")
async def test_what_will_be_shown_can_be_looked_at_before(owner: Visitor, axe: str) -> None:
    await owner.button("Preview").click()
    await type_in(owner, "some **bold** words")
    preview = owner.page.get_by_role("region", name="Preview")
    await expect(preview.get_by_text("bold", exact=True)).to_have_css("font-weight", re.compile("[67]00|bolder"))
    assert await found(owner, axe) == []
    await owner.button("Back to editing").click()
    await expect(preview).to_have_count(0)
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("web/tests colour it")
async def test_code_is_coloured_and_copied(visit: Visit, community: Community, axe: str) -> None:
    await community.member.send(community.channel, '```py\ndef greet():\n    return "hello"\n```')
    visitor = await visit(community.owner, permissions=["clipboard-read", "clipboard-write"])
    await visitor.open_server("Club")
    code = visitor.page.get_by_role("group", name="Code, py")
    await expect(code.locator(".keyword").first).to_have_text("def")
    await expect(code.locator(".string")).to_have_text('"hello"')
    assert await found(visitor, axe) == []
    await code.hover()
    await visitor.button("Copy code").click()
    assert await visitor.page.evaluate("navigator.clipboard.readText()") == 'def greet():\n    return "hello"'


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_the_emoji_picker_by_keys(owner: Visitor, axe: str) -> None:
    await owner.composer().press("Control+Shift+e")
    picker = owner.page.get_by_role("dialog", name="Choose an emoji")
    await expect(picker.get_by_role("searchbox")).to_be_focused()
    await expect(picker.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    assert await found(owner, axe) == []
    await owner.page.keyboard.type("octopus")
    await expect(picker.get_by_role("button")).to_have_count(1)
    await owner.page.keyboard.press("Enter")
    await expect(owner.composer()).to_have_value("🐙")
    await expect(owner.composer()).to_be_focused()
    await owner.page.keyboard.press("Control+Shift+e")
    await expect(picker.get_by_role("tab", name="Recently used")).to_have_attribute("aria-selected", "true")
    await owner.page.keyboard.press("ArrowDown")
    await expect(picker.get_by_role("button", name="octopus")).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await expect(picker).to_have_count(0)
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_the_emoji_picker_is_one_scroll(owner: Visitor) -> None:
    await owner.button("Emoji").click()
    picker = owner.page.get_by_role("dialog", name="Choose an emoji")
    await expect(picker.get_by_role("button", name="grinning face", exact=True)).to_be_in_viewport()
    flags, smileys = (picker.get_by_role("tab", name=each) for each in ("Flags", "Smileys and emotion"))
    await expect(picker.get_by_role("tab", name="Recently used")).to_have_count(0)
    await flags.click()
    await expect(picker.get_by_role("button", name="pirate flag")).to_be_in_viewport()
    await expect(flags).to_have_attribute("aria-selected", "true")
    await picker.get_by_role("button", name="pirate flag").hover()
    await expect(picker).to_contain_text(":pirate_flag:")
    await picker.get_by_role("tabpanel").evaluate("list => list.scrollTo(0, 0)")
    await expect(smileys).to_have_attribute("aria-selected", "true")
    await picker.get_by_role("button", name="grinning face", exact=True).focus()
    await owner.page.keyboard.press("ArrowDown")
    await expect(picker.get_by_role("button", name="smiling face with smiling eyes")).not_to_be_focused()
    await owner.page.keyboard.press("ArrowUp")
    await expect(picker.get_by_role("button", name="grinning face", exact=True)).to_be_focused()
    await owner.page.keyboard.press("ArrowUp")
    await expect(picker.get_by_role("searchbox")).to_be_focused()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_names_of_emoji_that_are_pasted_become_emoji(owner: Visitor) -> None:
    await type_in(owner, ":ta")
    await expect(offers(owner, "Emoji").get_by_role("option").first).to_have_text(re.compile("party popper *:tada:"))
    await owner.composer().fill("")
    paste = """(field, words) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", words);
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }"""
    await owner.composer().evaluate(paste, "done :tada: at 10:30:15, :nothing: and :octopus:")
    await expect(owner.composer()).to_have_value("done 🎉 at 10:30:15, :nothing: and 🐙")


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_emoji_have_arabic_names(owner: Visitor) -> None:
    page = owner.page
    await page.evaluate("localStorage.setItem('coterie-language', 'ar')")
    await page.reload()
    field = page.get_by_role("textbox", name=re.compile("general"))
    await field.press("Control+Shift+e")
    picker = page.get_by_role("dialog", name="اختيار رمز تعبيري")
    await expect(picker.get_by_role("button", name="وجه بابتسامة عريضة", exact=True)).to_be_visible()
    await picker.get_by_role("searchbox").fill("أخطبوط")
    await expect(picker.get_by_role("button")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("🐙")
    await field.fill("")
    await field.press_sequentially(":أخطب")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(re.compile("أخطبوط"))


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_reacting_with_any_emoji_by_keys(owner: Visitor, community: Community) -> None:
    await community.member.send(community.channel, "who likes it?")
    await owner.sees("who likes it?")
    await owner.message("who likes it?").focus()
    await owner.page.keyboard.press("+")
    picker = owner.page.get_by_role("dialog", name="Choose an emoji")
    await expect(picker.get_by_role("searchbox")).to_be_focused()
    await owner.page.keyboard.type("octopus")
    await expect(picker.get_by_role("button")).to_have_count(1)
    await owner.page.keyboard.press("Enter")
    await expect(owner.message("who likes it?").get_by_role("button", name="🐙, 1")).to_be_visible()
    await expect(owner.message("who likes it?")).to_be_focused()


@pytest.mark.extended("what the message field offers and formats is tried above, and each rule by the client's tests")
async def test_the_field_is_as_tall_as_its_text_when_the_window_gets_narrow(owner: Visitor) -> None:
    await owner.composer().fill("many words " * 12)
    await owner.page.set_viewport_size({"width": 400, "height": 700})
    fits = "() => (([field]) => field.scrollHeight <= field.clientHeight && field.clientHeight > 80)"
    await owner.page.wait_for_function(fits + "(document.querySelectorAll('main textarea'))")
