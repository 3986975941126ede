"""POST and DELETE /api/polls/{poll_id}/vote, GET /api/polls/{poll_id}"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Browser, Community, Person
from tests.polls.calls import ask, vote, votes
from tests.serving import Register
from tests.shapes import POLL, assert_shape


async def test_it_works(community: Community) -> None:
    sent = await ask(community.member, community.channel)
    first, second, _ = [option["id"] for option in sent["poll"]["options"]]
    poll = await vote(community.owner, sent, 0)
    assert_shape(poll, POLL)
    assert (votes(poll), poll["total_votes"], poll["total_voters"]) == ([1, 0, 0], 1, 1)
    assert (poll["user_vote"], poll["user_votes"]) == (first, [first])
    seen = await community.member.expect(200, "GET", f"/api/polls/{sent['id']}")
    assert (votes(seen), seen["user_vote"], seen["user_votes"]) == ([1, 0, 0], None, [])
    poll = await vote(community.owner, sent, 1)
    assert (votes(poll), poll["user_vote"]) == ([0, 1, 0], second), "voting again replaces"
    path = f"/api/channels/{community.channel}/messages"
    for person, own in ((community.owner, second), (community.member, None)):
        [listed] = await person.expect(200, "GET", path)
        assert (votes(listed["poll"]), listed["poll"]["user_vote"]) == ([0, 1, 0], own)
        one = await person.expect(200, "GET", f"{path}/{sent['id']}")
        assert one == listed


async def test_several_options(community: Community) -> None:
    sent = await ask(community.member, community.channel, is_multiple=True)
    first, second, third = [option["id"] for option in sent["poll"]["options"]]
    poll = await vote(community.owner, sent, 2, 0)
    assert (votes(poll), poll["total_votes"], poll["total_voters"]) == ([1, 0, 1], 2, 1)
    assert (poll["user_vote"], poll["user_votes"]) == (first, [first, third])
    poll = await vote(community.member, sent, 2)
    assert (votes(poll), poll["total_votes"], poll["total_voters"]) == ([1, 0, 2], 3, 2)
    poll = await vote(community.owner, sent, 1)
    assert (votes(poll), poll["user_votes"]) == ([0, 1, 1], [second])
    body = {"option_ids": [first, first]}
    poll = await community.owner.expect(200, "POST", f"/api/polls/{sent['id']}/vote", body)
    assert votes(poll) == [1, 0, 1]


async def test_refusals(community: Community) -> None:
    sent, other = await ask(community.member, community.channel), await ask(community.member, community.channel)
    path, ids = f"/api/polls/{sent['id']}/vote", [option["id"] for option in sent["poll"]["options"]]
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"option_id": str(uuid4())}, 400, "unknown_option"),
        ({"option_id": other["poll"]["options"][0]["id"]}, 400, "unknown_option"),
        ({"option_ids": ids[:2]}, 400, "single_choice"),
        ({"option_ids": []}, 400, "invalid"),
        ({"option_ids": ids * 4}, 400, "invalid"),
        ({}, 400, "invalid"),
        ({"option_id": ids[0], "option_ids": ids[:1]}, 400, "invalid"),
        ({"option_id": "x"}, 422, "unprocessable"),
    ]
    for body, status, code in cases:
        answer = await community.owner.post(path, body)
        assert (answer.status, answer.code) == (status, code), body
    assert (await community.owner.get(f"/api/polls/{sent['id']}")).body == sent["poll"]


@pytest.mark.parametrize("tried", ["get", "vote", "retract", "close", "voters"])
async def test_to_outsiders_it_looks_absent(community: Community, browser: Browser, tried: str) -> None:
    sent = await ask(community.member, community.channel)
    plain = await community.member.send(community.channel, "no poll")
    option = sent["poll"]["options"][0]["id"]

    async def attempt(person: Browser, poll: str) -> tuple[int, Any]:
        path = f"/api/polls/{poll}"
        method, of_it = {
            "get": ("GET", ""),
            "vote": ("POST", "/vote"),
            "retract": ("DELETE", "/vote"),
            "close": ("POST", "/close"),
            "voters": ("GET", f"/options/{option}/voters"),
        }[tried]
        body = {"json": {"option_id": option}} if tried == "vote" else {}
        found = await person.call(method, path + of_it, **body)
        return found.status, found.body

    hidden = await attempt(community.outsider, sent["id"])
    assert hidden == await attempt(community.outsider, str(uuid4()))
    assert hidden[0] == 404
    assert (await attempt(community.owner, plain["id"]))[0] == 404, "a message that is no poll"
    assert (await attempt(browser, sent["id"]))[0] == 401
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    assert (await attempt(community.owner, sent["id"]))[0] == 404, "a deleted poll"


async def test_those_who_may_only_read_can_vote(community: Community) -> None:
    """Unless a timeout lets them only read."""
    sent = await ask(community.owner, community.channel)
    denied = int(Permission.SEND_MESSAGES | Permission.ADD_REACTIONS)
    overrides = f"/api/channels/{community.channel}/overrides"
    await community.owner.expect(200, "PUT", overrides, {"user_id": community.member.id, "allow": 0, "deny": denied})
    await vote(community.member, sent, 0)
    minutes = {"duration_minutes": 5}
    path = f"/api/servers/{community.server}/members/{community.member.id}/timeout"
    await community.owner.expect(200, "POST", path, minutes)
    body = {"option_id": sent["poll"]["options"][1]["id"]}
    for method in ("POST", "DELETE"):
        refused = await community.member.call(method, f"/api/polls/{sent['id']}/vote", json=body)
        assert (refused.status, refused.code) == (403, "timed_out")
    assert votes(await community.owner.expect(200, "GET", f"/api/polls/{sent['id']}")) == [1, 0, 0]


async def test_a_vote_is_taken_back(community: Community) -> None:
    sent = await ask(community.member, community.channel, is_multiple=True)
    await vote(community.owner, sent, 0, 1)
    await vote(community.member, sent, 1)
    path = f"/api/polls/{sent['id']}/vote"
    for _ in range(2):
        poll = await community.owner.expect(200, "DELETE", path)
        assert (votes(poll), poll["user_vote"], poll["user_votes"]) == ([0, 1, 0], None, [])
    assert poll["total_voters"] == 1


async def test_repeating_changes_nothing(community: Community) -> None:
    """A vote that is there already takes no position, and neither does taking back what is not there."""
    sent = await ask(community.member, community.channel)
    polls = [await vote(community.owner, sent, 1) for _ in range(2)]
    assert polls[0] == polls[1]
    await community.member.expect(200, "DELETE", f"/api/polls/{sent['id']}/vote")
    one = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert one["version"] == sent["version"] + 1 == one["poll"]["version"]


async def test_many_at_once_are_counted_once(community: Community, register: Register, rows: OwnConnection) -> None:
    """Each person several times, for different options: one vote each in the end, and the sums are right."""
    people = [community.owner, community.member]
    for _ in range(10):
        person = await register("voter")
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
        people.append(person)
    single = await ask(community.owner, community.channel)
    several = await ask(community.owner, community.channel, is_multiple=True)

    async def cast(person: Person, number: int) -> None:
        await vote(person, single, number % 3)
        await vote(person, several, *{number % 3, 2})

    await asyncio.gather(*(cast(person, number) for person in people for number in range(4)))
    poll = await community.owner.expect(200, "GET", f"/api/polls/{single['id']}")
    assert (sum(votes(poll)), poll["total_votes"], poll["total_voters"]) == (12, 12, 12)
    poll = await community.owner.expect(200, "GET", f"/api/polls/{several['id']}")
    assert (votes(poll)[2], poll["total_voters"], poll["total_votes"]) == (12, 12, sum(votes(poll)))
    doubled = "SELECT count(*) FROM (SELECT FROM poll_votes WHERE message_id = $1 GROUP BY user_id HAVING count(*) > 1)"
    assert await rows.fetchval(f"{doubled} AS twice", single["id"]) == 0
    assert await rows.fetchval("SELECT version FROM messages WHERE id = $1", single["id"]) <= await rows.fetchval(
        "SELECT position FROM topics WHERE id = $1", community.channel
    )


async def test_in_conversations(community: Community, register: Register) -> None:
    """In a group and in a direct conversation; a block ends voting there as it ends writing."""
    owner, member = community.owner, community.member
    body = {"participant_ids": [member.id], "name": "Us"}
    group = await owner.expect(201, "POST", "/api/conversations", body)
    direct = await owner.expect(201, "POST", "/api/dm-channels", {"user_id": member.id})
    for place in (group["id"], direct["id"]):
        socket = await member.socket()
        sent = await ask(owner, place)
        frame = await socket.wait_for(lambda frame: frame.get("d", {}).get("id") == sent["id"])  # noqa: B023
        assert (frame["t"], frame["d"]) == ("DM_MESSAGE_CREATE", sent)
        await vote(member, sent, 1)
        assert votes(await owner.expect(200, "GET", f"/api/polls/{sent['id']}")) == [0, 1, 0]
        assert (await community.outsider.get(f"/api/polls/{sent['id']}")).status == 404
        refused = await member.post(f"/api/polls/{sent['id']}/close")
        assert (refused.status, refused.code) == (403, "missing_permission")
        await socket.close()
    await owner.expect(204, "PUT", f"/api/blocks/{member.id}")
    refused = await member.post(f"/api/polls/{sent['id']}/vote", {"option_id": sent["poll"]["options"][0]["id"]})
    assert (refused.status, refused.code) == (403, "cannot_message")
