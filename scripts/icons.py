"""Draws the icons of the installable client from its logo, `web/public/coterie.svg`; needs Chromium.

Systems cut a maskable icon to their own shape, so it fills its square with the logo's background colour and keeps the
logo within the middle 80 %, which every shape leaves intact.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from playwright.async_api import Page, async_playwright

PUBLIC: Final = Path(__file__).parent.parent / "web" / "public"
GROUND: Final = "#b3441e"
"""The logo's background colour."""

SAFE: Final = 0.8
ICONS: Final = {
    "icon-192": (192, "none", 1.0),
    "icon-512": (512, "none", 1.0),
    "maskable-192": (192, GROUND, SAFE),
    "maskable-512": (512, GROUND, SAFE),
    "touch-180": (180, GROUND, 1.0),
}
"""By name: the side in pixels, the background, and the logo's share of the side."""


async def draw(page: Page, logo: str, name: str) -> None:
    side, ground, part = ICONS[name]
    inner = round(side * part)
    place = f"position: fixed; inset: 0; margin: auto; width: {inner}px; height: {inner}px"
    await page.set_viewport_size({"width": side, "height": side})
    await page.set_content(f'<body style="background: {ground}"><div style="{place}">{logo}</div></body>')
    await page.screenshot(path=PUBLIC / "icons" / f"{name}.png", omit_background=True)


async def main() -> None:
    logo = (PUBLIC / "coterie.svg").read_text()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page()
        for name in ICONS:
            await draw(page, logo, name)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
