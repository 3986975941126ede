"""A user of the keyboard alone: each press asserts that the focus is on something, and that this can be seen."""

import re
from typing import Any, Final

from playwright.async_api import CDPSession, Locator, expect

from tests.browser.visitor import Visitor

MOST_STEPS: Final = 60

# Where the focus is, if it is on something that is on the screen and marked as focused, itself or what frames it.
SHOWN: Final = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body || focused.matches("[data-guard]")) return false;
  const { top, bottom, left, right, width, height } = focused.getBoundingClientRect();
  if (!focused.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !width || !height) return false;
  if (bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth) return false;
  const isMarked = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  for (let each = focused, steps = 0; each && steps < 4; each = each.parentElement, steps++)
    if (isMarked(each)) return true;
  return false;
}"""

# Buttons and links whose name does not contain the words that are on them (WCAG 2.5.3).
MISNAMED: Final = """() => {
  const plain = (text) => text.toLowerCase().replace(/[^\\p{L}\\p{N}]+/gu, " ").trim();
  const nameOf = (element) => {
    const ids = (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
    const named = ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    return named || element.getAttribute("aria-label");
  };
  const wordsOf = (element) => {
    const words = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const around = walker.currentNode.parentElement;
      const { width, height } = around.getBoundingClientRect();
      const isPicture = around.closest("svg, .avatar, kbd");
      if (around.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1 && !isPicture)
        words.push(walker.currentNode.textContent);
    }
    return plain(words.join(" "));
  };
  const roles = ["button", "link", "tab", "option", "menuitem", "menuitemcheckbox", "menuitemradio", "switch"];
  const all = document.querySelectorAll(["button", "a[href]", ...roles.map((role) => `[role=${role}]`)].join(","));
  return [...all].flatMap((element) => {
    const name = nameOf(element);
    const isShown = element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");
    const words = isShown && name !== null ? wordsOf(element) : "";
    return words && !` ${plain(name)} `.includes(` ${words} `) ? [`${name} does not contain: ${words}`] : [];
  });
}"""


class Keyboard:
    """The keys of a visitor, and what has the focus after them."""

    def __init__(self, visitor: Visitor, session: CDPSession) -> None:
        self.visitor: Final = visitor
        self.page: Final = visitor.page
        self._session: Final = session

    @classmethod
    async def of(cls, visitor: Visitor) -> "Keyboard":
        return cls(visitor, await visitor.page.context.new_cdp_session(visitor.page))

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            await self.is_somewhere()

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)
        await self.is_somewhere()

    async def is_somewhere(self) -> None:
        """The focus is on something that is on the screen, and marked."""
        try:
            await self.page.wait_for_function(SHOWN)
        except Exception as error:
            raise AssertionError(f"the focus cannot be seen: {await self.focused()}") from error

    async def is_on(self, role: str, name: str | re.Pattern[str]) -> None:
        """What has the focus is called so by the browser, with this role."""
        pattern = name if isinstance(name, re.Pattern) else re.compile(f"^{re.escape(name)}$")
        focused = self.page.locator(":focus")
        await expect(focused).to_have_role(role)  # type: ignore[arg-type]
        await expect(focused).to_have_accessible_name(pattern)
        await self.is_somewhere()

    async def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab until the target has the focus; it must be reached."""
        for _ in range(MOST_STEPS):
            if await target.count() and await target.evaluate("each => each === document.activeElement"):
                return
            await self.press(key)
        await expect(target).to_be_focused()

    async def regions(self, key: str, count: int) -> list[tuple[str, str]]:
        """Role and name of what has the focus after each of these steps."""
        found = []
        for _ in range(count):
            await self.press(key)
            found.append(await self.focused())
        return found

    async def focused(self) -> tuple[str, str]:
        """Role and name of what has the focus, as the browser tells screen readers."""
        answer = await self._session.send("Runtime.evaluate", {"expression": "document.activeElement"})
        about = {"objectId": answer["result"]["objectId"], "fetchRelatives": False}
        [node, *_] = (await self._session.send("Accessibility.getPartialAXTree", about))["nodes"]
        told: dict[str, Any] = node
        return told.get("role", {}).get("value", ""), told.get("name", {}).get("value", "")

    async def is_named_by_its_words(self) -> None:
        """The name of every button and link contains the words that are on it."""
        assert await self.page.evaluate(MISNAMED) == []
