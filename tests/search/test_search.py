"""GET /api/servers/{id}/search: what is found, by whom, and in which order."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from coterie.database.pool import OwnConnection
from coterie.log import append
from coterie.permissions.bits import Permission
from coterie.permissions.models import Override
from tests.people import Answer, Browser, Community, Person
from tests.shapes import assert_shape, is_flag, is_integer, is_text, is_time, is_uuid, list_of, nullable, shaped

SEARCH_RESULT = {
    "id": is_uuid,
    "channel_id": is_uuid,
    "author_id": nullable(is_uuid),
    "author_username": nullable(is_text),
    "author_display_name": nullable(is_text),
    "author_avatar_url": nullable(is_text),
    "content": is_text,
    "highlight": is_text,
    "created_at": is_time,
    "rank": lambda value: isinstance(value, float),
}
SEARCH_RESPONSE = {
    "results": list_of(shaped(SEARCH_RESULT)),
    "total": is_integer,
    "total_is_exact": is_flag,
    "has_more": is_flag,
    "next_cursor": nullable(is_uuid),
}


async def ask(person: Browser, server: str, q: str, **parameters: Any) -> Answer:
    return await person.get(f"/api/servers/{server}/search", params={"q": q, **parameters})


async def find(person: Person, server: str, q: str, **parameters: Any) -> list[str]:
    """The texts that are found, newest first."""
    answer = await ask(person, server, q, **parameters)
    assert answer.status == 200, answer.body
    assert_shape(answer.body, SEARCH_RESPONSE)
    return [result["content"] for result in answer.body["results"]]


async def test_it_works(community: Community) -> None:
    await community.member.expect(200, "PATCH", "/api/users/@me", {"display_name": "Anna"})
    sent = await community.member.send(community.channel, "We meet at the lighthouse & the <b>harbour</b>.")
    await community.owner.send(community.channel, "Something else")
    answer = await ask(community.owner, community.server, "lighthouse")
    assert answer.status == 200
    assert_shape(answer.body, SEARCH_RESPONSE)
    assert answer.body == {
        "results": [
            {
                "id": sent["id"],
                "channel_id": community.channel,
                "author_id": community.member.id,
                "author_username": community.member.username,
                "author_display_name": "Anna",
                "author_avatar_url": None,
                "content": "We meet at the lighthouse & the <b>harbour</b>.",
                "highlight": "We meet at the <mark>lighthouse</mark> &amp; the &lt;b&gt;harbour&lt;/b&gt;.",
                "created_at": sent["created_at"],
                "rank": 1.0,
            }
        ],
        "total": 1,
        "total_is_exact": True,
        "has_more": False,
        "next_cursor": None,
    }


# A message, what finds it, and what does not.
LANGUAGES = [
    (
        "Grüße aus Zürich, Café Ñandú",
        ["zurich", "ZÜRICH", "grusse", "cafe", "Café", "ñandu", "züri", "grüs"],
        ["urich"],
    ),
    ("Straße STRASSE", ["strasse", "straße"], ["stresse"]),
    ("Łódź, smørrebrød, encyclopædia", ["lodz", "smorrebrod", "encyclopaedia", "łódź"], ["lodza"]),
    ("İstanbul ve I\u011fd\u0131r", ["istanbul", "igdir", "\u0131ğd\u0131r"], []),
    ("Съешь ещё этих мягких французских булок", ["булок", "еще", "ЕЩЁ", "францу", "съешь"], ["булка", "ранцуз"]),
    ("мой дом", ["мой"], ["мои"]),
    ("Ξεσκεπάζω την ψυχοφθόρα βδελυγμίας", ["ψυχοφθορα", "ΒΔΕΛΥΓΜΙΑΣ", "την"], ["ψυχη"]),
    ("שָׁלוֹם עולם", ["שלום", "שָׁלוֹם", "עול"], ["לום"]),
    ("مَرْحَبًا بالعالم، كيف الحال؟", ["مرحبا", "بالعالم", "الحال", "مَرْحَبًا"], ["وداعا"]),
    ("नमस्ते दुनिया", ["नमस्ते", "दुनि"], ["दुख"]),
    ("我们明天去北京吃烤鸭", ["北京", "烤鸭", "明天去北京", "京", "我"], ["南京", "北鸭", "京北", "去吃"]),
    ("東京タワーに行きました。ｶﾞｷﾞ", ["東京", "タワー", "行き", "ガギ", "ました"], ["京都", "ワタ"]),
    ("한국어를 배우고 있어요", ["한국", "국어", "배우", "한국어를 배우고", "요"], ["중국", "어국"]),
    ("สวัสดีครับยินดีที่ได้รู้จัก", ["สวัสดี", "ยินดี", "รู้จัก", "ดีค"], ["ลาก่อน"]),
    ("សួស្តីពិភពលោក", ["ពិភព", "សួស្តី"], ["ខ្មែរ"]),
    ("\uff26\uff35\uff2c\uff2c width ①", ["full", "width", "\uff26ull \uff57idth"], ["half"]),
    ("deploy 🚀🎉 done 👍🏽 ❤️", ["🚀🎉", "🎉 ", "👍🏾", "❤ ", "🚀🎉 done"], ["🎉🚀", "😀 "]),
    (
        "call `getUserName(user_id)` in src/app/main_window.py v2.10.3",
        [
            "getusername",
            "getUser",
            "name",
            "user_id",
            "user getUserName",
            "main_window",
            "main_window.py",
            "v2.10",
            "src/app",
        ],
        ["window_main", "sername", "v2.11"],
    ),
    ("mail me: jane.doe+x@example.org #42", ["jane.doe", "example.org", "@example", "#42", "doe+x"], ["doe.jane"]),
    ("<script>alert('x')</script>", ["script", "<script>", "alert('x')"], ["<alertx>"]),
    ("a" * 300 + "b", ["a" * 41, "a" * 120], ["a" * 100 + "b"]),
    ("mixed中文text", ["mixed", "中文", "text", "mixed中文"], ["xed"]),
]


@pytest.mark.parametrize(("text", "found_by", "not_found_by"), LANGUAGES, ids=[text[:12] for text, _, _ in LANGUAGES])
async def test_any_language(community: Community, text: str, found_by: list[str], not_found_by: list[str]) -> None:
    await community.member.send(community.channel, text)
    for q in found_by:
        body = (await ask(community.owner, community.server, q.ljust(2))).body
        assert [result["content"] for result in body["results"]] == [text], q
        assert "<mark>" in body["results"][0]["highlight"], q
    for q in not_found_by:
        assert await find(community.owner, community.server, q.ljust(2)) == [], q


PHRASES = [
    ('"quick brown"', ["the quick brown fox"]),
    ('"brown quick"', []),
    ('"quick bro"', []),
    ("quick bro", ["brown and quick", "the quick brown fox"]),
    ('"quick" "fox"', ["the quick brown fox"]),
    ('fox "the quick', ["the quick brown fox"]),
    ('"quick-brown"', ["the quick brown fox"]),
    ("quick-bro", ["the quick brown fox"]),
    ("quick fox brown", ["the quick brown fox"]),
    ('"and"', ["brown and quick"]),
    ('"北京 烤鸭"', []),
    ('"去北京"', ["去北京"]),
]


async def test_phrases(community: Community) -> None:
    for text in ("the quick brown fox", "brown and quick", "去北京"):
        await community.member.send(community.channel, text)
    for q, expected in PHRASES:
        assert await find(community.member, community.server, q) == expected, q


async def test_several_words_must_all_be_there(community: Community) -> None:
    await community.member.send(community.channel, "apples and pears")
    await community.member.send(community.channel, "apples only")
    assert await find(community.member, community.server, "pears apples") == ["apples and pears"]


STRANGE = [
    *('""', '"""', "' OR 1=1 --", "'; DROP TABLE messages; --", "\\\\", "%%", "__", "&|!()", "a:*b", ":* & !x", "<->"),
    *("from:", "in: has: from:", "!!!! ????", '"' * 200, "a" * 200, "from:" * 40, "\u202e\u200b", "()" * 100, "(((("),
    *("é" * 200, "中" * 200, "a b " * 50, "'a':* | 'b'", "\\'", "x\\", "\U0001f468\u200d" * 60, "\u0301\u0301"),
]


