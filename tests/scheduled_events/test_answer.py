"""PUT and DELETE /api/events/{event_id}/answer, and GET /api/events/{event_id}/answers/{answer}"""

import asyncio
from uuid import uuid4

from coterie.database.pool import OwnConnection
from tests.people import Community, Person
from tests.scheduled_events.calls import announce, answer, counts, later
from tests.serving import Register


async def test_it_replaces_the_answer_before(community: Community) -> None:
    sent = await announce(community.member, community.channel)
    assert counts(await answer(community.owner, sent, "interested")) == (1, 0, 0)
    event = await answer(community.owner, sent, "coming")
    assert (counts(event), event["user_answer"]) == ((0, 1, 0), "coming")
    event = await answer(community.member, sent, "declined")
    assert (counts(event), event["user_answer"]) == ((0, 1, 1), "declined")
    [shown] = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert (counts(shown["event"]), shown["event"]["user_answer"]) == ((0, 1, 1), "coming")
    for _ in range(2):
        event = await answer(community.owner, sent, None)
        assert (counts(event), event["user_answer"]) == ((0, 0, 1), None)


async def test_repeating_changes_nothing(community: Community) -> None:
    sent = await announce(community.member, community.channel)
    events = [await answer(community.owner, sent, "coming") for _ in range(2)]
    assert events[0] == events[1]
    await answer(community.member, sent, None)
    shown = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert shown["version"] == sent["version"] + 1 == shown["event"]["version"]


async def test_many_at_once_are_counted_once(community: Community, register: Register, rows: OwnConnection) -> None:
    people = [community.owner, community.member]
    for _ in range(6):
        person = await register("guest")
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
        people.append(person)
    sent = await announce(community.owner, community.channel)
    given = ("interested", "coming", "declined", None)

    async def reply(person: Person, number: int) -> None:
        await answer(person, sent, given[number % 4])

    await asyncio.gather(*(reply(person, number) for number in range(7) for person in people))
    await asyncio.gather(*(reply(person, at % 3) for at, person in enumerate(people)))
    event = await community.owner.expect(200, "GET", f"/api/events/{sent['id']}")
    assert counts(event) == (3, 3, 2)
    stored = "SELECT count(*) FROM event_answers WHERE message_id = $1"
    assert await rows.fetchval(stored, sent["id"]) == len(people)


async def test_who_gave_an_answer_is_listed(community: Community, register: Register) -> None:
    sent = await announce(community.member, community.channel)
    people: list[Person] = [community.owner, community.member]
    for _ in range(2):
        person = await register("guest")
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
        people.append(person)
    for person in people:
        await answer(person, sent, "coming")
    await answer(community.owner, sent, "declined")
    path = f"/api/events/{sent['id']}/answers"
    found = await community.member.expect(200, "GET", f"{path}/coming")
    assert [each["user_id"] for each in found] == sorted(person.id for person in people[1:])
    assert found[0].keys() == {"user_id", "username", "display_name", "avatar_url", "created_at"}
    [only] = await community.member.expect(200, "GET", f"{path}/declined")
    assert only["user_id"] == community.owner.id
    page = await community.member.expect(200, "GET", f"{path}/coming?limit=2")
    rest = await community.member.expect(200, "GET", f"{path}/coming?limit=2&after={page[-1]['user_id']}")
    assert page + rest == found
    assert await community.member.expect(200, "GET", f"{path}/interested") == []
    assert (await community.outsider.get(f"{path}/coming")).code == "not_found"
    assert (await community.member.get(f"{path}/maybe")).status in (400, 404)


async def test_refusals(community: Community) -> None:
    owner, member = community.owner, community.member
    sent = await announce(owner, community.channel)
    path = f"/api/events/{sent['id']}/answer"
    refused = await member.call("PUT", path, json={"answer": "maybe"})
    assert (refused.status, refused.code) == (422, "unprocessable")
    text = await owner.send(community.channel, "no event")
    for absent in (text["id"], str(uuid4())):
        refused = await member.call("PUT", f"/api/events/{absent}/answer", json={"answer": "coming"})
        assert (refused.status, refused.code) == (404, "not_found")
    past = await announce(owner, community.channel, starts_at=later(days=-1))
    refused = await member.call("PUT", f"/api/events/{past['id']}/answer", json={"answer": "coming"})
    assert (refused.status, refused.code) == (403, "event_over")
    timeout = f"/api/servers/{community.server}/members/{member.id}/timeout"
    await owner.expect(200, "POST", timeout, {"duration_minutes": 5})
    refused = await member.call("PUT", path, json={"answer": "coming"})
    assert (refused.status, refused.code) == (403, "timed_out")


async def test_in_a_group(community: Community) -> None:
    owner, member = community.owner, community.member
    body = {"participant_ids": [member.id], "name": "Us"}
    group = await owner.expect(201, "POST", "/api/conversations", body)
    sent = await announce(owner, group["id"])
    assert counts(await answer(member, sent, "coming")) == (0, 1, 0)
    assert (await community.outsider.get(f"/api/events/{sent['id']}")).status == 404
    refused = await member.post(f"/api/events/{sent['id']}/cancel")
    assert (refused.status, refused.code) == (403, "missing_permission")
