"""When a user was last seen by others."""

from datetime import UTC, datetime

from coterie.accounts.models import ProfileChange
from coterie.database.connection import Database
from coterie.presence import queries
from coterie.profiles import actions
from tests.log.world import until
from tests.presence.test_tracker import places, process, somebody


async def test_it_is_when_they_left(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    registered = await pool.fetchval("SELECT created_at FROM users WHERE id = $1", user)
    never = (await queries.seen_by(pool, user, [user]))[user]
    assert (never.is_online, never.last_seen) == (False, registered)
    before = datetime.now(UTC)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        there = (await queries.seen_by(pool, user, [user]))[user]
        assert there.is_online
        assert there.last_seen >= before
        left = datetime.now(UTC)
        presence.depart(user)
        await until(lambda: ear.statuses(user) == ["online", "offline"])
    gone = (await queries.seen_by(pool, user, [user]))[user]
    assert not gone.is_online
    assert left <= gone.last_seen <= datetime.now(UTC)


async def test_it_does_not_move_for_the_invisible(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        await actions.edit(pool, user, ProfileChange(status="offline"))
        await until(lambda: ear.statuses(user) == ["online", "offline"])
        vanished = (await queries.seen_by(pool, user, [user]))[user]
        assert not vanished.is_online, "that moment is when they were last seen"
        presence.depart(user)
        await places(pool, user, 0)
        presence.arrive(user)
        await places(pool, user, 1)
        presence.depart(user)
        await places(pool, user, 0)
        assert (await queries.seen_by(pool, user, [user]))[user] == vanished
        assert ear.statuses(user) == ["online", "offline"]
