"""Custom statuses that end by themselves, also while no server runs."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coterie.accounts.models import ProfileChange
from coterie.database.connection import Database
from coterie.presence import queries, status_lines
from coterie.profiles import actions
from tests.log.world import until
from tests.people import Community
from tests.presence.test_tracker import process, somebody

ME = "/api/users/@me"
LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def change(database: Database, user: UUID, fields: ProfileChange) -> None:
    await actions.edit(database, user, fields)


async def test_it_ends_for_everyone(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await change(pool, user, ProfileChange(custom_status="lunch", custom_status_expires_at=LATER))
        await until(lambda: [each["data"]["custom_status"] for each in ear.told(user)][-1:] == ["lunch"])
        await pool.execute("UPDATE users SET custom_status_expires_at = now()")
        await until(lambda: [each["data"]["custom_status"] for each in ear.told(user)][-1:] == [None])
        await until(lambda: ear.statuses(user)[-1] == "online")  # perhaps stored after the line had ended
    told = "SELECT data FROM changes WHERE topic_id = $1 AND key = 'profile' AND type = 'USER_UPDATE'"
    profile = json.loads(await pool.fetchval(told, user))
    assert (profile["custom_status"], profile["custom_status_expires_at"]) == (None, None)


async def test_it_ends_while_nothing_runs(pool: Database, database_url: str) -> None:
    """The next start clears it, and announces that, although they are offline."""
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await change(pool, user, ProfileChange(custom_status="lunch", custom_status_expires_at=LATER))
        await until(lambda: [each["data"]["custom_status"] for each in ear.told(user)][-1:] == ["lunch"])
    await pool.execute("UPDATE users SET custom_status_expires_at = now() - '1 day'::interval")
    async with process(pool, database_url) as (_, ear):
        await until(lambda: len(ear.told(user)) == 1)
        assert (ear.told(user)[0]["data"]["status"], ear.told(user)[0]["data"]["custom_status"]) == ("offline", None)
    assert (await queries.seen_by(pool, user, [user]))[user].custom_status is None


async def test_more_than_fit_one_batch(pool: Database, database_url: str) -> None:
    ids = [await somebody(pool, 0) for _ in range(3)]
    await pool.execute("UPDATE users SET custom_status = 'x', custom_status_expires_at = now()")
    await status_lines.sweep(pool, datetime.now(UTC) + timedelta(seconds=1))
    assert {seen.custom_status for seen in (await queries.seen_by(pool, ids[0], ids)).values()} == {None}
    assert not await queries.expired(pool, LATER)


async def test_one_that_was_changed_meanwhile_stays(pool: Database) -> None:
    user = await somebody(pool)
    now = datetime.now(UTC)
    await change(pool, user, ProfileChange(custom_status="lunch", custom_status_expires_at=LATER))
    assert await queries.clear_expired(pool, [user], now) == []


async def test_how_it_is_set(community: Community) -> None:
    member = community.member
    ends = "2100-01-01T00:00:00Z"
    set = await member.expect(200, "PATCH", ME, {"custom_status": "lunch", "custom_status_expires_at": ends})
    assert (set["custom_status"], set["custom_status_expires_at"]) == ("lunch", ends)
    assert await member.expect(200, "GET", ME) == set
    longer = await member.expect(200, "PATCH", ME, {"custom_status_expires_at": "2101-01-01T00:00:00Z"})
    assert longer["custom_status_expires_at"] == "2101-01-01T00:00:00Z"
    other = await member.expect(200, "PATCH", ME, {"custom_status": "tea"})
    assert other["custom_status_expires_at"] is None, "what stands for good"
    nothing = await member.expect(200, "PATCH", ME, {"custom_status": None, "custom_status_expires_at": ends})
    assert (nothing["custom_status"], nothing["custom_status_expires_at"]) == (None, None)


async def test_an_end_that_makes_no_sense_is_refused(community: Community) -> None:
    member = community.member
    for ends, code in [("2020-01-01T00:00:00Z", "invalid"), ("2100-01-01T00:00:00", "unprocessable")]:
        answer = await member.patch(ME, {"custom_status": "lunch", "custom_status_expires_at": ends})
        assert (answer.code, list(answer.body["fields"])) == (code, ["custom_status_expires_at"])
    assert (await member.expect(200, "GET", ME))["custom_status"] is None


async def test_it_is_set_over_the_gateway_too(community: Community) -> None:
    socket = await community.member.socket()
    fields = {"custom_status": "lunch", "custom_status_expires_at": "2100-01-01T00:00:00Z"}
    await socket.say("PRESENCE_UPDATE", fields)
    told = await socket.wait_for(lambda frame: frame.get("t") == "USER_UPDATE")
    assert fields.items() <= told["d"].items()


async def test_others_do_not_learn_when_it_ends(community: Community) -> None:
    await community.member.expect(
        200, "PATCH", ME, {"custom_status": "lunch", "custom_status_expires_at": "2100-01-01T00:00:00Z"}
    )
    profile = await community.owner.expect(200, "GET", f"/api/users/{community.member.id}")
    assert "custom_status_expires_at" not in profile
