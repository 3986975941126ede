"""Who is notified of a message: the same cases as for the web client (`web/tests/deciding.test.ts`)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import pytest

from coterie.notifications.deciding import MessageNews, Recipient, mentions, reason
from coterie.notifications.models import NotificationLevel, PlaceKind

CASES: Final[list[dict[str, Any]]] = json.loads((Path(__file__).parent / "deciding.json").read_text())
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
NAMES: Final = UUID(int=1)


def id_of(name: str) -> UUID:
    return uuid5(NAMES, name)


def ids(names: list[str]) -> frozenset[UUID]:
    return frozenset(map(id_of, names))


def level(kind: PlaceKind, given: dict[str, Any] | None) -> NotificationLevel | None:
    if given is None:
        return None
    until = given.get("muted_until")
    return NotificationLevel(id_of(kind), kind, given.get("level"), datetime.fromisoformat(until) if until else None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_each_case(case: dict[str, Any]) -> None:
    message, user = case["message"], case["user"]
    author = message.get("author", "them")
    news = MessageNews(
        id_of(author) if author else None,
        is_system=message.get("system", False),
        is_reply_in_thread=message.get("thread", False),
        users=ids(message.get("users", [])),
        roles=ids(message.get("roles", [])),
        everyone=message.get("everyone", False),
        here=message.get("here", False),
    )
    recipient = Recipient(
        id_of("me"),
        ids(["mine"]),
        is_connected=True,
        is_disturbable=user.get("status") != "dnd",
        has_blocked_author=user.get("blocked", False),
        place=level("channel", user.get("place")),
        server=level("server", user.get("server")),
    )
    assert reason(news, recipient, NOW) == case["expected"]


def test_here_means_those_who_were_connected() -> None:
    """The client is connected, so only the server can tell."""
    away = Recipient(id_of("me"))
    here, everyone = MessageNews(id_of("them"), here=True), MessageNews(id_of("them"), everyone=True)
    assert not mentions(here, away)
    assert reason(here, away, NOW) == "message"
    assert reason(everyone, away, NOW) == "mention"


def test_a_mute_ends_at_its_moment() -> None:
    muted = Recipient(id_of("me"), place=NotificationLevel(id_of("channel"), "channel", None, NOW))
    assert reason(MessageNews(id_of("them")), muted, NOW) == "message"
    assert reason(MessageNews(id_of("them")), muted, datetime(2025, 12, 31, tzinfo=UTC)) is None