@pytest.mark.parametrize("q", STRANGE)
async def test_whatever_is_typed_is_answered(community: Community, q: str) -> None:
    assert await find(community.member, community.server, q) == []


async def test_signs_are_text_and_not_operators(community: Community) -> None:
    await community.member.send(community.channel, "100% of O'Brien\\s _files_")
    for q in ("100%", "o'brien", "O'Brien\\s", "_files_", "obrien | 100", "%%", "'' 100"):
        found = await find(community.member, community.server, q)
        assert found == ([] if q in {"obrien | 100", "%%"} else ["100% of O'Brien\\s _files_"]), q


@pytest.mark.parametrize(
    "parameters",
    [
        *({}, {"q": ""}, {"q": "x"}, {"q": "x" * 201}, {"q": "ok", "limit": "0"}, {"q": "ok", "limit": "101"}),
        *({"q": "ok", "limit": "many"}, {"q": "ok", "before": "yesterday"}, {"q": "ok", "channel_id": "general"}),
        *({"q": "ok", "has": "legs"}, {"q": "has:legs"}, {"q": "before:soon"}, {"q": "after:2026-13-01"}),
        *({"q": "ok", "after_time": "soon"}, {"q": "a\0b"}),
    ],
)
async def test_what_does_not_fit_is_refused(shared_community: Community, parameters: dict[str, str]) -> None:
    community = shared_community
    answer = await community.member.get(f"/api/servers/{community.server}/search", params=parameters)
    assert (answer.status, answer.code) == (400, "invalid"), answer.body


