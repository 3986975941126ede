"""GET and PATCH /api/servers/{id}/reports and /api/admin/reports: who sees a report, and what becomes of it"""

import asyncio
from typing import Any

from coterie.database.pool import OwnConnection
from coterie.reports import deciding
from tests.people import Person
from tests.reports.calls import listed, own, promote, queue, report, report_user
from tests.roles.ranks import Ranks
from tests.serving import Register


async def reported(ranks: Ranks) -> dict[str, Any]:
    """The member's message, reported by the admin."""
    return await report(ranks.admin, await ranks.member.send(ranks.channel, "rude words"))


async def decide(person: Person, ranks: Ranks, made: dict[str, Any], **change: Any) -> dict[str, Any]:
    found: dict[str, Any] = await person.expect(200, "PATCH", queue(ranks, made), change)
    return found


async def audited(ranks: Ranks) -> list[str]:
    found = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs?target_type=report")
    return [entry["action"] for entry in found]


async def test_a_decision_is_recorded_and_the_reporter_told(ranks: Ranks) -> None:
    made = await reported(ranks)
    listening = await ranks.admin.socket()
    one = await decide(ranks.moderator, ranks, made, state="resolved", answer="Thank you. We warned them.")
    assert (one["state"], one["closed_by"]["id"]) == ("resolved", ranks.moderator.id)
    assert one["closed_at"] is not None
    told = await listening.wait_for_type("REPORT_ANSWER")
    assert told["topic"] == ranks.admin.id
    assert (told["d"]["state"], told["d"]["answer"]) == ("resolved", "Thank you. We warned them.")
    assert {"closed_by", "reporter", "user", "message"}.isdisjoint(told["d"])
    assert (await own(ranks.admin))[0] == told["d"]
    entry = (await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs?target_type=report"))[0]
    assert (entry["action"], entry["target_id"]) == ("report_resolve", made["id"])
    assert (entry["actor_id"], entry["details"]) == (ranks.moderator.id, {"kind": "message", "category": "spam"})
    assert await listed(ranks.moderator, f"{queue(ranks)}?state=open") == []
    assert await listed(ranks.moderator, f"{queue(ranks)}?state=resolved") == [made["id"]]


async def test_a_repeated_decision_changes_nothing(ranks: Ranks) -> None:
    made = await reported(ranks)
    watcher = await ranks.moderator.socket()
    first = await decide(ranks.moderator, ranks, made, state="dismissed", note="Only a joke.")
    again = await decide(ranks.moderator, ranks, made, state="dismissed", note="Only a joke.")
    assert again == first
    assert [note["content"] for note in again["notes"]] == ["Only a joke."]
    assert await audited(ranks) == ["report_dismiss"]
    await watcher.settle()
    assert len(watcher.of("REPORTS_UPDATE")) == 1


async def test_a_decided_report_is_decided_again_only_after_it_was_reopened(ranks: Ranks) -> None:
    made = await reported(ranks)
    await decide(ranks.moderator, ranks, made, state="dismissed", answer="No.")
    answer = await ranks.admin.patch(queue(ranks, made), {"state": "resolved"})
    assert (answer.status, answer.code) == (409, "report_closed")
    one = await decide(ranks.admin, ranks, made, state="open")
    assert (one["state"], one["closed_at"], one["closed_by"], one["answer"]) == ("open", None, None, None)
    await decide(ranks.admin, ranks, made, state="resolved")
    assert await audited(ranks) == ["report_resolve", "report_reopen", "report_dismiss"]


async def test_of_two_moderators_at_once_one_decides(ranks: Ranks) -> None:
    made = await reported(ranks)
    answers = await asyncio.gather(
        *(
            person.patch(queue(ranks, made), {"state": state, "answer": state})
            for person, state in ((ranks.moderator, "resolved"), (ranks.owner, "dismissed"))
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    [winner] = [answer.body["state"] for answer in answers if answer.status == 200]
    assert [(each["state"], each["answer"]) for each in await own(ranks.admin)] == [(winner, winner)]


async def test_a_report_is_not_reopened_beside_a_newer_one(ranks: Ranks) -> None:
    sent = await ranks.member.send(ranks.channel, "rude words")
    first = await report(ranks.admin, sent)
    await decide(ranks.moderator, ranks, first, state="dismissed")
    second = await report(ranks.admin, sent)
    assert second["id"] != first["id"]
    answer = await ranks.moderator.patch(queue(ranks, first), {"state": "open"})
    assert (answer.status, answer.code) == (409, "report_repeated")


async def test_nobody_sees_a_report_about_themselves(ranks: Ranks) -> None:
    made = (await report_user(ranks.member, ranks.moderator, ranks.server)).body
    assert await listed(ranks.moderator, queue(ranks)) == []
    for answer in (
        await ranks.moderator.get(queue(ranks, made)),
        await ranks.moderator.patch(queue(ranks, made), {"state": "dismissed"}),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
    assert await listed(ranks.admin, queue(ranks)) == [made["id"]]


async def test_reports_are_only_for_those_who_manage_messages(ranks: Ranks) -> None:
    made = await reported(ranks)
    for person, status in ((ranks.member, 403), (ranks.community.outsider, 404)):
        for path in (queue(ranks), queue(ranks, made)):
            assert (await person.get(path)).status == status
        assert (await person.patch(queue(ranks, made), {"state": "resolved"})).status == status
    other = await ranks.member.expect(201, "POST", "/api/servers", {"name": "Other"})
    answer = await ranks.member.get(f"/api/servers/{other['id']}/reports/{made['id']}")
    assert (answer.status, answer.code) == (404, "not_found")
    assert (await own(ranks.admin))[0]["state"] == "open"


async def test_a_hidden_channels_reports_are_hidden(ranks: Ranks) -> None:
    made = await reported(ranks)
    await ranks.override(deny=1, role_id=ranks.roles["moderator"]["id"])
    assert await listed(ranks.moderator, queue(ranks)) == []
    assert (await ranks.moderator.get(queue(ranks, made))).status == 404
    await ranks.override(deny=4, role_id=ranks.roles["moderator"]["id"])
    assert await listed(ranks.moderator, queue(ranks)) == []
    await ranks.owner.expect(204, "DELETE", f"/api/servers/{ranks.server}/channels/{ranks.channel}")
    assert (await ranks.moderator.get(queue(ranks, made))).status == 404
    assert await listed(ranks.admin, queue(ranks)) == [made["id"]]


async def test_an_escalated_report_is_decided_by_the_instance(
    ranks: Ranks, rows: OwnConnection, register: Register
) -> None:
    chief = await register("chief")
    await promote(rows, chief)
    listening = await chief.socket()
    made = await reported(ranks)
    assert (await chief.get(f"/api/admin/reports/{made['id']}")).status == 404
    for _ in range(2):
        one = await decide(ranks.moderator, ranks, made, escalate=True)
        assert one["escalated_at"] is not None
    assert (await listening.wait_for_type("REPORTS_UPDATE"))["d"]["server_id"] is None
    assert await listed(ranks.moderator, queue(ranks)) == [made["id"]]
    answer = await ranks.moderator.patch(queue(ranks, made), {"state": "resolved"})
    assert (answer.status, answer.code) == (409, "report_escalated")
    path = f"/api/admin/reports/{made['id']}"
    assert (await ranks.moderator.patch(path, {"state": "resolved"})).code == "admins_only"
    assert (await chief.patch(path, {"state": "resolved", "note": "Disabled the account."})).status == 200
    assert (await own(ranks.admin))[0]["state"] == "resolved"
    assert await audited(ranks) == ["report_escalate"]
    await ranks.owner.expect(204, "DELETE", f"/api/servers/{ranks.server}")
    one = await chief.expect(200, "GET", path)
    assert (one["message"]["content"], one["notes"][0]["author"]["id"]) == ("rude words", chief.id)


async def test_a_servers_reports_end_with_it(ranks: Ranks) -> None:
    made = await reported(ranks)
    await ranks.owner.expect(204, "DELETE", f"/api/servers/{ranks.server}")
    assert made["id"] not in [each["id"] for each in await own(ranks.admin)]


async def test_changes_that_make_no_sense_are_refused(ranks: Ranks, rows: OwnConnection, register: Register) -> None:
    made = await reported(ranks)
    for body in (
        {"answer": "Thank you."},
        {"answer": "Thank you.", "state": "open"},
        {"escalate": True, "state": "resolved"},
        {"note": ""},
        {"note": "x" * 1001},
    ):
        answer = await ranks.moderator.patch(queue(ranks, made), body)
        assert (answer.status, answer.code) == (400, "invalid"), body
    assert (await ranks.moderator.patch(queue(ranks, made), {"state": "lost"})).status == 422
    chief = await register("chief")
    await promote(rows, chief)
    answer = await chief.patch(f"/api/admin/reports/{made['id']}", {"escalate": True})
    assert (answer.status, answer.code) == (400, "invalid")


async def test_notes_are_limited(ranks: Ranks) -> None:
    made = await reported(ranks)
    for number in range(deciding.NOTES_LIMIT):
        await decide(ranks.moderator, ranks, made, note=str(number))
    answer = await ranks.moderator.patch(queue(ranks, made), {"note": "one more"})
    assert (answer.status, answer.code) == (400, "too_many_notes")


async def test_only_moderators_learn_that_the_queue_changed(ranks: Ranks) -> None:
    watcher, reporter, target = [await person.socket() for person in (ranks.moderator, ranks.owner, ranks.member)]
    made = await report(ranks.owner, await ranks.member.send(ranks.channel, "rude words"))
    told = await watcher.wait_for_type("REPORTS_UPDATE")
    assert (told["topic"], set(told["d"])) == (ranks.server, {"server_id", "updated_at"})
    await decide(ranks.moderator, ranks, made, state="resolved")
    await reporter.wait_for_type("REPORT_ANSWER")
    await ranks.owner.send(ranks.channel, "later")
    await target.settle()
    assert target.of("REPORTS_UPDATE", "REPORT_ANSWER") == []
    assert watcher.of("REPORT_ANSWER") == []


async def test_a_resume_tells_what_was_missed(ranks: Ranks) -> None:
    made = await reported(ranks)
    away = await ranks.admin.socket()
    positions = away.ready["positions"]
    await away.close()
    await decide(ranks.moderator, ranks, made, state="dismissed", answer="We disagree.")
    back = await ranks.admin.socket()
    await back.say("RESUME", {"positions": {ranks.admin.id: positions[ranks.admin.id]}})
    told = await back.wait_for_type("REPORT_ANSWER")
    assert told["d"]["answer"] == "We disagree."
