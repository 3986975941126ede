"""POST /api/polls/{poll_id}/close, and polls that end by themselves"""

from datetime import UTC, datetime, timedelta

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Community
from tests.polls.calls import ask, vote, votes


async def test_it_works(community: Community) -> None:
    """The author closes it; the results stay, and nothing about them changes any more."""
    sent = await ask(community.member, community.channel)
    await vote(community.owner, sent, 1)
    closed = await community.member.expect(200, "POST", f"/api/polls/{sent['id']}/close")
    assert datetime.fromisoformat(closed["ends_at"]) <= datetime.now(UTC)
    assert votes(closed) == [0, 1, 0]
    path, body = f"/api/polls/{sent['id']}/vote", {"option_id": sent["poll"]["options"][0]["id"]}
    for method in ("POST", "DELETE"):
        refused = await community.owner.call(method, path, json=body)
        assert (refused.status, refused.code) == (403, "poll_closed")
    again = await community.member.expect(200, "POST", f"/api/polls/{sent['id']}/close")
    assert again == closed, "the time stays"


async def test_only_its_author_and_those_who_manage_messages(community: Community) -> None:
    sent = await ask(community.owner, community.channel)
    path = f"/api/polls/{sent['id']}/close"
    refused = await community.member.post(path)
    assert (refused.status, refused.code) == (403, "missing_permission")
    allowed = {"user_id": community.member.id, "allow": int(Permission.MANAGE_MESSAGES), "deny": 0}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", allowed)
    assert (await community.member.expect(200, "POST", path))["ends_at"] is not None
    own = await ask(community.owner, community.channel)
    await community.owner.expect(200, "POST", f"/api/polls/{own['id']}/close")
    entries = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    closed = [(entry["actor_id"], entry["target_id"]) for entry in entries if entry["action"] == "poll_close"]
    assert closed == [(community.member.id, sent["id"])], "only what is not the actor's own"


async def test_it_ends_at_its_time(community: Community, rows: OwnConnection) -> None:
    ends_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    sent = await ask(community.member, community.channel, ends_at=ends_at)
    assert datetime.fromisoformat(sent["poll"]["ends_at"]) == datetime.fromisoformat(ends_at)
    await vote(community.owner, sent, 0)
    await rows.execute("UPDATE polls SET ends_at = now() - interval '1 second' WHERE message_id = $1", sent["id"])
    body = {"option_id": sent["poll"]["options"][1]["id"]}
    refused = await community.owner.post(f"/api/polls/{sent['id']}/vote", body)
    assert (refused.status, refused.code) == (403, "poll_closed")
    before = await community.owner.expect(200, "GET", f"/api/polls/{sent['id']}")
    assert await community.member.expect(200, "POST", f"/api/polls/{sent['id']}/close") == before | {
        "user_vote": None,
        "user_votes": [],
    }


async def test_a_poll_cannot_be_edited(community: Community) -> None:
    sent = await ask(community.member, community.channel)
    refused = await community.member.patch(f"/api/messages/{sent['id']}", {"content": "Something else?"})
    assert (refused.status, refused.code) == (403, "poll_fixed")
    refused = await community.owner.patch(f"/api/messages/{sent['id']}", {"content": "Something else?"})
    assert (refused.status, refused.code) == (403, "not_the_author")
    assert await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages") == [sent]