async def test_a_filter_that_does_not_fit_is_named(shared_community: Community) -> None:
    answer = await ask(shared_community.member, shared_community.server, "note before:soon")
    assert answer.body["error"] == "before: expected a date such as 2026-01-31"
    assert answer.body["fields"] == {"q": answer.body["error"]}


async def test_only_members(community: Community, browser: Browser) -> None:
    await community.member.send(community.channel, "lighthouse")
    for server in (community.server, str(uuid4())):
        answer = await ask(community.outsider, server, "lighthouse")
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await ask(browser, community.server, "lighthouse")).status == 401
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    assert (await ask(community.member, community.server, "lighthouse")).status == 404


async def test_other_servers_are_not_searched(community: Community) -> None:
    other = (await community.outsider.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    body = {"name": "general", "type": "text"}
    channel = (await community.outsider.expect(201, "POST", f"/api/servers/{other}/channels", body))["id"]
    await community.outsider.send(channel, "lighthouse")
    assert await find(community.outsider, other, "lighthouse") == ["lighthouse"]
    assert await find(community.owner, community.server, "lighthouse") == []
    assert await find(community.owner, community.server, "lighthouse", channel_id=channel) == []


async def test_an_edit_is_found_by_the_new_text_only(community: Community) -> None:
    sent = await community.member.send(community.channel, "the old lighthouse")
    await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "the new harbour"})
    assert await find(community.owner, community.server, "lighthouse") == []
    assert await find(community.owner, community.server, "harbour") == ["the new harbour"]


async def test_what_was_deleted_is_not_found(community: Community) -> None:
    sent = await community.member.send(community.channel, "lighthouse")
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    for q in ("lighthouse", "from:me", "in:general"):
        assert await find(community.member, community.server, q) == []


async def test_replies_in_threads_are_found(community: Community, rows: OwnConnection) -> None:
    root = await community.member.send(community.channel, "the root")
    reply = await community.owner.send(community.channel, "a lighthouse in the thread")
    await rows.execute("UPDATE messages SET thread_id = $1 WHERE id = $2", root["id"], reply["id"])
    assert await find(community.member, community.server, "lighthouse") == ["a lighthouse in the thread"]


async def test_a_removed_authors_words_stay(community: Community, rows: OwnConnection) -> None:
    sent = await community.member.send(community.channel, "lighthouse")
    await rows.execute("UPDATE messages SET author_id = NULL WHERE id = $1", sent["id"])
    [result] = (await ask(community.owner, community.server, "lighthouse")).body["results"]
    assert (result["author_id"], result["author_username"]) == (None, None)


@dataclass(frozen=True, slots=True)
class Filtered:
    community: Community
    channel: str


