"""The whole wire contract, walked through once; and the page of the docs that is written from it."""

from pathlib import Path

from coterie.database.pool import OwnConnection
from tests.contract.page import page
from tests.contract.shapes import CALLS
from tests.contract.walk import Cast, Walk, check_events
from tests.people import Browser
from tests.serving import Register

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "coverage.md"


async def test_every_call_and_event_of_the_contract(browser: Browser, register: Register, rows: OwnConnection) -> None:
    owner, friend, guest = [await register(name) for name in ("owner", "friend", "guest")]
    await rows.execute("UPDATE users SET is_admin = TRUE WHERE id = ANY($1)", [owner.id, guest.id])
    ears, friends_ears = await owner.socket(), await friend.socket()
    cast = Cast(Walk(ears), browser, owner, friend, guest, ears, friends_ears)
    await cast.all()
    await ears.settle()
    assert cast.walk.calls == CALLS.keys()
    check_events(cast.ears.frames)


def test_the_page_says_what_is_tried() -> None:
    assert PAGE.read_text() == page(), "python -m tests.contract > docs/protocol/coverage.md"
