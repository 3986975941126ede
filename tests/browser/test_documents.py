"""Several people write one document at once, over a real server: nothing that was typed is lost, whatever goes away."""

import asyncio
import re
from typing import Final

import pytest
from playwright.async_api import Route, expect

from tests.browser import test_accessibility
from tests.browser.conftest import Visit
from tests.browser.documents import TITLE, Writer, begin, choose, opened, stored, until
from tests.browser.test_accessibility import found
from tests.browser.visitor import Visitor
from tests.documents.test_cursors import Watching, at
from tests.people import Browser, Community
from tests.ports import reserved_port
from tests.serving import serving, settings_for

axe: Final = test_accessibility.axe

WRITTEN: Final = """() => new Promise(resolve => {
    const opening = indexedDB.open("coterie-documents");
    opening.onsuccess = () => {
        const reading = opening.result.transaction("unsent").objectStore("unsent").getAll();
        reading.onsuccess = () => {
            opening.result.close();
            resolve(JSON.stringify(reading.result.map(({ since }) => [since.written, since.pending])));
        };
    };
})"""
"""What the browser keeps of the edits since a text that the server knew."""


@pytest.fixture
async def document(community: Community) -> str:
    return await begin(community.owner, community.channel, "one\ntwo\n")


async def test_two_people_write_at_once(owner: Visitor, member: Visitor, community: Community, document: str) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ann.types("", "Control+Home")
    await ben.types("", "Control+End")
    await asyncio.gather(
        ann.types("Ann wrote this with 😀 and e\u0301."),
        ben.types("בן כתב את זה. Ben's.\nAnd more."),
    )
    parts = ("Ann wrote this with 😀 and e\u0301.", "בן כתב את זה. Ben's.\nAnd more.", "two")
    assert await ann.sees(*parts) == await ben.sees(*parts)
    await ann.is_saved()
    await ben.is_saved()
    assert await stored(community.owner, document) == await ann.text()


@pytest.mark.extended("web/tests/documents has every kind")
async def test_line_ends_of_elsewhere_stay(owner: Visitor, community: Community) -> None:
    document = await begin(community.owner, community.channel, "first\r\nsecond\r\nlast")
    ann = await opened(owner)
    await ann.types("😀 ", "Control+Home")
    await ann.types("\nmore", "Control+End")
    await ann.is_saved()
    await until(lambda: stored(community.owner, document), lambda text: text == "😀 first\r\nsecond\r\nlast\r\nmore")