@pytest.fixture
async def filtered(community: Community, rows: OwnConnection) -> Filtered:
    """Messages that differ in everything that a filter looks at."""
    channels = f"/api/servers/{community.server}/channels"
    channel = (await community.owner.expect(201, "POST", channels, {"name": "Big Plans", "type": "text"}))["id"]
    by_owner = await community.owner.send(community.channel, "note one https://example.org")
    by_member = await community.member.send(channel, "note two")
    pinned = await community.member.send(community.channel, "note three")
    await community.owner.expect(204, "POST", f"/api/channels/{community.channel}/messages/{pinned['id']}/pin")
    await rows.execute("UPDATE messages SET created_at = '2026-01-31T12:00Z' WHERE id = $1", by_owner["id"])
    await rows.execute("UPDATE messages SET mention_user_ids = $2 WHERE id = $1", by_member["id"], [community.owner.id])
    for message, mime_type in [(by_member, "image/png"), (pinned, "application/pdf")]:
        await rows.execute(
            """
            INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type, created_at)
            VALUES ($1, $2, 'f', 'f', 1, $3, now())
            """,
            uuid4(),
            message["id"],
            mime_type,
        )
    return Filtered(community, channel)


FILTERS = {
    "from:{owner}": ["one"],
    "from:@{owner}": ["one"],
    "FROM:{member}": ["two", "three"],
    "from:me": ["two", "three"],
    "from:{owner} from:{member}": ["one", "two", "three"],
    "from:nobody_of_this_name": [],
    "in:general": ["one", "three"],
    "in:#general": ["one", "three"],
    'in:"big plans"': ["two"],
    "in:nowhere": [],
    "in:general from:me": ["three"],
    "mentions:{owner}": ["two"],
    "mentions:me": [],
    "has:link": ["one"],
    "has:links": ["one"],
    "has:file": ["two", "three"],
    "has:image": ["two"],
    "has:images has:file": ["two"],
    "has:image has:video": [],
    "has:pin": ["three"],
    "before:2026-02-01": ["one"],
    "before:2026-01-31": [],
    "before:2026-01-31T12:00:01Z": ["one"],
    "after:2026-01-31": ["one", "two", "three"],
    "after:2026-02": ["two", "three"],
    "after:2026-01 before:2027": ["one", "two", "three"],
    "two from:me": ["two"],
    "from: two": ["two"],
    "kind:note": [],
}


async def test_filters(filtered: Filtered) -> None:
    community = filtered.community
    names = {"owner": community.owner.username, "member": community.member.username.upper()}
    for q, expected in FILTERS.items():
        found = await find(community.member, community.server, q.format(**names))
        assert sorted(text.split()[1] for text in found) == sorted(expected), q


async def test_filters_as_parameters(filtered: Filtered) -> None:
    community = filtered.community

    async def words(q: str = "note", **parameters: Any) -> list[str]:
        return [text.split()[1] for text in await find(community.member, community.server, q, **parameters)]

    assert await words(author_id=community.owner.id) == ["one"]
    assert await words(author_id=community.owner.id, q="from:me") == []
    assert await words(channel_id=filtered.channel) == ["two"]
    assert await words(channel_id=filtered.channel, q="in:general") == []
    assert await words(mentions=community.owner.id) == ["two"]
    assert await words(has="image") == ["two"]
    assert await words(has=["file", "pin"]) == ["three"]
    assert await words(after_time="2026-02-01T00:00:00Z") == ["three", "two"]
    assert await words(before_time="2026-02-01T00:00:00Z") == ["one"]
    assert await words(channel_id=str(uuid4())) == []


async def pages(person: Person, server: str, q: str, limit: int, **more: str) -> AsyncIterator[dict[str, Any]]:
    """Page after page, as a client asks for them."""
    before: dict[str, str] = {}
    while True:
        answer = await ask(person, server, q, limit=limit, **more, **before)
        assert answer.status == 200
        yield answer.body
        assert answer.body["has_more"] == (answer.body["next_cursor"] is not None)
        if not answer.body["has_more"]:
            return
        before = {"before": answer.body["next_cursor"]}


async def test_pages_come_newest_first_and_join(community: Community) -> None:
    sent = [(await community.member.send(community.channel, f"note {number}"))["id"] for number in range(7)]
    found = [page async for page in pages(community.member, community.server, "note", 3)]
    assert [result["id"] for page in found for result in page["results"]] == sent[::-1]
    assert [(len(page["results"]), page["total"]) for page in found] == [(3, 7), (3, 7), (1, 7)]


