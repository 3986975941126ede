"""docs/protocol/limits.md says what the code does, and every limit there is applies somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import coterie
from coterie.application import create_rest
from coterie.documents.limits import EDIT_BYTES
from coterie.features import LIMITS
from coterie.http import open_places
from coterie.http.rate_limits import GUESSES, Limit, Rate
from coterie.http.request_metrics import Requests
from coterie.metrics.routes import Metrics
from coterie.settings.record import Settings
from coterie.sync import opening

ROOT = Path(coterie.__file__).parent
PAGE = ROOT.parents[1] / "docs/protocol/limits.md"

ROWS: Final = {f"{limit.per}: {limit.about}": limit.rate for limit in LIMITS}
SETUP_CODES: Final = "client address: wrong set-up codes"
"""The same rate as that of wrong passwords."""

BYTES = {
    "account: bytes of edits of shared documents": ("5 MB", "200 kB per second"),
}

HELD = {
    "account: open gateway sockets, in each process": f"{open_places.SOCKETS_LIMIT}",
    "account: open streams and sockets, in each process": f"{opening.STREAMS_LIMIT}",
    "account: uploads at a time, in each process": f"{open_places.UPLOADS_OF_ACCOUNT}",
    "client address: uploads at a time, in each process": f"{open_places.UPLOADS_OF_ADDRESS}",
    "client address: open connections, in each process": "a quarter of `COTERIE_CONNECTION_LIMIT`",
}


def rows() -> dict[str, tuple[str, str]]:
    found = re.findall(r"^\| ([a-z ]+) \| (.+?) \| (.+?) \| (.*?)\|$", PAGE.read_text(), re.MULTILINE)
    return {f"{per}: {what}": (burst.strip(), then.strip()) for per, what, burst, then in found if per != "per"}


def in_words(rate: Rate) -> set[str]:
    """How the page may say it."""
    if rate.a_second >= 1:
        return {f"{rate.a_second:g} per second"} | ({"one per second"} if rate.a_second == 1 else set())
    seconds = round(1 / rate.a_second)
    return {f"one in {seconds} seconds"} | ({"one per minute"} if seconds == 60 else set())


def test_the_page_has_each_limit_with_its_figure() -> None:
    found = rows()
    assert {name: value[0] for name, value in found.items() if name in HELD} == HELD
    assert {name: value for name, value in found.items() if name in BYTES} == BYTES
    assert EDIT_BYTES.rate == Rate(200_000, 5_000_000)
    rates = {name: value for name, value in found.items() if name not in HELD.keys() | BYTES.keys() and value[1]}
    declared = {**ROWS, SETUP_CODES: GUESSES.rate}
    assert rates.keys() | BYTES.keys() == declared.keys()
    for name, (burst, then) in rates.items():
        assert burst == f"{declared[name].burst}", name
        assert then in in_words(declared[name]), name


def test_no_two_limits_have_one_name() -> None:
    names = [limit.name for limit in LIMITS]
    assert len(set(names)) == len(names) == len(ROWS)


def test_routes_only_count_what_a_feature_declares() -> None:
    assert set(of_routes()) <= set(LIMITS)


def test_every_limit_is_counted_somewhere() -> None:
    used = {limit.name for limit in of_routes()}
    for path in ROOT.rglob("*.py"):
        used |= {name.lower() for name in re.findall(r"\.action\(([A-Z_]+),", path.read_text())}
    unused = {limit.name for limit in LIMITS if limit.per == "account"} - used
    assert unused == {"account", "previews"}, "the one counts all requests, the other has another name"


def of_routes() -> Iterator[Limit]:
    settings = Settings(jwt_secret="x" * 32)
    for route in create_rest(settings, Metrics(Requests(settings))).routes:
        for handler in getattr(route, "route_handlers", ()):
            yield from handler.opt.get("limits", ())