@pytest.mark.extended(
    "test_what_is_written_offline_waits_visibly_and_goes_in_order, and tests/laws/test_documents.py merges"
)
async def test_what_was_written_offline_merges(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ann.types("", "Control+End")
    await owner.page.context.set_offline(True)
    await ann.types("written offline")
    await ann.is_away()
    await ben.types("while Ann was away, ", "Control+Home")
    await ben.is_saved()
    assert "offline" not in await stored(community.owner, document)
    await owner.page.context.set_offline(False)
    parts = ("while Ann was away, one", "two\nwritten offline")
    assert await ann.sees(*parts) == await ben.sees(*parts)


@pytest.mark.extended("the merging of edits is tried by the laws and the client's tests, and a document's life above")
async def test_unsent_edits_outlast_a_reload(owner: Visitor, community: Community, document: str) -> None:
    ann = await opened(owner)
    await ann.types("", "Control+Home")

    async def lose(route: Route) -> None:
        if route.request.method == "PUT":
            await route.abort()
        else:
            await route.fallback()

    await owner.page.route("**/sync/documents/**", lose)
    await ann.types("kept, ")

    async def written() -> str:
        return "".join(re.findall('"([^"]*)"', await owner.page.evaluate(WRITTEN)))

    await until(written, lambda text: "kept, " in text)
    await owner.page.unroute("**/sync/documents/**")
    await owner.page.reload()
    await ann.sees("kept, one")
    await ann.is_saved()
    assert (await stored(community.owner, document)).count("kept, ") == 1


@pytest.mark.extended("the laws repeat edits")
async def test_an_edit_whose_answer_was_lost_is_there_once(owner: Visitor, community: Community, document: str) -> None:
    ann = await opened(owner)
    await ann.types("", "Control+Home")
    lost = 0

    async def lose_the_answer(route: Route) -> None:
        nonlocal lost
        if route.request.method == "PUT" and lost < 2:
            lost += 1
            await route.fetch()
            await route.abort()
        else:
            await route.fallback()

    await owner.page.route("**/sync/documents/**", lose_the_answer)
    await ann.types("once, ")
    await ann.is_saved()
    assert lost == 2
    assert await stored(community.owner, document) == "once, one\ntwo\n"
    assert await ann.text() == "once, one\ntwo\n"


@pytest.mark.extended("the merging of edits is tried by the laws and the client's tests, and a document's life above")
async def test_nothing_is_lost_while_the_server_restarts(visit: Visit, database_url: str, browser: Browser) -> None:
    settings = settings_for(database_url, SERVER_PORT=str(reserved_port()))
    async with serving(settings) as first:
        alice = await visit(url=first.url)
        await alice.register("alice")
        await alice.create_server("Club")
        await alice.open_channel("general")
        await alice.button("Documents").click()
        await alice.button("New document").click()
        await alice.page.get_by_label("Title").fill(TITLE)
        await alice.page.get_by_role("dialog", name="New document").get_by_role("button", name="New document").click()
        ann = Writer(alice)
        await ann.types("before, ")
        await ann.is_saved()
        typing = asyncio.create_task(ann.types("".join(f"{number} " for number in range(60))))
        await until(ann.text, lambda text: " 10 " in text)
    async with serving(settings) as second:
        await typing
        await alice.page.evaluate("dispatchEvent(new Event('online'))")  # instead of waiting for the next attempt
        expected = "before, " + "".join(f"{number} " for number in range(60))
        await until(ann.text, lambda text: text == expected)
        await ann.is_saved()
        await alice.page.reload()
        await until(ann.text, lambda text: text == expected)
        assert second.url == first.url


@pytest.mark.extended("the merging of edits is tried by the laws and the client's tests, and a document's life above")
async def test_only_your_own_edits_are_undone(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ann.inserts("Ann ", "Control+Home")  # typed with pauses, it would be undone in steps
    await ben.sees("Ann one")
    await ben.inserts("Ben ", "Control+Home")
    await ann.sees("Ben Ann one")
    await owner.page.keyboard.press("Control+z")
    await ben.sees("Ben one")
    await owner.button("Redo").click()
    assert await ben.sees("Ann ") == await ann.sees("Ben ")


@pytest.mark.extended("tests/documents tests cursors over sockets")
async def test_people_see_where_others_are(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ben.types("", "Control+Home")
    caret = owner.page.locator(".peer")
    await expect(caret).to_have_text(community.member.username)
    presence = owner.page.get_by_role("img", name=re.compile("^In this document"))
    await expect(presence).to_have_accessible_name(f"In this document: {community.member.username}")
    await member.page.keyboard.press("Shift+Control+End")
    await expect(owner.page.locator(".peer-selection").first).to_be_visible()
    await ann.types("x", "Control+Home")
    await member.button("Back to #general").click()
    await expect(caret).to_have_count(0)
    await expect(presence).to_have_count(0)
    program = await Watching(community.member, document, "program")
    assert await at(community.member, document, "program", (1, 2)) == 200
    await expect(caret).to_have_text("Someone")
    program.close()
    await expect(caret).to_have_count(0)


@pytest.mark.extended(
    "tests/documents/test_history.py restores, and test_a_document_from_its_beginning_to_its_end opens the same pages"
)
async def test_history_and_restore(
    owner: Visitor, member: Visitor, community: Community, document: str, axe: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ben.types("Ben was here. ", "Control+Home")
    await ann.sees("Ben was here. one")
    await owner.button(f"{TITLE}: document menu").click()
    await owner.page.get_by_role("menuitem", name="History").click()
    dialog = owner.page.get_by_role("dialog", name=f"History of {TITLE}")
    changes = dialog.get_by_role("list", name="Changes").get_by_role("button")
    await expect(changes.first).to_contain_text(community.member.username)
    await expect(changes.first).to_contain_text("14 added, 0 removed")
    await ben.types("And is. ", "Control+Home")
    await ben.is_saved()
    await changes.first.click()  # it is no longer the newest
    compared = dialog.get_by_role("textbox")
    await expect(compared).to_have_text("And is. Ben was here. oneBen was here. onetwo")
    await changes.last.click()
    await expect(compared).to_have_text("And is. Ben was here. oneonetwo")
    await expect(dialog.get_by_text(re.compile("^Highlighted: what restoring"))).to_be_visible()
    assert await found(owner, axe) == []
    await dialog.get_by_role("button", name="Restore this version").click()
    await until(ben.text, lambda text: text == "one\ntwo\n")
    await until(ann.text, lambda text: text == "one\ntwo\n")


@pytest.mark.extended("tests/documents/test_history.py names who wrote what")
async def test_who_wrote_what(owner: Visitor, member: Visitor, community: Community, document: str) -> None:
    ben = await opened(member)
    await ben.types("Ben. ", "Control+Home")
    await ben.is_saved()
    ann = await opened(owner)
    await ann.sees("Ben. one")
    await owner.button("Show who wrote what").click()
    marks = owner.page.locator(".written")
    await expect(marks.first).to_have_text("Ben. ")
    await expect(marks.first).to_have_attribute("title", re.compile(f"^{community.member.username}, "))
    await ben.types("More. ")
    await expect(marks.first).to_have_text("Ben. More. ")
    await ann.types("", "Control+Home")
    await owner.page.keyboard.press("ArrowRight")
    await expect(owner.page.get_by_text(re.compile(f"^{community.member.username}, "))).to_be_visible()
    await owner.button("Hide who wrote what").click()
    await expect(marks).to_have_count(0)


@pytest.mark.extended("tests/documents refuses the same")
async def test_without_the_right_to_write_you_read(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ben.types("x", "Control+End")
    await ben.is_saved()
    silence = {"user_id": community.member.id, "allow": 0, "deny": 2}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", silence)
    await expect(member.page.get_by_text("You can read this document, but not edit it.")).to_be_visible()
    await expect(ben.box).to_have_attribute("aria-readonly", "true")
    await ann.types("still followed, ", "Control+Home")
    await ben.sees("still followed, one")
    await member.button("Back to #general").click()
    await member.button("Documents").click()
    await expect(member.page.get_by_role("dialog").get_by_text(TITLE)).to_be_visible()
    await expect(member.button("New document")).to_have_count(0)


async def test_a_document_from_its_beginning_to_its_end(
    owner: Visitor, member: Visitor, community: Community, axe: str
) -> None:
    await owner.button("Documents").click()
    await expect(owner.page.get_by_text("No documents here yet")).to_be_visible()
    assert await found(owner, axe) == []
    await owner.button("New document").click()
    await owner.page.get_by_label("Title").fill("Agenda")
    await owner.page.get_by_role("dialog", name="New document").get_by_role("button", name="New document").click()
    ann = Writer(owner, "Agenda")
    await ann.types("# Friday\n- tea")
    await ann.is_saved()
    await choose(owner, "Agenda", "Pin to the channel header")
    await member.button("Open Agenda").click()
    ben = Writer(member, "Agenda")
    await ben.sees("# Friday\n- tea")
    await choose(owner, "Agenda", "Rename")
    await owner.page.get_by_label("Title").fill("Plan")
    await owner.button("Save").click()
    await expect(member.page.get_by_role("heading", name="Plan", level=1)).to_be_visible()
    await choose(owner, "Plan", "Archive")
    await expect(member.page.get_by_text("This document is archived.")).to_be_visible()
    await choose(owner, "Plan", "Restore")
    await expect(member.page.get_by_text("This document is archived.")).to_be_hidden()
    await Writer(member, "Plan").types("!", "Control+End")
    await until(Writer(owner, "Plan").text, lambda text: text.endswith("tea!"))
    await choose(owner, "Plan", "Delete")
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(
        member.page.get_by_text("This document was deleted, or you no longer have access to it.")
    ).to_be_visible()
    await expect(owner.composer()).to_be_visible()


@pytest.mark.extended("the merging of edits is tried by the laws and the client's tests, and a document's life above")
async def test_the_address_leads_to_it_and_it_can_be_read(
    visit: Visit, community: Community, document: str, axe: str
) -> None:
    text = "# Rules\n\n- [x] **bold** <img src=x onerror=alert(1)>\n- [link](https://example.org)\n\nשלום"  # noqa: RUF001
    document = await begin(community.owner, community.channel, text, "Reading")
    visitor = await visit(community.member)
    server = community.server
    await visitor.page.goto(f"{visitor.url}/#/s/{server}/{community.channel}/d/{document}")
    await visitor.page.reload()
    reader = Writer(visitor, "Reading")
    await reader.sees("# Rules")
    await visitor.button("Read", exact=True).click()
    page = visitor.page.get_by_role("region", name="Text of Reading")
    await expect(page.get_by_role("heading", name="Rules", level=2)).to_be_visible()
    await expect(page.get_by_role("link", name="link")).to_have_attribute("href", "https://example.org")
    await expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert await found(visitor, axe) == []
    await visitor.button("Edit", exact=True).click()
    await expect(reader.box).to_be_visible()
    assert await found(visitor, axe) == []


@pytest.mark.extended("the editor's library finds and replaces")
async def test_what_is_looked_for_is_found_and_replaced_in_the_whole_text(
    owner: Visitor, community: Community, axe: str
) -> None:
    lines = "".join(f"Apple {number}\n" for number in range(400))
    document = await begin(community.owner, community.channel, f"an apple\n{lines}the end\n", "Fruit")
    ann = await opened(owner, "Fruit")
    page, keyboard = owner.page, owner.page.keyboard
    await ann.types("", "Control+Home")
    await keyboard.press("Control+F")
    field = page.get_by_role("textbox", name="Find")
    await expect(field).to_be_focused()
    await keyboard.type("apple")
    bar = page.get_by_role("search", name="Find in the document")
    for key, place in (
        ("", "1 of 401"),
        ("Enter", "2 of 401"),
        ("Shift+Enter", "1 of 401"),
        ("Shift+F3", "401 of 401"),
    ):
        if key:
            await keyboard.press(key)
        await expect(bar.get_by_role("status")).to_have_text(place)
    await expect(page.locator(".cm-searchMatch-selected")).to_have_text("Apple")
    await expect(page.get_by_text("the end")).to_be_in_viewport()
    assert await found(owner, axe) == []
    await bar.get_by_role("textbox", name="Replace with").fill("pear")
    await bar.get_by_role("button", name="Replace all").click()
    await expect(bar.get_by_role("status")).to_have_text("No results")
    await field.press("Escape")
    await expect(bar).to_have_count(0)
    await expect(ann.box).to_be_focused()
    await ann.is_saved()
    expected = f"an pear\n{lines.replace('Apple', 'pear')}the end\n"
    assert await stored(community.owner, document) == expected
    await keyboard.press("Control+Z")
    await until(ann.text, lambda text: text.startswith("an apple\nApple 0"))
    await owner.button("Read").click()
    await owner.button("Fruit: document menu").click()
    await owner.page.get_by_role("menuitem", name="Find in document").click()
    await expect(field).to_be_focused()
