"""The console of the instance's administrators: people, servers, figures, the log and the health."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from coterie.database.pool import OwnConnection
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_reports import account_section
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community, Person
from tests.reports.calls import promote
from tests.serving import Register
from tests.variants import in_test_all

__all__ = ["axe"]


LANGUAGES: Final = Path(__file__).parents[2] / "web/src/text/languages"


def texts(language: str) -> dict[str, Any]:
    """The texts of the settings."""
    found: dict[str, Any] = json.loads((LANGUAGES / f"{language}.json").read_text())["later"]["settings"]
    return found


async def pane_of(visitor: Visitor, name: str) -> Locator:
    await visitor.page.get_by_role("tab", name=name, exact=True).click()
    return visitor.page.get_by_role("tabpanel", name=name, exact=True)


@pytest.fixture
async def chief(visit: Visit, register: Register, rows: OwnConnection) -> Visitor:
    """An administrator of the instance who looks at the console."""
    person: Person = await register("chief")
    await promote(rows, person)
    visitor = await visit()
    await visitor.log_in(person.username)
    await account_section(visitor, "Administration")
    return visitor


@pytest.mark.extended("tests/administration tests it over sockets")
async def test_who_is_disabled_is_out_at_once(chief: Visitor, visit: Visit, community: Community, axe: str) -> None:
    member = await visit(community.member, place=community.place)
    member.has_left = True  # its requests are refused from then on
    name = community.member.username
    people = await pane_of(chief, "People")
    await people.get_by_label("Find by name or email").fill(name)
    await expect(people.get_by_role("status")).to_have_text("1 account")
    actions = people.get_by_role("button", name=f"Actions for {name}")
    assert await found_in_themes(chief, axe, BY_DAY_AND_NIGHT) == []

    async def choose(action: str) -> None:
        await actions.focus()
        await chief.page.keyboard.press("Enter")
        await chief.page.get_by_role("menuitem", name=action).click()

    await choose("Disable account")
    await expect(chief.page.get_by_text(f"{name} is disabled and logged out.").first).to_be_visible()
    await expect(people.get_by_text("Disabled", exact=True)).to_be_visible()
    await expect(member.page.get_by_role("button", name="Log in")).to_be_visible()
    await member.page.get_by_label("Username").first.fill(name)

    await choose("Enable account")
    await expect(people.get_by_text("Disabled", exact=True)).to_have_count(0)
    await choose("Create reset link")
    await expect(people.get_by_role("region", name=f"Reset link for {name}")).to_be_focused()
    await people.get_by_role("button", name="Done").click()

    await choose("Delete account")
    dialog = chief.page.get_by_role("alertdialog", name=f"Delete the account {name}?")
    await expect(dialog.get_by_role("button", name="Delete account")).to_be_disabled()
    await dialog.get_by_role("textbox").fill(name)
    assert await found_in_themes(chief, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(dialog).to_have_count(0)
    await expect(people.get_by_text("No account found.")).to_be_visible()
    log = await pane_of(chief, "Activity log")
    await expect(log.get_by_text("deleted an account").first).to_be_visible()
    await expect(log.get_by_text("disabled the account").first).to_be_visible()


async def test_a_server_is_deleted_after_its_name_was_typed(chief: Visitor, register: Register) -> None:
    owner = await register("owner")
    await owner.expect(201, "POST", "/api/servers", {"name": "Doomed den"})
    servers = await pane_of(chief, "Servers")
    await servers.get_by_label("Find by name").fill("doomed")
    await servers.get_by_role("button", name="Delete the server Doomed den").click()
    dialog = chief.page.get_by_role("alertdialog", name="Delete the server Doomed den")
    await dialog.get_by_role("textbox").fill("Doomed")
    await expect(dialog.get_by_role("button", name="Delete server")).to_be_disabled()
    await dialog.get_by_role("textbox").fill("Doomed den")
    await dialog.get_by_role("button", name="Delete server").click()
    await expect(servers.get_by_text("No server found.")).to_be_visible()


@pytest.mark.extended("tests/administration compares the figures")
@pytest.mark.parametrize(
    ("width", "language"), [(360, "ar"), *in_test_all("the narrowest from the right", (360, "en"), (1100, "en"))]
)
async def test_figures_are_pictures_and_tables(
    visit: Visit, register: Register, rows: OwnConnection, community: Community, axe: str, width: int, language: str
) -> None:
    await community.member.send(community.channel, "counted")
    person = await register("chief")
    await promote(rows, person)
    visitor = await visit(person, viewport={"width": width, "height": 800})
    if width < 800:
        await visitor.button("Show servers and channels").click()
    await account_section(visitor, "Appearance and language")
    if language != "en":
        await visitor.page.get_by_label("Language", exact=True).select_option(language)
        await expect(visitor.page.locator("html")).to_have_attribute("dir", "rtl")
    words = texts(language)
    await visitor.page.get_by_role("tab", name=words["instance"]["title"], exact=True).click()
    console = words["administration"]
    figures = await pane_of(visitor, console["statistics"]["title"])
    chart = figures.get_by_role("figure", name=console["statistics"]["messagesByDay"])
    await chart.get_by_text(console["statistics"]["table"]).focus()
    await visitor.page.keyboard.press("Enter")
    await expect(chart.get_by_role("row")).to_have_count(31)
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    people = await pane_of(visitor, console["people"]["title"])
    await expect(people.get_by_role("listitem").first).to_be_visible()
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    health = await pane_of(visitor, console["health"]["title"])
    await expect(health.get_by_role("status")).to_contain_text(console["health"]["ok"])
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    across = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert across <= width
