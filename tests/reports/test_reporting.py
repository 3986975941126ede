"""POST /api/messages/{id}/report, /api/users/{id}/report and /api/servers/{id}/report; GET /api/users/@me/reports"""

import asyncio
from typing import Any

from coterie.database.pool import OwnConnection
from coterie.reports import actions
from tests.people import Person
from tests.reports.calls import listed, own, promote, queue, report, report_user
from tests.roles.ranks import Ranks
from tests.serving import Register


async def test_a_message_is_reported_with_what_came_before_it(ranks: Ranks) -> None:
    for number in range(7):
        await ranks.owner.send(ranks.channel, f"before {number}")
    sent = await ranks.member.send(ranks.channel, "rude words")
    made = await report(ranks.admin, sent, "harassment", reason="Not here, please.")
    assert (made["kind"], made["state"], made["reason"]) == ("message", "open", "Not here, please.")
    assert (made["target_id"], made["server_id"], made["closed_at"]) == (sent["id"], ranks.server, None)
    [found] = await ranks.moderator.expect(200, "GET", queue(ranks))
    assert (found["user"]["id"], found["reporter"]["id"]) == (ranks.member.id, ranks.admin.id)
    assert (found["channel_id"], found["category"]) == (ranks.channel, "harassment")
    one = await ranks.moderator.expect(200, "GET", queue(ranks, made))
    assert (one["message"]["content"], one["message"]["author_name"]) == ("rude words", ranks.member.username)
    assert [message["content"] for message in one["context"]] == [f"before {number}" for number in range(2, 7)]
    assert one["notes"] == []
    assert "context" not in found


async def test_what_was_reported_stays_when_it_is_edited_and_deleted(ranks: Ranks) -> None:
    before = await ranks.member.send(ranks.channel, "first words")
    sent = await ranks.member.send(ranks.channel, "rude words")
    made = await report(ranks.admin, sent)
    await ranks.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "kind words"})
    for message in (sent, before):
        await ranks.member.expect(204, "DELETE", f"/api/messages/{message['id']}")
    one = await ranks.moderator.expect(200, "GET", queue(ranks, made))
    assert one["message"]["content"] == "rude words"
    assert [message["content"] for message in one["context"]] == ["first words"]


async def test_the_context_of_a_reply_is_its_thread(ranks: Ranks) -> None:
    root = await ranks.owner.send(ranks.channel, "root")
    path = f"/api/channels/{ranks.channel}/messages/{root['id']}/thread"
    await ranks.owner.expect(201, "POST", path, {"content": "in the thread"})
    await ranks.owner.send(ranks.channel, "outside of it")
    reply = await ranks.member.expect(201, "POST", path, {"content": "rude words"})
    made = await report(ranks.admin, reply)
    one = await ranks.moderator.expect(200, "GET", queue(ranks, made))
    assert [message["content"] for message in one["context"]] == ["in the thread"]


async def test_repeating_a_report_changes_nothing(ranks: Ranks) -> None:
    sent = await ranks.member.send(ranks.channel, "rude words")
    answers = await asyncio.gather(*(report(ranks.admin, sent, category) for category in ("spam", "hate", "other")))
    first = (await own(ranks.admin))[0]
    assert answers == [first] * 3
    assert await listed(ranks.moderator, queue(ranks)) == [first["id"]]
    again = await report(ranks.owner, sent)
    assert await listed(ranks.moderator, queue(ranks)) == [again["id"], first["id"]]


async def test_a_person_is_reported_in_each_server_by_itself(ranks: Ranks) -> None:
    other = await ranks.owner.expect(201, "POST", "/api/servers", {"name": "Other", "is_public": True})
    for person in (ranks.member, ranks.moderator):
        await person.expect(201, "POST", f"/api/servers/{other['id']}/join")
    for server in (ranks.server, other["id"], ranks.server):
        assert (await report_user(ranks.moderator, ranks.member, server)).status == 201
    assert [each["server_id"] for each in await own(ranks.moderator)] == [other["id"], ranks.server]
    [found] = await ranks.owner.expect(200, "GET", f"/api/servers/{other['id']}/reports")
    assert (found["kind"], found["user"]["id"], found["message"]) == ("user", ranks.member.id, None)
    assert found["server_name"] == "Other"


async def test_servers_owners_and_conversations_go_to_the_instances_administrators(
    ranks: Ranks, rows: OwnConnection, register: Register
) -> None:
    admin = await register("chief")
    await promote(rows, admin)
    by_owner = await ranks.owner.send(ranks.channel, "my server, my rules")
    talk = await ranks.member.expect(
        201, "POST", "/api/conversations", {"participant_ids": [ranks.owner.id], "name": "Talk"}
    )
    whispered = await ranks.owner.send(talk["id"], "between us")
    made = [
        await report(ranks.member, by_owner),
        await report(ranks.member, whispered),
        (await report_user(ranks.member, ranks.owner, ranks.server)).body,
        await ranks.member.expect(201, "POST", f"/api/servers/{ranks.server}/report", {"category": "illegal"}),
    ]
    ids = [each["id"] for each in made]
    assert await listed(ranks.owner, queue(ranks)) == []
    assert await listed(ranks.moderator, queue(ranks)) == []
    assert [id for id in await listed(admin, "/api/admin/reports?limit=50") if id in ids] == ids[::-1]
    one = await admin.expect(200, "GET", f"/api/admin/reports/{ids[1]}")
    assert (one["message"]["content"], one["server_id"], one["channel_id"]) == ("between us", None, talk["id"])
    for person in (ranks.member, ranks.owner):
        answer = await person.get(f"/api/admin/reports/{ids[1]}")
        assert (answer.status, answer.code) == (403, "admins_only")


