"""Texts of documents are judged by the lines that somebody changes, and what is refused changes nothing"""

from typing import Any

import pytest

from tests.automod.calls import forbid, logged, set_rules
from tests.documents.simpleton import put
from tests.people import Person
from tests.roles.ranks import Ranks

CODE = "automod_word_filter"


@pytest.fixture
async def path(ranks: Ranks) -> str:
    """A document with two lines, of which the second was there before the rules."""
    body = {"title": "Plans", "text": "A fine day\nfor a rascal\n"}
    made = await ranks.owner.expect(201, "POST", f"/api/channels/{ranks.channel}/documents", body)
    await forbid(ranks, "rascal")
    return f"/sync/documents/{made['id']}"


async def write(person: Person, path: str, id: str, *patches: tuple[int, int, str]) -> tuple[int, str | None]:
    """The status and the code of an edit."""
    answer = await put(person, path, id, None, list(patches))
    return answer[0], answer[1].get("code") if isinstance(answer[1], dict) else None


@pytest.mark.parametrize("patches", [[(10, 10, "\nYou rascal")], [(0, 0, "no "), (10, 10, ", rasc"), (10, 10, "als")]])
async def test_an_edit_with_a_forbidden_word(ranks: Ranks, path: str, patches: list[tuple[int, int, str]]) -> None:
    refused = await ranks.member.call("GET", path)
    assert (await write(ranks.member, path, "a-40", *patches)) == (403, CODE)
    assert (await ranks.member.call("GET", path)).body == refused.body
    assert await logged(ranks) == [], "a change of a document is only refused"
    assert (await write(ranks.member, path, "b-40", (10, 10, ", for angels")))[0] == 200


async def test_a_word_that_an_edit_completes(ranks: Ranks, path: str) -> None:
    assert (await write(ranks.member, path, "a-9", (0, 0, "raXscal "))) == (200, None)
    assert (await write(ranks.member, path, "a-10", (2, 3, ""))) == (403, CODE)


async def test_lines_that_were_there_before_stay(ranks: Ranks, path: str) -> None:
    assert (await write(ranks.member, path, "a-9", (2, 6, "good")))[0] == 200
    assert (await write(ranks.member, path, "a-19", (11, 14, "not")))[1] == CODE


async def test_a_new_document(ranks: Ranks, path: str) -> None:
    documents = f"/api/channels/{ranks.channel}/documents"
    before = await ranks.owner.expect(200, "GET", documents)
    for text, status in (("one\nrascal", 403), ("one\nangel", 201)):
        answer = await ranks.member.post(documents, {"title": "More", "text": text})
        assert answer.status == status
    assert len(await ranks.owner.expect(200, "GET", documents)) == len(before) + 1


RULES: dict[str, tuple[dict[str, Any], str]] = {
    "links": ({"link_filter_enabled": True}, "automod_links"),
    "invites": ({"invite_filter_enabled": True}, "automod_invites"),
    "new accounts": ({"new_account_hours": 1}, "automod_new_account"),
}


@pytest.mark.parametrize("rule", RULES)
async def test_the_other_rules_for_documents(ranks: Ranks, path: str, rule: str) -> None:
    change, code = RULES[rule]
    await set_rules(ranks, word_filter_enabled=False, **change)
    assert (await write(ranks.member, path, "a-80", (0, 0, "see https://example.org/invite/abcdef\n")))[1] == code


@pytest.mark.parametrize("change", [{"mention_limit": 1}, {"capitals_percent": 50}])
async def test_rules_for_messages_alone(ranks: Ranks, path: str, change: dict[str, Any]) -> None:
    await set_rules(ranks, word_filter_enabled=False, **change)
    assert (await write(ranks.member, path, "a-80", (0, 0, "@ONE AND @TWO IN CAPITALS\n")))[0] == 200


async def test_exempt_people_and_channels(ranks: Ranks, path: str) -> None:
    await set_rules(ranks, exempt_role_ids=[ranks.roles["admin"]["id"]])
    assert (await write(ranks.admin, path, "a-80", (0, 0, "rascal\n")))[0] == 200
    assert (await write(ranks.member, path, "b-80", (0, 0, "rascal\n")))[0] == 403
    await set_rules(ranks, exempt_channel_ids=[ranks.channel])
    assert (await write(ranks.member, path, "b-80", (0, 0, "rascal\n")))[0] == 200
