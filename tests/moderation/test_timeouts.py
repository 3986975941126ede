"""POST and DELETE /api/servers/{server_id}/members/{user_id}/timeout"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from coterie.database.pool import OwnConnection
from tests.moderation.calls import against, audited, member_path
from tests.roles.ranks import Ranks
from tests.shapes import TIMEOUT, assert_shape

BODY = {"duration_minutes": 5, "reason": "too loud"}


async def test_it_works(ranks: Ranks) -> None:
    answer = await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)
    assert answer.status == 200
    assert_shape(answer.body, TIMEOUT)
    assert (answer.body["user_id"], answer.body["created_by"]) == (ranks.member.id, ranks.moderator.id)
    lasts = datetime.fromisoformat(answer.body["expires_at"]) - datetime.fromisoformat(answer.body["created_at"])
    assert lasts == timedelta(minutes=5)
    refused = await ranks.member.post(f"/api/channels/{ranks.channel}/messages", {"content": "but"})
    assert (refused.status, refused.code) == (403, "timed_out")
    assert "timed out" in refused.body["error"]
    assert (await ranks.member.get(f"/api/channels/{ranks.channel}/messages")).status == 200


async def test_it_ends(ranks: Ranks) -> None:
    await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)
    for _ in range(2):
        await ranks.moderator.expect(204, "DELETE", member_path(ranks, ranks.member, "timeout"))
    await ranks.member.send(ranks.channel, "thank you")
    assert [entry["action"] for entry in await audited(ranks)][:2] == ["member_timeout_remove", "member_timeout"]
    assert (await audited(ranks))[1]["details"] == BODY


async def test_a_second_takes_the_place_of_the_first(ranks: Ranks) -> None:
    await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)
    longer = await against(ranks.admin, ranks, ranks.member, "timeout", {"duration_minutes": 40320})
    assert (longer.status, longer.body["reason"], longer.body["created_by"]) == (200, None, ranks.admin.id)


async def test_leaving_does_not_end_it(ranks: Ranks) -> None:
    await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)
    await ranks.member.expect(204, "DELETE", f"/api/servers/{ranks.server}/leave")
    await ranks.member.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    refused = await ranks.member.post(f"/api/channels/{ranks.channel}/messages", {"content": "back"})
    assert (refused.status, refused.code) == (403, "timed_out")


async def test_the_timeout_of_a_member_who_left_can_be_lifted(ranks: Ranks, rows: OwnConnection) -> None:
    await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)
    await ranks.member.expect(204, "DELETE", f"/api/servers/{ranks.server}/leave")
    await ranks.moderator.expect(204, "DELETE", member_path(ranks, ranks.member, "timeout"))
    await ranks.member.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    await ranks.member.send(ranks.channel, "hello again")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "duration_minutes"),
        ({"duration_minutes": 0}, 400, "duration_minutes"),
        ({"duration_minutes": 40321}, 400, "duration_minutes"),
        ({"duration_minutes": "5"}, 422, "duration_minutes"),
        ({"duration_minutes": 5, "hours": 1}, 422, "hours"),
        ({"duration_minutes": 5, "reason": "x" * 513}, 400, "reason"),
    ],
)
async def test_refusals(ranks: Ranks, body: Any, status: int, field: str) -> None:
    answer = await against(ranks.moderator, ranks, ranks.member, "timeout", body)
    assert (answer.status, list(answer.body["fields"])) == (status, [field])


async def test_everyone_receives_it(ranks: Ranks) -> None:
    sockets = [await person.socket() for person in (ranks.owner, ranks.member)]
    made = (await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)).body
    await ranks.moderator.expect(204, "DELETE", member_path(ranks, ranks.member, "timeout"))
    for socket in sockets:
        told = (await socket.wait_for_type("MEMBER_TIMEOUT"))["d"]
        assert {key: told[key] for key in ("server_id", "user_id", "expires_at", "reason")} == {
            key: made[key] for key in ("server_id", "user_id", "expires_at", "reason")
        }
        assert told["timeout_expires_at"] == made["expires_at"]
        ended = (await socket.wait_for_type("MEMBER_TIMEOUT_REMOVE"))["d"]
        assert (ended["server_id"], ended["user_id"]) == (ranks.server, ranks.member.id)
        assert ended["timeout_expires_at"] is None


async def test_after_a_resume_the_member_is_current(ranks: Ranks) -> None:
    before = await ranks.owner.socket()
    positions = before.ready["positions"]
    await before.close()
    made = (await against(ranks.moderator, ranks, ranks.member, "timeout", BODY)).body
    after = await ranks.owner.socket()
    await after.say("RESUME", {"positions": positions})
    told = await after.wait_for(lambda frame: frame.get("t") == "MEMBER_UPDATE")
    assert (told["d"]["user_id"], told["d"]["timeout_expires_at"]) == (ranks.member.id, made["expires_at"])
