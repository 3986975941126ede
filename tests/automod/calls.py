"""Requests of automod."""

from typing import Any

from tests.people import Answer, Person
from tests.roles.ranks import Ranks


def rules(ranks: Ranks, part: str = "") -> str:
    """The path of the server's rules, or a part of them."""
    return f"/api/servers/{ranks.server}/automod{part}"


async def set_rules(ranks: Ranks, **change: Any) -> dict[str, Any]:
    """Turn automod on with these rules."""
    body = {"enabled": True, **change}
    found: dict[str, Any] = await ranks.owner.expect(200, "PATCH", rules(ranks), body)
    return found


async def forbid(ranks: Ranks, *words: str, match: str = "part", **change: Any) -> None:
    """Turn the word filter on with these words."""
    await set_rules(ranks, **{"word_filter_enabled": True, **change})
    for word in words:
        await ranks.owner.expect(201, "POST", rules(ranks, "/words"), {"word": word, "match": match})


async def say(person: Person, ranks: Ranks, content: str, **fields: Any) -> Answer:
    return await person.post(f"/api/channels/{ranks.channel}/messages", {"content": content, **fields})


async def contents(ranks: Ranks) -> list[str]:
    """What is in the channel's history, oldest first."""
    page = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages?limit=100")
    return [message["content"] for message in reversed(page)]


async def logged(ranks: Ranks) -> list[tuple[str, str, str | None]]:
    """What automod did, newest first: rule, action and what was found."""
    found = await ranks.owner.expect(200, "GET", rules(ranks, "/logs"))
    return [(each["rule_type"], each["action_taken"], each["matched_term"]) for each in found]
