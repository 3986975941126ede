"""docs/protocol/limits.md says what the code does, and every limit there is applies somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import coterie
from coterie.application import create_rest
from coterie.http import open_places, rate_limits
from coterie.http.rate_limits import ACTIONS, Rate
from coterie.http.request_metrics import Requests
from coterie.metrics.routes import Metrics
from coterie.settings.record import Settings
from coterie.sync import opening

ROOT = Path(coterie.__file__).parent
PAGE = ROOT.parents[1] / "docs/protocol/limits.md"

ROWS: dict[str, Rate] = {
    "client address: all requests": rate_limits.ADDRESS,
    "client address: logging in, registering, setting a password with a token, the page of an invite": (
        rate_limits.LOGIN
    ),
    "network of addresses: the same": rate_limits.LOGIN_NETWORK,
    "account: all requests, over REST, `/sync` and the gateway": rate_limits.ACCOUNT,
    "account: sending and editing messages, over all interfaces together": ACTIONS["messages"],
    "account: edits of shared documents; each 100 patches or operations count as one more, "
    "with `Repr-Digest` each 16,384 code points of the text too": ACTIONS["edits"],
    "account: cursor positions in shared documents": ACTIONS["cursors"],
    "account: creating shared documents": ACTIONS["documents"],
    "account: uploads": ACTIONS["uploads"],
    "account: searches": ACTIONS["search"],
    "account: snapshots of a server, lists of its members": ACTIONS["snapshots"],
    "account: adding and removing reactions, voting in polls, answering events": ACTIONS["reactions"],
    "account: changing the profile or the avatar": ACTIONS["profile"],
    "account: changing nicknames": ACTIONS["nickname"],
    "account: `PRESENCE_UPDATE`": ACTIONS["presence"],
    "account: joining servers": ACTIONS["joins"],
    "account: creating, looking up and accepting invites": ACTIONS["invites"],
    "bot: all requests, over REST, `/sync` and the gateway": rate_limits.BOT,
    "account: creating bots and their tokens, connecting as a bot": ACTIONS["bots"],
    "account: creating and testing webhooks": ACTIONS["webhooks"],
    "account: opening and changing conversations, adding people to them": ACTIONS["conversations"],
    "account: friend requests": ACTIONS["friends"],
    "account: reporting messages, people and servers": ACTIONS["reports"],
    "account: link previews that have to be fetched; cached ones only count as requests": ACTIONS["previews"],
    "account: opening the gateway or `/realtime`": ACTIONS["sockets"],
    "account: topics that are read together, to open the gateway or `/realtime` and for unread counts": (
        ACTIONS["readings"]
    ),
    "account: other writes": ACTIONS["writes"],
    "account: creating servers": ACTIONS["servers"],
    "account: creating channels": ACTIONS["channels"],
    "account: joining voice channels, declining calls, muting, going live, moderating voice": ACTIONS["voice"],
    "account: changes that a resume over the gateway repeats; further ones wait": ACTIONS["replays"],
    "account: voice signals; further ones are dropped silently": ACTIONS["signals"],
    "account: repeating the current password, to change the password or the email address": ACTIONS["passwords"],
    "client address: wrong set-up codes": rate_limits.GUESSES,
    "login name: wrong passwords, from all addresses together": rate_limits.GUESSES,
}

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
    assert ACTIONS["edit_bytes"] == Rate(200_000, 5_000_000)
    rates = {name: value for name, value in found.items() if name not in HELD.keys() | BYTES.keys() and value[1]}
    assert rates.keys() == ROWS.keys()
    for name, (burst, then) in rates.items():
        assert burst == f"{ROWS[name].burst}", name
        assert then in in_words(ROWS[name]), name


def test_the_page_has_every_kind_of_action() -> None:
    rates = [*ROWS.values(), ACTIONS["edit_bytes"]]
    assert not [name for name, rate in ACTIONS.items() if not any(rate is each for each in rates)]


def test_every_kind_of_action_is_counted_somewhere() -> None:
    used = set(of_routes())
    for path in ROOT.rglob("*.py"):
        used |= set(re.findall(r'\.action\("(\w+)"', path.read_text()))
    assert used - {"login", "none"} == ACTIONS.keys()


def of_routes() -> Iterator[str]:
    settings = Settings(jwt_secret="x" * 32)
    for route in create_rest(settings, Metrics(Requests(settings))).routes:
        for handler in getattr(route, "route_handlers", ()):
            limit = handler.opt.get("limit", ())
            yield from (limit,) if isinstance(limit, str) else limit
