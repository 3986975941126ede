"""Names that members give to things are judged by words: of channels, their topics, titles of documents"""

from typing import Any

import pytest

from tests.automod.calls import forbid, logged, set_rules
from tests.people import Answer
from tests.roles.ranks import Ranks

CODE = "automod_word_filter"


async def channels(ranks: Ranks, body: dict[str, Any]) -> Answer:
    return await ranks.owner.post(f"/api/servers/{ranks.server}/channels", {"type": "text", **body})


async def documents(ranks: Ranks, title: str) -> Answer:
    return await ranks.member.post(f"/api/channels/{ranks.channel}/documents", {"title": title})


@pytest.mark.parametrize("named", [{"name": "rascals"}, {"name": "fine", "topic": "for a rascal"}])
async def test_a_new_channel(ranks: Ranks, named: dict[str, Any]) -> None:
    await forbid(ranks, "rascal")
    before = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/channels")
    refused = await channels(ranks, named)
    assert (refused.status, refused.code) == (403, CODE)
    assert await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/channels") == before
    assert (await channels(ranks, {"name": "fine", "topic": "for angels"})).status == 201
    assert await logged(ranks) == [], "a name is only refused"


async def test_a_changed_channel_by_what_changes(ranks: Ranks) -> None:
    made = (await channels(ranks, {"name": "fine", "topic": "for a rascal"})).body
    await forbid(ranks, "rascal")
    path = f"/api/servers/{ranks.server}/channels/{made['id']}"
    for change in ({"name": "rascals"}, {"topic": "for rascals"}):
        assert (await ranks.owner.patch(path, change)).code == CODE
    changed = await ranks.owner.expect(200, "PATCH", path, {"name": "finer"})
    assert (changed["name"], changed["topic"]) == ("finer", "for a rascal"), "it was there before the rule"


async def test_the_title_of_a_document(ranks: Ranks) -> None:
    made = (await documents(ranks, "Plans")).body
    await forbid(ranks, "rascal")
    assert (await documents(ranks, "The rascal")).code == CODE
    assert (await ranks.member.patch(f"/api/documents/{made['id']}", {"title": "A rascal"})).code == CODE
    listed = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/documents")
    assert "ascal" not in str(listed)


async def test_exempt_roles_and_channels(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", exempt_role_ids=[ranks.roles["admin"]["id"]])
    path = f"/api/channels/{ranks.channel}/documents"
    assert (await ranks.admin.post(path, {"title": "The rascal"})).status == 201
    assert (await documents(ranks, "The rascal")).status == 403
    await set_rules(ranks, exempt_channel_ids=[ranks.channel])
    assert (await documents(ranks, "The rascal")).status == 201
