"""The place for what had no place: one server, of the operator's choice of owner, with one channel."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.channels import queries as channels
from coterie.channels.models import Channel
from coterie.importing.work import Work
from coterie.log.append import Change, append, lock
from coterie.refusals import Exit, Refusal
from coterie.servers import queries as servers
from coterie.servers.models import Membership, Server

SERVER: Final = "archive server"
CHANNEL: Final = "archive channel"
"""The kinds under which the two are remembered."""


async def owner_of(work: Work) -> UUID:
    """The account that `--owner` names, or the first administrator. Raises Refusal if there is none."""
    name = work.options.owner
    id: UUID | None = await work.connection.fetchval(
        """
        SELECT id FROM users
        WHERE CASE WHEN $1::text IS NULL THEN is_admin AND disabled_at IS NULL ELSE lower(username) = lower($1) END
        ORDER BY created_at LIMIT 1
        """,
        name,
    )
    if id is None and name:
        raise Refusal(Exit.NOT_FOUND, f"--owner: there is no account named {name}")
    if id is None:
        raise Refusal(
            Exit.NOT_FOUND,
            "this instance has no administrator yet, and an import makes nobody one: "
            "run `coterie user create NAME --admin` first",
        )
    return id


async def channel(work: Work, name: str) -> UUID | None:
    """The archive's channel, made at the first time; None if somebody removed it since."""
    known = await work.known(CHANNEL, [name])
    if name in known:
        there = await work.channels_there(known.values())
        return known[name] if known[name] in there else None
    owner = await owner_of(work)
    server_id, channel_id = work.other_id(SERVER, name), work.other_id(CHANNEL, name)
    now = datetime.now(UTC)
    await lock(work.connection, [owner])
    await servers.insert_server(
        work.connection,
        Server(server_id, name, owner, None, False, False, now, now),
    )
    made = Channel(channel_id, server_id, "archive", "text", 0, None, "Brought along from where it was said", now)
    await channels.insert(work.connection, made)
    await servers.insert_member(work.connection, server_id, owner, now)
    member = await servers.member(work.connection, server_id, owner)
    await append(
        work.connection,
        Change(server_id, f"channels/{channel_id}", "CHANNEL_CREATE", made),
        Change(server_id, f"members/{owner}", "MEMBER_JOIN", member),
        Change(owner, f"servers/{server_id}", "SERVER_CREATE", Membership(server_id, now)),
    )
    await work.remember(SERVER, {name: server_id})
    await work.remember(CHANNEL, {name: channel_id})
    return channel_id
