"""The configuration page is what the code says."""

from pathlib import Path

from coterie.settings_page import page

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_current() -> None:
    assert DOCS.read_text() == page(), "run: python -m coterie.settings_page > docs/configuration.md"
