"""Names: what nobody sees is removed, what a script or an emoji needs stays, on every route that takes a name."""

from typing import Any

import pytest

from coterie.naming import visible
from tests.people import Community

HIDDEN = ["\u202e", "\u2066", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u3164", "\u115f", "\u2800", "\ufe0f"]


@pytest.mark.parametrize("character", [*HIDDEN, "\U000e0041", "\U000e0100", "\u180b", "\u200f", "\u034f"])
def test_two_names_cannot_differ_in_what_nobody_sees(character: str) -> None:
    assert visible(f"A{character}nn{character}") == "Ann"
    assert visible(character * 3) == ""


@pytest.mark.parametrize(
    "name",
    [
        "Zoë 山田　太郎",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "ක්\u200dෂ",
        "क्\u200dष",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\U0001f44d\U0001f3fd",
        "1\ufe0f\u20e3 first",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u845b\U000e0100城",
        "❤\ufe0f",
        "...",
        "שלום",
    ],
)
def test_what_a_language_or_an_emoji_needs_stays(name: str) -> None:
    assert visible(name) == name


def routes(community: Community) -> dict[str, tuple[str, str, str, dict[str, Any]]]:
    server = f"/api/servers/{community.server}"
    return {
        "display name": ("PATCH", "/api/users/@me", "display_name", {}),
        "nickname": ("PATCH", f"{server}/members/@me", "nickname", {}),
        "new server": ("POST", "/api/servers", "name", {}),
        "server": ("PATCH", server, "name", {}),
        "new channel": ("POST", f"{server}/channels", "name", {"type": "text"}),
        "category": ("POST", f"{server}/channels", "category", {"type": "text", "name": "general-2"}),
        "role": ("POST", f"{server}/roles", "name", {}),
        "group": ("POST", "/api/conversations", "name", {"participant_ids": [community.member.id]}),
    }


@pytest.mark.parametrize(
    "kind", ["display name", "nickname", "new server", "server", "new channel", "category", "role", "group"]
)
async def test_every_name_follows_the_rule(community: Community, kind: str) -> None:
    method, path, field, body = routes(community)[kind]
    answer = await community.owner.call(method, path, json=body | {field: "ad\u202enim\u200b"})
    assert answer.status in {200, 201}, answer.body
    assert answer.body[field] == "adnim"
    refused = await community.owner.call(method, path, json=body | {field: "\u200b\u3164"})
    assert (refused.status, refused.code) == (400, "invalid"), refused.body
    assert field in refused.body["fields"]
