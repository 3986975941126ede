"""GET /api/polls/{poll_id}/options/{option_id}/voters, and that nothing tells who voted in an anonymous poll"""

import json
from uuid import uuid4

from tests.people import Community, Person
from tests.polls.calls import ask, vote
from tests.serving import Register


async def test_it_works(community: Community, register: Register) -> None:
    sent = await ask(community.member, community.channel)
    first, second, _ = [option["id"] for option in sent["poll"]["options"]]
    people: list[Person] = [community.owner, community.member]
    for _ in range(3):
        person = await register("voter")
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
        people.append(person)
    for person in people:
        await vote(person, sent, 0)
    await vote(community.owner, sent, 1)
    path = f"/api/polls/{sent['id']}/options"
    found = await community.member.expect(200, "GET", f"{path}/{first}/voters")
    assert [each["user_id"] for each in found] == sorted(person.id for person in people[1:])
    assert {each["username"] for each in found} == {person.username for person in people[1:]}
    [only] = await community.member.expect(200, "GET", f"{path}/{second}/voters")
    assert only["user_id"] == community.owner.id
    assert only.keys() == {"user_id", "username", "display_name", "avatar_url", "created_at"}
    page = await community.member.expect(200, "GET", f"{path}/{first}/voters?limit=3")
    rest = await community.member.expect(200, "GET", f"{path}/{first}/voters?limit=3&after={page[-1]['user_id']}")
    assert page + rest == found
    assert (await community.owner.get(f"{path}/{uuid4()}/voters")).status == 404


async def test_of_an_anonymous_poll_nobody_learns_it(community: Community) -> None:
    """Not its author, nor the owner of the server, nor anyone who listens; only the voter sees their own vote."""
    socket = await community.owner.socket()
    sent = await ask(community.owner, community.channel, is_anonymous=True)
    poll = await vote(community.member, sent, 0)
    option = sent["poll"]["options"][0]["id"]
    assert (poll["is_anonymous"], poll["user_vote"]) == (True, option)
    for person in (community.owner, community.member):
        refused = await person.get(f"/api/polls/{sent['id']}/options/{option}/voters")
        assert (refused.status, refused.code) == (403, "poll_anonymous")
    await community.member.expect(200, "DELETE", f"/api/polls/{sent['id']}/vote")
    await vote(community.member, sent, 1)
    await socket.settle()
    frames = [frame for frame in socket.frames if frame.get("t") == "POLL_VOTE"]
    assert len(frames) == 3
    told = json.dumps(frames)
    assert community.member.id not in told
    assert '"user_vote": null' in told
    seen = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert community.member.id not in json.dumps(seen)
    streamed = await community.owner.call(
        "GET", f"/sync/channels/{community.channel}/messages", headers={"Accept": "application/json"}
    )
    assert community.member.id not in json.dumps(streamed.body)
