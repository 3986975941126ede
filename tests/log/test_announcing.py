"""Announcements over a bus other than PostgreSQL's: after the commit, and only then."""

import contextlib

from coterie.channels import actions as channels
from coterie.channels.models import ChannelChange
from coterie.log.append import Change, append
from coterie.messages import actions as messages
from coterie.messages.models import MessageCreation
from tests.log.world import World


async def test_a_statement_by_itself_is_announced_when_it_is_done(world: World) -> None:
    await world.send("one")
    (told,) = world.take()
    assert '"content":"one"' in told
    assert f'"topic":"{world.channel}"' in told


async def test_a_transaction_announces_after_its_commit_and_never_before(world: World) -> None:
    change = Change(world.server, "server", "SERVER_UPDATE", {"name": "x"})
    async with world.database.acquire() as connection:
        with contextlib.suppress(ZeroDivisionError):
            async with connection.transaction():
                await append(connection, change)
                raise ZeroDivisionError
        assert not world.told, "rolled back"
        async with connection.transaction():
            await append(connection, change)
            with contextlib.suppress(ZeroDivisionError):
                async with connection.transaction():
                    await append(connection, change)
                    raise ZeroDivisionError
            async with connection.transaction():
                await append(connection, change)
            assert not world.told, "not committed yet"
        assert len(world.told) == 2, "the savepoint that was rolled back is not told"


async def test_a_connection_that_ends_before_the_commit_announces_nothing(world: World) -> None:
    change = Change(world.server, "server", "SERVER_UPDATE", {"name": "x"})
    with contextlib.suppress(Exception):
        async with world.database.acquire() as connection, connection.transaction():
            await append(connection, change)
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await world.database.execute("SELECT pg_terminate_backend($1)", pid)
    assert not world.told
    async with world.database.acquire() as connection, connection.transaction():
        await append(connection, change)
    assert len(world.told) == 1


async def test_a_message_in_slow_mode_is_announced_and_so_is_what_comes_after(world: World) -> None:
    change = ChannelChange(slow_mode_seconds=3600)
    await channels.edit(world.context, world.server, world.channel, world.owner.user_id, change)
    world.take()
    await messages.send(world.messages, world.channel, world.member.user_id, MessageCreation(content="slow"))
    (told,) = world.take()
    assert '"content":"slow"' in told
    async with world.database.acquire() as connection, connection.transaction():
        await append(connection, Change(world.server, "server", "SERVER_UPDATE", {"name": "x"}))
    assert len(world.take()) == 1
