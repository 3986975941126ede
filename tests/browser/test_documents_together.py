"""What people see of each other in a document, and what each can do in it, in a conversation as in a channel."""

import asyncio
import operator
import re
from functools import partial
from typing import Final

import pytest
from playwright.async_api import Route, expect

from tests.browser.cable import cable
from tests.browser.conftest import Visit, inside
from tests.browser.documents import TITLE, Writer, begin, opened, stored, until
from tests.browser.visitor import Visitor
from tests.people import Community, befriend
from tests.serving import LiveServer

pytestmark = pytest.mark.extended(
    "editing together; tests/documents and the laws test it over sockets, and test_documents in a browser"
)

LAG_SECONDS: Final = 0.3
LONG: Final = "".join(f"## Part {part}\n\n- [ ] a task\n- **bold** and `code`\n\n" for part in range(12_000))

BEFORE_CARET: Final = """caret => {
    const line = caret.closest(".cm-line")?.cloneNode(true);
    if (!line) return "drawn again";
    const range = document.createRange();
    range.setStart(line, 0);
    range.setEndBefore(line.querySelector(".peer"));
    return range.toString();
}"""

KEPT: Final = """() => new Promise(resolve => {
    const opening = indexedDB.open("coterie-documents");
    opening.onsuccess = () => {
        const reading = opening.result.transaction(["unsent", "origins"]);
        const [records, origins] = ["unsent", "origins"].map(name => reading.objectStore(name).getAll());
        reading.oncomplete = () => {
            opening.result.close();
            resolve([JSON.stringify(records.result).length, origins.result.length]);
        };
    };
})"""


@pytest.fixture
async def document(community: Community) -> str:
    return await begin(community.owner, community.channel, "one\ntwo\n")


@pytest.mark.parametrize("kind", ["direct", "group"])
async def test_in_a_conversation(visit: Visit, community: Community, kind: str) -> None:
    people = [community.member] if kind == "direct" else [community.member, community.outsider]
    for person in people:
        await befriend(community.owner, person)
    body = {"participant_ids": [person.id for person in people]}
    status = 200 if kind == "direct" else 201  # friends have a conversation
    conversation = (await community.owner.expect(status, "POST", "/api/conversations", body))["id"]
    visitors = [await visit(person) for person in (community.owner, community.member)]
    for visitor in visitors:
        await visitor.page.evaluate(f"location.hash = '#/c/{conversation}'")
    await visitors[0].button("Documents").click()
    await visitors[0].button("New document").click()
    await visitors[0].page.get_by_label("Title").fill(TITLE)
    await visitors[0].page.keyboard.press("Enter")
    ann, ben = Writer(visitors[0]), await opened(visitors[1])
    await ann.types("Ann. ")
    await ben.sees("Ann. ")
    await ben.types("Ben. ", "Control+End")
    await ann.sees("Ann. Ben. ")
    await ben.is_saved()
    await visitors[1].button(f"{TITLE}: document menu").click()
    menu = visitors[1].page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem", name="Rename")).to_be_visible()
    await expect(menu.get_by_role("menuitem", name="Delete")).to_have_count(0)


async def test_carets_have_names_and_move(owner: Visitor, member: Visitor, community: Community, document: str) -> None:
    ann, ben = await opened(owner), await opened(member)
    await ben.types("", "Control+Home")
    caret = owner.page.locator(".peer")
    await expect(caret).to_have_text(community.member.username)

    async def place() -> str:
        before: str = await caret.evaluate(BEFORE_CARET)
        return before

    await until(place, lambda before: before == "")
    for expected in ("o", "on"):
        await member.page.keyboard.press("ArrowRight")
        await until(place, partial(operator.eq, expected))
    await ann.types("Ann: ", "Control+Home")
    await until(place, lambda before: before == "Ann: on")
    await member.page.keyboard.type("!")
    await until(place, lambda before: before == "Ann: on!")
    await ben.sees("Ann: on!e")


