"""GET /api/channels/{channel_id}/messages: pages of the history, newest first."""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.shapes import MESSAGE, assert_shape

LENGTH = 257


async def fill(rows: OwnConnection, channel: str, author: str, length: int = LENGTH) -> None:
    """A history like a sent one, but with the same time for all messages: only positions order it."""
    await rows.execute(
        """
        WITH moved AS (UPDATE topics SET position = position + $3 WHERE id = $1)
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT gen_random_uuid(), $1, $2, number, number, number::text, now() FROM generate_series(1, $3::int) AS number
        """,
        channel,
        author,
        length,
    )


@pytest.fixture(scope="module")
async def history(shared_community: Community, rows: OwnConnection) -> tuple[Community, str]:
    """The cast, and a channel with a long history that no other test changes."""
    path = f"/api/servers/{shared_community.server}/channels"
    channel = await shared_community.owner.expect(201, "POST", path, {"name": "history", "type": "text"})
    await fill(rows, channel["id"], shared_community.owner.id)
    return shared_community, f"/api/channels/{channel['id']}/messages"


History = tuple[Community, str]


async def get(history: History, query: str = "") -> list[dict[str, Any]]:
    community, path = history
    page: list[dict[str, Any]] = await community.member.expect(200, "GET", f"{path}?{query}")
    return page


def seqs(page: list[dict[str, Any]]) -> list[int]:
    return [message["seq"] for message in page]


async def test_it_works(history: History) -> None:
    page = await get(history)
    for message in page:
        assert_shape(message, MESSAGE)
    assert seqs(page) == list(range(LENGTH, LENGTH - 50, -1))


@pytest.mark.parametrize(
    ("limit", "length"), [("1", 1), ("100", 100), ("101", 100), (f"{10**9}", 100), ("0", 1), ("-5", 1)]
)
async def test_the_limit_is_kept_in_its_bounds(history: History, limit: str, length: int) -> None:
    assert len(await get(history, f"limit={limit}")) == length


@pytest.mark.parametrize("limit", [7, 50, 100])
async def test_walking_back_meets_everything_once(history: History, limit: int) -> None:
    walked = await get(history, f"limit={limit}")
    while page := await get(history, f"limit={limit}&before={walked[-1]['id']}"):
        walked += page
    assert seqs(walked) == list(range(LENGTH, 0, -1))
    assert len({message["id"] for message in walked}) == LENGTH


@pytest.mark.parametrize("limit", [7, 50, 100])
async def test_walking_forward_meets_everything_once(history: History, limit: int) -> None:
    walked = await first_of(history)
    while page := await get(history, f"limit={limit}&after={walked[-1]['id']}"):
        assert seqs(page) == sorted(seqs(page), reverse=True)
        walked += reversed(page)
    assert seqs(walked) == list(range(1, LENGTH + 1))


async def first_of(history: History) -> list[dict[str, Any]]:
    page = await get(history, "limit=100")
    while older := await get(history, f"limit=100&before={page[-1]['id']}"):
        page = older
    return page[-1:]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 11])
async def test_around_has_it_in_the_middle(history: History, limit: int) -> None:
    [middle] = [message for message in await get(history, "limit=100") if message["seq"] == LENGTH - 50]
    page = await get(history, f"limit={limit}&around={middle['id']}")
    found = seqs(page)
    assert len(found) == limit
    assert found == list(range(found[0], found[-1] - 1, -1))
    assert middle["seq"] in found
    assert abs((found[0] - middle["seq"]) - (middle["seq"] - found[-1])) <= 1


async def test_around_the_ends_shows_what_there_is(history: History) -> None:
    [first] = await first_of(history)
    around = seqs(await get(history, f"limit=10&around={first['id']}"))
    assert around == list(range(len(around), 0, -1))
    assert len(around) > 1
    [newest] = await get(history, "limit=1")
    around = seqs(await get(history, f"limit=10&around={newest['id']}"))
    assert around[0] == LENGTH
    assert around == list(range(LENGTH, LENGTH - len(around), -1))


@pytest.mark.parametrize("cursor", ["before", "after", "around"])
async def test_an_unknown_or_foreign_cursor_finds_nothing(history: History, cursor: str) -> None:
    community, _ = history
    foreign = await community.owner.send(community.channel, "elsewhere")
    assert await get(history, f"{cursor}={uuid4()}") == []
    assert await get(history, f"{cursor}={foreign['id']}") == []


@pytest.mark.parametrize("query", ["limit=x", "limit=1.5", "limit=", "before=x", "after=1", "around=@"])
async def test_a_bad_query_is_named(history: History, query: str) -> None:
    community, path = history
    answer = await community.member.get(f"{path}?{query}")
    assert (answer.status, answer.code) == (400, "invalid")
    assert list(answer.body["fields"]) == [query.partition("=")[0]]


async def test_to_outsiders_it_looks_absent(history: History, browser: Browser) -> None:
    community, path = history
    [newest] = await get(history, "limit=1")
    absent = await community.outsider.get(f"/api/channels/{uuid4()}/messages")
    assert (absent.status, absent.code) == (404, "not_found")
    for query in ("", f"?before={newest['id']}", f"?around={newest['id']}"):
        hidden = await community.outsider.get(path + query)
        assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (await browser.get(path)).status == 401


async def test_tombstones_and_threads_are_left_out_but_can_be_cursors(
    community: Community, rows: OwnConnection
) -> None:
    await fill(rows, community.channel, community.member.id, 9)
    path = f"/api/channels/{community.channel}/messages"
    ids = [message["id"] for message in await community.member.expect(200, "GET", path)][::-1]
    await community.member.expect(204, "DELETE", f"/api/messages/{ids[4]}")
    await rows.execute("UPDATE messages SET thread_id = $1 WHERE id = $2", ids[0], ids[6])
    assert seqs(await community.member.expect(200, "GET", path)) == [9, 8, 6, 4, 3, 2, 1]
    assert seqs(await community.member.expect(200, "GET", f"{path}?before={ids[4]}")) == [4, 3, 2, 1]
    assert seqs(await community.member.expect(200, "GET", f"{path}?after={ids[4]}&limit=2")) == [8, 6]
    assert seqs(await community.member.expect(200, "GET", f"{path}?before={ids[6]}&limit=2")) == [6, 4]


async def test_reactions_are_counted_for_each_viewer(community: Community, rows: OwnConnection) -> None:
    sent = await community.owner.send(community.channel, "cake?")
    for person, emoji in [(community.owner, "B"), (community.member, "A"), (community.owner, "A")]:
        statement = (
            "INSERT INTO reactions (message_id, user_id, emoji, created_at) VALUES ($1, $2, $3, clock_timestamp())"
        )
        await rows.execute(statement, sent["id"], person.id, emoji)
    path = f"/api/channels/{community.channel}/messages"
    [seen] = await community.member.expect(200, "GET", path)
    assert seen["reactions"] == [{"emoji": "B", "count": 1, "me": False}, {"emoji": "A", "count": 2, "me": True}]
    assert await community.member.expect(200, "GET", f"{path}/{sent['id']}") == seen


async def test_what_a_removed_account_said_stays_without_its_name(community: Community, rows: OwnConnection) -> None:
    await community.member.send(community.channel, "goodbye")
    await rows.execute("DELETE FROM topics WHERE id = $1", community.member.id)
    [message] = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert (message["author_id"], message["content"]) == (None, "goodbye")