async def test_what_cannot_be_reported(ranks: Ranks) -> None:
    sent = await ranks.member.send(ranks.channel, "words")
    await ranks.owner.expect(204, "POST", f"/api/channels/{ranks.channel}/messages/{sent['id']}/pin")
    [system, _] = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages")
    gone = await ranks.member.send(ranks.channel, "gone")
    await ranks.member.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    body: dict[str, Any] = {"category": "spam"}
    in_server = {**body, "server_id": ranks.server}
    outsider = ranks.community.outsider
    message, server = f"/api/messages/{sent['id']}/report", f"/api/servers/{ranks.server}/report"
    tried: list[tuple[Person, str, dict[str, Any], int, str | None]] = [
        (ranks.member, message, body, 400, "not_yourself"),
        (ranks.owner, f"/api/messages/{system['id']}/report", body, 403, "system_message"),
        (ranks.owner, f"/api/messages/{gone['id']}/report", body, 404, "not_found"),
        (outsider, message, body, 404, "not_found"),
        (ranks.member, f"/api/users/{ranks.member.id}/report", in_server, 400, "not_yourself"),
        (ranks.member, f"/api/users/{outsider.id}/report", in_server, 404, "not_found"),
        (outsider, f"/api/users/{ranks.member.id}/report", in_server, 404, "not_found"),
        (ranks.member, f"/api/users/{ranks.owner.id}/report", body, 422, "unprocessable"),
        (ranks.owner, server, body, 400, "not_yourself"),
        (ranks.admin, message, {"category": "boring"}, 422, "unprocessable"),
        (ranks.admin, message, {}, 422, "unprocessable"),
        (ranks.admin, message, {**body, "reason": ""}, 400, "invalid"),
        (ranks.admin, message, {**body, "reason": "x" * 1001}, 400, "invalid"),
        (ranks.admin, message, {**body, "reason": "a\x00b"}, 400, "invalid"),
        (ranks.admin, message, {**body, "nonsense": 1}, 422, "unprocessable"),
    ]
    for person, path, given, status, code in tried:
        answer = await person.post(path, given)
        assert (answer.status, answer.code) == (status, code), (path, given)
    assert await listed(ranks.owner, queue(ranks)) == []


async def test_a_private_server_is_hidden_from_strangers(ranks: Ranks) -> None:
    path = f"/api/servers/{ranks.server}/report"
    assert (await ranks.community.outsider.post(path, {"category": "spam"})).status == 201
    await ranks.owner.expect(200, "PATCH", f"/api/servers/{ranks.server}", {"is_public": False})
    assert (await ranks.moderator.post(path, {"category": "spam"})).status == 201
    await ranks.owner.expect(204, "POST", f"/api/servers/{ranks.server}/members/{ranks.member.id}/kick", {})
    answer = await ranks.member.post(path, {"category": "spam"})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_member_who_is_timed_out_can_report(ranks: Ranks) -> None:
    sent = await ranks.owner.send(ranks.channel, "words")
    path = f"/api/servers/{ranks.server}/members/{ranks.member.id}/timeout"
    await ranks.moderator.expect(200, "POST", path, {"duration_minutes": 5})
    await report(ranks.member, sent)


async def test_open_reports_are_limited(ranks: Ranks, rows: OwnConnection) -> None:
    sent = [await ranks.member.send(ranks.channel, f"words {number}") for number in range(2)]
    await rows.execute(
        """
        INSERT INTO reports (id, kind, target_id, reporter_id, category, context, created_at)
        SELECT gen_random_uuid(), 'user', gen_random_uuid(), $1, 'spam', '[]', now() FROM generate_series(2, $2)
        """,
        ranks.admin.id,
        actions.OPEN_LIMIT,
    )
    await report(ranks.admin, sent[0])
    await report(ranks.admin, sent[0])
    answer = await ranks.admin.post(f"/api/messages/{sent[1]['id']}/report", {"category": "spam"})
    assert (answer.status, answer.code) == (400, "too_many_reports")


async def test_pages_go_on_where_the_last_ended(ranks: Ranks) -> None:
    made = [await report(ranks.admin, await ranks.member.send(ranks.channel, str(number))) for number in range(3)]
    ids = [each["id"] for each in reversed(made)]
    for person, path in ((ranks.admin, "/api/users/@me/reports"), (ranks.moderator, queue(ranks))):
        assert await listed(person, f"{path}?limit=2") == ids[:2]
        assert await listed(person, f"{path}?limit=2&before={ids[1]}") == ids[2:]