async def one_within_the_other(owner: Visitor, member: Visitor) -> tuple[Writer, Writer]:
    """Ben writes inside of what Ann wrote, before the first line."""
    ann, ben = await opened(owner), await opened(member)
    await ann.types("left right ", "Control+Home")
    await ben.sees("left right one")
    await ben.types("", "Control+Home")
    for _ in "left":
        await member.page.keyboard.press("ArrowRight")
    await member.page.keyboard.type(" Ben")
    return ann, ben


async def test_undo_leaves_what_others_wrote_within_and_around(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await one_within_the_other(owner, member)
    await ann.sees("left Ben right one")
    await owner.page.keyboard.press("Control+z")
    await until(ann.text, lambda text: text == " Benone\ntwo\n")
    await until(ben.text, lambda text: text == " Benone\ntwo\n")
    await owner.page.keyboard.press("Control+y")
    await until(ben.text, lambda text: text == "left Ben right one\ntwo\n")
    await ben.box.focus()
    await member.page.keyboard.press("Control+z")
    await until(ann.text, lambda text: text == "left right one\ntwo\n")


async def test_no_letter_is_lost_under_lag(
    visit: Visit, live_server: LiveServer, community: Community, document: str
) -> None:
    async with cable(live_server.url, lag=LAG_SECONDS) as first, cable(live_server.url, lag=LAG_SECONDS) as second:
        ann = await opened(await inside(await visit(community.owner, url=first.url)))
        ben = await opened(await inside(await visit(community.member, url=second.url)))
        await ann.types("", "Control+Home")
        await ben.types("", "Control+End")
        one, other = ("".join(f"{who}{number} " for number in range(20)) for who in "ab")
        await asyncio.gather(
            ann.visitor.page.keyboard.type(one, delay=15), ben.visitor.page.keyboard.type(other, delay=25)
        )
        expected = f"{one}one\ntwo\n{other}"
        for writer in (ann, ben):
            await until(writer.text, lambda text: text == expected)
            await writer.is_saved()
        assert await stored(community.owner, document) == expected


async def test_answers_that_come_late_and_in_another_order_lose_nothing(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)

    async def late(route: Route) -> None:
        if route.request.method == "PUT":
            await asyncio.sleep(0.5)  # both users go on writing meanwhile
            response = await route.fetch()
            await asyncio.sleep(0.5)  # and also before they know that it is stored
            await route.fulfill(response=response)
        else:
            await route.fallback()

    await owner.page.route("**/sync/documents/**", late)
    await ann.types("", "Control+Home")
    await ben.types("", "Control+Home")
    await asyncio.gather(
        owner.page.keyboard.type("Ann writes. " * 3, delay=30), member.page.keyboard.type("Ben too! " * 4, delay=20)
    )
    await ann.is_saved()
    text = await until(ann.text, lambda text: text.count("!") == 4)
    await until(ben.text, lambda seen: seen == text)
    await owner.page.unroute_all(behavior="wait")
    assert sorted(text) == sorted("Ann writes. " * 3 + "Ben too! " * 4 + "one\ntwo\n")
    assert await stored(community.owner, document) == text


async def test_each_range_names_its_author(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, _ = await one_within_the_other(owner, member)
    await ann.sees("left Ben right one")
    await ann.is_saved()
    await owner.button("Show who wrote what").click()
    marks = owner.page.locator(".written")
    await expect(marks).to_have_text(["left", " Ben", " right one", "two"])
    names = [re.compile(f"^{person.username}, ") for person in (community.owner, community.member, community.owner)]
    for index, name in enumerate(names):
        await expect(marks.nth(index)).to_have_attribute("title", name)


async def test_tasks_are_ticked_and_links_opened(owner: Visitor, member: Visitor, community: Community) -> None:
    text = "Today\n\n- [ ] tea\n- [x] cake\n\n[the page](https://example.org/a)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"
    document = await begin(community.owner, community.channel, text)
    ann, ben = await opened(owner), await opened(member)
    await ann.types("", "Control+Home")
    await owner.page.get_by_role("checkbox", name="tea").check()
    await ben.sees("- [x] tea")
    await member.button("Read", exact=True).click()
    reading = member.page.get_by_role("region", name=f"Text of {TITLE}")
    await expect(reading.get_by_role("checkbox", name="tea")).to_be_checked()
    await expect(reading.get_by_role("cell", name="2")).to_be_visible()
    await reading.get_by_role("checkbox", name="cake").uncheck()
    await ann.sees("- [ ] cake")
    await ann.types("", "Control+z")
    await expect(reading.get_by_role("checkbox", name="tea")).not_to_be_checked()
    await until(lambda: stored(community.owner, document), lambda text: "- [ ] tea\n- [ ] cake" in text)

    async def leads_to_the_page(click: str) -> None:
        async with owner.page.context.expect_page() as opening:
            if click == "card":
                await owner.page.get_by_role("link", name="Open https://example.org/a").click()
            else:
                await owner.page.get_by_text("the page").click(modifiers=["ControlOrMeta"])
        page = await opening.value
        assert await page.evaluate("[location.href, document.referrer, opener]") == ["https://example.org/a", "", None]
        await page.close()

    await owner.page.context.route("https://example.org/**", lambda route: route.fulfill(body="there"))
    await leads_to_the_page("with Ctrl")
    await owner.page.get_by_text("the page").click()
    await leads_to_the_page("card")
    owner.complaints.clear()  # that it requested example.org, which is expected here


async def test_marks_are_seen_where_one_writes_only(owner: Visitor, community: Community) -> None:
    await begin(community.owner, community.channel, "first\n# Rules\nsome **bold**\n> said\n")
    ann = await opened(owner)
    await ann.types("", "Control+Home")
    lines = ann.box.locator(".cm-line")
    await expect(lines).to_have_text(["first", "Rules", "some bold", "said", ""])
    await owner.page.keyboard.press("ArrowDown")
    await expect(lines).to_have_text(["first", "# Rules", "some bold", "said", ""])
    await owner.page.keyboard.press("ArrowDown")
    await expect(lines).to_have_text(["first", "Rules", "some **bold**", "said", ""])
    await owner.page.keyboard.press("Shift+Control+Home")
    await owner.page.keyboard.type("X")  # Chromium would give what it joins a style, and complain of it
    await until(ann.text, lambda text: text == "Xsome **bold**\n> said\n")


async def test_of_a_long_text_only_what_is_seen_is_drawn_and_only_what_changed_is_kept(
    owner: Visitor, community: Community
) -> None:
    document = await begin(community.owner, community.channel, LONG)
    ann = await opened(owner)

    async def lose(route: Route) -> None:
        await (route.abort() if route.request.method == "PUT" else route.fallback())

    await owner.page.route("**/sync/documents/**", lose)
    await ann.types("written at the end", "Control+End")
    assert await ann.box.locator(".cm-line").count() < 300
    await expect(ann.box.locator(".cm-line").last).to_have_text("written at the end")

    async def kept() -> str:
        return str(await owner.page.evaluate(KEPT))

    sizes = await until(kept, lambda seen: seen.endswith(", 1]"))
    assert int(re.findall(r"\d+", sizes)[0]) < 5_000
    await owner.page.unroute("**/sync/documents/**")
    await owner.page.evaluate("dispatchEvent(new Event('online'))")
    await ann.is_saved()
    assert (await stored(community.owner, document)) == LONG + "written at the end"
    await owner.button("Read", exact=True).click()
    reading = owner.page.get_by_role("region", name=f"Text of {TITLE}")
    await expect(reading.get_by_role("heading", name="Part 1", exact=True)).to_be_visible()
    assert await reading.locator(".block").count() < 300