async def test_pages_come_oldest_first_and_join(community: Community, rows: OwnConnection) -> None:
    sent = [(await community.member.send(community.channel, f"note {number}"))["id"] for number in range(7)]
    seen: list[str] = []
    async for page in pages(community.member, community.server, "note", 3, sort="oldest"):
        assert page["total"] in (7, 8, 9)
        seen += [result["id"] for result in page["results"]]
        sent.append((await community.owner.send(community.channel, "a new note"))["id"])
        await community.member.delete(f"/api/messages/{seen[-1]}")
    assert seen == sent[: len(seen)]
    assert len(seen) >= 9
    await rows.execute("UPDATE messages SET created_at = '2026-01-31T12:00Z' WHERE channel_id = $1", community.channel)
    left = [each async for each in pages(community.member, community.server, "note", 1, sort="oldest")]
    found = [result["id"] for page in left for result in page["results"]]
    assert found == sorted(found)
    assert len(found) == left[0]["total"]


async def test_another_order_is_refused(shared_community: Community) -> None:
    answer = await ask(shared_community.member, shared_community.server, "note", sort="relevance")
    assert (answer.status, list(answer.body["fields"])) == (400, ["sort"])


async def test_a_page_that_is_just_full_is_the_last(community: Community) -> None:
    for number in range(4):
        await community.member.send(community.channel, f"note {number}")
    assert [len(page["results"]) async for page in pages(community.member, community.server, "note", 2)] == [2, 2]


async def test_messages_of_one_moment_are_neither_lost_nor_repeated(community: Community, rows: OwnConnection) -> None:
    sent = [(await community.member.send(community.channel, f"note {number}"))["id"] for number in range(6)]
    await rows.execute("UPDATE messages SET created_at = '2026-01-31T12:00Z' WHERE channel_id = $1", community.channel)
    found = [page async for page in pages(community.member, community.server, "note", 1)]
    assert [result["id"] for page in found for result in page["results"]] == sorted(sent, reverse=True)


async def test_pages_join_while_messages_come_and_go(community: Community) -> None:
    """Each page is asked for after a message was added, one shown before was deleted, and the cursor's own as well."""
    sent = [(await community.member.send(community.channel, f"note {number}"))["id"] for number in range(9)]
    seen: list[str] = []
    async for page in pages(community.member, community.server, "note", 2):
        seen += [result["id"] for result in page["results"]]
        await community.owner.send(community.channel, "a new note")
        for id in {seen[0], seen[-1]}:
            await community.member.delete(f"/api/messages/{id}")
    assert seen == sent[::-1]


async def test_an_unknown_cursor_gives_nothing(community: Community) -> None:
    await community.member.send(community.channel, "note")
    body = (await ask(community.member, community.server, "note", before=str(uuid4()))).body
    assert (body["results"], body["has_more"], body["next_cursor"]) == ([], False, None)


async def test_a_hidden_channel_is_not_searched(community: Community, rows: OwnConnection) -> None:
    """From the moment it is hidden, by its name and by its id; and found again once it is visible."""
    sent = await community.owner.send(community.channel, "lighthouse")
    assert await find(community.member, community.server, "lighthouse") == ["lighthouse"]
    override = Override(uuid4(), UUID(community.channel), None, UUID(community.member.id), 0, Permission.VIEW_CHANNEL)
    await hide(rows, community, override)
    for q in ("lighthouse", "in:general", "from:me", f"from:{community.owner.username}"):
        assert await find(community.member, community.server, q) == [], q
        assert await find(community.member, community.server, q, channel_id=community.channel) == [], q
    body = (await ask(community.member, community.server, "lighthouse", before=sent["id"])).body
    assert (body["results"], body["total"]) == ([], 0)
    assert await find(community.owner, community.server, "lighthouse") == ["lighthouse"]
    await hide(rows, community, msgspec.structs.replace(override, deny=0))
    assert await find(community.member, community.server, "lighthouse") == ["lighthouse"]


async def hide(rows: OwnConnection, community: Community, override: Override) -> None:
    async with rows.transaction():
        await append.lock(rows, [UUID(community.server)])
        await rows.execute(
            """
            INSERT INTO channel_permission_overrides (id, channel_id, user_id, deny) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET deny = excluded.deny
            """,
            *(override.id, override.channel_id, override.user_id, override.deny),
        )
        change = append.Change(UUID(community.server), f"overrides/{override.id}", "CHANNEL_OVERRIDE_UPDATE", override)
        await append.append(rows, change)
