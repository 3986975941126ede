"""A user with a document open in the web client."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, expect

from tests.browser.visitor import Visitor
from tests.patience import PATIENCE
from tests.people import Person

TITLE: Final = "House rules"

CONTENT: Final = "box => box.cmTile.root.view.state.doc.toString()"
"""The whole text of the editor: of a long one only a part is on the page, and marks are drawn as what they mean."""


async def until(read: Callable[[], Awaitable[str]], wanted: Callable[[str], bool]) -> str:
    """The text that is read, once it is as expected."""
    seen = ""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                seen = await read()
                if wanted(seen):
                    return seen
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not as wanted: {seen!r}") from None


@dataclass(frozen=True, slots=True)
class Writer:
    """A user with a document open."""

    visitor: Visitor
    title: str = TITLE

    @property
    def box(self) -> Locator:
        return self.visitor.page.get_by_role("textbox", name=f"Text of {self.title}")

    async def text(self) -> str:
        """None while the page reloads itself, as it does after a restored backup."""
        try:
            content: str = await self.box.evaluate(CONTENT)
        except PlaywrightError as error:
            if "context was destroyed" not in error.message:
                raise
            return ""
        return content

    async def sees(self, *parts: str) -> str:
        return await until(self.text, lambda text: all(part in text for part in parts))

    async def types(self, text: str, key: str | None = None) -> None:
        """Type at the cursor, or where a key moves it."""
        await self.box.focus()
        await expect(self.box).to_be_focused()
        if key is not None:
            await self.visitor.page.keyboard.press(key)
        await self.visitor.page.keyboard.type(text)

    async def inserts(self, text: str, key: str) -> None:
        """Insert it at once, as from a clipboard, where a key moves the cursor."""
        await self.types("", key)
        await self.visitor.page.keyboard.insert_text(text)

    async def is_saved(self) -> None:
        note = self.visitor.page.get_by_text("All changes saved", exact=True)
        await expect(note).to_be_visible()

    async def is_away(self) -> None:
        note = self.visitor.page.get_by_text(re.compile("^You're offline. Your changes are kept"))
        await expect(note).to_be_visible()


async def begin(person: Person, place: str, text: str = "", title: str = TITLE) -> str:
    """Create a document; returns its id."""
    body = {"title": title, "text": text}
    made = await person.expect(201, "POST", f"/api/channels/{place}/documents", body)
    return str(made["id"])


async def opened(visitor: Visitor, title: str = TITLE) -> Writer:
    """Open a document from the list of the open channel."""
    await visitor.button("Documents").click()
    await visitor.page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^(Pinned )?{title}")).first.click()
    writer = Writer(visitor, title)
    await expect(writer.box).to_be_visible()
    return writer


async def stored(person: Person, document: str) -> str:
    """The text that the server has."""
    answer = await person.get(f"/sync/documents/{document}")
    assert answer.status == 200, answer.body
    return str(answer.body)


async def choose(visitor: Visitor, title: str, entry: str) -> None:
    """An entry of the document's menu."""
    await visitor.button(f"{title}: document menu").click()
    await visitor.page.get_by_role("menuitem", name=entry).click()
