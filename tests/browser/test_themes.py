"""In every theme axe finds nothing on any screen; languages and sizes of text change the page as they should."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.calling import enter, hears
from tests.browser.conftest import Visit
from tests.browser.files import pick, picture
from tests.browser.test_accessibility import axe
from tests.browser.themes import THEMES, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community, befriend

pytestmark = pytest.mark.extended("how it looks; test_accessibility examines every screen in both themes")

__all__ = ["axe"]


class Inspector:
    """Walks through the client as a user, and runs axe on each screen."""

    def __init__(self, visitor: Visitor, axe: str) -> None:
        self.visitor, self.page, self.axe = visitor, visitor.page, axe

    async def looks(self) -> None:
        assert await found_in_themes(self.visitor, self.axe) == []

    async def menu(self, button: str | re.Pattern[str], entry: str | None = None) -> None:
        await self.visitor.button(button).first.click()
        await expect(self.page.get_by_role("menu")).to_be_visible()
        await self.looks()
        if entry is None:
            await self.page.keyboard.press("Escape")
        else:
            await self.page.get_by_role("menuitem", name=entry).click()

    async def dialog(self) -> None:
        """Checks what is open, and closes it."""
        await expect(self.page.locator("dialog[open]")).to_be_visible()
        await self.looks()
        await self.page.keyboard.press("Escape")
        await expect(self.page.locator("dialog[open]")).to_have_count(0)

    async def sections(self) -> None:
        """Every section of the settings that are open."""
        tabs = self.page.locator("dialog[open]").get_by_role("tab")
        await expect(tabs.first).to_be_visible()
        for tab in await tabs.all():
            await tab.click()
            await expect(tab).to_have_attribute("aria-selected", "true")
            await expect(self.page.locator("dialog[open] [aria-busy=true]")).to_have_count(0)
            await self.looks()
        await self.page.keyboard.press("Escape")


async def test_axe_finds_nothing(visit: Visit, community: Community, axe: str) -> None:
    owner, member = community.owner, community.member
    await befriend(owner, member)
    await member.send(community.channel, "**bold** `code`\n> quoted")
    visitor = await visit()
    inspector = Inspector(visitor, axe)
    await visitor.button("Appearance and language").click()
    await inspector.dialog()
    await visitor.log_in(owner.username)
    await inspector.looks()
    await visitor.button("Create a server").first.click()
    await inspector.dialog()
    await inspector.menu("Your account and status", "Account settings")
    await inspector.sections()
    await inspector.menu("Your account and status", "Set a custom status")
    await inspector.dialog()

    await visitor.open_server("Club")
    await visitor.open_channel("general")
    await visitor.sees("bold")
    await inspector.menu("Club: server menu", "Server settings")
    await inspector.sections()
    await visitor.choose("Create channel")
    await inspector.dialog()
    await visitor.log.get_by_role("button", name=member.username).click()
    await inspector.dialog()
    await visitor.button("Search messages").click()
    await expect(visitor.page.get_by_role("searchbox")).to_be_visible()
    await inspector.looks()
    await visitor.page.keyboard.press("Escape")
    await visitor.button(re.compile("^Inbox")).first.click()
    await inspector.looks()
    await visitor.page.keyboard.press("Escape")


TINTS = [
    *(f"hsl({hue}, 100%, {light}%)" for hue in range(0, 360, 30) for light in (15, 50, 85)),
    *("#000", "white", "transparent", "no such colour"),
]
CONTRASTS = """
(name, tints) => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const grounds = ["--paper", "--side", "--highlight"];
  function paint(color) {
    brush.fillStyle = color;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }
  function light(pixel) {
    const [red, green, blue] = pixel.map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  const shown = name.cloneNode(true);
  name.after(shown);
  const ratios = tints.flatMap((tint) => {
    shown.style.setProperty("--tint", tint);
    const ink = light(paint(getComputedStyle(shown).color));
    return grounds.map((ground) => {
      const shade = document.createElement("i");
      shade.style.color = `var(${ground})`;
      shown.append(shade);
      const behind = light(paint(getComputedStyle(shade).color));
      const [less, more] = [ink, behind].sort((one, other) => one - other);
      return [`${tint} on ${ground}`, (more + 0.05) / (less + 0.05)];
    });
  });
  shown.remove();
  return ratios;
}
"""


async def test_names_in_the_colours_of_roles_can_be_read(visit: Visit, community: Community) -> None:
    role = {"name": "Keepers", "color": "#8a2be2"}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/roles", role)
    visitor = await visit(community.owner)
    await visitor.open_server("Club")
    await visitor.open_channel("general")
    await visitor.say("hello")
    name = visitor.log.locator("strong", has_text=community.owner.username).last
    await expect(name).not_to_have_class("tinted")
    whose = f"/api/servers/{community.server}/members/{community.owner.id}/roles/{made['id']}"
    await community.owner.expect(204, "PUT", whose)
    await expect(name).to_have_class("tinted")
    await expect(visitor.page.get_by_role("complementary").locator(".tinted")).to_have_count(1)
    for media in THEMES.values():
        await visitor.page.emulate_media(**media)
        ratios = await name.evaluate(CONTRASTS, TINTS)
        assert [each for each in ratios if each[1] < 4.5] == []


async def test_axe_finds_nothing_around_messages(visit: Visit, community: Community, axe: str) -> None:
    visitor = await visit(community.owner)
    inspector, page = Inspector(visitor, axe), visitor.page
    await visitor.open_server("Club")
    await visitor.open_channel("general")
    await pick(visitor, picture("beach.png"))
    await expect(page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(1)
    await inspector.looks()
    await visitor.say("from the holidays")
    await visitor.log.get_by_role("button", name="Open picture beach.png").click()
    await inspector.dialog()
    for keys in ("Control+k", "Control+/"):
        await page.keyboard.press(keys)
        await inspector.dialog()
    await visitor.button("Pinned messages").click()
    await expect(page.get_by_role("region", name="Pinned messages")).to_be_visible()
    await inspector.looks()
    await visitor.button("Pinned messages").click()
    await visitor.button("Emoji").click()
    await expect(page.get_by_role("tablist").get_by_role("tab", selected=True)).to_be_visible()
    await inspector.looks()
    await page.keyboard.press("Escape")
    await visitor.act_on("from the holidays", "Open thread")
    await expect(page.get_by_role("textbox", name="Reply in thread")).to_be_visible()
    await inspector.looks()


async def test_axe_finds_nothing_in_a_call(call: Visit, community: Community, axe: str) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    await member.button("Share your screen").click()
    screen = owner.button(f"Screen of {community.member.username}, enlarge")
    await expect(screen).to_be_visible()
    assert await found_in_themes(owner, axe) == []
    await screen.click()
    await expect(owner.button("Make smaller")).to_be_visible()
    assert await found_in_themes(owner, axe) == []


async def test_the_browsers_language_is_spoken_until_one_is_chosen(visit: Visit, community: Community) -> None:
    visitor = await visit(locale="de-AT")
    page = visitor.page
    await expect(visitor.button("Anmelden")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await visitor.button("Aussehen und Sprache").click()
    await page.get_by_label("Sprache", exact=True).select_option("ar")
    await expect(page.get_by_role("heading", name="المظهر واللغة")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await page.reload()
    await expect(visitor.button("تسجيل الدخول")).to_be_visible()
    await page.locator("input[autocomplete=username]").fill(community.owner.username)
    await page.locator("input[type=password]").fill("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("اسم المستخدم أو كلمة المرور غير صحيحة.")).to_be_visible()
    # The browser itself says that the password was refused.
    visitor.complaints.clear()


async def test_twice_the_text_is_not_cut(visit: Visit, community: Community) -> None:
    visitor = await visit(viewport={"width": 390, "height": 800})
    page = visitor.page
    await page.evaluate("localStorage.setItem('coterie-size', '2')")
    await page.reload()
    await visitor.log_in(community.owner.username)
    assert await beyond(page) == []
    await visitor.button("Open Club").first.click()
    await expect(visitor.composer()).to_be_visible()
    assert await beyond(page) == []


async def beyond(page: Page) -> list[str]:
    """What reaches beyond the sides of the window, where it cannot be read or pressed."""
    names: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('main button, main h1, main h2, main p, header button')]
            .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest('[inert], .unseen'))
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
            .map((each) => each.ariaLabel || each.textContent)"""
    )
    return names
