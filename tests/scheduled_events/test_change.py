"""PATCH /api/events/{event_id}, POST /api/events/{event_id}/cancel, and what becomes of the message"""

import pytest

from coterie.permissions.bits import Permission
from tests.moderation.calls import against, bans_path
from tests.people import Community
from tests.roles.ranks import Ranks
from tests.scheduled_events.calls import announce, answer, counts, later


async def test_missing_fields_stay_and_null_clears(community: Community) -> None:
    member = community.member
    sent = await announce(member, community.channel, description="old", place="Park", reminder_minutes=5)
    await answer(community.owner, sent, "coming")
    path = f"/api/events/{sent['id']}"
    starts_at = "2032-01-02T03:04:00Z"
    changed = await member.expect(200, "PATCH", path, {"name": "Chess", "place": None, "starts_at": starts_at})
    assert (changed["name"], changed["place"], changed["description"]) == ("Chess", None, "old")
    assert (changed["starts_at"], changed["reminder_minutes"], changed["coming"]) == (starts_at, 5, 1)
    [shown] = await member.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert shown["event"] == changed
    assert shown["content"].startswith("\N{CALENDAR} **Event** Chess \N{EN DASH} 2032-01-02 03:04 UTC")
    assert shown["edited_at"] is not None
    assert await member.expect(200, "PATCH", path, {"name": " Chess "}) == changed
    assert (await member.expect(200, "GET", path))["version"] == changed["version"], "nothing was changed"
    found = await member.expect(200, "GET", f"/api/servers/{community.server}/search?q=chess")
    assert [each["id"] for each in found["results"]] == [sent["id"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"starts_at": None}, "starts_at"),
        ({"ends_at": later(days=-1)}, "ends_at"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"repeat": "yearly"}, "repeat"),
    ],
)
async def test_refusals(community: Community, change: dict[str, object], field: str) -> None:
    sent = await announce(community.member, community.channel)
    refused = await community.member.patch(f"/api/events/{sent['id']}", change)
    assert (refused.status, refused.code) in ((400, "invalid"), (422, "unprocessable"))
    assert list(refused.body["fields"]) == [field]


async def test_only_its_author_and_those_who_manage_messages(community: Community) -> None:
    owner, member = community.owner, community.member
    sent = await announce(owner, community.channel)
    path = f"/api/events/{sent['id']}"
    for refused in (await member.patch(path, {"name": "x"}), await member.post(f"{path}/cancel")):
        assert (refused.status, refused.code) == (403, "missing_permission")
    allowed = {"user_id": member.id, "allow": int(Permission.MANAGE_MESSAGES), "deny": 0}
    await owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", allowed)
    assert (await member.expect(200, "PATCH", path, {"name": "x"}))["name"] == "x"
    cancelled = await member.expect(200, "POST", f"{path}/cancel")
    assert cancelled["is_cancelled"] is True
    assert await owner.expect(200, "POST", f"{path}/cancel") == cancelled, "again"
    for refused in (
        await owner.patch(path, {"name": "y"}),
        await owner.call("PUT", f"{path}/answer", json={"answer": "coming"}),
    ):
        assert (refused.status, refused.code) == (403, "event_over")
    entries = await owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    made = [(each["action"], each["actor_id"]) for each in entries if each["action"].startswith("event_")]
    assert made == [("event_cancel", member.id), ("event_update", member.id), ("event_create", owner.id)]


async def test_its_text_cannot_be_edited(community: Community) -> None:
    sent = await announce(community.member, community.channel)
    refused = await community.member.patch(f"/api/messages/{sent['id']}", {"content": "Something else"})
    assert (refused.status, refused.code) == (403, "event_fixed")


async def test_a_removal_by_a_ban_takes_the_answers_and_brings_them_back(ranks: Ranks) -> None:
    sent = await announce(ranks.member, ranks.channel, repeat="weekly", reminder_minutes=10)
    await answer(ranks.owner, sent, "coming")
    path = f"/api/channels/{ranks.channel}/messages/{sent['id']}"
    before = await ranks.owner.expect(200, "GET", path)
    ban = await against(ranks.moderator, ranks, ranks.member, "ban", {"delete_message_hours": 24})
    assert ban.status == 204
    assert (await ranks.owner.expect(200, "GET", path))["event"] is None
    await ranks.moderator.expect(200, "POST", f"{bans_path(ranks, ranks.member)}/restore-messages")
    assert (await ranks.owner.expect(200, "GET", path))["event"] == before["event"]
    assert counts(await answer(ranks.moderator, sent, "declined")) == (0, 1, 1)
