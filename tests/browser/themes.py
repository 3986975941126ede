"""The themes of the client, and what axe finds in any of them.

What a page is made of is the same in every theme: all rules are tried once, those about colours in each.
"""

from typing import Any, Final

from tests.browser.test_accessibility import found
from tests.browser.visitor import Visitor

THEMES: Final[dict[str, dict[str, Any]]] = {
    "dark": {"color_scheme": "dark", "contrast": "no-preference"},
    "contrast": {"color_scheme": "light", "contrast": "more"},
    "contrast by night": {"color_scheme": "dark", "contrast": "more"},
    "light": {"color_scheme": "light", "contrast": "no-preference"},
}
BY_DAY_AND_NIGHT: Final = {name: THEMES[name] for name in ("dark", "light")}
COLOURS: Final = ["color-contrast", "link-in-text-block"]


async def found_in_themes(visitor: Visitor, axe: str, themes: dict[str, dict[str, Any]] = THEMES) -> list[str]:
    """The violations that axe finds, with the theme. The page is left in the last one."""
    complaints: list[str] = []
    for number, (name, media) in enumerate(themes.items()):
        await visitor.page.emulate_media(**media)
        rules = COLOURS if number else None
        complaints += [f"{name}: {each}" for each in await found(visitor, axe, rules)]
    return complaints
