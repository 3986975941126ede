"""What else knows of polls: the search, and removals that are undone."""

from coterie.database.pool import OwnConnection
from tests.moderation.calls import against, bans_path
from tests.people import Community
from tests.polls.calls import ask, vote, votes
from tests.roles.ranks import Ranks


async def test_the_search_finds_questions_and_options(community: Community) -> None:
    sent = await ask(community.member, community.channel, "Zanzibar", "Reykjavík", question="Which harbour?")
    for word in ("harbour", "zanzibar", "reykjavík"):
        found = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/search?q={word}")
        assert [each["id"] for each in found["results"]] == [sent["id"]], word


async def test_a_removal_by_a_ban_takes_the_votes_and_brings_them_back(ranks: Ranks, rows: OwnConnection) -> None:
    sent = await ask(ranks.member, ranks.channel, is_multiple=True)
    await vote(ranks.owner, sent, 0, 2)
    await vote(ranks.member, sent, 1)
    path = f"/api/channels/{ranks.channel}/messages/{sent['id']}"
    before = await ranks.owner.expect(200, "GET", path)
    answer = await against(ranks.moderator, ranks, ranks.member, "ban", {"delete_message_hours": 24})
    assert answer.status == 204
    assert (await ranks.owner.expect(200, "GET", path))["poll"] is None
    assert await rows.fetchval("SELECT count(*) FROM poll_votes WHERE message_id = $1", sent["id"]) == 0
    await ranks.moderator.expect(200, "POST", f"{bans_path(ranks, ranks.member)}/restore-messages")
    after = await ranks.owner.expect(200, "GET", path)
    assert after["poll"] == before["poll"]
    assert votes(after["poll"]) == [1, 1, 1]
    assert votes(await vote(ranks.moderator, sent, 0)) == [2, 1, 1]
