"""Report a message, a person or a server, and list what you reported.

What is reported is stored with the report, so that nobody escapes by editing or deleting it. A report about the owner
of its server goes to the administrators of the instance: nobody in the server can act against its owner. Repeating a
report that is open changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.accounts import queries as accounts
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import append, encoded, lock
from coterie.messages.models import Message
from coterie.messages.parts import with_parts
from coterie.permissions.context import ActionContext
from coterie.reports import access, announcing, queries
from coterie.reports.errors import TOO_MANY_REPORTS
from coterie.reports.models import OwnReport, ReportCreation, ReportedMessage, UserReportCreation
from coterie.reports.queries import NewReport
from coterie.servers import queries as servers

KEPT: Final = timedelta(days=365)
"""How long a report is kept, whether or not someone has decided about it."""

OPEN_LIMIT: Final = 100
"""Open reports of one account."""

CONTEXT_LIMIT: Final = 5
"""Messages before a reported one that are stored with it."""

CONTEXT_LENGTH: Final = 1_000
"""Characters that are stored of each of them."""


async def report_message(
    context: ActionContext, reporter_id: UUID, message_id: UUID, creation: ReportCreation
) -> OwnReport:
    """Report a message: to the moderators of its server, or if it is in a conversation, to the administrators."""
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.message(context.permissions, connection, message_id, reporter_id)
        message, server_id = found.message, found.server_id
        server = await servers.server(connection, server_id) if server_id is not None else None
        is_decided_there = server is not None and server.owner_id != message.author_id
        [itself] = await _as_reported(connection, [message])
        before = await queries.messages_before(connection, message, CONTEXT_LIMIT)
        new = NewReport(
            id=new_id(),
            queue_id=server_id if is_decided_there else None,
            kind="message",
            target_id=message_id,
            server_id=server_id,
            channel_id=message.channel_id,
            user_id=message.author_id,
            reporter_id=reporter_id,
            category=creation.category,
            reason=creation.reason,
            server_name=server.name if server else None,
            message=encoded(itself),
            context=encoded(await _as_reported(connection, before, CONTEXT_LENGTH)),
            created_at=datetime.now(UTC),
        )
        return await _file(connection, new)


async def report_user(
    context: ActionContext, reporter_id: UUID, user_id: UUID, creation: UserReportCreation
) -> OwnReport:
    """Report a member of a server to its moderators."""
    async with context.database.acquire() as connection, connection.transaction():
        server_id = creation.server_id
        server = await access.member(context.permissions, connection, server_id, user_id, reporter_id)
        new = NewReport(
            id=new_id(),
            queue_id=server_id if server.owner_id != user_id else None,
            kind="user",
            target_id=user_id,
            server_id=server_id,
            user_id=user_id,
            reporter_id=reporter_id,
            category=creation.category,
            reason=creation.reason,
            server_name=server.name,
            created_at=datetime.now(UTC),
        )
        return await _file(connection, new)


async def report_server(
    context: ActionContext, reporter_id: UUID, server_id: UUID, creation: ReportCreation
) -> OwnReport:
    """Report a server to the administrators of the instance."""
    async with context.database.acquire() as connection, connection.transaction():
        server = await access.server(connection, server_id, reporter_id)
        new = NewReport(
            id=new_id(),
            queue_id=None,
            kind="server",
            target_id=server_id,
            server_id=server_id,
            user_id=server.owner_id,
            reporter_id=reporter_id,
            category=creation.category,
            reason=creation.reason,
            server_name=server.name,
            created_at=datetime.now(UTC),
        )
        return await _file(connection, new)


async def own(context: ActionContext, reporter_id: UUID, before: UUID | None, limit: int) -> list[OwnReport]:
    """What a user reported, newest first, with what became of it."""
    return await queries.own(context.database, reporter_id, before, limit)


async def _file(connection: Connection, new: NewReport) -> OwnReport:
    """Store a report, unless the same is open already. The lock of the reporter's topic makes their reports wait."""
    deciders = await announcing.deciders(connection, new.queue_id)
    await lock(connection, {new.reporter_id, *deciders})
    earlier = await queries.open_of(connection, new.reporter_id, new.target_id, new.server_id)
    if earlier is None:
        if await queries.count_open(connection, new.reporter_id, OPEN_LIMIT) >= OPEN_LIMIT:
            raise CoterieError(TOO_MANY_REPORTS)
        await queries.insert(connection, new)
        await append(connection, *announcing.queue_changes(new.queue_id, deciders, new.created_at))
    stored = await queries.report(connection, earlier or new.id)
    assert stored is not None, "it is there, and its reporter's topic is locked"
    return announcing.as_own(stored)


async def _as_reported(
    connection: Connection, messages: Sequence[Message], length: int | None = None
) -> list[ReportedMessage]:
    """Messages as they are now, for a report; at most `length` characters of each."""
    complete = await with_parts(connection, messages, None)
    users = await accounts.named(connection, [message.author_id for message in messages])
    return [
        ReportedMessage(
            id=message.id,
            author_id=message.author_id,
            author_name=(author.display_name or author.username) if (author := users.get(message.author_id)) else None,
            content=message.content[:length],
            created_at=message.created_at,
            attachments=[attachment.filename for attachment in message.attachments],
        )
        for message in complete
    ]
