"""The configuration page matches the code."""

from pathlib import Path

from coterie.commands.settings_page import page

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_current() -> None:
    assert DOCS.read_text() == page(), "run: python -m coterie.settings.record.page > docs/configuration.md"
