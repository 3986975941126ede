"""The messages of XFChat's public room: imported into an archive, a server with one channel that only its owner is in.

That room's tables were kept for compatibility and written carelessly, so authors are often only names.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.channels import queries as channels
from coterie.database.connection import Row
from coterie.importing.mappings import PERSON, Compared, SourceRow, Stage, TableMapping, one_by_one
from coterie.importing.message_positions import messages_of
from coterie.importing.messages import ImportedMessage
from coterie.importing.tables import Query, Table, content
from coterie.importing.work import ImportWork, find_channels
from coterie.log.append import Change, append, lock
from coterie.messages.copying import CopiedMessage
from coterie.permissions.models import Channel
from coterie.process.refusals import Exit, Refusal
from coterie.servers import queries as servers
from coterie.servers.models import Membership, Server

NAME: Final = "XFChat archive"
SERVER: Final = "archive server"
CHANNEL: Final = "archive channel"
"""The kinds under which the archive's server and channel are remembered."""

MESSAGES: Final = "messages"
HISTORY: Final = "version_history"


async def owner_of(work: ImportWork) -> UUID:
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
            "this instance has no administrator yet, and an import creates none; run `coterie user create NAME "
            "--admin` first",
        )
    return id


async def _archive(work: ImportWork) -> UUID | None:
    """The archive's channel, created when first needed; None if it has been removed since."""
    known = await work.known(CHANNEL, [NAME])
    if known:
        return known[NAME] if await find_channels(work.connection, [known[NAME]]) else None
    owner = await owner_of(work)
    server_id, channel_id = work.other_id(SERVER, NAME), work.other_id(CHANNEL, NAME)
    now = datetime.now(UTC)
    await lock(work.connection, [owner])
    await servers.insert(work.connection, Server(server_id, NAME, owner, None, False, False, now, now))
    made = Channel(channel_id, server_id, "archive", "text", 0, None, "Imported from where it was said", now)
    await channels.insert(work.connection, made)
    await servers.insert_member(work.connection, server_id, owner, now)
    member = await servers.member(work.connection, server_id, owner)
    await append(
        work.connection,
        Change(server_id, f"channels/{channel_id}", "CHANNEL_CREATE", made),
        Change(server_id, f"members/{owner}", "MEMBER_JOIN", member),
        Change(owner, f"servers/{server_id}", "SERVER_CREATE", Membership(server_id, now)),
    )
    await work.remember(SERVER, {NAME: server_id})
    await work.remember(CHANNEL, {NAME: channel_id})
    return channel_id


def messages(table: Table, versions: Table) -> Stage | None:
    """The messages of the public room. Without an account, the author is that of the message's version, if known."""
    if not table:
        return None
    written = "NULL::uuid"
    if versions and "version" in table.columns:
        whose = f"SELECT {versions.id('user_id', 'users')} FROM {versions.name} WHERE"
        written = f"({whose} {versions.text('version_id')} = {table.text('version')} LIMIT 1)"
    moment = table.moment("timestamp" if "timestamp" in table.columns else "created_at")
    columns = (
        f"{table.id()} AS id",
        f"coalesce({table.id('user_id', 'users')}, {written}) AS user_id",
        f"{content(table, 'text')} AS content",
        f"{table.text('author')} AS author",
        f"{moment} AS created_at",
    )
    query = Query(columns, table.name, ((moment, "timestamptz"), (table.id(), "uuid")))
    return Stage(messages_of(MESSAGES, _make, {"user_id": PERSON}, {}), query)


async def _make(work: ImportWork, rows: list[SourceRow]) -> list[ImportedMessage | None]:
    channel_id = await _archive(work)
    return [_message(each, channel_id) for each in rows]


def _message(row: SourceRow, channel_id: UUID | None) -> ImportedMessage | None:
    if channel_id is None:
        row.leave("the archive was removed here")
        return None
    content, author_id = row["content"], row.here["user_id"]
    if author_id is None and row["author"]:
        content = f"{row['author']}: {content}"
        row.change("begins with the name of its author, who has no account", row["author"])
    new = CopiedMessage(row["id"], channel_id, author_id, content, row["created_at"])
    return ImportedMessage(row.kind, row["id"], new)


def history(table: Table, legacy: Table) -> Stage | None:
    """Versions have no place here: a channel's positions are its versions. A note says which had no message."""
    if not table:
        return None
    version = table.text("version_id")
    has_message = "FALSE"
    if "version" in legacy.columns:
        has_message = f"EXISTS (SELECT FROM {legacy.name} WHERE {legacy.text('version')} = {version})"
    columns = (f"{version} AS id", f"{has_message} AS has_message")
    kind = TableMapping[None](HISTORY, one_by_one(_version), compare=_compare, became=None)
    return Stage(kind, Query(columns, table.name, ((version, "text"),)))


def _version(row: SourceRow) -> None:
    if not row["has_message"]:
        row.leave("no message has this version")


async def _compare(work: ImportWork, rows: list[Row]) -> list[Compared]:
    return [Compared(row["id"], row["id"], row["id"] if row["has_message"] else None) for row in rows]
